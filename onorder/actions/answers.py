"""The supplier answers a purchase order, line by line, and says when it has left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from onorder import queue
from onorder.errors import BadInput, NotFound
from onorder.ledger import purchase_orders, rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.purchase_orders import Head, advance
from onorder.models import Answer, AnswerLine, PurchaseOrder, PurchaseOrderLine
from onorder.queue import confirming, delays, ordered
from onorder.queue import setup as settings
from onorder.rules.lifecycle import AnswerKind, PurchaseOrderState

ANSWERABLE = (PurchaseOrderState.SENT, PurchaseOrderState.CONFIRMED, PurchaseOrderState.PART_RECEIVED)
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """The supplier's word on one SKU of a purchase order. What is None stays as it was ordered.

    `quantity`: units they will deliver by `on` (0: they reject the line). `rest_on`: with fewer units than were
    ordered, the day the rest follows; without it, the rest will not be delivered at all.
    """

    sku: str
    quantity: int | None = None
    on: date | None = None
    rest_on: date | None = None
    unit_cost_minor: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.quantity is not None and not 0 <= self.quantity <= MOST_UNITS:
            raise BadInput(
                what="{sku}",
                problem="{units} is not a quantity",
                remedy="Give 0 or more.",
                sku=self.sku,
                units=self.quantity,
            )
        if self.unit_cost_minor is not None and self.unit_cost_minor < 0:
            raise BadInput(what="{sku}", problem="a negative cost", remedy="Give 0 or more.", sku=self.sku)
        if self.rest_on and (not self.quantity or (self.on and self.rest_on <= self.on)):
            raise BadInput(
                what="{sku}",
                problem="a rest needs a first quantity, and a later day",
                remedy="Say how many come first, and when the rest follows.",
                sku=self.sku,
            )


@transaction.atomic(durable=True)
def answer(
    number: str, said: Sequence[Said], *, on: date | None = None, key: str, by: str, now: datetime
) -> PurchaseOrderState:
    """Record the supplier's answer to a purchase order. Lines it does not speak of are accepted as ordered.

    What the supplier will not deliver falls back into the buffer, with its customers' places untouched; who can no
    longer be served by the day they were told hears of the new one. Who can, and for whose units another day is
    confirmed than before, hears that it is, once of each purchase order. Safe to repeat with the same key.

    Args:
        on: the day of arrival for every line that names none.

    Returns:
        The state of the purchase order afterwards.

    Raises:
        NotFound: no purchase order has this number, or no open line of it this SKU.
        WrongState: it was not sent, or is over.
    """
    order = purchase_orders.find(number)
    levels = lock_levels(purchase_orders.variants(order.id).values(), location=order.location)
    order = purchase_orders.find(number)
    if rows.select("SELECT 1 FROM onorder_answer WHERE key = %s", (key,)):
        return PurchaseOrderState(order.state)
    if order.state not in ANSWERABLE:
        raise order.refuse("answered")
    lines = _open_lines(order)
    before = confirming.confirmed_days(order)
    words = {word.sku: word for word in said}
    if strangers := sorted(words.keys() - lines.keys()):
        raise NotFound(what="open line on {number} for", name=", ".join(strangers), number=number)
    told = [_apply(line, words.get(sku, Said(sku)), on, levels[line.variant]) for sku, line in lines.items()]
    _write(order, told, key=key, by=by, now=now)
    state = _advance(order, now)
    journal = Journal(by=by, at=now)
    summary = [[one.sku, one.kind, one.quantity, one.on and one.on.isoformat()] for one in told]
    journal.record("answered", f"purchase_order:{order.id}", {"lines": summary})
    moved = {one.line.variant for one in told if one.moves_supply}
    changed = [level for variant, level in levels.items() if variant in moved]
    for level in changed:
        journal.touch(level)
    queue.refresh(changed, journal)
    setup = settings.current()
    delays.announce(changed, journal, setup=setup, now=now, why=f"answer to {number}")
    confirming.tell_customers(order, before, levels, journal, setup=setup, now=now)
    journal.write()
    return state


@transaction.atomic(durable=True)
def dispatched(number: str, *, on: date, tracking: str = "", by: str, now: datetime) -> int:
    """What is still to come of a purchase order has left its supplier.

    Customers are told once that it is on its way to us, and see it on their journey. Said again, the last word counts.

    Args:
        tracking: what the carrier knows it by.

    Returns:
        Lines that are on their way; 0 if that was known.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it was not sent, or is over.
        BadInput: the day has not begun.
    """
    order = purchase_orders.find(number)
    levels = lock_levels(purchase_orders.variants(order.id).values(), location=order.location)
    order, setup = purchase_orders.find(number), settings.current()
    if order.state not in ANSWERABLE:
        raise order.refuse("dispatched")
    if on > setup.today(now):
        raise BadInput(
            what="Purchase order {number}",
            problem="cannot have left on {day}, which has not begun",
            remedy="Give the day on which it left.",
            number=number,
            day=on,
        )
    values = {"dispatched_on": on, "tracking": tracking.strip()[:80]}
    lines = PurchaseOrderLine.objects.filter(purchase_order=order.id, outstanding__gt=0).exclude(**values)
    if changed := lines.update(**values):
        journal = Journal(by=by, at=now)
        data = {"on": on.isoformat(), "tracking": values["tracking"], "lines": changed}
        journal.record("dispatched", f"purchase_order:{order.id}", data)
        ordered.tell_customers(order, levels, journal, kind="on_its_way", setup=setup, now=now)
        journal.write()
    return changed


@dataclass(slots=True)
class _Line:
    """An open purchase order line; it changes in memory and is written with the others."""

    id: int
    variant: int
    supplier_sku: str
    ordered: int
    outstanding: int
    cancelled: int
    unit_cost_minor: int
    confirmed_on: date | None
    first_confirmed_on: date | None


@dataclass(frozen=True, slots=True)
class _Told:
    """What was said of a line, and what it came to. `rest`: units that follow in a line of their own."""

    line: _Line
    sku: str
    kind: AnswerKind
    quantity: int
    on: date | None
    rest: int
    word: Said

    @property
    def moves_supply(self) -> bool:
        """Whether units come in another number, or on another day, than was thought before."""
        return self.on is not None or self.kind not in (AnswerKind.ACCEPTED, AnswerKind.PRICE)


_OPEN_LINES = (
    "SELECT variant.sku, line.id, line.variant_id, line.supplier_sku, line.ordered, line.outstanding, line.cancelled,"
    " line.unit_cost_minor, line.confirmed_on, line.first_confirmed_on FROM onorder_purchaseorderline AS line"
    " JOIN onorder_variant AS variant ON variant.id = line.variant_id"
    " WHERE line.purchase_order_id = %s AND line.outstanding > 0 ORDER BY line.id DESC"
)


def _open_lines(order: Head) -> dict[str, _Line]:
    """The open line of each SKU; of several, the one that is expected first."""
    return {sku: _Line(*values) for sku, *values in rows.select(_OPEN_LINES, (order.id,), days=(8, 9))}


def _apply(line: _Line, word: Said, on: date | None, level: Level) -> _Told:
    day = word.on or on
    quantity = line.outstanding if word.quantity is None else word.quantity
    kind = _kind(line, word, day)
    difference = quantity - line.outstanding
    rest = -difference if difference < 0 and word.rest_on else 0
    if difference > 0 or rest:
        line.ordered += difference
    else:
        line.cancelled -= difference
    level.incoming += difference + rest
    line.outstanding = quantity
    if word.unit_cost_minor is not None:
        line.unit_cost_minor = word.unit_cost_minor
    if day:
        line.confirmed_on = day
        line.first_confirmed_on = line.first_confirmed_on or day
    return _Told(line, word.sku, kind, quantity, day, rest, word)


def _kind(line: _Line, word: Said, day: date | None) -> AnswerKind:
    if word.quantity == 0 and not word.rest_on:
        return AnswerKind.REJECTED
    if word.rest_on:
        return AnswerKind.PARTIAL
    if word.quantity is not None and word.quantity != line.outstanding:
        return AnswerKind.QUANTITY
    if word.unit_cost_minor is not None and word.unit_cost_minor != line.unit_cost_minor:
        return AnswerKind.PRICE
    if day and line.confirmed_on and day != line.confirmed_on:
        return AnswerKind.DATE
    return AnswerKind.ACCEPTED


def _write(order: Head, told: Sequence[_Told], *, key: str, by: str, now: datetime) -> None:
    (given,) = rows.reserve({Answer: 1})[Answer]
    rows.insert(Answer, ("id", "purchase_order", "key", "at", "by"), [(given, order.id, key, now, by)])
    rows.insert(
        AnswerLine,
        ("answer", "line", "kind", "quantity", "on", "unit_cost_minor", "note"),
        [(given, t.line.id, t.kind, t.quantity, t.on, t.word.unit_cost_minor, t.word.note) for t in told],
    )
    changes = ("ordered", "outstanding", "cancelled", "unit_cost_minor", "confirmed_on", "first_confirmed_on")
    rows.update(PurchaseOrderLine, changes, [(*(getattr(t.line, c) for c in changes), t.line.id) for t in told])
    rows.insert(  # The rest of a delivery that comes in two is a line of its own.
        PurchaseOrderLine,
        (
            *("purchase_order", "variant", "supplier_sku", "ordered", "outstanding", "needed", "unit_cost_minor"),
            *("confirmed_on", "first_confirmed_on"),
        ),
        [
            (
                *(order.id, t.line.variant, t.line.supplier_sku, t.rest, t.rest, 0, t.line.unit_cost_minor),
                *(t.word.rest_on, t.word.rest_on),
            )
            for t in told
            if t.rest
        ],
    )


def _advance(order: Head, now: datetime) -> PurchaseOrderState:
    if order.state == PurchaseOrderState.PART_RECEIVED:
        rows.change(PurchaseOrder, {"answered_at": now}, where="id = %s", parameters=(order.id,))
        return PurchaseOrderState.PART_RECEIVED
    if purchase_orders.has_open_lines(order.id):
        advance(order.id, "confirmed", answered_at=now)
        return PurchaseOrderState.CONFIRMED
    advance(order.id, "rejected", answered_at=now, closed_at=now)
    return PurchaseOrderState.REJECTED
