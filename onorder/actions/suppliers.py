"""Suppliers, what they offer, and the rules by which the shop buys from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Model

from onorder.errors import BadInput, NotFound, OnOrderError, Phrase
from onorder.ledger.changes import Changes
from onorder.ledger.journal import Journal
from onorder.ledger.levels import assign_suppliers, lock_levels
from onorder.models import BufferPolicy, Calendar, Closure, Location, Offer, PriceBreak, StockLevel, Supplier, Variant
from onorder.queue import setup as settings
from onorder.rules.calendars import country_holidays
from onorder.rules.lifecycle import BelowMinimum


class OnlyOffer(OnOrderError):
    code = "only_offer"
    sentence = "{units} units of {sku} are waited for, and nobody but {supplier} offers it."
    remedy = "Add another supplier's offer first, so that somebody can be asked for them."


@dataclass(frozen=True, slots=True)
class Policy:
    """When the supplier's buffer turns into a purchase order. Money in minor units of the supplier's currency.

    `order_weekdays`: "04" is Monday and Friday. It needs order days, a maximum wait, or both; to roll over below the
    minimum needs a maximum wait.
    """

    minimum_units: int = 0
    minimum_value_minor: int = 0
    settle_minutes: int = 0
    order_weekdays: str = ""
    every_weeks: int = 1
    anchor_on: date | None = None
    cutoff: time = time(17)
    time_zone: str = "UTC"
    maximum_wait_days: int | None = None
    below_minimum: BelowMinimum = BelowMinimum.ORDER_ANYWAY
    sends_itself: bool = True
    undo_minutes: int = 0
    approve_above_minor: int | None = None

    def __post_init__(self) -> None:
        if not self.order_weekdays and self.maximum_wait_days is None:
            raise BadInput(
                what="Buffer policy", problem="cannot promise a date", remedy="Give order days or a maximum wait."
            )
        if self.below_minimum == BelowMinimum.ROLL and self.maximum_wait_days is None:
            raise BadInput(
                what="Buffer policy", problem="could roll over for ever", remedy="Give a maximum wait in days."
            )
        if self.every_weeks > 1 and self.anchor_on is None:
            raise BadInput(
                what="Buffer policy", problem="does not say which weeks count", remedy="Give a day in such a week."
            )
        if set(self.order_weekdays) - set("0123456"):
            raise BadInput(
                what="Buffer policy",
                problem="{weekdays!r} are not days of the week",
                remedy="Give digits from 0 (Monday) to 6 (Sunday).",
                weekdays=self.order_weekdays,
            )
        settings.known_zone(self.time_zone)


@dataclass(frozen=True, slots=True)
class NewSupplier:
    """Whom the shop buys from. `address` is the postal one, with line breaks, for its purchase orders. `weekdays` are
    those on which it works; `country` closes its public holidays."""

    code: str
    name: str
    currency: str
    policy: Policy
    email: str = ""
    address: str = ""
    net_days: int = 30
    lead_time_days: int | None = None
    weekdays: str = "01234"
    country: str = ""
    subdivision: str = ""
    remind_after_days: int = 2

    def __post_init__(self) -> None:
        if not self.code.strip():
            raise BadInput(what="Supplier", problem="has no code", remedy="Give it a short one.")
        _check_calendar(Phrase("Supplier {code}", code=self.code), self.weekdays, self.country, self.subdivision)


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a supplier beside its code, its currency and its policy; each as in `NewSupplier`."""

    name: str
    email: str = ""
    address: str = ""
    net_days: int = 30
    lead_time_days: int | None = None
    remind_after_days: int = 2
    weekdays: str = "01234"
    country: str = ""
    subdivision: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput(what="Supplier", problem="has no name", remedy="Give it one.")
        _check_calendar(Phrase("Supplier {name}", name=self.name), self.weekdays, self.country, self.subdivision)


@dataclass(frozen=True, slots=True)
class NewOffer:
    """One supplier's terms for one SKU. Costs in minor units of the supplier's currency; `breaks` are
    (from quantity, unit cost)."""

    supplier: str
    sku: str
    unit_cost_minor: int
    supplier_sku: str = ""
    minimum_quantity: int = 1
    order_multiple: int = 1
    rank: int = 1
    lead_time_days: int | None = None
    drop_ships: bool = False
    breaks: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.unit_cost_minor < 0 or self.minimum_quantity < 1 or self.order_multiple < 1:
            raise BadInput(
                what="Offer of {sku} by {supplier}",
                problem="cost, minimum or multiple is too small",
                remedy="Cost is zero or more; minimum and multiple are one or more.",
                sku=self.sku,
                supplier=self.supplier,
            )
        if any(quantity < 2 or cost < 0 for quantity, cost in self.breaks):
            raise BadInput(
                what="Offer of {sku} by {supplier}",
                problem="a price break below two units, or a negative cost",
                remedy="Correct the price breaks.",
                sku=self.sku,
                supplier=self.supplier,
            )


@transaction.atomic(durable=True)
def put_suppliers(suppliers: Sequence[NewSupplier], *, by: str, now: datetime) -> Changes:
    """Add suppliers with their calendars and buffer policies, or bring existing ones (by code) to these values.

    Repeating changes nothing.
    """
    wanted = {supplier.code: supplier for supplier in suppliers}
    existing = {s.code: s for s in Supplier.objects.select_related("calendar", "policy").filter(code__in=wanted)}
    added = changed = 0
    for code, new in wanted.items():
        if code not in existing:
            _add(new)
            added += 1
        else:
            changed += _bring_to(existing[code], new)
    if added or changed:
        settings.changed()
        journal = Journal(by=by, at=now)
        journal.record("suppliers_changed", "shop:1", {"added": added, "changed": changed})
        journal.write()
    return Changes(added, changed, len(existing) - changed)


@transaction.atomic(durable=True)
def put_offers(offers: Sequence[NewOffer], *, by: str, now: datetime) -> Changes:
    """Add offers with their price breaks, or bring existing ones (by supplier and SKU) to these values.

    Where the best offer changes, so does the supplier whose buffer the variant waits in. Repeating changes nothing.

    Raises:
        NotFound: an unknown supplier or SKU.
    """
    suppliers = dict(Supplier.objects.filter(code__in={o.supplier for o in offers}).values_list("code", "pk"))
    variants = dict(Variant.objects.filter(sku__in={o.sku for o in offers}).values_list("sku", "pk"))
    _all_known(Phrase("supplier"), {offer.supplier for offer in offers}, suppliers)
    _all_known(Phrase("SKU"), {offer.sku for offer in offers}, variants)
    wanted = {(suppliers[offer.supplier], variants[offer.sku]): offer for offer in offers}
    existing = {
        (row.supplier_id, row.variant_id): row
        for row in Offer.objects.filter(supplier__in=suppliers.values(), variant__in=variants.values())
    }
    added = [
        Offer(supplier_id=of, variant_id=v, **_terms(o)) for (of, v), o in wanted.items() if (of, v) not in existing
    ]
    changed = [row for key, row in existing.items() if key in wanted and _set(row, _terms(wanted[key]))]
    Offer.objects.bulk_create(added)
    Offer.objects.bulk_update(changed, [*_TERMS, "is_active"], batch_size=500)
    rebroken = _put_breaks(wanted)
    touched = {row.variant_id for row in [*added, *changed]}
    _move_buffers(touched)
    if touched or rebroken:
        settings.changed()
        journal = Journal(by=by, at=now)
        journal.record("offers_changed", "shop:1", {"added": len(added), "changed": len(changed)})
        journal.write()
    return Changes(len(added), len(changed), len(wanted) - len(added) - len(changed))


@transaction.atomic(durable=True)
def withdraw_offer(supplier: str, sku: str, *, by: str, now: datetime) -> None:
    """Buy a SKU from a supplier no more. What waits in its buffer moves to the supplier whose offer is the next best.

    Doing it again changes nothing; `put_offers` brings the offer back.

    Raises:
        NotFound: an unknown supplier or SKU, or one that it never offered.
        OnlyOffer: somebody waits for it, and nobody else offers it.
    """
    offer = Offer.objects.filter(supplier__code=supplier, variant__sku=sku).first()
    if offer is None:
        raise NotFound(what="offer of {sku} by", name=supplier, sku=sku)
    others = Offer.objects.filter(variant=offer.variant_id, is_active=True).exclude(pk=offer.pk)
    waiting = sum(_lock_everywhere({offer.variant_id}))
    if waiting and not others.exists():
        raise OnlyOffer(units=waiting, sku=sku, supplier=supplier)
    if not offer.is_active:
        return
    offer.is_active = False
    offer.save(update_fields=["is_active"])
    assign_suppliers({offer.variant_id})
    settings.changed()
    journal = Journal(by=by, at=now)
    journal.record("offer_withdrawn", f"variant:{offer.variant_id}", {"supplier": supplier})
    journal.write()


@transaction.atomic(durable=True)
def set_details(supplier: str, details: Details, *, by: str, now: datetime) -> None:
    """Correct what is known of a supplier. Repeating changes nothing.

    Raises:
        NotFound: no supplier of this code.
    """
    found = Supplier.objects.select_related("calendar").filter(code=supplier).first()
    if found is None:
        raise NotFound(what="supplier", name=supplier)
    values = {field.name: getattr(details, field.name) for field in fields(details)}
    calendar = {name: values.pop(name) for name in ("weekdays", "country", "subdivision")}
    changed = [(row, _set(row, new)) for row, new in ((found, values), (found.calendar, calendar))]
    if any(is_new for _, is_new in changed):
        for row, is_new in changed:
            if is_new:
                row.save()
        settings.changed()
        journal = Journal(by=by, at=now)
        journal.record("details_changed", f"supplier:{found.pk}", values | calendar)
        journal.write()


@transaction.atomic(durable=True)
def set_policy(supplier: str, policy: Policy, *, by: str, now: datetime) -> None:
    """Buy from a supplier by another rule from now on.

    Raises:
        NotFound: no supplier of this code.
    """
    found = Supplier.objects.select_related("policy").filter(code=supplier).first()
    if found is None:
        raise NotFound(what="supplier", name=supplier)
    values = _policy(policy)
    if _set(found.policy, values):
        found.policy.save()
        settings.changed()
        journal = Journal(by=by, at=now)
        journal.record("policy_changed", f"supplier:{found.pk}", {key: str(value) for key, value in values.items()})
        journal.write()


@transaction.atomic(durable=True)
def close(supplier: str, first_on: date, last_on: date, *, why: str, by: str, now: datetime) -> None:
    """Note that a supplier is closed on these days, both included.

    Raises:
        NotFound: no supplier of this code.
        BadInput: it ends before it begins.
    """
    if last_on < first_on:
        raise BadInput(what="Closure", problem="ends before it begins", remedy="Swap the days.")
    found = Supplier.objects.filter(code=supplier).first()
    if found is None:
        raise NotFound(what="supplier", name=supplier)
    Closure.objects.create(calendar_id=found.calendar_id, first_on=first_on, last_on=last_on, why=why)
    settings.changed()
    journal = Journal(by=by, at=now)
    days = {"first_on": first_on.isoformat(), "last_on": last_on.isoformat()}
    journal.record("closure", f"supplier:{found.pk}", days, why=why)
    journal.write()


@transaction.atomic(durable=True)
def open_again(supplier: str, closure: int, *, by: str, now: datetime) -> None:
    """Note that a supplier works on the days of a closure after all.

    Raises:
        NotFound: no supplier of this code, or none of its closures.
    """
    found = Supplier.objects.filter(code=supplier).first()
    closed = Closure.objects.filter(pk=closure, calendar=found.calendar_id).first() if found else None
    if found is None or closed is None:
        raise NotFound(what="closure of", name=supplier)
    days = {"first_on": closed.first_on.isoformat(), "last_on": closed.last_on.isoformat()}
    closed.delete()
    settings.changed()
    journal = Journal(by=by, at=now)
    journal.record("open_again", f"supplier:{found.pk}", days)
    journal.write()


_TERMS = (
    "supplier_sku",
    "unit_cost_minor",
    "minimum_quantity",
    "order_multiple",
    "rank",
    "lead_time_days",
    "drop_ships",
)


def _terms(offer: NewOffer) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in _TERMS} | {"is_active": True}


def _policy(policy: Policy) -> dict[str, Any]:
    return {field.name: getattr(policy, field.name) for field in fields(policy)}


def _set(row: Model, values: dict[str, Any]) -> bool:
    """Bring a row to these values; whether that changed any."""
    changed = False
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def _own(new: NewSupplier) -> dict[str, Any]:
    return {
        name: getattr(new, name)
        for name in ("name", "currency", "email", "address", "net_days", "lead_time_days", "remind_after_days")
    }


def _calendar(new: NewSupplier) -> dict[str, Any]:
    return {"weekdays": new.weekdays, "country": new.country, "subdivision": new.subdivision}


def _add(new: NewSupplier) -> None:
    calendar = Calendar.objects.create(name=f"Supplier {new.code}", **_calendar(new))
    supplier = Supplier.objects.create(code=new.code, calendar=calendar, **_own(new))
    BufferPolicy.objects.create(supplier=supplier, **_policy(new.policy))


def _bring_to(row: Supplier, new: NewSupplier) -> bool:
    changes = [_set(row, _own(new)), _set(row.calendar, _calendar(new)), _set(row.policy, _policy(new.policy))]
    for changed, part in zip(changes, (row, row.calendar, row.policy), strict=True):
        if changed:
            part.save()
    return any(changes)


def _all_known(what: Phrase, names: set[str], known: dict[str, int]) -> None:
    if unknown := sorted(names - known.keys()):
        raise NotFound(what=what, name=", ".join(unknown[:20]))


def _put_breaks(wanted: dict[tuple[int, int], NewOffer]) -> bool:
    """Bring the price breaks of these offers to what is wanted; whether that changed any."""
    offers = Offer.objects.filter(supplier__in={s for s, _ in wanted}, variant__in={v for _, v in wanted})
    keys = {(of, v): pk for pk, of, v in offers.values_list("pk", "supplier", "variant") if (of, v) in wanted}
    found: dict[int, set[tuple[int, int]]] = {pk: set() for pk in keys.values()}
    for offer, quantity, cost in PriceBreak.objects.filter(offer__in=found).values_list(
        "offer", "from_quantity", "unit_cost_minor"
    ):
        found[offer].add((quantity, cost))
    different = {pk: wanted[key].breaks for key, pk in keys.items() if found[pk] != set(wanted[key].breaks)}
    PriceBreak.objects.filter(offer__in=different).delete()
    PriceBreak.objects.bulk_create(
        [
            PriceBreak(offer_id=pk, from_quantity=q, unit_cost_minor=c)
            for pk, breaks in different.items()
            for q, c in breaks
        ]
    )
    return bool(different)


def _check_calendar(what: Phrase, weekdays: str, country: str, subdivision: str) -> None:
    if not weekdays or set(weekdays) - set("0123456"):
        raise BadInput(
            what=what,
            problem="{weekdays!r} are not days of the week",
            remedy="Give digits from 0 (Monday) to 6 (Sunday).",
            weekdays=weekdays,
        )
    if country:
        try:
            country_holidays(country, subdivision or None, 2026, 2026)
        except ValueError as unknown:
            raise BadInput(what=what, problem="{why}", remedy="Give an ISO code.", why=unknown.args[0]) from None


def _move_buffers(variants: set[int]) -> None:
    _lock_everywhere(variants)
    assign_suppliers(variants)


def _lock_everywhere(variants: set[int]) -> list[int]:
    """Lock the levels of these variants at every location that has some; the units that wait at each."""
    waiting = []
    for location in Location.objects.order_by("pk").values_list("pk", flat=True):
        here = set(StockLevel.objects.filter(variant__in=variants, location=location).values_list("variant", flat=True))
        if here:
            waiting.append(sum(level.waiting for level in lock_levels(here, location=location).values()))
    return waiting
