"""The settings that every promise is made from, as plain values, read once per revision of the shop."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from onorder import models
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import rows
from onorder.rules import calendars, lead_time
from onorder.rules.buffering import BufferPolicy
from onorder.rules.calendars import Rhythm
from onorder.rules.deposits import Patience
from onorder.rules.jurisdictions import JURISDICTIONS, NO_LAW, Jurisdiction
from onorder.rules.lead_time import LeadTime
from onorder.rules.lifecycle import Accept, BelowMinimum
from onorder.rules.parcels import SplitRule
from onorder.rules.promising import Handling
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Effective, Terms, resolve


class NotSetUp(OnOrderError):
    code = "not_set_up"
    sentence = "This database has no shop yet."
    remedy = "Run `onorder init` (or `onorder demo` for one with data)."


@dataclass(frozen=True, slots=True)
class Approval:
    """Which purchase orders leave without a buyer's nod, and how long they can be held back.

    `approve_above_minor` in minor units of the supplier's currency; None for no limit.
    """

    sends_itself: bool
    undo: timedelta
    approve_above_minor: int | None


@dataclass(frozen=True, slots=True)
class SupplierSetup:
    """What a date needs to know of a supplier. `lead` is None while nothing is known: then no date can be promised."""

    id: int
    code: str
    currency: str
    email: str
    calendar: calendars.Calendar
    rhythm: Rhythm
    lead: LeadTime | None
    slip_days: float | None
    policy: BufferPolicy
    approval: Approval


@dataclass(frozen=True, slots=True)
class Setup:
    """One revision of the shop's settings. `law`: whose law customers are asked by; None for the shop's own terms."""

    currency: str
    zone: ZoneInfo
    location: int
    handling: Handling
    split: SplitRule
    split_cost_minor: int
    split_most_parcels: int
    heartbeat_days: int
    law: Jurisdiction | None  # None: the shop's own terms alone.
    patience: Patience  # With those who have not paid.
    cancels_unpaid: bool  # By itself, once the patience is over.
    number_key: str  # What the numbers of orders are scrambled with.
    suppliers: dict[int, SupplierSetup]
    shop_terms: Terms
    supplier_terms: dict[int, Terms]
    product_terms: dict[int, Terms]
    variant_terms: dict[int, Terms]
    _resolved: dict[tuple[int | None, int, int], Effective] = field(default_factory=dict)
    _by_code: dict[str, SupplierSetup] = field(default_factory=dict)
    _locations: dict[str, int] = field(default_factory=dict)

    def supplier(self, code: str) -> SupplierSetup:
        """A supplier by its code.

        Raises:
            NotFound: no supplier has it.
        """
        if not self._by_code:
            self._by_code.update({supplier.code: supplier for supplier in self.suppliers.values()})
        if code not in self._by_code:
            raise NotFound(what="supplier", name=code)
        return self._by_code[code]

    def location_of(self, code: str | None) -> int:
        """A location by its code, one statement when it is first asked for; the shop's own for None.

        Raises:
            NotFound: no location has it.
        """
        if code is None:
            return self.location
        if code not in self._locations:
            found = rows.select("SELECT id FROM onorder_location WHERE code = %s", (code,))
            if not found:
                raise NotFound(what="location", name=code)
            self._locations[code] = found[0][0]
        return self._locations[code]

    def today(self, now: datetime) -> date:
        """The shop's day at this instant."""
        return now.astimezone(self.zone).date()

    def terms(self, supplier: int | None, product: int, variant: int) -> Effective:
        """The backorder terms in force for a variant: the shop's, overridden by supplier, product and variant."""
        key = (supplier, product, variant)
        if key not in self._resolved:
            open_ = Terms()
            self._resolved[key] = resolve(
                self.shop_terms,
                self.supplier_terms.get(supplier, open_) if supplier else open_,
                self.product_terms.get(product, open_),
                self.variant_terms.get(variant, open_),
            )
        return self._resolved[key]


def current() -> Setup:
    """The settings in force. One statement; a few more after they changed."""
    found = rows.select("SELECT revision FROM onorder_shop WHERE id = 1")
    if not found:
        raise NotSetUp
    return _read(found[0][0])


def changed() -> None:
    """Say that something changed that promises are made from: whoever reads the settings next reads them afresh."""
    models.Shop.objects.filter(pk=1).update(revision=secrets.token_hex(16))


@lru_cache(maxsize=4)
def _read(revision: str) -> Setup:
    shop = models.Shop.objects.select_related("goods_in", "shipping", "carrier").get(pk=1)
    zone = ZoneInfo(shop.time_zone)
    closures = _closures()
    scoped = list(models.BackorderTerms.objects.all())
    return Setup(
        currency=shop.currency,
        zone=zone,
        location=shop.location_id,
        handling=Handling(
            goods_in=calendar(shop.goods_in, closures),
            put_away_days=shop.put_away_days,
            shipping=calendar(shop.shipping, closures),
            packing_days=shop.packing_days,
            carrier=calendar(shop.carrier, closures),
            carrier_days=shop.carrier_days,
        ),
        split=SplitRule(shop.split_from_minor, shop.split_from_days, shop.split_most_cost_share),
        split_cost_minor=shop.split_cost_minor,
        split_most_parcels=shop.split_most_parcels,
        heartbeat_days=shop.heartbeat_days,
        law=_law(shop.jurisdiction),
        patience=Patience(shop.remind_unpaid_days, shop.unpaid_grace_days),
        cancels_unpaid=shop.cancels_unpaid,
        number_key=shop.number_key,
        suppliers={supplier.pk: _supplier(supplier, closures) for supplier in _suppliers()},
        shop_terms=next((terms_of(t) for t in scoped if not (t.supplier_id or t.product_id or t.variant_id)), Terms()),
        supplier_terms={t.supplier_id: terms_of(t) for t in scoped if t.supplier_id},
        product_terms={t.product_id: terms_of(t) for t in scoped if t.product_id},
        variant_terms={t.variant_id: terms_of(t) for t in scoped if t.variant_id},
    )


def calendar(row: models.Calendar, closures: dict[int, list[tuple[date, date]]]) -> calendars.Calendar:
    """A calendar's open days, with its country's holidays for the years that its closures and the rules can reach."""
    closed: set[date] = set()
    for first_on, last_on in closures.get(row.pk, ()):
        closed |= calendars.closures(first_on, last_on)
    if row.country:
        closed |= calendars.country_holidays(row.country, row.subdivision or None, *_HOLIDAY_SPAN)
    return calendars.Calendar(frozenset(int(day) for day in row.weekdays), frozenset(closed))


def _law(code: str) -> Jurisdiction | None:
    law = JURISDICTIONS.get(code)
    return None if law is NO_LAW else law


_HOLIDAY_SPAN = (2000, 2050)  # A constant span: what a calendar says of a day must not depend on when it is asked.


def _closures() -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for key, first_on, last_on in models.Closure.objects.values_list("calendar", "first_on", "last_on"):
        found.setdefault(key, []).append((first_on, last_on))
    return found


def _suppliers() -> Iterable[models.Supplier]:
    return models.Supplier.objects.select_related("calendar", "policy", "fit").filter(policy__isnull=False)


def _supplier(row: models.Supplier, closures: dict[int, list[tuple[date, date]]]) -> SupplierSetup:
    fit = getattr(row, "fit", None)
    if fit:
        lead: LeadTime | None = LeadTime(fit.m, fit.s, fit.n)
    elif row.lead_time_days:
        lead = lead_time.fit([], [], lead_time.typed_prior(row.lead_time_days))
    else:
        lead = None
    return SupplierSetup(
        id=row.pk,
        code=row.code,
        currency=row.currency,
        email=row.email,
        calendar=calendar(row.calendar, closures),
        rhythm=rhythm(row.policy),
        lead=lead,
        slip_days=fit.slip_days if fit else None,
        policy=BufferPolicy(
            minimum_units=row.policy.minimum_units,
            minimum_value_minor=row.policy.minimum_value_minor,
            below_minimum=BelowMinimum(row.policy.below_minimum),
            settle=timedelta(minutes=row.policy.settle_minutes),
        ),
        approval=Approval(
            sends_itself=row.policy.sends_itself,
            undo=timedelta(minutes=row.policy.undo_minutes),
            approve_above_minor=row.policy.approve_above_minor,
        ),
    )


def rhythm(policy: models.BufferPolicy) -> Rhythm:
    """The order days of a policy."""
    has_minimum = policy.minimum_units or policy.minimum_value_minor
    return Rhythm(
        weekdays=frozenset(int(day) for day in policy.order_weekdays),
        cutoff=policy.cutoff,
        zone=policy.time_zone,
        every_weeks=policy.every_weeks,
        anchor=policy.anchor_on,
        maximum_wait_days=policy.maximum_wait_days,
        order_days_bind=not (has_minimum and policy.below_minimum == BelowMinimum.ROLL),
    )


def terms_of(row: models.BackorderTerms) -> Terms:
    """What a row of terms says."""
    return Terms(
        accept=Accept(row.accept) if row.accept else None,
        cap=row.cap,
        deposit_basis_points=row.deposit_basis_points,
        returns=row.returns or None,
        longest_wait_days=row.longest_wait_days,
        cancelling=Cancelling(row.cancelling) if row.cancelling else None,
        cancel_fee_basis_points=row.cancel_fee_basis_points,
    )


def known_zone(name: str) -> None:
    """Refuse a time zone that nobody knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            what="Time zone", problem="{name!r} is not known", remedy='Write "Europe/London".', name=name
        ) from None


def known_currency(code: str) -> None:
    """Refuse a currency that nobody knows."""
    if code not in get_global("all_currencies"):
        raise BadInput(
            what="Currency", problem="{code!r} is not known", remedy='Write an ISO code such as "GBP".', code=code
        )
