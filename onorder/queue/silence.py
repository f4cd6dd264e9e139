"""Customers who wait and have heard nothing for a while: they are told that they are not forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from onorder.ledger import rows
from onorder.ledger.journal import Recipient
from onorder.queue.setup import Setup


@dataclass(frozen=True, slots=True)
class Silent:
    """A line whose units are still to come, of an order about which nobody was told anything of late."""

    order: int
    recipient: Recipient
    line: int
    variant: int
    waiting: int


def quiet_since(setup: Setup, now: datetime) -> datetime | None:
    """The instant since which they have heard nothing: the beginning of a day of the shop. None if nobody is told."""
    if not setup.heartbeat_days:
        return None
    first = setup.today(now) - timedelta(days=setup.heartbeat_days - 1)
    return datetime.combine(first, time.min, setup.zone)


def silent(since: datetime, *, location: int, orders: Collection[int] | None = None) -> list[Silent]:
    """Lines at a location that wait for units, of orders about which no message was written or sent since, nor waits to
    be sent, and whose customers have an address. By order and line. One statement.

    Args:
        orders: only of these, by key.
    """
    condition, parameters = "TRUE", []
    if orders is not None:
        condition, parameter = rows.among("sales.id", orders)
        parameters = [parameter]
    since_ = rows.instant(since)
    found = rows.select(f"{_SILENT} AND {condition} ORDER BY sales.id, line.id", [location, *[since_] * 3, *parameters])
    return [Silent(order, Recipient(customer, email), *line) for order, customer, email, *line in found]


_SILENT = """
SELECT sales.id, sales.customer_id, customer.email, line.id, line.variant_id, line.waiting
FROM onorder_orderline AS line
JOIN onorder_order AS sales ON sales.id = line.order_id
JOIN onorder_customer AS customer ON customer.id = sales.customer_id
WHERE line.location_id = %s AND line.waiting > 0 AND sales.placed_at < %s AND customer.email <> ''
AND NOT EXISTS (
    SELECT 1 FROM onorder_event AS event JOIN onorder_message AS message ON message.event_id = event.id
    WHERE event.subject = 'order:' || sales.id AND message.state <> 'suppressed'
    AND (event.at >= %s OR message.sent_at >= %s OR message.state IN ('queued', 'waiting'))
)
"""
