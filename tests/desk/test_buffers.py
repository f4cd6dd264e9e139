"""Buffers: what stands in each, and what a buyer does with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onorder.actions import purchasing
from onorder.actions.suppliers import Policy
from onorder.desk.rights import Role
from onorder.queries.due import purchase_orders_to_send


@pytest.fixture
def tea(shop):
    policy = Policy(minimum_units=40, order_weekdays="4", maximum_wait_days=14)
    shop.supplier("ACME", policy)
    shop.sells("TEA", cost=250, minimum_quantity=12, order_multiple=12, breaks=((60, 230),))
    shop.order({"TEA": 30})
    shop.wait(days=1)
    shop.order({"TEA": 4})
    return shop


def test_a_card_says_how_far_it_is(tea, buyer, text):
    page = text(buyer, "/buffers")
    assert "34 units wait in 1 buffer until it is worth ordering them." in page
    assert "34 units, 6 short (4 today)" in page
    assert "2 orders, oldest 1 day" in page
    assert "Ordered now: 36 units for £90.00, 2 of them surplus from rounding." in page
    assert "26 more of TEA save £12.00." in page


def test_its_bar_is_a_meter_with_a_mark_at_the_minimum(tea, buyer):
    page = buyer.get("/buffers").content.decode()
    assert 'role="meter"' in page and "ACME Ltd: 34 units, minimum 40" in page
    assert ">minimum 40</text>" in page


def test_a_buffer_is_raised_by_hand_and_taken_back(tea, buyer, text):
    answer = buyer.post("/buffers/ACME/raise", HTTP_REFERER="http://testserver/buffers?show=filling", follow=True)
    assert answer.redirect_chain == [("/buffers?show=filling", 302)]
    assert '<a href="/purchase-orders/PO-1">PO-1</a> is raised: 36 units. It leaves in a few minutes.' in (
        answer.content.decode()
    )
    assert purchase_orders_to_send(tea.now) == []  # There is time to undo it.
    assert purchase_orders_to_send(tea.now + timedelta(minutes=5)) == ["PO-1"]
    answer = buyer.post("/purchase-orders/PO-1/take-back", follow=True)
    assert "PO-1 is taken back; it was never sent." in answer.content.decode()
    assert tea.buffer("TEA") == 34
    assert "34 units" in text(buyer, "/buffers")
    assert tea.is_sound()


def test_what_has_left_is_not_taken_back(tea, buyer):
    number = tea.raises()
    answer = buyer.post(f"/purchase-orders/{number}/take-back", follow=True)
    assert "is sent, so it cannot be taken back" in answer.content.decode()
    assert tea.state(number) == "sent"


def test_an_empty_buffer_is_not_raised(shop, buyer):
    answer = buyer.post("/buffers/ACME/raise", follow=True)
    assert "Nothing waits in the buffer of ACME." in answer.content.decode()


def test_a_buffer_is_held_and_let_go(tea, buyer, text):
    assert "2 orders wait for 34 units in it." in text(buyer, "/buffers/ACME/hold-for")
    answer = buyer.post("/buffers/ACME/hold", {"days": "3", "why": "stocktaking"}, follow=True)
    assert "It is held for 3 days." in answer.content.decode()
    tea.wait(days=2)
    tea.order({"TEA": 60})
    assert tea.fires().step == "wait"
    assert "Held until" in text(buyer, "/buffers?show=held")
    buyer.post("/buffers/ACME/hold")
    assert tea.fires().step == "fire"


@pytest.mark.parametrize("days", ["0", "61", "-3", "soon", "³"])
def test_nonsense_holds_nothing(tea, buyer, days):
    answer = buyer.post("/buffers/ACME/hold", {"days": days}, follow=True)
    assert "Give 1 to 60 days." in answer.content.decode()
    assert not tea.events("held")


def test_what_is_due_and_what_is_full(tea, buyer, text):
    assert "None like that now." in text(buyer, "/buffers?show=due")
    tea.order({"TEA": 6})
    assert "Due now" in text(buyer, "/buffers?show=due")


def test_a_promise_that_would_be_missed_is_at_risk(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    assert "at risk" not in text(buyer, "/buffers")
    purchasing.hold("ACME", until=shop.now + timedelta(days=30), why="", by="ben", now=shop.now)
    shop.wait(days=21)
    assert "1 promise at risk" in text(buyer, "/buffers")


def test_an_empty_page_says_what_will_stand_there(shop, buyer, text):
    assert "No buffer is filling" in text(buyer, "/buffers")


def test_as_a_file(tea, buyer, log_in):
    def exported(client):
        return b"".join(client.get("/buffers?as=csv").streaming_content).decode()

    header, row = exported(buyer).lstrip("\ufeff").splitlines()
    assert row.startswith("ACME,ACME Ltd,MAIN,34,40,2,0,")
    assert header.endswith("standing,value_minor,currency") and row.endswith("filling,8500,GBP")
    assert "value_minor" not in exported(log_in(Role.SUPPORT))


def test_who_may_not_buy_sees_no_button(tea, log_in):
    page = log_in(Role.WAREHOUSE).get("/buffers").content.decode()
    assert "Raise now" not in page and "£" not in page
