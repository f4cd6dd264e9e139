"""What the kinds of messages are called, and what the names mean that a shop's own texts may use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from babel import Locale
from django.utils.translation import get_language, gettext_noop, to_locale

from onorder.delivery import to_customers, to_suppliers
from onorder.desk.rights import Right, User, rights_of

#: What each kind of message is called, and when it is sent.
KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "placed": (gettext_noop("Order received"), gettext_noop("When a customer has ordered.")),
        "added": (gettext_noop("Added to an order"), gettext_noop("When something is added to an order.")),
        "swapped": (gettext_noop("Something else"), gettext_noop("When a customer chose something else instead.")),
        "ordered": (gettext_noop("On order"), gettext_noop("When what they wait for is ordered from its supplier.")),
        "confirmed": (
            gettext_noop("Confirmed"),
            gettext_noop("When its supplier has confirmed a day that keeps what they were told."),
        ),
        "on_its_way": (gettext_noop("On its way to us"), gettext_noop("When what they wait for has left its maker.")),
        "delayed": (gettext_noop("Delay"), gettext_noop("When the day that they were told cannot be kept.")),
        "promised_anew": (gettext_noop("A new day"), gettext_noop("When somebody gave them another day.")),
        "arrived": (gettext_noop("Arrived"), gettext_noop("When what they waited for is here and set aside.")),
        "packed": (
            gettext_noop("Packed"),
            gettext_noop("When a parcel is closed and waits for its carrier; left out once it has left."),
        ),
        "shipped": (gettext_noop("Parcel on its way"), gettext_noop("When a parcel leaves.")),
        "delivered": (gettext_noop("Parcel has come"), gettext_noop("When a parcel is noted as delivered.")),
        "cancelled": (gettext_noop("Cancelled"), gettext_noop("When some or all of an order is cancelled.")),
        "lapsed": (
            gettext_noop("Over for want of an answer"),
            gettext_noop("When what is late is cancelled because nobody agreed to wait."),
        ),
        "refunded": (gettext_noop("Money back"), gettext_noop("When money is paid back.")),
        "captured": (gettext_noop("Payment received"), gettext_noop("When what they paid is booked.")),
        "balance_due": (
            gettext_noop("To be paid"),
            gettext_noop("When what they waited for is here, and the rest is to be paid before it leaves."),
        ),
        "payment_reminded": (gettext_noop("Payment reminder"), gettext_noop("When it was not paid in time.")),
        "unpaid": (
            gettext_noop("Cancelled, not paid"),
            gettext_noop("When nobody paid, and its units go to the next who waits."),
        ),
        "return_requested": (
            gettext_noop("Return asked for"),
            gettext_noop("When a customer is to send something back: its number, and where it goes."),
        ),
        "return_received": (gettext_noop("Return arrived"), gettext_noop("When it is here, and not decided yet.")),
        "returned": (
            gettext_noop("Return taken"),
            gettext_noop("When something that came back is taken without money or a replacement going out."),
        ),
        "return_refused": (gettext_noop("Return refused"), gettext_noop("When it is not taken; with the reason.")),
        "replaced": (gettext_noop("Replacement"), gettext_noop("When the same is sent again for what came back.")),
        "heartbeat": (
            gettext_noop("Sign of life"),
            gettext_noop("When somebody waits and has heard nothing for as many days as the shop's settings say."),
        ),
        "link": (
            gettext_noop("Link to the order"),
            gettext_noop("When a customer has lost it, and looks for their order by its number and their address."),
        ),
        "account": (
            gettext_noop("Link to all orders"),
            gettext_noop("When a customer wants to see everything they have ordered, by their address alone."),
        ),
        "purchase_order": (gettext_noop("Purchase order"), gettext_noop("When it leaves, as PDF and CSV.")),
        "amendment": (gettext_noop("Amendment"), gettext_noop("When a purchase order that was sent changes.")),
        "cancellation": (
            gettext_noop("Cancellation"),
            gettext_noop("When the rest of a purchase order is called off."),
        ),
        "reminder": (gettext_noop("Reminder"), gettext_noop("When a purchase order was not confirmed in time.")),
    }
)
#: What each placeholder stands for. Which kind knows which: `onorder.rules.wording`.
PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": gettext_noop("What the recipient is called."),
        "order": gettext_noop("The number of the order. The subject must have it."),
        "shop": gettext_noop("What the shop is called."),
        "what": gettext_noop("What the message is about: units and product, or how many items."),
        "when": gettext_noop("When the last of it ships, as part of a sentence; nothing if nothing is to come."),
        "carrier": gettext_noop("Who carries the parcel, if you said so."),
        "tracking": gettext_noop("The parcel's tracking number, if it has one."),
        "amount": gettext_noop("The money that goes back."),
        "return": gettext_noop("The number of the return, which stands on its parcel."),
        "units": gettext_noop("How many units it is about."),
        "total": gettext_noop("What the purchase order comes to."),
        "place": gettext_noop("The location that it is delivered to."),
        "amendment": gettext_noop("Which amendment it is: 1 for the first."),
        "day": gettext_noop("The day on which it was sent."),
    }
)
#: What can be said in the shop's own words: its name, and how it reads.
PARTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "subject": (gettext_noop("Subject"), gettext_noop("What the inbox shows.")),
        "headline": (gettext_noop("Headline"), ""),
        "opening": (gettext_noop("First sentences"), ""),
        "closing": (gettext_noop("Last lines"), gettext_noop("What they can do. Each line is a paragraph.")),
    }
)


def shown(user: User) -> list[str]:
    """The kinds that this user may read. What suppliers are told is full of costs."""
    costs = Right.SEE_COSTS in rights_of(user)
    return [*to_customers.KINDS, *(to_suppliers.KINDS if costs else ())]


def language_name(code: str) -> str:
    """What a language is called, in the language that is active."""
    name = Locale.parse(code).get_display_name(Locale.parse(to_locale(get_language() or "en")))
    return name or code
