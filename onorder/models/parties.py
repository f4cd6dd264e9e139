"""The shop itself, its places, calendars and words, and its customers."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Lower

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.rules.entering import CodeAskedOf
from onorder.rules.jurisdictions import JURISDICTIONS
from onorder.rules.lifecycle import Pace, ShippingPolicy


class Calendar(models.Model):
    """On which days somebody works: the days of the week, less a country's holidays, less closures."""

    name = models.CharField(max_length=80, unique=True)
    weekdays = models.CharField(max_length=7, default="01234")  # 0 is Monday.
    country = models.CharField(max_length=2, blank=True)  # Its public holidays are closed; ISO 3166, empty for none.
    subdivision = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [CheckConstraint(name="calendar_is_open_some_day", condition=~Q(weekdays=""))]

    def __str__(self) -> str:
        return self.name


class Closure(models.Model):
    """Days, both included, on which a calendar is closed beside its usual ones."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="closures")
    first_on = models.DateField()
    last_on = models.DateField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [CheckConstraint(name="closure_ends_after_it_begins", condition=Q(last_on__gte=F("first_on")))]


class Location(models.Model):
    """A place that holds stock and ships."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=120)
    address = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.code


def new_number_key() -> str:
    """A secret that no other shop has."""
    return secrets.token_hex(16)


class Shop(models.Model):
    """The settings of the whole shop; there is one row.

    `revision` changes whenever anything that a promise is made from changes (terms, policies, calendars, lead times);
    what was read under one revision may be used as long as the row still shows it.
    """

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    currency = currency_field()
    locale = models.CharField(max_length=16, default="en_GB")
    time_zone = models.CharField(max_length=64, default="UTC")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    goods_in = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    put_away_days = models.PositiveSmallIntegerField(default=1)
    shipping = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    packing_days = models.PositiveSmallIntegerField(default=1)
    carrier = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    carrier_days = models.PositiveSmallIntegerField(default=0)

    # When to propose that an order goes in parts, `onorder.rules.parcels.propose`.
    split_from_minor = minor_field(default=0)
    split_from_days = models.PositiveSmallIntegerField(default=3)
    split_cost_minor = minor_field(default=0)
    split_most_parcels = models.PositiveSmallIntegerField(default=2)  # In how many; 0 for any number.
    split_most_cost_share = models.PositiveIntegerField(default=1_000)  # Basis points of the first parcel's value.

    # After so many days in which a customer who waits heard nothing, they are told that all is as it was; 0 for never.
    heartbeat_days = models.PositiveSmallIntegerField(default=14)

    # How customers are written to who have not chosen, and at which hour what has waited leaves together,
    # `onorder.rules.gathering`.
    pace = state_field(Pace, default="daily")
    gathers_at = models.PositiveSmallIntegerField(default=8)
    takes_texts = models.BooleanField(default=False)  # Whether customers may have text messages.

    # How customers may pay for what they order here: onorder.store.payments.
    takes_transfer = models.BooleanField(default=False)
    bank_details = models.TextField(blank=True)  # As text, for whoever pays by bank transfer.
    takes_at_shop = models.BooleanField(default=True)
    remind_unpaid_days = models.PositiveSmallIntegerField(default=5)  # After the day on which it was asked for.
    unpaid_grace_days = models.PositiveSmallIntegerField(default=14)  # So long units are kept for who has not paid.
    cancels_unpaid = models.BooleanField(default=True)  # After that, by itself; else a person decides.
    takes_card = models.BooleanField(default=False)  # Where a provider is set up: onorder.providers.
    number_key = models.CharField(max_length=64, default=new_number_key)  # `onorder.rules.numbering`. Never changed.

    # How people log in, `onorder.rules.entering`.
    code_asked_of = state_field(CodeAskedOf, default="nobody")
    session_days = models.PositiveSmallIntegerField(default=14)  # Idle for so long, a session ends.

    # The storefront.
    is_store_open = models.BooleanField(default=False)
    jurisdiction = models.CharField(max_length=8, default="NONE")  # Whose law holds, `onorder.rules.jurisdictions`.
    store_text = models.TextField(blank=True)
    imprint = models.TextField(blank=True)
    terms_text = models.TextField(blank=True)

    revision = models.CharField(max_length=32)

    class Meta:
        constraints = [
            CheckConstraint(name="shop_is_one", condition=Q(pk=1)),
            is_currency("shop_currency_is_iso"),
            knows("shop_code_asked_of_is_known", "code_asked_of", CodeAskedOf),
            knows("shop_jurisdiction_is_known", "jurisdiction", JURISDICTIONS),
            CheckConstraint(name="shop_sessions_last", condition=Q(session_days__gt=0)),
            knows("shop_pace_is_known", "pace", Pace),
            CheckConstraint(name="shop_gathers_at_an_hour", condition=Q(gathers_at__lt=24)),
            CheckConstraint(
                name="shop_reminds_before_the_grace_is_over",
                condition=Q(remind_unpaid_days__gt=0, remind_unpaid_days__lt=F("unpaid_grace_days")),
            ),
            CheckConstraint(
                name="shop_says_where_to_transfer", condition=Q(takes_transfer=False) | ~Q(bank_details="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MessageText(models.Model):
    """What the shop says in its own words in one kind of message; what is empty is the product's own text.

    Checked before it is stored, by `onorder.rules.wording`, so that it can be sent.
    """

    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=16)
    subject = models.CharField(max_length=200, blank=True)
    headline = models.CharField(max_length=200, blank=True)
    opening = models.TextField(blank=True)
    closing = models.TextField(blank=True)
    changed_at = models.DateTimeField()
    by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            UniqueConstraint(name="message_text_is_one_of_a_kind", fields=["kind", "language"]),
            CheckConstraint(
                name="message_text_says_something",
                condition=~Q(subject="") | ~Q(headline="") | ~Q(opening="") | ~Q(closing=""),
            ),
        ]


class Customer(models.Model):
    """Who buys. `reference` is the shop system's name for them, or their e-mail address."""

    reference = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=16, blank=True)
    shipping_policy = state_field(ShippingPolicy, blank=True)  # What they usually choose; empty: never said.

    # How they are written to, `onorder.rules.gathering`.
    by_email = models.BooleanField(default=True)
    by_text = models.BooleanField(default=False)
    text_number = models.CharField(max_length=16, blank=True)  # E.164, of a phone that takes text messages.
    pace = state_field(Pace, blank=True)  # Empty: as the shop does it.
    told_on = models.DateField(null=True)  # The last day on which they were sent what may wait.
    email_bounced_at = models.DateTimeField(null=True)  # Since when their address does not work.
    email_bounced_why = models.CharField(max_length=200, blank=True)
    text_bounced_at = models.DateTimeField(null=True)  # Since when texts to their number do not arrive.
    text_bounced_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            knows("customer_shipping_policy_is_known", "shipping_policy", ["", *ShippingPolicy]),
            knows("customer_pace_is_known", "pace", ["", *Pace]),
            CheckConstraint(name="customer_is_written_to", condition=Q(by_email=True) | Q(by_text=True)),
            CheckConstraint(name="customer_has_a_number_for_texts", condition=Q(by_text=False) | ~Q(text_number="")),
        ]
        indexes = [
            # Everybody of one e-mail address: onorder.queries.account.
            Index(Lower("email"), name="customer_email"),
            # Who cannot be reached: onorder.queries.today, onorder.queries.customers.
            Index(name="customer_unreached", fields=["name", "id"], condition=Q(email_bounced_at__isnull=False)),
            Index(name="customer_untexted", fields=["name", "id"], condition=Q(text_bounced_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference
