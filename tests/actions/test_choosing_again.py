"""A customer chooses something else, or is given another day: what that does to them, and to those beside them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from onorder.actions import orders
from onorder.errors import BadInput
from onorder.models import Order, OrderLine

WHO = {"by": "dora"}


@pytest.fixture
def shop(shop):
    """Tea in two colours; nothing of the red is here, one of the blue."""
    shop.sells("RED", price=500)
    shop.sells("BLUE", price=650, here=1)
    return shop


def swaps(shop, units, number="SO-1", key="k", **more):
    return orders.swap(number, "RED", "BLUE", units, key=key, **WHO, now=shop.now, **more)


def test_the_newest_units_go_and_as_many_of_the_other_join(shop):
    shop.order({"RED": 2})
    shop.wait(days=1)
    orders.add("SO-1", "RED", 2, key="more", by="bob", now=shop.now)
    shop.wait(days=1)
    swapped = swaps(shop, 3, why="wants blue")
    lines = OrderLine.objects.filter(variant__sku="RED").order_by("pk")
    assert list(lines.values_list("waiting", "cancelled")) == [(1, 1), (0, 2)]
    assert shop.units("SO-1", "BLUE") == (2, 1, 0, 0)
    assert (swapped.added.sku, swapped.added.allocated, swapped.added.waiting) == ("BLUE", 1, 2)
    assert (swapped.was_minor, swapped.now_minor) == (1500, 1950)
    assert (shop.buffer("RED"), shop.buffer("BLUE")) == (1, 2)
    assert shop.events("swapped")[0].why == "wants blue"
    assert shop.told("SO-1")[-1] == "swapped"
    assert shop.is_sound()


def test_the_others_queue_now_and_nobody_else_loses_a_place(shop):
    shop.counts("BLUE", 0)
    shop.order({"RED": 1})
    shop.order({"BLUE": 1})
    shop.wait(hours=1)
    swaps(shop, 1)
    number = shop.raises()
    shop.receives(number, {"BLUE": 1})
    assert shop.units("SO-2") == (0, 1, 0, 0)
    assert shop.units("SO-1", "BLUE") == (1, 0, 0, 0)
    assert shop.is_sound()


def test_what_gave_up_its_place_leaves_it_to_the_next(shop):
    """Four are on order: without the first one's two, the second one's are covered, and leave the buffer."""
    shop.order({"RED": 2})
    shop.raises()
    shop.wait(days=1)
    shop.order({"RED": 2})
    assert shop.level("RED").buffered_at is not None
    swaps(shop, 2)
    assert shop.level("RED").buffered_at is None
    assert shop.is_sound()


def test_a_product_that_is_on_the_order_costs_what_it_costs_there(shop):
    shop.order({"RED": 1, "BLUE": 1})
    shop.sells("BLUE", price=900)
    assert swaps(shop, 1).now_minor == 650


def test_the_same_key_swaps_once(shop):
    shop.order({"RED": 2})
    assert swaps(shop, 1) == swaps(shop, 1)
    assert shop.units("SO-1") == (1, 1, 0, 1)
    swaps(shop, 1, key="again")
    assert shop.units("SO-1") == (1, 1, 0, 2)


def test_what_is_set_aside_is_not_swapped(shop):
    shop.order({"BLUE": 1})
    with pytest.raises(orders.NotWaiting, match="waits for 0 units of BLUE, not 1"):
        orders.swap("SO-1", "BLUE", "RED", 1, key="k", **WHO, now=shop.now)
    assert shop.is_sound()


def test_another_currency_is_refused(shop):
    shop.order({"RED": 1})
    Order.objects.update(currency="EUR")
    with pytest.raises(orders.OrdersRefused, match="BLUE is priced in GBP, the order is in EUR"):
        swaps(shop, 1)
    with pytest.raises(orders.OrdersRefused, match="BLUE is priced in GBP, the order is in EUR"):
        orders.add("SO-1", "BLUE", 1, key="k", **WHO, now=shop.now)


def promises(shop, on, number="SO-1", why="the mill is closed"):
    return orders.promise_anew(number, "RED", on, why=why, **WHO, now=shop.now)


def test_another_day_is_told_and_the_promise_stays(shop):
    shop.order({"RED": 2})
    promised = shop.line("SO-1", "RED").promised_on
    later = promised + timedelta(days=9)
    assert promises(shop, later) == 2
    line = shop.line("SO-1", "RED")
    assert (line.promised_on, line.told_on) == (promised, later)
    assert Order.objects.get().promised_on == promised
    (event,) = shop.events("promised_anew")
    assert event.data["lines"] == [[line.pk, 2, promised.isoformat(), later.isoformat()]]
    assert (event.why, shop.told("SO-1")[-1]) == ("the mill is closed", "promised_anew")
    assert shop.is_sound()


def test_a_sooner_day_than_was_told_may_be_given(shop):
    shop.order({"RED": 2})
    sooner = shop.line("SO-1", "RED").promised_on - timedelta(days=3)
    promises(shop, sooner)
    assert shop.line("SO-1", "RED").told_on == sooner


def test_today_is_no_past_day_but_yesterday_is(shop):
    shop.order({"RED": 2})
    with pytest.raises(BadInput, match="2026-03-01 has passed"):
        promises(shop, date(2026, 3, 1))
    assert promises(shop, date(2026, 3, 2)) == 2


def test_a_day_that_was_told_already_is_not_told_again(shop):
    shop.order({"RED": 2})
    with pytest.raises(BadInput, match="that day was told already"):
        promises(shop, shop.line("SO-1", "RED").promised_on)


def test_what_has_shipped_is_promised_nothing(shop):
    shop.counts("RED", 2)
    shop.order({"RED": 2})
    shop.ships("SO-1")
    with pytest.raises(BadInput, match="no RED is left to be sent"):
        promises(shop, date(2026, 4, 1))
