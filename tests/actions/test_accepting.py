"""An order is taken only as its customer saw it, or better."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions import orders
from onorder.actions.orders import ChangedSince, NewCustomer, NewLine, NewOrder, OrdersRefused
from onorder.errors import BadInput
from onorder.models import Event, Order, OrderLine, Shop, StockLevel
from onorder.queries.accepted import accepted
from onorder.queries.quote import quote
from onorder.rules.accepting import Accepted, AcceptedLine, Change, ShownTerms, What
from onorder.rules.lifecycle import Accept, ShippingPolicy

YES = {"words": "I agree to delivery by then", "language": "en", "pays_by": "at_shop"}


def shown(shop, units, *, apart=False, **changes):
    """What a customer sees of these things at this moment."""
    seen = quote(units, now=shop.now)
    return replace(seen.apart if apart else seen.together, **YES, **changes)


def places(shop, seen, *, key="k1", number=""):
    lines = [NewLine(line.sku, line.now + line.later) for line in seen.lines]
    new = NewOrder(number, NewCustomer("ann@mail.example", "ann@mail.example", "Ann"), lines, key=key, accepted=seen)
    return orders.place(new, by="storefront", now=shop.now)


def refuses(shop, seen):
    """What was worse, and what is true instead; nothing was stored."""
    before = (Order.objects.count(), Event.objects.count(), list(StockLevel.objects.order_by("pk").values_list()))
    with pytest.raises(ChangedSince) as refusal:
        places(shop, seen)
    after = (Order.objects.count(), Event.objects.count(), list(StockLevel.objects.order_by("pk").values_list()))
    assert after == before
    return refusal.value.changes, refusal.value.true


@pytest.fixture
def two(shop):
    """Something that is here, and something that is still to come."""
    shop.sells("MUG", here=3)
    shop.sells("TEA")
    return shop


BASKET = {"MUG": 2, "TEA": 1}


def test_it_is_placed_as_it_was_shown(two):
    seen = shown(two, BASKET)
    placed = places(two, seen)
    assert [(line.sku, line.allocated, line.waiting) for line in placed.lines] == [("MUG", 2, 0), ("TEA", 0, 1)]
    assert {line.promised_on for line in placed.lines} == {seen.last_on}  # The carrier takes no time here.
    assert two.is_sound()


def test_what_was_accepted_is_kept_with_the_order_in_its_words(two):
    seen = shown(two, BASKET)
    placed = places(two, seen)
    kept = accepted(placed.order)
    assert kept.accepted == seen
    assert kept.at == two.now
    assert accepted(placed.order + 1) is None


def test_without_anything_accepted_nothing_is_compared_or_kept(two):
    two.order({"TEA": 1})
    assert two.events("accepted") == []


def test_days_shown_are_days_at_the_door(two):
    Shop.objects.update(carrier_days=2)
    two.terms()  # Whoever reads the settings next reads them afresh.
    seen = shown(two, BASKET)
    placed = places(two, seen)
    assert seen.last_on > placed.promised_on
    assert seen.lines[1].first_on < seen.lines[1].last_on


# Every way in which it can have become worse.


def test_what_was_here_would_wait(two):
    seen = shown(two, {"MUG": 2})
    two.order({"MUG": 2})
    changes, true = refuses(two, seen)
    assert changes == (Change(What.WAITS, "MUG"), Change(What.LATER, "MUG"))
    assert (true.lines[0].now, true.lines[0].later) == (1, 1)
    assert true.lines[0].first_on < true.lines[0].last_on  # To be shown: expected and promised.


def test_it_would_come_later(two):
    seen = shown(two, {"TEA": 1})
    two.wait(days=7)
    changes, true = refuses(two, seen)
    assert changes == (Change(What.LATER, "TEA"),)
    assert true.last_on == seen.last_on + timedelta(days=7)


def test_the_parcel_of_what_is_here_would_come_later(two):
    seen = shown(two, BASKET, apart=True)
    late = replace(seen, now_by=seen.now_by - timedelta(days=1))
    assert refuses(two, late)[0] == (Change(What.LATER),)


def test_it_costs_more(two):
    seen = shown(two, {"MUG": 1})
    two.sells("MUG", price=501)
    changes, true = refuses(two, seen)
    assert changes == (Change(What.PRICE, "MUG"),)
    assert true.lines[0].unit_price_minor == 501


def test_the_second_parcel_costs_more(two):
    seen = shown(two, BASKET, apart=True)
    Shop.objects.update(split_cost_minor=395)
    two.terms()
    assert refuses(two, seen)[0] == (Change(What.SHIPPING),)


@pytest.mark.parametrize("terms", [{"deposit_basis_points": 1}, {"returns": "faulty_only"}, {"returns": "never heard"}])
def test_its_terms_are_worse(two, terms):
    seen = shown(two, {"TEA": 1})
    two.terms(sku="TEA", **terms)
    assert refuses(two, seen)[0] == (Change(What.TERMS, "TEA"),)


def test_it_is_sold_out(two):
    two.terms(sku="TEA", accept=Accept.CAPPED, cap=1)
    seen = shown(two, {"TEA": 1})
    two.order({"TEA": 1})
    with pytest.raises(OrdersRefused):
        places(two, seen)


# Better is no change.


def test_what_would_have_waited_is_here(two):
    seen = shown(two, {"TEA": 1})
    two.counts("TEA", 5)
    placed = places(two, seen)
    assert (placed.lines[0].allocated, placed.promised_on < seen.last_on) == (1, True)
    assert accepted(placed.order).accepted == seen  # As it was shown, not as it is.


def test_it_costs_less_and_less_is_paid(two):
    Shop.objects.update(split_cost_minor=395)
    two.terms(sku="TEA", deposit_basis_points=2_000)
    seen = shown(two, BASKET, apart=True)
    assert seen.shipping_minor == 395
    two.sells("MUG", price=450)
    Shop.objects.update(split_cost_minor=200)
    two.terms(sku="TEA", deposit_basis_points=1_000)
    placed = places(two, seen)
    assert OrderLine.objects.get(order=placed.order, variant__sku="MUG").unit_price_minor == 450
    assert Order.objects.get(pk=placed.order).shipping_minor == 200


def test_the_customers_usual_way_counts_nothing_against_what_they_agreed_to(two):
    seen = shown(two, BASKET, apart=True)
    placed = places(two, seen)
    assert placed.shipping_policy == seen.policy == ShippingPolicy.UP_TO
    assert placed.lines[0].promised_on == seen.now_by < placed.lines[1].promised_on


# Twice, together with others, and not at all.


def test_the_same_key_places_once_whatever_changed_since(two):
    seen = shown(two, {"MUG": 3})
    first = places(two, seen)
    again = places(two, seen)  # Now everything would wait, but it is no new order.
    assert (again.order, again.number, again.is_new) == (first.order, first.number, False)
    assert Order.objects.count() == 1


def test_it_is_given_a_number_that_tells_nothing(two):
    numbers = [places(two, shown(two, {"TEA": 1}), key=f"k{n}").number for n in range(3)]
    assert len(set(numbers)) == 3
    assert all(len(number) == 8 and number[0].isalpha() and number[1:].isdigit() for number in numbers)
    assert sorted(numbers) != [f"{numbers[0][0]}{int(numbers[0][1:]) + n:07}" for n in range(3)]


def test_of_several_orders_only_the_one_that_changed_is_left_out(two):
    seen = shown(two, {"MUG": 2})

    def new(number):
        lines = [NewLine("MUG", 2)]
        return NewOrder(number, NewCustomer(number), lines, accepted=seen)

    done = orders.place_many([new("A"), new("B")], by="import", now=two.now, skip_refused=True)
    assert [placed.number for placed in done.placed] == ["A"]
    assert [(one.number, one.changes[0].what) for one in done.refused] == [("B", What.WAITS)]
    with pytest.raises(ChangedSince):
        orders.place_many([new("C")], by="import", now=two.now)
    # What the refused one would have taken is there for the next.
    one = NewOrder("E", NewCustomer("E"), [NewLine("MUG", 1)])
    more = [NewOrder("D", NewCustomer("D"), [NewLine("MUG", 2)], accepted=seen), one]
    done = orders.place_many(more, by="import", now=two.now, skip_refused=True)
    assert [(placed.number, placed.lines[0].allocated) for placed in done.placed] == [("E", 1)]


def test_one_cannot_agree_to_other_things_than_are_on_the_order():
    line = AcceptedLine("TEA", 1, 0, date(2026, 3, 3), date(2026, 3, 3), 500)
    with pytest.raises(BadInput, match="agreed to other things"):
        NewOrder("A", NewCustomer("ann"), [NewLine("TEA", 2)], accepted=Accepted((line,), ShippingPolicy.TOGETHER))


def test_a_hundred_lines_ask_no_more_than_one(shop):
    for n in range(100):
        shop.sells(f"S{n}", here=9 * (n % 2))

    def statements(n):
        seen = shown(shop, {f"S{k}": 1 for k in range(n)})
        with CaptureQueriesContext(connection) as captured:
            places(shop, seen, key=f"k{n}")
        return len(captured)

    statements(3)
    assert statements(2) == statements(100)


def test_terms_that_nobody_knows_are_worse_than_any():
    assert ShownTerms(returns="a").is_worse_than(ShownTerms(returns="b"))
    assert not ShownTerms().is_worse_than(ShownTerms(returns="faulty_only"))
