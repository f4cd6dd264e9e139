from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from django.db import connection
from typer.testing import CliRunner

from onorder.actions import cancellations, shipping
from onorder.bench import checking, mixed, places, reporting
from onorder.bench.places import Kind
from onorder.bench.reporting import MixedReport, mixed_baskets
from onorder.bench.scenario import BY, ORDERED_AT, Scenario, batches
from onorder.management import benching
from onorder.models import Message, OrderLine, PurchaseOrder, StockLevel
from onorder.queries import invariants

SMALL = {"skus": 30, "suppliers": 3}


@pytest.fixture
def small(transactional_db):
    scenario = Scenario(orders=12, **SMALL)
    scenario.open()
    return scenario


def test_a_basket_is_two_skus_that_are_here_and_one_that_never_is(small):
    here = set(StockLevel.objects.filter(on_hand__gt=0).values_list("variant__sku", flat=True))

    found = small.baskets()

    assert len({order.customer.reference for order in found}) == len({order.number for order in found}) == 12
    for order in found:
        assert [line.sku in here for line in order.lines] == [True, True, False]
        assert len({line.sku for line in order.lines}) == 3


def test_a_smaller_run_takes_the_first_orders_of_a_larger_one():
    assert Scenario(10).baskets() == Scenario(50).baskets()[:10]


def test_every_supplier_has_as_many_skus_as_the_others():
    scenario = Scenario(1)
    by_supplier = {}
    for sku in [*scenario.stocked, *scenario.unstocked]:
        by_supplier.setdefault(scenario.supplier(sku), []).append(sku)

    assert [len(skus) for skus in by_supplier.values()] == [20] * 50
    assert len(scenario.unstocked) == 334


def test_the_steps_end_as_they_must(small):
    mixed.taking_batches(small).do()
    checking.after_intake(small)
    mixed.raising_and_sending(small).do()
    checking.after_buying(small)
    mixed.receiving_all().do()
    checking.after_receiving(small)
    mixed.shipping_all().do()
    checking.after_shipping(small)
    checking.invariants_hold(small)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda: OrderLine.objects.filter(waiting=1).update(promised_on=None), "lines without a day are 12, not 0"),
        (lambda: Message.objects.filter(kind="placed").first().delete(), "messages 'placed' are 11, not 12"),
        (lambda: cancellations.cancel("SO-0000003", None, by=BY, now=ORDERED_AT), "units waiting are 11, not 12"),
    ],
)
def test_a_wrong_result_has_no_time(small, spoil, what):
    mixed.taking_each(small).do()
    checking.after_intake(small)

    spoil()

    with pytest.raises(checking.WrongResult) as refusal:
        checking.after_intake(small)
    assert what in str(refusal.value)


def test_a_broken_invariant_has_no_time(small, monkeypatch):
    broken = invariants.Broken(3, "level:5", "allocated 2, by lines 1")
    monkeypatch.setattr(invariants, "broken", lambda: iter([broken]))

    with pytest.raises(checking.WrongResult, match="invariant 3: level:5: allocated 2, by lines 1"):
        checking.invariants_hold(small)


def test_a_buffer_that_was_not_bought_has_no_time(small):
    mixed.taking_batches(small).do()
    work = mixed.raising_and_sending(small)
    for call in work.calls[1:]:
        call()

    with pytest.raises(checking.WrongResult, match=r"suppliers are \['MAKER-001', 'MAKER-002'\], not \['MAKER-000',"):
        checking.after_buying(small)


def line_of(number):
    """The first line of an order, as a query that can update it."""
    return OrderLine.objects.filter(pk=OrderLine.objects.filter(order__number=number).order_by("pk").first().pk)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda: line_of("SO-0000001").update(allocated=0, cancelled=1), "units in them are 35, not 36"),
        (
            lambda: PurchaseOrder.objects.filter(supplier__code="MAKER-000").update(state="sent"),
            "purchase orders open are 1, not 0",
        ),
        (
            lambda: OrderLine.objects.filter(order__number="SO-0000001").update(waiting=1, allocated=0),
            "orders ready are 11",
        ),
    ],
)
def test_goods_that_did_not_reach_an_order_have_no_time(small, spoil, what):
    mixed.taking_batches(small).do()
    mixed.raising_and_sending(small).do()
    mixed.receiving_all().do()
    checking.after_receiving(small)

    spoil()

    with pytest.raises(checking.WrongResult, match=what):
        checking.after_receiving(small)


def test_an_order_that_did_not_leave_has_no_time(small):
    mixed.taking_batches(small).do()
    mixed.raising_and_sending(small).do()
    mixed.receiving_all().do()
    shipping.ship([shipping.Parcel(f"SO-{place:07}") for place in range(2, 13)], by=BY, now=ORDERED_AT)

    with pytest.raises(checking.WrongResult, match="parcels are 11, not 12; lines not shipped are 3, not 0"):
        checking.after_shipping(small)


def test_a_digest_shows_what_became_of_the_orders_and_not_their_keys(small):
    mixed.taking_each(small).do()
    first = checking.digests()

    line = OrderLine.objects.filter(waiting=1).first()
    OrderLine.objects.filter(pk=line.pk).update(queued_at=line.queued_at.replace(year=2025))
    assert checking.digests() == first
    OrderLine.objects.filter(pk=line.pk).update(unit_price_minor=1)
    changed = checking.digests()

    assert {kind for kind in first if first[kind] != changed[kind]} == {"onorder_orderline"}


def test_orders_taken_in_another_way_must_become_the_same():
    parts = [{"digests": {"order": "a", "line": "b"}}, {"digests": {"order": "a", "line": "c"}}]

    with pytest.raises(checking.WrongResult, match="differ in line"):
        reporting._refuse_different(parts, 12)


def test_batches_are_of_a_thousand_at_the_most():
    assert [len(batch) for batch in batches(range(2_500))] == [1_000, 1_000, 500]


@contextmanager
def same_server(kind):
    """Two databases of this kind, where the tests already have a server or a folder."""
    if kind == Kind.POSTGRESQL:
        settings = connection.settings_dict
        host = settings["HOST"].replace("/", "%2F")
        url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}/postgres"
        yield lambda: places._on_server(url)
        return
    with places.server(kind) as pairs:
        yield pairs


def test_the_whole_benchmark_beside_the_bare_database(monkeypatch):
    """Wrong rows of ours, or of the bare database, would stop it: each step compares them all."""
    monkeypatch.setattr(reporting, "server", same_server)

    report = mixed_baskets([20], Kind(connection.vendor), scale=SMALL)

    assert [(step.step, step.transactions) for step in report.steps] == [
        *(("a", 20), ("a*", 1), ("b", 6), ("c", 3), ("d", 1))
    ]
    assert all(step.wall > 0 and step.bare_wall > 0 and step.peak_bytes > 10_000_000 for step in report.steps)
    assert all(0 < step.statements < 30 for step in report.steps)
    assert len(report.reads) == 5


def test_a_part_that_stops_says_why(tmp_path):
    pair = places.Pair(f"sqlite:///{tmp_path}/ours.sqlite3", f"{tmp_path}/bare.sqlite3")

    with pytest.raises(places.BenchFailed, match="unexpected keyword argument 'colour'"):
        places.apart("counting", pair, {"orders": 1, "colour": 2})


def test_without_a_server_it_says_what_to_do(monkeypatch, tmp_path):
    def not_installed(name):
        raise ModuleNotFoundError(name)

    monkeypatch.delenv(places.SERVER, raising=False)
    monkeypatch.setattr(places, "import_module", not_installed)

    with pytest.raises(places.NoServer, match="Set ONORDER_BENCH_POSTGRESQL_URL"), places.server(Kind.POSTGRESQL):
        pass


def report_of(*walls):
    """A report of step a, of so many orders in so many seconds each."""
    hot = {"waiting": 5, "order_hot": 0.002, "order_quiet": 0.001, "receipt_hot": 0.003, "receipt_quiet": 0.003}
    report = MixedReport("sqlite", {"python": "3"}, hot=hot | {"page": 0.004})
    for n, wall in walls:
        costs = {"ours": {"wall": wall, "cpu": wall, "peak_bytes": 10**8}, "bare": {"wall": wall / 4, "cpu": 0.1}}
        step = {"name": "a", "transactions": n // 2, **costs}
        report.steps.append(reporting._figures(step, n, {"a": 16.0}, report.steps))
    return report


def test_figures_follow_from_what_was_measured():
    small, middle, large = report_of((10, 0.5), (100, 1.0), (1_000, 20.0)).steps

    assert (small.ratio, small.statements_per_order, small.grows) == (4.0, 8.0, None)
    assert middle.grows == pytest.approx(0.301, abs=0.001)
    assert large.grows == pytest.approx(1.301, abs=0.001)


def test_the_command_prints_a_table_for_people_and_json_for_machines(monkeypatch):
    asked = []

    def measured(sizes, kind, **how):
        asked.append((sizes, kind, how["waiting"], how["one_by_one"]))
        return report_of((100, 1.0), (1_000, 20.0))

    monkeypatch.setattr(benching, "mixed_baskets", measured)
    arguments = ["mixed", "-n", "100", "-n", "1000", "--database", "postgresql", "--waiting", "5000"]

    table = CliRunner().invoke(benching.app, arguments).stdout
    plain = json.loads(CliRunner().invoke(benching.app, [*arguments, "--json"]).stdout)

    assert asked == [([100, 1_000], Kind.POSTGRESQL, 5_000, False)] * 2
    assert "intake, one by one" in table
    assert "1.30" in table
    assert [step["ratio"] for step in plain["steps"]] == [4.0, 4.0]
    assert plain["hot"]["waiting"] == 5
