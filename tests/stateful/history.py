"""What every history has: a shop, its clock, something that is tried, and what must be true after each step."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from onorder.actions import repair, suppliers
from onorder.errors import OnOrderError
from onorder.ledger import lines
from onorder.models import Event, Location, OrderLine
from onorder.models import Shop as ShopRow
from onorder.queries import invariants
from onorder.queue import consents
from onorder.queue import setup as shop_settings
from onorder.rules.jurisdictions import JURISDICTIONS
from onorder.rules.lifecycle import BelowMinimum
from onorder.working import work
from tests.fingerprint import fingerprint
from tests.shop import Shop

SKUS = ("TEA", "MUG", "POT")
PLACES = ("MAIN", "EAST")

skus = st.sampled_from(SKUS)
few = st.integers(min_value=1, max_value=6)
maybe_none = st.integers(min_value=0, max_value=8)
any_number = st.integers(min_value=0, max_value=1_000)


class History(RuleBasedStateMachine):
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

    @rule(law=st.sampled_from(["NONE", "US", "EU", "UK"]))
    def the_shop_follows_a_law(self, law):
        ShopRow.objects.update(jurisdiction=law)
        shop_settings.changed()

    @rule(hours=st.integers(1, 24 * 12))
    def time_passes_and_the_worker_works(self, hours):
        self.shop.wait(hours=hours)
        work(self.shop.now, deliver=False)
        assert work(self.shop.now, deliver=False).is_idle
        self.worked_on = self.shop.now

    def worked(self):
        return hasattr(self, "shop") and self.worked_on == self.shop.now

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

    def teardown(self):
        if hasattr(self, "shop"):
            assert repair.rebuild(**self.who) == 0
