"""What the forms about an order share: what they were filled in with, and where they lead."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.refusals import words
from onorder.errors import OnOrderError
from onorder.queries import orders as queries
from onorder.queries.orders import OrderPage


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


def did(request: HttpRequest, order: str, said: str, undo: str = "") -> HttpResponse:
    return done(request, said, undo=undo, to=reverse("orders.one", args=[order]))


def again(
    request: HttpRequest, asking: Asking, form: Form, refusal: OnOrderError, effects: Sequence[Effect] = ()
) -> HttpResponse:
    form.add_error(None, words(refusal))
    return ask(request, asking, form, effects)
