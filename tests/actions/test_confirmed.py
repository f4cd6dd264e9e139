"""The maker confirms a day: whoever it keeps hears of it, once; and what has left the maker shows on the journey."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from onorder.actions import answers, purchasing
from onorder.actions.answers import Said
from onorder.delivery import mail
from onorder.errors import BadInput, NotFound, WrongState
from onorder.models import Message, Order, PurchaseOrderLine
from onorder.queries.journey import What, Where, journey
from tests.fingerprint import fingerprint


@pytest.fixture
def sent(shop):
    """Two orders wait for tea, one for mugs too; all of it is on PO-1."""
    shop.sells("TEA")
    shop.sells("MUG")
    shop.order({"TEA": 2, "MUG": 1})
    shop.order({"TEA": 1})
    shop.raises()
    return shop


def in_days(shop, days):
    return (shop.now + timedelta(days=days)).date()


def confirmed():
    return Message.objects.filter(kind="confirmed", state="queued").count()


def test_who_waits_hears_of_the_day_once_however_many_lines_it_is(sent):
    sent.answers("PO-1", on=in_days(sent, 9))
    assert sent.told("SO-1") == sent.told("SO-2") == ["placed", "ordered", "confirmed"]
    (key,) = Message.objects.filter(kind="confirmed").order_by("pk").values_list("pk", flat=True)[:1]
    (letter,) = mail.compose([key])
    assert letter.subject == "Order SO-1: the maker has confirmed 3 items"
    assert "We expect to ship on Fri 13 March; at the latest, as we told you, on " in letter.body
    assert "ACME" not in letter.body and "PO-1" not in letter.body
    assert sent.is_sound()


def test_the_same_again_or_no_day_at_all_says_nothing_new(sent):
    sent.answers("PO-1")
    assert confirmed() == 0
    sent.answers("PO-1", on=in_days(sent, 9))
    sent.answers("PO-1", on=in_days(sent, 9))
    assert confirmed() == 2
    sent.answers("PO-1", on=in_days(sent, 10))  # Another day, within what they were told.
    assert confirmed() == 2
    notes = Message.objects.filter(kind="confirmed", state="suppressed").values_list("note", flat=True)
    assert set(notes) == {"the customer knows that it is confirmed"}
    assert sent.is_sound()


def test_who_hears_of_a_delay_hears_nothing_else(sent):
    sent.answers("PO-1", Said("TEA", on=in_days(sent, 90)), Said("MUG", on=in_days(sent, 9)))
    assert sent.told("SO-1") == sent.told("SO-2") == ["placed", "ordered", "delayed"]


def test_only_those_whom_the_lines_serve_hear_of_it(sent):
    sent.answers("PO-1", Said("MUG", on=in_days(sent, 9)))
    assert "confirmed" in sent.told("SO-1") and "confirmed" not in sent.told("SO-2")


def test_what_comes_in_two_parts_is_confirmed_with_both_days(sent):
    sent.answers("PO-1", Said("TEA", 2, on=in_days(sent, 8), rest_on=in_days(sent, 10)))
    assert sent.told("SO-2")[-1] == "confirmed"


# It has left the maker.


def test_what_has_left_the_maker_is_told_and_shows_on_the_journey(sent):
    assert answers.dispatched("PO-1", on=sent.now.date(), tracking=" ZX 1 ", by="ben", now=sent.now) == 2
    assert (sent.told("SO-1")[-1], sent.told("SO-2")[-1]) == ("on_its_way", "on_its_way")
    (parcel,) = journey("SO-1", now=sent.now).parcels
    assert parcel.where == Where.ON_ITS_WAY
    (step,) = [step for step in parcel.steps if step.what == What.ON_ITS_WAY]
    assert (step.at, step.is_done, parcel.next.what) == (sent.now.date(), True, What.ARRIVED)
    assert set(PurchaseOrderLine.objects.values_list("tracking", flat=True)) == {"ZX 1"}


def test_said_twice_it_is_said_once_and_the_last_word_counts(sent):
    for _ in range(2):
        answers.dispatched("PO-1", on=sent.now.date(), by="ben", now=sent.now)
    assert len(sent.events("dispatched")) == 1
    yesterday = sent.now.date() - timedelta(days=1)
    assert answers.dispatched("PO-1", on=yesterday, by="ben", now=sent.now) == 2
    told = Message.objects.filter(kind="on_its_way", event__subject=f"order:{Order.objects.earliest('pk').pk}")
    assert [one.state for one in told.order_by("pk")] == ["queued", "suppressed"]
    assert set(PurchaseOrderLine.objects.values_list("dispatched_on", flat=True)) == {yesterday}


def test_what_joins_later_is_not_on_its_way(sent):
    answers.dispatched("PO-1", on=sent.now.date(), by="ben", now=sent.now)
    sent.order({"TEA": 4})
    (parcel,) = journey("SO-3", now=sent.now).parcels
    assert What.ON_ITS_WAY not in {step.what for step in parcel.steps}


@pytest.mark.parametrize(
    ("number", "on", "why"),
    [
        ("PO-9", date(2026, 3, 2), NotFound),
        ("PO-1", date(2026, 3, 3), BadInput),
        ("PO-2", date(2026, 3, 2), WrongState),
    ],
)
def test_what_cannot_be_is_refused(sent, number, on, why):
    sent.order({"TEA": 4})
    purchasing.raise_order("ACME", by="ben", now=sent.now)
    before = fingerprint()
    with pytest.raises(why):
        answers.dispatched(number, on=on, by="ben", now=sent.now)
    assert fingerprint() == before
