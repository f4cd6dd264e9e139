"""Parcels out, units lent between orders, and goods that come back."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q

from onorder.models._fields import knows, minor_field, state_field
from onorder.models.ledger import Event
from onorder.models.purchasing import PurchaseOrderLine
from onorder.models.sales import Order, OrderLine
from onorder.rules.lifecycle import ReturnState, ReturnWish


class Shipment(models.Model):
    """One parcel to one customer. What is in it: the stock moves of kind "shipped" that its event explains."""

    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)  # With its customer, as somebody who knows has said.
    missing_at = models.DateTimeField(
        null=True
    )  # Since then somebody says that it did not come, and nobody settled it.
    event = models.OneToOneField(Event, models.PROTECT, related_name="shipment")

    class Meta:
        constraints = [
            CheckConstraint(
                name="shipment_arrives_after_it_left",
                condition=Q(delivered_at__isnull=True) | Q(delivered_at__gte=F("shipped_at")),
            ),
        ]
        indexes = [
            # What a carrier knows it by: onorder.queries.deliveries.
            Index(name="shipment_tracking", fields=["tracking"], condition=~Q(tracking="")),
            # What did not come, the longest first: onorder.queries.deliveries, onorder.queries.today.
            Index(name="shipment_missing", fields=["missing_at", "id"], condition=Q(missing_at__isnull=False)),
        ]


class Packing(models.Model):
    """A parcel that is closed and waits for its carrier. Nothing has left: what is in it is still set aside, and may be
    cancelled or go to somewhere else; then it is to be opened again.

    `contents`: (line, units), in the order of the lines; `address`: what stands on it.
    """

    order = models.OneToOneField(Order, models.PROTECT, related_name="packing")
    contents = models.JSONField()
    address = models.TextField(blank=True)
    carrier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")  # Who packed it, and when.


class Loan(models.Model):
    """Units set aside for an order that waits for more, lent to a younger one that could ship with them."""

    lender = models.ForeignKey(OrderLine, models.PROTECT, related_name="lent")
    borrower = models.ForeignKey(OrderLine, models.PROTECT, related_name="borrowed")
    quantity = models.PositiveIntegerField()
    repaid_from = models.ForeignKey(PurchaseOrderLine, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(name="loan_lends_something", condition=Q(quantity__gt=0)),
            CheckConstraint(name="loan_is_between_two", condition=~Q(lender=F("borrower"))),
        ]


class Return(models.Model):
    """Units of one line that came, or are to come, back, all in one state.

    One return is all rows of one number: what was asked for at once, and comes in one parcel. Where its units part
    ways, so does the row.
    """

    number = models.CharField(max_length=24)
    key = models.CharField(max_length=128, unique=True)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField()
    state = state_field(ReturnState, default=ReturnState.REQUESTED)
    wants = state_field(ReturnWish, blank=True)  # Empty: it came without being asked for.
    why = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_why = models.CharField(max_length=200, blank=True)
    refunded_minor = minor_field(default=0)  # With this decision; it is in the payments, too.
    replacement = models.OneToOneField(OrderLine, models.PROTECT, null=True, related_name="replaces")

    class Meta:
        constraints = [
            knows("return_state_is_known", "state", ReturnState),
            knows("return_wish_is_known", "wants", ["", *ReturnWish]),
            CheckConstraint(name="return_returns_something", condition=Q(quantity__gt=0)),
            CheckConstraint(name="return_refund_is_not_negative", condition=Q(refunded_minor__gte=0)),
        ]
        indexes = [
            # All of one return: onorder.ledger.returned.
            Index(name="return_number", fields=["number", "id"]),
            # What is on its way, and what is to be decided: onorder.queries.returns, onorder.queries.today.
            Index(name="return_open", fields=["state", "id"], condition=Q(state__in=["requested", "received"])),
        ]
