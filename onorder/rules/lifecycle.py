"""Every stored state: its names, and which step leads from where to where.

The steps are data, so that one guarded UPDATE takes them and a diagram or a button can be drawn from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class PurchaseOrderState(StrEnum):
    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    CONFIRMED = "confirmed"
    PART_RECEIVED = "part_received"
    CLOSED = "closed"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class ReturnState(StrEnum):
    REQUESTED = "requested"
    RECEIVED = "received"
    RESTOCKED = "restocked"
    WRITTEN_OFF = "written_off"
    REFUSED = "refused"


class ReturnWish(StrEnum):
    """What somebody wants for goods that they send back: their money, or the same thing again."""

    REFUND = "refund"
    REPLACEMENT = "replacement"


class ReturnOutcome(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    WRITE_OFF = "write_off"
    REFUSE = "refuse"


class MessageState(StrEnum):
    QUEUED = "queued"
    WAITING = "waiting"  # For the one message of a day that takes it along.
    GATHERED = "gathered"  # Told by another message, which carries it.
    SENT = "sent"
    BOUNCED = "bounced"  # It was sent and did not arrive, or would not have: its address, or number, does not work.
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Channel(StrEnum):
    """By which way a message goes."""

    EMAIL = "email"
    TEXT = "text"


class Pace(StrEnum):
    """How often somebody is written to: of each step at once, or at most once a day of all of them."""

    AT_ONCE = "at_once"
    DAILY = "daily"


class ShippingPolicy(StrEnum):
    """How an order leaves: all at once, each unit as it comes, or in so many parcels at the most."""

    TOGETHER = "together"
    AS_AVAILABLE = "as_available"
    UP_TO = "up_to"


class BelowMinimum(StrEnum):
    """What becomes of a buffer whose deadline comes below its minimum."""

    ORDER_ANYWAY = "order_anyway"
    TOP_UP = "top_up"
    ROLL = "roll"
    ASK = "ask"


class FiringReason(StrEnum):
    """What turned a buffer into a purchase order."""

    MINIMUM_UNITS = "minimum_units"
    MINIMUM_VALUE = "minimum_value"
    DEADLINE = "deadline"
    MAXIMUM_WAIT = "maximum_wait"
    PROMISE_AT_RISK = "promise_at_risk"
    BY_HAND = "by_hand"


class Accept(StrEnum):
    """Whether something is sold without stock."""

    NEVER = "never"
    CAPPED = "capped"
    ALWAYS = "always"


class MoveKind(StrEnum):
    """What happened to units of stock."""

    RECEIVED = "received"
    ALLOCATED = "allocated"
    RELEASED = "released"
    SHIPPED = "shipped"
    RETURNED = "returned"
    ADJUSTED = "adjusted"
    WRITTEN_OFF = "written_off"


class PayBy(StrEnum):
    """How a customer chose to pay for what they ordered on the shop's own pages; and how money goes back to them."""

    TRANSFER = "transfer"
    CARD = "card"
    AT_SHOP = "at_shop"


#: What was ordered so leaves once it is paid.
PREPAID: Final = frozenset({PayBy.TRANSFER, PayBy.CARD})


class PaymentKind(StrEnum):
    CAPTURED = "captured"
    REFUNDED = "refunded"
    SUPPLIER_PAID = "supplier_paid"
    SUPPLIER_REFUNDED = "supplier_refunded"
    FEE = "fee"


class PayoutState(StrEnum):
    """Whether money that is to go back has gone."""

    TO_DO = "to_do"
    DONE = "done"
    FAILED = "failed"


class CardPageState(StrEnum):
    """What became of a page on which something may be paid by card. On one that waits a bank takes its days."""

    OPEN = "open"
    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class AnswerKind(StrEnum):
    """What a supplier said to one line of a purchase order."""

    ACCEPTED = "accepted"
    QUANTITY = "quantity"
    DATE = "date"
    PRICE = "price"
    PARTIAL = "partial"
    REJECTED = "rejected"


Steps = Mapping[str, tuple[frozenset[str], str]]

_S = PurchaseOrderState

#: Every step a purchase order can take: from which states, to which.
PURCHASE_ORDER_STEPS: Final[Steps] = MappingProxyType(
    {
        "queued": (frozenset({_S.DRAFT}), _S.QUEUED),
        "held back": (frozenset({_S.QUEUED}), _S.DRAFT),
        "sent": (frozenset({_S.QUEUED, _S.BOUNCED}), _S.SENT),
        "bounced": (frozenset({_S.SENT}), _S.BOUNCED),
        "reminded": (frozenset({_S.SENT}), _S.SENT),
        "confirmed": (frozenset({_S.SENT, _S.CONFIRMED}), _S.CONFIRMED),
        # Goods that arrive show that an order reached its supplier after all, whatever the mail server said.
        "received in part": (frozenset({_S.SENT, _S.BOUNCED, _S.CONFIRMED, _S.PART_RECEIVED}), _S.PART_RECEIVED),
        "closed": (frozenset({_S.SENT, _S.BOUNCED, _S.CONFIRMED, _S.PART_RECEIVED}), _S.CLOSED),
        "rejected": (frozenset({_S.SENT, _S.CONFIRMED}), _S.REJECTED),
        "taken back": (frozenset({_S.DRAFT, _S.QUEUED}), _S.CANCELLED),
        "cancelled": (frozenset({_S.DRAFT, _S.QUEUED, _S.SENT, _S.BOUNCED, _S.CONFIRMED}), _S.CANCELLED),
    }
)

#: States in which what is outstanding counts as incoming: it is bought, or about to be.
OPEN: Final = frozenset({_S.DRAFT, _S.QUEUED, _S.SENT, _S.CONFIRMED, _S.PART_RECEIVED, _S.BOUNCED})

#: States in which goods may arrive.
RECEIVABLE: Final = frozenset({_S.SENT, _S.CONFIRMED, _S.PART_RECEIVED, _S.BOUNCED})

#: Every step goods that come back can take.
RETURN_STEPS: Final[Steps] = MappingProxyType(
    {
        "received": (frozenset({ReturnState.REQUESTED}), ReturnState.RECEIVED),
        "restocked": (frozenset({ReturnState.RECEIVED}), ReturnState.RESTOCKED),
        "written off": (frozenset({ReturnState.RECEIVED}), ReturnState.WRITTEN_OFF),
        "refused": (frozenset({ReturnState.REQUESTED, ReturnState.RECEIVED}), ReturnState.REFUSED),
    }
)

#: Every step of a message in the outbox. It may also be born suppressed, with the reason why nobody is told.
MESSAGE_STEPS: Final[Steps] = MappingProxyType(
    {
        "put off": (frozenset({MessageState.QUEUED}), MessageState.WAITING),
        "due": (frozenset({MessageState.WAITING}), MessageState.QUEUED),
        "gathered": (frozenset({MessageState.QUEUED, MessageState.WAITING}), MessageState.GATHERED),
        "sent": (frozenset({MessageState.QUEUED}), MessageState.SENT),
        "bounced": (frozenset({MessageState.QUEUED, MessageState.SENT}), MessageState.BOUNCED),
        "failed": (frozenset({MessageState.QUEUED}), MessageState.FAILED),
        "suppressed": (frozenset({MessageState.QUEUED, MessageState.WAITING}), MessageState.SUPPRESSED),
        "queued again": (frozenset({MessageState.FAILED, MessageState.BOUNCED}), MessageState.QUEUED),
        "told instead": (frozenset({MessageState.SUPPRESSED}), MessageState.QUEUED),
    }
)
