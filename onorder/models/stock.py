"""Stock: one level per variant and location, and the moves that explain it."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from onorder.models._fields import knows, state_field
from onorder.models.catalog import Variant
from onorder.models.ledger import Event
from onorder.models.parties import Location
from onorder.models.sales import OrderLine
from onorder.models.suppliers import Supplier
from onorder.rules.lifecycle import MoveKind


class StockLevel(models.Model):
    """Units of one variant at one location, and the one row that everybody who touches them locks first.

    `on_hand` and `allocated` change only together with a `StockMove`. `waiting` and `incoming` are counters: the sums
    over the lines that wait and over the open purchase order lines, so that a new order need not read either. More
    waiting than incoming means that the rest stands in `supplier`'s buffer, its oldest unit since `buffered_at`.
    """

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="levels", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    on_hand = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    incoming = models.PositiveIntegerField(default=0)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, related_name="+", db_index=False)
    buffered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(name="level_one_per_variant_and_location", fields=["variant", "location"]),
            CheckConstraint(name="level_allocates_at_most_what_is_here", condition=Q(allocated__lte=F("on_hand"))),
            CheckConstraint(
                name="level_in_a_buffer_knows_since_when",
                condition=Q(waiting__gt=F("incoming"), buffered_at__isnull=False)
                | Q(waiting__lte=F("incoming"), buffered_at__isnull=True),
            ),
        ]
        indexes = [
            # A supplier's buffer, and its oldest unit: onorder.queue.outlook, onorder.queries.buffers.
            Index(
                name="level_buffer",
                fields=["supplier", "location", "buffered_at"],
                condition=Q(buffered_at__isnull=False),
            ),
        ]


class StockMove(models.Model):
    """Units that changed their place, written once. `event` says why; `line` whose units they are, if a customer's.

    `quantity` is positive but for `adjusted`, which carries its sign. What each kind does to a level is in
    `onorder.ledger.levels.EFFECTS`.
    """

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    kind = state_field(MoveKind)
    quantity = models.IntegerField()
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="moves", db_index=False)
    event = models.ForeignKey(Event, models.PROTECT, related_name="moves", db_index=False)

    class Meta:
        constraints = [
            knows("move_kind_is_known", "kind", MoveKind),
            CheckConstraint(
                name="move_moves_something", condition=Q(quantity__gt=0) | Q(kind=MoveKind.ADJUSTED, quantity__lt=0)
            ),
        ]
        indexes = [
            # What became of one variant's units, without reading the moves themselves: onorder.queries.invariants.
            Index(name="move_variant", fields=["variant", "location", "kind", "quantity"]),
            # What happened to one order's units.
            Index(name="move_line", fields=["line"], condition=Q(line__isnull=False)),
        ]
