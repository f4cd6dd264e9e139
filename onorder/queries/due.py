"""What is due now, for the worker: found in the facts, so that an hour missed is caught up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Min, QuerySet

from onorder.ledger import owing
from onorder.models import DelayNotice, Event, Location, Order, PurchaseOrder, StockLevel
from onorder.queries import parcels
from onorder.queue import buffers
from onorder.queue import setup as settings
from onorder.rules.lifecycle import PurchaseOrderState


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A supplier's buffer at a location, by their codes."""

    supplier: str
    location: str


def due_buffers(now: datetime) -> list[At]:
    """Buffers whose policy wants something done: order, ask, roll over, or note that the minimum is reached."""
    found = buffers.due(settings.current(), now=now)
    if not found:
        return []
    locations = dict(Location.objects.values_list("pk", "code"))
    return sorted(At(due.supplier.code, locations[due.location]) for due in found)


def purchase_orders_to_send(now: datetime) -> list[str]:
    """Queued purchase orders whose time to leave has come, oldest first. One statement.

    Not those of `without_address()`.
    """
    return list(_to_send(now).exclude(supplier__email="").values_list("number", flat=True))


def without_address(now: datetime) -> list[str]:
    """Those whose time has come too, but whose suppliers have no e-mail address: a person must send them. One
    statement."""
    return list(_to_send(now).filter(supplier__email="").values_list("number", flat=True))


def _to_send(now: datetime) -> QuerySet[PurchaseOrder]:
    queued = PurchaseOrder.objects.filter(state=PurchaseOrderState.QUEUED, send_at__lte=now)
    return queued.order_by("send_at", "pk")


def unanswered(now: datetime) -> list[str]:
    """Sent purchase orders without an answer for as many working days as their supplier may take. Not yet reminded."""
    setup = settings.current()
    today = setup.today(now)
    waiting = PurchaseOrder.objects.filter(
        state=PurchaseOrderState.SENT, answered_at=None, reminded_at=None, supplier__remind_after_days__gt=0
    )
    found = []
    for number, supplier, sent_at, days in waiting.order_by("sent_at", "pk").values_list(
        "number", "supplier", "sent_at", "supplier__remind_after_days"
    ):
        of = setup.suppliers.get(supplier)
        if of and sent_at and of.calendar.between(sent_at.astimezone(setup.zone).date(), today) > days:
            found.append(number)
    return found


def is_learning_due(now: datetime) -> bool:
    """Whether lead times have not been learned yet on the shop's day."""
    return _is_due_today("learned", now)


def is_summing_up_due(now: datetime) -> bool:
    """Whether the promises of the last month have not been summed up yet on the shop's day."""
    return _is_due_today("summed_up", now)


def _is_due_today(kind: str, now: datetime) -> bool:
    setup = settings.current()
    last = Event.objects.filter(subject="shop:1", kind=kind).order_by("-pk").values_list("at", flat=True).first()
    return last is None or setup.today(last) < setup.today(now)


def lapsing(now: datetime) -> list[str]:
    """Orders of which something may be over by now, because their customers said nothing or a day they agreed to has
    passed; the one that waits longest first. One statement; none for a shop that follows no law."""
    setup = settings.current()
    if setup.law is None:
        return []
    over = DelayNotice.objects.filter(lapses_after__lt=setup.today(now))
    by_order = over.values_list("line__order__number").annotate(first=Min("lapses_after"))
    return [number for number, _ in by_order.order_by("first", "line__order__number")]


def unasked(now: datetime) -> list[str]:
    """Orders that could leave were they paid for, and whose customers do not know it yet. One statement, or two."""
    return parcels.unasked()


def settled() -> list[str]:
    """Orders that were asked for money and owe none any more. One statement."""
    return owing.settled()


def unreminded(now: datetime) -> list[str]:
    """Orders whose customers were asked for money some days ago and not reminded since. One statement."""
    setup = settings.current()
    asked = setup.today(now) - timedelta(setup.patience.remind_after_days)
    found = Order.objects.filter(asked_on__lte=asked, reminded_on=None)
    return list(found.order_by("asked_on", "pk").values_list("number", flat=True))


def unpaid(now: datetime) -> list[tuple[str, date]]:
    """Orders that were asked and reminded, and not paid within the grace, with the day of asking. One statement."""
    setup = settings.current()
    today, patience = setup.today(now), setup.patience
    asked, reminded = today - timedelta(patience.grace_days), today - timedelta(patience.after_reminder_days)
    found = Order.objects.filter(asked_on__lt=asked, reminded_on__lt=reminded)
    listed = found.order_by("asked_on", "pk").values_list("number", "asked_on")
    return [(number, asked_on) for number, asked_on in listed if asked_on]


def gives_up_unpaid() -> bool:
    """Whether the shop wants what nobody pays for to be cancelled by itself."""
    return settings.current().cancels_unpaid


def dates_to_check(now: datetime) -> list[str]:
    """Locations where customers wait, and whose dates were not held yet today against what was told."""
    return _not_yet_today("dates_checked", now)


#: Nobody is written to at midnight that nothing has happened.
_NOT_BEFORE = 9


def silence_to_break(now: datetime) -> list[str]:
    """Locations where customers wait, and where nobody has looked yet today whether some have heard nothing for long.

    None before nine in the morning of the shop, and none where the shop tells nobody.
    """
    setup = settings.current()
    if not setup.heartbeat_days or now.astimezone(setup.zone).hour < _NOT_BEFORE:
        return []
    return _not_yet_today("silence_checked", now)


def _not_yet_today(kind: str, now: datetime) -> list[str]:
    """Locations where customers wait, and that have no event of this kind on the shop's day."""
    setup = settings.current()
    waiting = set(StockLevel.objects.filter(waiting__gt=0).values_list("location", flat=True).distinct())
    subjects = {f"location:{key}": key for key in waiting}
    checked = Event.objects.filter(subject__in=subjects, kind=kind).values_list("subject").annotate(Max("at"))
    done = {subjects[subject] for subject, last in checked if setup.today(last) == setup.today(now)}
    return list(Location.objects.filter(pk__in=waiting - done).order_by("code").values_list("code", flat=True))
