"""What customers are told along the way: it is on order, its maker has confirmed it, a parcel has come."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery.letters import Row, Section, clean
from onorder.delivery.order_words import OrderWords, Said
from onorder.wording.returning import law_words, terms_words


def ordered(order: OrderWords) -> Said:
    """It is ordered from its maker."""
    what = {"what": order.what}
    return Said(
        _("%(what)s on order for you") % what,
        _("%(what)s on order for you") % what,
        _("We have ordered %(what)s for you.") % what,
        _kept(order),
        (_("We write again when it is here, or if the day we gave you changes."),),
        (Section(_("Ordered for you"), _rows(order)), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def confirmed(order: OrderWords) -> Said:
    """Its maker has named the day."""
    what = {"what": order.what}
    return Said(
        _("the maker has confirmed %(what)s") % what,
        _("The maker has confirmed %(what)s") % what,
        _("The maker has confirmed %(what)s, and has told us the day.") % what,
        _kept(order),
        (_("We write again when it is here, or if the day we gave you changes."),),
        (Section(_("Confirmed"), _rows(order)), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def on_its_way(order: OrderWords) -> Said:
    """It has left its maker."""
    what = {"what": order.what}
    return Said(
        _("%(what)s on the way to us") % what,
        _("%(what)s on the way to us") % what,
        ngettext(
            "%(what)s has left its maker and is on the way to us.",
            "%(what)s have left their maker and are on the way to us.",
            order.units,
        )
        % what,
        _kept(order),
        (_("We write again when it is here, or if the day we gave you changes."),),
        (Section(_("On the way to us"), _rows(order)), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def delivered(order: OrderWords) -> Said:
    """A parcel is with its customer; what they can do if something is not right."""
    parcel, days = order.news.parcel, [change.on for change in order.news.changes if change.on]
    values = {"what": order.what, "day": order.words.day(max(days, default=order.words.today))}
    came = ngettext("%(what)s came on %(day)s.", "%(what)s came on %(day)s.", order.units)
    facts = [(_("Carrier"), parcel.carrier), (_("Tracking number"), parcel.tracking)] if parcel else []
    grounds = order.news.grounds
    said = [law_words(one.law, order.words.today) for one in grounds] + [terms_words(one.terms) for one in grounds]
    kept = [line for line in dict.fromkeys(said) if line]
    return Said(
        _("your parcel has come") if not order.open_units else _("a parcel has come, more will follow"),
        _("Your parcel has come"),
        came % values,
        order.follows(),
        (
            _("We hope that it is what you waited for."),
            *((_("If it is not right for you: %(grounds)s") % {"grounds": " ".join(kept)},) if kept else ()),
        ),
        (order.happened(_("In this parcel")), order.rest()),
        facts=tuple((label, clean(value)) for label, value in facts if clean(value)),
        after=(_("If it did not come, or something is not right, tell us."),),
    )


def _rows(order: OrderWords) -> tuple[Row, ...]:
    items = {item.line: item for item in order.news.items}
    return tuple(order.row(items[one.line], one.units, _expected(order, one.on)) for one in order.news.changes)


def _lines(order: OrderWords) -> list[tuple[int, int]]:
    return [(change.line, change.units) for change in order.news.changes]


def _expected(order: OrderWords, on: date | None) -> str:
    return _("expected to ship %(day)s") % {"day": order.words.day(on)} if on else ""


def _kept(order: OrderWords) -> str:
    """Where the expected day stands to the one that the customer was told; empty if nobody can tell one."""
    expected = [change.on for change in order.news.changes if change.on]
    if len(expected) < len(order.news.changes) or not expected:
        return ""
    return _keeps(order, max(expected), [item.told_on for item, _units in order.touched])


def _keeps(order: OrderWords, expected: date, told: list[date | None]) -> str:
    latest = max((day for day in told if day), default=None)
    days = {"expected": order.words.day(expected), "told": order.words.day(latest) if latest else ""}
    if latest is None:
        return _("We expect to ship on %(expected)s.") % days
    if expected == latest:
        return _("We expect to ship on %(expected)s, as we told you.") % days
    if expected < latest:
        return _("We expect to ship on %(expected)s; at the latest, as we told you, on %(told)s.") % days
    return _("We expect to ship on %(expected)s, later than the %(told)s that we told you. We are sorry.") % days
