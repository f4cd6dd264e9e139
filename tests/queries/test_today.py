"""Today: everything that needs a person, and nothing that does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions import learning, payments, purchasing
from onorder.actions.suppliers import Policy
from onorder.models import Message
from onorder.queries import today
from onorder.queries.today import Kind


def kinds(shop):
    return {task.kind: task for task in today.tasks(now=shop.now)}


@pytest.fixture
def tea(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    return shop


def test_an_empty_shop_needs_nobody(shop):
    assert today.tasks(now=shop.now) == []
    assert today.units_waiting() == 0
    assert today.month() is None


def test_a_purchase_order_to_approve(shop):
    shop.supplier("ACME", Policy(order_weekdays="4", maximum_wait_days=14, sends_itself=False))
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.wait(days=5)
    number = shop.fires().number
    task = kinds(shop)[Kind.APPROVE]
    assert (task.subject, task.name, task.n) == (number, "ACME Ltd", 3)


def test_one_that_did_not_get_there(tea):
    number = tea.raises()
    purchasing.bounce(number, why="no such mailbox", by="worker", now=tea.now)
    assert kinds(tea)[Kind.BOUNCED].subject == number


def test_one_whose_supplier_has_no_address(shop):
    shop.supplier("MOSS", email="")
    shop.sells("SOAP", supplier="MOSS")
    shop.order({"SOAP": 3})
    number = purchasing.raise_order("MOSS", by="ben", now=shop.now).number
    assert kinds(shop)[Kind.BY_HAND].subject == number


def test_one_without_an_answer_once_the_supplier_was_reminded(tea):
    number = tea.raises()
    assert Kind.UNANSWERED not in kinds(tea)
    tea.wait(days=3)
    purchasing.remind(number, by="worker", now=tea.now)
    assert kinds(tea)[Kind.UNANSWERED].subject == number
    tea.answers(number)
    assert Kind.UNANSWERED not in kinds(tea)


def test_a_delivery_on_its_day_and_after_it(tea):
    number = tea.raises()
    arrives = (tea.now + timedelta(days=7)).date()
    tea.answers(number, on=arrives)
    assert not kinds(tea).keys() & {Kind.ARRIVES, Kind.OVERDUE}
    tea.wait(days=7)
    assert (kinds(tea)[Kind.ARRIVES].subject, kinds(tea)[Kind.ARRIVES].n) == (number, 3)
    tea.wait(days=1)
    assert kinds(tea)[Kind.OVERDUE].at == arrives
    tea.receives(number, {"TEA": 3})
    assert kinds(tea).keys() == {Kind.PARCELS}


def test_customers_whose_day_has_passed(tea):
    told = tea.line("SO-1", "TEA").promised_on
    tea.raises()
    tea.wait(days=(told - tea.now.date()).days)
    assert Kind.BEHIND not in kinds(tea)
    tea.wait(days=1)
    assert (kinds(tea)[Kind.BEHIND].n, kinds(tea)[Kind.BEHIND].at) == (3, told)


def test_a_deadline_today_and_a_buffer_whose_promises_are_at_risk(tea):
    assert not kinds(tea).keys() & {Kind.DEADLINE, Kind.AT_RISK}
    tea.wait(days=4)  # Friday.
    assert kinds(tea)[Kind.DEADLINE].n == 1
    purchasing.hold("ACME", until=tea.now + timedelta(days=30), why="", by="ben", now=tea.now)
    assert Kind.DEADLINE not in kinds(tea)
    tea.wait(days=17)
    assert kinds(tea)[Kind.AT_RISK].n == 1


def test_what_nobody_will_ever_order(shop):
    shop.sells("ODD", supplier=None)
    shop.counts("ODD", 2)
    shop.order({"ODD": 2})
    assert Kind.NO_SUPPLIER not in kinds(shop)
    shop.counts("ODD", 0)
    task = kinds(shop)[Kind.NO_SUPPLIER]
    assert (task.name, task.n) == ("ODD", 2)


def test_a_message_that_did_not_get_through(tea):
    Message.objects.update(state="failed")
    assert kinds(tea)[Kind.FAILED].n == 1


def test_the_month_is_what_was_summed_up_last(tea):
    number = tea.raises()
    tea.wait(days=7)
    tea.receives(number, {"TEA": 3})
    tea.ships("SO-1")
    tea.wait(days=60)
    learning.sum_up(by="worker", now=tea.now)
    assert today.month().kept_share is None
    promised = tea.line("SO-1", "TEA").promised_on
    tea.wait(days=(promised - tea.now.date()).days + 1)
    learning.sum_up(by="worker", now=tea.now)
    month = today.month()
    assert (month.promises, month.kept, month.median_wait_days) == (1, 1, 7.0)


def test_a_promise_that_was_missed_and_one_from_the_shelf(shop):
    shop.sells("TEA")
    shop.sells("MUG", here=1)
    shop.order({"TEA": 1, "MUG": 1})
    shop.ships("SO-1")
    shop.wait(days=(shop.line("SO-1", "TEA").promised_on - shop.now.date()).days + 1)
    learning.sum_up(by="worker", now=shop.now)
    month = today.month()
    assert (month.promises, month.kept, month.median_wait_days) == (1, 0, None)


def test_cash_ahead_of_suppliers(tea):
    assert not today.cash().is_booked
    number = tea.raises()
    payments.capture("SO-1", 1_500, key="p", by="dora", now=tea.now)
    payments.pay_supplier(number, 400, key="s", by="ben", now=tea.now)
    cash = today.cash()
    assert cash.held_minor == 1_500
    tea.receives(number, {"TEA": 2})
    tea.ships("SO-1")  # Two of three: what was paid for them is earned.
    payments.capture("SO-1", 5_000, key="more", by="dora", now=tea.now)
    assert today.cash().held_minor == 500
    assert (cash.held_minor, cash.paid_minor, cash.ahead_minor, cash.is_booked) == (1_500, 400, 1_100, True)


def test_as_many_statements_for_many_as_for_few(tea):
    today.tasks(now=tea.now)
    with CaptureQueriesContext(connection) as few:
        today.tasks(now=tea.now)
    for _ in range(30):
        tea.order({"TEA": 1})
    with CaptureQueriesContext(connection) as many:
        today.tasks(now=tea.now)
    assert len(many) == len(few) <= 24
