"""The benchmark "mixed baskets": orders taken, bought for, received and shipped, each step beside the bare database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

from onorder.actions import orders, purchasing, receiving, shipping
from onorder.bench import bare, checking, splitting
from onorder.bench.bare import Changes, Database, Row, Transaction
from onorder.bench.measuring import Cost, measure, median, statements
from onorder.bench.scenario import ARRIVED_AT, AT_ONCE, BOUGHT_AT, BY, ORDERED_AT, SHIPPED_AT, Scenario, batches
from onorder.models import PurchaseOrder
from onorder.queries import availability, parcels, queue
from onorder.queries.purchase_orders import outstanding

READS = 50
PAGE = 50
SKUS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Step:
    """What one step cost us, in so many transactions, and what it cost the bare database."""

    name: str
    transactions: int
    ours: Cost
    bare: Cost


@dataclass(frozen=True, slots=True)
class Read:
    """The median of many runs of one query, in seconds."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """A step about to be done: what to call, once for each transaction (or two, where each raises and sends)."""

    name: str
    calls: Sequence[Callable[[], object]]
    transactions: int

    def do(self) -> None:
        for call in self.calls:
            call()


#: From what changed, and the levels as they were, the transactions that the bare database writes.
Split = Callable[[Mapping[str, Changes], Iterable[Row]], list[Transaction]]


def one_by_one(*, beside: str, **size: int) -> dict[str, Any]:
    """Step a: every order in a transaction of its own."""
    scenario = Scenario(**size)
    step = opened_beside(scenario, beside).compare(
        taking_each(scenario),
        lambda changed, levels: splitting.intake(changed, levels, size=1),
        in_bulk=False,
        check=checking.after_intake,
    )
    checking.invariants_hold(scenario)
    return {"steps": [step], "reads": [], "digests": checking.digests()}


def in_batches(*, beside: str, **size: int) -> dict[str, Any]:
    """Steps a* to e, in one database."""
    scenario = Scenario(**size)
    pair = opened_beside(scenario, beside)
    steps = [
        pair.compare(
            taking_batches(scenario),
            lambda changed, levels: splitting.intake(changed, levels, size=AT_ONCE),
            in_bulk=True,
            check=checking.after_intake,
        )
    ]
    digests = checking.digests()
    reads = reading(scenario, "in the buffers")
    few = scenario.orders < AT_ONCE  # So few rows in a transaction that bulk statements cost more than they save.
    buying = pair.compare(
        raising_and_sending(scenario),
        lambda changed, _: splitting.buying(changed),
        in_bulk=not few,
        check=checking.after_buying,
    )
    reads += reading(scenario, "on order")
    arriving = pair.compare(
        receiving_all(),
        lambda changed, _: splitting.receiving(changed),
        in_bulk=not few,
        check=checking.after_receiving,
    )
    reads.append(Read("parcels ready, all", median(parcels.ready, runs=3)))
    leaving = pair.compare(
        shipping_all(),
        lambda changed, levels: splitting.shipping(changed, levels, size=AT_ONCE),
        in_bulk=True,
        check=checking.after_shipping,
    )
    checking.invariants_hold(scenario)
    return {"steps": [*steps, buying, arriving, leaving], "reads": reads, "digests": digests}


def counting(*, beside: str, **size: int) -> dict[str, Any]:
    """SQL statements of each step, for one of its transactions. A pass of its own: counting takes time."""
    scenario = Scenario(**size)
    call_command("migrate", verbosity=0)
    scenario.open()
    others = Scenario(21, scenario.skus, scenario.suppliers).baskets()
    few = [replace(order, number=f"X-{order.number}") for order in others]
    taking_each(scenario, few[:1]).do()  # The first one reads the settings, the others know them.
    found = {}
    steps: list[Callable[[], Work]] = [
        lambda: taking_each(scenario, few[1:]),
        lambda: taking_batches(scenario),
        lambda: raising_and_sending(scenario),
        receiving_all,
        shipping_all,
    ]
    for step in steps:
        work = step()
        found[work.name] = statements(work.do) / work.transactions
    return found


def opened_beside(scenario: Scenario, name: str) -> Beside:
    """A shop about to take orders in our database, and the same rows in the one of this name beside it."""
    connections.settings["bare"] = connection.settings_dict | {"NAME": name}
    for alias in ("default", "bare"):
        call_command("migrate", database=alias, verbosity=0)
    connections["bare"].close()
    scenario.open()
    ours, reference = open_database(str(connection.settings_dict["NAME"])), open_database(name)
    bare.copy(ours, reference)
    return Beside(scenario, ours, reference)


class Beside:
    """Our database, and the bare one, which is the same before every step."""

    def __init__(self, scenario: Scenario, ours: Database, reference: Database) -> None:
        self._scenario, self._ours, self._bare = scenario, ours, reference

    def compare(self, work: Work, split: Split, *, in_bulk: bool, check: Callable[[Scenario], None]) -> Step:
        """Do a step, check its result, and write the same rows with the driver alone.

        Raises:
            WrongResult: the step did not do what it is measured for.
            NotTheSame: the bare database did not end with the same rows.
        """
        self._settle()
        _, ours = measure(work.do)
        check(self._scenario)
        changed = bare.changes(self._ours, self._bare)
        prepared = self._bare.prepare(split(changed, self._bare.rows("onorder_stocklevel")), in_bulk=in_bulk)
        self._settle()
        _, reference = measure(prepared)
        if different := bare.changes(self._ours, self._bare):
            raise bare.NotTheSame(table=", ".join(different), problem=f"rows of step {work.name}")
        return Step(work.name, work.transactions, ours, reference)

    def _settle(self) -> None:
        for database in (self._ours, self._bare):
            database.settle()


def taking_each(scenario: Scenario, new: Sequence[orders.NewOrder] | None = None) -> Work:
    """Step a, as from a checkout."""
    calls = [_call(orders.place, order, by=BY, now=ORDERED_AT) for order in (new or scenario.baskets())]
    return Work("a", calls, len(calls))


def taking_batches(scenario: Scenario) -> Work:
    """Step a*, as from a file or another channel."""
    new = [_call(orders.place_many, batch, by=BY, now=ORDERED_AT) for batch in batches(scenario.baskets())]
    return Work("a*", new, len(new))


def raising_and_sending(scenario: Scenario) -> Work:
    """Step b: every buffer becomes a purchase order, which is sent."""
    waiting = {scenario.supplier(basket.lines[-1].sku) for basket in scenario.baskets()}

    def raise_and_send(supplier: str) -> None:
        raised = purchasing.raise_order(supplier, by=BY, now=BOUGHT_AT)
        purchasing.send(raised.number or "", by=BY, now=BOUGHT_AT)

    return Work("b", [_call(raise_and_send, supplier) for supplier in sorted(waiting)], 2 * len(waiting))


def receiving_all() -> Work:
    """Step c: everything that is on order arrives as it was ordered. The counts are made before, as at a dock."""
    calls = []
    for number in PurchaseOrder.objects.order_by("pk").values_list("number", flat=True):
        counted = [receiving.Count(sku, units) for sku, units in outstanding(number)]
        calls.append(_call(receiving.receive, number, counted, key=number, by=BY, now=ARRIVED_AT))
    return Work("c", calls, len(calls))


def shipping_all() -> Work:
    """Step d: every order that is ready leaves, first in, first out."""
    ready = [shipping.Parcel(parcel.order) for parcel in parcels.ready()]
    calls = [_call(shipping.ship, batch, by=BY, now=SHIPPED_AT) for batch in batches(ready)]
    return Work("d", calls, len(calls))


def reading(scenario: Scenario, state: str) -> list[Read]:
    """Step e: the first page of the queue, and what a shop's pages ask about their products."""
    skus = [f"SKU-{place:05}" for place in range(min(SKUS_AT_ONCE, scenario.skus))]
    page = median(lambda: queue.waiting_lines(now=BOUGHT_AT, limit=PAGE), runs=READS)
    answer = median(lambda: availability.availability(skus, now=BOUGHT_AT), runs=READS)
    return [
        Read(f"queue, first {PAGE}, {state}", page),
        Read(f"availability of {len(skus)} SKUs, {state}", answer),
    ]


def open_database(name: str) -> Database:
    """The database of this name, on the server or the disk of ours, as its driver shows it."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return bare.Sqlite(name, settings["OPTIONS"]["init_command"])
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {key: settings[of] for key, of in names.items() if settings.get(of)}
    return bare.Postgresql(given | {"dbname": name})


def _call(function: Callable[..., object], *arguments: object, **named: object) -> Callable[[], object]:
    return lambda: function(*arguments, **named)


PARTS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "one by one": one_by_one,
    "in batches": in_batches,
    "counting": counting,
}
