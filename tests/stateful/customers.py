"""What customers do, and those who speak for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from onorder import access
from onorder.access import Purpose
from onorder.actions import cancellations, consent, messages, orders, payments, returns, shipping
from onorder.models import DelayNotice, Message, Order, OrderLine
from onorder.queries.owing import owing
from onorder.queries.quote import quote
from onorder.rules.consent import Reply
from onorder.rules.lifecycle import PayBy, ReturnWish, ShippingPolicy
from tests.fingerprint import fingerprint
from tests.stateful.history import PLACES, History, any_number, few, skus

LEADS_TO = {Purpose.JOURNEY: "j", Purpose.DELAY: "d", Purpose.RETURN: "r"}


class Customers(History):
    """They order, change their minds, look, pay, and send things back."""

    @rule(
        lines=st.lists(st.tuples(skus, few), min_size=1, max_size=4),
        policy=st.sampled_from([None, *ShippingPolicy]),
        place=st.sampled_from(PLACES),
        paid=st.booleans(),
    )
    def somebody_orders(self, lines, policy, place, paid):
        number = f"O{self.key()}"
        wanted = [orders.NewLine(sku, units) for sku, units in lines]
        new = orders.NewOrder(
            number, orders.NewCustomer("bob", "bob@mail.example"), wanted, shipping_policy=policy, location=place
        )
        if self.attempt(orders.place, new, **self.who) and paid:
            for key in (self.key(), f"stripe:{self.key()}", f"stripe:{self.key()}"):
                payments.capture(number, 300 + 50 * len(key), key=key, **self.who)

    @rule(batch=st.lists(st.lists(st.tuples(skus, few), min_size=1, max_size=2), min_size=1, max_size=4))
    def several_order_at_once(self, batch):
        new = [
            orders.NewOrder(
                f"O{self.key()}", orders.NewCustomer("dora"), [orders.NewLine(sku, units) for sku, units in lines]
            )
            for lines in batch
        ]
        self.attempt(orders.place_many, new, **self.who, skip_refused=True)

    @rule(
        lines=st.dictionaries(skus, few, min_size=1),
        apart=st.booleans(),
        paid=st.booleans(),
        looks_again=st.booleans(),
        pays_by=st.sampled_from(["", *PayBy]),
    )
    def somebody_orders_what_they_were_shown(self, lines, apart, paid, looks_again, pays_by):
        """Who does not look again agrees to what another was shown some time ago, and gets it or is refused."""
        seen = None if looks_again else self.shown.get(tuple(sorted(lines.items())))
        if seen is None:
            found = quote(lines, now=self.shop.now)
            seen = found.apart if apart and found.apart else found.together
        if seen is None:
            return
        self.shown[tuple(sorted(lines.items()))] = seen
        number, agreed = f"O{self.key()}", replace(seen, words="I agree", language="en", pays_by=pays_by)
        wanted = [orders.NewLine(line.sku, line.now + line.later) for line in agreed.lines]
        new = orders.NewOrder(number, orders.NewCustomer("ann", "ann@mail.example"), wanted, accepted=agreed)
        if self.attempt(orders.place, new, **self.who):
            told = dict(OrderLine.objects.filter(order__number=number).values_list("variant__sku", "promised_on"))
            assert max(told.values()) <= agreed.last_on
            if paid:
                due = owing(Order.objects.values_list("pk", flat=True).get(number=number))
                payments.capture(number, due or 1_000, key=self.key(), **self.who)

    @rule(n=any_number, sku=skus, units=few)
    def somebody_wants_more(self, n, sku, units):
        if order := self.pick(Order.objects.order_by("pk"), n):
            self.attempt(orders.add, order.number, sku, units, key=self.key(), **self.who)

    @rule(n=any_number, sku=skus, units=few)
    def somebody_chooses_something_else(self, n, sku, units):
        if line := self.pick(OrderLine.objects.select_related("order", "variant").order_by("pk"), n):
            self.attempt(
                orders.swap,
                line.order.number,
                line.variant.sku,
                sku,
                min(units, line.waiting or 1),
                key=self.key(),
                **self.who,
            )

    @rule(n=any_number, days=st.integers(-2, 30))
    def somebody_gives_another_day(self, n, days):
        if line := self.pick(OrderLine.objects.select_related("order", "variant").order_by("pk"), n):
            on = self.shop.now.date() + timedelta(days=days)
            self.attempt(orders.promise_anew, line.order.number, line.variant.sku, on, why="asked", **self.who)

    @rule(n=any_number, units=few, everything=st.booleans())
    def somebody_cancels(self, n, units, everything):
        if line := self.pick(OrderLine.objects.select_related("order", "variant").order_by("pk"), n):
            wanted, fee = None if everything else {line.variant.sku: units}, (None, 0, 70)[n % 3]
            self.attempt(cancellations.cancel, line.order.number, wanted, fee_minor=fee, **self.who)

    @rule(n=any_number, reply=st.sampled_from(list(Reply)), named=st.booleans(), twice=st.booleans())
    def somebody_says_whether_they_wait(self, n, reply, named, twice):
        if notice := self.pick(DelayNotice.objects.select_related("line__order").order_by("pk"), n):
            key = self.key()
            for _ in range(1 + twice):
                lines = {notice.line_id: notice.number} if named else None
                number = notice.line.order.number
                self.attempt(consent.answer, number, reply, lines=lines, key=key, **self.who)

    @rule(n=any_number, address=st.sampled_from(["bob@mail.example", " BOB@mail.example", "ann@mail.example", "eve"]))
    def somebody_lost_their_link(self, n, address):
        order = self.pick(Order.objects.order_by("pk"), n)
        told = Message.objects.filter(kind="link").count()
        sent = self.attempt(messages.send_link, order.number if order and n % 5 else "unknown", address, **self.who)
        assert Message.objects.filter(kind="link").count() == told + bool(sent)

    @rule(n=any_number, purpose=st.sampled_from(list(LEADS_TO)), days=st.sampled_from([0, 20, 366]), cut=st.booleans())
    def somebody_follows_a_link(self, n, purpose, days, cut):
        """Whatever it opens, whatever has become of the order: looking changes nothing."""
        if not (order := self.pick(Order.objects.order_by("pk"), n)):
            return
        link = access.token(order.pk, self.shop.now.date() - timedelta(days=days), purpose)
        before = fingerprint()
        with patch.object(timezone, "now", lambda: self.shop.now):
            answer = Client().get(f"/{LEADS_TO[purpose]}/{link[: -1 if cut else None]}")
        assert (answer.status_code == 200) == (days < 366 and not cut)
        assert fingerprint() == before

    @rule(n=any_number, policy=st.sampled_from(list(ShippingPolicy)))
    def an_order_ships_otherwise(self, n, policy):
        if order := self.pick(Order.objects.order_by("pk"), n):
            shipping.set_shipping_policy(order.number, policy, most_parcels=2, **self.who)

    @rule(n=any_number, units=few, wants=st.sampled_from(list(ReturnWish)))
    def somebody_wants_to_send_it_back(self, n, units, wants):
        out = OrderLine.objects.filter(shipped__gt=0).select_related("order", "variant").order_by("pk")
        if line := self.pick(out, n):
            wanted = {line.variant.sku: min(units, line.shipped)}
            self.attempt(returns.request, line.order.number, wanted, why="", wants=wants, key=self.key(), **self.who)
