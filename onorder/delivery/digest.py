"""Several things that one customer is told at once: one letter, with a part for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery import to_customers
from onorder.delivery.letters import Letter, Words, clean
from onorder.queries.messages import CustomerNews

_NAMED = 3  # So many orders are named; of more it is said how many.
#: What is said of these does not change with what comes after in the same letter.
_STANDS = frozenset({"ordered", "return_received"})
#: Of these it is said that another message comes, which stands below.
_GOES_ON = frozenset({"ordered", "arrived"})


def letter(news: CustomerNews, words: Words, leads: Callable[[CustomerNews], str]) -> Letter:
    """Everything that a message tells, order by order, each as it happened; what is still to come once for each order.

    Args:
        leads: where the customer follows the order that something is about.

    Raises:
        NoSuchText: nothing is ever said of one of the kinds.
    """
    orders = list(dict.fromkeys(one.order.number for one in news.told))
    told = sorted(news.told, key=lambda one: (orders.index(one.order.number), one.event))
    parts = tuple(_part(one, told, words, leads, is_alone=len(orders) == 1) for one in told)
    name, numbers, more = clean(news.to.name), _numbers(orders), len(told) - 1
    newest = parts[told.index(news)]
    and_more = ngettext("%(what)s, and %(n)s thing more", "%(what)s, and %(n)s things more", more) % {
        "what": newest.what,
        "n": words.units(more),
    }
    return Letter(
        subject=_("Order %(number)s: %(what)s") % {"number": clean(news.order.number), "what": and_more},
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        headline=_("What is new with your order") if len(orders) == 1 else _("What is new with your orders"),
        opening=_("So that you do not get a mail for each step, here is all that has happened since the last one."),
        state="",
        paragraphs=(),
        sections=(),
        sums=(),
        facts=(),
        after=(
            *((_("How often we write, and how, is yours to choose on your order's page."),) if leads(news) else ()),
            _("A question, or something to change? Reply to this e-mail; a person reads it."),
        ),
        signature=clean(news.shop.name),
        about=numbers,
        link=leads(news) if len(orders) == 1 else "",
        link_says=_("Follow your order"),
        what=and_more,
        parts=parts,
    )


def _part(
    one: CustomerNews,
    told: Sequence[CustomerNews],
    words: Words,
    leads: Callable[[CustomerNews], str],
    *,
    is_alone: bool,
) -> Letter:
    """One thing. What holds of the whole order is said by the last part about it alone."""
    is_last = not any(other.order.number == one.order.number and other.event > one.event for other in told)
    part = to_customers.letter(one, words, leads(one), tells_rest=is_last)
    part = replace(
        part,
        state=part.state if is_last or one.kind in _STANDS else "",
        paragraphs=part.paragraphs if is_last or one.kind not in _GOES_ON else (),
    )
    if is_alone:
        return replace(part, about="", link="")
    return replace(part, link=part.link if is_last else "")


def _numbers(orders: Sequence[str]) -> str:
    if len(orders) == 1:
        return _("Order %(number)s") % {"number": clean(orders[0])}
    if len(orders) > _NAMED:
        return _("%(n)s orders") % {"n": len(orders)}
    return _("Orders %(numbers)s") % {"numbers": ", ".join(map(clean, orders))}
