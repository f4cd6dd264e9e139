"""Refunds to pay out at the desk: who may, once, with a way back; and payments by card that need a look."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder.actions import payments
from onorder.desk.rights import Role
from onorder.models import CardNotice, Order, Payout
from tests.actions.test_payouts import buys
from tests.stripe import event, posts


@pytest.fixture
def owed(shop):
    """£7.00 are to be transferred back to Ann."""
    shop.sells("MUG", here=90, price=1_250)
    owes(shop)
    return shop


def owes(shop, amount=700, key="paid"):
    number = buys(shop)
    payments.capture(number, 5_000, key=f"{key}-{number}", by="dora", now=shop.now)
    payments.refund(number, amount, why="one was chipped", key=f"r-{number}", by="dora", now=shop.now)
    return number


def csv_of(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.mark.parametrize("role", [Role.OWNER, Role.SUPPORT])
def test_paid_out_with_a_reference_and_taken_back(owed, log_in, text, role):
    somebody, key, number = log_in(role), Payout.objects.get().pk, Order.objects.get().number
    assert f"#{number} £7.00 of it is to be paid back to its customer." in text(somebody, "/")
    words = text(somebody, "/refunds")
    assert "£7.00" in words and "Ann" in words and "By bank transfer" in words and "one was chipped" in words
    assert "Ask Ann for an account, transfer it, and say so here." in text(somebody, f"/refunds/{key}/paid-out")
    answer = somebody.post(f"/refunds/{key}/paid-out/do", {"reference": "2026-17"}, follow=True)
    page = answer.content.decode()
    assert f"£7.00 of #{number} is paid out." in page and f'action="/refunds/{key}/paid-out/undo"' in page
    assert "2026-17" in text(somebody, "/refunds?show=done")
    assert "£7.00 paid out: 2026-17" in text(somebody, f"/orders/{number}")
    somebody.post(f"/refunds/{key}/paid-out/undo")
    assert Payout.objects.get().state == "to_do"


@pytest.mark.parametrize("role", [Role.BUYER, Role.WAREHOUSE, Role.READER])
def test_others_neither_see_nor_pay(owed, log_in, role):
    somebody, key = log_in(role), Payout.objects.get().pk
    for path in ("/refunds", f"/refunds/{key}/paid-out", f"/refunds/{key}/note", "/card-notices"):
        assert somebody.get(path).status_code == 403
    assert somebody.post(f"/refunds/{key}/paid-out/do").status_code == 403
    assert "/refunds" not in somebody.get("/orders").content.decode()
    assert Payout.objects.get().state == "to_do"


def test_done_twice_it_is_done_once(owed, owner):
    key = Payout.objects.get().pk
    for reference in ("first", "second"):
        owner.post(f"/refunds/{key}/paid-out/do", {"reference": reference})
    assert Payout.objects.get().reference == "first" and len(owed.events("paid_out")) == 1


def test_an_account_is_refused_in_place_and_not_kept(owed, owner):
    key = Payout.objects.get().pk
    for path, field in (("paid-out", "reference"), ("note", "note")):
        answer = owner.post(f"/refunds/{key}/{path}/do", {field: "DE89 3704 0044 0532 0130 00"})
        assert answer.status_code == 200 and "accounts of customers are not kept" in answer.content.decode()
    found = Payout.objects.get()
    assert (found.state, found.reference, found.note) == ("to_do", "", "")


def test_a_note_stands_beside_it(owed, owner, text):
    owner.post(f"/refunds/{Payout.objects.get().pk}/note/do", {"note": "asked on Monday"})
    assert "asked on Monday" in text(owner, "/refunds")


def test_as_a_file_with_nothing_in_it_that_a_spreadsheet_would_run(owed, owner):
    Payout.objects.update(note="=1+1")
    (row,) = csv_of(owner.get("/refunds?as=csv"))
    assert (row["order"], row["amount_minor"], row["currency"], row["way"]) == (
        Order.objects.get().number,
        "700",
        "GBP",
        "transfer",
    )
    assert not row["note"].startswith("=")


def test_what_a_card_refused_can_be_tried_again(shop, owner, text, stripe):
    shop.sells("MUG", here=9, price=1_250)
    number = buys(shop, "card")
    payments.capture(number, 5_000, key="stripe:pi_1", by="stripe", now=shop.now)
    payments.refund(number, 700, key="r", by="dora", now=shop.now)
    key = Payout.objects.get().pk
    assert "Nothing is to be paid out" in text(owner, "/refunds")
    assert "To the card" in text(owner, "/refunds?show=to_cards")
    Payout.objects.update(state="failed", note="expired_card")
    words = text(owner, "/refunds")
    assert "The card did not take it" in words and "expired_card" in words
    assert f"#{number} £7.00 of it could not go back to the card" in text(owner, "/")
    owner.post(f"/refunds/{key}/again")
    assert (Payout.objects.get().state, Payout.objects.get().asked_again) == ("to_do", 1)
    answer = owner.post(f"/refunds/{key}/again", follow=True)
    assert "has not failed" in answer.content.decode()


def test_if_the_secrets_are_gone_the_page_says_what_waits(shop, owner, text):
    shop.sells("MUG", here=9, price=1_250)
    number = buys(shop, "card")
    payments.capture(number, 5_000, key="stripe:pi_1", by="stripe", now=shop.now)
    payments.refund(number, 700, key="r", by="dora", now=shop.now)
    assert "Nothing goes to cards at the moment" in text(owner, "/refunds?show=to_cards")


def test_a_payment_that_does_not_add_up_is_seen_to_and_comes_back(shop, client, owner, text, stripe):
    shop.sells("MUG", here=9)
    shop.order({"MUG": 1})
    posts(client, event("checkout.session.completed"), now=shop.now)
    assert "1 payment by card needs a look." in text(owner, "/")
    assert "£25.00 was paid, and nobody knows what for." in text(owner, "/card-notices")
    assert "Book it" not in text(owner, "/card-notices")
    key = CardNotice.objects.get().pk
    answer = owner.post(f"/card-notices/{key}/settled", follow=True)
    assert f'action="/card-notices/{key}/again"' in answer.content.decode()
    assert "Nothing needs a look" in text(owner, "/card-notices")
    assert "£25.00 was paid" in text(owner, "/card-notices?show=settled")
    owner.post(f"/card-notices/{key}/again")
    assert "£25.00 was paid" in text(owner, "/card-notices")


def test_what_went_back_at_stripes_is_booked_with_one_button(shop, client, owner, text, stripe):
    shop.sells("MUG", here=9, price=1_250)
    number = buys(shop, "card")
    payments.capture(number, 5_000, key="stripe:pi_1", by="stripe", now=shop.now)
    posts(client, event("charge.refunded", amount_refunded=700), now=shop.now)
    page = text(owner, "/card-notices")
    assert "£7.00 went back to the card from Stripe's own pages" in page.replace("’", "'") and "Book it" in page
    book = f"/card-notices/{CardNotice.objects.get().pk}/booked"
    assert "It is booked as given back" in owner.post(book, follow=True).content.decode()
    assert "Somebody had seen to it already." in owner.post(book, follow=True).content.decode()
    assert Order.objects.get(number=number).refunded_minor == 700
    assert Payout.objects.get().state == "done"


def test_a_long_list_goes_on_and_costs_no_more(owed, owner, text):
    def statements():
        owner.get("/refunds")
        with CaptureQueriesContext(connection) as captured:
            assert owner.get("/refunds").status_code == 200
        return len(captured)

    few = statements()
    for _ in range(11):
        owes(owed)
    for payout in Payout.objects.all()[:11]:
        for n in range(5):
            payments.refund(payout.payment.order.number, 10, key=f"{payout.pk}-{n}", by="dora", now=owed.now)
    assert Payout.objects.count() > 60 and statements() == few
    first = owner.get("/refunds").content.decode()
    assert first.count("<tr>") == 51 and "after=" in first
    assert len(csv_of(owner.get("/refunds?as=csv"))) == Payout.objects.count()


def test_in_a_browser_it_is_asked_in_place_done_and_undone(lasting_shop, opens):
    lasting_shop.sells("MUG", here=9, price=1_250)
    owes(lasting_shop)
    page = opens("/refunds")
    page.get_by_role("link", name="Paid out…").click()
    page.get_by_label("Reference").fill("2026-17")
    page.get_by_role("button", name="Paid out", exact=True).click()
    expect(page.get_by_text("is paid out.")).to_be_visible()
    expect(page.get_by_text("Nothing is to be paid out")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Paid out…")).to_be_visible()
