"""An order is held: nothing of it leaves, nothing of it is given away, until somebody releases it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from onorder.actions import orders, shipping
from onorder.errors import BadInput
from onorder.models import Order
from onorder.queries import parcels
from onorder.queries.holding import held, number_held
from tests.fingerprint import refused


@pytest.fixture
def mugs(shop):
    """SO-1 could leave with two mugs; SO-2 with one."""
    shop.sells("MUG", here=3)
    shop.order({"MUG": 2})
    shop.order({"MUG": 1})
    return shop


def holds(shop, number="SO-1", why="address in doubt"):
    shipping.hold(number, why, by="dora", now=shop.now)


def releases(shop, number="SO-1", **more):
    shipping.release(number, by="wendy", now=shop.now, **more)


def test_nothing_of_it_is_ready_and_it_is_listed_with_its_reason(mugs):
    holds(mugs)
    assert [parcel.order for parcel in parcels.ready()] == ["SO-2"]
    assert [parcel.order for parcel in parcels.to_pack()] == ["SO-2"]
    assert (parcels.number_ready(), number_held()) == (1, 1)
    (one,) = held()
    assert (one.order, one.why, one.by, one.at, one.here) == ("SO-1", "address in doubt", "dora", mugs.now, 2)
    (event,) = mugs.events("held")
    assert (event.by, event.why) == ("dora", "address in doubt")


def test_it_is_refused_by_name_with_the_reason_and_what_to_do(mugs):
    holds(mugs)
    said = refused(shipping.OnHold, lambda: mugs.ships("SO-1", "SO-2"))
    assert said.startswith("Nothing leaves while it is held: SO-1 (address in doubt). When the reason is gone, release")


def test_where_unready_ones_are_left_out_so_is_it(mugs):
    holds(mugs)
    going = [shipping.Parcel(number) for number in ("SO-1", "SO-2")]
    gone = shipping.ship(going, by="wendy", now=mugs.now, skip_unready=True)
    assert [parcel.order for parcel in gone] == ["SO-2"]
    assert mugs.units("SO-1") == (0, 2, 0, 0)


def test_released_it_goes_in_its_turn(mugs):
    holds(mugs)
    releases(mugs, why="the customer wrote back")
    assert [parcel.order for parcel in parcels.ready()] == ["SO-1", "SO-2"]
    assert (number_held(), mugs.events("released")[0].why) == (0, "the customer wrote back")
    mugs.ships("SO-1")
    assert mugs.units("SO-1") == (0, 0, 2, 0)


def test_it_keeps_its_units_and_its_place_while_it_is_held(mugs):
    mugs.order({"MUG": 2})  # SO-3 waits behind it.
    holds(mugs)
    mugs.order({"MUG": 4})
    holds(mugs, "SO-3", "fraud check")
    mugs.finds({"MUG": 3})
    assert mugs.units("SO-1") == (0, 2, 0, 0)
    assert mugs.units("SO-3") == (0, 2, 0, 0)  # Held, and still served before the younger one.
    assert mugs.units("SO-4") == (3, 1, 0, 0)
    assert mugs.is_sound()


def test_what_waits_can_be_held_before_it_comes(shop):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    holds(shop)
    shop.receives(shop.raises(), {"TEA": 1})
    assert parcels.ready() == []
    assert held()[0].here == 1


def test_twice_is_refused_and_so_is_the_release_of_what_is_not_held(mugs):
    holds(mugs)
    assert "SO-1 is held already: address in doubt." in refused(shipping.HeldAlready, lambda: holds(mugs, why="more"))
    assert "SO-2 is not held." in refused(shipping.NothingToRelease, lambda: releases(mugs, "SO-2"))


def test_what_has_left_cannot_be_held(mugs):
    mugs.ships("SO-1")
    assert "nothing of it is left" in refused(BadInput, lambda: holds(mugs))


def test_what_was_cancelled_while_it_was_held_is_listed_no_more(mugs):
    holds(mugs)
    mugs.cancels("SO-1")
    assert (held(), number_held()) == ([], 0)
    mugs.sells("TEA")
    orders.add("SO-1", "TEA", 1, key="more", by="dora", now=mugs.now)
    assert [one.order for one in held()] == ["SO-1"]  # Nobody has released it.


@pytest.fixture
def loan(shop):
    """A mug is set aside for SO-1, which ships together and waits for tea; SO-2 could leave with it; a mug comes."""
    shop.sells("MUG", here=1)
    shop.sells("TEA")
    shop.order({"MUG": 1, "TEA": 1}, together=True)
    shop.order({"MUG": 1})
    shop.raises()
    shop.wait(days=3)
    return shop


def lends(shop):
    return shipping.lend("MUG", to="SO-2", by="wendy", now=shop.now)


def test_a_held_order_lends_nothing_and_borrows_nothing(loan):
    holds(loan, "SO-2")
    assert "SO-2: it is held" in refused(shipping.NoLoan, lambda: lends(loan))
    releases(loan, "SO-2")
    holds(loan)
    refused(shipping.NoLoan, lambda: lends(loan))
    releases(loan)
    assert lends(loan) == 1


def test_a_reason_and_a_time_or_neither(mugs):
    for half in ({"held_at": mugs.now}, {"held_why": "because"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(number="SO-1").update(**half)


def test_only_what_was_packed_leaves(mugs):
    def ship(**packed):
        return shipping.ship([shipping.Parcel("SO-1", packed=packed)], by="wendy", now=mugs.now)

    for packed in ({"MUG": 1}, {"MUG": 3}, {"MUG": 2, "TEA": 1}, {}):
        said = refused(shipping.PackedOtherwise, lambda packed=packed: ship(**packed))
        assert "What was packed of SO-1 is not what may go any more: that is 2 × MUG." in said
    assert ship(MUG=2)[0].units == 2


def test_of_a_product_on_two_lines_all_is_counted(mugs):
    lines = [orders.NewLine("MUG", 1), orders.NewLine("MUG", 1)]
    mugs.finds({"MUG": 5})
    orders.place(orders.NewOrder("TWO", orders.NewCustomer("bob"), lines), by="bob", now=mugs.now)
    gone = shipping.ship([shipping.Parcel("TWO", packed={"MUG": 2})], by="wendy", now=mugs.now)
    assert gone[0].units == 2


def test_many_are_listed_the_longest_held_first_and_page_by_page(mugs):
    mugs.finds({"MUG": 9})
    numbers = [mugs.order({"MUG": 1}) for _ in range(5)]
    for number in reversed(numbers):
        holds(mugs, number)
        mugs.wait(hours=1)
    found = held()
    assert [one.order for one in found] == numbers[::-1]
    with CaptureQueriesContext(connection) as asked:
        rest = held(after=(found[1].at, found[1].key), limit=2)
    assert [one.order for one in rest] == numbers[::-1][2:4]
    assert len(asked) == 2
