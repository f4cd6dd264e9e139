"""The page of a delay: the day before and the new one, what happens if nothing is said, and the two answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onorder.access import LinkOver, Purpose, read
from onorder.actions import consent
from onorder.actions.consent import NothingAsked
from onorder.errors import NotFound
from onorder.queries import consents
from onorder.queries.consents import Asked, Late, Question
from onorder.queue import setup as settings
from onorder.rules.consent import Reply
from onorder.rules.jurisdictions import Silence
from onorder.store.limits import limited
from onorder.store.links import nowhere, with_form
from onorder.wording.dates import day_words

BY = "customer"


@dataclass(frozen=True, slots=True)
class Shown:
    """A late thing as the page shows it. `if_silent`: what happens if they say nothing; `said`: what they answered."""

    late: Late
    if_silent: str
    said: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def delay(request: HttpRequest, token: str) -> HttpResponse:
    """What is late of an order, and the two answers to it. Who answers again reads what was answered."""
    now = timezone.now()
    today = settings.current().today(now)
    try:
        question = consents.question(read(token, today=today, purpose=Purpose.DELAY), now=now)
    except (LinkOver, NotFound):
        return nowhere(request)
    if request.method == "POST":
        _answer(question.number, request.POST, now=now)
        return redirect("store.delay", token=token)
    shown = [Shown(late, _if_silent(late.asked, today), _said(late.asked, today)) for late in question.lines]
    context = {
        "question": question,
        "shown": shown,
        "is_open": bool(question.open_lines),
        "stop": "" if question.open_lines or not question.stoppable else _stop(question),
    }
    return with_form(render(request, "store/delay.html", context))


def _answer(number: str, given: Mapping[str, str], *, now: datetime) -> None:
    """Take what they said. If it cannot be said any more, nothing is done, and the page says how it stands."""
    reply, named = given.get("reply", ""), given.get("notices", "")[:4_000]
    lines = dict(pair for one in named.split(",") if (pair := _named(one)))
    if reply not in list(Reply) or not lines:
        return
    key = sha256(f"{named} {reply}".encode()).hexdigest()[:40]  # The same answer to the same question is one answer.
    try:
        consent.answer(number, Reply(reply), lines=lines, key=key, by=BY, now=now)
    except NothingAsked:
        return


def _stop(question: Question) -> Reply:
    """What they say who have agreed to wait, and wait no longer."""
    every = all(late.asked.waits_without_a_day for late in question.stoppable)
    return Reply.WITHDRAWN if every else Reply.CANCELLED


def _named(written: str) -> tuple[int, int] | None:
    """A line and the number of its notice, "17.2"."""
    line, _dot, number = written.partition(".")
    is_one = all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (line, number))
    return (int(line), int(number)) if is_one else None


def _day(on: date | None, today: date) -> str:
    return day_words(on, today) if on else ""


def _if_silent(asked: Asked, today: date) -> str:
    if not asked.is_open:
        return ""
    by = {"day": _day(asked.lapses_after or asked.answer_by, today)}
    if asked.silence == Silence.CONSENT:
        return _("If you do nothing until %(day)s, we take it that you are happy to wait until then.") % by
    if asked.silence == Silence.CANCELLATION:
        return _("If you do nothing until %(day)s, we cancel it and pay back what you have paid for it.") % by
    return _("If you do nothing, it stays on order, and all your rights stay what they are.")


def _said(asked: Asked, today: date) -> str:
    """What they answered, and what came of it."""
    if asked.ended_on:
        if asked.reply:
            return _("You cancelled this on %(day)s. What you paid for it is on its way back to you.") % {
                "day": _day(asked.ended_on, today)
            }
        return _("We heard nothing from you, so this was cancelled on %(day)s, and what you paid for it goes back.") % {
            "day": _day(asked.ended_on, today)
        }
    if asked.reply == Reply.KEPT and asked.day is None:
        return _("On %(on)s you agreed to wait until we know a day. You may cancel at any time.") % {
            "on": _day(asked.replied_on, today)
        }
    if asked.reply == Reply.KEPT:
        return _("On %(on)s you agreed to wait until %(day)s.") % {
            "on": _day(asked.replied_on, today),
            "day": _day(asked.day, today),
        }
    return "" if asked.is_open else _("There is nothing left to decide about this.")


urlpatterns = [path("d/<str:token>", delay, name="store.delay")]
