"""The shop learns how long its suppliers really take, and tells customers what that means for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Value

from onorder.ledger import rows
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.models import Event, LeadTimeFit, PurchaseOrder, PurchaseOrderLine, Supplier
from onorder.queue import delays
from onorder.queue import setup as settings
from onorder.queue.forecast import HISTORY_DAYS, learn_fillings
from onorder.queue.setup import Setup, SupplierSetup
from onorder.rules import lead_time
from onorder.rules.lead_time import Delivery, Prior, Slip

#: Deliveries that the whole shop must have seen before it learns where a new supplier starts.
ENOUGH_FOR_A_POOL = 30


@dataclass(slots=True)
class _History:
    complete: list[Delivery] = field(default_factory=list)
    open: list[Delivery] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)


@transaction.atomic(durable=True)
def learn(*, by: str, now: datetime) -> int:
    """Fit every supplier's lead time to its deliveries, open orders counted as not yet over; and how its buffers fill.

    Returns:
        Suppliers fitted. A fixed number of statements.
    """
    setup = settings.current()
    histories = _histories(setup, now)
    pool = _pool(histories)
    suppliers = list(Supplier.objects.filter(pk__in=setup.suppliers).order_by("pk"))
    bias = lead_time.typing_bias(
        (delivery.lead, supplier.lead_time_days, delivery.days_since_sent)
        for supplier in suppliers
        if supplier.lead_time_days
        for delivery in histories[supplier.pk].complete
    )
    fits = [fit for supplier in suppliers if (fit := _fit(supplier, histories[supplier.pk], pool, bias, now))]
    LeadTimeFit.objects.bulk_create(
        fits,
        update_conflicts=True,
        unique_fields=["supplier"],
        update_fields=["m", "s", "n", "slip_days", "prior_mu", "prior_sd", "fitted_at"],
    )
    through = _learn_fillings(now)
    settings.changed()
    journal = Journal(by=by, at=now)
    journal.record("learned", "shop:1", {"suppliers": len(fits), "through_line": through})
    journal.write()
    return len(fits)


@transaction.atomic(durable=True)
def announce_delays(location: str, *, by: str, now: datetime) -> int:
    """Tell every customer at a location whose expected day has moved past the one they were told.

    Only the queues in which that can be so are locked and read.

    Returns:
        Lines that are late.

    Raises:
        NotFound: no location of this code.
    """
    setup = settings.current()
    at = setup.location_of(location)
    levels = lock_levels(delays.may_be_late(setup, location=at, now=now), location=at)
    journal = Journal(by=by, at=now)
    entry = journal.record("dates_checked", f"location:{at}")
    entry.data["late"] = late = delays.announce(levels.values(), journal, setup=setup, now=now, why="")
    journal.write()
    return late


@transaction.atomic(durable=True)
def sum_up(*, by: str, now: datetime) -> None:
    """Write down how many of the promises that fell due in the last thirty days were kept, and how long people waited.

    Of those who had to wait only: what was in stock is no promise. Reads every line promised for one of these days, so
    it is done once a day, and whoever wants the figures reads the event. Two statements.
    """
    setup = settings.current()
    today = setup.today(now)
    days = (today - SUMMED_UP, today)
    promises = rows.select(_PROMISES, [rows.day(day) for day in days], instants=(1, 3), days=(0,))
    shipped = [(promised_on, queued_at, last_at) for promised_on, queued_at, left, last_at in promises if not left]
    kept = sum(last_at is not None and setup.today(last_at) <= promised_on for promised_on, _, last_at in shipped)
    waits = sorted((last_at - queued_at) / timedelta(days=1) for _, queued_at, last_at in shipped if last_at)
    journal = Journal(by=by, at=now)
    median = round(waits[len(waits) // 2], 1) if waits else None
    journal.record("summed_up", "shop:1", {"promises": len(promises), "kept": kept, "median_wait_days": median})
    journal.write()


#: How far back `sum_up` looks.
SUMMED_UP = timedelta(days=30)

_PROMISES = """
SELECT line.promised_on, line.queued_at, line.waiting + line.allocated, (
    SELECT max(event.at) FROM onorder_stockmove AS move JOIN onorder_event AS event ON event.id = move.event_id
    WHERE move.line_id = line.id AND move.kind = 'shipped'
) FROM onorder_orderline AS line
WHERE line.promised_on >= %s AND line.promised_on < %s AND line.ordered > line.cancelled
AND (line.waiting > 0 OR EXISTS (
    SELECT 1 FROM onorder_stockmove AS move JOIN onorder_event AS event ON event.id = move.event_id
    WHERE move.line_id = line.id AND move.kind = 'allocated' AND event.kind = 'arrived'
))
"""


def _learn_fillings(now: datetime) -> int:
    """Learn how buffers fill from the lines of orders that came since the last time; the last line there is."""
    last = Event.objects.filter(subject="shop:1", kind="learned").order_by("-pk").first()
    after = int(last.data.get("through_line", 0)) if last else 0
    ((through,),) = rows.select("SELECT coalesce(max(id), 0) FROM onorder_orderline")
    if last and after:
        learn_fillings(after=after, since=last.at, now=now)
    elif through:
        ((first_at,),) = rows.select("SELECT min(queued_at) FROM onorder_orderline", instants=(0,))
        learn_fillings(after=0, since=max(first_at, now - timedelta(days=HISTORY_DAYS)), now=now)
    return int(through)


def _histories(setup: Setup, now: datetime) -> dict[int, _History]:
    found: dict[int, _History] = defaultdict(_History)
    today = setup.today(now)
    for at, supplier, sent_at, confirmed_on in _arrived():
        if supplier not in setup.suppliers:
            continue
        of, sent_on, arrived_on = setup.suppliers[supplier], _day(setup, sent_at), _day(setup, at)
        since = float((today - sent_on).days)
        lead = _working_days(of, sent_on, arrived_on)
        if lead > 0:
            found[supplier].complete.append(Delivery(lead, since))
        if confirmed_on:
            found[supplier].slips.append(Slip(float((arrived_on - confirmed_on).days), since))
    for supplier, sent_at, closed_at in _unfinished():
        if supplier in setup.suppliers:
            of, sent_on = setup.suppliers[supplier], _day(setup, sent_at)
            until = _day(setup, closed_at) if closed_at else today
            age = _working_days(of, sent_on, until)
            found[supplier].open.append(Delivery(age, float((today - sent_on).days)))
    return found


def _arrived() -> list[tuple[Any, ...]]:
    """Each delivery that brought something: when, from whom, when it was ordered, and the day it was confirmed for."""
    return rows.select(
        "SELECT receipt.at, po.supplier_id, po.sent_at, min(bought.first_confirmed_on) FROM onorder_receipt AS receipt"
        " JOIN onorder_purchaseorder AS po ON po.id = receipt.purchase_order_id"
        " JOIN onorder_receiptline AS counted ON counted.receipt_id = receipt.id AND counted.accepted > 0"
        " LEFT JOIN onorder_purchaseorderline AS bought ON bought.id = counted.line_id"
        " WHERE po.sent_at IS NOT NULL GROUP BY receipt.id, receipt.at, po.supplier_id, po.sent_at ORDER BY receipt.id",
        instants=(0, 2),
        days=(3,),
    )


def _unfinished() -> list[tuple[int, datetime, datetime | None]]:
    """Orders with something still to come, and those that were called off: how long each has been, or was, open."""
    to_come = PurchaseOrderLine.objects.filter(outstanding__gt=0, purchase_order__sent_at__isnull=False)
    called_off = PurchaseOrder.objects.filter(state="cancelled", sent_at__isnull=False, closed_at__isnull=False)
    still = PurchaseOrder.objects.filter(pk__in=to_come.values("purchase_order"))
    found = [
        *still.order_by("pk").values_list("supplier", "sent_at", Value(None, output_field=DateTimeField())),
        *called_off.order_by("pk").values_list("supplier", "sent_at", "closed_at"),
    ]
    return [(supplier, sent_at, closed_at) for supplier, sent_at, closed_at in found if sent_at]


def _day(setup: Setup, at: datetime) -> date:
    return at.astimezone(setup.zone).date()


def _working_days(supplier: SupplierSetup, sent_on: date, until: date) -> float:
    return float(supplier.calendar.between(supplier.calendar.next_open(sent_on), until))


def _pool(histories: dict[int, _History]) -> Prior | None:
    if sum(len(history.complete) for history in histories.values()) < ENOUGH_FOR_A_POOL:
        return None
    return lead_time.pool([(history.complete, history.open) for history in histories.values()])


def _fit(supplier: Supplier, history: _History, pool: Prior | None, bias: float, now: datetime) -> LeadTimeFit | None:
    prior = pool
    if supplier.lead_time_days:
        prior = lead_time.typed_prior(supplier.lead_time_days, bias, pool.sd if pool else lead_time.TYPED_SD)
    if prior is None:
        return None
    fit = lead_time.fit(history.complete, history.open, prior)
    return LeadTimeFit(
        supplier=supplier,
        m=fit.m,
        s=fit.s,
        n=fit.n,
        slip_days=lead_time.slip_quantile(history.slips),
        prior_mu=prior.mu,
        prior_sd=prior.sd,
        fitted_at=now,
    )
