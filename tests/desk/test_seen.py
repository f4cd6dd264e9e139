"""Two people on one purchase order, to the instant: nothing slips in between looking and doing."""

from __future__ import annotations

import pytest
from django.db import transaction

from onorder.actions import purchasing
from onorder.desk.seen import HappenedSince, do
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
        do(hold_back_a_moment_too_late, "PO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.state("PO-1") == "queued" and queued.events("held_back") == []


def test_what_one_does_oneself_is_no_surprise(queued):
    looked_at = purchase_order("PO-1", now=queued.now).seen
    do(purchasing.hold_back, "PO-1", seen=looked_at, by="alice", now=queued.now)
    assert queued.state("PO-1") == "draft"


def test_without_a_look_the_state_alone_decides(queued):
    purchasing.hold_back("PO-1", by="ben", now=queued.now)
    do(purchasing.approve, "PO-1", seen=None, by="alice", now=queued.now)
    assert queued.state("PO-1") == "queued"
