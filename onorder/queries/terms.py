"""Backorder terms: what single SKUs say themselves, and how far a change of terms would reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from onorder.models import StockLevel, Variant
from onorder.queue import setup as settings
from onorder.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Reach:
    """How many SKUs terms reach, for how many of them somebody waits, and what is free of them (units).

    `without_supplier`: of these SKUs, those that nobody supplies.
    """

    skus: int
    waited_for: int
    free: int
    without_supplier: int


def reach(
    *,
    supplier: str | None = None,
    product: str | None = None,
    sku: str | None = None,
    skus: Sequence[str] | None = None,
) -> Reach:
    """How far terms of one scope reach; without one, those of the shop. Five statements."""
    setup = settings.current()
    found = Variant.objects.all()
    if supplier is not None:
        found = found.filter(levels__location=setup.location, levels__supplier__code=supplier)
    if product is not None:
        found = found.filter(product__handle=product)
    if sku is not None:
        found = found.filter(sku=sku)
    if skus is not None:
        found = found.filter(sku__in=skus)
    levels = StockLevel.objects.filter(variant__in=found.values("pk"))
    here = levels.filter(location=setup.location)
    free = levels.filter(on_hand__gt=F("allocated")).aggregate(n=Sum(F("on_hand") - F("allocated"), default=0))["n"]
    return Reach(
        skus=found.count(),
        waited_for=levels.filter(waiting__gt=0).values("variant").distinct().count(),
        free=free,
        without_supplier=here.filter(Q(supplier__isnull=True)).count(),
    )


def terms_of_skus(skus: Sequence[str]) -> dict[str, Terms]:
    """What each of these SKUs says itself; unknown ones are left out. Two statements."""
    setup = settings.current()
    keys = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "pk"))
    return {sku: setup.variant_terms.get(key, Terms()) for sku, key in keys.items()}
