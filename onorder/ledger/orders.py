"""Customers' orders as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from onorder.errors import NotFound
from onorder.ledger import rows
from onorder.ledger.journal import Recipient


@dataclass(frozen=True, slots=True)
class Head:
    """An order without its lines: where it is served from, and who is told about it."""

    id: int
    number: str
    location: int
    currency: str
    recipient: Recipient

    @property
    def subject(self) -> str:
        """What its events are about."""
        return f"order:{self.id}"


def find(number: str) -> Head:
    """An order by its number. One statement.

    Raises:
        NotFound: there is none.
    """
    found = rows.select(
        "SELECT sales.id, sales.number, sales.location_id, sales.currency, sales.customer_id, customer.email"
        " FROM onorder_order AS sales JOIN onorder_customer AS customer ON customer.id = sales.customer_id"
        " WHERE sales.number = %s",
        (number,),
    )
    if not found:
        raise NotFound(what="order", name=number)
    ((key, number, location, currency, customer, email),) = found
    return Head(key, number, location, currency, Recipient(customer, email))


def variants(order: int) -> dict[str, int]:
    """The variants on an order, by SKU. One statement."""
    return dict(
        rows.select(
            "SELECT DISTINCT variant.sku, variant.id FROM onorder_orderline AS line"
            " JOIN onorder_variant AS variant ON variant.id = line.variant_id WHERE line.order_id = %s",
            (order,),
        )
    )
