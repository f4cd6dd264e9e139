"""Ways to pay. Each is a small object; a provider with pages of its own (for cards) is one more, added to `WAYS`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from onorder.look.policy import policy
from onorder.models import Shop
from onorder.providers.configured import provider
from onorder.store import cards


@dataclass(frozen=True, slots=True)
class ToPay:
    """An order that was placed, by its primary key and its number.

    Args:
        due_minor: what is owed now.
        back, left: the whole addresses of the pages to come back to, when it is paid and when it is not.
    """

    order: int
    number: str
    due_minor: int
    currency: str
    back: str
    left: str = ""


class PaymentWay(Protocol):
    """One way to pay. Nothing of it runs before the order is placed, or within its transaction."""

    code: str
    icon: str

    def is_open(self, shop: Shop) -> bool:
        """Whether the shop takes it."""

    def name(self) -> str:
        """What it is called on the order form."""

    def explanation(self) -> str:
        """What will happen, in a sentence."""

    def begin(self, order: ToPay) -> str:
        """The address of a page of somebody else's where it is paid; empty if there is none, or not now."""

    def details(self, order: ToPay, shop: Shop) -> Sequence[tuple[str, str]]:
        """What the customer needs to know to pay, each with its name."""


class Transfer:
    """By bank transfer, with the order's number as the reference."""

    code, icon = "transfer", "landmark"

    def is_open(self, shop: Shop) -> bool:
        return shop.takes_transfer

    def name(self) -> str:
        return _("Bank transfer")

    def explanation(self) -> str:
        return _("You read our account and the reference on the next page.")

    def begin(self, order: ToPay) -> str:
        return ""

    def details(self, order: ToPay, shop: Shop) -> Sequence[tuple[str, str]]:
        if not order.due_minor:
            return []
        return [(_("To"), shop.bank_details), (pgettext("of a transfer", "Reference"), order.number)]


class AtShop:
    """At the counter, in cash or by card."""

    code, icon = "at_shop", "store"

    def is_open(self, shop: Shop) -> bool:
        return shop.takes_at_shop

    def name(self) -> str:
        return _("At the shop")

    def explanation(self) -> str:
        return _("Say the number of your order at the till.")

    def begin(self, order: ToPay) -> str:
        return ""

    def details(self, order: ToPay, shop: Shop) -> Sequence[tuple[str, str]]:
        return [(_("Say at the till"), order.number)] if order.due_minor else []


class Card:
    """By card, on a page of the provider's."""

    code, icon = "card", "credit-card"

    def is_open(self, shop: Shop) -> bool:
        return shop.takes_card and provider() is not None

    def name(self) -> str:
        return _("Card")

    def explanation(self) -> str:
        return _("You pay on the next page, which is Stripe's. We never see the number of your card.")

    def begin(self, order: ToPay) -> str:
        return cards.page(order.order, order.due_minor, back=order.back, left=order.left)

    def details(self, order: ToPay, shop: Shop) -> Sequence[tuple[str, str]]:
        return []


WAYS: Final[Sequence[PaymentWay]] = (Card(), Transfer(), AtShop())


def open_ways(shop: Shop) -> list[PaymentWay]:
    """The ways that this shop takes."""
    return [way for way in WAYS if way.is_open(shop)]


def leading(answer: HttpResponse, shop: Shop) -> HttpResponse:
    """A page whose forms may lead to the provider's, where the shop takes cards; other pages may lead nowhere else."""
    cards_by = provider()
    if shop.takes_card and cards_by is not None:
        answer["Content-Security-Policy"] = policy(leads_to=cards_by.pages)
    return answer


def way_of(code: str) -> PaymentWay | None:
    """A way by its code, whether or not the shop still takes it."""
    return next((way for way in WAYS if way.code == code), None)
