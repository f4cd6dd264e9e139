"""What is paid before it leaves: asked for when it is here, reminded of, and at last given to the next who waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder import working
from onorder.actions import cancellations, collecting, orders, payments, shipping
from onorder.errors import NotFound
from onorder.ledger import owing
from onorder.models import Event, Message, Order, Shop
from onorder.queries import due, parcels
from onorder.queries.owing import to_pay
from onorder.queries.quote import quote
from onorder.queue import setup as settings
from onorder.rules.deposits import Step
from onorder.rules.second_thoughts import Cancelling
from tests.fingerprint import fingerprint

ANN = orders.NewCustomer("ann", "ann@mail.example", "Ann")


def buys(shop, units, *, number="SO-1", pays_by="transfer"):
    """Ann orders it on the shop's own pages, agreeing to what she is shown."""
    shown = quote(units, now=shop.now).together
    lines = [orders.NewLine(sku, few) for sku, few in units.items()]
    accepted = orders.Accepted(shown.lines, shown.policy, shown.most_parcels, shown.shipping_minor, pays_by=pays_by)
    order = orders.NewOrder(number, ANN, lines, channel="store", accepted=accepted)
    return orders.place(order, by="storefront", now=shop.now)


def pays(shop, minor, key="p", number="SO-1"):
    payments.capture(number, minor, key=key, by="bank", now=shop.now)


def order(number="SO-1"):
    return Order.objects.get(number=number)


def stands(shop, number="SO-1"):
    found = to_pay(order(number).pk, now=shop.now)
    return found.step, found.due_minor, found.later_minor


def works(shop, days=0):
    shop.wait(days=days)
    return working.work(shop.now, deliver=False)


def told(kind):
    return Message.objects.filter(kind=kind, state="queued").count()


@pytest.fixture
def tea(shop):
    """Tea at 10.00, of which a fifth is paid with the order; nobody has any yet."""
    shop.sells("TEA", price=1_000)
    shop.terms(sku="TEA", deposit_basis_points=2_000)
    return shop


@pytest.fixture
def here(tea):
    """Ann's three have come, her deposit is paid, and the rest was asked for."""
    buys(tea, {"TEA": 3})
    pays(tea, 600)
    tea.receives(tea.raises(), {"TEA": 3})
    works(tea)
    return tea


def test_the_deposit_is_due_with_the_order_and_the_rest_when_it_is_here(tea):
    buys(tea, {"TEA": 3})
    assert stands(tea) == (Step.DUE, 600, 2_400)
    assert Event.objects.get(kind="placed").data["due_minor"] == 600
    pays(tea, 600)
    assert stands(tea) == (Step.LATER, 0, 2_400)
    assert (order().asked_on, told("captured")) == (None, 1)
    tea.receives(tea.raises(), {"TEA": 3})
    assert stands(tea) == (Step.LATER, 0, 3_000 - 600)  # Nobody was told yet.
    assert works(tea).asked == 1
    assert stands(tea) == (Step.DUE, 2_400, 0)
    assert told("balance_due") == 1
    assert works(tea).asked == 0
    pays(tea, 2_400, key="rest")
    assert stands(tea) == (Step.PAID, 0, 0)
    assert tea.ships("SO-1") and tea.is_sound()


def test_nothing_leaves_before_it_is_paid(here):
    assert parcels.ready() == [] and parcels.to_pack() == [] and parcels.number_ready() == 0
    before = fingerprint()
    with pytest.raises(shipping.NotPaid, match=r"SO-1 .£24\.00."):
        here.ships("SO-1")
    assert fingerprint() == before
    assert shipping.ship([shipping.Parcel("SO-1")], by="w", now=here.now, skip_unready=True) == []
    pays(here, 2_399, key="nearly")
    assert parcels.number_ready() == 0
    pays(here, 1, key="all")
    assert [one.order for one in parcels.ready()] == ["SO-1"] and len(parcels.to_pack()) == 1
    here.ships("SO-1")


@pytest.mark.parametrize("pays_by", ["at_shop", ""])
def test_what_is_paid_at_the_shop_or_elsewhere_leaves_as_it_always_did(tea, pays_by):
    buys(tea, {"TEA": 1}, pays_by=pays_by)
    tea.receives(tea.raises(), {"TEA": 1})
    assert works(tea).asked == 0
    assert to_pay(order().pk, now=tea.now) is None
    tea.ships("SO-1")


def test_what_is_here_is_paid_in_full_with_the_order(shop):
    shop.sells("MUG", here=2, price=500)
    buys(shop, {"MUG": 2})
    assert stands(shop) == (Step.DUE, 1_000, 0)
    assert works(shop).asked == 0  # The confirmation asked.
    with pytest.raises(shipping.NotPaid):
        shop.ships("SO-1")


def test_what_goes_together_is_asked_for_once_all_of_it_is_here(tea):
    tea.sells("MUG", price=500)
    tea.terms(sku="MUG", deposit_basis_points=0)
    buys(tea, {"TEA": 1, "MUG": 1})
    pays(tea, 200)
    number = tea.raises()
    tea.receives(number, {"TEA": 1})
    assert works(tea).asked == 0
    tea.receives(number, {"MUG": 1})
    assert works(tea).asked == 1 and stands(tea) == (Step.DUE, 1_300, 0)


def test_a_reminder_then_the_units_go_to_the_next_and_the_deposit_back(here):
    here.order({"TEA": 1}, number="SO-2")
    assert works(here, days=4).reminded == 0
    assert works(here, days=1).reminded == 1 and told("payment_reminded") == 1
    assert works(here, days=9).given_up == 0  # The fourteenth day is the last to pay.
    assert works(here, days=1).given_up == 1
    assert here.units("SO-1") == (0, 0, 0, 3)
    assert here.units("SO-2") == (0, 1, 0, 0)
    assert (order().refunded_minor, order().asked_on) == (600, None)
    assert told("unpaid") == 1 and told("refunded") == 0
    assert works(here, days=30).given_up == 0
    assert here.is_sound()


def test_what_the_terms_keep_is_kept_when_nobody_pays(tea):
    tea.terms(
        sku="TEA", deposit_basis_points=2_000, cancelling=Cancelling.FEE_AFTER, cancel_fee_basis_points=1_500
    )  # fmt: skip
    buys(tea, {"TEA": 2})
    pays(tea, 400)
    tea.receives(tea.raises(), {"TEA": 2})
    works(tea)
    works(tea, days=5)
    works(tea, days=10)
    assert (order().refunded_minor, order().kept_minor) == (100, 300)
    assert tea.is_sound()


def test_a_shop_that_wants_to_decide_itself_is_not_decided_for(here):
    Shop.objects.update(cancels_unpaid=False)
    settings.changed()
    works(here, days=5)
    assert works(here, days=10).given_up == 0
    assert here.units("SO-1") == (0, 3, 0, 0)
    assert stands(here)[0] == Step.RELEASE


def test_a_worker_that_was_away_reminds_first_and_gives_the_days_after(here):
    works(here, days=20)
    assert (told("payment_reminded"), here.units("SO-1")) == (1, (0, 3, 0, 0))
    assert works(here, days=9).given_up == 0
    assert works(here, days=1).given_up == 1


def test_only_what_is_not_paid_for_is_given_up(tea):
    """The mugs are paid in full and stay, although they lie beside tea that nobody pays for."""
    tea.sells("MUG", here=2, price=500)
    buys(tea, {"MUG": 2, "TEA": 1})
    pays(tea, 1_200)
    tea.receives(tea.raises(), {"TEA": 1})
    works(tea)
    assert stands(tea) == (Step.DUE, 800, 0)
    works(tea, days=5)
    works(tea, days=10)
    assert (tea.units("SO-1", "TEA"), tea.units("SO-1", "MUG")) == ((0, 0, 0, 1), (0, 2, 0, 0))
    assert order().refunded_minor == 200
    tea.ships("SO-1")
    assert tea.is_sound()


def test_an_order_that_nobody_ever_paid_for_is_given_up_whole(tea):
    buys(tea, {"TEA": 3})
    works(tea, days=5)
    assert works(tea, days=10).given_up == 1
    assert tea.units("SO-1") == (0, 0, 0, 3) and tea.level("TEA").waiting == 0
    assert tea.is_sound()


def test_who_cancels_what_was_to_be_paid_is_asked_for_nothing(here):
    cancellations.cancel("SO-1", fee_minor=0, by="customer", now=here.now)
    assert (order().asked_on, order().refunded_minor) == (None, 600)
    assert works(here, days=5).reminded == 0


def test_of_a_deposit_that_which_was_paid_for_it_goes_back(tea):
    buys(tea, {"TEA": 3})
    pays(tea, 600)
    cancellations.cancel("SO-1", {"TEA": 1}, fee_minor=0, by="customer", now=tea.now)
    assert order().refunded_minor == 200
    pays(tea, 1_600, key="early")
    cancellations.cancel("SO-1", {"TEA": 1}, fee_minor=0, by="customer", now=tea.now)
    assert order().refunded_minor == 1_200  # It was paid in full by then.


def test_what_made_up_for_something_is_not_asked_for_again(here):
    pays(here, 2_400, key="rest")
    payments.refund("SO-1", 300, key="sorry", by="dora", now=here.now)
    assert stands(here) == (Step.PAID, 0, 0)
    here.ships("SO-1")


def test_what_was_swapped_for_something_cheaper_is_asked_for_no_more(tea):
    tea.sells("BAG", price=100)
    buys(tea, {"TEA": 2})
    orders.swap("SO-1", "TEA", "BAG", 2, key="s", by="dora", now=tea.now)
    pays(tea, 100)
    assert order().asked_on is not None
    pays(tea, 100, key="rest")
    assert order().asked_on is None
    Order.objects.update(asked_on=tea.now.date())
    works(tea)
    assert order().asked_on is None


def test_nothing_is_lent_to_what_would_not_leave_for_want_of_money(tea):
    tea.sells("BAG")
    tea.sells("MUG", here=1)
    tea.order({"MUG": 1, "BAG": 1}, together=True)
    buys(tea, {"MUG": 1}, number="SO-9")
    tea.raises()
    with pytest.raises(shipping.NoLoan, match="it is not paid"):
        shipping.lend("MUG", to="SO-9", by="dora", now=tea.now)
    pays(tea, 500, number="SO-9")
    assert shipping.lend("MUG", to="SO-9", by="dora", now=tea.now) == 1


def test_asking_and_reminding_twice_says_it_once(here):
    assert collecting.ask("SO-1", by="w", now=here.now) == 2_400
    assert collecting.remind("SO-1", by="w", now=here.now) == 2_400
    assert collecting.remind("SO-1", by="w", now=here.now) == 2_400
    assert (told("balance_due"), told("payment_reminded")) == (1, 1)


@pytest.mark.parametrize("act", [collecting.ask, collecting.remind, collecting.give_up_on])
def test_where_nothing_is_to_be_paid_nothing_happens(here, act):
    pays(here, 2_400, key="rest")
    before = fingerprint()
    with pytest.raises(collecting.NothingToCollect):
        act("SO-1", by="w", now=here.now)
    with pytest.raises(NotFound):
        act("SO-9", by="w", now=here.now)
    assert fingerprint() == before


def test_nobody_is_given_up_on_without_having_been_asked(tea):
    buys(tea, {"TEA": 1})
    pays(tea, 200)
    tea.receives(tea.raises(), {"TEA": 1})
    for act in (collecting.remind, collecting.give_up_on):
        with pytest.raises(collecting.NothingToCollect):
            act("SO-1", by="w", now=tea.now)


def test_more_lines_take_no_more_statements(tea):
    def statements(number, units):
        buys(tea, units, number=number)
        pays(tea, 100, key=number, number=number)
        tea.receives(tea.raises(), units)
        found = []
        for act in (collecting.ask, collecting.remind, collecting.give_up_on):
            with CaptureQueriesContext(
                connection,
            ) as run:
                act(number, by="w", now=tea.now)
            found.append(len(run))
        return found

    one, many = {"ONE": 1}, {f"T{n}": 1 for n in range(20)}
    for sku in [*one, *many]:
        tea.sells(sku, price=1_000)
        tea.terms(sku=sku, deposit_basis_points=2_000)
    statements("SO-0", {"TEA": 1})
    assert statements("SO-1", one) == statements("SO-2", many)


def test_what_the_database_says_is_owed_is_what_the_rule_says(tea):
    from onorder.rules.deposits import Part, asked_minor

    tea.sells("MUG", here=1, price=333)
    tea.terms(sku="MUG", deposit_basis_points=1_250)
    buys(tea, {"TEA": 3, "MUG": 4})
    Order.objects.update(shipping_minor=395, discount_minor=77)
    parts = [
        Part(line.unit_price_minor, line.allocated, line.waiting, line.deposit_basis_points)
        for line in order().lines.all()
    ]
    (found,) = owing.of_orders([order().pk]).values()
    assert found.asked_minor == asked_minor(parts, 395, 77)
    assert found.total_minor == 3_000 + 4 * 333 + 395 - 77


def test_the_lists_of_the_worker_take_few_statements(here):
    for listed in (due.unasked, due.unreminded, due.unpaid):
        with CaptureQueriesContext(connection) as run:
            listed(here.now + timedelta(days=9))
        assert len(run) <= 2
