"""The queue: who waits, oldest first, where their units will come from, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db.models import F, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from onorder.errors import NotFound
from onorder.ledger import rows as rows_
from onorder.ledger.levels import look_at_levels
from onorder.ledger.lines import COLUMNS, Line
from onorder.models import OrderLine, PurchaseOrderLine, StockLevel, Supplier
from onorder.queries.buffers import Deadline
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
    at_risk_in: Sequence[Deadline] | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[WaitingLine]:
    """What customers wait for, oldest place first.

    Eight statements, whatever the length of the queue; it reads the lines of this page and what stands before them in
    their own queues.

    Args:
        sku, supplier, order: only these (a SKU, a supplier's code, an order's number).
        told_before: only lines whose customers were told a day before this one.
        at_risk_in: only lines in these buffers whose customers were told a day before what stands there would ship.
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
    if at_risk_in is not None:
        found = _at_risk(found, at_risk_in)
    if after:
        # As rows, so that the index of the whole queue is entered at this place.
        later = "(onorder_orderline.queued_at, onorder_orderline.id) > (%s, %s)"
        found = found.extra(where=[later], params=[rows_.instant(after.queued_at), after.line])
    return _listed(found.order_by("queued_at", "pk")[:limit], now)


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """A supplier whose things somebody waits for, and the lines of them that have waited longest. Its key is None, and
    its code empty, where nobody offers what they wait for."""

    key: int | None
    supplier: str
    name: str
    units: int
    oldest_at: datetime
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SupplierQueue:
    """Who waits for one supplier's things: how many lines and units, and the first of them."""

    supplier: str
    name: str
    lines: int
    units: int
    first: tuple[WaitingLine, ...]


def waited_for(*, first: int = 3) -> list[WaitedFor]:
    """Every supplier whose things somebody waits for, the one whose customers have waited longest before the others.

    Three statements. Of each variant that somebody waits for it reads the `first` lines.
    """
    names: dict[int | None, tuple[str, str]] = {
        key: (code, name) for key, code, name in Supplier.objects.values_list("pk", "code", "name")
    }
    waiting = StockLevel.objects.filter(waiting__gt=0).order_by().values_list("supplier")
    units = dict(waiting.annotate(units=Sum("waiting")))
    heads = " UNION ALL ".join(_HEAD.format(place) for place in range(first))
    firsts: dict[int | None, list[tuple[int, datetime]]] = {}
    for supplier, line, queued_at in rows_.select(_FIRST.format(heads), (first,), instants=(2,)):
        firsts.setdefault(supplier, []).append((line, queued_at))
    found = [
        WaitedFor(key, *names.get(key, ("", "")), units.get(key, 0), of[0][1], tuple(line for line, _ in of))
        for key, of in firsts.items()
    ]
    return sorted(found, key=lambda one: (one.oldest_at, one.supplier))


def by_supplier(wanted: Sequence[WaitedFor], *, now: datetime) -> list[SupplierQueue]:
    """The queues of these suppliers, each with its oldest lines; the others are counted. Nine statements."""
    keys = [one.key for one in wanted if one.key is not None]
    condition, parameter = rows_.among("level.supplier_id", keys)
    counted = dict(rows_.select(_COUNTED.format(condition), (parameter,)))
    shown = OrderLine.objects.filter(pk__in=[line for one in wanted for line in one.first])
    listed = {line.line: line for line in _listed(shown.order_by("queued_at", "pk"), now)}
    return [
        SupplierQueue(
            one.supplier,
            one.name,
            counted.get(one.key, len(one.first)),
            one.units,
            tuple(listed[line] for line in one.first if line in listed),
        )
        for one in wanted
    ]


_COUNTED = (
    "SELECT level.supplier_id, count(*) FROM onorder_stocklevel AS level"
    " JOIN onorder_orderline AS line ON line.variant_id = level.variant_id AND line.location_id = level.location_id"
    " AND line.waiting > 0 WHERE level.waiting > 0 AND {} GROUP BY level.supplier_id"
)
#: The oldest lines of each level by their places, so that the rest of its queue is not read.
_HEAD = (
    "SELECT level.supplier_id, (SELECT id FROM onorder_orderline WHERE variant_id = level.variant_id"
    " AND location_id = level.location_id AND waiting > 0 ORDER BY queued_at, id LIMIT 1 OFFSET {}) AS line"
    " FROM onorder_stocklevel AS level WHERE level.waiting > 0"
)
_FIRST = (
    "SELECT supplier_id, id, queued_at FROM (SELECT head.supplier_id, line.id, line.queued_at, row_number() OVER ("
    "PARTITION BY head.supplier_id ORDER BY line.queued_at, line.id) AS place"
    " FROM ({}) AS head JOIN onorder_orderline AS line ON line.id = head.line) AS placed WHERE place <= %s"
    " ORDER BY supplier_id, place"
)


def _at_risk(found: QuerySet[OrderLine], deadlines: Sequence[Deadline]) -> QuerySet[OrderLine]:
    """Of these lines those that stand in one of the buffers, and were told a day before it would ship."""
    if not deadlines:
        return found.none()
    in_one = reduce(
        or_,
        (
            Q(variant__levels__supplier=one.supplier, variant__levels__location=one.location, told__lt=one.expected_on)
            for one in deadlines
        ),
    )
    in_buffer = Q(variant__levels__location=F("location"), variant__levels__buffered_at__lte=F("queued_at"))
    return found.alias(told=Coalesce("told_on", "promised_on")).filter(in_buffer & in_one)


def _listed(found: QuerySet[OrderLine], now: datetime) -> list[WaitingLine]:
    """These lines as rows of the queue. Eight statements."""
    rows = list(
        found.values_list(
            *COLUMNS,
            "order__number",
            "order__customer__name",
            "order__customer__reference",
            "variant__sku",
            "variant__product__name",
        )
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


def oldest() -> datetime | None:
    """Since when the first of all who wait has waited. One statement."""
    first: datetime | None = OrderLine.objects.filter(waiting__gt=0).aggregate(at=Min("queued_at"))["at"]
    return first


def order_of(line: int) -> str:
    """The number of the order that a line is on. One statement.

    Raises:
        NotFound: there is no such line.
    """
    number = OrderLine.objects.filter(pk=line).values_list("order__number", flat=True).first()
    if number is None:
        raise NotFound(what="line of an order", name=line)
    return number
