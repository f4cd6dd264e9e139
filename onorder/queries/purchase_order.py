"""One purchase order: its lines and who waits behind them, what was said about it, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from onorder.errors import NotFound
from onorder.models import (
    Amendment,
    AnswerLine,
    Message,
    Payment,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
)
from onorder.queries import happened as events
from onorder.queries.behind import Behind, Queued, Supply, Waits, behind, supplies
from onorder.queries.happened import Happened
from onorder.queue import setup as settings
from onorder.rules.lifecycle import (
    OPEN,
    AnswerKind,
    FiringReason,
    MessageState,
    PaymentKind,
    PurchaseOrderState,
)

MOST_NAMED = 20
_NOBODY = Behind()


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `expected_on`: when the rest of it is expected here; `named`: the first who wait for it."""

    id: int
    sku: str
    product: str
    supplier_sku: str
    ordered: int
    cancelled: int
    received: int
    over: int
    outstanding: int
    unit_cost_minor: int
    confirmed_on: date | None
    dispatched_on: date | None
    tracking: str
    expected_on: date | None
    behind: Behind
    named: tuple[Waits, ...]

    @property
    def units(self) -> int:
        """Units that are bought: what was cancelled is not."""
        return self.ordered - self.cancelled

    @property
    def total_minor(self) -> int:
        return self.units * self.unit_cost_minor

    @property
    def for_stock(self) -> int:
        """Units still to come that nobody waits for yet."""
        return self.outstanding - self.behind.units

    @property
    def further(self) -> int:
        """Customers (at least) who wait behind those that are named."""
        return max(self.behind.parties - len(self.named), 0)


@dataclass(frozen=True, slots=True)
class Said:
    """The supplier's word on one line, as it was said."""

    sku: str
    kind: AnswerKind
    quantity: int
    on: date | None
    unit_cost_minor: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the supplier's."""

    at: datetime
    by: str
    lines: tuple[Said, ...]

    @property
    def differs(self) -> tuple[Said, ...]:
        """The lines that are not simply accepted."""
        return tuple(said for said in self.lines if said.kind != AnswerKind.ACCEPTED)

    @property
    def on(self) -> date | None:
        """The latest day that it names."""
        return max((said.on for said in self.lines if said.on), default=None)


@dataclass(frozen=True, slots=True)
class Amended:
    """A numbered amendment: each changed SKU with the units still to come before and after."""

    number: int
    at: datetime
    why: str
    changes: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to the supplier about it, or the reason why there was none (`note`)."""

    id: int
    kind: str
    state: MessageState
    at: datetime
    sent_at: datetime | None
    attempts: int
    note: str


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything there is to know of one purchase order. Money in minor units of `currency`.

    Args:
        supplier, supplier_name, email: of its supplier; no e-mail address is an empty one.
        awaited_days: working days since it was sent, if its supplier has not answered; else None.
        answer_days: working days that its supplier may take to answer; 0 for any number.
        seen: the last of what happened to it.
    """

    id: int
    number: str
    supplier: str
    supplier_name: str
    email: str
    location: str
    state: PurchaseOrderState
    reason: FiringReason
    why: str
    version: int
    currency: str
    raised_at: datetime
    send_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    reminded_at: datetime | None
    closed_at: datetime | None
    awaited_days: int | None
    answer_days: int
    lines: tuple[Line, ...]
    behind: Behind
    amendments: tuple[Amended, ...]
    answers: tuple[Answered, ...]
    messages: tuple[Sent, ...]
    happened: tuple[Happened, ...]
    paid_minor: int
    refunded_minor: int
    today: date

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def has_left(self) -> bool:
        return self.sent_at is not None

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def outstanding(self) -> int:
        return sum(line.outstanding for line in self.lines)

    @property
    def received(self) -> int:
        return sum(line.received + line.over for line in self.lines)

    @property
    def value_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def for_stock(self) -> int:
        return sum(line.for_stock for line in self.lines)

    @property
    def unpaid_minor(self) -> int:
        """What is not paid of its value; negative if more was."""
        return self.value_minor - self.paid_minor + self.refunded_minor

    @property
    def expected_on(self) -> date | None:
        """The day on which the next of it is expected here."""
        return min((line.expected_on for line in self.lines if line.expected_on), default=None)

    @property
    def last_expected_on(self) -> date | None:
        """The day on which the last of it is expected here."""
        return max((line.expected_on for line in self.lines if line.expected_on), default=None)

    @property
    def is_confirmed(self) -> bool:
        """Whether the supplier named a day for everything that is still to come."""
        return all(line.confirmed_on for line in self.lines if line.outstanding)

    @property
    def dispatched_on(self) -> date | None:
        """The day on which the last of what is still to come left the supplier; None if not all of it has."""
        days = [line.dispatched_on for line in self.lines if line.outstanding]
        return None if None in days else max((day for day in days if day), default=None)

    @property
    def tracking(self) -> tuple[str, ...]:
        """What carriers know it by that is on its way."""
        known = (line.tracking for line in self.lines if line.outstanding and line.tracking)
        return tuple(dict.fromkeys(known))

    @property
    def is_overdue(self) -> bool:
        """Whether a day has passed that the supplier confirmed for something still to come."""
        return any(line.outstanding and line.confirmed_on and line.confirmed_on < self.today for line in self.lines)

    @property
    def is_unanswered(self) -> bool:
        """Whether the supplier has had longer to answer than it may take."""
        return self.awaited_days is not None and 0 < self.answer_days < self.awaited_days

    @property
    def is_closed_short(self) -> bool:
        """Whether somebody gave up waiting for what was still to come."""
        return any(event.kind == "closed" for event in self.happened)

    @property
    def seen(self) -> int:
        return self.happened[0].id if self.happened else 0

    def open_lines(self) -> dict[str, Line]:
        """What is still to come, by SKU; of several lines of one, that which is expected first."""
        found: dict[str, Line] = {}
        for line in self.lines:
            if line.outstanding:
                found.setdefault(line.sku, line)
        return found


def purchase_order(number: str, *, now: datetime, named: int = MOST_NAMED) -> Detail:
    """A purchase order by its number. Sixteen statements; a few more where it is overdue.

    Reads the queues of what is on it.

    Args:
        named: so many of those who wait for a line are named.

    Raises:
        NotFound: there is none.
    """
    found = PurchaseOrder.objects.select_related("supplier", "location").filter(number=number).first()
    if found is None:
        raise NotFound(what="purchase order", name=number)
    setup = settings.current()
    today = setup.today(now)
    supplied = supplies([found.pk], now=now) if found.state in OPEN else []
    queued = behind(supplied, named=named)
    awaited, of = None, setup.suppliers.get(found.supplier_id)
    if found.state == PurchaseOrderState.SENT and found.sent_at and not found.answered_at and of:
        awaited = of.calendar.between(setup.today(found.sent_at), today)
    paid = _paid(found.pk)
    return Detail(
        id=found.pk,
        number=found.number,
        supplier=found.supplier.code,
        supplier_name=found.supplier.name,
        email=found.supplier.email,
        location=found.location.name,
        state=PurchaseOrderState(found.state),
        reason=FiringReason(found.reason),
        why=found.why,
        version=found.version,
        currency=found.currency,
        raised_at=found.raised_at,
        send_at=found.send_at,
        sent_at=found.sent_at,
        answered_at=found.answered_at,
        reminded_at=found.reminded_at,
        closed_at=found.closed_at,
        awaited_days=awaited,
        answer_days=found.supplier.remind_after_days,
        lines=_lines(found.pk, supplied, queued),
        behind=queued.orders.get(found.pk, _NOBODY),
        amendments=_amendments(found.pk),
        answers=_answers(found.pk),
        messages=_messages(found.pk),
        happened=tuple(happened(found.pk)),
        paid_minor=paid.get(PaymentKind.SUPPLIER_PAID, 0),
        refunded_minor=paid.get(PaymentKind.SUPPLIER_REFUNDED, 0),
        today=today,
    )


def happened(purchase_order: int, *, after: int = 0) -> list[Happened]:
    """What happened to a purchase order (by key), receipts included, after the event `after`; the newest first. Two
    statements."""
    receipts = Receipt.objects.filter(purchase_order=purchase_order).values_list("pk", flat=True)
    return events.happened([f"purchase_order:{purchase_order}", *(f"receipt:{key}" for key in receipts)], after=after)


def _lines(key: int, supplied: Iterable[Supply], queued: Queued) -> tuple[Line, ...]:
    arrives = {supply.line: supply.arrives_on for supply in supplied}
    columns = ("pk", "variant__sku", "variant__product__name", "variant__name", "supplier_sku")
    units = ("ordered", "cancelled", "received", "over", "outstanding", "unit_cost_minor")
    known = ("confirmed_on", "dispatched_on", "tracking")
    found = PurchaseOrderLine.objects.filter(purchase_order=key).order_by("variant__sku", "pk")
    lines = []
    for line, sku, product, own, *rest in found.values_list(*columns, *units, *known):
        waits = (queued.lines.get(line, _NOBODY), tuple(queued.named.get(line, ())))
        lines.append(Line(*(line, sku, f"{product}, {own}" if own else product, *rest, arrives.get(line), *waits)))
    return tuple(lines)


def _amendments(key: int) -> tuple[Amended, ...]:
    found = Amendment.objects.filter(purchase_order=key).order_by("-number")
    return tuple(
        Amended(number, at, why, tuple((one["sku"], one["from"], one["to"]) for one in changes))
        for number, at, why, changes in found.values_list("number", "at", "why", "changes")
    )


def _answers(key: int) -> tuple[Answered, ...]:
    """The newest first. One statement."""
    columns = ("answer", "answer__at", "answer__by", "line__variant__sku", "kind", "quantity", "on")
    found = AnswerLine.objects.filter(answer__purchase_order=key).order_by("-answer", "line__variant__sku")
    by_answer: dict[int, tuple[datetime, str, list[Said]]] = {}
    for answer, at, by, sku, kind, *rest in found.values_list(*columns, "unit_cost_minor", "note"):
        by_answer.setdefault(answer, (at, by, []))[2].append(Said(sku, AnswerKind(kind), *rest))
    return tuple(Answered(at, by, tuple(said)) for at, by, said in by_answer.values())


def _messages(key: int) -> tuple[Sent, ...]:
    found = Message.objects.filter(event__subject=f"purchase_order:{key}").order_by("-pk")
    columns = ("pk", "kind", "state", "event__at", "sent_at", "attempts", "note")
    return tuple(
        Sent(message, kind, MessageState(state), *rest) for message, kind, state, *rest in found.values_list(*columns)
    )


def _paid(key: int) -> dict[str, int]:
    return dict(
        Payment.objects.filter(purchase_order=key).values_list("kind").order_by().annotate(paid=Sum("amount_minor"))
    )
