"""Orders in a list, in words for whoever placed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from onorder.look.tags import number
from onorder.queries.account import MyOrder, State
from onorder.wording.dates import day_words, days_words, unbroken

#: The languages that our mails can be in; empty is the shop's.
LANGUAGES: Final = (
    ("", gettext_lazy("As the shop writes")),
    *((code.partition("-")[0], name) for code, name in settings.LANGUAGES),
)
#: Of each state its tint, its icon and its word.
STATES: Final[Mapping[State, tuple[str, str, str]]] = {
    State.COMING: ("order", "clock", gettext_noop("Made for you")),
    State.HERE: ("allocated", "archive", gettext_noop("Here, packed next")),
    State.ON_ITS_WAY: ("shipped", "truck", gettext_noop("On its way to you")),
    State.MISSING: ("late", "package-search", gettext_noop("We look for it")),
    State.WITH_YOU: ("shipped", "check", gettext_noop("With you")),
    State.CANCELLED: ("closed", "x", gettext_noop("Cancelled")),
}
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as the list shows it. `token`: its link; `when`: the answer to what people look for."""

    order: MyOrder
    token: str
    when: str
    things: tuple[str, ...]
    further: int
    tint: str
    icon: str
    state: str


def shown(order: MyOrder, token: str, today: date) -> Shown:
    """An order in words."""
    tint, icon, word = STATES[order.state]
    things = tuple(
        f"{number(units)}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{name}" if units > 1 else name
        for name, units in order.things
    )
    further = max(len(things) - _NAMED, 0)
    return Shown(order, token, _when(order, today), things[:_NAMED], further, tint, icon, _(word))


def _when(order: MyOrder, today: date) -> str:
    if order.state in (State.COMING, State.HERE):
        if not (order.arrives_from or order.arrives_by):
            return _("We tell you the day as soon as we know it")
        when = unbroken(days_words(order.arrives_from, order.arrives_by, today))
        return (_("The rest arrives %(when)s") if order.left else _("Arrives %(when)s")) % {"when": when}
    if order.state == State.MISSING:
        return _("A person looks for a parcel of it")
    if order.state == State.CANCELLED or order.arrives_by is None:
        return _("Nothing of it is to come")
    day = {"day": unbroken(day_words(order.arrives_by, today))}
    if order.state == State.WITH_YOU:
        return _("Complete since %(day)s") % day
    return _("Should be with you by %(day)s") % day
