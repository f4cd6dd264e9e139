"""Sales orders and their lines: what was ordered, and where each unit of it is."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.models.catalog import Variant
from onorder.models.parties import Customer, Location
from onorder.rules.lifecycle import PayBy, ShippingPolicy


class Order(models.Model):
    """A customer's order. Its state is not stored: it follows from the quantities of its lines."""

    number = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=128, unique=True)  # The outside caller's: the second time returns this order.
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=24, blank=True)
    currency = currency_field()
    placed_at = models.DateTimeField()
    address = models.TextField(blank=True)

    shipping_policy = state_field(ShippingPolicy)
    most_parcels = models.PositiveSmallIntegerField(default=1)  # For `up_to`.
    promised_on = models.DateField(null=True)  # Day the last unit ships, as told when buying. Never changed.

    held_at = models.DateTimeField(null=True)  # Since then no parcel of it leaves, and why.
    held_why = models.CharField(max_length=200, blank=True)

    shipping_minor = minor_field(default=0)
    discount_minor = minor_field(default=0)
    captured_minor = minor_field(default=0)  # Sums of the payments ledger, held by its check.
    refunded_minor = minor_field(default=0)
    kept_minor = minor_field(default=0)  # Fees for what was cancelled.

    pays_by = state_field(PayBy, blank=True)  # Empty: the shop system that took it sees to the money.
    asked_on = models.DateField(null=True)  # Since then something is to be paid: `onorder.ledger.owing`.
    reminded_on = models.DateField(null=True)

    class Meta:
        constraints = [
            is_currency("order_currency_is_iso"),
            knows("order_shipping_policy_is_known", "shipping_policy", ShippingPolicy),
            CheckConstraint(
                name="order_refunds_at_most_what_was_captured",
                condition=Q(refunded_minor__gte=0, captured_minor__gte=F("refunded_minor")),
            ),
            CheckConstraint(name="order_may_go_in_a_parcel", condition=Q(most_parcels__gt=0)),
            CheckConstraint(
                name="order_is_held_for_a_reason",
                condition=Q(held_at__isnull=True, held_why="") | Q(held_at__isnull=False) & ~Q(held_why=""),
            ),
            CheckConstraint(
                name="order_money_is_not_negative",
                condition=Q(shipping_minor__gte=0, discount_minor__gte=0, kept_minor__gte=0),
            ),
            knows("order_pays_by_is_known", "pays_by", ["", *PayBy]),
        ]
        indexes = [
            # What is held, the longest first: onorder.queries.holding, onorder.queries.today.
            Index(name="order_held", fields=["held_at", "id"], condition=Q(held_at__isnull=False)),
            # What is to be paid, the longest first: onorder.queries.owing, onorder.queries.due.
            Index(name="order_asked", fields=["asked_on", "id"], condition=Q(asked_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One variant on a sales order. Every unit ordered is in exactly one of four places.

    The place in the queue is `(queued_at, id)`: the id comes from the database while the level is locked, so it rises
    along each queue and breaks every tie.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)

    ordered = models.PositiveIntegerField()
    cancelled = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)  # No unit set aside yet: in the buffer, or on its way.
    allocated = models.PositiveIntegerField(default=0)  # Set aside in the warehouse for this line.
    shipped = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)  # Of those shipped.

    unit_price_minor = minor_field()
    deposit_basis_points = models.PositiveIntegerField(default=10_000)  # The share paid before the units are here.
    queued_at = models.DateTimeField()
    promised_on = models.DateField(null=True)  # Day it ships, as told when buying. Never changed.
    told_on = models.DateField(null=True)  # Another day that the customer was told since, if any.

    class Meta:
        constraints = [
            CheckConstraint(
                name="line_units_add_up",
                condition=Q(ordered=F("cancelled") + F("waiting") + F("allocated") + F("shipped")),
                violation_error_message="Every unit ordered is cancelled, waiting, allocated or shipped.",
            ),
            CheckConstraint(name="line_orders_something", condition=Q(ordered__gt=0)),
            CheckConstraint(name="line_returns_at_most_what_was_shipped", condition=Q(returned__lte=F("shipped"))),
            CheckConstraint(name="line_price_is_not_negative", condition=Q(unit_price_minor__gte=0)),
        ]
        indexes = [
            # One variant's queue from its head: onorder.queue.lines; who is behind a purchase order.
            Index(
                name="line_queue",
                fields=["variant", "location", "queued_at", "id"],
                condition=Q(waiting__gt=0),
            ),
            # The whole queue, oldest first: onorder.queries.queue.waiting_lines.
            Index(name="line_oldest", fields=["queued_at", "id"], condition=Q(waiting__gt=0)),
            # What could be packed: onorder.queries.parcels.ready.
            Index(name="line_allocated", fields=["order"], condition=Q(allocated__gt=0)),
        ]
