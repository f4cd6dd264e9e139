"""Returns as plain values: what comes back under one number, and its steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from onorder.errors import NotFound
from onorder.ledger import orders, rows
from onorder.ledger.orders import Head
from onorder.models import Return
from onorder.rules.lifecycle import RETURN_STEPS, ReturnState


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one line in one state: a row."""

    id: int
    line: int
    variant: int
    quantity: int
    state: str
    wants: str
    why: str
    requested_at: datetime
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Few:
    """So many units of a part, in the order in which they are taken."""

    part: Part
    units: int


def order_of(number: str) -> Head:
    """The order that a return is of. Two statements.

    Raises:
        NotFound: there is no such return.
    """
    found = rows.select(
        "SELECT sales.number FROM onorder_return AS back JOIN onorder_orderline AS line ON line.id = back.line_id"
        " JOIN onorder_order AS sales ON sales.id = line.order_id WHERE back.number = %s LIMIT 1",
        (number,),
    )
    if not found:
        raise NotFound(what="return", name=number)
    return orders.find(found[0][0])


def variants(number: str) -> dict[str, int]:
    """The variants that come back under this number, by SKU. One statement."""
    return dict(
        rows.select(
            "SELECT DISTINCT variant.sku, variant.id FROM onorder_return AS back"
            " JOIN onorder_orderline AS line ON line.id = back.line_id"
            " JOIN onorder_variant AS variant ON variant.id = line.variant_id WHERE back.number = %s",
            (number,),
        )
    )


def parts(number: str) -> list[Part]:
    """Everything that comes back under this number, the first first. One statement."""
    found = rows.select(
        "SELECT back.id, back.line_id, line.variant_id, back.quantity, back.state, back.wants, back.why,"
        " back.requested_at, back.received_at FROM onorder_return AS back"
        " JOIN onorder_orderline AS line ON line.id = back.line_id WHERE back.number = %s ORDER BY back.id",
        (number,),
        instants=(7, 8),
    )
    return [Part(*row) for row in found]


def open_units(order: int) -> dict[int, int]:
    """Units of each line of an order for which a return was asked and not decided. One statement."""
    return dict(
        rows.select(
            "SELECT back.line_id, CAST(sum(back.quantity) AS bigint) FROM onorder_return AS back"
            " JOIN onorder_orderline AS line ON line.id = back.line_id"
            " WHERE line.order_id = %s AND back.state IN (%s, %s) GROUP BY back.line_id",
            (order, ReturnState.REQUESTED.value, ReturnState.RECEIVED.value),
        )
    )


def known(key: str) -> str:
    """The number of the return that was booked with this key; empty if none was. One statement."""
    found = rows.select("SELECT number FROM onorder_return WHERE key IN (%s, %s) ORDER BY id", (key, f"{key}/0"))
    return str(found[0][0]) if found else ""


def add(came: Sequence[tuple[int, int]], state: ReturnState, *, key: str, now: datetime, **of: Any) -> str:
    """Write a return of so many units of each line; its number. Two statements.

    Args:
        of: other fields, the same in every row.
    """
    keys = rows.reserve({Return: len(came)})[Return]
    number = f"R-{keys[0]}"
    own = [key, *(f"{key}/{place}" for place in range(1, len(came)))]
    columns = ("id", "number", "key", "line", "quantity", "state", "requested_at", *of)
    values = [
        (pk, number, one, line, few, state, now, *of.values())
        for pk, one, (line, few) in zip(keys, own, came, strict=True)
    ]
    rows.insert(Return, columns, values)
    return number


def take(found: Iterable[Part], states: Collection[str], variant: int, units: int | None) -> list[Few]:
    """So many units of a variant that are in one of these states, or (None) all of them; fewer if there are no more."""
    taken, left = [], units
    for part in found:
        if part.variant == variant and part.state in states and left != 0:
            few = part.quantity if left is None else min(part.quantity, left)
            left = left if left is None else left - few
            taken.append(Few(part, few))
    return taken


def advance(number: str, taken: Sequence[Few], step: str, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Take units one step along their lifecycle; those that stay behind get a row of their own. Three statements.

    The caller holds the lock of their variants' levels, so that nobody else steps in between.

    Args:
        changes: other fields that change, by part; the same ones in each.
    """
    sources, target = RETURN_STEPS[step]
    assert taken and all(few.part.state in sources for few in taken), f"{number} cannot be {step}"
    _leave_behind(number, [few for few in taken if few.units < few.part.quantity])
    names = tuple(changes[taken[0].part.id])
    rows.update(
        Return,
        ("quantity", "state", *names),
        [(few.units, target, *(changes[few.part.id][name] for name in names), few.part.id) for few in taken],
    )


def _leave_behind(number: str, split: Sequence[Few]) -> None:
    if not split:
        return
    keys = rows.reserve({Return: len(split)})[Return]
    rows.insert(
        Return,
        ("id", "key", "quantity", "number", *_SHARED),
        [
            (pk, f"{number}/{pk}", few.part.quantity - few.units, number, *_shared(few.part))
            for pk, few in zip(keys, split, strict=True)
        ],
    )


_SHARED = ("line", "state", "wants", "why", "requested_at", "received_at")
_shared = attrgetter(*_SHARED)
