"""The facts: tables, constraints, and indexes with the query they serve. No behaviour.

What follows from these facts is in `onorder.rules`; what writes them is in `onorder.ledger`.
"""

from __future__ import annotations

from onorder.models.catalog import BackorderTerms, Collection, Product, Variant
from onorder.models.ledger import Event, Message, Payment
from onorder.models.parties import Calendar, Closure, Customer, Location, Shop
from onorder.models.purchasing import (
    Amendment,
    Answer,
    AnswerLine,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
)
from onorder.models.sales import Order, OrderLine
from onorder.models.shipping import Loan, Return, Shipment
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
    "Closure",
    "Collection",
    "Customer",
    "Event",
    "LeadTimeFit",
    "Loan",
    "Location",
    "Message",
    "Offer",
    "Order",
    "OrderLine",
    "Payment",
    "PriceBreak",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "ReceiptLine",
    "Return",
    "Shipment",
    "Shop",
    "StockLevel",
    "StockMove",
    "Supplier",
    "Variant",
]
