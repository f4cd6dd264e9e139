"""The head of a queue: exactly the lines that so many units can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.db import connection

from onorder.ledger import rows
from onorder.ledger.journal import Recipient
from onorder.ledger.lines import DAYS, INSTANTS, SELECTED, Line

#: SQLite takes at most 500 SELECTs in one statement.
SELECTS_PER_STATEMENT = 400


class Waiting(NamedTuple):
    """A line that waits, and whose it is."""

    line: Line
    number: str
    recipient: Recipient


def heads(units: Mapping[int, int], *, location: int) -> Iterator[Waiting]:
    """The oldest waiting lines of each variant, as many as `units` of it could reach at the most.

    A line waits for at least one unit, so as many lines as there are units are enough. That bound is what keeps a
    receipt from reading the queue behind what it fills.

    Args:
        units: by variant, > 0.
        location: whose queues.

    Yields:
        By variant, oldest place first. One statement (on SQLite one for every 400 variants).
    """
    wanted = sorted(units.items())
    step = len(wanted) if connection.vendor == "postgresql" else SELECTS_PER_STATEMENT
    for start in range(0, len(wanted), step or 1):
        few = wanted[start : start + step]
        keys, parameters = _lateral(few, location) if connection.vendor == "postgresql" else _union(few, location)
        for row in rows.select(_STATEMENT.format(keys), parameters, instants=INSTANTS, days=DAYS):
            *line, number, customer, email = row
            yield Waiting(Line(*line), number, Recipient(customer, email))


_STATEMENT = (
    f"SELECT {SELECTED}, sales.number, sales.customer_id, customer.email FROM onorder_orderline AS line"
    " JOIN onorder_order AS sales ON sales.id = line.order_id"
    " JOIN onorder_customer AS customer ON customer.id = sales.customer_id"
    " WHERE line.id IN ({}) ORDER BY line.variant_id, line.queued_at, line.id"
)


def _lateral(wanted: list[tuple[int, int]], location: int) -> tuple[str, list[object]]:
    variants, units = zip(*wanted, strict=True)
    return (
        "SELECT head.id FROM unnest(%s::bigint[], %s::bigint[]) AS want (variant, units) CROSS JOIN LATERAL ("
        " SELECT id FROM onorder_orderline WHERE variant_id = want.variant AND location_id = %s AND waiting > 0"
        " ORDER BY queued_at, id LIMIT want.units) AS head"
    ), [list(variants), list(units), location]


def _union(wanted: list[tuple[int, int]], location: int) -> tuple[str, list[object]]:
    one = (
        "SELECT id FROM (SELECT id FROM onorder_orderline WHERE variant_id = %s AND location_id = %s AND waiting > 0"
        " ORDER BY queued_at, id LIMIT %s)"
    )
    # Few different lengths, so that SQLite knows the statement already; what is added asks for no line.
    length = 1 << (len(wanted) - 1).bit_length()
    wanted = [*wanted, *[(0, 0)] * (min(length, SELECTS_PER_STATEMENT) - len(wanted))]
    parameters: list[object] = [value for variant, units in wanted for value in (variant, location, units)]
    return " UNION ALL ".join([one] * len(wanted)), parameters
