"""By which way a message goes, when it leaves, and what need not be told any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from onorder.delivery.to_customers import KINDS
from onorder.rules import gathering
from onorder.rules.gathering import AT_ONCE, IN_WRITING, Heard, Reach, Told, channels, heard_again, waits_until
from onorder.rules.lifecycle import Channel, Pace

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TODAY, MORNING = NOW.date(), datetime(2026, 3, 3, 8, tzinfo=UTC)
EMAIL, TEXT = Channel.EMAIL, Channel.TEXT


def until(kind, heard=None, pace=Pace.DAILY):
    return waits_until(kind, pace, heard or Heard(), now=NOW, morning=MORNING, today=TODAY)


@pytest.mark.parametrize("kind", sorted(AT_ONCE))
def test_what_the_law_wants_and_what_somebody_asked_for_waits_for_nothing(kind):
    assert until(kind, Heard(TODAY, MORNING)) is None


def test_every_kind_is_one_that_customers_are_told_of():
    assert set(KINDS) >= AT_ONCE


def test_the_first_of_a_day_leaves_and_the_next_waits_until_the_morning():
    assert until("arrived") == until("arrived", Heard(TODAY - timedelta(days=1))) == NOW
    assert until("arrived", Heard(TODAY)) == MORNING


def test_what_comes_while_something_waits_waits_with_it():
    earlier = MORNING - timedelta(days=1)
    assert until("shipped", Heard(TODAY, MORNING)) == MORNING
    assert until("shipped", Heard(None, earlier)) == earlier


def test_whoever_wants_each_step_at_once_gets_it():
    assert until("shipped", Heard(TODAY, MORNING), Pace.AT_ONCE) is None


def test_what_somebody_has_heard_follows():
    assert heard_again(Heard(), None, NOW, TODAY) == Heard()
    assert heard_again(Heard(), NOW, NOW, TODAY) == Heard(TODAY, NOW)
    assert heard_again(Heard(TODAY), MORNING, NOW, TODAY) == Heard(TODAY, MORNING)


def test_the_morning_is_one_of_the_shop_on_the_day_the_clock_changes_too():
    zone = ZoneInfo("Europe/London")
    assert gathering.morning_after(date(2026, 3, 28), 8, zone).astimezone(UTC).hour == 7
    assert gathering.morning_after(date(2026, 3, 27), 8, zone).astimezone(UTC).hour == 8


@pytest.mark.parametrize(
    ("kind", "reach", "by"),
    [
        ("shipped", Reach(), {EMAIL}),
        ("shipped", Reach(by_text=True, has_number=True), {EMAIL, TEXT}),
        ("shipped", Reach(by_email=False, by_text=True, has_number=True), {TEXT}),
        ("shipped", Reach(by_email=False, by_text=True), {EMAIL}),  # The shop sends no texts (any more).
        ("shipped", Reach(has_address=False), set()),
        ("placed", Reach(has_address=False, by_text=True, has_number=True), {TEXT}),
        ("link", Reach(by_email=False, by_text=True, has_number=True), {EMAIL}),
        *((kind, Reach(by_email=False, by_text=True, has_number=True), {EMAIL, TEXT}) for kind in sorted(IN_WRITING)),
    ],
)
def test_by_which_ways(kind, reach, by):
    assert channels(kind, reach) == by


def told(*happened):
    """(kind, units by line), in the order in which it happened; keys count from 1."""
    return [
        Told(n, n, more.pop("order", "order:1"), kind, units, **more)
        for n, (kind, units, more) in enumerate(happened, 1)
    ]


def overtaken(*happened, waiting=None):
    all_ = told(*((kind, units, dict(*more)) for kind, units, *more in happened))
    return gathering.overtaken([one for one in all_ if waiting is None or one.key in waiting], all_)


def test_what_arrived_and_left_is_told_as_having_left():
    assert overtaken(("arrived", {7: 2}), ("shipped", {7: 2})) == {1: 2}


def test_what_arrived_and_was_packed_and_left_is_told_as_having_left():
    assert overtaken(("arrived", {7: 2}), ("packed", {7: 2})) == {1: 2}
    assert overtaken(("arrived", {7: 2}), ("packed", {7: 2}), ("shipped", {7: 2})) == {1: 3, 2: 3}
    assert overtaken(("packed", {7: 2}), ("cancelled", {7: 2})) == {1: 2}


def test_what_has_not_all_left_is_still_told():
    assert overtaken(("arrived", {7: 2, 8: 1}), ("shipped", {7: 2})) == {}


def test_one_parcel_overtakes_all_that_it_carries_and_no_more():
    arrived, again = ("arrived", {7: 2}), ("arrived", {7: 1})
    assert overtaken(arrived, again, ("shipped", {7: 3})) == {1: 3, 2: 3}
    assert overtaken(arrived, again, ("shipped", {7: 2})) == {1: 3}


def test_a_unit_that_arrived_and_left_counts_once():
    assert overtaken(("ordered", {7: 3}), ("arrived", {7: 2}), ("shipped", {7: 2})) == {2: 3}
    assert overtaken(("ordered", {7: 3}), ("arrived", {7: 2}), ("shipped", {7: 2}), ("cancelled", {7: 1})) == {
        1: 4,
        2: 4,
    }


def test_what_is_late_or_cancelled_was_told_already():
    assert overtaken(("ordered", {7: 1}), ("delayed", {7: 1}), waiting={1}) == {1: 2}
    assert overtaken(("arrived", {7: 1}), ("cancelled", {7: 1}), waiting={1}) == {1: 2}
    assert overtaken(("arrived", {7: 1}), ("delayed", {7: 1}), waiting={1}) == {}


def test_what_was_swapped_is_not_told_as_arrived():
    assert overtaken(("arrived", {7: 1}), ("swapped", {9: 1}, {"gone": {7: 1}}), waiting={1}) == {1: 2}


def test_another_order_or_another_way_overtakes_nothing():
    assert overtaken(("arrived", {7: 1}), ("shipped", {7: 1}, {"order": "order:2"})) == {}


def test_what_happened_before_overtakes_nothing():
    assert overtaken(("shipped", {7: 1}), ("arrived", {7: 1})) == {}


def test_a_sign_of_life_is_overtaken_by_anything_about_the_order():
    assert overtaken(("heartbeat", {7: 1}), ("ordered", {8: 1})) == {1: 2}


def test_that_goods_came_back_is_overtaken_by_what_was_decided_about_them():
    back, other = {"back": "R-1"}, {"back": "R-2"}
    assert overtaken(("return_received", {7: 1}, back), ("returned", {7: 1}, back)) == {1: 2}
    assert overtaken(("return_received", {7: 1}, back), ("returned", {7: 1}, other)) == {}


def test_a_parcel_is_always_told():
    assert overtaken(("shipped", {7: 1}), ("cancelled", {7: 1})) == {}
