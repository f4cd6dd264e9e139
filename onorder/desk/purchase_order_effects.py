"""What something would do to a purchase order and to those who wait for it, in words with numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.desk.tags import money, number
from onorder.desk.trial import tried
from onorder.queries.purchase_order import Detail
from onorder.queries.purchase_order_trial import Change, change, snapshot

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would happen. `is_bad`: somebody is worse off by it."""

    icon: str
    words: str
    is_bad: bool = False


def trial(action: Callable[..., Any], detail: Detail, *arguments: Any, by: str, now: datetime, **named: Any) -> Change:
    """What an action would do to a purchase order; it is done, looked at and undone.

    Raises:
        OnOrderError: whatever the action would refuse.
    """
    before = snapshot(detail.number, now=now)
    after = tried(
        action,
        detail.number,
        *arguments,
        by=by,
        now=now,
        look=lambda _outcome: snapshot(detail.number, now=now, since=before),
        **named,
    )
    return change(before, after)


def effects(found: Change, detail: Detail, *, costs: bool) -> list[Effect]:
    """A change in words, what concerns customers first; never empty."""
    said = [*_supply(found), *_customers(found), *_money(found, detail, costs=costs), *_letters(found, detail)]
    return said or [Effect("equal", _("Nothing changes for anybody who waits."))]


def _supply(found: Change) -> list[Effect]:
    said = []
    if found.fall_back > 0:
        words = ngettext(
            "%(units)s unit that a customer waits for falls back into the buffer. Everybody keeps their place.",
            "%(units)s units that customers wait for fall back into the buffer. Everybody keeps their place.",
            found.fall_back,
        )
        said.append(Effect("undo-2", words % {"units": number(found.fall_back)}, is_bad=True))
    if found.fall_back < 0:
        words = ngettext(
            "%(units)s unit that stood in the buffer is covered.",
            "%(units)s units that stood in the buffer are covered.",
            -found.fall_back,
        )
        said.append(Effect("check", words % {"units": number(-found.fall_back)}))
    if found.fewer and found.from_stock > 0:
        words = ngettext(
            "%(units)s unit that nobody waits for does not come.",
            "%(units)s units that nobody waits for do not come.",
            found.from_stock,
        )
        said.append(Effect("archive-x", words % {"units": number(found.from_stock)}))
    if found.fewer and found.from_stock < 0:
        words = ngettext(
            "%(units)s more unit comes that nobody waits for yet: surplus.",
            "%(units)s more units come that nobody waits for yet: surplus.",
            -found.from_stock,
        )
        said.append(Effect("archive", words % {"units": number(-found.from_stock)}))
    return said


def _customers(found: Change) -> list[Effect]:
    said = []
    if later := found.of.later:
        words = ngettext(
            "%(n)s order is expected later: %(names)s.", "%(n)s orders are expected later: %(names)s.", len(later)
        )
        said.append(Effect("calendar-clock", words % _named(later), is_bad=True))
    if behind := found.of.behind:
        words = ngettext(
            "%(n)s order falls behind the day its customer was told: %(names)s.",
            "%(n)s orders fall behind the day their customers were told: %(names)s.",
            len(behind),
        )
        said.append(Effect("triangle-alert", words % _named(behind), is_bad=True))
    if sooner := found.of.sooner:
        words = ngettext(
            "%(n)s order is expected sooner: %(names)s.", "%(n)s orders are expected sooner: %(names)s.", len(sooner)
        )
        said.append(Effect("calendar-check", words % _named(sooner)))
    if not (later or sooner or found.fall_back):
        said.append(Effect("users", _("Nobody who waits is expected on another day.")))
    if found.is_cut:
        said.append(Effect("list-ordered", _("Only those who have waited longest were looked at.")))
    return said


def _money(found: Change, detail: Detail, *, costs: bool) -> list[Effect]:
    if not (costs and found.value_minor):
        return []
    value = detail.value_minor + found.value_minor
    values = {"change": money(abs(found.value_minor), detail.currency), "value": money(value, detail.currency)}
    if not value:
        words = _("Its %(change)s are not due any more.")
    elif found.value_minor < 0:
        words = _("It comes to %(value)s, %(change)s less.")
    else:
        words = _("It comes to %(value)s, %(change)s more.")
    said = [Effect("coins", words % values)]
    paid = detail.paid_minor - detail.refunded_minor
    if paid > max(value, 0):
        back = money(paid - value, detail.currency)
        said.append(Effect("coins", _("%(amount)s more is paid than it comes to.") % {"amount": back}, is_bad=True))
    return said


def _letters(found: Change, detail: Detail) -> list[Effect]:
    said = []
    if found.suppliers:
        words = _("%(supplier)s gets an e-mail at %(email)s.")
        said.append(Effect("mail", words % {"supplier": detail.supplier_name, "email": detail.email}))
    if found.customers:
        words = ngettext("%(n)s customer gets an e-mail.", "%(n)s customers get an e-mail.", found.customers)
        said.append(Effect("mail", words % {"n": number(found.customers)}))
    return said


def _named(orders: Sequence[str]) -> dict[str, str]:
    names = ", ".join(f"#{order}" for order in orders[:MOST_NAMED])
    if further := len(orders) - MOST_NAMED if len(orders) > MOST_NAMED else 0:
        names = _("%(names)s and %(n)s more") % {"names": names, "n": number(further)}
    return {"n": number(len(orders)), "names": names}
