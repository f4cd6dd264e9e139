"""Receiving: what is due, what a count would do, and booking it once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onorder.actions import catalog
from onorder.actions.answers import Said
from onorder.desk.rights import Role
from onorder.models import Receipt, Variant
from onorder.queries import receiving


@pytest.fixture
def wendy(log_in):
    return log_in(Role.WAREHOUSE)


@pytest.fixture
def tea(shop):
    shop.sells("TEA", supplier_sku="T-77")
    shop.sells("POT")
    shop.order({"TEA": 3})
    shop.order({"TEA": 1, "POT": 1})
    shop.raises()
    return shop


def key(client, path="/receiving/PO-1"):
    import re

    return re.search(r'name="key" value="([^"]+)"', client.get(path).content.decode())[1]


def test_what_may_arrive(tea, wendy, text):
    assert "PO-1 ACME Ltd no day yet 5 Sent, not confirmed" in text(wendy, "/receiving")
    tea.receives("PO-1", {"TEA": 4, "POT": 1})
    page = text(wendy, "/receiving")
    assert "Nothing is due" in page and "PO-1, 5 units" in page


def test_the_earliest_day_stands_first_and_what_has_no_day_last(tea):
    for days in (9, 2):
        tea.order({"TEA": 1})
        tea.answers(tea.raises(), Said("TEA", on=tea.now.date() + timedelta(days=days)))
    assert [one.number for one in receiving.deliveries()] == ["PO-3", "PO-2", "PO-1"]


@pytest.mark.parametrize("code", ["po-1", "TEA", "tea", "t-77"])
def test_whatever_is_scanned_opens_its_purchase_order(tea, wendy, code):
    assert wendy.get("/receiving", {"code": code})["Location"].startswith("/receiving/PO-1")


def test_what_is_on_several_asks_which_and_what_is_on_none_is_offered_blind(tea, wendy, text):
    tea.order({"TEA": 2})
    tea.raises()
    assert "TEA is on several purchase orders" in text(wendy, "/receiving?code=TEA")
    tea.sells("MUG")
    assert "MUG is on no open purchase order." in text(wendy, "/receiving?code=mug")
    assert "Nothing is called zebra." in text(wendy, "/receiving?code=zebra")


def test_what_a_count_would_complete_is_said_while_counting(tea, wendy):
    said = wendy.post("/receiving/PO-1/try", {"good:TEA": "4", "good:POT": "1", "last": "TEA"}).content.decode()
    assert "5 of 5 counted" in said and "completes 2 orders" in said
    assert Receipt.objects.count() == 0


def test_it_is_booked_once_and_the_page_says_who_got_what(tea, wendy, text):
    form = {"good:TEA": "3", "key": key(wendy)}
    for _ in range(2):
        answer = wendy.post("/receiving/PO-1/book", form, follow=True)
        assert "3 units are booked." in answer.content.decode()
    page = text(wendy, f"/receiving/booked/{Receipt.objects.get().pk}")
    assert "3 units went to those who wait. 2 units are still to come." in page
    assert "#SO-1 3 complete" in page
    assert "1 parcel is complete" in page
    assert tea.is_sound()


def test_somebody_else_counted_other_goods_meanwhile(tea, wendy, log_in):
    mine = {"good:TEA": "2", "key": key(wendy)}
    log_in(Role.BUYER).post("/receiving/PO-1/book", {"good:POT": "1", "key": key(wendy)})
    page = wendy.post("/receiving/PO-1/book", mine).content.decode()
    assert "buyer booked goods of this order while you counted." in page
    assert 'name="good:TEA" value="2"' in page  # What was counted is still there, and can be booked now.
    assert tea.level("TEA").on_hand == 0
    assert (
        "2 units are booked."
        in wendy.post("/receiving/PO-1/book", {"good:TEA": "2", "key": key(wendy)}, follow=True).content.decode()
    )


def test_more_than_ordered_is_asked_about(tea, wendy):
    form = {"good:TEA": "6", "key": key(wendy)}
    assert "2 units more than ordered: keep them" in wendy.post("/receiving/PO-1/book", form).content.decode()
    assert Receipt.objects.count() == 0
    wendy.post("/receiving/PO-1/book", form | {"keep_over": "1"})
    assert tea.level("TEA").on_hand == 6
    assert tea.is_sound()


def test_damaged_goods_need_a_reason_and_stay_outstanding(tea, wendy, text):
    form = {"good:TEA": "3", "bad:TEA": "1", "key": key(wendy)}
    assert "reason" in wendy.post("/receiving/PO-1/book", form).content.decode()
    wendy.post("/receiving/PO-1/book", form | {"why:TEA": "crushed"})
    assert "crushed" in text(wendy, f"/receiving/booked/{Receipt.objects.get().pk}")
    assert tea.level("TEA").incoming == 1


@pytest.mark.parametrize("units", ["-1", "two", "1.5", "³", "99999999"])
def test_nonsense_books_nothing(tea, wendy, units):
    wendy.post("/receiving/PO-1/book", {"good:TEA": units, "key": key(wendy)})
    assert Receipt.objects.count() == 0


def test_without_an_order(tea, wendy):
    form = {"sku": ["tea", ""], "units": ["2", ""], "key": "b"}
    for _ in range(2):
        assert "2 units are booked." in wendy.post("/receiving/blind/book", form, follow=True).content.decode()
    assert tea.units("SO-1") == (1, 2, 0, 0)
    page = wendy.post("/receiving/blind/book", form | {"sku": ["zebra"], "key": "c"}).content.decode()
    assert "There is no SKU zebra." in page
    assert "nothing is counted yet" in wendy.post("/receiving/blind/book", {"key": "d"}).content.decode()


def test_a_barcode_is_noted_once(tea, wendy):
    wendy.post("/receiving/PO-1/barcode", {"sku": "TEA", "barcode": "4006381333931"})
    assert Variant.objects.get(sku="TEA").barcode == "4006381333931"
    assert wendy.get("/receiving", {"code": "4006381333931"}).status_code == 302
    answer = wendy.post("/receiving/PO-1/barcode", {"sku": "POT", "barcode": "4006381333931"}, follow=True)
    assert "it belongs to TEA" in answer.content.decode()
    catalog.attach_barcode("TEA", "4006381333931", by="wendy", now=tea.now)
    assert len(tea.events("barcode_attached")) == 1
