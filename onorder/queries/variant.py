"""One SKU: its stock, who waits, whom it is bought from, on what terms it is sold, and what became of its units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min
from django.db.models.functions import Coalesce

from onorder.errors import NotFound
from onorder.models import Offer, OrderLine, PriceBreak, Product, StockLevel, StockMove, Supplier, Variant
from onorder.queries.availability import Availability, availability
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules.terms import Effective, Terms

#: The levels of terms, as `rules.terms.Origin` counts them.
SCOPES = ("shop", "supplier", "product", "variant")
MOVES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of one SKU at one location. `buffered`: of those waiting, what nothing on order covers."""

    location: str
    here: int
    set_aside: int
    waiting: int
    incoming: int

    @property
    def free(self) -> int:
        return self.here - self.set_aside

    @property
    def buffered(self) -> int:
        return max(self.waiting - self.incoming, 0)


@dataclass(frozen=True, slots=True)
class Scope:
    """One level of terms: which (of SCOPES), what it is called, and what it says. `terms` is None if it cannot say
    anything: nobody supplies the variant."""

    kind: str
    name: str
    terms: Terms | None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What one supplier asks for a SKU. Money in minor units of `currency`; `is_bought`: the next order goes to it."""

    supplier: str
    supplier_name: str
    currency: str
    sku: str
    product: str
    supplier_sku: str
    unit_cost_minor: int
    minimum_quantity: int
    order_multiple: int
    breaks: tuple[tuple[int, int], ...]
    rank: int
    lead_time_days: int | None
    drop_ships: bool
    is_active: bool
    is_bought: bool


@dataclass(frozen=True, slots=True)
class Move:
    """Units that changed their place, and why; `kind` is one of MoveKind, `cause` the kind of the event behind it."""

    at: datetime
    location: str
    kind: str
    quantity: int
    order: str
    cause: str
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Sold:
    """One SKU as its page shows it. `lines` wait for it, the first for `first_told_on`."""

    key: int
    sku: str
    product: str
    product_name: str
    name: str
    barcode: str
    price_minor: int
    currency: str
    collections: tuple[str, ...]
    siblings: tuple[tuple[str, str], ...]
    stock: tuple[Stock, ...]
    lines: int
    first_told_on: date | None
    supplier: str
    terms: Effective
    scopes: tuple[Scope, ...]
    offers: tuple[OfferRow, ...]
    availability: Availability
    moves: tuple[Move, ...]

    @property
    def title(self) -> str:
        return f"{self.product_name} {self.name}".strip()

    @property
    def waiting(self) -> int:
        return sum(stock.waiting for stock in self.stock)


def variant(sku: str, *, now: datetime) -> Sold:
    """Everything the shop knows of one SKU. Fifteen statements.

    Raises:
        NotFound: there is no such SKU.
    """
    setup = settings.current()
    found = Variant.objects.select_related("product").filter(sku=sku).first()
    if found is None:
        raise NotFound(what="SKU", name=sku)
    levels = list(
        StockLevel.objects.filter(variant=found)
        .order_by("location")
        .values_list("location", "location__code", "on_hand", "allocated", "waiting", "incoming", "supplier")
    )
    supplier = next((level[6] for level in levels if level[0] == setup.location), None)
    offers = offers_of(variant=found.pk)
    queue = OrderLine.objects.filter(variant=found, waiting__gt=0)
    waiting = queue.aggregate(lines=Count("pk"), first=Min(Coalesce("told_on", "promised_on")))
    siblings = Variant.objects.filter(product=found.product).exclude(pk=found.pk).order_by("sku")
    return Sold(
        key=found.pk,
        sku=sku,
        product=found.product.handle,
        product_name=found.product.name,
        name=found.name,
        barcode=found.barcode,
        price_minor=found.price_minor,
        currency=found.currency,
        collections=tuple(found.product.collections.order_by("name").values_list("name", flat=True)),
        siblings=tuple(siblings.values_list("sku", "name")[:20]),
        stock=tuple(Stock(code, *counters) for _, code, *counters, _ in levels),
        lines=waiting["lines"],
        first_told_on=waiting["first"],
        supplier=next((offer.supplier for offer in offers if offer.is_bought), ""),
        terms=setup.terms(supplier, found.product_id, found.pk),
        scopes=_scopes(setup, supplier, found.product, found),
        offers=offers,
        availability=availability([sku], now=now)[sku],
        moves=_moves(found.pk),
    )


def offers_of(*, variant: int | None = None, supplier: int | None = None, limit: int = 1_000) -> tuple[OfferRow, ...]:
    """Offers of one variant (the one that is bought first), or of one supplier (by SKU). Two statements, or three."""
    found = Offer.objects.all()
    if variant is not None:
        found = found.filter(variant=variant).order_by("-is_active", "rank", "pk")
    if supplier is not None:
        found = found.filter(supplier=supplier).order_by("-is_active", "variant__sku")
    columns = ("supplier__code", "supplier__name", "supplier__currency", "variant__sku", "variant__product__name")
    terms = ("supplier_sku", "unit_cost_minor", "minimum_quantity", "order_multiple")
    further = ("rank", "lead_time_days", "drop_ships", "is_active")
    rows = list(found.values_list("pk", "variant", *columns, *terms, *further)[:limit])
    breaks: dict[int, list[tuple[int, int]]] = {}
    stepped = PriceBreak.objects.filter(offer__in=[row[0] for row in rows]).order_by("offer", "from_quantity")
    for offer, quantity, cost in stepped.values_list("offer", "from_quantity", "unit_cost_minor"):
        breaks.setdefault(offer, []).append((quantity, cost))
    best = _best([row[1] for row in rows])
    cells: list[tuple[Any, ...]] = [
        (*asked, tuple(breaks.get(offer, ())), rank, days, drops, active, best.get(variant) == offer)
        for offer, variant, *asked, rank, days, drops, active in rows
    ]
    return tuple(OfferRow(*row) for row in cells)


def _best(variants: Sequence[int]) -> dict[int, int]:
    """By variant, the offer that is bought: the active one of the lowest rank."""
    active = Offer.objects.filter(variant__in=set(variants), is_active=True).order_by("-rank", "-pk")
    return dict(active.values_list("variant", "pk"))  # The last one stays: the lowest rank.


def _scopes(setup: Setup, supplier: int | None, product: Product, variant: Variant) -> tuple[Scope, ...]:
    open_ = Terms()
    name = Supplier.objects.filter(pk=supplier).values_list("name", flat=True).first() if supplier else None
    return (
        Scope("shop", "", setup.shop_terms),
        Scope("supplier", name or "", setup.supplier_terms.get(supplier, open_) if supplier else None),
        Scope("product", product.name, setup.product_terms.get(product.pk, open_)),
        Scope("variant", variant.sku, setup.variant_terms.get(variant.pk, open_)),
    )


def _moves(variant: int) -> tuple[Move, ...]:
    found = StockMove.objects.filter(variant=variant).order_by("-pk")
    columns = ("event__at", "location__code", "kind", "quantity", "line__order__number")
    rows = found.values_list(*columns, "event__kind", "event__why", "event__by")[:MOVES_SHOWN]
    return tuple(Move(at, place, kind, n, order or "", *event) for at, place, kind, n, order, *event in rows)


def set_aside(variant: int) -> dict[str, int]:
    """By order, the units of a variant that are set aside for it. One statement; reads the lines that hold some."""
    holding = OrderLine.objects.filter(variant=variant, allocated__gt=0).order_by("queued_at", "pk")
    found: dict[str, int] = {}
    for number, units in holding.values_list("order__number", "allocated"):
        found[number] = found.get(number, 0) + units
    return found
