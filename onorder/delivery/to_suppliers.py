"""What suppliers are told of a purchase order. Never a customer's name: nothing here knows one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery.letters import Letter, NoSuchText, Row, Section, Words, clean, clean_lines, worded
from onorder.queries.messages import SupplierNews
from onorder.queries.papers import Paper

#: Kinds that the purchase order itself travels with.
WITH_PAPERS = frozenset({"purchase_order", "amendment", "reminder"})


def letter(news: SupplierNews, words: Words, link: str = "") -> Letter:
    """The letter for an event of a purchase order, in the shop's own words where it has some in this language.

    One that was called off meanwhile says so, and nothing else.

    Args:
        link: the address at which its supplier says that it has left; empty if there is none.

    Raises:
        NoSuchText: nothing is ever said of this kind.
    """
    write = _KINDS.get(news.kind)
    if write is None:
        raise NoSuchText(kind=news.kind)
    own = news.own.get(words.locale.language)
    written = write(news, words)
    if link and not _is_overtaken(news):
        written = replace(written, link=link, link_says=_("When it has left you, say so here"))
    return worded(written, own, values(news, words)) if own and not _is_overtaken(news) else written


def values(news: SupplierNews, words: Words) -> dict[str, str]:
    """What stands in this message for the names that a text of its kind may use."""
    known = _values(news, words)
    units = words.units(news.units) if news.kind == "cancellation" else known["units"]
    return known | {"name": clean(news.to.name), "order": known["number"], "units": units}


def _is_overtaken(news: SupplierNews) -> bool:
    """Whether the purchase order was called off before this message left."""
    return news.paper.is_called_off and news.kind != "cancellation"


def _purchase_order(news: SupplierNews, words: Words) -> Letter:
    paper = news.paper
    values = _values(news, words)
    lead = ngettext(
        "We order %(units)s unit for %(total)s, to be delivered to %(place)s.",
        "We order %(units)s units for %(total)s, to be delivered to %(place)s.",
        paper.units,
    )
    return _letter(
        news,
        subject=_("Purchase order %(number)s from %(shop)s") % values,
        headline=_("Purchase order %(number)s") % values,
        opening=lead % values,
        sections=(_ordered(paper, words),),
        sums=((_("Total"), values["total"]),),
        facts=_facts(paper, words),
        after=(
            _("Please confirm by replying to this e-mail: as ordered, and on which day it arrives here."),
            _("If a line differs in quantity, price or day, tell us which; the rest stands."),
            _("The purchase order is attached, as a PDF for people and as a CSV for machines."),
        ),
    )


def _amendment(news: SupplierNews, words: Words) -> Letter:
    values = _values(news, words)
    changed = {line.sku: line for line in news.paper.lines}
    rows = []
    for sku, before, after in news.changed:
        line = changed.get(sku)
        note = _("still to come: %(after)s instead of %(before)s") % {
            "after": words.units(after),
            "before": words.units(before),
        }
        skus = _skus(line.supplier_sku, sku) if line else clean(sku)
        rows.append(Row(words.units(after), clean(line.name) if line else clean(sku), skus, note))
    lead = ngettext(
        "%(lines)s line of our purchase order %(number)s has changed; everything else stands.",
        "%(lines)s lines of our purchase order %(number)s have changed; everything else stands.",
        len(rows),
    )
    return _letter(
        news,
        subject=_("Purchase order %(number)s from %(shop)s: amendment %(amendment)s") % values,
        headline=_("Amendment %(amendment)s to purchase order %(number)s") % values,
        opening=lead % (values | {"lines": words.units(len(rows))}),
        sections=(Section(_("Changed"), tuple(rows)), _ordered(news.paper, words, _("The whole order now"))),
        sums=((_("Total"), values["total"]),),
        facts=_facts(news.paper, words),
        after=(
            _("Please confirm by replying to this e-mail."),
            _("The purchase order is attached as it stands after all changes; it replaces what you had before."),
        ),
    )


def _cancellation(news: SupplierNews, words: Words) -> Letter:
    values = _values(news, words) | {"units": words.units(news.units)}
    lead = ngettext(
        "Please do not deliver the %(units)s unit that was still to come on our purchase order %(number)s.",
        "Please do not deliver the %(units)s units that were still to come on our purchase order %(number)s.",
        news.units,
    )
    return _letter(
        news,
        subject=_("Purchase order %(number)s from %(shop)s: cancelled") % values,
        headline=_("Purchase order %(number)s is cancelled") % values,
        state=lead % values,
        after=(_("Please confirm by replying to this e-mail; if any of it has left you already, tell us."),),
    )


def _reminder(news: SupplierNews, words: Words) -> Letter:
    values = _values(news, words)
    return _letter(
        news,
        subject=_("Purchase order %(number)s from %(shop)s: please confirm") % values,
        headline=_("Did purchase order %(number)s reach you?") % values,
        state=_("We sent it on %(day)s, for %(total)s, and have no answer yet.") % values,
        sections=(_ordered(news.paper, words),),
        sums=((_("Total"), values["total"]),),
        facts=_facts(news.paper, words),
        after=(
            _("Please reply to this e-mail: as ordered, and on which day it arrives here; or what differs."),
            _("The purchase order is attached again."),
        ),
    )


_KINDS: dict[str, Callable[[SupplierNews, Words], Letter]] = {
    "purchase_order": _purchase_order,
    "amendment": _amendment,
    "cancellation": _cancellation,
    "reminder": _reminder,
}
#: Everything that suppliers are told of.
KINDS = tuple(_KINDS)


def _letter(
    news: SupplierNews,
    *,
    subject: str,
    headline: str,
    opening: str = "",
    state: str = "",
    sections: tuple[Section, ...] = (),
    sums: tuple[tuple[str, str], ...] = (),
    facts: tuple[tuple[str, str], ...] = (),
    after: tuple[str, ...],
) -> Letter:
    if _is_overtaken(news):
        opening, state = "", _("We have called this order off since. Please deliver nothing on it.")
    return Letter(
        subject=subject,
        greeting=_("Hello %(name)s,") % {"name": clean(news.to.name)},
        headline=headline,
        opening=opening,
        state=state,
        paragraphs=(),
        sections=sections,
        sums=sums,
        facts=facts,
        after=after,
        signature=clean(news.shop.name),
        about=_("Purchase order %(number)s") % {"number": clean(news.paper.number)},
        is_bad_news=_is_overtaken(news) or news.kind == "cancellation",
    )


def _values(news: SupplierNews, words: Words) -> dict[str, str]:
    paper = news.paper
    return {
        "number": clean(paper.number),
        "shop": clean(news.shop.name),
        "units": words.units(paper.units),
        "total": words.money(paper.total_minor, paper.currency),
        "place": clean(paper.location),
        "day": words.day(paper.ordered_on),
        "amendment": str(news.amendment),
    }


def _ordered(paper: Paper, words: Words, title: str = "") -> Section:
    rows = tuple(
        Row(
            words.units(line.units),
            clean(line.name),
            _skus(line.supplier_sku, line.sku),
            _cost(line.unit_cost_minor, line.confirmed_on, paper, words),
            words.money(line.total_minor, paper.currency),
        )
        for line in paper.lines
    )
    return Section(title or _("Ordered"), rows)


def _cost(unit_cost_minor: int, confirmed_on: date | None, paper: Paper, words: Words) -> str:
    each = _("%(cost)s each") % {"cost": words.money(unit_cost_minor, paper.currency)}
    if confirmed_on is None:
        return each
    return _("%(each)s, confirmed for %(day)s") % {"each": each, "day": words.day(confirmed_on)}


def _skus(theirs: str, ours: str) -> str:
    """Theirs first, since they look it up; ours only where it differs."""
    theirs, ours = clean(theirs), clean(ours)
    if not theirs or theirs == ours:
        return ours
    return _("%(theirs)s (ours: %(ours)s)") % {"theirs": theirs, "ours": ours}


def _facts(paper: Paper, words: Words) -> tuple[tuple[str, str], ...]:
    place = ", ".join(dict.fromkeys((clean(paper.location), *clean_lines(paper.location_address))))
    terms = _("%(days)s days net") % {"days": words.units(paper.net_days)} if paper.net_days else _("on delivery")
    return ((_("Deliver to"), place), (_("Payment terms"), terms))
