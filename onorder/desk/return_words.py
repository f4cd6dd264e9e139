"""Returns in words: where they are, what somebody wants for them, and what a decision would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.actions.return_decisions import Decided
from onorder.desk.asking import Effect
from onorder.desk.tags import money, number
from onorder.queries.returns import Grounds, ReturnRow
from onorder.rules.lifecycle import ReturnOutcome
from onorder.wording.dates import day_words
from onorder.wording.returning import law_words

#: Where returned units are: in words, with an icon, in the colour of a state.
STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "requested": (gettext_noop("On its way"), "truck", "order"),
    "received": (gettext_noop("Here, to be decided"), "inbox", "waiting"),
    "restocked": (gettext_noop("Sold again"), "refresh-cw", "shipped"),
    "written_off": (gettext_noop("Written off"), "trash-2", "closed"),
    "refused": (gettext_noop("Refused"), "ban", "closed"),
}
WISHES: Final[Mapping[str, str]] = {
    "refund": gettext_noop("wants the money back"),
    "replacement": gettext_noop("wants the same again"),
}
#: The shop's terms for returns, as the shop reads them.
TERMS: Final[Mapping[str, str]] = {
    "accepted": gettext_noop("Returns are accepted."),
    "faulty_only": gettext_noop("Returns only if faulty."),
}


def grounds_words(grounds: Grounds, today: date) -> list[str]:
    """What the customer may fall back on: terms, then law."""
    terms = _(TERMS[grounds.terms]) if grounds.terms in TERMS else grounds.terms
    kept = _("Accepted when ordering: %(terms)s") if grounds.accepted else _("Terms now: %(terms)s")
    return [line for line in (kept % {"terms": terms}, law_words(grounds.law, today)) if line]


def became(row: ReturnRow) -> str:
    """What the customer got for it, once it is decided; empty if nothing."""
    if row.is_replaced:
        return _("sent again")
    return (
        _("%(amount)s given back") % {"amount": money(row.refunded_minor, row.currency)} if row.refunded_minor else ""
    )


def effects(
    decided: Decided,
    outcome: ReturnOutcome,
    served: list[tuple[str, str, int]],
    customer: str,
    currency: str,
    today: date,
) -> list[Effect]:
    """What a decision does, in sentences."""
    if outcome == ReturnOutcome.REFUSE:
        return [Effect(_("Nothing moves. It stays theirs, and they read why."), "ban")]
    return [*_goods(decided, outcome, served), *_given(decided, customer, currency, today)]


def _goods(decided: Decided, outcome: ReturnOutcome, served: list[tuple[str, str, int]]) -> list[Effect]:
    if outcome == ReturnOutcome.WRITE_OFF:
        said = ngettext("%(n)s unit is written off.", "%(n)s units are written off.", decided.units)
        return [Effect(said % {"n": number(decided.units)}, "trash-2")]
    found = []
    for order, name, units in served:
        said = ngettext(
            "%(n)s unit goes to %(name)s, #%(order)s, who waits longest.",
            "%(n)s units go to %(name)s, #%(order)s, who waits longest.",
            units,
        )
        found.append(Effect(said % {"n": number(units), "name": name, "order": order}, "user-check"))
    if rest := decided.units - sum(units for _order, _name, units in served):
        said = ngettext("%(n)s unit is on the shelf again.", "%(n)s units are on the shelf again.", rest)
        found.append(Effect(said % {"n": number(rest)}, "archive-restore"))
    return found


def _given(decided: Decided, customer: str, currency: str, today: date) -> list[Effect]:
    found = []
    if decided.replaced:
        units = {"n": number(decided.replaced), "name": customer}
        if decided.here == decided.replaced:
            said = ngettext(
                "%(n)s unit from the shelf is set aside for %(name)s.",
                "%(n)s units from the shelf are set aside for %(name)s.",
                decided.replaced,
            )
            found.append(Effect(said % units, "package-check"))
        else:
            said = ngettext(
                "%(n)s unit is sent to %(name)s again, in the place that it had in the queue, by %(day)s.",
                "%(n)s units are sent to %(name)s again, in the place that they had in the queue, by %(day)s.",
                decided.replaced,
            )
            day = day_words(decided.promised_on, today) if decided.promised_on else ""
            found.append(Effect(said % (units | {"day": day}), "repeat"))
    if decided.refunded_minor:
        said = _("%(amount)s goes back to %(name)s.")
        amount = money(decided.refunded_minor, currency)
        found.append(Effect(said % {"amount": amount, "name": customer}, "banknote"))
    elif not decided.replaced:
        found.append(Effect(_("No money goes back."), "banknote"))
    return found
