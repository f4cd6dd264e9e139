"""Parcels: first in, first out; picked from paper, shipped one by one or many at once."""

from __future__ import annotations

import pytest

from onorder.actions import orders
from onorder.desk.rights import Role
from onorder.models import Shipment
from onorder.queries.parcels import number_ready


@pytest.fixture
def wendy(log_in):
    return log_in(Role.WAREHOUSE)


@pytest.fixture
def mugs(shop):
    shop.sells("MUG", here=9)
    shop.sells("TEA")
    shop.order({"MUG": 2})
    shop.order({"MUG": 1, "TEA": 1})
    return shop


def test_what_may_go_and_what_follows(mugs, wendy, text):
    page = text(wendy, "/parcels")
    assert page.index("#SO-1") < page.index("#SO-2")
    assert "#SO-1" not in text(wendy, "/parcels?show=parts")
    assert "#SO-2" not in text(wendy, "/parcels?show=complete")
    assert number_ready() == 2


def test_one_leaves_with_its_tracking_number(mugs, wendy, text):
    form = {"one": "SO-1", "carrier": "Post", "tracking:SO-1": "RM1"}
    assert "1 parcel has left: 2 units." in wendy.post("/parcels/ship", form, follow=True).content.decode()
    assert (Shipment.objects.get().carrier, Shipment.objects.get().tracking) == ("Post", "RM1")
    assert "Nothing of SO-1 may go yet." in wendy.post("/parcels/ship", form, follow=True).content.decode()
    assert Shipment.objects.count() == 1


def test_many_leave_at_once_and_those_that_left_already_are_said(mugs, wendy):
    form = {"order": ["SO-1", "SO-2"], "carrier": "Post"}
    assert "2 parcels have left: 3 units." in wendy.post("/parcels/ship", form, follow=True).content.decode()
    assert "Tick those that leave." in wendy.post("/parcels/ship", {}, follow=True).content.decode()
    assert mugs.is_sound()


def test_what_is_packed_waits_for_its_carrier_and_leaves_with_the_rest(mugs, wendy, text):
    form = {"order": ["SO-1", "SO-2"]}
    assert "2 parcels are packed: 3 units." in wendy.post("/parcels/pack", form, follow=True).content.decode()
    said = wendy.post("/parcels/pack", form, follow=True).content.decode()
    assert "0 parcels are packed: 0 units. 2 were packed or had left already, wait again, or are held." in said
    assert "No parcel is ready" in text(wendy, "/parcels")
    page = wendy.get("/parcels?show=packed").content.decode()
    assert page.count("checked") == 2 and "The carrier has those ticked" in page
    said = wendy.post("/parcels/ship", form | {"carrier": "Post"}, follow=True).content.decode()
    assert "2 parcels have left: 3 units." in said
    assert "Nothing waits for a carrier" in text(wendy, "/parcels?show=packed")
    assert mugs.is_sound()


def test_a_packed_parcel_that_is_wrong_now_is_said_and_stays_behind(mugs, wendy, text):
    wendy.post("/parcels/pack", {"order": ["SO-1", "SO-2"]})
    mugs.cancels("SO-1", {"MUG": 1})
    orders.send_elsewhere("SO-2", "12 New Lane", by="dora", now=mugs.now)
    page = text(wendy, "/parcels?show=packed")
    assert "something else may go now" in page and "goes to another address now" in page
    assert "The carrier has those ticked" not in page
    said = wendy.post("/parcels/ship", {"order": ["SO-1", "SO-2"]}, follow=True).content.decode()
    assert "0 parcels have left" in said and Shipment.objects.count() == 0
    rows = wendy.get("/parcels?show=packed&as=csv").getvalue().decode().splitlines()
    assert [row.rsplit(",", 1)[1] for row in rows] == ["wrong", "contents", "address"]
    assert "2 packed parcels are not what may go any more" in text(wendy, "/")


def test_paper_to_pick_from_and_to_put_in(mugs, wendy, text):
    page = text(wendy, "/parcels/paper")
    assert "MUG Mug 3 #SO-1 × 2, #SO-2" in page
    assert "Packing slip, order #SO-2 In this parcel 1 × Mug MUG Follows 1 × Tea, by" in page
    assert "This completes the order." in page
    assert "SO-2" not in text(wendy, "/parcels/paper?order=SO-1")


def test_only_those_that_a_delivery_served(mugs, wendy, text):
    receipt = mugs.receives(mugs.raises(), {"TEA": 1}).receipt
    page = text(wendy, f"/parcels?receipt={receipt}")
    assert "#SO-2" in page and "#SO-1" not in page


def test_a_tracking_number_is_corrected_after_it_left(mugs, wendy, text):
    mugs.ships("SO-1")
    number = Shipment.objects.get().number
    wendy.post(f"/parcels/{number}/track", {"carrier": "Post", "tracking": "RM2"})
    assert Shipment.objects.get().tracking == "RM2"
    assert number in text(wendy, "/parcels/sent")


def test_nothing_is_ready(shop, wendy, text):
    assert "No parcel is ready" in text(wendy, "/parcels")
    assert "Nothing has left yet" in text(wendy, "/parcels/sent")


def test_as_a_file(mugs, wendy):
    said = b"".join(wendy.get("/parcels?as=csv").streaming_content).decode()
    assert "SO-2,Buyer of SO-2,TEA,Tea,0,1" in said
