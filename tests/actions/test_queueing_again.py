"""Messages that failed for good are queued again, unless events have overtaken them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions import amending, messages, purchasing
from onorder.actions.messages import Again, Overtaken
from onorder.delivery import outbox
from onorder.delivery.outbox import Delivered
from onorder.errors import NotFound, WrongState
from onorder.models import Message, PurchaseOrder
from onorder.queries.outbox import outbox as listed
from onorder.rules.lifecycle import MessageState

BEN = {"by": "ben"}


class Refuses:
    """A mail server's connection that refuses every message for good, until it is told not to."""

    def __init__(self):
        self.refuses = True
        self.accepted = []

    def open(self):
        pass

    def close(self):
        pass

    def send_messages(self, mails):
        if self.refuses:
            raise ValueError("no such mailbox")
        self.accepted += mails


@pytest.fixture
def wire():
    return Refuses()


@pytest.fixture
def failed(shop, wire):
    """Two customers and a supplier could not be told; PO-1 is shown as bounced."""
    shop.sells("TEA")
    shop.order({"TEA": 1})
    shop.order({"TEA": 2})
    shop.raises()
    assert outbox.deliver(shop.now, connection=wire) == Delivered(failed=5)
    assert shop.state("PO-1") == "bounced"
    wire.refuses = False
    shop.wait(hours=3)
    return shop


def keys(**of):
    return list(Message.objects.filter(**of).order_by("pk").values_list("pk", flat=True))


def test_everything_that_failed_leaves_after_all(failed, wire):
    done = messages.queue_again(**BEN, now=failed.now)
    assert done == Again(tuple(keys()))
    assert set(Message.objects.values_list("state", "attempts", "due_at")) == {("queued", 0, failed.now)}
    assert outbox.deliver(failed.now, connection=wire) == Delivered(sent=5)
    assert sorted(mail.to[0] for mail in wire.accepted).count("ACME Ltd <acme@maker.example>") == 1
    assert messages.queue_again(**BEN, now=failed.now) == Again(())
    assert failed.is_sound()


def test_a_purchase_order_that_bounced_counts_as_sent_again(failed):
    (key,) = keys(kind="purchase_order")
    messages.queue_again([key], **BEN, now=failed.now)
    order = PurchaseOrder.objects.get()
    assert (order.state, order.sent_at) == ("sent", failed.now)
    with pytest.raises(WrongState):
        purchasing.send("PO-1", **BEN, now=failed.now)


def test_only_what_is_named(failed):
    first, second = keys(kind="placed")
    messages.queue_again([first], **BEN, now=failed.now)
    assert keys(state="queued") == [first]
    assert second in keys(state="failed")
    assert failed.state("PO-1") == "bounced"


def test_the_event_says_who_and_names_no_address(failed):
    (key,) = keys(kind="purchase_order")
    message = Message.objects.select_related("event").get(pk=key)
    messages.queue_again([key], **BEN, now=failed.now)
    (event,) = failed.events("queued_again")
    assert (event.by, event.at, event.subject, event.why) == ("ben", failed.now, message.event.subject, "")
    assert event.data == {"message": key, "kind": "purchase_order", "attempts": 1}


def test_it_may_fail_again_and_bounces_again(failed, wire):
    wire.refuses = True
    messages.queue_again(**BEN, now=failed.now)
    assert outbox.deliver(failed.now, connection=wire) == Delivered(failed=5)
    assert failed.state("PO-1") == "bounced"
    assert len(messages.queue_again(**BEN, now=failed.now).queued) == 5


@pytest.mark.parametrize("state", ["queued", "sent", "suppressed"])
def test_what_did_not_fail_is_left_as_it_is(failed, state):
    (key,) = keys(kind="purchase_order")
    Message.objects.filter(pk=key).update(state=state)
    with pytest.raises(WrongState, match=f"Message {key} is {state}, so it cannot be queued again"):
        messages.queue_again([key], **BEN, now=failed.now)
    assert key not in messages.queue_again(**BEN, now=failed.now).queued
    assert Message.objects.get(pk=key).state == state
    assert failed.state("PO-1") == "bounced"


def test_all_that_are_named_or_none(failed):
    first, second = keys(kind="placed")
    Message.objects.filter(pk=second).update(state="sent")
    for strangers, refusal in (([first, second], WrongState), ([first, 10**9], NotFound)):
        with pytest.raises(refusal):
            messages.queue_again(strangers, **BEN, now=failed.now)
        assert first in keys(state="failed")
    assert failed.events("queued_again") == []


def sent_again(shop):
    purchasing.send("PO-1", **BEN, now=shop.now)


def sent_again_and_bounced_again(shop):
    sent_again(shop)
    purchasing.bounce("PO-1", why="", **BEN, now=shop.now)


def told_by_other_means(shop):
    purchasing.send("PO-1", by_other_means=True, **BEN, now=shop.now)


def called_off(shop):
    amending.cancel("PO-1", why="", **BEN, now=shop.now)


def arrived_after_all(shop):
    shop.receives("PO-1", {"TEA": 1})


@pytest.mark.parametrize(
    "happens", [sent_again, sent_again_and_bounced_again, told_by_other_means, called_off, arrived_after_all]
)
def test_a_purchase_order_is_not_sent_twice(failed, happens):
    (key,) = keys(kind="purchase_order")
    happens(failed)
    state = failed.state("PO-1")
    with pytest.raises(Overtaken) as refusal:
        messages.queue_again([key], **BEN, now=failed.now)
    assert refusal.value.data == {"message": key, "number": "PO-1"}
    done = messages.queue_again(**BEN, now=failed.now)
    assert (len(done.queued), done.overtaken) == (4, (key,))
    assert Message.objects.get(pk=key).state == "failed"
    assert failed.state("PO-1") == state


def test_of_two_that_bounced_only_the_last_goes_again(failed, wire):
    sent_again(failed)
    wire.refuses = True
    assert outbox.deliver(failed.now, connection=wire).failed == 1
    first, last = keys(kind="purchase_order")
    done = messages.queue_again(**BEN, now=failed.now)
    assert last in done.queued
    assert done.overtaken == (first,)


def test_nobody_is_asked_for_an_answer_that_came(shop, wire):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    shop.raises()
    wire.refuses = False
    outbox.deliver(shop.now, connection=wire)
    purchasing.remind("PO-1", **BEN, now=shop.now)
    wire.refuses = True
    assert outbox.deliver(shop.now, connection=wire) == Delivered(failed=1)
    (key,) = keys(kind="reminder")
    shop.answers("PO-1")
    assert messages.queue_again(**BEN, now=shop.now) == Again((), (key,))


def test_as_many_statements_for_many_as_for_few(failed):
    found = []
    for few in (keys(kind="placed")[:1] + keys(kind="purchase_order"), None):
        with CaptureQueriesContext(connection) as queries:
            messages.queue_again(few, **BEN, now=failed.now)
        found.append(len(queries))
        Message.objects.update(state="failed")
        PurchaseOrder.objects.update(state="bounced")
    assert found[0] == found[1] <= 10


def test_the_list_names_nobody(failed):
    rows = listed()
    assert [row.id for row in rows] == keys()[::-1]
    assert {(row.kind, row.about, row.to) for row in rows} == {
        ("placed", "SO-1", "customer"),
        ("placed", "SO-2", "customer"),
        ("ordered", "SO-1", "customer"),
        ("ordered", "SO-2", "customer"),
        ("purchase_order", "PO-1", "supplier"),
    }
    assert {(row.state, row.due_at, row.attempts, row.note) for row in rows} == {
        ("failed", None, 1, "ValueError: no such mailbox")
    }
    assert "example" not in repr(rows)


def test_the_list_can_be_narrowed(failed):
    first, *_ = keys()
    messages.queue_again([first], **BEN, now=failed.now)
    (row,) = listed(states=[MessageState.QUEUED])
    assert (row.id, row.due_at) == (first, failed.now)
    assert first not in [row.id for row in listed(states=[MessageState.FAILED])]
    assert [row.id for row in listed(keys=[first])] == [first]
    assert len(listed(limit=2)) == 2
    with CaptureQueriesContext(connection) as queries:
        listed()
    assert len(queries) == 3
