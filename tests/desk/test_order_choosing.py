"""What is agreed on anew about an order: what it would do is said before it is done, and done once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from onorder.actions import orders, payments
from onorder.desk.rights import Role
from onorder.models import Loan, Variant


@pytest.fixture
def dora(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def red(shop):
    shop.sells("RED", price=500)
    shop.sells("BLUE", price=650, here=1)
    shop.order({"RED": 2})
    return shop


def hidden(client, path):
    """The hidden fields that a form was filled in with."""
    page = client.get(path).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_swapping_says_the_price_first_and_then_what_moves(red, dora):
    red.raises()
    payments.capture("SO-1", 1_000, key="p", by="dora", now=red.now)
    form = hidden(dora, "/orders/SO-1/swap") | {"sku": "RED", "to_sku": "BLUE", "units": 2, "why": ""}
    said = dora.post("/orders/SO-1/swap/try", form).content.decode()
    assert "£13.00 instead of £10.00: +£3.00." in said
    assert "£3.00 is still to be paid." in said
    assert "They queue now, behind everybody who waits for BLUE. Ships by" in said and "1 of them are here." in said
    assert "2 units on order have no customer any more, and become stock." in said
    assert red.units("SO-1") == (2, 0, 0, 0)  # Nothing has been done.
    for _ in range(2):  # A form that is sent twice swaps once.
        answer = dora.post("/orders/SO-1/swap/do", form, follow=True).content.decode()
        assert "#SO-1 has 2 × BLUE instead of RED." in answer
    assert red.units("SO-1") == (1, 1, 0, 2)
    assert "2 units swapped for something else" in answer
    assert red.is_sound()


def test_what_is_cheaper_can_be_given_back_and_what_is_not_sold_is_said(red, dora):
    red.sells("GREY", price=300)
    payments.capture("SO-1", 1_000, key="p", by="dora", now=red.now)
    form = hidden(dora, "/orders/SO-1/swap") | {"sku": "RED", "to_sku": "GREY", "units": 1}
    said = dora.post("/orders/SO-1/swap/try", form).content.decode()
    assert "£3.00 instead of £5.00: −£2.00." in said and "£2.00 of what was paid can be given back." in said
    assert "There is no SKU NONE." in dora.post("/orders/SO-1/swap/try", form | {"to_sku": "NONE"}).content.decode()
    refused = dora.post("/orders/SO-1/swap/do", form | {"units": 3}).content.decode()
    assert "Order SO-1 waits for 2 units of RED, not 3." in refused


def test_others_of_the_same_product_are_named(red, dora, text):
    product = Variant.objects.get(sku="RED").product
    Variant.objects.filter(sku="BLUE").update(product=product, name="blue")
    assert "Of the same product: BLUE" in text(dora, "/orders/SO-1/swap")


def test_whoever_was_faster_is_named_before_a_swap(red, dora):
    form = hidden(dora, "/orders/SO-1/swap") | {"sku": "RED", "to_sku": "BLUE", "units": 1}
    orders.add("SO-1", "RED", 1, key="k", by="ben", now=red.now)
    assert "1 unit added (ben)" in dora.post("/orders/SO-1/swap/do", form).content.decode()
    assert red.units("SO-1", "RED") == (3, 0, 0, 0)


def test_another_day_is_held_against_the_expected_one(red, dora, text):
    soon, later = red.now.date() + timedelta(days=2), red.now.date() + timedelta(days=60)
    form = hidden(dora, "/orders/SO-1/day") | {"sku": "RED", "on": f"{soon}", "why": ""}
    said = dora.post("/orders/SO-1/day/try", form, headers={"HX-Request": "true"}).content.decode()
    assert "Its customer is told that 2 units ship by Wed 4 Mar." in said
    assert "after that: unless it comes sooner, they soon hear of a delay." in said
    assert "This field is required" not in said  # One is about to write why.
    said = dora.post("/orders/SO-1/day/try", form | {"on": f"{later}"}).content.decode()
    assert "they soon hear of a delay" not in said and "It is expected on" in said
    assert "This field is required" in dora.post("/orders/SO-1/day/do", form).content.decode()
    answer = dora.post("/orders/SO-1/day/do", form | {"on": f"{later}", "why": "the mill is closed"}, follow=True)
    assert "The customer of #SO-1 is told Fri 1 May." in answer.content.decode()
    page = text(dora, "/orders/SO-1")
    assert "A new day, given by hand: Fri 1 May (the mill is closed)" in page
    assert red.line("SO-1", "RED").told_on == later


def test_a_day_that_has_passed_is_said_before_it_is_tried(red, dora):
    form = hidden(dora, "/orders/SO-1/day") | {"sku": "RED", "on": "2026-03-01", "why": "x"}
    for step in ("try", "do"):
        assert "1 March 2026 has passed" in dora.post(f"/orders/SO-1/day/{step}", form).content.decode()


@pytest.fixture
def lending(shop):
    """An older order keeps a tea while it waits for a mug; a younger one waits for nothing but a tea."""
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 1}, together=True)
    shop.order({"TEA": 1})
    return shop


def test_a_loan_says_who_lends_what_repays_it_and_that_nothing_is_lost(lending, dora, text):
    number = lending.raises()
    assert "#SO-2 waits only for 1 × TEA. #SO-1 could lend it, and loses nothing." in text(dora, "/orders/SO-2")
    page = text(dora, "/orders/SO-2/lend?sku=TEA")
    assert "#SO-1 lends 1 × TEA, which it keeps while it waits." in page
    assert "#SO-2 then has all it waits for, and can ship today." in page
    assert f"{number} repays it by" in page and "and loses nothing." in page
    assert Loan.objects.count() == 0
    answer = dora.post("/orders/SO-2/lend/do", hidden(dora, "/orders/SO-2/lend"), follow=True).content.decode()
    assert "#SO-1 lends 1 × TEA to #SO-2." in answer
    assert lending.units("SO-2") == (0, 1, 0, 0) and Loan.objects.count() == 1
    assert lending.is_sound()


def test_where_nobody_can_lend_it_says_why_and_offers_nothing(lending, dora, text):
    page = text(dora, "/orders/SO-2/lend")
    assert "No unit of TEA can be lent to SO-2: nothing that would repay it is on order." in page
    assert "Lend it" not in page and "Let it wait" in page
    assert "could lend" not in text(dora, "/orders/SO-2")
    lending.order({"TEA": 1, "MUG": 1})
    assert "the order waits for other things as well" in text(dora, "/orders/SO-3/lend")


def test_a_loan_that_nobody_can_give_any_more_is_refused(lending, dora):
    lending.raises()
    form = hidden(dora, "/orders/SO-2/lend")
    lending.cancels("SO-1")
    answer = dora.post("/orders/SO-2/lend/do", form).content.decode()
    assert "1 unit arrived for it" in answer and Loan.objects.count() == 0
