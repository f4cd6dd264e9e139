"""At the desk: a parcel has come, has not, was noted by mistake, is settled; a purchase order has left its supplier."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from onorder.actions import deliveries
from onorder.desk.rights import Role
from onorder.models import Message, PurchaseOrderLine, Shipment


@pytest.fixture
def out(shop):
    shop.sells("MUG", here=5)
    shop.order({"MUG": 2})
    shop.parcel = shop.ships("SO-1")[0].number
    return shop


@pytest.fixture
def support(log_in):
    return log_in(Role.SUPPORT)


def test_delivered_and_taken_back(out, support, text):
    page = text(support, "/parcels/sent")
    assert "Delivered" in page and "Did not arrive" in page
    answer = support.post(f"/parcels/{out.parcel}/delivered", follow=True)
    said = answer.content.decode()
    assert f"{out.parcel} has come; its customer is told." in said
    assert f"/parcels/{out.parcel}/delivered/undo" in said
    assert Shipment.objects.get().delivered_at == out.now
    support.post(f"/parcels/{out.parcel}/delivered/undo")
    assert Shipment.objects.get().delivered_at is None
    assert Message.objects.get(kind="delivered").state == "suppressed"
    for _ in range(2):
        answer = support.post(f"/parcels/{out.parcel}/delivered", follow=True)
    assert "was known" in answer.content.decode()


def test_what_did_not_arrive_is_on_today_and_settled_with_a_word(out, support, log_in, text):
    support.post(f"/parcels/{out.parcel}/missing")
    today = text(support, "/")
    assert f"{out.parcel} of #SO-1 has not come, its customer says." in today and "Look into it" in today
    page = text(support, "/parcels/sent?show=missing")
    assert "did not come" in page and "Settled" in page
    refused = support.post(f"/parcels/{out.parcel}/settled", {"why": " "}, follow=True)
    assert "Say what you did." in refused.content.decode() and Shipment.objects.get().missing_at
    assert log_in(Role.WAREHOUSE).post(f"/parcels/{out.parcel}/settled", {"why": "x"}).status_code == 403
    support.post(f"/parcels/{out.parcel}/settled", {"why": "paid back"})
    assert Shipment.objects.get().missing_at is None
    assert "Everything came, as far as anybody knows" in text(support, "/parcels/sent?show=missing")
    assert "Settled: the parcel that did not come (paid back)" in text(support, "/orders/SO-1")


def test_the_order_shows_what_came_and_what_did_not(out, support, text):
    deliveries.deliver([deliveries.Delivery(out.parcel, out.now)], by="wendy", now=out.now)
    page = text(support, "/orders/SO-1")
    assert "With you since" in page and "A parcel has come" in page
    deliveries.miss(out.parcel, by="customer", now=out.now)
    assert "did not come" in text(support, "/orders/SO-1")


def test_a_purchase_order_that_has_left_says_so(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.raises()
    assert "It has left them" in text(buyer, "/purchase-orders/PO-1")
    assert "Whoever waits for it sees on the page of their order" in text(buyer, "/purchase-orders/PO-1/left")
    refused = buyer.post("/purchase-orders/PO-1/left/noted", {"on": "2026-04-01", "tracking": ""})
    assert "which has not begun" in refused.content.decode()
    buyer.post("/purchase-orders/PO-1/left/noted", {"on": "2026-03-02", "tracking": "ZX 1"})
    assert PurchaseOrderLine.objects.get().tracking == "ZX 1"
    page = text(buyer, "/purchase-orders/PO-1")
    assert "On its way" in page and "ZX 1" in page and "Has left its supplier" in page


def test_by_hand_in_a_browser(lasting_shop, opens):
    shop = lasting_shop
    shop.sells("MUG", here=5)
    shop.order({"MUG": 2})
    (parcel,) = shop.ships("SO-1")
    page = opens("/parcels/sent", role=Role.WAREHOUSE, width=390)
    page.get_by_role("button", name=f"Delivered {parcel.number}").click()
    expect(page.get_by_text("its customer is told")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=f"Delivered {parcel.number}")).to_be_visible()
