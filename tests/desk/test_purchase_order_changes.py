"""The supplier's answer and amendments: a form over the lines, and what it would do while it is filled in."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from onorder.actions import amending, purchasing
from onorder.desk.rights import Role
from onorder.models import Amendment, Answer, PurchaseOrderLine
from tests.desk.test_purchase_order_steps import said, seen

SOON, LATER = date(2026, 3, 11), date(2026, 3, 25)


@pytest.fixture
def sent(shop):
    """Two orders wait for ten teas, one for two pots; all of it is on PO-1, with two teas for stock."""
    shop.sells("TEA", minimum_quantity=12)
    shop.sells("POT", cost=900)
    shop.order({"TEA": 6, "POT": 2})
    shop.order({"TEA": 4})
    shop.raises()
    return shop


def lines():
    """By SKU, the prefix of its line's fields."""
    found = PurchaseOrderLine.objects.filter(purchase_order__number="PO-1").order_by("-pk")
    return dict(found.values_list("variant__sku", "pk"))


def answer(client, day=SOON, more=(), **of):
    """A filled-in answer: `TEA={"quantity": 8}` differs from what was ordered."""
    form = {"seen": seen(client, "/purchase-orders/PO-1/answer"), "key": "k", "on": day or "", **dict(more)}
    for line in PurchaseOrderLine.objects.filter(outstanding__gt=0).select_related("variant"):
        cost = f"{line.unit_cost_minor / 100:.2f}"
        fields = {"quantity": line.outstanding, "cost": cost} | of.get(line.variant.sku, {})
        form |= {f"{line.pk}-{name}": value for name, value in fields.items()}
    return client.post("/purchase-orders/PO-1/answered", form, follow=True)


def plain(page):
    words = re.sub(r"(?s)<svg.*?</svg>|<[^>]+>", " ", page.content.decode())
    return re.sub(r"\s+", " ", words)


def line(sku):
    return PurchaseOrderLine.objects.filter(variant__sku=sku).order_by("pk").first()


# The answer.


def test_all_as_ordered_by_a_day(sent, buyer, text):
    page = text(buyer, "/purchase-orders/PO-1/answer")
    assert "What did ACME Ltd answer?" in page and "12 to come, 2 customers wait for 10" in page
    assert said(answer(buyer)) == "The answer to PO-1 is recorded: all as ordered."
    assert {line("TEA").confirmed_on, line("POT").confirmed_on} == {SOON}
    page = text(buyer, "/purchase-orders/PO-1")
    assert "Confirmed" in page and "all as ordered" in page


def test_each_line_may_differ(sent, buyer, text):
    done = answer(
        buyer,
        TEA={"quantity": 8, "rest_on": LATER, "cost": "3.10"},
        POT={"cannot": "on", "quantity": ""} | {"quantity": 2},
    )
    assert said(done) == "The answer to PO-1 is recorded: 2 lines differ."
    teas = PurchaseOrderLine.objects.filter(variant__sku="TEA").order_by("pk")
    assert [(of.outstanding, of.confirmed_on, of.unit_cost_minor) for of in teas] == [(8, SOON, 310), (4, LATER, 310)]
    assert line("POT").outstanding == 0 and sent.buffer("POT") == 2
    page = text(buyer, "/purchase-orders/PO-1")
    assert "POT cannot deliver it" in page and "TEA 8 units first, the rest later" in page and "at £3.10 each" in page
    assert sent.is_sound()


def test_what_it_would_do_is_said_and_nothing_is_done(sent, buyer):
    page = plain(answer(buyer, TEA={"quantity": 8}, more={"see": "1"}))
    assert "2 units that customers wait for fall back into the buffer." in page
    assert "2 units that nobody waits for do not come." in page
    assert "It comes to £42.00, £12.00 less." in page
    assert Answer.objects.count() == 0 and line("TEA").outstanding == 12
    page = plain(answer(buyer, day=LATER + timedelta(days=30), more={"see": "1"}))
    assert "2 orders fall behind the day their customers were told: #SO-1, #SO-2." in page
    assert "2 customers get an e-mail." in page


def test_what_makes_no_sense_is_marked_and_kept(sent, buyer):
    wrong = {
        "TEA": {"quantity": 12, "rest_on": LATER},
        "POT": {"quantity": "some", "cost": "nine"},
    }
    page = answer(buyer, day=sent.now.date() - timedelta(days=1), **wrong).content.decode()
    for words in (
        "Give a day from today on, within two years.",
        "A rest follows only where fewer units come first.",
        "Give a whole number.",
        "Write an amount such as 12.50.",
    ):
        assert words in page
    assert 'value="nine"' in page and f'value="{LATER}"' in page
    assert page.partition("</main>")[0].count("autofocus") == 1
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("rest_on", [SOON, SOON - timedelta(days=1)])
def test_a_rest_comes_later(sent, buyer, rest_on):
    page = answer(buyer, day=None, TEA={"quantity": 8, "on": SOON, "rest_on": rest_on})
    assert "The rest comes later than the first part." in plain(page)


def test_a_rest_comes_later_than_everything_else_does(sent, buyer):
    page = answer(buyer, TEA={"quantity": 8, "rest_on": SOON})
    assert "The rest comes later than the first part." in plain(page)
    assert Answer.objects.count() == 0


def test_an_empty_form_records_nothing(sent, buyer):
    assert buyer.post("/purchase-orders/PO-1/answered").status_code == 200
    assert Answer.objects.count() == 0


def test_an_order_that_was_not_sent_has_no_answer(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    purchasing.raise_order("ACME", by="ben", now=shop.now)
    assert "Nothing is to come any more" in text(buyer, "/purchase-orders/PO-1/answer")


def test_an_answer_to_what_was_amended_meanwhile_is_kept_and_not_recorded(sent, buyer, owner):
    form = {"seen": seen(owner, "/purchase-orders/PO-1/answer")}
    amending.amend("PO-1", {"POT": 5}, why="", by="ben", now=sent.now)
    sent.wait(minutes=3)
    page = plain(answer(owner, TEA={"quantity": 7}, more=form))
    assert "PO-1 is not what you looked at any more: Amendment 1 by ben (3 minutes ago). Nothing was done." in page
    assert 'value="7"' in answer(owner, TEA={"quantity": 7}, more=form).content.decode()
    assert Answer.objects.count() == 0


# Amendments.


def amend(client, quantities, **more):
    form = {"seen": seen(client, "/purchase-orders/PO-1/amend"), **more}
    for of in PurchaseOrderLine.objects.filter(outstanding__gt=0).select_related("variant"):
        form[f"{of.pk}-quantity"] = quantities.get(of.variant.sku, of.outstanding)
    return client.post("/purchase-orders/PO-1/amended", form, follow=True)


def test_a_sent_order_gets_a_numbered_amendment(sent, buyer, text):
    page = text(buyer, "/purchase-orders/PO-1/amend")
    assert "ACME Ltd has it already: what you change becomes amendment 1." in page
    page = plain(amend(buyer, {"TEA": 6}, see="1"))
    assert "4 units that customers wait for fall back into the buffer." in page and "ACME Ltd gets an e-mail" in page
    assert Amendment.objects.count() == 0
    assert said(amend(buyer, {"TEA": 6}, why="too many")) == "Amendment 1 to PO-1 is made."
    assert sent.buffer("TEA") == 4 and sent.is_sound()
    page = text(buyer, "/purchase-orders/PO-1")
    assert "1 TEA 6 instead of 12" in page and "too many" in page and "6 given up" in page


def test_more_of_it_is_surplus(sent, buyer):
    page = plain(amend(buyer, {"TEA": 20}, see="1"))
    assert "8 more units come that nobody waits for yet: surplus." in page and "£24.00 more" in page


def test_one_that_was_not_sent_is_simply_changed_and_changed_back(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    purchasing.raise_order("ACME", undo=timedelta(minutes=5), by="ben", now=shop.now)
    assert "It has not been sent yet" in text(buyer, "/purchase-orders/PO-1/amend")
    done = amend(buyer, {"TEA": 9})
    assert said(done) == "PO-1 is changed; it has not been sent yet."
    assert 'action="/purchase-orders/PO-1/amended/undo"' in done.content.decode()
    assert shop.bought("PO-1") == {"TEA": 9} and not Amendment.objects.exists()
    shop.wait(minutes=1)
    assert said(buyer.post("/purchase-orders/PO-1/amended/undo", follow=True)) == "PO-1 is what it was before."
    assert line("TEA").outstanding == 3 and shop.is_sound()


def test_what_was_sent_meanwhile_is_not_changed_back(shop, buyer):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    purchasing.raise_order("ACME", by="ben", now=shop.now)
    amend(buyer, {"TEA": 9})
    purchasing.send("PO-1", by="worker", now=shop.now)
    assert "it was changed again, or sent" in said(buyer.post("/purchase-orders/PO-1/amended/undo", follow=True))
    assert line("TEA").outstanding == 9


def test_nothing_changed_is_no_amendment(sent, buyer):
    assert "No quantity is another one." in plain(amend(buyer, {}))
    assert "Give 0 or more." in plain(amend(buyer, {"TEA": -1}))
    assert Amendment.objects.count() == 0


# In a browser.


def test_the_effect_is_seen_while_the_form_is_filled_in(lasting_shop, opens):
    shop = lasting_shop
    shop.sells("TEA", minimum_quantity=12)
    shop.order({"TEA": 10})
    shop.raises()
    page = opens("/purchase-orders/PO-1/answer", role=Role.BUYER)
    page.get_by_label("Comes: TEA").fill("7")
    expect(page.locator("#preview")).to_contain_text("3 units that customers wait for fall back into the buffer.")
    expect(page.get_by_label("Comes: TEA")).to_be_focused()
    page.get_by_label("The rest on: TEA").fill("2026-02-01")
    expect(page.locator("#preview")).to_contain_text("Give a day from today on")
    page.get_by_label("The rest on: TEA").fill("2026-03-20")
    expect(page.locator("#preview")).not_to_contain_text("Give a day")
    page.get_by_label("Arrives here on").fill("2026-03-12")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("The answer to PO-1 is recorded: 1 line differs.")


def test_without_script_a_button_shows_the_effect(lasting_shop, opens):
    shop = lasting_shop
    shop.sells("TEA")
    shop.order({"TEA": 10})
    shop.raises()
    page = opens("/purchase-orders/PO-1/amend", role=Role.BUYER, script=False)
    page.get_by_label("Still to come: TEA").fill("7")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator("#preview")).to_contain_text("3 units that customers wait for fall back into the buffer.")
    expect(page.get_by_label("Still to come: TEA")).to_have_value("7")
    page.get_by_role("button", name="Amend the order").click()
    expect(page.get_by_role("status")).to_contain_text("Amendment 1 to PO-1 is made.")
