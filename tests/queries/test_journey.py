"""An order as its customer sees it: parcel by parcel, and no word of the shop's own."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions.answers import Said
from onorder.models import OrderLine, Variant
from onorder.queries.journey import What, Where, journey


def seen(shop, number="SO-1"):
    return journey(number, now=shop.now)


def steps(parcel):
    """The steps of a parcel: capitals are done, the next one is marked."""
    return " ".join(
        step.what.upper() if step.is_done else f"({step.what})" if step.is_next else step.what for step in parcel.steps
    )


def mixed(shop, **more):
    shop.sells("TEA", here=2)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 3}, **more)
    return shop


def test_in_parts_what_is_here_is_one_parcel_and_what_comes_another(shop):
    here, coming = seen(mixed(shop)).parcels
    assert (here.where, [(one.name, one.units) for one in here.things]) == (Where.HERE, [("Tea", 1)])
    assert (coming.where, [(one.name, one.units) for one in coming.things]) == (Where.TO_ORDER, [("Mug", 3)])
    assert steps(here) == "ORDERED ARRIVED (shipped) delivered"
    assert steps(coming) == "ORDERED (sent) arrived shipped delivered"
    assert here.expected_on == shop.now.date() + timedelta(days=1)
    assert coming.promised_on == shop.line("SO-1", "MUG").promised_on
    assert here.arrives_by < coming.arrives_from <= coming.arrives_by
    assert coming.next.what == What.SENT


def test_together_it_is_one_parcel_that_waits_for_the_last(shop):
    (parcel,) = seen(mixed(shop, together=True)).parcels
    assert (parcel.where, len(parcel.things)) == (Where.PARTLY, 2)
    assert steps(parcel) == "ORDERED (sent) arrived shipped delivered"


def test_each_step_is_done_when_it_is(shop):
    mixed(shop)
    number = shop.raises()
    coming = seen(shop).parcels[1]
    assert (coming.where, steps(coming)) == (Where.ON_ORDER, "ORDERED SENT (arrived) shipped delivered")
    assert coming.steps[1].at == shop.now
    shop.answers(number, Said("MUG", on=shop.now.date() + timedelta(days=9)))
    assert steps(seen(shop).parcels[1]) == "ORDERED SENT CONFIRMED (arrived) shipped delivered"
    shop.wait(days=9)
    shop.receives(number, {"MUG": 3})
    (parcel,) = seen(shop).parcels
    assert (parcel.where, steps(parcel)) == (Where.HERE, "ORDERED ARRIVED (shipped) delivered")
    assert parcel.steps[1].at == shop.now


def test_a_parcel_that_left_keeps_what_was_in_it(shop):
    mixed(shop)
    shop.ships("SO-1")
    coming, gone = seen(shop).parcels
    assert (gone.where, [(one.name, one.units) for one in gone.things]) == (Where.SHIPPED, [("Tea", 1)])
    assert gone.number.startswith("SH-") and steps(gone) == "ORDERED SHIPPED (delivered)"
    assert coming.where == Where.TO_ORDER
    shop.wait(days=9)
    assert steps(seen(shop).parcels[1]) == "ORDERED SHIPPED DELIVERED"


def test_a_later_day_stands_beside_the_first_one(shop):
    mixed(shop)
    number = shop.raises()
    promised = shop.line("SO-1", "MUG").promised_on
    shop.answers(number, Said("MUG", on=promised + timedelta(days=20)))
    parcel = seen(shop).parcels[1]
    assert parcel.first_promised_on == promised < parcel.promised_on
    assert not parcel.is_late


def test_what_is_expected_after_the_day_that_was_told_is_late(shop):
    mixed(shop)
    OrderLine.objects.filter(variant__sku="MUG").update(told_on=shop.now.date())
    assert seen(shop).parcels[1].is_late


def test_what_was_cancelled_is_named_and_nothing_is_left_to_come(shop):
    mixed(shop)
    shop.cancels("SO-1")
    found = seen(shop)
    assert found.parcels == () and [(one.name, one.units) for one in found.cancelled] == [("Tea", 1), ("Mug", 3)]
    assert found.is_over


def test_no_word_of_it_is_the_shops(shop):
    mixed(shop)
    Variant.objects.filter(sku="MUG").update(name="blue")
    number = shop.raises()
    said = repr(seen(shop))
    assert "Mug blue" in said
    assert not any(word in said for word in ("MUG", "ACME", number, "backorder", "buffer"))


def test_it_costs_the_same_for_a_short_order_and_for_a_long_one(shop):
    found = []
    for n in (2, 20):
        skus = [f"S{n}-{k}" for k in range(n)]
        for sku in skus:
            shop.sells(sku, here=1)
        number = shop.order(dict.fromkeys(skus, 2))
        shop.ships(number)
        shop.raises()
        seen(shop, number)
        with CaptureQueriesContext(connection) as captured:
            seen(shop, number)
        found.append(len(captured))
    assert found[0] == found[1] <= 17
