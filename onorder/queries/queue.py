"""The queue: who waits, oldest first, where their units will come from, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models.functions import Coalesce

from onorder.ledger import rows as rows_
from onorder.ledger.levels import look_at_levels
from onorder.ledger.lines import COLUMNS, Line
from onorder.models import OrderLine, PurchaseOrderLine, Supplier
from onorder.queue import setup as settings
from onorder.queue.expecting import sources, units_ahead
from onorder.queue.outlook import EXPECTED, Outlook


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One row of the queue. `sources` are (where from, units): a purchase order's number, or "buffer of" a supplier."""

    line: int
    order: str
    customer: str
    sku: str
    product: str
    supplier: str
    ordered: int
    waiting: int
    queued_at: datetime
    sources: tuple[tuple[str, int], ...]
    promised_on: date | None
    told_on: date | None
    expected_on: date | None

    @property
    def told(self) -> date | None:
        """The day that the customer was told last."""
        return self.told_on or self.promised_on

    def slack_days(self) -> int | None:
        """Days between the expected day and the one told last; negative: it will be late. None if either is unknown."""
        return (self.told - self.expected_on).days if self.told and self.expected_on else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ends; the next one begins after it."""

    queued_at: datetime
    line: int


def waiting_lines(
    *,
    now: datetime,
    sku: str | None = None,
    supplier: str | None = None,
    order: str | None = None,
    told_before: date | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[WaitingLine]:
    """What customers wait for, oldest place first.

    Eight statements, whatever the length of the queue; it reads the lines of this page and what stands before them in
    their own queues.

    Args:
        sku, supplier, order: only these (a SKU, a supplier's code, an order's number).
        told_before: only lines whose customers were told a day before this one.
        after: the last place of the page before.
        limit: rows.
    """
    found = OrderLine.objects.filter(waiting__gt=0)
    if sku:
        found = found.filter(variant__sku=sku)
    if supplier:
        found = found.filter(variant__levels__supplier__code=supplier, variant__levels__waiting__gt=0).distinct()
    if order:
        found = found.filter(order__number=order)
    if told_before:
        found = found.alias(told=Coalesce("told_on", "promised_on")).filter(told__lt=told_before)
    if after:
        # As rows, so that the index of the whole queue is entered at this place.
        later = "(onorder_orderline.queued_at, onorder_orderline.id) > (%s, %s)"
        found = found.extra(where=[later], params=[rows_.instant(after.queued_at), after.line])
    rows = list(
        found.order_by("queued_at", "pk").values_list(
            *COLUMNS,
            "order__number",
            "order__customer__name",
            "order__customer__reference",
            "variant__sku",
            "variant__product__name",
        )[:limit]
    )
    if not rows:
        return []
    lines = {row[0]: Line(*row[: len(COLUMNS)]) for row in rows}
    where = _where(lines, now)
    return [_row(lines[row[0]], row[len(COLUMNS) :], where[row[0]]) for row in rows]


def _row(line: Line, told: tuple[str, ...], where: _Where) -> WaitingLine:
    order, name, reference, sku, product = told
    supplier, sources_, expected_on = where
    return WaitingLine(
        line=line.id,
        order=order,
        customer=name or reference,
        sku=sku,
        product=product,
        supplier=supplier,
        ordered=line.ordered,
        waiting=line.waiting,
        queued_at=line.queued_at,
        sources=sources_,
        promised_on=line.promised_on,
        told_on=line.told_on,
        expected_on=expected_on,
    )


_Where = tuple[str, "tuple[tuple[str, int], ...]", "date | None"]


def _where(lines: dict[int, Line], now: datetime) -> dict[int, _Where]:
    """For each line the supplier, where its units come from, and when the last of them is expected."""
    setup = settings.current()
    ahead = units_ahead(lines)
    names = dict(Supplier.objects.filter(pk__in=setup.suppliers).values_list("pk", "name"))
    found: dict[int, _Where] = {}
    for location in sorted({line.location for line in lines.values()}):
        here = [line for line in lines.values() if line.location == location]
        levels = look_at_levels({line.variant for line in here}, location=location)
        outlook = Outlook(setup, list(levels.values()), now=now)
        pegs = {ln.id: sources(levels[ln.variant], outlook, ahead[ln.id], ln.waiting) for ln in here}
        numbers = _numbers({coming.source for pegged in pegs.values() for coming, _ in pegged if coming})
        for line in here:
            level = levels[line.variant]
            ready = outlook.ready(level, ahead[line.id] + line.waiting, EXPECTED)
            supplier = names.get(level.supplier or 0, "")
            units = tuple((numbers[c.source] if c else "buffer", few) for c, few in pegs[line.id])
            found[line.id] = (supplier, units, ready.on if ready else None)
    return found


def _numbers(purchase_order_lines: set[int]) -> dict[int, str]:
    found = PurchaseOrderLine.objects.filter(pk__in=purchase_order_lines)
    return dict(found.values_list("pk", "purchase_order__number"))
