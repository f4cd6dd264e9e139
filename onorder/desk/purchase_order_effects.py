"""What something would do to a purchase order and to those who wait for it, in words with numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.desk.asking import Effect
from onorder.desk.tags import money, number
from onorder.ledger.journal import untold
from onorder.queries.purchase_order import Detail
from onorder.queries.purchase_order_trial import Change, change, snapshot
from onorder.trying import tried

MOST_NAMED = 4


def trial(action: Callable[..., Any], detail: Detail, *arguments: Any, by: str, now: datetime, **named: Any) -> Change:
    """What an action would do to a purchase order; it is done, looked at and undone.

    Raises:
        OnOrderError: whatever the action would refuse.
    """
    before = snapshot(detail.number, now=now)
    with untold() as would:
        after = tried(
            action,
            detail.number,
            *arguments,
            by=by,
            now=now,
            look=lambda _outcome: snapshot(detail.number, now=now),
            **named,
        )
    return change(before, after, would)


def effects(found: Change, detail: Detail, *, costs: bool) -> list[Effect]:
    """A change in words, what concerns customers first; never empty."""
    said = [*_supply(found), *_customers(found), *_money(found, detail, costs=costs), *_letters(found, detail)]
    return said or [Effect(_("Nothing changes for anybody who waits."), "equal")]


def _supply(found: Change) -> list[Effect]:
    said = []
    if found.fall_back > 0:
        words = ngettext(
            "%(units)s unit that a customer waits for falls back into the buffer. Everybody keeps their place.",
            "%(units)s units that customers wait for fall back into the buffer. Everybody keeps their place.",
            found.fall_back,
        )
        said.append(Effect(words % {"units": number(found.fall_back)}, "undo-2", is_bad=True))
    if found.fall_back < 0:
        words = ngettext(
            "%(units)s unit that stood in the buffer is covered.",
            "%(units)s units that stood in the buffer are covered.",
            -found.fall_back,
        )
        said.append(Effect(words % {"units": number(-found.fall_back)}, "check"))
    if found.fewer and found.from_stock > 0:
        words = ngettext(
            "%(units)s unit that nobody waits for does not come.",
            "%(units)s units that nobody waits for do not come.",
            found.from_stock,
        )
        said.append(Effect(words % {"units": number(found.from_stock)}, "archive-x"))
    if found.fewer and found.from_stock < 0:
        words = ngettext(
            "%(units)s more unit comes that nobody waits for yet: surplus.",
            "%(units)s more units come that nobody waits for yet: surplus.",
            -found.from_stock,
        )
        said.append(Effect(words % {"units": number(-found.from_stock)}, "archive"))
    return said


def _customers(found: Change) -> list[Effect]:
    said = []
    if later := found.of.later:
        words = ngettext(
            "%(n)s order is expected later: %(names)s.", "%(n)s orders are expected later: %(names)s.", len(later)
        )
        said.append(Effect(words % _named(later), "calendar-clock", is_bad=True))
    if behind := found.of.behind:
        words = ngettext(
            "%(n)s order falls behind the day its customer was told: %(names)s.",
            "%(n)s orders fall behind the day their customers were told: %(names)s.",
            len(behind),
        )
        said.append(Effect(words % _named(behind), "triangle-alert", is_bad=True))
    if sooner := found.of.sooner:
        words = ngettext(
            "%(n)s order is expected sooner: %(names)s.", "%(n)s orders are expected sooner: %(names)s.", len(sooner)
        )
        said.append(Effect(words % _named(sooner), "calendar-check"))
    if not (later or sooner or found.fall_back):
        said.append(Effect(_("Nobody who waits is expected on another day."), "users"))
    if found.is_cut:
        said.append(Effect(_("Only those who have waited longest were looked at."), "list-ordered"))
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
    said = [Effect(words % values, "coins")]
    paid = detail.paid_minor - detail.refunded_minor
    if paid > max(value, 0):
        back = money(paid - value, detail.currency)
        said.append(Effect(_("%(amount)s more is paid than it comes to.") % {"amount": back}, "coins", is_bad=True))
    return said


def _letters(found: Change, detail: Detail) -> list[Effect]:
    said = []
    if found.suppliers:
        words = _("%(supplier)s gets an e-mail at %(email)s.")
        said.append(Effect(words % {"supplier": detail.supplier_name, "email": detail.email}, "mail"))
    if found.customers:
        words = ngettext("%(n)s customer gets an e-mail.", "%(n)s customers get an e-mail.", found.customers)
        said.append(Effect(words % {"n": number(found.customers)}, "mail"))
    return said


def _named(orders: Sequence[str]) -> dict[str, str]:
    names = ", ".join(f"#{order}" for order in orders[:MOST_NAMED])
    if further := len(orders) - MOST_NAMED if len(orders) > MOST_NAMED else 0:
        names = _("%(names)s and %(n)s more") % {"names": names, "n": number(further)}
    return {"n": number(len(orders)), "names": names}
