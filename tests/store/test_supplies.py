"""The supplier says by a link that a purchase order has left them; nothing there says who waits for it."""

from __future__ import annotations

import pytest
from django.test import Client

from onorder import access
from onorder.actions import amending
from onorder.delivery import mail
from onorder.models import Message, PurchaseOrder, PurchaseOrderLine
from tests.fingerprint import fingerprint
from tests.store.conftest import headline, plain


@pytest.fixture
def sent(shop):
    shop.sells("TEA", supplier_sku="T-77")
    shop.order({"TEA": 3})
    shop.raises()
    return shop


def link():
    key = Message.objects.filter(kind="purchase_order").latest("pk").pk
    (letter,) = mail.compose([key])
    assert "When it has left you, say so here: https://shop.example/s/" in letter.body
    return letter.body.partition("https://shop.example")[2].split()[0]


def test_the_mail_of_a_purchase_order_leads_there_and_it_has_left(sent, client):
    page = plain(client.get(link()))
    assert "3 × Tea T-77" in page and "SO-1" not in page and "Buyer" not in page and "£" not in page
    for _ in range(2):
        answer = client.post(link(), {"on": "2026-03-02", "tracking": "ZX 1"}, follow=True)
    assert "We know that it left you on Mon 2 Mar. ZX 1" in plain(answer)
    (event,) = sent.events("dispatched")
    assert event.by == "supplier"
    assert PurchaseOrderLine.objects.get().tracking == "ZX 1"


@pytest.mark.parametrize("on", ["", "soon", "2026-03-09"])
def test_a_day_that_cannot_be_is_refused(sent, client, on):
    before = fingerprint()
    assert client.post(link(), {"on": on}).status_code == 422
    changed = fingerprint()
    assert {name for name in before if before[name] != changed[name]} <= {"onorder.Guesses"}


def test_when_nothing_is_to_come_there_is_nothing_to_say(sent, client):
    there = link()
    amending.cancel("PO-1", why="", by="ben", now=sent.now)
    page = plain(client.get(there))
    assert "Nothing is still to come on it." in page and "It has left us" not in page
    assert client.post(there, {"on": "2026-03-02"}).status_code == 422
    key = Message.objects.filter(kind="purchase_order").latest("pk").pk
    assert "say so here" not in mail.compose([key])[0].body


def test_a_link_for_something_else_opens_nothing(sent, client):
    key, on = PurchaseOrder.objects.get().pk, sent.now.date()
    for token in (access.token(key, on), access.token(999, on, access.Purpose.SUPPLY), "x.y"):
        answer = client.get(f"/s/{token}")
        assert (answer.status_code, headline(answer)) == (404, "This link does not open anything any more")
    assert client.get(f"/j/{link().rpartition('/')[2]}").status_code == 404
    assert Client(enforce_csrf_checks=True).post(link(), {"on": "2026-03-02"}).status_code == 403


def test_looking_at_the_message_shows_no_link(sent):
    from onorder.queries import messages

    (news,) = messages.news([Message.objects.get(kind="purchase_order").pk])
    assert "/s/" not in mail.preview(news).text
