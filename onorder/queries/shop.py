"""The shop's own settings as people look at them, and whom they reach."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Count

from onorder.models import BackorderTerms, Calendar, Location, Shop, StockLevel
from onorder.queries.availability import availability
from onorder.queue import setup as settings
from onorder.queue.setup import NotSetUp
from onorder.rules.terms import Terms

#: SKUs that are looked at to say what other terms would do: that must not take long.
MOST_SKUS = 500


@dataclass(frozen=True, slots=True)
class Days:
    """A calendar: days of the week as digits (0 is Monday), and whose public holidays it keeps."""

    weekdays: str
    country: str
    subdivision: str


@dataclass(frozen=True, slots=True)
class ShopRow:
    """What is set. Money in minor units of the shop's currency."""

    name: str
    email: str
    currency: str
    locale: str
    time_zone: str
    location: str
    goods_in: Days
    put_away_days: int
    shipping: Days
    packing_days: int
    carrier: Days
    carrier_days: int
    split_from_minor: int
    split_from_days: int
    split_cost_minor: int
    split_most_parcels: int
    split_most_cost_share: int
    heartbeat_days: int


@dataclass(frozen=True, slots=True)
class PaymentWaysRow:
    """How customers may pay."""

    takes_transfer: bool
    bank_details: str
    takes_at_shop: bool
    takes_card: bool
    remind_unpaid_days: int
    unpaid_grace_days: int
    cancels_unpaid: bool


@dataclass(frozen=True, slots=True)
class MessageWaysRow:
    """How customers are written to who have not chosen."""

    pace: str
    gathers_at: int
    takes_texts: bool


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A place that holds stock and ships."""

    code: str
    name: str
    address: str
    skus_here: int
    is_main: bool


def shop() -> ShopRow:
    """The settings as they are. One statement.

    Raises:
        NotSetUp: there is no shop.
    """
    found = Shop.objects.select_related("location", "goods_in", "shipping", "carrier").filter(pk=1).first()
    if found is None:
        raise NotSetUp
    return ShopRow(
        name=found.name,
        email=found.email,
        currency=found.currency,
        locale=found.locale,
        time_zone=found.time_zone,
        location=found.location.code,
        goods_in=_days(found.goods_in),
        put_away_days=found.put_away_days,
        shipping=_days(found.shipping),
        packing_days=found.packing_days,
        carrier=_days(found.carrier),
        carrier_days=found.carrier_days,
        split_from_minor=found.split_from_minor,
        split_from_days=found.split_from_days,
        split_cost_minor=found.split_cost_minor,
        split_most_parcels=found.split_most_parcels,
        split_most_cost_share=found.split_most_cost_share,
        heartbeat_days=found.heartbeat_days,
    )


def payment_ways() -> PaymentWaysRow:
    """How customers may pay, as it is set. One statement.

    Raises:
        NotSetUp: there is no shop.
    """
    columns = [column.name for column in fields(PaymentWaysRow)]
    found = Shop.objects.filter(pk=1).values_list(*columns).first()
    if found is None:
        raise NotSetUp
    return PaymentWaysRow(*found)


def message_ways() -> MessageWaysRow:
    """How customers are written to, as it is set. One statement.

    Raises:
        NotSetUp: there is no shop.
    """
    found = Shop.objects.filter(pk=1).values_list("pace", "gathers_at", "takes_texts").first()
    if found is None:
        raise NotSetUp
    return MessageWaysRow(*found)


def locations() -> list[LocationRow]:
    """Every place, in the order in which they were added. Three statements."""
    main = Shop.objects.filter(pk=1).values_list("location", flat=True).first()
    here = dict(
        StockLevel.objects.filter(on_hand__gt=0).values_list("location").annotate(skus=Count("pk")).order_by("location")
    )
    return [
        LocationRow(row.code, row.name, row.address, here.get(row.pk, 0), row.pk == main)
        for row in Location.objects.order_by("pk")
    ]


def shop_terms() -> Terms:
    """What the whole shop's terms say. One statement."""
    row = BackorderTerms.objects.filter(supplier__isnull=True, product__isnull=True, variant__isnull=True).first()
    return settings.terms_of(row) if row else Terms()


def waited_for() -> list[int]:
    """The variants that somebody waits for, by key. One statement."""
    return list(StockLevel.objects.filter(waiting__gt=0).values_list("variant", flat=True).distinct())


def looked_at() -> list[str]:
    """SKUs by which one can tell what other terms would do: the first 500 that have a supplier. One statement."""
    levels = StockLevel.objects.filter(supplier__isnull=False, location=settings.current().location)
    return list(levels.order_by("pk").values_list("variant__sku", flat=True)[:MOST_SKUS])


def sold_without_stock(skus: list[str], *, now: datetime) -> set[str]:
    """Those of these SKUs that a customer can order now although they are not here. Five statements."""
    return {sku for sku, found in availability(skus, now=now).items() if found.takes_backorders} if skus else set()


def _days(calendar: Calendar) -> Days:
    return Days(calendar.weekdays, calendar.country, calendar.subdivision)
