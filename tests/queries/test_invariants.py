"""Each law broken behind the product's back is found, by its number and where; some the database does not let in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from onorder.actions import consent, orders, payments, shipping
from onorder.models import (
    DelayNotice,
    Event,
    Loan,
    Message,
    Order,
    OrderLine,
    Payment,
    Payout,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceiptLine,
    Return,
    Shop,
    StockLevel,
    StockMove,
)
from onorder.queries.invariants import INVARIANTS, broken
from onorder.queue import setup as settings
from onorder.rules.consent import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(shop):
    """TEA: O1 has a unit, O2 and O3 wait for what is on order, O4 stands in the buffer. CUP: lent by O5 to O6."""
    shop.sells("TEA", here=1)
    shop.sells("CUP", here=1)
    shop.sells("PAN")
    shop.order({"TEA": 1}, number="O1")
    shop.order({"CUP": 1, "PAN": 1}, number="O5", together=True)
    shop.order({"CUP": 1}, number="O6")
    shop.wait(minutes=1)
    for number in ("O2", "O3"):
        shop.order({"TEA": 2}, number=number)
        shop.wait(minutes=1)
    shop.sent = shop.raises()
    shop.wait(minutes=1)
    shop.receives(shop.sent, {"TEA": 1})
    shop.order({"TEA": 3}, number="O4")
    payments.capture("O1", 1_000, key="paid", by="psp", now=shop.now)
    payments.refund("O1", 300, key="back", by="ben", now=shop.now)
    shipping.lend("CUP", to="O6", by="ben", now=shop.now)
    assert list(broken()) == []
    return shop


def line(number, sku="TEA"):
    return OrderLine.objects.filter(order__number=number, variant__sku=sku)


def level(sku="TEA"):
    return StockLevel.objects.filter(variant__sku=sku)


def free_stock(shop):
    level().update(on_hand=F("on_hand") + 1)


def out_of_turn(shop):
    line("O2").update(allocated=0, waiting=2)
    line("O3").update(allocated=1, waiting=1)


def a_loan_forgotten(shop):
    Loan.objects.all().delete()


def counted_wrong(shop):
    level().update(on_hand=F("on_hand") - 1, allocated=F("allocated") - 1)


def a_move_lost(shop):
    StockMove.objects.filter(kind="received").delete()


def a_line_without_its_move(shop):
    line("O3").update(allocated=1, waiting=1)


def nobody_buys(shop):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE onorder_stocklevel SET supplier_id = NULL WHERE waiting > incoming")


def closed_with_something_to_come(shop):
    PurchaseOrder.objects.update(state="closed")


def a_receipt_that_says_more(shop):
    ReceiptLine.objects.update(accepted=F("accepted") + 1)


def money_out_of_nowhere(shop):
    Order.objects.filter(number="O1").update(captured_minor=F("captured_minor") + 1)


def a_refund_forgotten(shop):
    Order.objects.filter(number="O1").update(refunded_minor=0)


def nobody_was_told(shop):
    Message.objects.filter(kind="placed").first().delete()


def an_order_without_a_past(shop):
    placed = Event.objects.filter(kind="placed", subject=f"order:{Order.objects.get(number='O4').pk}")
    placed.update(kind="imagined")


def jumped_the_queue(shop):
    line("O4").update(queued_at=F("queued_at") - timedelta(days=1))


def fewer_wait(shop):
    level().update(waiting=F("waiting") - 1)


def more_is_coming(shop):
    PurchaseOrderLine.objects.filter(variant__sku="TEA").update(
        ordered=F("ordered") + 1, outstanding=F("outstanding") + 1
    )


def in_the_buffer_too_long(shop):
    level().update(buffered_at=F("buffered_at") - timedelta(days=3))


def in_the_buffer_too_short(shop):
    level().update(buffered_at=F("buffered_at") + timedelta(days=3))


def since_somebody_elses_place(shop):
    level().update(buffered_at=line("O3").get().queued_at)


def given_past_a_replacement(shop):
    """What arrived went to O2 instead of the line that replaces what O1 sent back."""
    shop.ships("O1")
    back = shop.asks_back("O1", {"TEA": 1}, wants="replacement")
    shop.gets_back(back)
    shop.decides(back, "TEA", "write_off")
    shop.wait(minutes=1)
    shop.finds({"TEA": 1})
    replacement, next_one = shop.line("O1", "TEA"), shop.line("O2", "TEA")
    assert list(broken()) == []
    assert replacement.allocated == 1
    line("O1").filter(pk=replacement.pk).update(allocated=0, waiting=1)
    line("O2").update(allocated=F("allocated") + 1, waiting=F("waiting") - 1)
    StockMove.objects.filter(line=replacement).update(line=next_one)


def a_return_forgotten(shop):
    shop.ships("O1")
    shop.takes_back("O1", "TEA", 1)
    Return.objects.all().delete()


def over_and_still_waiting(shop):
    asked(shop)
    DelayNotice.objects.update(reply="withdrawn", replied_on=shop.now.date())


def over_and_still_paid_for(shop):
    asked(shop)
    consent.answer("O7", Reply.CANCELLED, key="k", by="storefront", now=shop.now)
    assert list(broken()) == []
    Payment.objects.filter(order__number="O7", kind="refunded").delete()
    Order.objects.filter(number="O7").update(refunded_minor=0)


def asked(shop):
    """O7 waits for a pan, paid for it, and is asked whether it waits longer."""
    Shop.objects.update(jurisdiction="EU")
    settings.changed()
    shop.order({"PAN": 1}, number="O7")
    payments.capture("O7", 500, key="pan", by="psp", now=shop.now)
    day = line("O7", "PAN").get().promised_on + timedelta(days=60)
    orders.promise_anew("O7", "PAN", day, why="flood", by="dora", now=shop.now)
    assert list(broken()) == []


def paid_by_card(shop, number="O8"):
    """O8 was ordered in the storefront and paid by card; a part of it goes back."""
    shop.order({"PAN": 1}, number=number, channel="store")
    payments.capture(number, 500, key="stripe:pi_1", by="stripe", now=shop.now)
    payments.refund(number, 300, key="to-card", by="ben", now=shop.now)
    assert list(broken()) == []


def more_is_paid_out(shop):
    paid_by_card(shop)
    Payout.objects.update(amount_minor=301)


def less_is_paid_out(shop):
    paid_by_card(shop)
    Payout.objects.update(amount_minor=299)


def a_card_gets_more_than_it_gave(shop):
    paid_by_card(shop)
    Payment.objects.filter(key="stripe:pi_1").update(amount_minor=200)


BREAKS = [
    (2, given_past_a_replacement),
    (4, a_return_forgotten),
    (1, free_stock),
    (2, out_of_turn),
    (2, a_loan_forgotten),
    (3, counted_wrong),
    (3, a_move_lost),
    (3, a_line_without_its_move),
    (5, nobody_buys),
    (6, closed_with_something_to_come),
    (6, a_receipt_that_says_more),
    (7, money_out_of_nowhere),
    (7, a_refund_forgotten),
    (8, nobody_was_told),
    (8, an_order_without_a_past),
    (9, jumped_the_queue),
    (10, fewer_wait),
    (10, more_is_coming),
    (10, in_the_buffer_too_long),
    (10, in_the_buffer_too_short),
    (10, since_somebody_elses_place),
    (11, over_and_still_waiting),
    (11, over_and_still_paid_for),
    (12, more_is_paid_out),
    (12, less_is_paid_out),
    (12, a_card_gets_more_than_it_gave),
]


@pytest.mark.parametrize(("number", "break_it"), BREAKS, ids=[name.__name__ for _, name in BREAKS])
def test_what_breaks_a_law_is_found(busy, number, break_it):
    break_it(busy)
    found = list(broken())
    assert number in {one.invariant for one in found}
    assert all(one.subject.partition(":")[2].isdecimal() and one.problem for one in found)


REFUSED_BY_THE_DATABASE = {
    3: lambda: level().update(allocated=F("on_hand") + 1),
    4: lambda: line("O1").update(cancelled=5),
    6: lambda: PurchaseOrderLine.objects.update(outstanding=F("outstanding") + 1),
    7: lambda: Order.objects.filter(number="O1").update(refunded_minor=F("captured_minor") + 1),
}


@pytest.mark.parametrize("number", REFUSED_BY_THE_DATABASE)
def test_some_laws_the_database_holds_by_itself(busy, number):
    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED_BY_THE_DATABASE[number]()


def test_every_law_is_tried():
    assert {number for number, _ in BREAKS} | REFUSED_BY_THE_DATABASE.keys() == {law.number for law in INVARIANTS}
