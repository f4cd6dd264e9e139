"""What somebody may fall back on who sends something back: the shop's terms and the law, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from onorder.rules.second_thoughts import Why, Withdrawal
from onorder.wording.dates import day_words

#: The shop's terms for returns, as whoever buys under them reads it.
TERMS: Final[Mapping[str, str]] = {
    "accepted": gettext_noop("We take it back."),
    "faulty_only": gettext_noop("We take it back only if something is wrong with it."),
}

#: Reasons to send something back that a customer may pick.
REASONS: Final[Mapping[str, str]] = {
    "changed_mind": gettext_noop("I changed my mind"),
    "does_not_fit": gettext_noop("It does not fit"),
    "not_as_described": gettext_noop("It is not what I expected"),
    "faulty": gettext_noop("Something is wrong with it"),
    "wrong_thing": gettext_noop("Something else came"),
    "other": gettext_noop("Another reason"),
}


def terms_words(terms: str) -> str:
    """What the shop's terms say of returns; as they stand if nobody knows them."""
    return _(TERMS[terms]) if terms in TERMS else terms


def law_words(law: Withdrawal, today: date) -> str:
    """What the law says, to anybody; empty where there is none that we know."""
    until = day_words(law.until, today) if law.until else ""
    if law.is_open:
        if law.until is None:
            return _("By law the order may be withdrawn from: something of it is still on its way.")
        return _("By law the order may be withdrawn from until %(day)s.") % {"day": until}
    if law.why == Why.PERIOD_OVER:
        return _("By law the order could be withdrawn from until %(day)s.") % {"day": until}
    if law.why == Why.EXEMPT:
        return _("The law does not let these goods be withdrawn from.")
    return ""
