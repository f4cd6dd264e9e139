"""What a provider for cards tells us, in our words, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from onorder.rules.lifecycle import CardPageState, PayoutState


class What(StrEnum):
    """What has happened at the provider's."""

    PAID = "paid"
    PENDING = "pending"  # The customer has paid; their bank takes its days.
    DECLINED = "declined"  # And in the end it did not.
    EXPIRED = "expired"  # The page was left, and can no longer be paid on.
    GIVEN_BACK = "given_back"  # So much of one payment went back in all, whoever did it.
    REFUND = "refund"  # How one refund stands.
    DISPUTED = "disputed"
    OTHER = "other"


class Concern(StrEnum):
    """Why a person should look at what the provider said."""

    UNKNOWN = "unknown"  # Paid for something that we did not ask for.
    OTHER_AMOUNT = "other_amount"  # Paid, but not what was asked: nothing was booked.
    TOO_MUCH = "too_much"  # Booked, and now the order holds more than it costs.
    DECLINED = "declined"
    GIVEN_BACK = "given_back"  # Money went back by the provider's own pages, and is not booked here.
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that the provider said, once under its `reference`.

    Args:
        name: as the provider calls it.
        page, page_key: the page that it is about, by the provider's name and by ours.
        intent: the provider's name of the payment.
        order: the number of the order, as we gave it to the page.
        amount_minor: what was paid, went back in all, or is disputed.
        refund, payout: a refund, by the provider's name and by the key that we gave it.
        payout_state: how that refund stands; None while it is on its way.
        note: what the provider adds, for a person.
    """

    reference: str
    name: str
    what: What
    at: datetime
    page: str = ""
    page_key: str = ""
    intent: str = ""
    order: str = ""
    amount_minor: int = 0
    currency: str = ""
    refund: str = ""
    payout: str = ""
    payout_state: PayoutState | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked for, of which order."""

    number: str
    amount_minor: int
    currency: str


def is_as_asked(heard: Heard, asked: Asked | None) -> bool:
    """Whether what was paid is what was asked for, so that it can be booked without a person."""
    if asked is None or heard.what != What.PAID or not heard.intent:
        return False
    return (heard.amount_minor, heard.currency) == (asked.amount_minor, asked.currency)


_S = CardPageState
#: Where each thing that is heard takes a page: from which states, to which. Whatever comes late changes nothing: what
#: is paid stays paid.
PAGE_STEPS: Final = MappingProxyType(
    {
        What.PAID: (frozenset({_S.OPEN, _S.WAITING, _S.FAILED, _S.EXPIRED}), _S.PAID),
        What.PENDING: (frozenset({_S.OPEN}), _S.WAITING),
        What.DECLINED: (frozenset({_S.OPEN, _S.WAITING}), _S.FAILED),
        What.EXPIRED: (frozenset({_S.OPEN}), _S.EXPIRED),
    }
)


def concern(heard: Heard, asked: Asked | None, *, held_minor: int, worth_minor: int) -> Concern | None:
    """Why a person should look at it; None if there is nothing to be seen.

    Args:
        held_minor, worth_minor: what the order holds once this is booked, and what it costs.
    """
    if heard.what == What.PAID:
        if asked is None:
            return Concern.UNKNOWN
        if not is_as_asked(heard, asked):
            return Concern.OTHER_AMOUNT
        return Concern.TOO_MUCH if held_minor > worth_minor else None
    if heard.what == What.DECLINED and asked is not None:
        return Concern.DECLINED
    return Concern.DISPUTED if heard.what == What.DISPUTED else None
