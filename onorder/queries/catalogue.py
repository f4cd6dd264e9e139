"""The catalogue: what the shop sells, how much of it is here, who waits for it, and what customers read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.text import slugify

from onorder.models import Product, StockLevel, Variant
from onorder.queries.availability import Availability, availability
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules.lifecycle import Accept

#: Which SKUs can be asked for: by whether they are sold without stock, and by what is the matter with them.
SHOWN = (*Accept, "waiting", "no_supplier")


@dataclass(frozen=True, slots=True)
class Picked:
    """Which SKUs: `words` are the beginning of a SKU, a barcode, or a part of the product's name; `show` one of SHOWN;
    `supplier` the code of the one they are bought from."""

    words: str = ""
    show: str = ""
    supplier: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.show or self.supplier)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One SKU: units here, free, waiting and on order (all locations), and what a new order would get of it.

    `price_minor` in minor units of `currency`; `supplier` is whom it is bought from, empty if nobody.
    """

    sku: str
    name: str
    barcode: str
    price_minor: int
    currency: str
    here: int
    free: int
    waiting: int
    incoming: int
    supplier: str
    supplier_name: str
    accept: Accept
    cap: int | None
    availability: Availability


def catalogue(*, now: datetime, picked: Picked = Picked(), after: str = "", limit: int = 50) -> list[CatalogueRow]:
    """What the shop sells, by SKU. Eight statements, whatever its size; it reads the rows of this page.

    Args:
        after: the last SKU of the page before.
        limit: rows.
    """
    setup = settings.current()
    found = variants(setup, picked)
    if after:
        found = found.filter(sku__gt=after)
    columns = ("pk", "product", "sku", "product__name", "name", "barcode", "price_minor", "currency")
    rows = list(found.order_by("sku").values_list(*columns, "at__supplier", "bought_of", "bought_of_name")[:limit])
    units = _units([row[0] for row in rows])
    answers = availability([row[2] for row in rows], now=now) if rows else {}
    listed = []
    for key, product, sku, product_name, name, barcode, price, currency, supplier, code, supplier_name in rows:
        here, allocated, waiting, incoming = units.get(key, (0, 0, 0, 0))
        terms = setup.terms(supplier, product, key)
        listed.append(
            CatalogueRow(
                sku=sku,
                name=f"{product_name} {name}".strip(),
                barcode=barcode,
                price_minor=price,
                currency=currency,
                here=here,
                free=here - allocated,
                waiting=waiting,
                incoming=incoming,
                supplier=code or "",
                supplier_name=supplier_name or "",
                accept=terms.accept,
                cap=terms.cap if terms.accept == Accept.CAPPED else None,
                availability=answers[sku],
            )
        )
    return listed


def handle_for(name: str, sku: str) -> str:
    """The handle of the product of this name; of a new one, a handle that no other product has. One or two statements.

    A product is what its variants share, so a second variant of "Tea" joins the first.
    """
    known = Product.objects.filter(name=name).order_by("pk").values_list("handle", flat=True).first()
    if known is not None:
        return known
    handle = slugify(name)[:120] or slugify(sku) or sku
    return f"{handle[:55]}-{sku}" if Product.objects.filter(handle=handle).exists() else handle


def siblings(skus: Collection[str], *, limit: int) -> list[str]:
    """Other SKUs of the products of these, the first by name. One statement."""
    products = Variant.objects.filter(sku__in=skus).values("product")
    others = Variant.objects.filter(product__in=products).exclude(sku__in=skus).order_by("sku")
    return list(others.values_list("sku", flat=True)[:limit])


def variants(setup: Setup, picked: Picked) -> QuerySet[Any, Any]:
    """The variants that are picked, each with its level at the shop's location as `at`."""
    found: QuerySet[Any, Any] = Variant.objects.annotate(
        at=FilteredRelation("levels", condition=Q(levels__location=setup.location)),
        bought_of=F("at__supplier__code"),
        bought_of_name=F("at__supplier__name"),
    )
    if words := picked.words:
        named = Q(sku__startswith=words) | Q(sku__startswith=words.upper()) | Q(barcode=words) & ~Q(barcode="")
        found = found.filter(named | Q(product__name__icontains=words))
    if picked.supplier:
        found = found.filter(at__supplier__code=picked.supplier)
    if picked.show in tuple(Accept):
        found = found.alias(accept=_accept(setup)).filter(accept=picked.show)
    elif picked.show == "waiting":
        found = found.filter(pk__in=StockLevel.objects.filter(waiting__gt=0).values("variant"))
    elif picked.show == "no_supplier":
        found = found.filter(at__supplier__isnull=True)
    return found


def _accept(setup: Setup) -> Coalesce:
    """Whether a variant is sold without stock, as `rules.terms.resolve` finds it: the most special that says so."""
    said = ("terms__accept", "product__terms__accept", "at__supplier__terms__accept")
    return Coalesce(
        *(NullIf(F(level), Value("")) for level in said), Value(str(setup.shop_terms.accept or Accept.ALWAYS))
    )


def _units(keys: list[int]) -> dict[int, tuple[int, int, int, int]]:
    """By variant, what is here, set aside, waited for and on order, over all locations."""
    levels = StockLevel.objects.filter(variant__in=keys).values_list("variant")
    summed = levels.annotate(Sum("on_hand"), Sum("allocated"), Sum("waiting"), Sum("incoming"))
    return {key: tuple(counters) for key, *counters in summed}
