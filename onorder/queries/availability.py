"""Availability: what a new order would get of each SKU at this moment, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from onorder.errors import NotFound, Phrase
from onorder.ledger import rows
from onorder.ledger.levels import Level, look_at_levels
from onorder.models import Offer
from onorder.queue import setup as settings
from onorder.queue.joining import Joining, NoPlace, Place
from onorder.queue.outlook import Outlook
from onorder.rules.promising import Promise, delivered
from onorder.rules.terms import sellable


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be sold of one SKU at one location. An answer of this moment: only the placing transaction decides.

    Args:
        free: units that a new order would get at once. What is here belongs first to those who wait already.
        sellable: units that the stock and the backorder terms let be sold now; None is any number.
        takes_backorders: whether a unit beyond the free ones can be sold: its terms and their cap allow it, and it can
            be told a day that they allow as well.
        promise: the day on which one more unit would ship, and why then; None if none can be sold.
        arrives_from, arrives_by: at the customer's door, if all goes as expected, and as it is promised; None if none
            can be sold.
        why_not: why no unit beyond the free ones can be sold, in a sentence; empty if one can.
    """

    sku: str
    free: int
    sellable: int | None
    takes_backorders: bool
    promise: Promise | None
    why_not: Phrase
    arrives_from: date | None = None
    arrives_by: date | None = None


def availability(skus: Collection[str], *, now: datetime, location: str | None = None) -> dict[str, Availability]:
    """What can be sold of each SKU, in the order given. Five statements, whatever their number.

    Two more for SKUs that never had stock here, and one if a location is named.

    Raises:
        NotFound: an unknown SKU or location.
    """
    setup = settings.current()
    at = setup.location_of(location)
    variants = _variants(skus)
    levels = levels_of({key for key, _ in variants.values()}, at)
    products = dict(variants.values())
    outlook = Outlook(setup, list(levels.values()), now=now)
    # Each question is asked of queues that nobody joined meanwhile; the outlook they share reads once.
    next_unit = Joining(levels, products, outlook)
    beyond_the_free = Joining(levels, products, outlook)
    found = {}
    for sku in skus:
        key, product = variants[sku]
        level = levels[key]
        free = 0 if level.waiting else level.free
        (first,) = next_unit.find([(key, 1)])
        (beyond,) = beyond_the_free.find([(key, free + 1)]) if free else (first,)
        terms = setup.terms(level.supplier, product, key)
        found[sku] = Availability(
            sku=sku,
            free=free,
            sellable=sellable(free, level.waiting, terms.accept, terms.cap),
            takes_backorders=isinstance(beyond, Place),
            promise=first.promise if isinstance(first, Place) else None,
            why_not=beyond.why if isinstance(beyond, NoPlace) else Phrase(""),
            **(_arrival(first, outlook) if isinstance(first, Place) else {}),
        )
    return found


def _arrival(place: Place, outlook: Outlook) -> dict[str, date]:
    """From the expected day to the promised one, each with the carrier's days."""
    promise = place.promise
    if promise is None:
        return {}
    expected = outlook.ready_by_deadline(place.level, place.last_unit) if place.waiting else promise
    handling = outlook.setup.handling
    by = delivered(promise, handling).on
    return {"arrives_from": min(delivered(expected, handling).on, by) if expected else by, "arrives_by": by}


def _variants(skus: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Each SKU's variant and product."""
    condition, parameter = rows.among("sku", skus)
    statement = f"SELECT sku, id, product_id FROM onorder_variant WHERE {condition}"
    found = {sku: (key, product) for sku, key, product in rows.select(statement, (parameter,))}
    if unknown := sorted(set(skus) - found.keys()):
        raise NotFound(what="SKU" if len(unknown) == 1 else "SKUs", name=", ".join(unknown[:20]))
    return found


def levels_of(variants: AbstractSet[int], location: int) -> dict[int, Level]:
    """The levels here; of a variant that never had one, the empty one that its first order would make."""
    levels = look_at_levels(variants, location=location)
    if missing := variants - levels.keys():
        offers = Offer.objects.filter(variant__in=missing, is_active=True).order_by("-rank", "-pk")
        suppliers = dict(offers.values_list("variant", "supplier"))  # The last one stays: the lowest rank.
        for key in missing:
            levels[key] = Level(0, key, location, 0, 0, 0, 0, suppliers.get(key), None)
    return levels
