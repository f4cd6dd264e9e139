"""What the customer of a late line was asked and said, in words for the desk."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from onorder.queries.consents import Asked
from onorder.rules.consent import Reply
from onorder.rules.jurisdictions import Silence
from onorder.wording.dates import day_words


def asked_words(asked: Asked, today: date) -> str:
    """What they were told last, and what they were asked."""
    days = {"sent": day_words(asked.sent_on, today), "was": day_words(asked.was, today)}
    if asked.day is None:
        return _("Told on %(sent)s that nobody knows a day any more, instead of %(was)s.") % days
    return _("Told on %(sent)s that it ships by %(day)s, not by %(was)s.") % (
        days | {"day": day_words(asked.day, today)}
    )


def standing_words(asked: Asked, today: date) -> str:
    """What came of it, or what will if nothing more is said."""
    if asked.ended_on:
        on = {"day": day_words(asked.ended_on, today)}
        if asked.reply in (Reply.CANCELLED, Reply.WITHDRAWN):
            return _("They did not wait: cancelled and refunded on %(day)s.") % on
        return _("Nobody agreed to wait: cancelled and refunded on %(day)s.") % on
    if asked.reply == Reply.KEPT:
        return _kept(asked, today)
    if asked.is_open:
        return _silence(asked, today)
    return _("Nothing of it is left to be decided.")


def _kept(asked: Asked, today: date) -> str:
    on = day_words(asked.replied_on, today) if asked.replied_on else ""
    if asked.day is None:
        return _("On %(on)s they agreed to wait without a day. They may stop at any time.") % {"on": on}
    said = _("On %(on)s they agreed to wait until %(day)s.") % {"on": on, "day": day_words(asked.day, today)}
    if asked.lapses_after is None:
        return said
    ends = _("What has not left by then is cancelled and refunded.")
    return f"{said} {ends}"


def _silence(asked: Asked, today: date) -> str:
    by = {"day": day_words(asked.lapses_after or asked.answer_by or asked.sent_on, today)}
    if asked.silence == Silence.CONSENT:
        return _("If they say nothing by %(day)s, they agree to wait until then.") % by
    if asked.silence == Silence.CANCELLATION:
        return _("If they say nothing by %(day)s, it is cancelled and refunded the morning after.") % by
    return _("If they say nothing, it stays on order, and their rights stay what they are.")
