"""Buffers become purchase orders, which are approved, sent and chased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from onorder import models, queue
from onorder.errors import OnOrderError
from onorder.ledger import purchase_orders, rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.purchase_orders import Head, advance, find
from onorder.models import PurchaseOrder
from onorder.queue import setup as settings
from onorder.queue.buffers import Buffer, buffers
from onorder.queue.ordered import tell_customers
from onorder.rules.buffering import PurchaseLine, top_up
from onorder.rules.lifecycle import FiringReason, PurchaseOrderState


class NothingToBuy(OnOrderError):
    code = "nothing_to_buy"
    sentence = "Nothing waits in the buffer of {supplier}."
    remedy = "What is already on order covers every customer."


class WithoutAddress(OnOrderError):
    code = "supplier_without_address"
    sentence = "Supplier {supplier} has no e-mail address, so nobody would tell them of {number}."
    remedy = "Give them one; or tell them yourself, then say so: `onorder send {number} --by-other-means`."


OTHER_MEANS = "sent by other means than e-mail"


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of a buffer: a purchase order, or why there is none."""

    number: str | None
    step: str  # "fire", "top_up", "ask", "roll" or "wait".
    reason: str = ""
    units: int = 0
    state: str = ""


@transaction.atomic(durable=True)
def fire(supplier: str, *, location: str | None = None, by: str, now: datetime) -> Raised:
    """Judge a supplier's buffer, and do what its policy says: order, order with a top-up, ask, roll over, or wait.

    Where nobody has to approve the order, and no time is kept to undo it, it leaves at once.

    Safe to repeat and to run twice at once: whoever comes second finds the buffer empty, or its deadline answered.

    Raises:
        NotFound: no supplier or location of this code.
    """
    buffer, levels = _locked_buffer(supplier, location, now)
    if buffer is None:
        return Raised(None, "wait")
    step, reason = buffer.verdict.step, buffer.verdict.reason
    if step == "wait" or reason is None:
        _note_minimum(buffer, now)
        return Raised(None, "wait")
    if step == "roll":
        return _roll(buffer, by=by, now=now)
    lines = buffer.lines
    if step == "top_up":
        lines = top_up(buffer.needs, buffer.policy.minimum_units, buffer.policy.minimum_value_minor)
    return _raise(buffer, lines, levels, reason, _why(buffer), ask=step == "ask", step=step, by=by, now=now)


@transaction.atomic(durable=True)
def raise_order(
    supplier: str,
    *,
    location: str | None = None,
    why: str = "",
    undo: timedelta = timedelta(0),
    by: str,
    now: datetime,
) -> Raised:
    """Order what waits in a supplier's buffer now, whatever its policy says.

    Args:
        undo: how long it can be taken back at the least; the supplier's policy may keep it longer.

    Raises:
        NotFound: no supplier or location of this code.
        NothingToBuy: nothing waits in it.
    """
    buffer, levels = _locked_buffer(supplier, location, now)
    if buffer is None:
        raise NothingToBuy(supplier=supplier)
    by_hand = FiringReason.BY_HAND
    return _raise(buffer, buffer.lines, levels, by_hand, why, ask=False, step="fire", undo=undo, by=by, now=now)


@transaction.atomic(durable=True)
def approve(number: str, *, undo: timedelta = timedelta(0), by: str, now: datetime) -> None:
    """Let a drafted purchase order leave.

    Args:
        undo: how long it can still be held back.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it is no draft.
    """
    order = find(number)
    advance(order.id, "queued", send_at=now + undo)
    journal = Journal(by=by, at=now)
    journal.record("approved", f"purchase_order:{order.id}")
    journal.write()


@transaction.atomic(durable=True)
def hold_back(number: str, *, why: str = "", by: str, now: datetime) -> None:
    """Keep a queued purchase order from leaving until somebody approves it.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it is not queued; it may have left.
    """
    order = find(number)
    advance(order.id, "held back", send_at=None)
    journal = Journal(by=by, at=now)
    journal.record("held_back", f"purchase_order:{order.id}", why=why)
    journal.write()


@transaction.atomic(durable=True)
def send(number: str, *, by_other_means: bool = False, by: str, now: datetime) -> None:
    """Send a queued purchase order to its supplier, and tell the customers whom it serves.

    Args:
        by_other_means: somebody has told the supplier (by phone, in a portal, on paper): no message leaves.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it is not queued (or bounced).
        WithoutAddress: its supplier has no e-mail address, and nobody has told them by other means.
    """
    order = find(number)
    levels = lock_levels(purchase_orders.variants(order.id).values(), location=order.location)
    advance(order.id, "sent", sent_at=now, reminded_at=None)
    if not (order.email or by_other_means):
        raise WithoutAddress(supplier=settings.current().suppliers[order.supplier].code, number=number)
    journal = Journal(by=by, at=now)
    _leave(order, levels, journal, now, how=OTHER_MEANS if by_other_means else "")
    journal.write()


@transaction.atomic(durable=True)
def bounce(number: str, *, why: str, by: str, now: datetime) -> None:
    """Note that a purchase order did not reach its supplier: somebody must look at the address and send it again.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it is not sent, or answered already.
    """
    order = find(number)
    advance(order.id, "bounced")
    journal = Journal(by=by, at=now)
    journal.record("bounced", f"purchase_order:{order.id}", why=why[:200])
    journal.write()


@transaction.atomic(durable=True)
def remind(number: str, *, by: str, now: datetime) -> None:
    """Ask the supplier for an answer.

    Raises:
        NotFound: no purchase order has this number.
        WrongState: it is not sent, or answered.
    """
    order = find(number)
    advance(order.id, "reminded", reminded_at=now)
    journal = Journal(by=by, at=now)
    entry = journal.record("reminder", f"purchase_order:{order.id}")
    journal.tell_supplier(entry, order.supplier, email=order.email)
    journal.write()


@transaction.atomic(durable=True)
def hold(supplier: str, *, until: datetime | None, why: str, by: str, now: datetime) -> None:
    """Keep a supplier's buffers from firing until an instant, with a reason; None lets them go again.

    Raises:
        NotFound: no supplier of this code.
    """
    found = settings.current().supplier(supplier)
    models.Buffer.objects.filter(supplier=found.id).update(held_until=until, held_why=why if until else "")
    journal = Journal(by=by, at=now)
    journal.record(
        "held" if until else "let_go", f"supplier:{found.id}", {"until": until and until.isoformat()}, why=why
    )
    journal.write()


def _locked_buffer(supplier: str, location: str | None, now: datetime) -> tuple[Buffer | None, dict[int, Level]]:
    """The buffer as it is once nobody else can change it."""
    setup = settings.current()
    key = setup.supplier(supplier).id
    at = setup.location_of(location)
    waiting = rows.select(
        "SELECT variant_id FROM onorder_stocklevel"
        " WHERE supplier_id = %s AND location_id = %s AND buffered_at IS NOT NULL",
        (key, at),
    )
    levels = lock_levels((variant for (variant,) in waiting), location=at)
    # What joined after the lock was taken is left for the next order.
    here = buffers(setup, now=now, suppliers=[key], location=at, variants=levels) if levels else []
    return here[0] if here else None, levels


def _note_minimum(buffer: Buffer, now: datetime) -> None:
    if buffer.minimum_is_reached != (buffer.state.reached_at is not None):
        _judge(buffer, reached_at=now if buffer.minimum_is_reached else None)


def _judge(buffer: Buffer, **changes: object) -> None:
    rows.change(models.Buffer, changes, where="id = %s", parameters=(buffer.id,))


def _roll(buffer: Buffer, *, by: str, now: datetime) -> Raised:
    _judge(buffer, judged_at=now)
    journal = Journal(by=by, at=now)
    short = f"{buffer.state.units} units are below the minimum; they wait for the next order day"
    journal.record("rolled_over", f"supplier:{buffer.supplier.id}", {"units": buffer.state.units}, why=short)
    journal.write()
    return Raised(None, "roll", reason=FiringReason.DEADLINE, units=buffer.state.units)


def _why(buffer: Buffer) -> str:
    late = buffer.verdict.late_by
    if late < timedelta(minutes=5):
        return ""
    hours, minutes = divmod(int(late.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min after its deadline"


def _raise(
    buffer: Buffer,
    lines: Sequence[PurchaseLine],
    levels: dict[int, Level],
    reason: FiringReason,
    why: str,
    *,
    ask: bool,
    step: str,
    undo: timedelta = timedelta(0),
    by: str,
    now: datetime,
) -> Raised:
    policy = buffer.supplier.approval
    total = sum(line.total_minor for line in lines)
    by_hand = reason == FiringReason.BY_HAND
    needs_approval = (
        ask
        or (not policy.sends_itself and not by_hand)
        or (policy.approve_above_minor is not None and total > policy.approve_above_minor)
    )
    leaves_now = not (needs_approval or by_hand or policy.undo) and bool(buffer.supplier.email)
    state = PurchaseOrderState.DRAFT if needs_approval else PurchaseOrderState.QUEUED
    if leaves_now:
        state = PurchaseOrderState.SENT
    (key,) = rows.reserve({PurchaseOrder: 1})[PurchaseOrder]
    number = f"PO-{key}"
    columns = ("id", "number", "supplier", "location", "cycle", "state", "reason", "why", "currency", "total_minor")
    send_at = None if needs_approval else now + max(policy.undo, undo)
    rows.insert(PurchaseOrder, (*columns, "raised_at", "send_at", "sent_at"), [
        (key, number, buffer.supplier.id, buffer.location, buffer.cycle + 1, state, reason, why,
         buffer.supplier.currency, total, now, send_at, now if leaves_now else None)
    ])  # fmt: skip
    purchase_orders.add_lines(key, buffer.supplier.id, lines)
    _judge(buffer, cycle=buffer.cycle + 1, judged_at=now, reached_at=None)
    journal = Journal(by=by, at=now)
    units = sum(line.quantity for line in lines)
    surplus = sum(line.surplus for line in lines)
    journal.record(
        "raised", f"purchase_order:{key}", {"reason": reason, "units": units, "surplus": surplus, "late": why}, why=why
    )
    for line in lines:
        levels[line.variant].incoming += line.quantity
        journal.touch(levels[line.variant])
    queue.refresh(levels.values(), journal)
    if leaves_now:
        order = Head(key, number, buffer.supplier.id, buffer.location, state, 0, now, buffer.supplier.email)
        _leave(order, levels, journal, now)
    journal.write()
    return Raised(number, step, reason=reason, units=units, state=state)


def _leave(order: Head, levels: dict[int, Level], journal: Journal, now: datetime, *, how: str = "") -> None:
    """Have the supplier and the customers told. `how`: by what other means than e-mail the supplier knows already."""
    sent = journal.record("purchase_order", f"purchase_order:{order.id}", why=how)
    journal.tell_supplier(sent, order.supplier, email=order.email, unless=how)
    tell_customers(order, levels, journal, setup=settings.current(), now=now)
