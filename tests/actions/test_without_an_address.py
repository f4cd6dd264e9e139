"""A supplier without an e-mail address: nobody is taken to be told who was not."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder import working
from onorder.actions import amending, purchasing
from onorder.actions.purchasing import WithoutAddress
from onorder.delivery import outbox
from onorder.models import Message, Supplier
from onorder.queries import due
from onorder.queries.today import Kind, tasks

BEN = {"by": "ben"}


@pytest.fixture
def shy(shop):
    """Two customers wait; each of two suppliers gets a purchase order, and SHY (PO-1) has no e-mail address."""
    shop.supplier("SHY", email="")
    shop.sells("BOX", supplier="SHY")
    shop.sells("TEA")
    shop.order({"BOX": 2})
    shop.order({"TEA": 1})
    for supplier in ("SHY", "ACME"):
        purchasing.raise_order(supplier, by="ben", now=shop.now)
    return shop


def to_supplier():
    return list(Message.objects.exclude(supplier=None).order_by("pk").values_list("kind", "state", "note"))


def test_it_is_not_sent_by_nobody(shy):
    with pytest.raises(WithoutAddress) as refusal:
        purchasing.send("PO-1", **BEN, now=shy.now)
    assert refusal.value.data == {"supplier": "SHY", "number": "PO-1"}
    assert "onorder send PO-1 --by-other-means" in str(refusal.value)
    assert (shy.state("PO-1"), to_supplier(), shy.told("SO-1")) == ("queued", [], ["placed"])


def test_whoever_has_told_the_supplier_says_so(shy):
    purchasing.send("PO-1", by_other_means=True, **BEN, now=shy.now)
    assert shy.state("PO-1") == "sent"
    assert to_supplier() == [("purchase_order", "suppressed", "sent by other means than e-mail")]
    assert [(event.by, event.why) for event in shy.events("purchase_order")] == [
        ("ben", "sent by other means than e-mail")
    ]
    assert shy.told("SO-1") == ["placed", "ordered"]
    assert shy.is_sound()


def test_a_supplier_with_an_address_can_be_told_by_other_means_too_and_gets_no_mail(shy):
    purchasing.send("PO-2", by_other_means=True, **BEN, now=shy.now)
    assert to_supplier() == [("purchase_order", "suppressed", "sent by other means than e-mail")]


def test_an_address_is_all_that_was_missing(shy):
    Supplier.objects.filter(code="SHY").update(email="box@maker.example")
    assert due.without_address(shy.now) == []
    purchasing.send("PO-1", **BEN, now=shy.now)
    assert to_supplier() == [("purchase_order", "queued", "")]


def test_what_is_said_of_it_later_is_noted_as_unsaid(shy):
    purchasing.send("PO-1", by_other_means=True, **BEN, now=shy.now)
    amending.amend("PO-1", {"BOX": 3}, why="", **BEN, now=shy.now)
    purchasing.remind("PO-1", **BEN, now=shy.now)
    amending.cancel("PO-1", why="", **BEN, now=shy.now)
    assert to_supplier()[1:] == [
        (kind, "suppressed", "no e-mail address") for kind in ("amendment", "reminder", "cancellation")
    ]


def test_the_worker_sends_the_others_and_leaves_it_to_a_person(shy):
    first = working.work(shy.now, deliver=False)
    assert (first.sent, first.without_address) == (1, ("PO-1",))
    assert (shy.state("PO-1"), shy.state("PO-2")) == ("queued", "sent")
    again = working.work(shy.now, deliver=False)
    assert again.is_idle
    assert again.without_address == ("PO-1",)
    purchasing.send("PO-1", by_other_means=True, **BEN, now=shy.now)
    assert working.work(shy.now, deliver=False).without_address == ()


def test_an_address_that_is_taken_away_at_the_last_moment_stops_nothing_else(shy, monkeypatch):
    monkeypatch.setattr(due, "purchase_orders_to_send", lambda _now: ["PO-1", "PO-2"])
    done = working.work(shy.now, deliver=False)
    assert (done.sent, done.without_address) == (1, ("PO-1",))
    assert (shy.state("PO-1"), shy.state("PO-2")) == ("queued", "sent")


def test_it_is_listed_from_the_day_it_should_have_left(shy):
    assert due.purchase_orders_to_send(shy.now) == ["PO-2"]
    assert due.without_address(shy.now) == ["PO-1"]
    assert due.without_address(shy.now - timedelta(seconds=1)) == []
    assert [task.kind for task in tasks(now=shy.now)] == [Kind.BY_HAND]
    with CaptureQueriesContext(connection) as queries:
        due.without_address(shy.now)
    assert len(queries) == 1


def test_a_worker_that_runs_for_long_says_so_once(shy, monkeypatch, caplog):
    stop, rounds = threading.Event(), iter(range(3))
    monkeypatch.setattr(working.timezone, "now", lambda: shy.now)
    monkeypatch.setattr(working, "close_old_connections", lambda: next(rounds, None) is None and stop.set())
    monkeypatch.setattr(outbox, "deliver", lambda _now: outbox.Delivered())
    working.run_worker(stop, between=timedelta(0))
    said = [record.message for record in caplog.records if "PO-1" in record.message]
    assert said == ["left to a person, for want of their supplier's address: PO-1"]
