"""Whoever lost the link gets it by mail, and nobody learns from asking which orders there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions.messages import send_link
from onorder.delivery import mail
from onorder.models import Customer, Event, Guesses, Message
from tests.store.conftest import headline, plain


@pytest.fixture
def ordered(shop):
    shop.sells("MUG")
    shop.order({"MUG": 1})
    return shop


def asks(client, number="SO-1", email="so-1@mail.example", **more):
    return client.post("/find", {"number": number, "email": email}, **more)


def links():
    return Message.objects.filter(kind="link").count()


def test_the_link_goes_to_the_address_that_we_have(ordered, client):
    answer = asks(client, "#SO-1", " SO-1@Mail.Example ")
    assert headline(answer) == "If we know it, we have sent you the link"
    (message,) = Message.objects.filter(kind="link")
    (sent,) = mail.compose([message.pk])
    assert "so-1@mail.example" in sent.to[0]
    url = sent.body.partition("https://shop.example")[2].split()[0]
    assert "Order SO-1" in plain(client.get(url))


@pytest.mark.parametrize(
    ("number", "email"), [("SO-9", "so-1@mail.example"), ("SO-1", "eve@mail.example"), ("SO-1", "so-2@mail.example")]
)
def test_unknown_is_answered_as_known_is_and_as_much_is_written(ordered, client, number, email):
    ordered.order({"MUG": 1})
    pages, work = [], []
    for asked in (("SO-1", "so-1@mail.example"), (number, email)):
        before = Event.objects.count()
        with CaptureQueriesContext(connection) as captured:
            answer = asks(client, *asked)
        pages.append((answer.status_code, answer.content, [*answer.headers]))
        work.append((Event.objects.count() - before, len(captured)))
    assert pages[0] == pages[1]
    assert work[0][0] == work[1][0] == 1
    assert work[0][1] == work[1][1]
    assert links() == 1
    assert not Event.objects.filter(data__icontains="eve").exists()


def test_nobody_gets_it_who_has_no_address(ordered, client):
    Customer.objects.update(email="")
    assert asks(client, email="x@mail.example").status_code == 200
    assert links() == 0
    assert send_link("SO-1", "", by="customer", now=ordered.now) is False


def test_an_order_gets_its_link_once_in_ten_minutes(ordered, client):
    for wait in (0, 9, 2):
        ordered.wait(minutes=wait)
        asks(client)
    assert links() == 2
    assert Event.objects.filter(kind="link_sought").count() == 1


def test_who_asks_often_waits_known_or_not(ordered, client):
    for number in ("SO-1", "SO-9"):
        answers = [asks(client, number, REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(5)]
        assert answers == [200, 200, 200, 200, 429], number
    ordered.wait(minutes=2)
    assert asks(client).status_code == 200


def test_who_tries_many_numbers_waits_too_and_others_do_not(ordered, client):
    answers = [asks(client, f"SO-{n}", REMOTE_ADDR="192.0.2.7").status_code for n in range(10, 31)]
    assert answers == [200] * 20 + [429]
    assert "Ask again in 1 minute." in plain(asks(client, "SO-99", REMOTE_ADDR="192.0.2.7"))
    assert asks(client, REMOTE_ADDR="192.0.2.8").status_code == 200
    assert not Guesses.objects.filter(key__contains="SO-").exists()


def test_a_number_is_counted_however_it_is_written(ordered, client):
    answers = [asks(client, number, REMOTE_ADDR=f"192.0.2.{n}").status_code for n, number in
               enumerate(["so-1", " SO-1", "#SO-1", "ＳＯ-1", "So-1"])]  # fmt: skip
    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("number", "email"), [("", "a@b.example"), ("x" * 65, "a@b.example"), ("SO-1", "nobody"), ("SO-1", "")]
)
def test_what_cannot_be_is_said_and_not_counted(ordered, client, number, email):
    assert asks(client, number, email).status_code == 422
    assert not Guesses.objects.exists()


def test_a_link_that_was_just_sent_is_not_counted_for_another_order(ordered, client):
    ordered.order({"MUG": 1})
    asks(client)
    asks(client, "SO-2", "so-2@mail.example")
    assert links() == 2
    assert ordered.now - timedelta(minutes=10) < Event.objects.filter(kind="link").latest("pk").at
