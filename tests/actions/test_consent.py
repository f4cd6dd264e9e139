"""Whoever is told a later day is asked, where a law wants it; what silence ends is cancelled and refunded by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder import working
from onorder.actions import cancellations, consent, orders, payments
from onorder.actions.answers import Said
from onorder.errors import NotFound
from onorder.ledger import money
from onorder.models import DelayNotice, Message, Order, Payment, Shop, Supplier
from onorder.queue import setup as settings
from onorder.rules.consent import Reply

PAID = 1_000


def follows(code):
    Shop.objects.update(jurisdiction=code)
    settings.changed()


def opened(shop, law):
    """SO-1 bought two of TEA, paid for them, and waits; PO-1 brings them."""
    follows(law)
    shop.sells("TEA")
    shop.order({"TEA": 2})
    payments.capture("SO-1", PAID, key="paid", by="psp", now=shop.now)
    shop.purchase_order = shop.raises()
    return shop


@pytest.fixture
def american(shop):
    return opened(shop, "US")


@pytest.fixture
def european(shop):
    return opened(shop, "EU")


def promised(shop):
    return shop.line("SO-1", "TEA").promised_on


def late(shop, days):
    """The supplier names a day so many days after the one that was promised; the customer's new day."""
    shop.answers(shop.purchase_order, on=promised(shop) + timedelta(days=days))
    return shop.line("SO-1", "TEA").told_on


def works(shop, on=None):
    if on:
        shop.now = shop.now.replace(year=on.year, month=on.month, day=on.day)
    return working.work(shop.now, deliver=False)


def reply(shop, what, key="answer", **more):
    return consent.answer("SO-1", what, key=key, by="storefront", now=shop.now, **more)


def notices():
    return list(DelayNotice.objects.order_by("line", "number"))


def test_a_short_first_delay_asks_and_silence_keeps_it(american):
    was, new = promised(american), late(american, 5)
    (one,) = notices()
    assert (one.number, one.was, one.day, one.answer_by, one.silence) == (1, was, new, new, "consent")
    assert one.sent_on == american.now.date()
    works(american, on=new)
    assert american.units("SO-1") == (2, 0, 0, 0)
    assert american.is_sound()


def test_silence_to_a_second_delay_ends_it_on_the_day_after_and_the_money_goes_back(american):
    first = late(american, 5)
    late(american, 30)
    one, two = notices()
    assert (two.was, two.silence, two.answer_by) == (first, "cancellation", first)
    assert (one.lapses_after, two.lapses_after) == (None, first)
    works(american, on=first)
    assert american.units("SO-1") == (2, 0, 0, 0)
    assert works(american, on=first + timedelta(days=1)).lapsed_lines == 1
    assert american.units("SO-1") == (0, 0, 0, 2)
    assert Order.objects.get().refunded_minor == PAID
    assert american.told("SO-1")[-2:] == ["lapsed", "refunded"]
    assert Message.objects.get(kind="refunded").note == money.SAID_ALREADY
    assert DelayNotice.objects.get(number=2).ended_on == american.now.date()
    assert american.level("TEA").waiting == 0
    assert american.is_sound()


def test_a_missed_day_is_caught_up_and_done_once(american):
    late(american, 5)
    last = late(american, 30)
    works(american, on=last + timedelta(days=9))
    assert american.units("SO-1") == (0, 0, 0, 2)
    assert works(american).lapsed_lines == 0
    assert consent.lapse("SO-1", by="worker", now=american.now).lines == 0
    assert Payment.objects.filter(kind="refunded").count() == 1


def test_nothing_is_over_for_whoever_agreed_to_wait(american):
    first = late(american, 5)
    new = late(american, 30)
    assert reply(american, Reply.KEPT).cancelled == 0
    assert notices()[-1].lapses_after == new
    works(american, on=first + timedelta(days=1))
    assert american.units("SO-1") == (2, 0, 0, 0)
    assert american.told("SO-1")[-1] == "delayed"
    assert american.is_sound()


def test_a_day_that_was_agreed_to_and_passed_without_a_word_ends_it(american):
    """Goods are here, set aside, and nobody packs them: they are overdue all the same."""
    new = late(american, 5)
    reply(american, Reply.KEPT)
    american.receives(american.purchase_order, {"TEA": 2})
    works(american, on=new + timedelta(days=1))
    assert american.units("SO-1") == (0, 0, 0, 2)
    assert american.level("TEA").allocated == 0
    assert Order.objects.get().refunded_minor == PAID


def test_what_left_in_time_is_left_alone(american):
    new = late(american, 5)
    american.receives(american.purchase_order, {"TEA": 2})
    american.ships("SO-1")
    assert works(american, on=new + timedelta(days=1)).lapsed_lines == 0
    assert american.units("SO-1") == (0, 0, 2, 0)
    assert notices()[0].lapses_after is None  # Looked at once, and not again.
    assert Order.objects.get().refunded_minor == 0


def test_without_a_day_they_are_asked_too_and_may_stop_at_any_time(american):
    was = promised(american)
    Supplier.objects.update(lead_time_days=None)
    settings.changed()
    american.answers(american.purchase_order, Said("TEA", quantity=0))
    (one,) = notices()
    assert (one.day, one.silence, one.answer_by) == (None, "cancellation", was + timedelta(days=30))
    american.wait(days=1)
    works(american)
    assert len(notices()) == 1  # Nobody is asked the same every day.
    with pytest.raises(consent.NothingAsked):
        reply(american, Reply.WITHDRAWN, "w0")
    reply(american, Reply.KEPT, "k")
    assert notices()[0].lapses_after is None
    works(american, on=was + timedelta(days=31))
    assert american.units("SO-1") == (2, 0, 0, 0)
    assert reply(american, Reply.WITHDRAWN, "w").refunded_minor == PAID
    assert american.units("SO-1") == (0, 0, 0, 2)
    assert american.is_sound()


def test_in_the_union_silence_to_a_short_delay_settles_nothing(european):
    new = late(european, 5)
    (one,) = notices()
    assert (one.silence, one.lapses_after) == ("stands", None)
    works(european, on=new + timedelta(days=60))
    assert european.units("SO-1") == (2, 0, 0, 0)


def test_in_the_union_a_longer_one_ends_when_the_additional_period_is_over(european):
    was = promised(european)
    late(european, 30)
    (one,) = notices()
    assert (one.silence, one.answer_by) == ("cancellation", was + timedelta(days=14))
    works(european, on=was + timedelta(days=14))
    assert european.units("SO-1") == (2, 0, 0, 0)
    works(european, on=was + timedelta(days=15))
    assert european.units("SO-1") == (0, 0, 0, 2)
    assert Order.objects.get().refunded_minor == PAID


@pytest.mark.parametrize("code", ["NONE"])
def test_without_a_law_all_is_as_it_was(shop, code):
    opened(shop, code)
    new = late(shop, 60)
    assert notices() == []
    assert shop.told("SO-1")[-1] == "delayed"
    with CaptureQueriesContext(connection) as queries:
        works(shop, on=new + timedelta(days=60))
    assert not any("delaynotice" in one["sql"] for one in queries)
    assert shop.units("SO-1") == (2, 0, 0, 0)
    with pytest.raises(consent.NothingAsked):
        reply(shop, Reply.KEPT)


def test_an_answer_is_taken_once(american):
    late(american, 5)
    assert reply(american, Reply.CANCELLED) == reply(american, Reply.CANCELLED) == consent.Settled(1, 2, PAID)
    assert Payment.objects.filter(kind="refunded").count() == 1
    with pytest.raises(consent.NothingAsked):
        reply(american, Reply.KEPT, "later")
    assert american.told("SO-1")[-2:] == ["cancelled", "refunded"]
    assert american.is_sound()


def test_an_answer_names_its_notice(american):
    late(american, 5)
    line = american.line("SO-1", "TEA").pk
    late(american, 30)
    reply(american, Reply.KEPT, lines={line: 1})
    assert [one.reply for one in notices()] == ["kept", ""]
    with pytest.raises(consent.NothingAsked):
        reply(american, Reply.KEPT, "again", lines={line: 1})
    with pytest.raises(consent.NothingAsked):
        reply(american, Reply.KEPT, "other", lines={line: 3})
    with pytest.raises(NotFound):
        consent.answer("SO-9", Reply.KEPT, key="x", by="dora", now=american.now)


def test_a_day_given_by_hand_asks_as_well_and_a_sooner_one_does_not(american):
    was = promised(american)
    orders.promise_anew("SO-1", "TEA", was + timedelta(days=9), why="flood", by="dora", now=american.now)
    assert [(one.was, one.day) for one in notices()] == [(was, was + timedelta(days=9))]
    orders.promise_anew("SO-1", "TEA", was + timedelta(days=2), why="dry", by="dora", now=american.now)
    assert len(notices()) == 1


def test_what_was_told_before_the_law_was_chosen_counts_as_stated(shop):
    """Nobody wakes up to orders that were cancelled because a country was chosen the day before."""
    opened(shop, "NONE")
    told = late(shop, 20)
    follows("US")
    works(shop, on=told)
    assert shop.units("SO-1") == (2, 0, 0, 0)
    assert [one.was for one in notices()] == [told]


def test_who_was_never_asked_is_left_to_a_person(american):
    works(american, on=promised(american) + timedelta(days=3))
    assert american.units("SO-1") == (2, 0, 0, 0)
    assert notices() == []


def test_what_is_paid_back_is_what_these_units_cost(shop):
    follows("US")
    shop.sells("TEA")
    shop.sells("MUG", here=1, price=700)
    shop.order({"TEA": 2, "MUG": 1})
    payments.capture("SO-1", 1_700, key="paid", by="psp", now=shop.now)
    payments.refund("SO-1", 100, why="sorry", key="sorry", by="dora", now=shop.now)
    shop.purchase_order = shop.raises()
    late(shop, 5)
    assert reply(shop, Reply.CANCELLED).refunded_minor == 1_000
    assert shop.units("SO-1") == (0, 1, 0, 2)
    assert shop.is_sound()


def test_what_was_cancelled_by_hand_and_not_paid_back_yet_is_not_paid_back_twice(shop):
    follows("US")
    for sku in ("TEA", "MUG", "POT"):
        shop.sells(sku)
    shop.order({"TEA": 2, "MUG": 1, "POT": 1})
    payments.capture("SO-1", 2_000, key="paid", by="psp", now=shop.now)
    cancellations.cancel("SO-1", {"MUG": 1}, by="dora", now=shop.now)
    orders.promise_anew("SO-1", "TEA", promised(shop) + timedelta(days=9), why="flood", by="dora", now=shop.now)
    assert reply(shop, Reply.CANCELLED).refunded_minor == 1_000


@pytest.mark.parametrize("paid", [0, 300])
def test_never_more_than_was_paid_goes_back(shop, paid):
    follows("US")
    shop.sells("TEA")
    shop.order({"TEA": 2})
    if paid:
        payments.capture("SO-1", paid, key="paid", by="psp", now=shop.now)
    shop.purchase_order = shop.raises()
    late(shop, 5)
    assert reply(shop, Reply.CANCELLED).refunded_minor == paid
    assert shop.is_sound()


def test_freed_units_go_to_the_next_in_the_queue(american):
    american.order({"TEA": 2})
    late(american, 5)
    american.receives(american.purchase_order, {"TEA": 2})
    reply(american, Reply.CANCELLED)
    assert american.units("SO-2") == (0, 2, 0, 0)
    assert american.is_sound()
