"""The shop opens, says when it works, and chooses on what terms it sells without stock."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from onorder.errors import BadInput, NotFound, OnOrderError, Phrase
from onorder.ledger.journal import Journal
from onorder.models import BackorderTerms, Calendar, Location, Product, Shop, Supplier, Variant
from onorder.queue import setup as settings
from onorder.rules.calendars import country_holidays
from onorder.rules.lifecycle import Accept, Pace
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Terms

#: The most days that customers may be left without a word, if they are to get one at all.
LONGEST_SILENCE = 365


class AlreadyOpen(OnOrderError):
    code = "already_open"
    sentence = "This database has a shop already: {name}."
    remedy = "Use another database, or change the settings of this one."


class LocationTaken(OnOrderError):
    code = "location_taken"
    sentence = "There is a location {location} already."
    remedy = "Give it another code."


@dataclass(frozen=True, slots=True)
class OpenDays:
    """On which days of the week somebody works (digits, 0 is Monday), and whose public holidays they keep."""

    weekdays: str
    country: str = ""
    subdivision: str = ""

    def __post_init__(self) -> None:
        if not self.weekdays or set(self.weekdays) - set("0123456"):
            raise BadInput(what="Calendar", problem="is open on no day of the week", remedy="Choose at least one.")
        if self.country:
            try:
                country_holidays(self.country, self.subdivision or None, 2026, 2026)
            except ValueError as unknown:
                raise BadInput(
                    what="Calendar", problem="{why}", remedy="Give an ISO code.", why=unknown.args[0]
                ) from None


@dataclass(frozen=True, slots=True)
class Settings:
    """What may change of a shop that is open. Its currency may not: it stands in every order.

    Money in minor units of it. `split_most_cost_share` in basis points of the first parcel's value.
    `heartbeat_days`: after so many without a word, whoever waits hears that all is as it was; 0 for never.
    """

    name: str
    email: str
    locale: str
    time_zone: str
    goods_in: OpenDays
    put_away_days: int
    shipping: OpenDays
    packing_days: int
    carrier: OpenDays
    carrier_days: int
    split_from_minor: int = 0
    split_from_days: int = 3
    split_cost_minor: int = 0
    split_most_parcels: int = 2
    split_most_cost_share: int = 1_000
    heartbeat_days: int = 14

    def __post_init__(self) -> None:
        if not 0 <= self.heartbeat_days <= LONGEST_SILENCE:
            raise BadInput(
                what="Sign of life",
                problem="{days} is not a number of days",
                remedy="Give 0 to {most:,}.",
                days=self.heartbeat_days,
                most=LONGEST_SILENCE,
            )
        if not self.name.strip():
            raise BadInput(what="Shop", problem="has no name", remedy="Give it one.")
        settings.known_zone(self.time_zone)


#: Nobody keeps units for longer for who does not pay.
MOST_GRACE_DAYS = 365


@dataclass(frozen=True, slots=True)
class PaymentWays:
    """How customers may pay for what they order at the shop's own pages. `bank_details`: the account, as text.

    Who has not paid is reminded after `remind_unpaid_days`; after `unpaid_grace_days` the units go to somebody else, by
    themselves if `cancels_unpaid`.
    """

    takes_transfer: bool = False
    bank_details: str = ""
    takes_at_shop: bool = True
    takes_card: bool = False
    remind_unpaid_days: int = 5
    unpaid_grace_days: int = 14
    cancels_unpaid: bool = True

    def __post_init__(self) -> None:
        if self.takes_transfer and not self.bank_details.strip():
            raise BadInput(
                what="Bank transfer",
                problem="nobody would know where to",
                remedy="Write the account that customers transfer to.",
            )
        if not 0 < self.remind_unpaid_days < self.unpaid_grace_days <= MOST_GRACE_DAYS:
            raise BadInput(
                what="The reminder",
                problem="comes after {remind} days, and the grace is over after {grace}",
                remedy="Remind after one day or more, and before the grace is over; that is {most} days at the most.",
                remind=self.remind_unpaid_days,
                grace=self.unpaid_grace_days,
                most=MOST_GRACE_DAYS,
            )


@dataclass(frozen=True, slots=True)
class MessageWays:
    """How customers are written to who have not chosen; `gathers_at`: the hour at which what has waited leaves."""

    pace: Pace = Pace.DAILY
    gathers_at: int = 8
    takes_texts: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.gathers_at <= 23:
            raise BadInput(
                what="Hour", problem="{hour} is none of the day", remedy="Give 0 to 23.", hour=self.gathers_at
            )


@dataclass(frozen=True, slots=True)
class NewShop:
    """The shop. Days of the week as digits, 0 is Monday; waits in the working days of the calendar named."""

    name: str
    currency: str
    time_zone: str = "UTC"
    locale: str = "en_GB"
    email: str = ""
    location: str = "MAIN"
    country: str = ""
    goods_in_weekdays: str = "01234"
    put_away_days: int = 1
    shipping_weekdays: str = "01234"
    packing_days: int = 1
    carrier_weekdays: str = "012345"
    carrier_days: int = 0


@transaction.atomic(durable=True)
def open_shop(shop: NewShop, *, by: str, now: datetime) -> None:
    """Set up a shop with one location, that accepts backorders on everything it has an offer for.

    Raises:
        AlreadyOpen: there is one.
        BadInput: an unknown currency or time zone.
    """
    existing = Shop.objects.filter(pk=1).values_list("name", flat=True).first()
    if existing is not None:
        raise AlreadyOpen(name=existing)
    settings.known_zone(shop.time_zone)
    settings.known_currency(shop.currency)
    Shop.objects.create(
        pk=1,
        name=shop.name,
        email=shop.email,
        currency=shop.currency,
        locale=shop.locale,
        time_zone=shop.time_zone,
        location=Location.objects.create(code=shop.location, name=shop.name),
        goods_in=_calendar("Goods in", shop.goods_in_weekdays, shop.country),
        put_away_days=shop.put_away_days,
        shipping=_calendar("Shipping", shop.shipping_weekdays, shop.country),
        packing_days=shop.packing_days,
        carrier=_calendar("Carrier", shop.carrier_weekdays, shop.country),
        carrier_days=shop.carrier_days,
        revision=secrets.token_hex(16),
    )
    BackorderTerms.objects.create(accept=Accept.ALWAYS)
    journal = Journal(by=by, at=now)
    journal.record("shop_opened", "shop:1", {"name": shop.name})
    journal.write()


@transaction.atomic(durable=True)
def set_terms(
    terms: Terms,
    *,
    supplier: str | None = None,
    product: str | None = None,
    sku: str | None = None,
    by: str,
    now: datetime,
) -> None:
    """Set the backorder terms of the shop, or of one supplier, product (by handle) or SKU. What is None is inherited.

    Orders that were taken keep the terms they were taken under.

    Raises:
        NotFound: an unknown supplier, product or SKU.
        BadInput: more than one scope, or a cap that is missing or negative.
    """
    if sum(scope is not None for scope in (supplier, product, sku)) > 1:
        raise BadInput(what="Terms", problem="name more than one scope", remedy="Set them one by one.")
    _check(terms)
    scope = {
        "supplier": _key(Supplier, Phrase("supplier"), "code", supplier),
        "product": _key(Product, Phrase("product"), "handle", product),
        "variant": _key(Variant, Phrase("SKU"), "sku", sku),
    }
    values = _values(terms)
    columns: dict[str, Any] = {f"{name}_id": key for name, key in scope.items()}
    BackorderTerms.objects.update_or_create(**columns, defaults=values)
    settings.changed()
    journal = Journal(by=by, at=now)
    name, key = next(((name, key) for name, key in scope.items() if key), ("shop", 1))
    journal.record("terms_changed", f"{name}:{key}", values)
    journal.write()


@transaction.atomic(durable=True)
def set_terms_of_skus(terms: Mapping[str, Terms], *, by: str, now: datetime) -> None:
    """Set the backorder terms of several SKUs, each as `set_terms` does: of all of them, or of none.

    Raises:
        NotFound: unknown SKUs.
        BadInput: a cap that is missing.
    """
    for wanted in terms.values():
        _check(wanted)
    variants = dict(Variant.objects.filter(sku__in=terms).values_list("sku", "pk"))
    if unknown := sorted(terms.keys() - variants.keys()):
        raise NotFound(what="SKU", name=", ".join(unknown[:20]))
    values = {variants[sku]: _values(wanted) for sku, wanted in sorted(terms.items())}
    BackorderTerms.objects.bulk_create(
        [BackorderTerms(variant_id=key, **of) for key, of in values.items()],
        update_conflicts=True,
        unique_fields=["variant"],
        update_fields=list(_values(Terms())),
    )
    settings.changed()
    journal = Journal(by=by, at=now)
    for key, of in values.items():
        journal.record("terms_changed", f"variant:{key}", of)
    journal.write()


@transaction.atomic(durable=True)
def set_settings(wanted: Settings, *, by: str, now: datetime) -> None:
    """Bring the shop's settings to these values. What customers were promised stays promised.

    Raises:
        NotSetUp: there is no shop.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=1).first()
    if shop is None:
        raise settings.NotSetUp
    changed = [name for name in _PLAIN if getattr(shop, name) != getattr(wanted, name)]
    for name in changed:
        setattr(shop, name, getattr(wanted, name))
    if changed:
        shop.save(update_fields=changed)
    for name in _CALENDARS:
        days: OpenDays = getattr(wanted, name)
        calendar = Calendar.objects.filter(pk=getattr(shop, f"{name}_id"))
        values = {"weekdays": days.weekdays, "country": days.country, "subdivision": days.subdivision}
        if calendar.exclude(**values).update(**values):
            changed.append(name)
    if changed:
        settings.changed()
        journal = Journal(by=by, at=now)
        journal.record("settings_changed", "shop:1", {"changed": changed})
        journal.write()


@transaction.atomic(durable=True)
def set_payment_ways(wanted: PaymentWays, *, by: str, now: datetime) -> None:
    """Let customers pay in these ways from now on.

    Raises:
        NotSetUp: there is no shop.
    """
    values = asdict(wanted) | {"bank_details": wanted.bank_details.strip()}
    if _set("payment_ways_changed", values, by=by, now=now):
        settings.changed()


@transaction.atomic(durable=True)
def set_message_ways(wanted: MessageWays, *, by: str, now: datetime) -> None:
    """Write to customers like this from now on. What waits already leaves at its hour.

    Raises:
        NotSetUp: there is no shop.
    """
    _set("message_ways_changed", asdict(wanted), by=by, now=now)


@transaction.atomic(durable=True)
def add_location(code: str, name: str, address: str = "", *, by: str, now: datetime) -> None:
    """Have another place that holds stock and ships.

    Raises:
        LocationTaken: one has this code.
        BadInput: no code, or no name.
    """
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise BadInput(what="Location", problem="has no code or no name", remedy="Give both.")
    if Location.objects.filter(code__iexact=code).exists():
        raise LocationTaken(location=code)
    location = Location.objects.create(code=code, name=name, address=address.strip())
    settings.changed()
    journal = Journal(by=by, at=now)
    journal.record("location_added", f"location:{location.pk}", {"code": code, "name": name})
    journal.write()


_CALENDARS = ("goods_in", "shipping", "carrier")
_PLAIN = tuple(field.name for field in fields(Settings) if field.name not in _CALENDARS)


def _set(event: str, values: Mapping[str, Any], *, by: str, now: datetime) -> bool:
    """Set what no promise is made from, and note what of it changed; whether anything did."""
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=1).first()
    if shop is None:
        raise settings.NotSetUp
    changed = [name for name, value in values.items() if getattr(shop, name) != value]
    if not changed:
        return False
    Shop.objects.filter(pk=1).update(**values)
    journal = Journal(by=by, at=now)
    journal.record(event, "shop:1", {"changed": changed})
    journal.write()
    return True


def _check(terms: Terms) -> None:
    if terms.accept == Accept.CAPPED and terms.cap is None:
        raise BadInput(what="Terms", problem="are capped without a cap", remedy="Say how many units may wait.")
    if terms.cancelling == Cancelling.FEE_AFTER and terms.cancel_fee_basis_points is None:
        raise BadInput(what="Terms", problem="name no fee for cancelling", remedy="Say which part of the price it is.")


def _values(terms: Terms) -> dict[str, Any]:
    return {
        "accept": terms.accept or "",
        "cap": terms.cap,
        "deposit_basis_points": terms.deposit_basis_points,
        "returns": terms.returns or "",
        "longest_wait_days": terms.longest_wait_days,
        "cancelling": terms.cancelling or "",
        "cancel_fee_basis_points": terms.cancel_fee_basis_points,
    }


def _calendar(name: str, weekdays: str, country: str) -> Calendar:
    return Calendar.objects.create(name=name, weekdays=weekdays, country=country)


def _key(model: type[Supplier | Product | Variant], what: Phrase, field: str, name: str | None) -> int | None:
    if name is None:
        return None
    key = model._default_manager.filter(**{field: name}).values_list("pk", flat=True).first()
    if key is None:
        raise NotFound(what=what, name=name)
    return key
