from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.errors import NotFound
from onorder.models import Location, Variant
from onorder.queries.availability import availability
from onorder.rules.lifecycle import Accept


def of(shop, sku):
    return availability([sku], now=shop.now)[sku]


def test_what_is_free_ships_today_and_what_is_beyond_it_is_backordered(shop):
    shop.sells("TEA", here=2)

    found = of(shop, "TEA")

    assert (found.free, found.sellable, found.takes_backorders, found.why_not) == (2, None, True, "")
    assert found.promise.steps[0].what == "shelf"


def test_what_is_here_belongs_to_those_who_wait(shop):
    shop.sells("TEA", here=2)
    shop.order({"TEA": 5})

    found = of(shop, "TEA")

    assert found.free == 0
    assert found.promise.steps[0].what == "order_day"


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_the_promise_is_what_the_next_order_gets(shop, wanted):
    shop.sells("TEA", here=2)
    shop.order({"TEA": wanted})

    promised = of(shop, "TEA").promise.on
    number = shop.order({"TEA": 1})

    assert shop.line(number, "TEA").promised_on == promised


def test_what_is_on_order_dates_the_next_unit_until_it_is_spoken_for(shop):
    shop.sells("TEA", minimum_quantity=6)
    shop.order({"TEA": 5})
    shop.raises()

    assert of(shop, "TEA").promise.steps[0].what == "sent"
    shop.order({"TEA": 1})
    assert of(shop, "TEA").promise.steps[0].what == "order_day"


def test_without_backorders_only_what_is_here_is_sold(shop):
    shop.sells("TEA", here=2)
    shop.terms(sku="TEA", accept=Accept.NEVER)

    found = of(shop, "TEA")
    assert (found.free, found.sellable, found.takes_backorders) == (2, 2, False)
    assert found.promise is not None
    assert "not sold without stock" in found.why_not

    shop.order({"TEA": 2})
    found = of(shop, "TEA")
    assert (found.free, found.sellable, found.takes_backorders, found.promise) == (0, 0, False, None)


def test_a_cap_counts_those_who_wait(shop):
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=2)

    assert (of(shop, "TEA").sellable, of(shop, "TEA").takes_backorders) == (3, True)
    shop.order({"TEA": 3})
    found = of(shop, "TEA")

    assert (found.sellable, found.takes_backorders, found.promise) == (0, False, None)
    assert "no more may wait" in found.why_not


def test_without_a_date_nothing_is_backordered(shop):
    shop.sells("TEA", supplier=None)

    found = of(shop, "TEA")

    assert (found.takes_backorders, found.promise) == (False, None)
    assert "nobody knows when" in found.why_not


def test_a_wait_beyond_the_terms_is_not_sold(shop):
    shop.sells("TEA")
    shop.terms(sku="TEA", longest_wait_days=3)

    found = of(shop, "TEA")

    assert (found.takes_backorders, found.promise) == (False, None)
    assert "3 days" in found.why_not


def test_where_a_sku_never_was_it_is_dated_by_the_offer_that_is_bought(shop):
    shop.supplier("SLOW", lead_time_days=40)
    shop.sells("TEA")
    shop.sells("MUG", supplier="SLOW")
    shop.sells("CUP", supplier="SLOW", rank=2)
    shop.sells("CUP", supplier="ACME", rank=1)
    Location.objects.create(code="NORTH", name="North")

    found = availability(["TEA", "MUG", "CUP"], now=shop.now, location="NORTH")

    assert found["CUP"].promise == found["TEA"].promise
    assert found["MUG"].promise.on - found["TEA"].promise.on > timedelta(days=30)


def test_each_location_has_its_own(shop):
    shop.sells("TEA", here=2)
    Location.objects.create(code="NORTH", name="North")

    assert availability(["TEA"], now=shop.now, location="NORTH")["TEA"].free == 0


def test_the_answer_keeps_the_order_of_the_question(shop):
    for sku in ("TEA", "MUG", "CUP"):
        shop.sells(sku)

    assert list(availability(["MUG", "TEA", "CUP"], now=shop.now)) == ["MUG", "TEA", "CUP"]


@pytest.mark.parametrize(("skus", "location", "what"), [(["NOPE"], None, "SKU NOPE"), ([], "MARS", "location MARS")])
def test_what_is_unknown_is_named(shop, skus, location, what):
    with pytest.raises(NotFound, match=what):
        availability(skus, now=shop.now, location=location)


def test_looking_changes_nothing(shop):
    shop.sells("TEA", here=2)
    before = shop.level("TEA").__dict__ | {"_state": None}

    assert of(shop, "TEA") == of(shop, "TEA")

    assert shop.level("TEA").__dict__ | {"_state": None} == before


def test_a_hundred_skus_cost_five_statements(shop):
    skus = [f"TEA-{place}" for place in range(100)]
    for sku in skus:
        shop.sells(sku, minimum_quantity=5)
    shop.order(dict.fromkeys(skus[:50], 1))
    shop.raises()
    shop.order(dict.fromkeys(skus, 6))
    availability(skus[:1], now=shop.now)

    with CaptureQueriesContext(connection) as queries:
        found = availability(skus, now=shop.now)

    assert len(queries) == 5
    assert len(found) == Variant.objects.count() == 100
