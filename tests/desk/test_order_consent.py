"""The order's page says what its customer was asked; who has them on the telephone notes what they say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from onorder.actions import orders, payments
from onorder.desk.rights import Role
from onorder.models import DelayNotice, Order, Shop
from onorder.queries import today
from onorder.queries.today import Kind
from onorder.queue import setup as settings


@pytest.fixture
def support(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def late(shop):
    """By the law of the Union, the customer of SO-1 is asked whether they wait a month longer for two of TEA."""
    Shop.objects.update(jurisdiction="EU")
    settings.changed()
    shop.sells("TEA")
    shop.order({"TEA": 2})
    payments.capture("SO-1", 1_000, key="paid", by="psp", now=shop.now)
    shop.was = shop.line("SO-1", "TEA").promised_on
    orders.promise_anew("SO-1", "TEA", shop.was + timedelta(30), why="A flood.", by="dora", now=shop.now)
    return shop


def day(on):
    return f"{on:%a} {on.day} {on:%b}"


def test_it_says_what_they_were_told_and_what_silence_means(late, support, text):
    page = text(support, "/orders/SO-1")
    assert f"that it ships by {day(late.was + timedelta(30))}, not by {day(late.was)}." in page
    assert f"If they say nothing by {day(late.was + timedelta(14))}, it is cancelled and refunded" in page
    assert "They agree to wait" in page and "They do not wait: cancel and refund" in page


def test_they_agree(late, support, text):
    assert support.post("/orders/SO-1/wait/do").status_code == 302
    assert DelayNotice.objects.get().reply == "kept"
    page = text(support, "/orders/SO-1")
    assert f"they agreed to wait until {day(late.was + timedelta(30))}." in page
    assert "They agree to wait" not in page
    assert "Its customer agreed to wait" in page


def test_before_they_do_not_it_says_in_numbers_what_that_does(late, support, text):
    page = text(support, "/orders/SO-1/not-wait")
    assert "2 units are cancelled." in page and "£10.00 goes back to its customer." in page
    assert late.units("SO-1") == (2, 0, 0, 0)


def test_they_do_not(late, support, text):
    asked = support.get("/orders/SO-1/not-wait").content.decode()
    sent = dict(re.findall(r'name="(last|key)" value="([^"]+)"', asked))
    assert support.post("/orders/SO-1/not-wait/do", sent).status_code == 302
    assert late.units("SO-1") == (0, 0, 0, 2)
    assert Order.objects.get().refunded_minor == 1_000
    page = text(support, "/orders/SO-1")
    assert "2 units cancelled, £10.00 given back." in page.replace("#SO-1: ", "")
    assert "They did not wait: cancelled and refunded" in page
    assert "They do not wait" not in page


def test_who_looked_before_something_happened_is_told(late, support):
    asked = support.get("/orders/SO-1/not-wait").content.decode()
    sent = dict(re.findall(r'name="(last|key)" value="([^"]+)"', asked))
    orders.add("SO-1", "TEA", 1, key="more", by="bob", now=late.now)
    answer = support.post("/orders/SO-1/not-wait/do", sent).content.decode()
    assert "not what you looked at any more" in answer
    assert late.units("SO-1", "TEA")[0] == 3


def test_whoever_may_not_refund_is_not_offered_it(late, log_in, text):
    page = text(log_in(Role.WAREHOUSE), "/orders/SO-1")
    assert "Late: what its customer was asked" in page
    assert "They do not wait" not in page and "They agree to wait" not in page


def test_silence_is_told_as_such(late, support, text):
    from onorder.working import work

    late.wait(days=90)
    work(late.now, deliver=False)
    assert "Nobody agreed to wait: cancelled and refunded" in text(support, "/orders/SO-1")
    assert "2 units cancelled: late, and nobody agreed to wait" in text(support, "/orders/SO-1")


def test_today_names_what_lapses_within_two_days(late, support, text):
    late.now = late.now.replace(month=late.was.month, day=late.was.day) + timedelta(days=11)
    assert Kind.LAPSING not in {task.kind for task in today.tasks(now=late.now)}
    late.wait(days=1)
    (task,) = [task for task in today.tasks(now=late.now) if task.kind == Kind.LAPSING]
    assert (task.subject, task.at) == ("SO-1", late.was + timedelta(14))
    assert "its customer has not answered: it is cancelled and refunded after" in text(support, "/")


def test_without_a_law_nothing_is_asked_nor_shown(shop, support, text):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    assert "what its customer was asked" not in text(support, "/orders/SO-1")
