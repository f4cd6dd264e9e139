"""What people in the warehouse do."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from onorder.actions import deliveries, packing, receiving, return_decisions, returns, shipping, stock
from onorder.ledger.owing import of_orders
from onorder.models import Order, OrderLine, PurchaseOrder, Return, Shipment
from onorder.rules.lifecycle import ReturnOutcome
from tests.stateful.history import PLACES, History, any_number, few, maybe_none, skus


class Warehouse(History):
    """They count in, pack, hold, lend, and take back."""

    @rule(n=any_number, sku=skus, good=maybe_none, bad=st.integers(0, 2), twice=st.booleans())
    def goods_arrive(self, n, sku, good, bad, twice):
        order = self.pick(PurchaseOrder.objects.order_by("pk"), n)
        if not order or not good + bad:
            return
        counts = [receiving.Count(sku, good, bad, "broken" if bad else "")]
        key = self.key()
        for _ in range(1 + twice):
            self.attempt(receiving.receive, order.number, counts, key=key, **self.who)

    @rule(sku=skus, units=few, place=st.sampled_from(PLACES))
    def goods_arrive_that_nobody_ordered(self, sku, units, place):
        counts = [receiving.Count(sku, units)]
        self.attempt(receiving.receive_blind, counts, location=place, key=self.key(), **self.who)

    @rule(sku=skus, units=maybe_none, place=st.sampled_from(PLACES))
    def the_shelf_is_counted(self, sku, units, place):
        self.attempt(stock.count_many, [stock.Counted(sku, units)], location=place, **self.who)

    @rule(sku=skus, units=few)
    def something_breaks(self, sku, units):
        self.attempt(stock.write_off, sku, units, why="broken", key=self.key(), **self.who)

    @rule(n=any_number)
    def a_parcel_leaves(self, n):
        every = Order.objects.order_by("pk")
        ready = every.filter(pk__in=OrderLine.objects.filter(allocated__gt=0).values("order"))
        if order := self.pick(ready if n % 4 else every, n):  # Mostly one of which something is here.
            owed = of_orders([order.pk]).get(order.pk)
            if self.attempt(shipping.ship, [shipping.Parcel(order.number)], **self.who):
                assert owed is None or not owed.due_minor

    @rule(n=any_number, opens=st.booleans())
    def a_parcel_is_packed_or_opened(self, n, opens):
        """What is set aside stays so, whatever is packed of it."""
        ready = Order.objects.filter(pk__in=OrderLine.objects.filter(allocated__gt=0).values("order")).order_by("pk")
        if order := self.pick(ready, n):
            before = list(OrderLine.objects.filter(order=order).order_by("pk").values())
            if opens:
                self.attempt(packing.unpack, order.number, **self.who)
            else:
                self.attempt(packing.pack, [shipping.Parcel(order.number)], **self.who)
            assert list(OrderLine.objects.filter(order=order).order_by("pk").values()) == before

    @rule(n=any_number, step=st.sampled_from(["deliver", "take_back", "miss", "settle"]), days=st.integers(-1, 5))
    def a_parcel_comes_or_does_not(self, n, step, days):
        if not (parcel := self.pick(Shipment.objects.order_by("pk"), n)):
            return
        if step == "deliver":
            came = [deliveries.Delivery(parcel.number, self.shop.now - timedelta(days=days))]
            self.attempt(deliveries.deliver, came, by_customer=bool(n % 2), **self.who)
        else:
            why = {} if step == "take_back" else {"why": "because"}
            self.attempt(getattr(deliveries, step), parcel.number, **why, **self.who)

    @rule(n=any_number, held=st.booleans())
    def an_order_is_held_or_released(self, n, held):
        if not (order := self.pick(Order.objects.order_by("pk"), n)):
            return
        before = list(OrderLine.objects.filter(order=order).order_by("pk").values())
        if held:
            self.attempt(shipping.hold, order.number, "address in doubt", **self.who)
        else:
            self.attempt(shipping.release, order.number, **self.who)
        assert list(OrderLine.objects.filter(order=order).order_by("pk").values()) == before

    @rule(n=any_number)
    def a_unit_is_lent(self, n):
        waiting = OrderLine.objects.filter(waiting__gt=0).select_related("order", "variant").order_by("pk")
        if line := self.pick(waiting, n):
            self.attempt(shipping.lend, line.variant.sku, to=line.order.number, **self.who)

    @rule(n=any_number, units=few, restock=st.booleans())
    def something_comes_back(self, n, units, restock):
        out = OrderLine.objects.filter(shipped__gt=0).select_related("order", "variant").order_by("pk")
        if line := self.pick(out, n):
            self.attempt(
                returns.take_back,
                line.order.number,
                line.variant.sku,
                units,
                restock=restock,
                key=self.key(),
                **self.who,
            )

    @rule(n=any_number, units=st.none() | few, twice=st.booleans())
    def a_return_arrives(self, n, units, twice):
        if back := self.pick(Return.objects.select_related("line__variant").order_by("pk"), n):
            wanted, key = None if units is None else {back.line.variant.sku: units}, self.key()
            for _ in range(1 + twice):
                self.attempt(returns.receive, back.number, wanted, key=key, **self.who)

    @rule(
        n=any_number,
        outcome=st.sampled_from(list(ReturnOutcome)),
        units=st.none() | few,
        replace=st.none() | st.booleans(),
        amount=st.none() | st.integers(0, 900),
    )
    def a_return_is_decided(self, n, outcome, units, replace, amount):
        if back := self.pick(Return.objects.select_related("line__variant").order_by("pk"), n):
            more = {} if outcome == ReturnOutcome.REFUSE else {"replace": replace, "refund_minor": amount}
            self.attempt(
                return_decisions.decide,
                back.number,
                back.line.variant.sku,
                outcome,
                units,
                **more,
                why="because",
                key=self.key(),
                **self.who,
            )
