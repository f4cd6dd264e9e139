"""What the shop writes down of its suppliers and its terms, one thing at a time."""

from __future__ import annotations

from datetime import date

import pytest

from onorder.actions import suppliers
from onorder.actions.shop import set_terms_of_skus
from onorder.errors import NotFound
from onorder.models import BackorderTerms, Closure, Offer, Supplier
from onorder.queue import setup as settings
from onorder.rules.lifecycle import Accept
from onorder.rules.terms import Terms

GOOD_FRIDAY = date(2026, 4, 3)


def who(shop):
    return {"by": "ben", "now": shop.now}


def test_an_offer_ends_and_its_buffer_moves_to_the_next_best(shop):
    shop.supplier("MOSS")
    shop.sells("TEA")
    shop.sells("TEA", supplier="MOSS", rank=2)
    shop.order({"TEA": 3})
    assert shop.level("TEA").supplier.code == "ACME"
    suppliers.withdraw_offer("ACME", "TEA", **who(shop))
    assert shop.level("TEA").supplier.code == "MOSS"
    assert shop.buffer("TEA") == 3
    assert [event.data for event in shop.events("offer_withdrawn")] == [{"supplier": "ACME"}]
    suppliers.withdraw_offer("ACME", "TEA", **who(shop))  # Again changes nothing.
    assert len(shop.events("offer_withdrawn")) == 1
    assert shop.is_sound()


def test_the_only_offer_stays_while_somebody_waits_even_for_what_is_on_order(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.raises()
    with pytest.raises(suppliers.OnlyOffer, match="3 units of TEA are waited for, and nobody but ACME offers it"):
        suppliers.withdraw_offer("ACME", "TEA", **who(shop))
    shop.cancels("SO-1")
    suppliers.withdraw_offer("ACME", "TEA", **who(shop))
    assert shop.level("TEA").supplier is None
    assert shop.is_sound()


def test_an_offer_that_ended_comes_back_when_it_is_put_again(shop):
    shop.sells("TEA")
    suppliers.withdraw_offer("ACME", "TEA", **who(shop))
    suppliers.put_offers([suppliers.NewOffer("ACME", "TEA", 300)], **who(shop))
    assert Offer.objects.get().is_active
    assert shop.level("TEA").supplier.code == "ACME"


def test_details_change_and_the_policy_stays(shop):
    new = suppliers.Details("Acme & Sons", email="tea@acme.example", lead_time_days=5, weekdays="012", country="GB")
    suppliers.set_details("ACME", new, **who(shop))
    found = Supplier.objects.select_related("calendar", "policy").get()
    assert (found.name, found.email, found.lead_time_days) == ("Acme & Sons", "tea@acme.example", 5)
    assert (found.calendar.weekdays, found.calendar.country) == ("012", "GB")
    assert found.policy.order_weekdays == "4"
    suppliers.set_details("ACME", new, **who(shop))
    assert len(shop.events("details_changed")) == 1


def test_promises_are_made_by_the_new_calendar_at_once(shop):
    shop.sells("TEA")
    assert settings.current().supplier("ACME").calendar.is_open(GOOD_FRIDAY)
    suppliers.close("ACME", GOOD_FRIDAY, GOOD_FRIDAY, why="Easter", **who(shop))
    assert not settings.current().supplier("ACME").calendar.is_open(GOOD_FRIDAY)
    suppliers.open_again("ACME", Closure.objects.get().pk, **who(shop))
    assert settings.current().supplier("ACME").calendar.is_open(GOOD_FRIDAY)
    assert [event.data for event in shop.events("open_again")] == [
        {"first_on": "2026-04-03", "last_on": "2026-04-03"},
    ]


def test_a_closure_of_another_is_not_touched(shop):
    shop.supplier("MOSS")
    suppliers.close("MOSS", GOOD_FRIDAY, GOOD_FRIDAY, why="Easter", **who(shop))
    with pytest.raises(NotFound):
        suppliers.open_again("ACME", Closure.objects.get().pk, **who(shop))
    assert Closure.objects.exists()


def test_terms_of_several_are_set_at_once_each_its_own(shop):
    for sku in ("TEA", "MUG", "POT"):
        shop.sells(sku)
    shop.terms(sku="TEA", accept=Accept.ALWAYS)
    wanted = {"TEA": Terms(accept=Accept.NEVER), "MUG": Terms(accept=Accept.CAPPED, cap=3, returns="faulty_only")}
    set_terms_of_skus(wanted, **who(shop))
    found = BackorderTerms.objects.exclude(variant=None).order_by("variant")
    assert list(found.values_list("variant__sku", "accept", "cap", "returns")) == [
        ("TEA", "never", None, ""),
        ("MUG", "capped", 3, "faulty_only"),
    ]
    assert len(shop.events("terms_changed")) == 3


def test_with_one_that_is_unknown_none_is_set(shop):
    shop.sells("TEA")
    with pytest.raises(NotFound):
        set_terms_of_skus({"TEA": Terms(accept=Accept.NEVER), "NO": Terms()}, **who(shop))
    assert not BackorderTerms.objects.exclude(variant=None).exists()
