"""What people in the office do."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from onorder.actions import amending, answers, collecting, learning, messages, payments, purchasing, suppliers
from onorder.models import Message, Order, PurchaseOrder
from onorder.queries.owing import owing
from onorder.rules.lifecycle import RECEIVABLE, Accept
from tests.stateful.history import PLACES, History, any_number, maybe_none, skus


class Office(History):
    """They buy, speak with suppliers, see to money and messages, and change the terms."""

    @rule(supplier=st.sampled_from(["ACME", "BEST"]), place=st.sampled_from(PLACES), by_hand=st.booleans())
    def somebody_buys(self, supplier, place, by_hand):
        buy = purchasing.raise_order if by_hand else purchasing.fire
        self.attempt(buy, supplier, location=place, **self.who)

    @rule(
        n=any_number,
        step=st.sampled_from(["send", "approve", "bounce", "remind", "cancel", "close_short"]),
        by_other_means=st.booleans(),
    )
    def a_purchase_order_goes_on(self, n, step, by_other_means):
        if order := self.pick(PurchaseOrder.objects.order_by("pk"), n):
            why = {"why": "because"} if step in ("bounce", "cancel", "close_short") else {}
            why |= {"by_other_means": by_other_means} if step == "send" else {}
            action = getattr(amending if step in ("cancel", "close_short") else purchasing, step)
            self.attempt(action, order.number, **why, **self.who)

    @rule(n=any_number, sku=skus, units=maybe_none)
    def a_purchase_order_is_amended(self, n, sku, units):
        if order := self.pick(PurchaseOrder.objects.order_by("pk"), n):
            self.attempt(amending.amend, order.number, {sku: units}, why="changed", **self.who)

    @rule(n=any_number, sku=skus, units=st.none() | maybe_none, days=st.none() | st.integers(1, 40), rest=st.booleans())
    def the_supplier_answers(self, n, sku, units, days, rest):
        every = PurchaseOrder.objects.order_by("pk")
        order = self.pick(every.filter(state__in=RECEIVABLE) if n % 4 else every, n)  # Mostly one that has left.
        if not order:
            return
        on = self.shop.now.date() + timedelta(days=days) if days else None
        rest_on = (on or self.shop.now.date()) + timedelta(days=7) if rest and units else None
        said = [answers.Said(sku, units, on, rest_on)]
        self.attempt(answers.answer, order.number, said, key=self.key(), **self.who)

    @rule(n=any_number, days=st.integers(-1, 5))
    def goods_leave_their_maker(self, n, days):
        if order := self.pick(PurchaseOrder.objects.order_by("pk"), n):
            on = self.shop.now.date() - timedelta(days=days)
            self.attempt(answers.dispatched, order.number, on=on, **self.who)

    @rule(sku=skus, rank=st.integers(0, 3))
    def another_supplier_is_better(self, sku, rank):
        suppliers.put_offers([suppliers.NewOffer("BEST", sku, 250, rank=rank)], **self.who)

    @rule(supplier=st.sampled_from(["ACME", "BEST"]), held=st.booleans())
    def a_buffer_is_held(self, supplier, held):
        until = self.shop.now + timedelta(days=2) if held else None
        purchasing.hold(supplier, until=until, why="wait", **self.who)

    @rule()
    def lead_times_are_learned(self):
        learning.learn(**self.who)

    @rule(sku=skus, accept=st.sampled_from(list(Accept)), cap=st.integers(0, 6))
    def terms_change(self, sku, accept, cap):
        self.shop.terms(sku=sku, accept=accept, cap=cap)

    @rule(n=any_number, step=st.sampled_from(["ask", "remind", "give_up_on", "pay", "pay"]))
    def money_is_collected(self, n, step):
        """What was asked for is paid, or asked for again, or given up."""
        asked = Order.objects.exclude(pays_by="").order_by("pk")
        if not (order := self.pick(asked, n)):
            return
        if step != "pay":
            self.attempt(getattr(collecting, step), order.number, **self.who)
        elif due := owing(order.pk):
            payments.capture(order.number, due, key=self.key(), **self.who)
            assert owing(order.pk) == 0

    @rule(n=any_number, amount=st.integers(1, 1_500))
    def money_goes_back(self, n, amount):
        if order := self.pick(Order.objects.order_by("pk"), n):
            self.attempt(payments.refund, order.number, amount, key=self.key(), **self.who)

    @rule(n=any_number, everything=st.booleans())
    def messages_fail_and_are_queued_again(self, n, everything):
        if message := self.pick(Message.objects.filter(state="queued").select_related("event").order_by("pk"), n):
            if message.kind == "purchase_order":
                order = PurchaseOrder.objects.get(pk=message.event.subject.partition(":")[2])
                self.attempt(purchasing.bounce, order.number, why="no such mailbox", **self.who)
            Message.objects.filter(pk=message.pk).update(state="failed", note="no such mailbox", attempts=1)
            self.attempt(messages.queue_again, None if everything else [message.pk], **self.who)
