"""A notice of delay asks, in this order: the new day, the choice, what silence means from when on, how to answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from onorder.actions import consent, orders, payments
from onorder.actions.answers import Said
from onorder.delivery import mail
from onorder.models import Message, Shop, Supplier
from onorder.queue import setup as settings
from onorder.rules.consent import Reply

CHOICE = "You decide: wait for it, or cancel at no cost and get back everything that you have paid for it."


@pytest.fixture
def waits(shop):
    """`waits("US")`: SO-1 waits for tea and a mug, and paid for them; PO-1 brings them."""

    def of(code):
        Shop.objects.update(jurisdiction=code)
        settings.changed()
        for sku in ("TEA", "MUG"):
            shop.sells(sku)
        shop.order({"TEA": 2, "MUG": 1})
        payments.capture("SO-1", 1_500, key="paid", by="psp", now=shop.now)
        shop.purchase_order = shop.raises()
        shop.was = shop.line("SO-1", "TEA").promised_on
        return shop

    return of


def late(shop, days):
    shop.answers(shop.purchase_order, on=shop.was + timedelta(days=days))


def said(kind):
    """The last message of a kind, as one line of text."""
    key = Message.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True).first()
    (written,) = mail.compose([key])
    return " ".join(written.body.split())


def in_order(text, *parts):
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def day(on):
    return f"{on:%a} {on.day} {on:%B}"


def test_a_short_delay_says_that_silence_is_consent(waits):
    shop = waits("US")
    late(shop, 5)
    new = shop.line("SO-1", "TEA").told_on
    silence = f"If we hear nothing from you by {day(new)}, we take it that you are happy to wait until then."
    told = f"will ship by {day(new)}, not by {day(shop.was)} as we told you."
    assert in_order(said("delayed"), told, "later than we expected", CHOICE, silence, "reply to this e-mail: a word")
    assert "there is nothing you need to do" not in said("delayed")


def test_a_longer_one_says_until_when_they_may_answer(waits):
    shop = waits("EU")
    late(shop, 40)
    silence = f"If we hear nothing from you by {day(shop.was + timedelta(14))}, we cancel what has not shipped by then"
    assert in_order(said("delayed"), CHOICE, silence, "reply to this e-mail")


def test_where_silence_means_nothing_it_says_so(waits):
    shop = waits("EU")
    late(shop, 3)
    assert "it stays on order, and all your rights stay what they are" in said("delayed")


def test_without_a_day_it_says_that_they_may_stop_at_any_time(waits):
    shop = waits("US")
    Supplier.objects.update(lead_time_days=None)
    settings.changed()
    shop.answers(shop.purchase_order, Said("TEA", quantity=0))
    text = said("delayed")
    assert "on a day that we will tell you as soon as we know it" in text
    assert in_order(text, CHOICE, "If we hear nothing", "agrees to wait without a day may still cancel at any time")


def test_lines_of_different_meaning_are_told_apart(waits):
    shop = waits("US")
    orders.promise_anew("SO-1", "TEA", shop.was + timedelta(2), why="A flood.", by="dora", now=shop.now)
    late(shop, 8)
    new = shop.line("SO-1", "MUG").told_on
    text = said("delayed")
    assert f"2 × Tea: If we hear nothing from you by {day(shop.was + timedelta(2))}, we cancel" in text
    assert f"1 × Mug: If we hear nothing from you by {day(new)}, we take it that you are happy to wait" in text


def test_without_a_law_nothing_is_asked(waits):
    shop = waits("NONE")
    late(shop, 5)
    assert "If you are happy to wait, there is nothing you need to do." in said("delayed")
    assert "If we hear nothing" not in said("delayed")


def test_a_day_given_by_hand_asks_too(waits):
    shop = waits("US")
    orders.promise_anew("SO-1", "TEA", shop.was + timedelta(9), why="A flood.", by="dora", now=shop.now)
    assert in_order(said("promised_anew"), "A flood.", CHOICE, "If we hear nothing", "reply to this e-mail")


def test_what_silence_ended_says_what_is_cancelled_and_paid_back(waits):
    shop = waits("EU")
    late(shop, 40)
    shop.wait(days=90)
    consent.lapse("SO-1", by="worker", now=shop.now)
    text = said("lapsed")
    assert in_order(text, "We did not hear that you would wait any longer", "We pay back £15.00, the way you paid")
    assert "2 × Tea" in text and "1 × Mug" in text


def test_who_does_not_wait_reads_what_is_paid_back(waits):
    shop = waits("US")
    late(shop, 5)
    consent.answer("SO-1", Reply.CANCELLED, key="k", by="storefront", now=shop.now)
    assert "We pay back £15.00, the way you paid" in said("cancelled")
