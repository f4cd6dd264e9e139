"""Payments by card at one moment: two tabs, two deliveries of one event, two workers. Money moves once."""

from __future__ import annotations

from functools import partial

import pytest

from onorder.actions import cards, payments, payouts
from onorder.models import CardNotice, CardPage, Order, Payment, Payout
from onorder.providers.configured import provider
from onorder.providers.hearing import hear
from onorder.providers.payouts import carry_out
from onorder.queries import invariants
from onorder.rules.cards import Heard, What
from tests.races.processes import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(lasting_shop):
    """Two mugs, for £25.00."""
    lasting_shop.sells("MUG", here=9, price=1_250)
    lasting_shop.order({"MUG": 2}, number="O1", channel="store")
    return lasting_shop


def went_well(done):
    assert [one.failed or one.refused for one in done if one.failed or one.refused] == []
    assert list(invariants.broken()) == []


def test_two_tabs_are_offered_one_page(sold):
    order = Order.objects.get().pk
    done = at_once(*[partial(cards.offer, order, 2_500, by="storefront", now=sold.now)] * 5)
    went_well(done)
    assert len({one.value.key for one in done}) == CardPage.objects.count() == 1


def test_one_event_delivered_many_times_is_booked_and_noted_once(sold):
    offered = cards.offer(Order.objects.get().pk, 2_500, by="storefront", now=sold.now)
    cards.opened(offered.key, "cs_1", "https://pay.example/1", by="storefront", now=sold.now)
    paid = Heard("evt_1", "paid", What.PAID, sold.now, "cs_1", intent="pi_1", amount_minor=2_500, currency="GBP")
    done = at_once(*[partial(hear, paid, sold.now)] * 5)
    went_well(done)
    assert sorted(one.value for one in done) == [False] * 4 + [True]
    assert Payment.objects.count() == CardNotice.objects.count() == 1
    assert CardNotice.objects.get().concern == ""


def test_several_workers_give_each_refund_back_once(sold, stripe):
    payments.capture("O1", 2_500, key="stripe:pi_1", by="stripe", now=sold.now)
    for n in range(6):
        payments.refund("O1", 100 + n, key=f"r{n}", by="dora", now=sold.now)
    done = at_once(*[partial(carry_out, provider(), sold.now)] * 3)
    went_well(done)
    assert sum(one.value.done for one in done) == 6
    assert sorted(fields["amount"] for fields in stripe.made("/v1/refunds")) == [str(100 + n) for n in range(6)]
    assert set(Payout.objects.values_list("state", flat=True)) == {"done"}


def test_two_people_pay_a_refund_out_once(sold):
    payments.capture("O1", 2_500, key="cash", by="dora", now=sold.now)
    payments.refund("O1", 700, key="r", by="dora", now=sold.now)
    key = Payout.objects.get().pk
    done = at_once(*(partial(payouts.paid_out, key, f"till {n}", by=f"dora {n}", now=sold.now) for n in range(4)))
    went_well(done)
    assert len(sold.events("paid_out")) == 1
