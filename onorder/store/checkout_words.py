"""What the order form says: the dates to agree to, the terms beside a line, and what changed since it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from onorder.rules.accepting import Accepted, AcceptedLine, Change, ShownTerms, What, changes
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.money import format_minor
from onorder.rules.second_thoughts import Cancelling
from onorder.wording.dates import day_words, days_words, locale


def consent(shown: Accepted, today: date) -> str:
    """What the customer says yes to. If all of it is here, that is what the button says."""
    last = day_words(shown.last_on, today)
    if not shown.waits:
        return _("Order and pay, arrives by %(last)s") % {"last": last}
    if shown.now_by:
        both = {"now": day_words(shown.now_by, today), "last": last}
        return _("I agree to delivery of what is here by %(now)s, and of the rest by %(last)s.") % both
    return _("I agree to delivery by %(last)s.") % {"last": last}


def arrives(line: AcceptedLine, shown: Accepted, today: date) -> str:
    """When a line arrives, in a sentence; in two parts if some of it is here."""
    days = days_words(line.first_on, line.last_on, today)
    if not line.later:
        return _("Here, arrives by %(day)s") % {"day": day_words(line.last_on, today)}
    if line.now and shown.now_by:
        parts = {"now": line.now, "by": day_words(shown.now_by, today), "later": line.later, "days": days}
        return _("%(now)s by %(by)s, %(later)s from %(days)s") % parts
    return _("Made for you, arrives %(days)s") % {"days": days}


def how(shown: Accepted, today: date) -> str:
    """In which parcels it comes, and when each arrives."""
    days = days_words(shown.later_first_on, shown.last_on, today)
    if shown.policy == ShippingPolicy.TOGETHER or not shown.now_by:
        return _("Everything arrives %(days)s.") % {"days": days}
    by = day_words(shown.now_by, today)
    return _("What is here arrives by %(by)s, the rest %(days)s.") % {"by": by, "days": days}


def terms_words(terms: ShownTerms, *, waits: bool) -> list[str]:
    """The terms of a line, each in a sentence. Nothing is said of what everybody expects."""
    said = []
    if waits:
        said.append(_deposit(terms.deposit_basis_points))
        said.append(_cancelling(terms))
    if terms.returns == "faulty_only":
        said.append(_("Comes back only if it is faulty."))
    return said


def changed(shown: Accepted, true: Accepted, names: Mapping[str, str], currency: str, today: date) -> list[str]:
    """What is worse now than it was shown, in sentences."""
    was = {line.sku: line for line in shown.lines}
    now = {line.sku: line for line in true.lines}
    found = changes(shown, true)
    waits = {change.sku for change in found if change.what == What.WAITS}
    return [
        _changed(change, (was.get(change.sku), now.get(change.sku)), true, names.get(change.sku, ""), currency, today)
        for change in found
        if not (change.what == What.LATER and change.sku in waits)  # The one sentence says both.
    ]


def _changed(
    change: Change,
    line: tuple[AcceptedLine | None, AcceptedLine | None],
    true: Accepted,
    name: str,
    currency: str,
    today: date,
) -> str:
    was, now = line
    if was is None or now is None:
        if change.what == What.SHIPPING:
            return _("A second parcel costs %(price)s now.") % {"price": _money(true.shipping_minor, currency)}
        return _("What is here arrives by %(day)s now.") % {"day": day_words(true.now_by or true.last_on, today)}
    days = days_words(now.first_on, now.last_on, today)
    match change.what:
        case What.WAITS if now.now:
            said = {"name": name, "units": now.now, "days": days}
            return _("%(name)s: only %(units)s left here; the rest arrives %(days)s.") % said
        case What.WAITS:
            return _("%(name)s is no longer here. It arrives %(days)s.") % {"name": name, "days": days}
        case What.LATER:
            both = {"name": name, "new": day_words(now.last_on, today), "old": day_words(was.last_on, today)}
            return _("%(name)s arrives by %(new)s, not by %(old)s.") % both
        case What.PRICE:
            prices = {"new": _money(now.unit_price_minor, currency), "old": _money(was.unit_price_minor, currency)}
            return _("%(name)s costs %(new)s, not %(old)s.") % {"name": name, **prices}
    return _("%(name)s is sold on other terms; they stand beside it.") % {"name": name}


def _deposit(basis_points: int) -> str:
    if basis_points >= 10_000:
        return _("Paid in full when you order.")
    if basis_points:
        return _("%(share)s %% when you order, the rest once it is here.") % {"share": f"{basis_points / 100:g}"}
    return _("Paid once it is here.")


def _cancelling(terms: ShownTerms) -> str:
    match terms.cancelling:
        case Cancelling.FREE:
            return _("You can cancel it free of charge until it ships.")
        case Cancelling.UNTIL_BOUGHT:
            return _("You can cancel it free of charge until we have ordered it for you.")
        case Cancelling.FEE_AFTER:
            share = f"{terms.fee_basis_points / 100:g}"
            return _("Once we have ordered it for you, cancelling costs %(share)s %%.") % {"share": share}
        case Cancelling.EXCHANGE_ONLY:
            return _("Once we have ordered it for you, you can exchange it.")
    return _("It cannot be cancelled.")


def _money(minor: int, currency: str) -> str:
    return format_minor(minor, currency, str(locale()))
