"""What the shop sells, and where it chose to sell without stock."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Coalesce

from onorder.models._fields import currency_field, is_currency, knows, minor_field, state_field
from onorder.rules.jurisdictions import Exemption
from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling


class Collection(models.Model):
    """Products on a page of their own, with a name and a text that set the expectation ("Love Takes Time")."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    is_published = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)  # Among the others; the lowest comes first.

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What customers look at: variants of one thing, with a text and a picture.

    `picture`: a file below the media folder, named after its contents. `is_published`: customers may see it.
    `exemption`: why it cannot be sent back for a mere change of mind; empty if it can.
    """

    handle = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    collections = models.ManyToManyField(Collection, related_name="products", blank=True)
    text = models.TextField(blank=True)
    picture = models.CharField(max_length=80, blank=True)
    is_published = models.BooleanField(default=True)
    exemption = state_field(Exemption, blank=True)

    class Meta:
        constraints = [knows("product_exemption_is_known", "exemption", ["", *Exemption])]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """What is sold, stocked and bought: one SKU."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="variants")
    sku = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)  # What tells it from its siblings: "Large, green".
    barcode = models.CharField(max_length=64, blank=True)
    price_minor = minor_field()
    currency = currency_field()

    class Meta:
        constraints = [
            is_currency("variant_currency_is_iso"),
            CheckConstraint(name="variant_price_is_not_negative", condition=Q(price_minor__gte=0)),
            UniqueConstraint(name="variant_barcode_is_unique", fields=["barcode"], condition=~Q(barcode="")),
        ]

    def __str__(self) -> str:
        return self.sku


class BackorderTerms(models.Model):
    """Whether and how something is sold without stock. What a row leaves open, the more general row decides.

    Shop (no scope) > supplier > product > variant; merged by `onorder.rules.terms.resolve`.
    """

    supplier = models.OneToOneField("Supplier", models.CASCADE, null=True, related_name="terms")
    product = models.OneToOneField(Product, models.CASCADE, null=True, related_name="terms")
    variant = models.OneToOneField(Variant, models.CASCADE, null=True, related_name="terms")

    accept = state_field(Accept, blank=True)  # Empty: as the more general terms say.
    cap = models.PositiveIntegerField(null=True)  # Most units waiting at one location, where accept is "capped".
    deposit_basis_points = models.PositiveIntegerField(null=True)
    returns = models.CharField(max_length=24, blank=True)
    longest_wait_days = models.PositiveSmallIntegerField(null=True)  # No promise further away than this: not sold.

    cancelling = state_field(Cancelling, blank=True)
    cancel_fee_basis_points = models.PositiveIntegerField(null=True)  # Of the price, where cancelling is "fee_after".

    class Meta:
        constraints = [
            knows("terms_accept_is_known", "accept", ["", *Accept]),
            knows("terms_cancelling_is_known", "cancelling", ["", *Cancelling]),
            CheckConstraint(
                name="terms_have_one_scope",
                condition=Q(supplier__isnull=True, product__isnull=True)
                | Q(supplier__isnull=True, variant__isnull=True)
                | Q(product__isnull=True, variant__isnull=True),
            ),
            UniqueConstraint(
                Coalesce("supplier", 0),
                name="terms_of_the_shop_are_one",
                condition=Q(supplier__isnull=True, product__isnull=True, variant__isnull=True),
            ),
            CheckConstraint(name="terms_capped_has_a_cap", condition=~Q(accept=Accept.CAPPED) | Q(cap__isnull=False)),
            CheckConstraint(
                name="terms_deposit_is_a_share",
                condition=Q(deposit_basis_points__isnull=True) | Q(deposit_basis_points__lte=10_000),
            ),
            CheckConstraint(
                name="terms_cancel_fee_is_a_share",
                condition=Q(cancel_fee_basis_points__isnull=True) | Q(cancel_fee_basis_points__lte=10_000),
            ),
        ]
