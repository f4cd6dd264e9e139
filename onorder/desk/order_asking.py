"""What the forms about an order share: what they were filled in with, and that nobody was faster."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.happened import sentence
from onorder.desk.seen import HappenedSince
from onorder.errors import OnOrderError
from onorder.queries import orders as queries
from onorder.queries.orders import OrderPage
from onorder.queue import setup as settings
from onorder.wording.refusals import words

T = TypeVar("T")


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


def do(
    action: Callable[..., T], order: str, *arguments: Any, last: int | None, by: str, now: datetime, **named: Any
) -> T:
    """Do something with an order, unless something happened to it since the event `last`.

    That is looked at after the action has taken its locks and before it is committed, so that nothing slips in between.

    Raises:
        HappenedSince: something did; nothing was done.
        OnOrderError: whatever the action refuses.
    """
    with transaction.atomic(durable=True):
        try:
            outcome: T = action.__wrapped__(order, *arguments, by=by, now=now, **named)  # type: ignore[attr-defined]
        except OnOrderError:
            _look(order, last, by, now)  # Who was faster, and with what, says more.
            raise
        _look(order, last, by, now)
    return outcome


def _look(order: str, last: int | None, by: str, now: datetime) -> None:
    if last is None:
        return
    since = [
        one
        for one in queries.happened_since(order, last)
        if not (one.by == by and one.at == now) and one.kind not in ("noted", "queued_again")
    ]
    if since:
        today = settings.current().today(now)
        said = ", ".join(f"{sentence(one, today)} ({one.by})" for one in since[:3])
        raise HappenedSince(name=f"#{order}", happened=said)


def did(request: HttpRequest, order: str, said: str, undo: str = "") -> HttpResponse:
    return done(request, said, undo=undo, to=reverse("orders.one", args=[order]))


def again(
    request: HttpRequest, asking: Asking, form: Form, refusal: OnOrderError, effects: Sequence[Effect] = ()
) -> HttpResponse:
    form.add_error(None, words(refusal))
    return ask(request, asking, form, effects)
