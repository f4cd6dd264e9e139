"""The facts: tables, constraints, and indexes with the query they serve. No behaviour.

What follows from these facts is in `onorder.rules`; what writes them is in `onorder.ledger`.
"""

from __future__ import annotations

from onorder.models.account import CustomerSession
from onorder.models.catalog import BackorderTerms, Collection, Product, Variant
from onorder.models.consent import DelayNotice
from onorder.models.ledger import Event, Message, Payment
from onorder.models.parties import Calendar, Closure, Customer, Location, MessageText, Shop
from onorder.models.paying import CardNotice, CardPage, Payout
from onorder.models.people import Guesses, Person, RecoveryCode, Session
from onorder.models.purchasing import (
    Amendment,
    Answer,
    AnswerLine,
    Counting,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
)
from onorder.models.sales import Order, OrderLine
from onorder.models.shipping import Loan, Packing, Return, Shipment
from onorder.models.stock import StockLevel, StockMove
from onorder.models.suppliers import Buffer, BufferPolicy, LeadTimeFit, Offer, PriceBreak, Supplier

__all__ = [
    "Amendment",
    "Answer",
    "AnswerLine",
    "BackorderTerms",
    "Buffer",
    "BufferPolicy",
    "Calendar",
    "CardNotice",
    "CardPage",
    "Closure",
    "Collection",
    "Counting",
    "Customer",
    "CustomerSession",
    "DelayNotice",
    "Event",
    "Guesses",
    "LeadTimeFit",
    "Loan",
    "Location",
    "Message",
    "MessageText",
    "Offer",
    "Order",
    "OrderLine",
    "Packing",
    "Payment",
    "Payout",
    "Person",
    "PriceBreak",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "ReceiptLine",
    "RecoveryCode",
    "Return",
    "Session",
    "Shipment",
    "Shop",
    "StockLevel",
    "StockMove",
    "Supplier",
    "Variant",
]
