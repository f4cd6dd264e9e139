"""A parcel is packed before its carrier comes: nothing has left, and what is in it may still change."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions import orders, packing, shipping
from onorder.models import Message, Order, Packing, Shipment
from onorder.queries import parcels
from onorder.queries.packed import Wrong, number_packed, packed
from onorder.queries.today import Kind, tasks
from onorder.rules.lifecycle import ShippingPolicy
from tests.fingerprint import refused


@pytest.fixture
def mugs(shop):
    """SO-1 could leave with two mugs and waits for tea; SO-2 with one mug."""
    shop.sells("MUG", here=3)
    shop.sells("TEA")
    shop.order({"MUG": 2, "TEA": 1}, address="1 Quay Street")
    shop.order({"MUG": 1})
    return shop


def packs(shop, *numbers, **more):
    how = {"by": "wendy", "now": shop.now} | more
    return packing.pack([shipping.Parcel(number) for number in numbers], **how)


def unpacks(shop, number="SO-1"):
    packing.unpack(number, by="wendy", now=shop.now)


def test_nothing_leaves_until_the_carrier_has_it(mugs):
    assert packs(mugs, "SO-1") == [packing.Packed("SO-1", 2)]
    assert mugs.units("SO-1", "MUG") == (0, 2, 0, 0)
    assert not Shipment.objects.exists()
    assert [one.order for one in parcels.to_pack()] == ["SO-2"]
    assert [one.order for one in parcels.to_pack(packed=True)] == ["SO-1", "SO-2"]
    assert (parcels.number_ready(), number_packed()) == (1, 1)
    (one,) = packed()
    assert (one.order, one.units, one.at, one.by, one.wrong) == ("SO-1", 2, mugs.now, "wendy", None)
    (gone,) = mugs.ships("SO-1")
    assert (gone.units, number_packed()) == (2, 0)
    assert mugs.units("SO-1", "MUG") == (0, 0, 2, 0)
    assert mugs.is_sound()


def test_its_customer_is_told_once_however_often_it_is_opened(mugs):
    packs(mugs, "SO-1")
    unpacks(mugs)
    packs(mugs, "SO-1")
    mugs.cancels("SO-1", {"MUG": 1})
    packs(mugs, "SO-1")
    told = Message.objects.filter(kind="packed").order_by("pk").values_list("state", "note")
    assert [state for state, _ in told] == ["queued", "suppressed", "suppressed"]
    assert told[2][1] == packing.PACKED_BEFORE
    mugs.ships("SO-1")
    mugs.counts("TEA", 1)
    packs(mugs, "SO-1")
    assert Message.objects.filter(kind="packed").last().state == "queued"  # Of another parcel.
    assert [event.kind for event in mugs.events("unpacked")] == ["unpacked"]


def test_who_carries_it_is_known_from_the_packing_unless_somebody_says_otherwise(mugs):
    one = shipping.Parcel("SO-1", "Post", "JD 1")
    packing.pack([one, shipping.Parcel("SO-2", "Post", "JD 2")], by="wendy", now=mugs.now)
    shipping.ship([shipping.Parcel("SO-1"), shipping.Parcel("SO-2", "Van", "V 2")], by="wendy", now=mugs.now)
    left = Shipment.objects.order_by("order").values_list("carrier", "tracking")
    assert list(left) == [("Post", "JD 1"), ("Van", "V 2")]


def test_what_was_cancelled_since_does_not_leave_in_it(mugs):
    packs(mugs, "SO-1")
    mugs.cancels("SO-1", {"MUG": 1})
    assert packed()[0].wrong == Wrong.CONTENTS
    said = refused(shipping.PackedOtherwise, lambda: mugs.ships("SO-1"))
    assert "What was packed of SO-1 is not what may go any more: that is 1 × MUG." in said
    assert shipping.ship([shipping.Parcel("SO-1")], by="wendy", now=mugs.now, skip_unready=True) == []
    assert packs(mugs, "SO-1") == [packing.Packed("SO-1", 1)]  # Put right, and packed anew.
    assert mugs.ships("SO-1")[0].units == 1


def test_what_came_since_is_not_in_it(mugs):
    packs(mugs, "SO-1")
    mugs.counts("TEA", 1)
    assert packed()[0].wrong == Wrong.CONTENTS
    refused(shipping.PackedOtherwise, lambda: mugs.ships("SO-1"))


def test_it_does_not_leave_for_where_its_customer_is_no_more(mugs):
    packs(mugs, "SO-1")
    orders.send_elsewhere("SO-1", "12 New Lane", by="dora", now=mugs.now)
    assert packed()[0].wrong == Wrong.ADDRESS
    said = refused(shipping.PackedForElsewhere, lambda: mugs.ships("SO-1"))
    assert "another address" in said
    packs(mugs, "SO-1")
    assert mugs.ships("SO-1")[0].units == 2


@pytest.mark.parametrize("stops", ["hold", "together", "unpaid"])
def test_it_stays_as_anything_else_does(mugs, stops):
    packs(mugs, "SO-1")
    if stops == "hold":
        shipping.hold("SO-1", "address in doubt", by="dora", now=mugs.now)
    elif stops == "together":
        shipping.set_shipping_policy("SO-1", ShippingPolicy.TOGETHER, by="dora", now=mugs.now)
    else:  # Nobody has.
        Order.objects.filter(number="SO-1").update(pays_by="transfer")
    assert packed()[0].wrong == Wrong.STAYS
    with pytest.raises(Exception, match=r"held|may go yet|paid"):
        mugs.ships("SO-1")
    assert number_packed() == 1


def test_what_was_counted_again_by_hand_overrides_what_was_packed(mugs):
    packs(mugs, "SO-1")
    mugs.cancels("SO-1", {"MUG": 1})
    (gone,) = shipping.ship([shipping.Parcel("SO-1", packed={"MUG": 1})], by="wendy", now=mugs.now)
    assert (gone.units, number_packed()) == (1, 0)


def test_of_many_what_cannot_be_packed_is_left_out(mugs):
    shipping.hold("SO-2", "address in doubt", by="dora", now=mugs.now)
    assert [one.order for one in packs(mugs, "SO-1", "SO-2", skip_unready=True)] == ["SO-1"]
    assert packs(mugs, "SO-1", "SO-2", skip_unready=True) == []
    assert Packing.objects.count() == 1


def test_refusals(mugs):
    packs(mugs, "SO-1")
    assert "SO-1 is packed already" in refused(packing.PackedAlready, lambda: packs(mugs, "SO-1"))
    assert "SO-2 waits for its carrier" in refused(packing.NothingPacked, lambda: unpacks(mugs, "SO-2"))
    counted = [shipping.Parcel("SO-2", packed={"MUG": 2})]
    refused(shipping.PackedOtherwise, lambda: packing.pack(counted, by="wendy", now=mugs.now))


def test_today_names_what_waits_for_its_carrier_and_what_is_to_be_opened(mugs):
    packs(mugs, "SO-1", "SO-2")
    mugs.cancels("SO-1", {"MUG": 1})
    found = {task.kind: task.n for task in tasks(now=mugs.now)}
    assert (found[Kind.REPACK], found[Kind.PACKED], found.get(Kind.PARCELS)) == (1, 1, None)


def test_many_are_listed_page_by_page_by_three_statements(mugs):
    mugs.finds({"MUG": 9})
    numbers = [mugs.order({"MUG": 1}) for _ in range(5)]
    for number in reversed(numbers):
        packs(mugs, number)
    with CaptureQueriesContext(connection) as asked:
        found = packed(limit=3)
    assert len(asked) == 3
    rest = packed(after=found[-1].key)
    assert [one.order for one in [*found, *rest]] == numbers[::-1]
