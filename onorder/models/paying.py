"""How money of customers moves: pages for cards, what their provider said, and refunds that are to be paid out."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.models.ledger import Payment
from onorder.models.sales import Order
from onorder.rules.cards import Concern
from onorder.rules.lifecycle import CardPageState, PayBy, PayoutState


class CardPage(models.Model):
    """A page of the provider's on which so much of an order may be paid by card. Nothing of the card is ever here."""

    key = models.CharField(max_length=64, unique=True)  # Ours: asked for twice under it, it is one page.
    order = models.ForeignKey(Order, models.PROTECT, related_name="card_pages")
    amount_minor = minor_field()
    currency = currency_field()
    state = state_field(CardPageState, default=CardPageState.OPEN)
    asked_at = models.DateTimeField()
    reference = models.CharField(max_length=255, blank=True)  # The provider's name of it, once it has answered.
    url = models.TextField(blank=True)
    looked_at = models.DateTimeField(null=True)  # When we last asked what became of it, for want of a word.

    class Meta:
        constraints = [
            knows("card_page_state_is_known", "state", CardPageState),
            is_currency("card_page_currency_is_iso"),
            CheckConstraint(name="card_page_asks_for_something", condition=Q(amount_minor__gt=0)),
            UniqueConstraint(
                name="card_page_is_one_at_the_providers", fields=["reference"], condition=~Q(reference="")
            ),
        ]
        indexes = [
            # What nobody has told us of yet: onorder.queries.cards.unheard.
            Index(
                name="card_page_unheard",
                fields=["asked_at"],
                condition=Q(state__in=[str(CardPageState.OPEN), str(CardPageState.WAITING)]),
            ),
        ]


class CardNotice(models.Model):
    """Something that the provider for cards told us, once; and whether a person should look at it."""

    reference = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    heard_at = models.DateTimeField()
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    intent = models.CharField(max_length=255, blank=True)
    amount_minor = minor_field(default=0)
    currency = models.CharField(max_length=3, blank=True)
    concern = state_field(Concern, blank=True, default="")
    note = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)  # Since then nobody needs to look at it any more.
    settled_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [knows("card_notice_concern_is_known", "concern", ["", *Concern])]
        indexes = [
            # What a person should look at: onorder.queries.cards.concerns, onorder.queries.today.
            Index(name="card_notice_concerns", fields=["id"], condition=~Q(concern="") & Q(settled_at__isnull=True)),
            # What went back by the provider's own pages before: onorder.actions.cards.
            Index(name="card_notice_given_back", fields=["intent"], condition=Q(concern=Concern.GIVEN_BACK)),
        ]


class Payout(models.Model):
    """A refund, or a part of one, that goes back one way: whether it has gone, and where that can be looked up.

    A refund over several payments by card has one for each of them. No bank account of a customer is ever here.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="payouts")
    capture = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="given_back")  # To whose card it goes.
    way = state_field(PayBy)
    state = state_field(PayoutState, default=PayoutState.TO_DO)
    amount_minor = minor_field()
    reference = models.CharField(max_length=255, blank=True)
    note = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_again = models.PositiveSmallIntegerField(default=0)  # How often a person had it tried once more.
    due_at = models.DateTimeField()  # Not to be tried before.
    done_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            knows("payout_way_is_known", "way", PayBy),
            knows("payout_state_is_known", "state", PayoutState),
            CheckConstraint(name="payout_is_positive", condition=Q(amount_minor__gt=0)),
            CheckConstraint(
                name="payout_by_card_goes_to_one",
                condition=Q(way=PayBy.CARD, capture__isnull=False) | ~Q(way=PayBy.CARD) & Q(capture__isnull=True),
            ),
            CheckConstraint(
                name="payout_was_done_once",
                condition=Q(state=PayoutState.DONE, done_at__isnull=False)
                | ~Q(state=PayoutState.DONE) & Q(done_at__isnull=True),
            ),
            UniqueConstraint(name="payout_is_one_to_a_card", fields=["payment", "capture"]),
            UniqueConstraint(name="payout_is_one_beside_cards", fields=["payment"], condition=Q(capture__isnull=True)),
        ]
        indexes = [
            # What the worker carries out next: onorder.providers.payouts.
            Index(
                name="payout_by_card",
                fields=["due_at", "id"],
                condition=Q(way=PayBy.CARD, state=PayoutState.TO_DO),
            ),
            # What a person pays out: onorder.queries.payouts, onorder.queries.today.
            Index(name="payout_open", fields=["id"], condition=~Q(state=PayoutState.DONE)),
        ]
