"""The cases of the domain, by name: what happens, and what must be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from onorder.actions import amending, learning, orders, shipping, suppliers
from onorder.actions.answers import Said
from onorder.models import Event, Loan, Message, PurchaseOrder, Receipt, StockMove
from onorder.rules.lifecycle import Accept, BelowMinimum, ShippingPolicy
from onorder.working import work

FRIDAY_1700 = datetime(2026, 3, 6, 17, tzinfo=UTC)


@pytest.fixture
def shop(shop):
    """Whatever a test does, every invariant holds after it."""
    yield shop
    assert shop.is_sound()


def test_3_ordered_2_free(shop):
    shop.sells("TEA", here=2)
    bob = shop.order({"TEA": 3})
    assert shop.units(bob) == (1, 2, 0, 0)
    assert shop.bought(shop.raises()) == {"TEA": 1}


def test_orders_of_3_and_2_with_a_minimum_quantity_of_5(shop):
    shop.sells("TEA", minimum_quantity=5)
    shop.order({"TEA": 3})
    shop.order({"TEA": 2})
    number = shop.raises()
    assert shop.bought(number) == {"TEA": 5}
    assert PurchaseOrder.objects.get(number=number).lines.get().needed == 5


def test_7_needed_in_packs_of_6_and_the_surplus_serves_the_next_customer(shop):
    shop.sells("TEA", order_multiple=6)
    shop.order({"TEA": 7})
    assert shop.bought(shop.raises()) == {"TEA": 12}
    shop.order({"TEA": 5})
    assert shop.buffer("TEA") == 0
    dora = shop.order({"TEA": 1})
    assert shop.buffer("TEA") == 1
    assert shop.line(dora, "TEA").promised_on > shop.line("SO-2", "TEA").promised_on


def test_a_cap_holds_on_the_sum_of_equal_skus(shop):
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=3)
    customer = orders.NewCustomer("bob")
    twice = orders.NewOrder("B", customer, [orders.NewLine("TEA", 3), orders.NewLine("TEA", 2)])
    with pytest.raises(orders.OrdersRefused, match="2 wanted, 1 can be sold"):
        orders.place(twice, by="storefront", now=shop.now)
    assert not Event.objects.filter(kind="placed").exists()
    assert shop.units(shop.order({"TEA": 4})) == (3, 1, 0, 0)
    with pytest.raises(orders.OrdersRefused, match="0 can be sold"):
        shop.order({"TEA": 1})


def test_a_quantity_of_2_raised_to_5(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.wait(hours=1)
    shop.order({"TEA": 2}, number="CHARLIE")
    shop.wait(hours=1)
    orders.add(bob, "TEA", 3, key="more", by="bob", now=shop.now)
    again = orders.add(bob, "TEA", 3, key="more", by="bob", now=shop.now)
    assert again.waiting == 3
    assert shop.units(bob) == (5, 0, 0, 0)
    number = shop.raises()
    shop.receives(number, {"TEA": 4})
    assert shop.units(bob) == (3, 2, 0, 0)
    assert shop.units("CHARLIE") == (0, 2, 0, 0)


def test_a_waiting_unit_is_cancelled(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 2})
    assert shop.cancels(bob, {"TEA": 1}) == 1
    assert (shop.level("TEA").on_hand, shop.buffer("TEA")) == (0, 3)
    assert shop.units(bob) == (1, 0, 0, 1)
    assert shop.units(charlie) == (2, 0, 0, 0)


def test_an_allocated_unit_is_cancelled_and_goes_to_the_next_in_the_queue(shop):
    shop.sells("TEA", here=1)
    bob = shop.order({"TEA": 2})
    charlie = shop.order({"TEA": 1})
    assert shop.cancels(bob, {"TEA": 2}) == 2
    assert shop.units(bob) == (0, 0, 0, 2)
    assert shop.units(charlie) == (0, 1, 0, 0)
    assert shop.level("TEA").on_hand == 1
    assert shop.told(charlie) == ["placed", "arrived"]


def test_10_wait_and_6_arrive(shop):
    shop.sells("TEA")
    bob, charlie, dora = (shop.order({"TEA": units}) for units in (4, 4, 2))
    shop.receives(shop.raises(), {"TEA": 6})
    assert [shop.units(order)[:2] for order in (bob, charlie, dora)] == [(0, 4), (2, 2), (2, 0)]


def test_the_same_receipt_posted_twice(shop):
    shop.sells("TEA")
    shop.order({"TEA": 4})
    number = shop.raises()
    first = shop.receives(number, {"TEA": 3}, key="dock-7")
    again = shop.receives(number, {"TEA": 3}, key="dock-7")
    assert (again.receipt, again.is_new) == (first.receipt, False)
    assert (shop.level("TEA").on_hand, Receipt.objects.count()) == (3, 1)


def test_a_receipt_for_one_purchase_order_while_the_oldest_line_was_covered_by_another(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.raises()
    charlie = shop.order({"TEA": 2})
    second = shop.raises()
    shop.receives(second, {"TEA": 2})
    assert shop.units(bob) == (0, 2, 0, 0)
    assert shop.units(charlie) == (2, 0, 0, 0)


def test_the_supplier_confirms_8_of_10(shop):
    shop.sells("TEA")
    early = [shop.order({"TEA": 2}) for _ in range(4)]
    late = shop.order({"TEA": 2})
    number = shop.raises()
    shop.wait(days=22)
    shop.answers(number, Said("TEA", quantity=8, on=shop.now.date() + timedelta(days=2)))
    assert shop.buffer("TEA") == 2
    assert all("delayed" not in shop.told(order) for order in early)
    assert "delayed" in shop.told(late)
    assert shop.line(late, "TEA").told_on > shop.line(late, "TEA").promised_on
    shop.receives(number, {"TEA": 8})
    assert [shop.units(order) for order in early] == [(0, 2, 0, 0)] * 4


def test_a_purchase_order_is_cancelled_to_change_the_supplier(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 1})
    before = [(shop.line(order, "TEA").queued_at, shop.line(order, "TEA").pk) for order in (bob, charlie)]
    number = shop.raises()
    assert amending.cancel(number, why="they are out", by="ben", now=shop.now) == 3
    shop.supplier("BEST")
    suppliers.put_offers([suppliers.NewOffer("BEST", "TEA", 250, rank=0)], by="ben", now=shop.now)
    other = shop.raises("BEST")
    assert shop.bought(other) == {"TEA": 3}
    assert [(shop.line(order, "TEA").queued_at, shop.line(order, "TEA").pk) for order in (bob, charlie)] == before
    assert "cancelled" not in shop.told(bob)
    assert Message.objects.filter(kind="cancellation", supplier__code="ACME").exists()


@pytest.mark.parametrize(
    ("answer", "step", "bought", "state"),
    [
        (BelowMinimum.ORDER_ANYWAY, "fire", 4, "sent"),
        (BelowMinimum.TOP_UP, "top_up", 10, "sent"),
        (BelowMinimum.ASK, "ask", 4, "draft"),
    ],
)
def test_a_deadline_below_the_minimum_gets_the_policys_answer(shop, answer, step, bought, state):
    shop.supplier("ACME", suppliers.Policy(minimum_units=10, order_weekdays="4", below_minimum=answer))
    shop.sells("TEA")
    shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    raised = shop.fires()
    assert (raised.step, raised.reason, raised.units, raised.state) == (step, "deadline", bought, state)


def test_with_time_to_undo_an_order_leaves_later(shop):
    shop.supplier("ACME", suppliers.Policy(order_weekdays="4", undo_minutes=10))
    shop.sells("TEA")
    bob = shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    raised = shop.fires()
    assert raised.state == "queued"
    assert work(shop.now, deliver=False).sent == 0
    shop.wait(minutes=10)
    assert shop.told(bob) == ["placed"]
    assert work(shop.now, deliver=False).sent == 1
    assert (shop.state(raised.number), shop.told(bob)) == ("sent", ["placed", "ordered"])


def test_a_buffer_that_rolls_over_says_so_once_and_goes_at_the_end_of_the_longest_wait(shop):
    policy = suppliers.Policy(
        minimum_units=10, order_weekdays="4", maximum_wait_days=10, below_minimum=BelowMinimum.ROLL
    )
    shop.supplier("ACME", policy)
    shop.sells("TEA")
    shop.order({"TEA": 4})
    shop.now = FRIDAY_1700
    assert shop.fires().step == "roll"
    shop.wait(hours=1)
    assert shop.fires().step == "wait"
    assert len(shop.events("rolled_over")) == 1
    shop.now = datetime(2026, 3, 12, 17, tzinfo=UTC)
    raised = shop.fires()
    assert (raised.step, raised.reason, raised.units) == ("fire", "maximum_wait", 4)


def test_a_promise_at_risk_overrides_a_buffer_that_would_wait(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_units=100, maximum_wait_days=20, below_minimum=BelowMinimum.ROLL))
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.wait(days=1)
    assert shop.fires().step == "wait"
    shop.supplier(
        "ACME", suppliers.Policy(minimum_units=100, maximum_wait_days=20, below_minimum=BelowMinimum.ROLL), 20
    )
    raised = shop.fires()  # It takes far longer than it did when Bob was promised his day.
    assert (raised.step, raised.reason) == ("fire", "promise_at_risk")
    assert shop.line(bob, "TEA").promised_on is not None


def test_the_minimum_fires_once_it_has_settled(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_units=3, order_weekdays="4", settle_minutes=30))
    shop.sells("TEA")
    shop.order({"TEA": 2})
    assert shop.fires().step == "wait"
    shop.order({"TEA": 1})
    assert shop.fires().step == "wait"
    shop.wait(minutes=29)
    assert shop.fires().step == "wait"
    shop.wait(minutes=1)
    assert (shop.fires().reason, shop.buffer("TEA")) == ("minimum_units", 0)


def test_a_minimum_value_counts_in_money(shop):
    shop.supplier("ACME", suppliers.Policy(minimum_value_minor=1_000, order_weekdays="4"))
    shop.sells("TEA", cost=300)
    shop.order({"TEA": 3})
    assert shop.fires().step == "wait"
    shop.order({"TEA": 1})
    assert shop.fires().reason == "minimum_value"


def test_two_workers_run_the_deadline(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.now = FRIDAY_1700
    assert (shop.fires().step, shop.fires().step) == ("fire", "wait")
    assert PurchaseOrder.objects.count() == 1


def test_the_server_was_down_at_the_deadline(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.now = FRIDAY_1700 + timedelta(hours=15, minutes=5)
    assert shop.fires().reason == "deadline"
    assert PurchaseOrder.objects.get().why == "15 h 5 min after its deadline"
    assert shop.fires().step == "wait"


def test_the_clocks_change_on_the_day_of_the_deadline(shop):
    policy = suppliers.Policy(order_weekdays="6", cutoff=datetime(2026, 1, 1, 1, 30).time(), time_zone="Europe/London")
    shop.supplier("ACME", policy, weekdays="0123456")
    shop.sells("TEA")
    shop.now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    shop.order({"TEA": 1})
    fired = 0
    for minutes in range(0, 24 * 60, 10):  # On 29 March 2026 half past one does not exist in London.
        shop.now = datetime(2026, 3, 28, 18, tzinfo=UTC) + timedelta(minutes=minutes)
        fired += shop.fires().number is not None
    assert fired == 1


def test_cancelled_an_hour_before_the_deadline(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    shop.order({"TEA": 1})
    shop.now = FRIDAY_1700 - timedelta(hours=1)
    shop.cancels(bob)
    shop.now = FRIDAY_1700
    assert shop.bought(shop.fires().number) == {"TEA": 1}


def test_an_older_order_lends_what_a_younger_one_could_ship(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    lender = shop.order({"TEA": 1, "MUG": 1}, together=True)
    borrower = shop.order({"TEA": 1})
    number = shop.raises()
    shop.wait(days=3)
    assert shipping.lend("TEA", to=borrower, by="wendy", now=shop.now) == 1
    assert shop.units(lender, "TEA") == (1, 0, 0, 0)
    assert shop.units(borrower) == (0, 1, 0, 0)
    assert Loan.objects.get().repaid_from.purchase_order.number == number
    assert shop.is_sound()
    shop.ships(borrower)
    shop.receives(number, {"TEA": 1, "MUG": 1})
    assert shop.units(lender) == (0, 2, 0, 0)
    dora = shop.order({"TEA": 1})
    with pytest.raises(shipping.NoLoan):
        shipping.lend("TEA", to=dora, by="wendy", now=shop.now)


def test_nothing_is_lent_if_nothing_would_repay_it_in_time(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 1}, together=True)
    borrower = shop.order({"TEA": 1})
    with pytest.raises(shipping.NoLoan, match="nothing that would repay it is on order"):
        shipping.lend("TEA", to=borrower, by="wendy", now=shop.now)


def test_a_mixed_order_goes_in_parts_each_with_its_own_date(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    bob = shop.order({"TEA": 1, "MUG": 1})
    assert shop.line(bob, "TEA").promised_on < shop.line(bob, "MUG").promised_on
    (first,) = shop.ships(bob)
    assert (first.units, first.to_follow) == (1, 1)
    shop.receives(shop.raises(), {"MUG": 1})
    (second,) = shop.ships(bob)
    assert (second.units, second.to_follow) == (1, 0)
    assert shop.told(bob) == ["placed", "shipped", "ordered", "arrived", "shipped"]


def test_an_order_that_ships_together_waits_and_is_promised_one_day(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    bob = shop.order({"TEA": 1, "MUG": 1}, together=True)
    assert shop.line(bob, "TEA").promised_on == shop.line(bob, "MUG").promised_on
    with pytest.raises(shipping.NothingToShip):
        shop.ships(bob)
    shop.receives(shop.raises(), {"MUG": 1})
    assert shop.ships(bob)[0].to_follow == 0


def test_in_two_parcels_at_the_most_the_second_waits_for_everything(shop):
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.sells("POT")
    bob = shop.order({"TEA": 1, "MUG": 1, "POT": 1}, policy=ShippingPolicy.UP_TO, most_parcels=2)
    shop.ships(bob)
    number = shop.raises()
    shop.receives(number, {"MUG": 1})
    with pytest.raises(shipping.NothingToShip):
        shop.ships(bob)
    shop.receives(number, {"POT": 1})
    assert shop.ships(bob)[0].to_follow == 0


def test_a_returned_special_order_goes_to_the_oldest_waiting_line_before_general_sale(shop):
    shop.sells("TEA", here=1)
    bob = shop.order({"TEA": 1})
    shop.ships(bob)
    charlie = shop.order({"TEA": 1})
    shop.takes_back(bob, "TEA", 1)
    assert shop.units(charlie) == (0, 1, 0, 0)
    dora = shop.order({"TEA": 1})
    assert shop.units(dora) == (1, 0, 0, 0)


def test_a_late_purchase_order_is_announced_once_and_not_at_every_wobble(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.raises()
    shop.wait(days=20)
    learning.announce_delays("MAIN", by="worker", now=shop.now)
    assert "delayed" not in shop.told(bob)
    shop.wait(days=30)
    assert learning.announce_delays("MAIN", by="worker", now=shop.now) == 1
    assert learning.announce_delays("MAIN", by="worker", now=shop.now) == 0
    line = shop.line(bob, "TEA")
    assert line.told_on > shop.now.date() > line.promised_on


def test_a_suppliers_refusal_never_cancels_a_customer(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    number = shop.raises()
    assert shop.answers(number, Said("TEA", quantity=0)) == "rejected"
    assert shop.units(bob) == (2, 0, 0, 0)
    assert shop.buffer("TEA") == 2


def test_a_delivery_in_two_parts(shop):
    shop.sells("TEA")
    bob, charlie = shop.order({"TEA": 3}), shop.order({"TEA": 2})
    number = shop.raises()
    shop.answers(number, Said("TEA", quantity=3, on=date(2026, 3, 12), rest_on=date(2026, 6, 1)))
    assert shop.buffer("TEA") == 0
    assert "delayed" not in shop.told(bob)
    assert "delayed" in shop.told(charlie)
    shop.receives(number, {"TEA": 3})
    assert shop.state(number) == "part_received"
    shop.receives(number, {"TEA": 2})
    assert shop.state(number) == "closed"
    assert shop.units(charlie) == (0, 2, 0, 0)


def test_more_arrives_than_was_ordered(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 2})
    number = shop.raises()
    charlie = shop.order({"TEA": 2})
    shop.receives(number, {"TEA": 5})
    assert [shop.units(order)[:2] for order in (bob, charlie)] == [(0, 2), (0, 2)]
    assert (shop.level("TEA").on_hand, shop.level("TEA").incoming) == (5, 0)
    assert PurchaseOrder.objects.get().lines.get().over == 3


def test_rejected_units_stay_outstanding(shop):
    from onorder.actions import receiving

    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = shop.raises()
    counts = [receiving.Count("TEA", 2, 1, "broken")]
    receiving.receive(number, counts, key="k", by="wendy", now=shop.now)
    assert (shop.level("TEA").on_hand, shop.level("TEA").incoming, shop.state(number)) == (2, 1, "part_received")
    assert amending.close_short(number, why="no more", by="ben", now=shop.now) == 1
    assert shop.buffer("TEA") == 1


def test_goods_that_nobody_ordered_serve_the_oldest(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.finds({"TEA": 3})
    assert shop.units(bob) == (0, 1, 0, 0)
    assert shop.buffer("TEA") == 0


def test_fewer_are_on_the_shelf_than_were_set_aside(shop):
    shop.sells("TEA", here=3)
    bob, charlie = shop.order({"TEA": 2}), shop.order({"TEA": 1})
    shop.counts("TEA", 2)
    assert shop.units(bob) == (0, 2, 0, 0)
    assert shop.units(charlie) == (1, 0, 0, 0)
    assert shop.buffer("TEA") == 1


def test_the_worker_does_a_day_from_deadline_to_message(shop):
    shop.sells("TEA")
    bob = shop.order({"TEA": 1})
    shop.now = FRIDAY_1700
    done = work(shop.now, deliver=False)
    assert (done.raised, done.sent) == (1, 1)
    assert work(shop.now, deliver=False).is_idle
    assert shop.told(bob) == ["placed", "ordered"]
    shop.wait(days=6)
    assert work(shop.now, deliver=False).reminded == 1
    assert work(shop.now, deliver=False).is_idle


def test_everything_that_moved_is_explained_by_an_event(shop):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 2})
    shop.receives(shop.raises(), {"TEA": 1})
    kinds = dict(StockMove.objects.values_list("kind", "event__kind"))
    assert kinds == {"adjusted": "counted", "allocated": "arrived", "received": "received"}
