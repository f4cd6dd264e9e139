"""A customer cancels what is on a purchase order: one that has not left shrinks, one that has serves the next."""

from __future__ import annotations

import pytest

from onorder.actions import amending, purchasing
from onorder.models import PurchaseOrder


def draft(shop):
    """The buffer is raised by hand, and does not leave yet."""
    return purchasing.raise_order("ACME", by="ben", now=shop.now).number


def on(number):
    lines = PurchaseOrder.objects.get(number=number).lines
    return dict(lines.values_list("variant__sku", "outstanding"))


def state(number):
    return PurchaseOrder.objects.get(number=number).state


@pytest.fixture
def six(shop):
    """Tea comes in sixes: seven are wanted, twelve bought."""
    shop.sells("TEA", minimum_quantity=6, order_multiple=6)
    shop.order({"TEA": 5})
    shop.order({"TEA": 2})
    return shop


def test_what_has_not_left_shrinks_and_is_rounded_again(six):
    number = draft(six)
    assert on(number) == {"TEA": 12}
    six.cancels("SO-1", {"TEA": 1})
    assert on(number) == {"TEA": 6}
    order = PurchaseOrder.objects.get()
    assert order.total_minor == 6 * order.lines.get().unit_cost_minor and order.lines.get().needed == 6
    assert six.level("TEA").incoming == 6
    six.cancels("SO-1", {"TEA": 1})
    assert on(number) == {"TEA": 6}
    assert six.is_sound()


def test_one_that_nobody_wants_any_more_is_taken_back(six):
    number = draft(six)
    six.cancels("SO-1")
    six.cancels("SO-2")
    assert (state(number), six.level("TEA").incoming) == ("cancelled", 0)
    assert six.is_sound()
    six.order({"TEA": 1})
    assert draft(six) != number


def test_one_that_has_left_stays_and_serves_the_next(six):
    number = six.raises()
    six.cancels("SO-1", {"TEA": 5})
    assert on(number) == {"TEA": 12}
    six.order({"TEA": 9})
    assert six.level("TEA").buffered_at is None


def test_what_was_bought_for_stock_on_purpose_stays(six):
    number = draft(six)
    amending.amend(number, {"TEA": 50}, why="a good price", by="ben", now=six.now)
    six.cancels("SO-1", {"TEA": 1})
    assert on(number) == {"TEA": 44}  # Six fewer are needed; the 38 beyond them were wanted.


def test_what_others_came_to_wait_for_meanwhile_is_bought_all_the_same(six):
    number = draft(six)
    six.order({"TEA": 5})
    six.cancels("SO-1", {"TEA": 1})
    assert on(number) == {"TEA": 12}
    six.cancels("SO-3")
    assert on(number) == {"TEA": 6}
    assert six.is_sound()


def test_what_was_set_aside_and_goes_to_the_next_is_bought_once_less(shop):
    shop.sells("MUG", here=1)
    shop.order({"MUG": 1})
    shop.order({"MUG": 2})
    number = draft(shop)
    shop.cancels("SO-1")
    assert (shop.units("SO-2"), on(number)) == ((1, 1, 0, 0), {"MUG": 1})
    assert shop.is_sound()


def test_of_several_things_only_that_one_shrinks(six):
    six.sells("POT")
    six.order({"POT": 2})
    number = draft(six)
    six.cancels("SO-3", {"POT": 1})
    assert on(number) == {"TEA": 12, "POT": 1}
    six.cancels("SO-3", {"POT": 1})
    assert (on(number), state(number)) == ({"TEA": 12, "POT": 0}, "queued")
    assert six.is_sound()


def test_the_dearer_price_of_fewer_units_holds(shop):
    shop.sells("TEA", breaks=((10, 200),), cost=300)
    shop.order({"TEA": 10})
    number = draft(shop)
    assert PurchaseOrder.objects.get(number=number).total_minor == 2_000
    shop.cancels("SO-1", {"TEA": 1})
    assert PurchaseOrder.objects.get(number=number).total_minor == 2_700
