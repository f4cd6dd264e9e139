"""What is done with a purchase order: what it would do is said before, in numbers; what can be undone is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from onorder.actions import payments, purchasing
from onorder.actions.suppliers import Policy
from onorder.desk.rights import Role
from onorder.models import Message, PurchaseOrder, Supplier
from onorder.queries.due import purchase_orders_to_send
from onorder.queue import setup


@pytest.fixture
def draft(shop):
    """Somebody has to approve PO-1: three teas for one customer, three for stock."""
    shop.supplier("ACME", Policy(order_weekdays="4", maximum_wait_days=14, approve_above_minor=1))
    shop.sells("TEA", minimum_quantity=6)
    shop.order({"TEA": 3})
    purchasing.raise_order("ACME", by="worker", now=shop.now)
    return shop


@pytest.fixture
def sent(shop):
    shop.sells("TEA", minimum_quantity=6)
    shop.order({"TEA": 3})
    shop.raises()
    return shop


def seen(client, path="/purchase-orders/PO-1/pay"):
    """What the forms of a page carry of what was looked at."""
    return re.search(r'name="seen" value="(\d+)"', client.get(path).content.decode())[1]


def said(answer):
    found = re.search(r'(?s)<div class="toast[^>]*><p>(.*?)</p>', answer.content.decode())
    return re.sub(r"(?s)<svg.*?</svg>", "", found[1]) if found else ""


def test_a_draft_is_approved_and_held_back_again(draft, buyer, text):
    page = text(buyer, "/purchase-orders/PO-1")
    assert "Somebody has to approve it. It orders 6 units for £18.00, 3 of them for stock. 1 customer waits" in page
    answer = buyer.post("/purchase-orders/PO-1/approve", {"seen": seen(buyer)}, follow=True)
    assert said(answer) == "PO-1 is approved. It leaves in 5 minutes."
    assert 'action="/purchase-orders/PO-1/hold-back"' in answer.content.decode()  # Undo.
    assert purchase_orders_to_send(draft.now) == []
    assert purchase_orders_to_send(draft.now + timedelta(minutes=5)) == ["PO-1"]
    assert said(buyer.post("/purchase-orders/PO-1/hold-back", follow=True)).startswith("PO-1 is held back")
    assert draft.state("PO-1") == "draft"


def test_what_is_taken_back_stands_in_the_buffer(draft, buyer, text):
    page = text(buyer, "/purchase-orders/PO-1/take-back/ask")
    assert "3 units that customers wait for fall back into the buffer" in page
    assert "3 units that nobody waits for do not come." in page
    assert "It never leaves." in page and "e-mail" not in page
    answer = buyer.post("/purchase-orders/PO-1/take-back", {"seen": seen(buyer)}, follow=True)
    assert said(answer) == "PO-1 is taken back; it was never sent."
    assert draft.buffer("TEA") == 3 and draft.is_sound()


def test_it_is_sent_at_once_and_says_before_who_hears_of_it(draft, buyer, text):
    purchasing.approve("PO-1", by="ben", now=draft.now)
    page = text(buyer, "/purchase-orders/PO-1/send/ask")
    assert "ACME Ltd gets an e-mail at acme@maker.example." in page and "1 customer gets an e-mail." in page
    assert draft.state("PO-1") == "queued"  # It was a trial.
    answer = buyer.post("/purchase-orders/PO-1/send", {"seen": seen(buyer)}, follow=True)
    assert said(answer) == "PO-1 is on its way to ACME Ltd."
    assert draft.state("PO-1") == "sent"


def test_a_supplier_without_an_address_is_told_by_hand(draft, buyer, text):
    Supplier.objects.update(email="")
    setup.changed()
    answer = buyer.post("/purchase-orders/PO-1/approve", {"seen": seen(buyer)}, follow=True)
    assert "tell them yourself" in said(answer)
    page = text(buyer, "/purchase-orders/PO-1")
    assert "ACME Ltd has no e-mail address." in page and "Send now" not in page
    assert "No e-mail leaves." in text(buyer, "/purchase-orders/PO-1/by-other-means/ask")
    buyer.post("/purchase-orders/PO-1/by-other-means", {"seen": seen(buyer)})
    assert draft.state("PO-1") == "sent"
    assert "not sent: sent by other means than e-mail" in text(buyer, "/purchase-orders/PO-1")


def test_remind_and_bounce(sent, buyer, text):
    assert "They are asked to confirm it" in text(buyer, "/purchase-orders/PO-1/remind/ask")
    buyer.post("/purchase-orders/PO-1/remind", {"seen": seen(buyer)})
    assert Message.objects.filter(kind="reminder").count() == 1
    answer = buyer.post("/purchase-orders/PO-1/bounce", {"seen": seen(buyer), "why": "mailbox full"}, follow=True)
    assert "noted as bounced" in said(answer)
    assert "buyer: mailbox full" in text(buyer, "/purchase-orders/PO-1")
    buyer.post("/purchase-orders/PO-1/send", {"seen": seen(buyer)})
    assert sent.state("PO-1") == "sent"


def test_cancelling_says_who_falls_back_who_falls_behind_and_what_it_costs(sent, buyer, text, log_in):
    payments.pay_supplier("PO-1", 500, key="p", by="ben", now=sent.now)
    sent.wait(days=19)
    page = text(buyer, "/purchase-orders/PO-1/cancel/ask")
    assert "3 units that customers wait for fall back into the buffer. Everybody keeps their place." in page
    assert "3 units that nobody waits for do not come." in page
    assert "1 order is expected later: #SO-1." in page
    assert "1 order falls behind the day its customer was told: #SO-1." in page
    assert "Its £18.00 are not due any more." in page and "£5.00 more is paid than it comes to." in page
    assert "ACME Ltd gets an e-mail" in page and "1 customer gets an e-mail." in page
    assert (sent.state("PO-1") == "sent" and sent.told("SO-1") == ["confirmation", "ordered"]) or sent.told("SO-1")
    answer = buyer.post("/purchase-orders/PO-1/cancel", {"seen": seen(buyer), "why": "too late"}, follow=True)
    assert said(answer) == "PO-1 is cancelled. Every customer&#x27;s order stands."
    assert sent.units("SO-1")[0] == 3 and sent.is_sound()


def test_closing_short(sent, buyer, text):
    sent.receives("PO-1", {"TEA": 2})
    page = text(buyer, "/purchase-orders/PO-1/close-short/ask")
    assert "1 unit that a customer waits for falls back into the buffer." in page
    answer = buyer.post("/purchase-orders/PO-1/close-short", {"seen": seen(buyer), "why": "sold out"}, follow=True)
    assert "nothing more is expected on it" in said(answer)
    assert "Closed short" in text(buyer, "/purchase-orders/PO-1")


def test_what_its_state_does_not_allow_is_said_before_it_is_tried(sent, buyer, text):
    assert "PO-1 is sent, so it cannot be taken back." in text(buyer, "/purchase-orders/PO-1/take-back/ask")
    answer = buyer.post("/purchase-orders/PO-1/take-back", follow=True)
    assert "is sent, so it cannot be taken back" in said(answer)


# Money.


def test_a_payment_is_booked_once_and_a_part_comes_back(sent, buyer, text):
    assert "Still to pay £18.00" in text(buyer, "/purchase-orders/PO-1/pay")
    form = {"seen": seen(buyer), "key": "k1", "amount": "12.50"}
    assert said(buyer.post("/purchase-orders/PO-1/paid", form, follow=True)) == "A payment of £12.50 is booked."
    sent.wait(minutes=1)
    again = buyer.post("/purchase-orders/PO-1/paid", form).content.decode()
    assert "Paid by buyer (1 minute ago)" in again
    page = text(buyer, "/purchase-orders/PO-1")
    assert "Paid £12.50" in page and "Still to pay £5.50" in page
    form = {"seen": seen(buyer), "key": "k2", "amount": "20"}
    wrong = buyer.post("/purchase-orders/PO-1/refunded", form).content.decode()
    assert "Give more than nothing, and at most £12.50." in wrong and 'value="20"' in wrong
    buyer.post("/purchase-orders/PO-1/refunded", form | {"amount": "2.50"})
    assert "Given back £2.50" in text(buyer, "/purchase-orders/PO-1")


@pytest.mark.parametrize("amount", ["", "0", "-3", "1,5", "1.234", "many", "99999999999999"])
def test_no_amount_is_booked_that_is_none(sent, buyer, amount):
    answer = buyer.post("/purchase-orders/PO-1/paid", {"seen": seen(buyer), "key": "k", "amount": amount})
    assert answer.status_code == 200 and 'class="error"' in answer.content.decode()
    assert not PurchaseOrder.objects.get().payments.exists()


# Two people.


def test_whoever_is_second_hears_who_was_faster(draft, buyer, owner):
    looked_at = seen(owner)
    buyer.post("/purchase-orders/PO-1/approve", {"seen": seen(buyer)})
    draft.wait(minutes=2)
    answer = owner.post("/purchase-orders/PO-1/take-back", {"seen": looked_at}, follow=True)
    assert said(answer) == (
        "PO-1 is not what you looked at any more: Approved by buyer (2 minutes ago)."
        " Nothing was done. Look at it again, then decide."
    )
    assert draft.state("PO-1") == "queued"
    owner.post("/purchase-orders/PO-1/take-back", {"seen": seen(owner)})
    assert draft.state("PO-1") == "cancelled"


def test_goods_that_arrived_in_between_count_too(sent, buyer):
    looked_at = seen(buyer)
    sent.receives("PO-1", {"TEA": 2})
    answer = buyer.post("/purchase-orders/PO-1/close-short", {"seen": looked_at}, follow=True)
    assert "2 units received by wendy" in said(answer)
    assert sent.state("PO-1") == "part_received"


def test_a_reminder_stops_nobody_but_another_reminder(sent, buyer):
    looked_at = seen(buyer)
    purchasing.remind("PO-1", by="ben", now=sent.now)
    sent.wait(minutes=1)
    assert "Reminded by ben" in said(buyer.post("/purchase-orders/PO-1/remind", {"seen": looked_at}, follow=True))
    buyer.post("/purchase-orders/PO-1/cancel", {"seen": looked_at})
    assert sent.state("PO-1") == "cancelled"


@pytest.mark.parametrize("nonsense", ["x", "-1", "³", "9" * 40])
def test_a_form_that_says_nothing_sensible_of_what_it_saw_is_held_by_the_state_alone(sent, buyer, nonsense):
    buyer.post("/purchase-orders/PO-1/cancel", {"seen": nonsense})
    assert sent.state("PO-1") == "cancelled"


def test_two_browsers_on_one_order(lasting_shop, opens):
    shop = lasting_shop
    shop.supplier("ACME", Policy(order_weekdays="4", maximum_wait_days=14, approve_above_minor=1))
    shop.sells("TEA")
    shop.order({"TEA": 3})
    purchasing.raise_order("ACME", by="worker", now=shop.now)
    ben, alice = opens("/purchase-orders/PO-1", role=Role.BUYER), opens("/purchase-orders/PO-1", role=Role.OWNER)
    alice.get_by_role("link", name="Take back…").click()
    expect(alice.get_by_role("dialog")).to_contain_text("3 units that customers wait for fall back into the buffer")
    expect(alice.get_by_role("link", name="Keep the order")).to_be_focused()
    ben.get_by_role("button", name="Approve").click()
    expect(ben.get_by_role("status")).to_contain_text("PO-1 is approved. It leaves in 5 minutes.")
    shop.wait(minutes=1)
    alice.get_by_role("button", name="Take it back").click()
    expect(alice.get_by_role("status")).to_contain_text("Approved by buyer (1 minute ago). Nothing was done.")
    expect(alice.get_by_role("heading", level=1)).to_contain_text("Leaves soon")
    ben.keyboard.press("u")
    expect(ben.get_by_role("status")).to_contain_text("PO-1 is held back until somebody approves it.")
