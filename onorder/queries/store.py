"""What customers look at: collections, products, and what can be had of them, when. No word of it is the shop's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onorder.errors import NotFound
from onorder.ledger import rows
from onorder.models import Collection, Product, Shop, StockLevel, Variant
from onorder.queries.availability import Availability, availability
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules.jurisdictions import NO_LAW, Exemption, Jurisdiction
from onorder.rules.terms import Effective

#: Products that one page shows; a collection is chosen by hand.
MOST_PRODUCTS = 60
#: Pictures that stand for a collection.
PICTURES = 3


@dataclass(frozen=True, slots=True)
class Shopfront:
    """What every page for customers says of the shop."""

    name: str
    email: str
    time_zone: str
    is_open: bool
    text: str
    imprint: str
    terms_text: str


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection that customers may see. `pictures`: of the first of its products that have one."""

    slug: str
    name: str
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One of a product's variants. Money in minor units."""

    sku: str
    name: str
    price_minor: int
    currency: str
    availability: Availability
    terms: Effective


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product that customers may see, with its variants in the order of their prices.

    `exemption`: why it cannot be sent back for a mere change of mind; None if it can.
    """

    handle: str
    name: str
    text: str
    picture: str
    exemption: Exemption | None
    variants: tuple[VariantRow, ...]
    collections: tuple[CollectionRow, ...] = ()

    @property
    def soonest(self) -> VariantRow | None:
        """The variant that arrives first; None if none can be had."""
        dated = [variant for variant in self.variants if variant.availability.arrives_by]
        return min(dated, key=lambda one: one.availability.arrives_by or date.max, default=None)


def shopfront() -> Shopfront:
    """What the shop says of itself. One statement.

    Raises:
        NotSetUp: there is no shop.
    """
    columns = ("name", "email", "time_zone", "is_store_open", "store_text", "imprint", "terms_text")
    found = Shop.objects.filter(pk=1).values_list(*columns).first()
    if found is None:
        raise settings.NotSetUp
    return Shopfront(*found)


def law_and_day(now: datetime) -> tuple[Jurisdiction, date]:
    """Whose law holds for customers, and which day it is in the shop. One statement."""
    setup = settings.current()
    return setup.law or NO_LAW, setup.today(now)


def collections() -> list[CollectionRow]:
    """The collections that customers may see, in the shop's order. Two statements."""
    published = Collection.objects.filter(is_published=True).order_by("position", "name")
    found = list(published.values_list("pk", "slug", "name", "text"))
    shown = Collection.products.through.objects.filter(
        collection__in=[key for key, *_ in found], product__is_published=True
    ).exclude(product__picture="")
    pictures: dict[int, list[str]] = {}
    for key, picture in shown.order_by("product__name", "pk").values_list("collection", "product__picture"):
        pictures.setdefault(key, []).append(picture)
    return [CollectionRow(slug, name, text, tuple(pictures.get(key, ())[:PICTURES])) for key, slug, name, text in found]


def collection(slug: str, *, now: datetime) -> tuple[CollectionRow, list[ProductRow]]:
    """One collection and its products by name. Nine statements, whatever its size.

    Raises:
        NotFound: there is none that customers may see.
    """
    found = Collection.objects.filter(is_published=True, slug=slug).first()
    if found is None:
        raise NotFound(what="collection", name=slug)
    products = found.products.filter(is_published=True).order_by("name", "pk")[:MOST_PRODUCTS]
    return CollectionRow(found.slug, found.name, found.text), _rows(list(products), now)


def product(handle: str, *, now: datetime) -> ProductRow:
    """One product, and the collections that it stands in. Ten statements, whatever the number of its variants.

    Raises:
        NotFound: there is none that customers may see.
    """
    found = Product.objects.filter(is_published=True, handle=handle).first()
    if found is None:
        raise NotFound(what="product", name=handle)
    shown = found.collections.filter(is_published=True).order_by("position", "name")
    collections = [CollectionRow(*row) for row in shown.values_list("slug", "name", "text")]
    (row,) = _rows([found], now, collections)
    return row


@dataclass(frozen=True, slots=True)
class Badge:
    """What one more unit of a SKU means for a customer: when it would arrive, on what terms; `today` in the shop."""

    availability: Availability
    terms: Effective
    today: date


def badge(sku: str, *, now: datetime) -> Badge:
    """What can be had of one SKU whose product customers may see. Eight statements.

    Raises:
        NotFound: there is no such SKU, or it is not for them to see.
    """
    setup = settings.current()
    row = Variant.objects.filter(sku=sku, product__is_published=True).values_list("pk", "product").first()
    if row is None:
        raise NotFound(what="SKU", name=sku)
    key, product = row
    terms = setup.terms(_suppliers(setup, [key]).get(key), product, key)
    return Badge(availability([sku], now=now)[sku], terms, setup.today(now))


def seen() -> tuple[str, int] | None:
    """Another pair as soon as anything has happened or was set; None without a shop. One statement."""
    found = rows.select(_SEEN)
    return (found[0][0], found[0][1] or 0) if found else None


_SEEN = "SELECT revision, (SELECT max(id) FROM onorder_event) FROM onorder_shop WHERE id = 1"


def _rows(products: Sequence[Product], now: datetime, of: Iterable[CollectionRow] = ()) -> list[ProductRow]:
    setup = settings.current()
    found = Variant.objects.filter(product__in=[product.pk for product in products]).order_by("price_minor", "pk")
    columns = ("pk", "product", "sku", "name", "price_minor", "currency")
    variants = list(found.values_list(*columns))
    suppliers = _suppliers(setup, [row[0] for row in variants])
    answers = availability([row[2] for row in variants], now=now) if variants else {}
    by_product: dict[int, list[VariantRow]] = {}
    for key, product, sku, name, price, currency in variants:
        terms = setup.terms(suppliers.get(key), product, key)
        by_product.setdefault(product, []).append(VariantRow(sku, name, price, currency, answers[sku], terms))
    return [
        ProductRow(
            handle=product.handle,
            name=product.name,
            text=product.text,
            picture=product.picture,
            exemption=Exemption(product.exemption) if product.exemption else None,
            variants=tuple(by_product.get(product.pk, ())),
            collections=tuple(of),
        )
        for product in products
    ]


def _suppliers(setup: Setup, variants: Sequence[int]) -> dict[int, int | None]:
    """Who is bought from, by variant."""
    levels = StockLevel.objects.filter(variant__in=variants, location=setup.location)
    return dict(levels.values_list("variant", "supplier"))
