"""Every page of the desk, in a shop with a long history and a long queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse

from onorder.actions import learning, orders, purchasing, receiving, shipping
from onorder.bench.measuring import median, statements
from onorder.bench.scenario import ARRIVED_AT, BOUGHT_AT, BY, LINES, ORDERED_AT, SHIPPED_AT, Scenario, batches
from onorder.demo import catalogue, source
from onorder.demo.replay import CUT_OFFS_OVER, Replay, at
from onorder.desk.urls import urlpatterns
from onorder.errors import OnOrderError
from onorder.models import Customer, Order, OrderLine, PurchaseOrder, StockLevel, Supplier, Variant
from onorder.queries import parcels
from onorder.queries.purchase_orders import outstanding

RUNS = 9
SEED = 1
#: Pages that are asked for with filters, too.
ALSO = (
    ("queue", {"supplier": "{supplier}"}),
    ("queue", {"show": "passed"}),
    ("queue", {"show": "late"}),
    ("queue", {"by": "supplier"}),
    ("search", {"q": "SO-00"}),
    ("orders", {"show": "behind"}),
    ("orders", {"show": "waiting"}),
    ("purchase-orders", {"supplier": "{supplier}"}),
)


class PageFailed(OnOrderError):
    code = "page_failed"
    sentence = "{path} answered {status}."
    remedy = "Open it and see why."


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One page: the median of its server time in seconds, what it asks of the database, and what it weighs."""

    path: str
    seconds: float
    statements: int
    kilobytes: float


def many(*, beside: str, lines: int, waiting: int) -> dict[str, Any]:
    """The pages of a shop with so many order lines, so many of which wait: half in buffers, half on order."""
    call_command("migrate", verbosity=0)
    scenario = Scenario(orders=lines // LINES)
    scenario.open()
    baskets = scenario.baskets()
    _place(baskets[: len(baskets) - waiting])
    _buy(one_in=1)
    _receive()
    _ship()
    _place(baskets[len(baskets) - waiting :])
    _buy(one_in=2)
    learning.sum_up(by=BY, now=SHIPPED_AT)
    _settle()
    return {"pages": [asdict(page) for page in _pages(SHIPPED_AT)]}


def real(*, beside: str, days: int | None = None) -> dict[str, Any]:
    """The pages after a quarter of a real shop."""
    call_command("migrate", verbosity=0)
    orders_ = source.real().first(days)
    replay = Replay(orders_, catalogue.made_up(orders_, SEED), source.lead_time_shape(), SEED, deliver=False)
    replay.open()
    for day in replay.days():
        last = day.on
    now = at(last, CUT_OFFS_OVER)
    learning.sum_up(by=BY, now=now)
    _settle()
    return {"pages": [asdict(page) for page in _pages(now)]}


def _place(new: list[orders.NewOrder]) -> None:
    for batch in batches(new):
        orders.place_many(batch, by=BY, now=ORDERED_AT)


def _buy(*, one_in: int) -> None:
    """Raise and send what waits with one supplier in so many."""
    waiting = StockLevel.objects.filter(buffered_at__isnull=False).values("supplier")
    for code in Supplier.objects.filter(pk__in=waiting).order_by("code").values_list("code", flat=True)[::one_in]:
        raised = purchasing.raise_order(code, by=BY, now=BOUGHT_AT)
        purchasing.send(raised.number or "", by=BY, now=BOUGHT_AT)


def _receive() -> None:
    for number in PurchaseOrder.objects.order_by("pk").values_list("number", flat=True):
        counted = [receiving.Count(sku, units) for sku, units in outstanding(number)]
        receiving.receive(number, counted, key=number, by=BY, now=ARRIVED_AT)


def _ship() -> None:
    for batch in batches([shipping.Parcel(parcel.order) for parcel in parcels.ready()]):
        shipping.ship(batch, by=BY, now=SHIPPED_AT)


def _settle() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _pages(now: datetime) -> Iterator[PageFigures]:
    """Every page there is, as an owner asks for it. The clock of the pages stands still at `now`."""
    with patch("django.utils.timezone.now", lambda: now):
        owner = get_user_model().objects.create_superuser("bench", password=None)
        client = Client(headers={"host": "localhost"})
        client.force_login(owner)
        for path in _paths():
            yield _measured(client, path)


def _measured(client: Client, path: str) -> PageFigures:
    answers: list[HttpResponseBase] = []

    def ask() -> None:
        answers.append(client.get(path))

    ask()
    if answers[-1].status_code not in (200, 302):
        raise PageFailed(path=path, status=answers[-1].status_code)
    sent = statements(ask)
    return PageFigures(path, median(ask, runs=RUNS), sent, len(getattr(answers[-1], "content", b"")) / 1_000)


def _paths() -> Iterator[str]:
    examples = _examples()
    for pattern in urlpatterns:
        if isinstance(pattern, URLPattern) and getattr(pattern.callback, "way", "") == "page":
            names = pattern.pattern.converters
            if pattern.name and names.keys() <= examples.keys():
                yield reverse(pattern.name, kwargs={name: examples[name] for name in names})
    known = {pattern.name for pattern in urlpatterns}
    for name, asked in ALSO:
        if name in known:
            yield f"{reverse(name)}?{urlencode({key: value.format(**examples) for key, value in asked.items()})}"


def _examples() -> Mapping[str, Any]:
    """The last of each kind: an order that waits, a purchase order with a long queue behind it."""

    def last(model: type[Model], name: str) -> Any:
        return model._default_manager.order_by("pk").values_list(name, flat=True).last()

    return {
        "supplier": last(Supplier, "code"),
        "number": last(PurchaseOrder, "number"),
        "order": last(Order, "number"),
        "sku": last(Variant, "sku"),
        "customer": last(Customer, "pk"),
        "line": last(OrderLine, "pk"),
    }


PARTS: Mapping[str, Callable[..., dict[str, Any]]] = {"pages of many": many, "pages of a quarter": real}
