"""A customer says that a parcel has come, or that it has not; and what their mails about it lead to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from onorder.actions import deliveries
from onorder.delivery import mail
from onorder.models import Event, Message, Shipment
from tests.store.conftest import headline, plain


@pytest.fixture
def out(shop):
    shop.sells("MUG", here=5)
    shop.order({"MUG": 2})
    shop.order({"MUG": 1})
    shop.parcel, shop.other = (one.number for one in shop.ships("SO-1", "SO-2"))
    return shop


def test_it_is_here(out, client, link):
    page = plain(client.get(link()))
    assert "It is here" in page and "It has not come" not in page
    answer = client.post(f"{link()}/came/{out.parcel}", follow=True)
    assert "Thank you for telling us." in plain(answer)
    page = plain(client.get(link()))
    assert "With you since Mon 2 Mar" in page and "All of it is with you." in page and "It is here" not in page
    client.post(f"{link()}/came/{out.parcel}")
    (event,) = Event.objects.filter(kind="delivered")
    assert event.by == "customer"
    assert Message.objects.get(kind="delivered").state == "suppressed"


def test_it_has_not_come(out, client, link):
    where = f"{link()}/missing/{out.parcel}"
    assert client.get(where).status_code == client.post(where).status_code == 302  # Its day has not gone by.
    assert not Event.objects.filter(kind="missing").exists()
    out.wait(days=5)
    where = f"{link()}/missing/{out.parcel}"
    assert where in client.get(link()).content.decode()
    page = plain(client.get(where))
    assert "The parcel with 2 × Mug should be with you by now." in page
    for _ in range(2):
        answer = client.post(where, {"words": "Not with the neighbours."}, follow=True)
        assert headline(answer) == "We look for your parcel"
    (event,) = Event.objects.filter(kind="missing")
    assert (event.why, event.by) == ("Not with the neighbours.", "customer")
    assert "A person looks for it" in plain(client.get(link()))
    client.post(f"{link()}/came/{out.parcel}")
    assert Shipment.objects.get(number=out.parcel).missing_at is None


def test_whoever_was_told_that_it_came_may_say_that_it_did_not(out, client, link):
    deliveries.deliver([deliveries.Delivery(out.parcel, out.now)], by="carrier", now=out.now)
    client.post(f"{link()}/missing/{out.parcel}")
    assert Shipment.objects.get(number=out.parcel).missing_at


@pytest.mark.parametrize("step", ["came", "missing"])
def test_nobody_says_it_of_anothers_parcel(out, client, link, step):
    out.wait(days=5)
    for parcel in (out.other, "SH-999"):
        assert client.post(f"{link()}/{step}/{parcel}")["Location"] == link()
    assert client.post(f"/j/x.y/{step}/{out.parcel}").status_code == 404
    assert not Event.objects.filter(kind__in=["delivered", "missing"]).exists()
    assert Client(enforce_csrf_checks=True).post(f"{link()}/{step}/{out.parcel}").status_code == 403


# What mails of a return lead to.


def leads(kind):
    (sent,) = mail.compose([Message.objects.get(kind=kind).pk])
    return sent.body.partition("https://shop.example")[2].split()[0], sent.body


def test_the_mail_of_a_return_leads_to_its_label(out, client):
    back = out.asks_back("SO-1", {"MUG": 1})
    where, body = leads("return_requested")
    assert "Print the label: https://" in body and "The label has the number" in body
    page = plain(client.get(where))
    assert "Now send it to us" in page and back in page
    out.gets_back(back)
    where, body = leads("return_received")
    assert "See your return: https://" in body
    assert "1 thing is back with us." in plain(client.get(where))


def test_a_delivered_parcel_can_be_sent_back_by_its_mail(out, client):
    out.wait(days=1)
    deliveries.deliver([deliveries.Delivery(out.parcel, out.now)], by="carrier", now=out.now)
    where, _body = leads("delivered")
    assert headline(client.get(where)) == "Send something back"


def test_a_mail_written_twice_is_the_same(out):
    deliveries.deliver([deliveries.Delivery(out.parcel, out.now)], by="carrier", now=out.now)
    key = Message.objects.get(kind="delivered").pk
    first = mail.compose([key])[0]
    out.wait(days=1)
    deliveries.deliver([deliveries.Delivery(out.other, out.now + timedelta(0))], by="carrier", now=out.now)
    assert mail.compose([key])[0].body == first.body
