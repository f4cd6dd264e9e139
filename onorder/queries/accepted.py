"""What customers were shown and agreed to when they bought: under which terms an order has to be judged later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from onorder.errors import NotFound
from onorder.models import Event, Order, OrderLine, Variant
from onorder.rules.accepting import Accepted, AcceptedLine


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was accepted with an order, as it was shown, and when."""

    accepted: Accepted
    at: datetime
    names: Mapping[str, str]

    @property
    def lines(self) -> list[tuple[str, AcceptedLine]]:
        """Each line with the name by which it was bought."""
        return [(self.names.get(line.sku, line.sku), line) for line in self.accepted.lines]


@dataclass(frozen=True, slots=True)
class Receipt:
    """An order as its customer placed it a moment ago. Money in minor units of `currency`.

    `charged`: what was accepted, at the prices that hold, which may be lower than those shown.
    """

    number: str
    email: str
    address: str
    currency: str
    agreement: Agreement
    charged: Accepted


def accepted(order: int) -> Agreement | None:
    """What its customer agreed to when buying; None of an order that came in another way. Two statements.

    Args:
        order: by primary key.
    """
    event = Event.objects.filter(subject=f"order:{order}", kind="accepted").values_list("data", "at").first()
    return _agreement(*event) if event else None


def receipt(order: int) -> Receipt:
    """An order (by primary key) that was placed with consent. Four statements.

    Raises:
        NotFound: there is none, or it came in another way.
    """
    heads = Order.objects.filter(pk=order)
    head = heads.values_list("number", "customer__email", "address", "currency", "shipping_minor").first()
    agreement = accepted(order)
    if head is None or agreement is None:
        raise NotFound(what="order", name=order)
    prices = dict(OrderLine.objects.filter(order=order).values_list("variant__sku", "unit_price_minor"))
    shown = agreement.accepted
    lines = tuple(
        replace(line, unit_price_minor=min(line.unit_price_minor, prices.get(line.sku, line.unit_price_minor)))
        for line in shown.lines
    )
    return Receipt(*head[:4], agreement, replace(shown, lines=lines, shipping_minor=head[4]))


def _agreement(data: Mapping[str, Any], at: datetime) -> Agreement:
    shown = Accepted.from_data(data)
    names = Variant.objects.filter(sku__in=[line.sku for line in shown.lines])
    found = names.values_list("sku", "product__name", "name")
    return Agreement(shown, at, {sku: full_name(product, variant) for sku, product, variant in found})


def full_name(product: str, variant: str) -> str:
    """The name by which customers know a variant.

    >>> full_name("Satchel", "Large, green"), full_name("Tea", "")
    ('Satchel, Large, green', 'Tea')
    """
    return f"{product}, {variant}" if variant else product
