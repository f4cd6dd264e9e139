"""What customers were asked when something was late, and what they said."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from onorder.models._fields import knows, state_field
from onorder.models.ledger import Event
from onorder.models.sales import OrderLine
from onorder.rules.consent import Reply
from onorder.rules.jurisdictions import Silence


class DelayNotice(models.Model):
    """A notice of delay about one line, as it was sent: the day before it, the new one, and what silence means.

    How the line stands is not stored; it follows from these rows (`onorder.rules.consent`). Only of its latest notice
    it is noted on which day to look again, so that nobody has to look at all of them every day.
    """

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="notices", db_index=False)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()  # Within the line, from 1: what an answer names.
    sent_on = models.DateField()
    was = models.DateField()  # The day that held before.
    day = models.DateField(null=True)  # None if nobody can say.
    answer_by = models.DateField(null=True)  # None if silence never means anything.
    silence = state_field(Silence)
    reply = state_field(Reply, blank=True, default="")
    replied_on = models.DateField(null=True)

    lapses_after = models.DateField(null=True)  # If nothing more is said or sent, it is over after this day.
    ended_on = models.DateField(null=True)  # The day on which the line was cancelled for it.

    class Meta:
        constraints = [
            UniqueConstraint(name="notice_is_one_of_a_number", fields=["line", "number"]),
            knows("notice_silence_is_known", "silence", Silence),
            knows("notice_reply_is_known", "reply", ["", *Reply]),
            CheckConstraint(
                name="notice_was_answered_on_a_day",
                condition=Q(reply="", replied_on__isnull=True) | ~Q(reply="") & Q(replied_on__isnull=False),
            ),
        ]
        indexes = [
            # What is over by itself next: onorder.queries.due, onorder.queries.today.
            Index(name="notice_lapses", fields=["lapses_after"], condition=Q(lapses_after__isnull=False)),
        ]
