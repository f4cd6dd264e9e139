"""Two people on one thing, to the instant: nothing slips in between looking and doing."""

from __future__ import annotations

import pytest
from django.db import transaction

from onorder.actions import cancellations, orders, purchasing
from onorder.desk.seen import ORDERS, PURCHASE_ORDERS, HappenedSince
from onorder.queries import orders as queries
from onorder.queries.purchase_order import purchase_order


@pytest.fixture
def queued(lasting_shop):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 3})
    purchasing.raise_order("ACME", by="ben", now=lasting_shop.now)
    return lasting_shop


@transaction.atomic(durable=True)
def hold_back_a_moment_too_late(number, *, by, now):
    """Somebody else holds it back and approves it after the form was looked at, just before this takes its locks."""
    purchasing.hold_back.__wrapped__(number, by="ben", now=now)
    purchasing.approve.__wrapped__(number, by="ben", now=now)
    purchasing.hold_back.__wrapped__(number, by=by, now=now)


def test_what_happened_between_the_look_and_the_lock_is_seen(queued):
    looked_at = purchase_order("PO-1", now=queued.now).seen
    with pytest.raises(HappenedSince, match=r"Approved by ben \(0 minutes ago\), Held back by ben"):
        PURCHASE_ORDERS.do(hold_back_a_moment_too_late, "PO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.state("PO-1") == "queued" and queued.events("held_back") == []


def test_what_one_does_oneself_is_no_surprise(queued):
    looked_at = purchase_order("PO-1", now=queued.now).seen
    PURCHASE_ORDERS.do(purchasing.hold_back, "PO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.state("PO-1") == "draft"


def test_without_a_look_the_state_alone_decides(queued):
    purchasing.hold_back("PO-1", by="ben", now=queued.now)
    PURCHASE_ORDERS.do(purchasing.approve, "PO-1", seen=None, by="alice", now=queued.now)
    assert queued.state("PO-1") == "queued"


@transaction.atomic(durable=True)
def cancel_a_moment_too_late(number, *, by, now):
    """Somebody else adds units after the form was looked at, just before this takes its locks; others write a note."""
    orders.note.__wrapped__(number, "calls back", by="ben", now=now)
    orders.add.__wrapped__(number, "TEA", 2, key="k", by="ben", now=now)
    cancellations.cancel.__wrapped__(number, by=by, now=now)


def test_the_same_holds_for_an_order(queued):
    looked_at = queries.one("SO-1", now=queued.now).seen
    with pytest.raises(HappenedSince, match=r"#SO-1 is not what you looked at any more: 2 units added \(ben\)\."):
        ORDERS.do(cancel_a_moment_too_late, "SO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.units("SO-1") == (3, 0, 0, 0)


def test_a_note_stops_nobody(queued):
    looked_at = queries.one("SO-1", now=queued.now).seen
    orders.note("SO-1", "calls back", by="ben", now=queued.now)
    ORDERS.do(cancellations.cancel, "SO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.units("SO-1") == (0, 0, 0, 3)
