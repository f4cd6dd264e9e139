"""What the forms about an order share: what they were filled in with, and where they lead."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions.orders import PlacedLine
from onorder.desk.asking import Asking, Effect, act_on, ask
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.rights import back
from onorder.desk.tags import number
from onorder.errors import OnOrderError
from onorder.queries import orders as queries
from onorder.queries.orders import OrderPage
from onorder.queue import setup as settings
from onorder.wording.dates import day_words
from onorder.wording.refusals import words


class OrderForm(Form):
    """A form about an order. `last` is the last event that it was filled in with."""

    last = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        return forms.Form.clean(self) or {}  # What was looked at is the last event; the action looks after it.


def looked_at(order: str) -> tuple[OrderPage, datetime]:
    now = timezone.now()
    return queries.one(order, now=now), now


def asking_about(
    order: OrderPage, name: str, title: str, verb: str, keep: str, *, lead: str = "", tries: bool = False
) -> Asking:
    return Asking(
        title=title,
        verb=verb,
        action=reverse(f"orders.do-{name}", args=[order.number]),
        back=reverse("orders.one", args=[order.number]),
        keep=keep,
        tries=reverse(f"orders.try-{name}", args=[order.number]) if tries else "",
        lead=lead,
        crumb=f"#{order.number}",
    )


def new_key() -> str:
    return secrets.token_hex(12)


def ships(line: PlacedLine, now: datetime) -> str:
    """When units that have just joined ship, and how many of them are here."""
    if not line.promised_on:
        return _("Nobody can tell when it ships.")
    day = {"day": day_words(line.promised_on, settings.current().today(now))}
    here = _("%(n)s of them are here.") % {"n": number(line.allocated)} if line.allocated and line.waiting else ""
    return " ".join(filter(None, (_("Ships by %(day)s.") % day, here)))


def surplus_effect(before: int, after: int) -> list[Effect]:
    """What is on order for nobody any more, if there is more of it than before."""
    more = after - before
    if more <= 0:
        return []
    said = ngettext(
        "%(n)s unit on order has no customer any more, and becomes stock.",
        "%(n)s units on order have no customer any more, and become stock.",
        more,
    )
    return [Effect(said % {"n": number(more)}, "package")]


def did(request: HttpRequest, order: str, said: str, undo: str = "") -> HttpResponse:
    """Say so where somebody came from: in the queue if they did it there, else on the order's own page."""
    came = back(request)
    to = came if came.partition("?")[0] == reverse("queue") else reverse("orders.one", args=[order])
    return done(request, said, undo=undo, to=to)


def again(
    request: HttpRequest, asking: Asking, form: Form, refusal: OnOrderError, effects: Sequence[Effect] = ()
) -> HttpResponse:
    form.add_error(None, words(refusal))
    return ask(request, asking, form, effects)


def carry_out(
    request: HttpRequest,
    order: str,
    asking: Asking,
    form: Form,
    act: Callable[[dict[str, Any], str], str],
    effects: Callable[[], Sequence[Effect]] = tuple,
) -> HttpResponse:
    """Do what a form says, as in `asking.act_on`; what `act` returns is said where somebody came from."""
    return act_on(request, asking, form, lambda given, by: did(request, order, act(given, by)), effects)
