"""Whatever people do, in whatever order: the invariants hold after every step, and a refusal changes nothing."""

from __future__ import annotations

import os
from random import Random

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import rule, run_state_machine_as_test

from onorder.models import Event
from onorder.rules.consent import Reply
from onorder.rules.lifecycle import ReturnOutcome, ReturnWish, ShippingPolicy
from tests.stateful.customers import LEADS_TO, Customers
from tests.stateful.history import PLACES, SKUS
from tests.stateful.office import Office
from tests.stateful.warehouse import Warehouse

DEEP = os.environ.get("ONORDER_HYPOTHESIS") == "deep"


class AnyHistory(Customers, Office, Warehouse):
    """All of them at once."""

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
            lambda: self.a_parcel_is_packed_or_opened(n(), draw.random() < 0.3): 8,
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
