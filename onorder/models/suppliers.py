"""Suppliers, what they offer, and the rule by which their buffer turns into purchase orders."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.models.catalog import Variant
from onorder.models.parties import Calendar, Location
from onorder.rules.lifecycle import BelowMinimum


class Supplier(models.Model):
    """Whom the shop buys from, and on what terms."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    currency = currency_field()
    net_days = models.PositiveSmallIntegerField(default=30)
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    lead_time_days = models.PositiveSmallIntegerField(null=True)  # As stated, working days: the start before history.
    remind_after_days = models.PositiveSmallIntegerField(default=2)  # Working days without an answer; 0 never.

    class Meta:
        constraints = [is_currency("supplier_currency_is_iso")]

    def __str__(self) -> str:
        return self.name


class BufferPolicy(models.Model):
    """When a supplier's buffer turns into a purchase order (`onorder.rules.buffering.judge`)."""

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="policy")
    minimum_units = models.PositiveIntegerField(default=0)  # 0: no minimum.
    minimum_value_minor = minor_field(default=0)
    settle_minutes = models.PositiveIntegerField(default=0)  # How long the minimum must hold before it fires.
    order_weekdays = models.CharField(max_length=7, blank=True)  # 0 is Monday.
    every_weeks = models.PositiveSmallIntegerField(default=1)
    anchor_on = models.DateField(null=True)  # A day in a week that counts, where not every week does.
    cutoff = models.TimeField(default=datetime.time(17))  # Wall time in `time_zone`.
    time_zone = models.CharField(max_length=64, default="UTC")
    maximum_wait_days = models.PositiveSmallIntegerField(null=True)
    below_minimum = state_field(BelowMinimum, default=BelowMinimum.ORDER_ANYWAY)
    sends_itself = models.BooleanField(default=True)
    undo_minutes = models.PositiveSmallIntegerField(default=0)  # Between raising and sending.
    approve_above_minor = minor_field(null=True)  # A person must approve above this value.

    class Meta:
        constraints = [
            knows("policy_below_minimum_is_known", "below_minimum", BelowMinimum),
            CheckConstraint(
                name="policy_can_promise_a_date",
                condition=~Q(order_weekdays="") | Q(maximum_wait_days__isnull=False),
            ),
            CheckConstraint(
                name="policy_roll_has_a_maximum_wait",
                condition=~Q(below_minimum=BelowMinimum.ROLL) | Q(maximum_wait_days__isnull=False),
            ),
            CheckConstraint(
                name="policy_skipped_weeks_have_an_anchor", condition=Q(every_weeks=1) | Q(anchor_on__isnull=False)
            ),
        ]


class Buffer(models.Model):
    """What is known of one supplier's buffer at one location beside what waits in it, which is derived.

    What waits in it: the stock levels of this supplier here for which more waits than is on order.
    """

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="buffers")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    cycle = models.PositiveIntegerField(default=0)  # Purchase orders raised from it so far.
    judged_at = models.DateTimeField()  # Deadlines up to this instant have had their answer.
    reached_at = models.DateTimeField(null=True)  # When its minimum was first seen reached; None while it is not.
    held_until = models.DateTimeField(null=True)
    held_why = models.CharField(max_length=200, blank=True)
    # How it fills: units ordered in `history_days`, and the sum of the squares of the orders' quantities; fading.
    ordered = models.FloatField(default=0)
    squares = models.FloatField(default=0)
    history_days = models.FloatField(default=0)

    class Meta:
        constraints = [UniqueConstraint(name="buffer_one_per_supplier_and_location", fields=["supplier", "location"])]


class LeadTimeFit(models.Model):
    """What the supplier's deliveries taught so far: ln(working days) is normal with `m` and `s` (`rules.lead_time`)."""

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="fit")
    m = models.FloatField()
    s = models.FloatField()
    n = models.FloatField()  # Weight of the deliveries behind it; below 5 it is mostly what was typed or pooled.
    slip_days = models.FloatField(null=True)  # P90 of (actual - confirmed) days; None until there are five.
    prior_mu = models.FloatField()
    prior_sd = models.FloatField()
    fitted_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(name="fit_has_a_spread", condition=Q(s__gt=0))]


class Offer(models.Model):
    """One supplier's terms for one variant. The active offer of the lowest rank is the one that is bought."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="offers")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="offers", db_index=False)
    supplier_sku = models.CharField(max_length=64, blank=True)
    unit_cost_minor = minor_field()  # In the supplier's currency.
    minimum_quantity = models.PositiveIntegerField(default=1)
    order_multiple = models.PositiveIntegerField(default=1)
    lead_time_days = models.PositiveSmallIntegerField(null=True)  # As stated for this product, working days.
    rank = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    drop_ships = models.BooleanField(default=False)  # The supplier ships to the customer itself.

    class Meta:
        constraints = [
            UniqueConstraint(name="offer_one_per_supplier_and_variant", fields=["variant", "supplier"]),
            CheckConstraint(
                name="offer_quantities_are_positive", condition=Q(minimum_quantity__gt=0, order_multiple__gt=0)
            ),
            CheckConstraint(name="offer_cost_is_not_negative", condition=Q(unit_cost_minor__gte=0)),
        ]
        indexes = [
            # The offer that is bought: onorder.ledger.levels.
            Index(name="offer_by_rank", fields=["variant", "rank", "id"], condition=Q(is_active=True)),
        ]


class PriceBreak(models.Model):
    """From this quantity on, every unit of the purchase order line costs this (all-units discount)."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="breaks", db_index=False)
    from_quantity = models.PositiveIntegerField()
    unit_cost_minor = minor_field()

    class Meta:
        constraints = [
            UniqueConstraint(name="break_one_per_quantity", fields=["offer", "from_quantity"]),
            CheckConstraint(name="break_is_beyond_one", condition=Q(from_quantity__gt=1)),
            CheckConstraint(name="break_cost_is_not_negative", condition=Q(unit_cost_minor__gte=0)),
        ]
