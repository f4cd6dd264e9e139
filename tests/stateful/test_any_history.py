"""Whatever people do, in whatever order: the invariants hold after every step, and a refusal changes nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from onorder import access
from onorder.access import Purpose
from onorder.actions import (
    amending,
    answers,
    cancellations,
    collecting,
    consent,
    deliveries,
    learning,
    messages,
    orders,
    payments,
    purchasing,
    receiving,
    repair,
    return_decisions,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.errors import OnOrderError
from onorder.ledger import lines
from onorder.ledger.owing import of_orders
from onorder.models import DelayNotice, Event, Location, Message, Order, OrderLine, PurchaseOrder, Return, Shipment
from onorder.models import Shop as ShopRow
from onorder.queries import invariants
from onorder.queries.owing import owing
from onorder.queries.quote import quote
from onorder.queue import consents
from onorder.queue import setup as shop_settings
from onorder.rules.consent import Reply
from onorder.rules.jurisdictions import JURISDICTIONS
from onorder.rules.lifecycle import (
    RECEIVABLE,
    Accept,
    BelowMinimum,
    PayBy,
    ReturnOutcome,
    ReturnWish,
    ShippingPolicy,
)
from onorder.working import work
from tests.fingerprint import fingerprint
from tests.shop import Shop

SKUS = ("TEA", "MUG", "POT")
LEADS_TO = {Purpose.JOURNEY: "j", Purpose.DELAY: "d", Purpose.RETURN: "r"}
PLACES = ("MAIN", "EAST")
DEEP = os.environ.get("ONORDER_HYPOTHESIS") == "deep"

skus = st.sampled_from(SKUS)
few = st.integers(min_value=1, max_value=6)
maybe_none = st.integers(min_value=0, max_value=8)
any_number = st.integers(min_value=0, max_value=1_000)


class AnyHistory(RuleBasedStateMachine):
    """Two suppliers, one of them without an e-mail address, three SKUs, two locations, so that everything gets in
    everything's way."""

    @initialize(stocked=st.lists(st.integers(0, 5), min_size=3, max_size=3), law=st.sampled_from(["NONE", "US", "EU"]))
    def open(self, stocked, law="NONE"):
        self.shop = Shop(datetime(2026, 3, 2, 9, tzinfo=UTC))
        Location.objects.create(code="EAST", name="East")
        policy = suppliers.Policy(minimum_units=6, order_weekdays="13", below_minimum=BelowMinimum.TOP_UP)
        self.shop.supplier("BEST", policy, email="")
        for sku, units in zip(SKUS, stocked, strict=True):
            self.shop.sells(sku, here=units, minimum_quantity=2, order_multiple=2)
            self.shop.terms(sku=sku, deposit_basis_points=2_000)
        suppliers.put_offers([suppliers.NewOffer("BEST", "MUG", 250, rank=0)], by="alice", now=self.shop.now)
        self.keys = 0
        self.places = {}
        self.shown = {}
        self.worked_on = None
        self.the_shop_follows_a_law(law)

    @property
    def who(self):
        return {"by": "somebody", "now": self.shop.now}

    def key(self):
        self.keys += 1
        return f"k{self.keys}"

    def pick(self, rows, n):
        """One of these rows, by a number that means nothing."""
        found = list(rows)
        return found[n % len(found)] if found else None

    def attempt(self, action, *arguments, **options):
        """Do it; if it is refused, nothing has changed."""
        before = fingerprint()
        try:
            return action(*arguments, **options)
        except OnOrderError:
            assert fingerprint() == before
            return None

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

    @rule(law=st.sampled_from(["NONE", "US", "EU", "UK"]))
    def the_shop_follows_a_law(self, law):
        ShopRow.objects.update(jurisdiction=law)
        shop_settings.changed()

    @rule(n=any_number, reply=st.sampled_from(list(Reply)), named=st.booleans(), twice=st.booleans())
    def somebody_says_whether_they_wait(self, n, reply, named, twice):
        if notice := self.pick(DelayNotice.objects.select_related("line__order").order_by("pk"), n):
            key = self.key()
            for _ in range(1 + twice):
                lines = {notice.line_id: notice.number} if named else None
                number = notice.line.order.number
                self.attempt(consent.answer, number, reply, lines=lines, key=key, **self.who)

    @invariant()
    def no_money_is_kept_after_its_day(self):
        """Once the worker was there, nothing goes on of which silence, or a day agreed to, has ended."""
        law = JURISDICTIONS.get(ShopRow.objects.values_list("jurisdiction", flat=True).get()) if self.worked() else None
        if law is None:
            return
        today = self.shop.now.date()
        asked = OrderLine.objects.filter(notices__isnull=False).distinct()
        for record in consents.records(lines.read(asked), shop_settings.current()).values():
            assert not (record.open_units and record.standing(law, today).is_refunded)

    def worked(self):
        return hasattr(self, "shop") and self.worked_on == self.shop.now

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

    @rule(n=any_number)
    def a_parcel_leaves(self, n):
        every = Order.objects.order_by("pk")
        ready = every.filter(pk__in=OrderLine.objects.filter(allocated__gt=0).values("order"))
        if order := self.pick(ready if n % 4 else every, n):  # Mostly one of which something is here.
            owed = of_orders([order.pk]).get(order.pk)
            if self.attempt(shipping.ship, [shipping.Parcel(order.number)], **self.who):
                assert owed is None or not owed.due_minor

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

    @rule(n=any_number, days=st.integers(-1, 5))
    def goods_leave_their_maker(self, n, days):
        if order := self.pick(PurchaseOrder.objects.order_by("pk"), n):
            on = self.shop.now.date() - timedelta(days=days)
            self.attempt(answers.dispatched, order.number, on=on, **self.who)

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

    @invariant()
    def nothing_that_is_held_has_left(self):
        """Every parcel left before its order was held, or after it was released."""
        if not hasattr(self, "shop"):
            return
        since = Event.objects.filter(kind__in=["held", "released", "shipped", "lent"]).order_by("pk")
        held = set()
        for kind, subject in since.values_list("kind", "subject"):
            assert subject not in held or kind not in ("shipped", "lent")
            if kind == "held" and subject.startswith("order:"):
                held.add(subject)
            elif kind == "released":
                held.remove(subject)

    @rule(n=any_number, policy=st.sampled_from(list(ShippingPolicy)))
    def an_order_ships_otherwise(self, n, policy):
        if order := self.pick(Order.objects.order_by("pk"), n):
            shipping.set_shipping_policy(order.number, policy, most_parcels=2, **self.who)

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

    @rule(n=any_number, units=few, wants=st.sampled_from(list(ReturnWish)))
    def somebody_wants_to_send_it_back(self, n, units, wants):
        out = OrderLine.objects.filter(shipped__gt=0).select_related("order", "variant").order_by("pk")
        if line := self.pick(out, n):
            wanted = {line.variant.sku: min(units, line.shipped)}
            self.attempt(returns.request, line.order.number, wanted, why="", wants=wants, key=self.key(), **self.who)

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

    @rule(sku=skus, units=maybe_none, place=st.sampled_from(PLACES))
    def the_shelf_is_counted(self, sku, units, place):
        self.attempt(stock.count_many, [stock.Counted(sku, units)], location=place, **self.who)

    @rule(sku=skus, units=few)
    def something_breaks(self, sku, units):
        self.attempt(stock.write_off, sku, units, why="broken", key=self.key(), **self.who)

    @rule(n=any_number, amount=st.integers(1, 1_500))
    def money_goes_back(self, n, amount):
        if order := self.pick(Order.objects.order_by("pk"), n):
            self.attempt(payments.refund, order.number, amount, key=self.key(), **self.who)

    @rule(sku=skus, accept=st.sampled_from(list(Accept)), cap=st.integers(0, 6))
    def terms_change(self, sku, accept, cap):
        self.shop.terms(sku=sku, accept=accept, cap=cap)

    @rule(sku=skus, rank=st.integers(0, 3))
    def another_supplier_is_better(self, sku, rank):
        suppliers.put_offers([suppliers.NewOffer("BEST", sku, 250, rank=rank)], **self.who)

    @rule(supplier=st.sampled_from(["ACME", "BEST"]), held=st.booleans())
    def a_buffer_is_held(self, supplier, held):
        until = self.shop.now + timedelta(days=2) if held else None
        purchasing.hold(supplier, until=until, why="wait", **self.who)

    @rule(n=any_number, everything=st.booleans())
    def messages_fail_and_are_queued_again(self, n, everything):
        if message := self.pick(Message.objects.filter(state="queued").select_related("event").order_by("pk"), n):
            if message.kind == "purchase_order":
                order = PurchaseOrder.objects.get(pk=message.event.subject.partition(":")[2])
                self.attempt(purchasing.bounce, order.number, why="no such mailbox", **self.who)
            Message.objects.filter(pk=message.pk).update(state="failed", note="no such mailbox", attempts=1)
            self.attempt(messages.queue_again, None if everything else [message.pk], **self.who)

    @rule(hours=st.integers(1, 24 * 12))
    def time_passes_and_the_worker_works(self, hours):
        self.shop.wait(hours=hours)
        work(self.shop.now, deliver=False)
        assert work(self.shop.now, deliver=False).is_idle
        self.worked_on = self.shop.now

    @rule(seed=st.integers(0, 2**32))
    def a_busy_day(self, seed):
        """Many things one after the other, drawn so that most of them can be done."""
        draw = Random(seed)
        n, units = lambda: draw.randrange(1_000), lambda: draw.randint(1, 6)
        sku, place = lambda: draw.choice(SKUS), lambda: draw.choice((*PLACES, "MAIN", "MAIN"))
        maker, policy = lambda: draw.choice(("ACME", "BEST")), lambda: draw.choice([None, *ShippingPolicy])
        one = lambda: draw.random() < 0.5  # noqa: E731
        lines = lambda: [(sku(), units()) for _ in range(draw.randint(1, 3))]  # noqa: E731
        doings = {
            lambda: self.somebody_orders(lines(), policy(), place(), draw.random() < 0.5): 30,
            lambda: self.several_order_at_once([lines() for _ in range(3)]): 6,
            lambda: self.somebody_orders_what_they_were_shown(
                dict(lines()), one(), one(), one(), draw.choice(("", "transfer", "card", "at_shop"))
            ): 12,
            lambda: self.money_is_collected(n(), draw.choice(("ask", "remind", "give_up_on", "pay", "pay"))): 10,
            lambda: self.somebody_lost_their_link(n(), draw.choice(("bob@mail.example", "eve"))): 2,
            lambda: self.somebody_follows_a_link(n(), draw.choice(list(LEADS_TO)), draw.choice((0, 366)), one()): 3,
            lambda: self.somebody_wants_more(n(), sku(), units()): 6,
            lambda: self.somebody_chooses_something_else(n(), sku(), units()): 6,
            lambda: self.somebody_gives_another_day(n(), draw.randint(1, 60)): 6,
            lambda: self.somebody_cancels(n(), units(), draw.random() < 0.3): 12,
            lambda: self.somebody_says_whether_they_wait(n(), draw.choice(list(Reply)), draw.random() < 0.5, False): 8,
            lambda: self.somebody_buys(maker(), place(), True): 14,
            lambda: self.a_purchase_order_goes_on(n(), "send", draw.random() < 0.7): 20,
            lambda: self.a_purchase_order_goes_on(n(), draw.choice(("bounce", "cancel", "close_short")), False): 3,
            lambda: self.a_purchase_order_is_amended(n(), sku(), units()): 4,
            lambda: self.the_supplier_answers(
                n(), sku(), draw.choice((None, units(), 0)), draw.choice((None, 3, 30)), draw.random() < 0.5
            ): 20,
            lambda: self.goods_arrive(n(), sku(), units(), draw.choice((0, 0, 1)), draw.random() < 0.2): 25,
            lambda: self.goods_arrive_that_nobody_ordered(sku(), units(), place()): 3,
            lambda: self.a_parcel_leaves(n()): 20,
            lambda: self.an_order_is_held_or_released(n(), draw.random() < 0.5): 12,
            lambda: self.an_order_ships_otherwise(n(), draw.choice(list(ShippingPolicy))): 5,
            lambda: self.a_unit_is_lent(n()): 8,
            lambda: self.something_comes_back(n(), draw.randint(1, 2), draw.random() < 0.7): 5,
            lambda: self.somebody_wants_to_send_it_back(n(), draw.randint(1, 3), draw.choice(list(ReturnWish))): 6,
            lambda: self.a_return_arrives(n(), draw.choice((None, 1)), draw.random() < 0.2): 6,
            lambda: self.a_return_is_decided(
                n(), draw.choice(list(ReturnOutcome)), draw.choice((None, 1)), draw.choice((None, True)), None
            ): 8,
            lambda: self.the_shelf_is_counted(sku(), draw.randint(0, 8), place()): 5,
            lambda: self.something_breaks(sku(), 1): 3,
            lambda: self.another_supplier_is_better(sku(), draw.randrange(3)): 2,
            lambda: self.time_passes_and_the_worker_works(draw.randint(1, 60)): 5,
            lambda: self.messages_fail_and_are_queued_again(n(), draw.random() < 0.5): 3,
            lambda: self.money_goes_back(n(), draw.randint(1, 600)): 2,
        }
        for do in draw.choices(list(doings), list(doings.values()), k=25):
            do()
            self.every_invariant_holds()
            self.no_money_is_kept_after_its_day()
            self.nobodys_place_gets_later()
        self.nothing_that_is_held_has_left()

    @rule()
    def lead_times_are_learned(self):
        learning.learn(**self.who)

    @invariant()
    def every_invariant_holds(self):
        if hasattr(self, "shop"):
            assert list(invariants.broken()) == []

    @invariant()
    def nobodys_place_gets_later(self):
        if not hasattr(self, "shop"):
            return
        places = dict(OrderLine.objects.values_list("pk", "queued_at"))
        assert all(places[pk] <= at for pk, at in self.places.items())
        self.places = places

    def teardown(self):
        if hasattr(self, "shop"):
            assert repair.rebuild(**self.who) == 0


class TestAnyHistory(TestCase):
    def test_the_invariants_hold_after_every_step(self):
        # Each history in a transaction that is undone: what one leaves behind is nothing to the next.
        class Undone(AnyHistory):
            def __init__(self):
                self.undone = transaction.atomic()
                self.undone._from_testcase = True
                self.undone.__enter__()
                super().__init__()

            def teardown(self):
                try:
                    super().teardown()
                finally:
                    transaction.set_rollback(True)
                    self.undone.__exit__(None, None, None)

        run_state_machine_as_test(
            Undone, settings=settings(max_examples=300 if DEEP else 25, stateful_step_count=30 if DEEP else 12)
        )


#: One history under each law; on the second database two others.
SEEDS = range(60) if DEEP else range(5, 7) if connection.vendor == "postgresql" else range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_through_a_long_history(db, seed):
    """Two hundred doings in a row: far from the beginning, where short histories never get."""
    history = AnyHistory()
    law = ("NONE", "US", "EU", "UK")[seed % 4]
    history.open([3, 0, 2], law=law)
    for day in range(8):
        history.a_busy_day(1_000 * seed + day)
        history.time_passes_and_the_worker_works(24 * 20 if day in (3, 5) else 20)
        history.every_invariant_holds()
        history.no_money_is_kept_after_its_day()
    history.teardown()
    done = set(Event.objects.values_list("kind", flat=True))
    assert {"placed", "arrived", "shipped", "cancelled", "raised", "received", "answered"} <= done
    assert (law != "NONE") == bool({"lapsed", "replied"} & done)
