"""Goods come back."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter

from django.db import transaction

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import orders, rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.models import Return
from onorder.rules.lifecycle import ReturnState


class NotShipped(OnOrderError):
    code = "not_shipped"
    sentence = "Order {number} has {out} units of {sku} with the customer, so {wanted} cannot come back."
    remedy = "What has not been shipped is cancelled instead."


@transaction.atomic(durable=True)
def take_back(
    number: str, sku: str, units: int, *, restock: bool, why: str = "", key: str, by: str, now: datetime
) -> str:
    """Book units of an order that came back; restocked ones go to the oldest waiting line before general sale.

    Safe to repeat: the same `key` returns the first return's number and changes nothing.

    Args:
        restock: they can be sold again; otherwise they are written off.

    Returns:
        The return's number.

    Raises:
        NotFound: an unknown order, or a SKU that is not on it.
        NotShipped: fewer units are with the customer.
    """
    if units < 1:
        raise BadInput(
            what="{sku}", problem="{units} units cannot come back", remedy="Give one or more.", sku=sku, units=units
        )
    order = orders.find(number)
    variant = orders.variants(order.id).get(sku)
    if variant is None:
        raise NotFound(what="line of {sku} on order", name=number, sku=sku)
    level = lock_levels([variant], location=order.location)[variant]
    if earlier := rows.select("SELECT number FROM onorder_return WHERE key IN (%s, %s)", (key, f"{key}/1")):
        return str(earlier[0][0])
    lines = [line for line in order_lines.of_orders([order.id]) if line.variant == variant]
    lines.sort(key=attrgetter("place"))
    out = sum(line.shipped - line.returned for line in lines)
    if units > out:
        raise NotShipped(number=number, out=out, sku=sku, wanted=units)
    journal = Journal(by=by, at=now)
    entry = journal.record("returned", order.subject, {"lines": [], "restocked": restock}, why=why)
    journal.tell(entry, order.recipient)
    came = []
    for line in lines:
        few = min(units, line.shipped - line.returned)
        if not few:
            continue
        units -= few
        came.append((line.id, few))
        journal.take_back(entry, level, line, few)
        if not restock:
            journal.write_off(entry, level, few)
    first = _write(came, ReturnState.RESTOCKED if restock else ReturnState.WRITTEN_OFF, why, key=key, now=now)
    entry.data["lines"] = [list(one) for one in came]
    queue.allocate([level], journal, why=f"return:{first}")
    queue.refresh([level], journal)
    journal.write()
    return f"R-{first}"


def _write(came: list[tuple[int, int]], state: ReturnState, why: str, *, key: str, now: datetime) -> int:
    """One return for each line that units came back of; the first one's key."""
    keys = rows.reserve({Return: len(came)})[Return]
    rows.insert(
        Return,
        ("id", "number", "key", "line", "quantity", "state", "why", "requested_at", "received_at"),
        [
            (pk, f"R-{pk}", key if place == 0 else f"{key}/{place}", line, few, state, why, now, now)
            for place, (pk, (line, few)) in enumerate(zip(keys, came, strict=True))
        ],
    )
    return keys[0]
