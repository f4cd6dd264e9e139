"""What is written once and never changed: events and payments; and the outbox, whose messages each leave once."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.models.parties import Customer
from onorder.models.purchasing import PurchaseOrder
from onorder.models.sales import Order
from onorder.models.suppliers import Supplier
from onorder.rules.lifecycle import Channel, MessageState, PaymentKind


class Event(models.Model):
    """Something happened to `subject` ("order:17"): what, when, by whom, why, and the figures of it."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    why = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # What happened to one thing, and whether something of a kind did.
            Index(name="event_subject", fields=["subject", "kind", "id"]),
        ]


class Message(models.Model):
    """One message about one event to one customer or supplier by one channel, or the reason why there was none.

    Written in the transaction of its event, delivered after it. One by text message is added before it is delivered,
    `onorder.actions.gathering`; there it is decided too whether it leaves by itself or is told by another message
    (`carried_by`). A text that did not arrive names the e-mail that tells it instead, if there is one.
    """

    event = models.ForeignKey(
        Event, models.PROTECT, related_name="messages", related_query_name="message", db_index=False
    )
    channel = state_field(Channel, default="email")
    kind = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", db_index=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, related_name="+", db_index=False)
    state = state_field(MessageState)
    is_arranged = models.BooleanField(default=False)  # Whether it was decided by which way it goes, and with what.
    carried_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="carries", db_index=False)
    due_at = models.DateTimeField()  # Not to be delivered before.
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)  # Why it was suppressed, or the last failure.
    mail_id = models.CharField(
        max_length=64, blank=True
    )  # What was accepted, as a report of what became of it names it.

    class Meta:
        constraints = [
            UniqueConstraint(name="message_is_one_by_each_channel", fields=["event", "channel"]),
            knows("message_state_is_known", "state", MessageState),
            knows("message_channel_is_known", "channel", Channel),
            CheckConstraint(
                name="message_by_text_is_to_a_customer", condition=~Q(channel=Channel.TEXT) | Q(customer__isnull=False)
            ),
            CheckConstraint(
                name="message_gathered_is_carried",
                condition=~Q(state=MessageState.GATHERED) | Q(carried_by__isnull=False),
            ),
            CheckConstraint(
                name="message_has_one_recipient",
                condition=Q(customer__isnull=True, supplier__isnull=False)
                | Q(customer__isnull=False, supplier__isnull=True),
            ),
            CheckConstraint(
                name="message_suppressed_says_why", condition=~Q(state=MessageState.SUPPRESSED) | ~Q(note="")
            ),
        ]
        indexes = [
            # What leaves next: onorder.delivery.outbox.
            Index(name="message_queued", fields=["due_at", "id"], condition=Q(state=MessageState.QUEUED)),
            # What did not get through: onorder.queries.outbox, onorder.queries.today.
            Index(
                name="message_failed",
                fields=["id"],
                condition=Q(state__in=[MessageState.FAILED, MessageState.BOUNCED]),
            ),
            # What is still to be arranged, and what waits for its day: onorder.actions.gathering.
            Index(name="message_new", fields=["id"], condition=Q(is_arranged=False)),
            Index(name="message_waiting", fields=["due_at", "id"], condition=Q(state=MessageState.WAITING)),
            Index(name="message_waits_for", fields=["customer"], condition=Q(state=MessageState.WAITING)),
            # What a message tells beside its own event: onorder.queries.messages.
            Index(name="message_carried", fields=["carried_by"], condition=Q(carried_by__isnull=False)),
            # Which message a mail was that came back: onorder.actions.bounces.
            Index(name="message_mail", fields=["mail_id"], condition=~Q(mail_id="")),
            # What came back of one customer: onorder.actions.customers.
            Index(name="message_bounced", fields=["customer"], condition=Q(state=MessageState.BOUNCED)),
        ]


class Payment(models.Model):
    """Money that moved, written once. Positive; the kind says which way."""

    key = models.CharField(max_length=128, unique=True)
    kind = state_field(PaymentKind)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="payments")
    purchase_order = models.ForeignKey(PurchaseOrder, models.PROTECT, null=True, related_name="payments")
    amount_minor = minor_field()
    currency = currency_field()
    at = models.DateTimeField()
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            knows("payment_kind_is_known", "kind", PaymentKind),
            is_currency("payment_currency_is_iso"),
            CheckConstraint(name="payment_is_positive", condition=Q(amount_minor__gt=0)),
            CheckConstraint(
                name="payment_belongs_to_one_side",
                condition=Q(
                    kind__in=[PaymentKind.CAPTURED, PaymentKind.REFUNDED, PaymentKind.FEE],
                    order__isnull=False,
                    purchase_order__isnull=True,
                )
                | Q(
                    kind__in=[PaymentKind.SUPPLIER_PAID, PaymentKind.SUPPLIER_REFUNDED],
                    order__isnull=True,
                    purchase_order__isnull=False,
                ),
            ),
        ]
