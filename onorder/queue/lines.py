"""The head of a queue: exactly the lines that so many units can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from onorder.ledger.journal import Recipient
from onorder.ledger.lines import COLUMNS, Line
from onorder.models import OrderLine

#: SQLite takes at most 500 SELECTs in one statement.
SELECTS_PER_STATEMENT = 400


@dataclass(frozen=True, slots=True)
class Waiting:
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
        keys = _lateral(few, location) if connection.vendor == "postgresql" else _union(few, location)
        found = OrderLine.objects.filter(pk__in=keys).order_by("variant", "queued_at", "pk")
        for row in found.values_list(*COLUMNS, "order__number", "order__customer", "order__customer__email").iterator(
            chunk_size=5_000
        ):
            *line, number, customer, email = row
            yield Waiting(Line(*line), number, Recipient(customer, email))


def _lateral(wanted: list[tuple[int, int]], location: int) -> RawSQL:
    variants, units = zip(*wanted, strict=True)
    return RawSQL(
        "SELECT head.id FROM unnest(%s::bigint[], %s::bigint[]) AS want (variant, units) CROSS JOIN LATERAL ("
        " SELECT id FROM onorder_orderline WHERE variant_id = want.variant AND location_id = %s AND waiting > 0"
        " ORDER BY queued_at, id LIMIT want.units) AS head",
        (list(variants), list(units), location),
    )


def _union(wanted: list[tuple[int, int]], location: int) -> RawSQL:
    one = (
        "SELECT id FROM (SELECT id FROM onorder_orderline WHERE variant_id = %s AND location_id = %s AND waiting > 0"
        " ORDER BY queued_at, id LIMIT %s)"
    )
    parameters = [value for variant, units in wanted for value in (variant, location, units)]
    return RawSQL(" UNION ALL ".join([one] * len(wanted)), parameters)
