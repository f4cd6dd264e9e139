"""Goods come back: asked for, received, decided; nothing is stock before it is decided, and nothing is paid twice."""

from __future__ import annotations

import pytest

from onorder.actions import payments, return_decisions, returns
from onorder.actions.return_decisions import NoneToBeHad, NothingToDecide
from onorder.actions.returns import AskedAlready, NotOnTheWay, NotShipped
from onorder.errors import BadInput
from onorder.models import Message, Order, OrderLine, Return
from onorder.rules.lifecycle import Accept
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(shop):
    """SO-1 has two TEA at home, paid for; SO-2 and SO-3 wait for one each, SO-2 the longer."""
    shop.sells("TEA", here=2, price=1_000)
    shop.order({"TEA": 2})
    payments.capture("SO-1", 2_000, key="paid", by="psp", now=shop.now)
    shop.ships("SO-1")
    for _ in range(2):
        shop.wait(hours=1)
        shop.order({"TEA": 1})
    shop.wait(days=1)
    return shop


def states(number):
    rows = Return.objects.filter(number=number).order_by("pk")
    return list(rows.values_list("line__variant__sku", "quantity", "state"))


def held(number):
    order = Order.objects.get(number=number)
    return order.captured_minor - order.refunded_minor


def test_asking_and_arriving_move_nothing(out):
    before = out.level("TEA").on_hand, out.units("SO-2")
    number = out.asks_back("SO-1", {"TEA": 2})
    assert (out.level("TEA").on_hand, out.units("SO-2")) == before
    assert out.gets_back(number) == 2
    assert (out.level("TEA").on_hand, out.units("SO-2")) == before
    assert states(number) == [("TEA", 2, "received")]
    assert out.told("SO-1")[-2:] == ["return_requested", "return_received"]
    assert out.is_sound()


def test_a_returned_special_order_goes_to_the_oldest_waiting_line_before_general_sale(out):
    number = out.asks_back("SO-1", {"TEA": 1})
    out.gets_back(number)
    decided = out.decides(number, "TEA", "restock")
    assert (decided.units, decided.refunded_minor) == (1, 1_000)
    assert out.units("SO-2") == (0, 1, 0, 0)
    assert out.units("SO-3") == (1, 0, 0, 0)
    assert held("SO-1") == 1_000
    assert out.told("SO-2")[-1] == "arrived"
    assert out.is_sound()


def test_what_is_written_off_serves_nobody_and_is_paid_back_all_the_same(out):
    number = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(number)
    assert out.decides(number, "TEA", "write_off").refunded_minor == 2_000
    assert out.level("TEA").on_hand == 0
    assert out.units("SO-2") == (1, 0, 0, 0)
    assert held("SO-1") == 0
    assert out.is_sound()


def test_the_customer_is_told_once_that_it_is_back_and_what_for(out):
    number = out.asks_back("SO-1", {"TEA": 1})
    out.gets_back(number)
    out.decides(number, "TEA", "restock")
    silent = Message.objects.get(kind="returned")
    assert (silent.state, silent.note) == ("suppressed", return_decisions.TOLD_WITH_MONEY)
    assert Message.objects.get(kind="refunded").state == "queued"


def test_with_no_money_to_give_back_the_goods_are_what_is_told(out):
    number = out.asks_back("SO-1", {"TEA": 1})
    out.gets_back(number)
    out.decides(number, "TEA", "restock", refund_minor=0)
    assert Message.objects.get(kind="returned").state == "queued"
    assert not Message.objects.filter(kind="refunded").exists()


# A replacement.


def test_a_replacement_keeps_the_place_its_original_had(out):
    number = out.asks_back("SO-1", {"TEA": 1}, wants="replacement")
    out.gets_back(number)
    decided = out.decides(number, "TEA", "write_off")
    line = out.line("SO-1", "TEA")
    original = OrderLine.objects.filter(order__number="SO-1").order_by("pk").first()
    assert (decided.replaced, decided.here, decided.refunded_minor) == (1, 0, 0)
    assert (line.queued_at, line.unit_price_minor, line.waiting) == (original.queued_at, 0, 1)
    assert Return.objects.get(number=number).replacement == line
    assert held("SO-1") == 2_000
    assert out.told("SO-1")[-1] == "replaced"
    assert out.is_sound()
    out.finds({"TEA": 1})
    assert out.units("SO-1") == (0, 1, 2, 0)  # Before those who ordered earlier than it was replaced.
    assert out.units("SO-2") == (1, 0, 0, 0)
    assert out.is_sound()


def test_a_replacement_takes_nothing_from_those_who_have_their_units(out):
    out.finds({"TEA": 1})
    assert out.units("SO-2") == (0, 1, 0, 0)
    number = out.asks_back("SO-1", {"TEA": 1}, wants="replacement")
    out.gets_back(number)
    out.decides(number, "TEA", "write_off")
    assert out.units("SO-2") == (0, 1, 0, 0)
    assert out.is_sound()


def test_what_came_back_is_not_sent_to_who_sent_it(out):
    number = out.asks_back("SO-1", {"TEA": 1}, wants="replacement")
    out.gets_back(number)
    assert out.decides(number, "TEA", "restock").here == 0
    assert out.units("SO-2") == (0, 1, 0, 0)
    assert out.is_sound()


def test_a_replacement_from_the_shelf_ships_at_once(out):
    out.finds({"TEA": 5})
    number = out.asks_back("SO-1", {"TEA": 2}, wants="replacement")
    out.gets_back(number)
    assert out.decides(number, "TEA", "write_off").here == 2
    (gone,) = out.ships("SO-1")
    assert gone.units == 2
    assert out.is_sound()


def test_a_replacement_that_comes_back_is_worth_what_was_paid_for_the_first(out):
    out.finds({"TEA": 5})
    number = out.asks_back("SO-1", {"TEA": 1}, wants="replacement")
    out.gets_back(number)
    out.decides(number, "TEA", "write_off")
    out.ships("SO-1")
    again = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(again)
    assert out.decides(again, "TEA", "write_off", units=1).refunded_minor == 1_000
    assert out.decides(again, "TEA", "write_off").refunded_minor == 1_000
    assert held("SO-1") == 0
    assert out.is_sound()


def test_nobody_is_promised_a_replacement_that_nothing_can_bring(out):
    out.sells("RING", supplier=None, here=1)
    out.order({"RING": 1}, number="SO-R")
    out.ships("SO-R")
    number = out.asks_back("SO-R", {"RING": 1}, wants="replacement")
    out.gets_back(number)
    before = fingerprint()
    with pytest.raises(NoneToBeHad):
        out.decides(number, "RING", "write_off")
    assert fingerprint() == before


def test_what_is_owed_is_sent_whatever_the_terms_for_new_orders_say(out):
    out.terms(sku="TEA", accept=Accept.NEVER)
    number = out.asks_back("SO-1", {"TEA": 1}, wants="replacement")
    out.gets_back(number)
    assert out.decides(number, "TEA", "write_off").replaced == 1
    assert out.is_sound()


# Money.


def test_a_refund_is_its_share_of_what_was_paid_with_the_discount_taken_off(shop):
    shop.sells("TEA", here=3, price=1_000)
    shop.sells("MUG", here=1, price=500)
    shop.order({"TEA": 3, "MUG": 1}, discount_minor=350, shipping_minor=400)
    payments.capture("SO-1", 3_550, key="paid", by="psp", now=shop.now)
    shop.ships("SO-1")
    number = shop.asks_back("SO-1", {"TEA": 3, "MUG": 1})
    shop.gets_back(number)
    assert [shop.decides(number, "TEA", "restock", units=1).refunded_minor for _ in range(3)] == [900, 900, 900]
    assert shop.decides(number, "MUG", "write_off").refunded_minor == 450 + 400  # The delivery goes with the last.
    assert held("SO-1") == 0
    assert shop.is_sound()


def test_what_was_cancelled_and_not_paid_back_yet_is_not_paid_with_what_comes_back(shop):
    shop.sells("TEA", here=2, price=1_000)
    shop.order({"TEA": 3})
    payments.capture("SO-1", 3_000, key="paid", by="psp", now=shop.now)
    shop.ships("SO-1")
    shop.cancels("SO-1")
    number = shop.asks_back("SO-1", {"TEA": 2})
    shop.gets_back(number)
    assert shop.decides(number, "TEA", "restock", units=1).refunded_minor == 1_000
    payments.refund("SO-1", 1_000, key="cancelled", by="dora", now=shop.now)
    assert shop.decides(number, "TEA", "restock").refunded_minor == 1_000
    assert held("SO-1") == 0


def test_never_more_goes_back_than_was_paid(shop):
    shop.sells("TEA", here=2, price=1_000)
    shop.order({"TEA": 2})
    payments.capture("SO-1", 800, key="deposit", by="psp", now=shop.now)
    shop.ships("SO-1")
    number = shop.asks_back("SO-1", {"TEA": 2})
    shop.gets_back(number)
    before = fingerprint()
    with pytest.raises(payments.NotHeld):
        shop.decides(number, "TEA", "restock", refund_minor=801)
    assert fingerprint() == before
    assert shop.decides(number, "TEA", "restock", units=1).refunded_minor == 400
    assert shop.decides(number, "TEA", "restock").refunded_minor == 400


# In part, refused, twice.


def test_what_did_not_come_stays_on_the_way(out):
    number = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(number, {"TEA": 1})
    assert states(number) == [("TEA", 1, "received"), ("TEA", 1, "requested")]
    out.decides(number, "TEA", "restock")
    assert states(number) == [("TEA", 1, "restocked"), ("TEA", 1, "requested")]
    assert out.is_sound()
    out.gets_back(number)
    out.decides(number, "TEA", "write_off")
    assert states(number) == [("TEA", 1, "restocked"), ("TEA", 1, "written_off")]
    assert out.is_sound()


def test_one_of_two_can_be_sold_again(out):
    number = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(number)
    assert out.decides(number, "TEA", "restock", units=1).units == 1
    assert out.decides(number, "TEA", "write_off").units == 1
    assert sorted(states(number)) == [("TEA", 1, "restocked"), ("TEA", 1, "written_off")]
    assert held("SO-1") == 0
    assert out.is_sound()


@pytest.mark.parametrize("is_here", [True, False])
def test_what_is_refused_stays_the_customers(out, is_here):
    number = out.asks_back("SO-1", {"TEA": 1})
    if is_here:
        out.gets_back(number)
    out.decides(number, "TEA", "refuse", why="it was worn")
    assert states(number) == [("TEA", 1, "refused")]
    assert out.line("SO-1", "TEA").returned == 0
    assert held("SO-1") == 2_000
    assert out.told("SO-1")[-1] == "return_refused"
    assert out.asks_back("SO-1", {"TEA": 2}) != number  # They may ask again.
    assert out.is_sound()


def test_twice_is_once(out):
    number = out.asks_back("SO-1", {"TEA": 2}, key="ask")
    assert out.asks_back("SO-1", {"TEA": 2}, key="ask") == number
    assert out.gets_back(number, {"TEA": 1}, key="came") == out.gets_back(number, {"TEA": 1}, key="came") == 1
    first = out.decides(number, "TEA", "restock", key="decided")
    before = fingerprint()
    assert out.decides(number, "TEA", "restock", key="decided") == first
    assert fingerprint() == before


def test_nothing_is_asked_for_twice(out):
    out.asks_back("SO-1", {"TEA": 1})
    with pytest.raises(AskedAlready) as refusal:
        out.asks_back("SO-1", {"TEA": 2})
    assert "1 units are on a return already and 1 are not, so 2 are too many" in str(refusal.value)
    with pytest.raises(AskedAlready):
        out.takes_back("SO-1", "TEA", 2)
    with pytest.raises(NotShipped):
        out.asks_back("SO-1", {"TEA": 3})
    out.takes_back("SO-1", "TEA", 1)
    assert out.is_sound()


def test_no_more_is_received_or_decided_than_there_is(out):
    number = out.asks_back("SO-1", {"TEA": 1})
    with pytest.raises(NothingToDecide):
        out.decides(number, "TEA", "restock")
    with pytest.raises(NotOnTheWay):
        out.gets_back(number, {"TEA": 2})
    out.gets_back(number)
    with pytest.raises(NotOnTheWay):
        out.gets_back(number)
    out.decides(number, "TEA", "restock")
    with pytest.raises(NothingToDecide):
        out.decides(number, "TEA", "refuse", why="late")


def test_a_refusal_needs_a_reason_and_brings_no_money(out):
    number = out.asks_back("SO-1", {"TEA": 1})
    for wrong in ({}, {"why": "no", "refund_minor": 5}, {"why": "no", "replace": True}):
        with pytest.raises(BadInput):
            out.decides(number, "TEA", "refuse", **wrong)


def test_one_return_of_several_things_has_one_number(out):
    out.sells("MUG", here=1)
    returns_before = Return.objects.count()
    out.order({"MUG": 1}, number="SO-9")
    from onorder.actions import orders

    orders.add("SO-9", "MUG", 1, key="more", by="dora", now=out.now)
    out.finds({"MUG": 1})
    out.ships("SO-9")
    number = out.asks_back("SO-9", {"MUG": 2})
    assert Return.objects.count() == returns_before + 2  # A row for each line, both of one number.
    assert returns.receive(number, key="r", by="wendy", now=out.now) == 2
    assert out.decides(number, "MUG", "restock").units == 2
    assert out.is_sound()
