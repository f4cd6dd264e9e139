"""Today: everything that needs a person, most urgent first, and the shop in four figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Case, Count, F, Min, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from onorder.ledger import rows
from onorder.models import (
    Customer,
    Event,
    OrderLine,
    Payment,
    PurchaseOrder,
    PurchaseOrderLine,
    Return,
    StockLevel,
    Variant,
)
from onorder.queries import deliveries
from onorder.queries.buffers import BufferAtRisk, buffers_at_risk
from onorder.queries.cards import number_of_concerns
from onorder.queries.consents import about_to_lapse
from onorder.queries.due import unpaid
from onorder.queries.holding import held
from onorder.queries.packed import packed
from onorder.queries.parcels import MOST_COUNTED, number_ready
from onorder.queries.payouts import payout_rows
from onorder.queue import setup as settings
from onorder.rules.lifecycle import (
    OPEN,
    RECEIVABLE,
    Channel,
    MessageState,
    PaymentKind,
    PayoutState,
    PurchaseOrderState,
    ReturnState,
)

#: Of one kind so many are named; more of them are counted.
MOST_OF_A_KIND = 25
#: Working days for which an order may be held before somebody should look at it again.
HELD_DAYS = 2
#: So many days before an order is cancelled for want of an answer, somebody should ask for one.
LAPSES_WITHIN_DAYS = 2


class Kind(StrEnum):
    """Why something needs a person; the most urgent first."""

    BOUNCED = "bounced"  # A purchase order that did not reach its supplier.
    BY_HAND = "by_hand"  # One whose supplier has no e-mail address.
    NO_SUPPLIER = "no_supplier"  # Customers wait for something that nobody offers: nothing will ever buy it.
    BEHIND = "behind"  # Customers whose day has passed.
    LAPSING = "lapsing"  # A customer who said nothing yet, and whose order is cancelled if it stays so.
    UNREACHED = "unreached"  # Customers whose mail comes back.
    UNTEXTED = "untexted"  # Customers to whom no text gets through, and who have no e-mail address.
    AT_RISK = "at_risk"  # A buffer in which promises would be missed if it were left until its deadline.
    OVERDUE = "overdue"  # A delivery that was confirmed for a day that has passed.
    APPROVE = "approve"  # A purchase order that waits for a nod.
    UNANSWERED = "unanswered"  # One that was reminded of, and still has no answer.
    UNPAID = "unpaid"  # A customer's order that was reminded of, and not paid while it was kept.
    HELD = "held"  # A customer's order that nobody has released for more than two working days.
    ARRIVES = "arrives"  # A delivery that was confirmed for today.
    REPACK = "repack"  # Packed parcels that are not what may go any more.
    PARCELS = "parcels"
    PACKED = "packed"  # Those that wait for their carrier.
    MISSING = "missing"  # A parcel that has not come, as somebody says.
    RETURNS = "returns"  # Goods that are back, and that nobody has decided about.
    PAYOUT_FAILED = "payout_failed"  # A refund that its card did not take.
    PAYOUT = "payout"  # A refund that a person pays out.
    CARDS = "cards"  # Payments by card that do not add up.
    FAILED = "failed"  # Messages that did not get through.
    MAILED = "mailed"  # Customers to whom no text gets through, so that they get mails.
    DEADLINE = "deadline"  # Buffers that order themselves today: the last chance to hold them, or to add to them.


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a person.

    Args:
        subject: the number of a purchase order, an order or a parcel, a supplier's code, a customer's key, or empty
            where the kind says it all.
        name: the supplier's name, SKUs, why an order is held, the order of a parcel, or the
            currency of a refund.
        n: how many of what the kind is about: units, promises, parcels, messages, buffers; of what lapses, whether its
            customer had agreed to wait until then; of a refund, minor units.
        at: the day or instant since when, or until when.
        location: of a buffer, the location's code.
        key: of a refund, its primary key.
    """

    kind: Kind
    subject: str = ""
    name: str = ""
    n: int = 0
    at: date | datetime | None = None
    location: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """The promises that fell due in the thirty days before `at` to those who had to wait; waits in days."""

    at: datetime
    promises: int
    kept: int
    median_wait_days: float | None

    @property
    def kept_share(self) -> float | None:
        """The share that was kept; None if none fell due."""
        return self.kept / self.promises if self.promises else None


@dataclass(frozen=True, slots=True)
class Cash:
    """Customers' money for what has not shipped, less what suppliers were paid for open purchase orders.

    In minor units of the shop's currency. `is_booked`: whether any payment was ever booked.
    """

    held_minor: int
    paid_minor: int
    currency: str
    is_booked: bool

    @property
    def ahead_minor(self) -> int:
        """Positive: customers finance what suppliers deliver. Negative: the shop does."""
        return self.held_minor - self.paid_minor


def tasks(*, now: datetime) -> list[Task]:
    """Everything that needs a person, by kind in their order, each kind the oldest first.

    At most twenty-five statements, and one more each where a law is followed, and where the shop itself decides about
    what is not paid.
    """
    setup = settings.current()
    today = setup.today(now)
    found = [
        *_purchase_orders(now),
        *_without_supplier(),
        *_behind(today),
        *_lapsing(now),
        *_deliveries(today),
        *_buffers(buffers_at_risk(now=now), now, setup.today),
        *_unpaid(setup, now),
        *_held(setup, now),
        *_parcels(),
        *_missing(),
        *_returns(),
        *_payouts(),
        *_cards(),
        *_unreached(),
        *_untexted(),
        *_failed(),
    ]
    order = list(Kind)
    return sorted(found, key=lambda task: order.index(task.kind))


def _purchase_orders(now: datetime) -> list[Task]:
    state, by_hand = PurchaseOrderState, Q(supplier__email="")
    wanted = (
        Q(state__in=[state.DRAFT, state.BOUNCED])
        | Q(state=state.QUEUED, send_at__lte=now) & by_hand
        | Q(state=state.SENT, reminded_at__isnull=False, answered_at=None)
    )
    kinds = {
        state.DRAFT: Kind.APPROVE,
        state.BOUNCED: Kind.BOUNCED,
        state.QUEUED: Kind.BY_HAND,
        state.SENT: Kind.UNANSWERED,
    }
    found = PurchaseOrder.objects.filter(wanted).order_by("raised_at", "pk").annotate(units=Sum("lines__outstanding"))
    listed = found.values_list("state", "number", "supplier__name", "units", "raised_at", "sent_at")
    return [
        Task(kinds[PurchaseOrderState(of)], number, name, units or 0, sent_at or raised_at)
        for of, number, name, units, raised_at, sent_at in listed[: 4 * MOST_OF_A_KIND]
    ]


def _without_supplier() -> list[Task]:
    levels = StockLevel.objects.filter(buffered_at__isnull=False, supplier=None)
    units = levels.aggregate(units=Sum(F("waiting") - F("incoming")), since=Min("buffered_at"))
    if not units["units"]:
        return []
    skus = Variant.objects.filter(pk__in=levels.values("variant")).order_by("sku").values_list("sku", flat=True)[:4]
    return [Task(Kind.NO_SUPPLIER, name=", ".join(skus), n=units["units"], at=units["since"])]


def _behind(today: date) -> list[Task]:
    told = OrderLine.objects.filter(waiting__gt=0).alias(told=Coalesce("told_on", "promised_on"))
    late = told.filter(told__lt=today).aggregate(n=Sum("waiting"), first=Min(Coalesce("told_on", "promised_on")))
    return [Task(Kind.BEHIND, n=late["n"], at=late["first"])] if late["n"] else []


def _lapsing(now: datetime) -> list[Task]:
    soon = about_to_lapse(now=now, within_days=LAPSES_WITHIN_DAYS, limit=MOST_OF_A_KIND)
    return [Task(Kind.LAPSING, one.order, n=int(one.answered), at=one.after) for one in soon]


def _deliveries(today: date) -> list[Task]:
    lines = PurchaseOrderLine.objects.filter(
        outstanding__gt=0, confirmed_on__lte=today, purchase_order__state__in=[str(state) for state in RECEIVABLE]
    )
    by_order = lines.values_list("purchase_order__number", "purchase_order__supplier__name")
    found = by_order.annotate(units=Sum("outstanding"), first_on=Min("confirmed_on")).order_by("first_on", "units")
    return [
        Task(Kind.OVERDUE if first_on < today else Kind.ARRIVES, number, name, units, first_on)
        for number, name, units, first_on in found[: 4 * MOST_OF_A_KIND]
    ]


def _buffers(buffers: list[BufferAtRisk], now: datetime, day_of: Callable[[datetime], date]) -> list[Task]:
    found, today = [], []
    for row in buffers:
        is_held = bool(row.held_until and row.held_until > now)
        if row.at_risk:
            found.append(Task(Kind.AT_RISK, row.supplier, row.name, row.at_risk, row.due_at, row.location))
        elif not is_held and day_of(row.due_at) <= day_of(now):
            today.append(row)
    if today:
        found.append(Task(Kind.DEADLINE, n=len(today), at=min(row.due_at for row in today)))
    return found


def _held(setup: settings.Setup, now: datetime) -> list[Task]:
    """What was held on a day after which those who pack have worked on more than `HELD_DAYS` days."""
    today, packs = setup.today(now), setup.handling.shipping
    first = today  # The first day of which what was held on it is not held for too long.
    while packs.between(first - timedelta(days=1), today) <= HELD_DAYS:
        first -= timedelta(days=1)
    until = datetime.combine(first, time(), setup.zone)
    return [Task(Kind.HELD, one.order, one.why, one.here, one.at) for one in held(until=until, limit=MOST_OF_A_KIND)]


def _unpaid(setup: settings.Setup, now: datetime) -> list[Task]:
    """What a person is to decide, where the shop wants that."""
    if setup.cancels_unpaid:
        return []
    return [Task(Kind.UNPAID, number, at=asked_on) for number, asked_on in unpaid(now)[:MOST_OF_A_KIND]]


def _parcels() -> list[Task]:
    closed = packed(limit=MOST_COUNTED)
    wrong = sum(1 for one in closed if one.wrong)
    first = min((one.at for one in closed), default=None)
    found = [
        Task(Kind.REPACK, n=wrong),
        Task(Kind.PARCELS, n=number_ready()),
        Task(Kind.PACKED, n=len(closed) - wrong, at=first),
    ]
    return [task for task in found if task.n]


def _missing() -> list[Task]:
    found = deliveries.sent(missing=True, limit=MOST_OF_A_KIND)
    return [Task(Kind.MISSING, one.number, one.order, at=one.missing_at) for one in found]


def _returns() -> list[Task]:
    found = Return.objects.filter(state=ReturnState.RECEIVED).aggregate(n=Sum("quantity"), first=Min("received_at"))
    return [Task(Kind.RETURNS, n=found["n"], at=found["first"])] if found["n"] else []


def _payouts() -> list[Task]:
    return [
        Task(
            Kind.PAYOUT_FAILED if row.state == PayoutState.FAILED else Kind.PAYOUT,
            row.order,
            row.currency,
            row.amount_minor,
            row.booked_at,
            key=row.key,
        )
        for row in payout_rows(limit=MOST_OF_A_KIND)
    ]


def _cards() -> list[Task]:
    concerns = number_of_concerns()
    return [Task(Kind.CARDS, n=concerns)] if concerns else []


def _unreached() -> list[Task]:
    """Named if it is one; more of them are counted."""
    dead = Customer.objects.filter(email_bounced_at__isnull=False)
    found = dead.aggregate(n=Count("pk"), first=Min("email_bounced_at"), key=Min("pk"), name=Min("name"))
    if not found["n"]:
        return []
    is_one = found["n"] == 1
    subject, name = (str(found["key"]), found["name"]) if is_one else ("", "")
    return [Task(Kind.UNREACHED, subject, name, n=found["n"], at=found["first"])]


def _untexted() -> list[Task]:
    """Named if it is one; more of them are counted. Those who hear nothing are by themselves; of them, those whose mail
    comes back are named already."""
    dead = Customer.objects.filter(text_bounced_at__isnull=False, email_bounced_at=None).order_by()
    ways = dead.values_list(Case(When(email="", then=Value(Kind.UNTEXTED)), default=Value(Kind.MAILED)))
    found = ways.annotate(Count("pk"), Min("text_bounced_at"), Min("pk"), Min("name"))
    return [
        Task(Kind(kind), str(key) if n == 1 else "", name if n == 1 else "", n, first)
        for kind, n, first, key, name in found
    ]


def _failed() -> list[Task]:
    """What did not get through and nothing else tells, but to whom nothing does, and purchase orders, which are named
    by themselves."""
    ((failed,),) = rows.select(_LOST)
    return [Task(Kind.FAILED, n=failed)] if failed else []


#: The states stand in it as words, so that their own short index serves it.
_LOST = f"""
SELECT count(*) FROM onorder_message AS lost LEFT JOIN onorder_customer AS customer ON customer.id = lost.customer_id
WHERE lost.state IN ('{MessageState.FAILED}', '{MessageState.BOUNCED}') AND (
    lost.state = '{MessageState.FAILED}'
    OR lost.channel = '{Channel.EMAIL}' AND lost.customer_id IS NOT NULL AND customer.email_bounced_at IS NULL
    OR lost.channel = '{Channel.TEXT}' AND customer.text_bounced_at IS NULL AND lost.carried_by_id IS NULL
)
"""


def month() -> Month | None:
    """What the worker summed up last; None before the first time. One statement."""
    last = Event.objects.filter(subject="shop:1", kind="summed_up").order_by("-pk").first()
    if last is None:
        return None
    data = last.data
    return Month(last.at, int(data["promises"]), int(data["kept"]), data["median_wait_days"])


def units_waiting() -> int:
    """Units that customers wait for. One statement."""
    waiting: int = StockLevel.objects.filter(waiting__gt=0).aggregate(n=Sum("waiting", default=0))["n"]
    return waiting


def cash() -> Cash:
    """How far customers finance what suppliers deliver. Three statements; reads every open order."""
    currency = settings.current().currency
    ((held,),) = rows.select(_HELD, [currency])
    payments = Payment.objects.filter(
        purchase_order__state__in=[str(state) for state in OPEN], purchase_order__currency=currency
    )
    paid = payments.aggregate(
        paid=Sum("amount_minor", filter=Q(kind=PaymentKind.SUPPLIER_PAID), default=0),
        back=Sum("amount_minor", filter=Q(kind=PaymentKind.SUPPLIER_REFUNDED), default=0),
    )
    return Cash(int(held), paid["paid"] - paid["back"], currency, Payment.objects.exists())


#: Of each open order what was captured, at most the value of what has not shipped: the rest is earned.
_HELD = """
SELECT coalesce(sum(CASE WHEN held < value THEN held ELSE value END), 0) FROM (
    SELECT placed.captured_minor - placed.refunded_minor AS held, open.value AS value FROM (
        SELECT order_id, sum((waiting + allocated) * unit_price_minor) AS value FROM onorder_orderline
        WHERE waiting > 0 OR allocated > 0 GROUP BY order_id
    ) AS open JOIN onorder_order AS placed ON placed.id = open.order_id WHERE placed.currency = %s
) AS each_order
"""
