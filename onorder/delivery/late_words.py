"""What whoever waits for something late is asked, and what their silence means."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from onorder.delivery.letters import clean
from onorder.delivery.order_words import OrderWords
from onorder.queries.messages import Change
from onorder.rules.jurisdictions import Silence


def asked(order: OrderWords) -> tuple[str, ...]:
    """Whether they wait, as laws want it asked (16 CFR 435.2(b)(1)): the choice and that it costs nothing, what silence
    means and from when, and how to answer. Nothing where nobody was asked.

    No words of the shop replace any of it.
    """
    changes = [change for change in order.news.changes if change.silence]
    if not changes:
        return ()
    choice = _("You decide: wait for it, or cancel at no cost and get back everything that you have paid for it.")
    meanings = list(dict.fromkeys((c.silence, c.answer_by, c.on) for c in changes))
    several = len(meanings) > 1 or len(changes) < len(order.news.changes)
    silences = []
    for meaning in meanings:
        about = [change for change in changes if (change.silence, change.answer_by, change.on) == meaning]
        said = _silence(order, about[0])
        silences.append(f"{_these(order, about)}: {said}" if several else said)
    if order.link:
        how = [_("To wait or to cancel, follow the link below, or reply to this e-mail: a word is enough.")]
    else:
        how = [_("To wait or to cancel, reply to this e-mail: a word is enough. It costs you nothing.")]
    if any(change.on is None for change in changes):
        how.append(_("Whoever agrees to wait without a day may still cancel at any time, and gets the money back."))
    return (choice, *silences, *how)


def _silence(order: OrderWords, change: Change) -> str:
    """What it means if nobody answers about a line."""
    by = order.words.day(change.answer_by) if change.answer_by else ""
    if change.silence == Silence.CONSENT:
        return _("If we hear nothing from you by %(day)s, we take it that you are happy to wait until then.") % {
            "day": by
        }
    if change.silence == Silence.CANCELLATION:
        return _(
            "If we hear nothing from you by %(day)s, we cancel what has not shipped by then, and pay back what you have"
            " paid for it."
        ) % {"day": by}
    return _("If we hear nothing from you, it stays on order, and all your rights stay what they are.")


def _these(order: OrderWords, changes: Sequence[Change]) -> str:
    """These lines, as so many units of each product."""
    names = {item.line: item.name for item in order.news.items}
    return ", ".join(f"{order.words.units(one.units)} × {clean(names[one.line])}" for one in changes)
