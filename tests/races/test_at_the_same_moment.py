"""What happens at one moment in several processes, and each race's twin, which shows that it could be lost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from onorder.actions import (
    amending,
    cancellations,
    consent,
    gathering,
    messages,
    orders,
    packing,
    payments,
    purchasing,
    return_decisions,
    shipping,
)
from onorder.models import (
    Customer,
    Message,
    Order,
    OrderLine,
    Payment,
    PurchaseOrder,
    Receipt,
    StockLevel,
)
from onorder.models import Shop as ShopRow
from onorder.queries.packed import packed
from onorder.queue import setup as settings
from onorder.rules.lifecycle import Accept, PurchaseOrderState
from tests.races.moments import everything_is_right, order, receipt
from tests.races.processes import (
    at_once,
    without_guard,
    without_lock,
    without_purse,
    without_row_locks,
)

pytestmark = pytest.mark.django_db(transaction=True)


# Each race prepares a shop, and gives what is done at once and what must be true of the outcome.


def the_last_unit(shop):
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", accept=Accept.NEVER)

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "orders_refused": 5}

    return [order(shop, f"O{n}") for n in range(6)], right


def the_last_unit_with_backorders(shop):
    shop.sells("TEA", here=1)

    def right(done):
        assert all(one.value for one in done)
        assert sorted(one.value.lines[0].allocated for one in done) == [0, 0, 0, 0, 0, 1]

    return [order(shop, f"O{n}") for n in range(6)], right


def a_cap_under_ten(shop):
    shop.sells("TEA", here=2)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=3)

    def right(done):
        assert Counter(one.refused for one in done) == {"": 5, "orders_refused": 5}
        assert StockLevel.objects.get().waiting == 3

    return [order(shop, f"O{n}") for n in range(10)], right


def the_same_order_five_times(shop):
    shop.sells("TEA")

    def right(done):
        assert sum(one.value.is_new for one in done if one.value) == 1
        assert len({one.value and one.value.order for one in done}) == 1

    return [order(shop, "O1")] * 5, right


def two_receipts(shop):
    shop.sells("TEA")
    for n in range(40):
        shop.order({"TEA": 1}, number=f"O{n}")
    number = shop.raises()

    def right(done):
        assert [one.value and one.value.accepted for one in done] == [15, 15]
        level = StockLevel.objects.get()
        assert (level.on_hand, level.allocated, level.waiting) == (30, 30, 10)
        assert list(OrderLine.objects.order_by("pk").values_list("waiting", flat=True)) == [0] * 30 + [1] * 10

    return [receipt(shop, number, "a", TEA=15), receipt(shop, number, "b", TEA=15)], right


def one_receipt_four_times(shop):
    shop.sells("TEA")
    shop.order({"TEA": 9})
    number = shop.raises()

    def right(done):
        assert Counter(one.value and one.value.is_new for one in done) == {True: 1, False: 3}
        assert (Receipt.objects.count(), StockLevel.objects.get().on_hand) == (1, 4)

    return [receipt(shop, number, "dock", TEA=4)] * 4, right


def a_receipt_against_cancellations(shop):
    shop.sells("TEA")
    for n in range(12):
        shop.order({"TEA": 2}, number=f"O{n}")
    number = shop.raises()

    def right(done):
        level = StockLevel.objects.get()
        assert (level.on_hand, level.allocated, level.waiting) == (24, 16, 0)

    cancel = [partial(cancellations.cancel, f"O{n}", by="dora", now=shop.now) for n in range(0, 12, 3)]
    return [receipt(shop, number, "a", TEA=24), *cancel], right


def a_purchase_order_cancelled_while_it_arrives(shop):
    shop.sells("TEA")
    shop.order({"TEA": 5})
    number = shop.raises()

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "wrong_state": 1}
        assert shop.state(number) in (PurchaseOrderState.CANCELLED, PurchaseOrderState.CLOSED)

    cancel = partial(amending.cancel, number, why="late", by="ben", now=shop.now)
    return [receipt(shop, number, "a", TEA=5), cancel], right


def four_workers_and_one_buffer(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.wait(days=5)

    def right(done):
        assert sum(bool(one.value and one.value.number) for one in done) == 1
        assert (PurchaseOrder.objects.count(), StockLevel.objects.get().incoming) == (1, 3)

    return [partial(purchasing.fire, "ACME", by="worker", now=shop.now)] * 4, right


def four_workers_and_one_purchase_order(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = purchasing.raise_order("ACME", by="ben", now=shop.now).number

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "wrong_state": 3}
        assert len(shop.events("purchase_order")) == 1

    return [partial(purchasing.send, number, by="worker", now=shop.now)] * 4, right


def a_bounced(shop):
    """A purchase order whose message failed; the message's key."""
    shop.sells("TEA")
    shop.order({"TEA": 3})
    purchasing.bounce(shop.raises(), why="no such mailbox", by="worker", now=shop.now)
    Message.objects.filter(kind="purchase_order").update(state="failed", note="no such mailbox")
    return Message.objects.get(kind="purchase_order").pk


def a_message_queued_again_by_four(shop):
    key = a_bounced(shop)

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "wrong_state": 3}
        assert len(shop.events("queued_again")) == 1

    return [partial(messages.queue_again, [key], by="ben", now=shop.now)] * 4, right


def a_bounced_purchase_order_sent_in_both_ways(shop):
    key = a_bounced(shop)

    def right(done):
        assert sum(not one.refused for one in done) == 1
        assert Message.objects.filter(kind="purchase_order", state="queued").count() == 1
        assert shop.state("PO-1") == PurchaseOrderState.SENT

    again = partial(messages.queue_again, [key], by="ben", now=shop.now)
    return [again, partial(purchasing.send, "PO-1", by="alice", now=shop.now)], right


def a_silence_broken_by_four_workers(shop):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    Message.objects.update(state="sent", sent_at=shop.now)
    shop.wait(days=14)

    def right(done):
        assert sum(one.value for one in done) == 1
        assert Message.objects.filter(kind="heartbeat").count() == 1

    return [partial(messages.keep_in_touch, "MAIN", by="worker", now=shop.now)] * 4, right


def messages_arranged_by_four_workers(shop):
    """Two things happened to each of three customers, who want texts: one mail and one text for each, telling both."""
    shop.sells("TEA")
    shop.sells("MUG", here=9)
    for n in range(3):
        shop.order({"TEA": 1, "MUG": 1}, number=f"O{n}")
    gathering.arrange(by="worker", now=shop.now)
    Message.objects.update(state="sent", sent_at=shop.now)
    ShopRow.objects.update(takes_texts=True)
    Customer.objects.update(by_text=True, text_number="+447400123456")
    shop.ships("O0", "O1", "O2")
    shop.raises()

    def right(done):
        assert sum(one.value.new for one in done) == 7  # And the purchase order.
        assert sum(one.value.texts for one in done) == 6
        for channel in ("email", "text"):
            told = Message.objects.filter(channel=channel, kind__in=["shipped", "ordered"])
            assert Counter(told.values_list("kind", "state")) == {("shipped", "gathered"): 3, ("ordered", "queued"): 3}
            carried = told.filter(state="gathered").values_list("customer", "carried_by__customer")
            assert all(mine == theirs for mine, theirs in carried)

    return [partial(gathering.arrange, by="worker", now=shop.now)] * 4, right


def a_deadline_kept_by_four_workers(shop):
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    shop.sells("TEA")
    shop.order({"TEA": 2}, number="O1")
    payments.capture("O1", 1_000, key="paid", by="psp", now=shop.now)
    day = shop.line("O1", "TEA").promised_on + timedelta(days=60)
    orders.promise_anew("O1", "TEA", day, why="flood", by="dora", now=shop.now)
    shop.wait(days=90)

    def right(done):
        assert sorted(one.value.refunded_minor for one in done) == [0, 0, 0, 1_000]
        assert Payment.objects.filter(kind="refunded").count() == Message.objects.filter(kind="lapsed").count() == 1

    return [partial(consent.lapse, "O1", by="worker", now=shop.now)] * 4, right


def here_again(shop):
    """A paid order of two whose units have both come back; the return's number."""
    shop.sells("TEA", here=2)
    shop.order({"TEA": 2}, number="O1")
    payments.capture("O1", 1_000, key="paid", by="psp", now=shop.now)
    shop.ships("O1")
    number = shop.asks_back("O1", {"TEA": 2})
    shop.gets_back(number)
    return number


def decided(shop, number, by, outcome="restock"):
    return partial(return_decisions.decide, number, "TEA", outcome, key=by, by=by, now=shop.now)


def the_money_went_back_once():
    assert list(Payment.objects.filter(kind="refunded").values_list("amount_minor", flat=True)) == [1_000]
    assert Order.objects.get().refunded_minor == 1_000
    assert Message.objects.filter(kind="refunded").count() == 1


def a_return_decided_by_two(shop):
    """One sells it again, one writes it off: whoever is first."""
    number = here_again(shop)

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "nothing_to_decide": 1}
        assert [one.value.refunded_minor for one in done if one.value] == [1_000]
        the_money_went_back_once()
        assert StockLevel.objects.get().on_hand == (2 if not done[0].refused else 0)

    return [decided(shop, number, "dora"), decided(shop, number, "wendy", "write_off")], right


def one_decision_sent_four_times(shop):
    number = here_again(shop)

    def right(done):
        assert [one.value and one.value.refunded_minor for one in done] == [1_000] * 4
        the_money_went_back_once()
        assert StockLevel.objects.get().on_hand == 2

    return [decided(shop, number, "dora")] * 4, right


def one_parcel_twice(shop):
    shop.sells("TEA", here=3)
    shop.order({"TEA": 2}, number="O1")

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "nothing_to_ship": 1}
        assert (StockLevel.objects.get().on_hand, shop.units("O1")[2]) == (1, 2)

    return [partial(shipping.ship, [shipping.Parcel("O1")], by="wendy", now=shop.now)] * 2, right


def one_parcel_packed_twice(shop):
    shop.sells("TEA", here=3)
    shop.order({"TEA": 2}, number="O1")

    def right(done):
        assert Counter(one.refused for one in done) == {"": 1, "packed_already": 1}
        assert [one.units for one in packed()] == [2]

    return [partial(packing.pack, [shipping.Parcel("O1")], by="wendy", now=shop.now)] * 2, right


def a_parcel_and_its_hold(shop):
    """Whoever is first: either it has left and cannot be held, or it is held and has not left."""
    shop.sells("TEA", here=3)
    shop.order({"TEA": 2}, number="O1")

    def right(done):
        assert Counter(one.refused for one in done) in ({"": 1, "bad_input": 1}, {"": 1, "on_hold": 1})

    hold = partial(shipping.hold, "O1", "address in doubt", by="dora", now=shop.now)
    return [partial(shipping.ship, [shipping.Parcel("O1")], by="wendy", now=shop.now), hold], right


RACES = [
    (the_last_unit, without_lock),
    (the_last_unit_with_backorders, without_lock),
    (a_cap_under_ten, without_lock),
    (the_same_order_five_times, without_lock),
    (two_receipts, without_lock),
    (one_receipt_four_times, without_lock),
    (a_receipt_against_cancellations, without_lock),
    (a_purchase_order_cancelled_while_it_arrives, without_guard),
    (four_workers_and_one_buffer, without_lock),
    (four_workers_and_one_purchase_order, without_guard),
    (a_message_queued_again_by_four, without_row_locks),
    (a_bounced_purchase_order_sent_in_both_ways, without_row_locks),
    (a_silence_broken_by_four_workers, without_lock),
    (messages_arranged_by_four_workers, without_row_locks),
    (a_deadline_kept_by_four_workers, without_lock),
    (a_return_decided_by_two, without_purse),
    (one_decision_sent_four_times, without_purse),
    (one_parcel_twice, without_lock),
    (one_parcel_packed_twice, without_lock),
    (a_parcel_and_its_hold, without_lock),
]


names = [race.__name__ for race, _ in RACES]


@pytest.mark.parametrize("race", [race for race, _ in RACES], ids=names)
def test_it_comes_out_right(lasting_shop, race):
    tasks, right = race(lasting_shop)
    done = at_once(*tasks)
    everything_is_right(done)
    right(done)


@pytest.mark.parametrize(("race", "disarm"), RACES, ids=names)
def test_its_twin_is_lost(lasting_shop, race, disarm):
    """The same without its guard: an error reaches somebody, or the outcome is wrong."""
    tasks, right = race(lasting_shop)
    done = at_once(*tasks, disarm=disarm)

    def all_of_it():
        everything_is_right(done)
        right(done)

    with pytest.raises(AssertionError):
        all_of_it()
