"""What a provider for cards does for us, whoever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from onorder.rules.cards import Heard
from onorder.rules.lifecycle import PayoutState


class Trouble(Exception):
    """The provider did not do what it was asked. `code` may stand in a log; its words may name a person."""

    def __init__(self, code: str, words: str = "") -> None:
        self.code = code
        super().__init__(f"{code}: {words}" if words else code)


class Down(Trouble):
    """It cannot be asked now, or its answer makes no sense. What was asked may have been done; ask again."""


class Refused(Trouble):
    """It will not do this, and trying again does not help."""


class NotSigned(Exception):
    """What claims to come from the provider does not, was changed, or is too old."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page on which something is to be paid.

    Args:
        key: the same again is the same page.
        number, order: how customers call the order, and what stands on the page for it.
        closes_at: until when it can be paid there.
        paid, left: the addresses to come back to, once it is paid and if it was left.
    """

    key: str
    number: str
    order: str
    amount_minor: int
    currency: str
    email: str
    language: str
    closes_at: datetime
    paid: str
    left: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the provider's: what it calls it, and where it is."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund as the provider has it. `state` is None while it is on its way."""

    reference: str
    state: PayoutState | None
    note: str = ""


class Provider(Protocol):
    """A provider for cards.

    Every method but `read` asks it, and raises `Down` or `Refused`; one that gets a key does the same thing once,
    however often it is asked under that key.
    """

    @property
    def pages(self) -> str:
        """The origin of its pages: forms that lead there must be allowed to."""

    def open_page(self, wanted: Wanted) -> Page:
        """A page on which something is paid."""

    def close_page(self, reference: str) -> None:
        """Have a page closed, so that nothing is paid on it any more."""

    def look(self, reference: str, now: datetime) -> Heard:
        """What has become of a page."""

    def give_back(self, intent: str, amount_minor: int, currency: str, *, payout: str, key: str) -> GivenBack:
        """Give so much of a payment back to its card. `payout` is our name for it."""

    def given_back(self, intent: str, payout: str) -> GivenBack | None:
        """The refund that was made under our name, unless it failed; None if there is none."""

    def read(self, body: bytes, signature: str, now: datetime) -> Heard:
        """What the provider says in a request of its own.

        Raises:
            NotSigned: it does not come from the provider, or is too old.
            ValueError: it does, but makes no sense.
        """


#: How long a page stays open once it is offered no more.
LINGERS = timedelta(hours=3)
