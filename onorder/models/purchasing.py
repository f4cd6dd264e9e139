"""Purchase orders: what was ordered from suppliers, what they answered, what arrived."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.models.catalog import Variant
from onorder.models.parties import Location
from onorder.models.suppliers import Supplier
from onorder.rules.lifecycle import AnswerKind, FiringReason, PurchaseOrderState


class PurchaseOrder(models.Model):
    """One order to one supplier for one location. Once sent, a change is a numbered amendment."""

    number = models.CharField(max_length=24, unique=True)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="purchase_orders")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    cycle = models.PositiveIntegerField()  # Of the supplier's buffer here: each is raised once.
    state = state_field(PurchaseOrderState, default=PurchaseOrderState.DRAFT)
    reason = state_field(FiringReason)
    why = models.CharField(max_length=200, blank=True)
    currency = currency_field()
    total_minor = minor_field()
    version = models.PositiveSmallIntegerField(default=0)  # Number of the last amendment.

    raised_at = models.DateTimeField()
    send_at = models.DateTimeField(null=True)  # Queued: leaves then.
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(name="po_one_per_buffer_cycle", fields=["supplier", "location", "cycle"]),
            knows("po_state_is_known", "state", PurchaseOrderState),
            knows("po_reason_is_known", "reason", FiringReason),
            is_currency("po_currency_is_iso"),
            CheckConstraint(
                name="po_sent_knows_when",
                condition=Q(sent_at__isnull=False)
                | Q(state__in=[PurchaseOrderState.DRAFT, PurchaseOrderState.QUEUED, PurchaseOrderState.CANCELLED]),
            ),
        ]
        indexes = [
            # What leaves next, and what waits for an answer: onorder.queries.due.
            Index(
                name="po_in_flight",
                fields=["state", "send_at"],
                condition=Q(state__in=[PurchaseOrderState.QUEUED, PurchaseOrderState.SENT]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """One variant on a purchase order. Every unit ordered is outstanding, received or cancelled.

    A delivery that the supplier splits becomes a second line of the same variant with its own day.
    """

    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    supplier_sku = models.CharField(max_length=64, blank=True)
    ordered = models.PositiveIntegerField()
    outstanding = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    over = models.PositiveIntegerField(default=0)  # Accepted beyond what was ordered.
    needed = models.PositiveIntegerField()  # Of those ordered, what customers waited for; the rest is surplus.
    unit_cost_minor = minor_field()
    confirmed_on = models.DateField(null=True)  # Day of arrival that the supplier named, the last one.
    first_confirmed_on = models.DateField(null=True)  # ... and the first one, to learn what such a day is worth.
    dispatched_on = models.DateField(null=True)  # Day on which it left the supplier.
    tracking = models.CharField(max_length=80, blank=True)  # What their carrier knows it by.

    class Meta:
        constraints = [
            CheckConstraint(
                name="po_line_units_add_up",
                condition=Q(ordered=F("outstanding") + F("received") + F("cancelled")),
            ),
            CheckConstraint(name="po_line_orders_something", condition=Q(ordered__gt=0)),
            CheckConstraint(name="po_line_cost_is_not_negative", condition=Q(unit_cost_minor__gte=0)),
        ]
        indexes = [
            # What is still to come of a variant: onorder.queue.outlook.
            Index(name="po_line_open", fields=["variant"], condition=Q(outstanding__gt=0)),
        ]


class Amendment(models.Model):
    """A numbered change of a purchase order that was already sent, with each changed line before and after."""

    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="amendments", db_index=False)
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=list)  # [{"sku", "from", "to"}], quantities still outstanding.

    class Meta:
        constraints = [UniqueConstraint(name="amendment_numbers_count", fields=["purchase_order", "number"])]


class Answer(models.Model):
    """What the supplier said to a purchase order, once; `key` names the saying."""

    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="answers")
    key = models.CharField(max_length=128, unique=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)


class AnswerLine(models.Model):
    """The supplier's word on one line, as it was said."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseOrderLine, models.PROTECT, related_name="answers")
    kind = state_field(AnswerKind)
    quantity = models.PositiveIntegerField()  # Units the supplier will deliver under this answer.
    on = models.DateField(null=True)
    unit_cost_minor = minor_field(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [knows("answer_kind_is_known", "kind", AnswerKind)]


class Receipt(models.Model):
    """Goods that arrived, once; `key` names the counting. Without a purchase order: a blind receipt."""

    key = models.CharField(max_length=128, unique=True)
    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, null=True, related_name="receipts")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)


class ReceiptLine(models.Model):
    """What was counted of one variant: accepted into stock, or rejected with a reason."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey(PurchaseOrderLine, models.PROTECT, null=True, related_name="receipts")
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField(default=0)
    why_rejected = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(name="receipt_line_counts_something", condition=Q(accepted__gt=0) | Q(rejected__gt=0)),
            CheckConstraint(name="receipt_line_rejected_says_why", condition=Q(rejected=0) | ~Q(why_rejected="")),
        ]


class Counting(models.Model):
    """What somebody counted of a purchase order and has not booked yet: a draft of theirs, no fact of the shop.

    `key` is the one it is to be booked with: once they have booked under it, the draft is void. `device` wrote it last,
    and `turn` orders what one device writes, for an older request may come later.
    """

    purchase_order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="countings", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    device = models.CharField(max_length=32)
    turn = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {SKU: [good units, damaged ones, why]}
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(name="counting_is_one_a_person", fields=["purchase_order", "person"])]
