"""An action costs the same number of statements for one line and for a hundred."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder import models
from onorder.actions import (
    amending,
    answers,
    cancellations,
    consent,
    deliveries,
    orders,
    packing,
    payments,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    stock,
)
from onorder.queue import setup as settings
from onorder.rules.consent import Reply
from onorder.rules.lifecycle import ShippingPolicy

WHO = {"by": "somebody"}


def skus(n):
    return [f"S{k:03}" for k in range(n)]


def an_order(shop, number, n, units=1):
    lines = [orders.NewLine(sku, units) for sku in skus(n)]
    return orders.NewOrder(number, orders.NewCustomer(number, "a@b.example"), lines)


def placed(shop, n):
    orders.place(an_order(shop, "O", n), by="bob", now=shop.now)
    return shop


def raised(shop, n):
    placed(shop, n)
    return purchasing.raise_order("ACME", by="ben", now=shop.now).number


def sent(shop, n):
    number = raised(shop, n)
    purchasing.send(number, by="ben", now=shop.now)
    return number


def received(shop, n):
    number = sent(shop, n)
    counts = [receiving.Count(sku, 1) for sku in skus(n)]
    receiving.receive(number, counts, key="k", by="wendy", now=shop.now)


def place(shop, n):
    return lambda: orders.place(an_order(shop, "O", n), **WHO, now=shop.now)


def place_many(shop, n):
    new = [an_order(shop, f"O{k}", 1) for k in range(n)]
    return lambda: orders.place_many(new, **WHO, now=shop.now)


def raise_order(shop, n):
    placed(shop, n)
    return lambda: purchasing.raise_order("ACME", **WHO, now=shop.now)


def send(shop, n):
    number = raised(shop, n)
    return lambda: purchasing.send(number, **WHO, now=shop.now)


def amend(shop, n):
    number = sent(shop, n)
    return lambda: amending.amend(number, dict.fromkeys(skus(n), 3), why="more", **WHO, now=shop.now)


def answer(shop, n):
    number = sent(shop, n)
    said = [answers.Said(sku, quantity=0) for sku in skus(n)]
    return lambda: answers.answer(number, said, key="k", **WHO, now=shop.now)


def receive(shop, n):
    number = sent(shop, n)
    counts = [receiving.Count(sku, 1) for sku in skus(n)]
    return lambda: receiving.receive(number, counts, key="k", **WHO, now=shop.now)


def ship(shop, n):
    received(shop, n)
    return lambda: shipping.ship([shipping.Parcel("O")], **WHO, now=shop.now)


def ship_what_was_counted(shop, n):
    received(shop, n)
    return lambda: shipping.ship([shipping.Parcel("O", packed=dict.fromkeys(skus(n), 1))], **WHO, now=shop.now)


def pack(shop, n):
    received(shop, n)
    return lambda: packing.pack([shipping.Parcel("O")], **WHO, now=shop.now)


def packed(shop, n):
    received(shop, n)
    packing.pack([shipping.Parcel("O")], **WHO, now=shop.now)


def ship_a_packed_parcel(shop, n):
    packed(shop, n)
    return lambda: shipping.ship([shipping.Parcel("O")], **WHO, now=shop.now)


def unpack(shop, n):
    packed(shop, n)
    return lambda: packing.unpack("O", **WHO, now=shop.now)


def hold(shop, n):
    placed(shop, n)
    return lambda: shipping.hold("O", "address in doubt", **WHO, now=shop.now)


def release(shop, n):
    placed(shop, n)
    shipping.hold("O", "address in doubt", **WHO, now=shop.now)
    return lambda: shipping.release("O", **WHO, now=shop.now)


def swap(shop, n):
    shop.sells("OTHER")
    placed(shop, n)
    return lambda: orders.swap("O", "S000", "OTHER", 1, key="k", **WHO, now=shop.now)


def promise_anew(shop, n):
    placed(shop, n)
    day = shop.now.date() + timedelta(days=90)
    return lambda: orders.promise_anew("O", "S000", day, why="late", **WHO, now=shop.now)


def asked(shop, n):
    """O waits for n SKUs, paid for, and its customer was asked whether they wait two months longer for each."""
    models.Shop.objects.update(jurisdiction="EU")
    settings.changed()
    number = sent(shop, n)
    payments.capture("O", 500 * n, key=f"paid-{n}", **WHO, now=shop.now)
    shop.answers(number, on=shop.now.date() + timedelta(days=90))


def announce_by_law(shop, n):
    models.Shop.objects.update(jurisdiction="EU")
    settings.changed()
    number = sent(shop, n)
    day = shop.now.date() + timedelta(days=90)
    return lambda: answers.answer(number, [], on=day, key="k", **WHO, now=shop.now)


def announce(shop, n):
    number = sent(shop, n)
    day = shop.now.date() + timedelta(days=90)
    return lambda: answers.answer(number, [], on=day, key="k", **WHO, now=shop.now)


def wait_for_it(shop, n):
    asked(shop, n)
    return lambda: consent.answer("O", Reply.KEPT, key="k", **WHO, now=shop.now)


def not_wait_for_it(shop, n):
    asked(shop, n)
    return lambda: consent.answer("O", Reply.CANCELLED, key="k", **WHO, now=shop.now)


def lapse(shop, n):
    asked(shop, n)
    return lambda: consent.lapse("O", **WHO, now=shop.now + timedelta(days=90))


def lend(shop, n):
    """One unit of the first SKU is here, and kept by the first of n orders; all of them wait for the others."""
    shop.counts("S000", n)
    orders.place_many([an_order(shop, f"O{k}", 2) for k in range(n)], by="bob", now=shop.now)
    for k in range(n):
        shipping.set_shipping_policy(f"O{k}", ShippingPolicy.TOGETHER, by="bob", now=shop.now)
    shop.wait(hours=1)
    orders.place(an_order(shop, "P", 1), by="dora", now=shop.now)
    shop.raises()
    return lambda: shipping.lend("S000", to="P", **WHO, now=shop.now)


def cancel(shop, n):
    placed(shop, n)
    return lambda: cancellations.cancel("O", **WHO, now=shop.now)


def cancel_what_is_set_aside(shop, n):
    received(shop, n)
    orders.place(an_order(shop, "P", n), by="dora", now=shop.now)
    return lambda: cancellations.cancel("O", **WHO, now=shop.now)


def cancel_a_purchase_order(shop, n):
    number = sent(shop, n)
    return lambda: amending.cancel(number, why="changed", **WHO, now=shop.now)


def count(shop, n):
    placed(shop, n)
    return lambda: stock.count_many([stock.Counted(sku, 5) for sku in skus(n)], **WHO, now=shop.now)


def shipped(shop, n):
    received(shop, n)
    shipping.ship([shipping.Parcel("O")], **WHO, now=shop.now)
    return dict.fromkeys(skus(n), 1)


def confirm(shop, n):
    number = sent(shop, n)
    day = shop.now.date() + timedelta(days=9)
    return lambda: answers.answer(number, [], on=day, key="k", **WHO, now=shop.now)


def dispatch(shop, n):
    number = sent(shop, n)
    return lambda: answers.dispatched(number, on=shop.now.date(), **WHO, now=shop.now)


def deliver(shop, n):
    """One parcel of each of n orders."""
    shop.counts("S000", n)
    orders.place_many([an_order(shop, f"O{k}", 1) for k in range(n)], by="bob", now=shop.now)
    gone = shipping.ship([shipping.Parcel(f"O{k}") for k in range(n)], **WHO, now=shop.now)
    came = [deliveries.Delivery(parcel.number, shop.now) for parcel in gone]
    return lambda: deliveries.deliver(came, **WHO, now=shop.now)


def request_a_return(shop, n):
    units = shipped(shop, n)
    return lambda: returns.request("O", units, why="blue", wants="refund", key="k", **WHO, now=shop.now)


def receive_a_return(shop, n):
    back = request_a_return(shop, n)()
    return lambda: returns.receive(back, key="k2", **WHO, now=shop.now)


def decide_a_return(shop, n):
    back = request_a_return(shop, n)()
    returns.receive(back, key="k2", **WHO, now=shop.now)
    return lambda: return_decisions.decide(back, "S000", "write_off", replace=True, key="k3", **WHO, now=shop.now)


@pytest.mark.parametrize(
    ("prepare", "most"),
    [
        (place, 20),
        (place_many, 20),
        (raise_order, 27),
        (send, 19),
        (amend, 25),
        (answer, 30),
        (receive, 24),
        (ship, 17),
        (ship_what_was_counted, 18),
        (pack, 15),
        (ship_a_packed_parcel, 18),
        (unpack, 9),
        (hold, 12),
        (release, 11),
        (swap, 22),
        (promise_anew, 12),
        (announce, 29),
        (announce_by_law, 31),
        (wait_for_it, 14),
        (not_wait_for_it, 27),
        (lapse, 27),
        (lend, 30),
        (cancel, 17),
        (cancel_what_is_set_aside, 22),
        (cancel_a_purchase_order, 25),
        (count, 18),
        (confirm, 38),
        (dispatch, 15),
        (deliver, 9),
        (request_a_return, 16),
        (receive_a_return, 16),
        (decide_a_return, 32),
    ],
)
def test_one_line_costs_what_a_hundred_cost(shop, prepare, most):
    for sku in skus(100):
        shop.sells(sku)
    found = []
    for n in (1, 100):
        act = prepare(shop, n)
        settings.current()  # Read once per revision, whoever comes first.
        with CaptureQueriesContext(connection) as queries:
            act()
        found.append(len(queries))
        assert shop.is_sound()
        _forget()
    assert found[0] == found[1] <= most


def _forget():
    """Undo what the first round did, so that the second begins where it did: in the same empty shop."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for model in (
            *(models.DelayNotice, models.Payment, models.Loan, models.Return),
            *(
                models.Packing,
                models.AnswerLine,
                models.Answer,
                models.Amendment,
                models.ReceiptLine,
                models.Receipt,
                models.Shipment,
            ),
            *(models.Message, models.StockMove, models.OrderLine, models.Order, models.Customer),
            *(models.PurchaseOrderLine, models.PurchaseOrder, models.Buffer, models.Event),
        ):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        cursor.execute(
            "UPDATE onorder_stocklevel SET on_hand = 0, allocated = 0, waiting = 0, incoming = 0, buffered_at = NULL"
        )


@pytest.mark.parametrize("waiting", [5, 500])
def test_a_new_order_reads_the_same_rows_behind_few_and_behind_many(shop, waiting, rows_read):
    shop.sells("TEA")
    new = [orders.NewOrder(f"O{n}", orders.NewCustomer("bob"), [orders.NewLine("TEA", 1)]) for n in range(waiting)]
    orders.place_many(new, by="bob", now=shop.now)
    with rows_read() as read:
        shop.order({"TEA": 1})
    assert read.rows <= 12


@pytest.mark.parametrize("waiting", [20, 500])
def test_a_receipt_reads_as_many_lines_as_it_fills(shop, waiting, rows_read):
    shop.sells("TEA")
    new = [orders.NewOrder(f"O{n}", orders.NewCustomer("bob"), [orders.NewLine("TEA", 1)]) for n in range(waiting)]
    orders.place_many(new, by="bob", now=shop.now)
    number = shop.raises()
    with rows_read() as read:
        shop.receives(number, {"TEA": 10})
    assert read.rows <= 24
    assert sum(shop.units(f"O{n}")[1] for n in range(waiting)) == 10


@pytest.fixture
def rows_read(monkeypatch):
    """Counts the rows that come out of the database, by whatever way they are fetched."""
    from contextlib import contextmanager

    from django.db.backends.utils import CursorWrapper

    class Read:
        rows = 0

    @contextmanager
    def counting():
        read = Read()
        original = CursorWrapper.__getattr__

        def counted(self, name):
            found = original(self, name)
            if name in ("fetchone", "fetchmany", "fetchall"):

                def fetch(*arguments):
                    result = found(*arguments)
                    read.rows += len(result) if name != "fetchone" else result is not None
                    return result

                return fetch
            return found

        with monkeypatch.context() as patched:
            patched.setattr(CursorWrapper, "__getattr__", counted)
            yield read

    return counting
