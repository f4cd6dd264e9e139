"""A form that asks before something is done: what it will do stands above the button and changes as it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onorder.desk.forms import Form
from onorder.errors import OnOrderError


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would happen, in words with its numbers. `icon`: what it is about; `is_bad`: somebody is hurt."""

    words: str
    icon: str = "arrow-right"
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """What a form asks.

    Args:
        title: of the page or dialog.
        verb: on the button that does it; empty if it cannot be done, and the effects say why.
        action: the address that the form goes to.
        back: the page to go to instead, and `keep`, the words of the link there.
        tries: the address that says what it would do; empty if nothing is to be said.
        lead: a sentence under the title.
        is_wide: fields stand beside each other where there is room.
    """

    title: str
    verb: str
    action: str
    back: str
    keep: str
    tries: str = ""
    lead: str = ""
    is_wide: bool = False
    crumb: str = ""


def ask(request: HttpRequest, asking: Asking, form: Form, effects: Sequence[Effect] = ()) -> HttpResponse:
    """The form as a page, or as a dialog where the page before opens one."""
    return render(request, "desk/form.html", {"asking": asking, "form": form, "effects": effects})


def act_on(
    request: HttpRequest,
    asking: Asking,
    form: Form,
    act: Callable[[dict[str, Any], str], HttpResponse],
    effects: Callable[[], Sequence[Effect]] = tuple,
) -> HttpResponse:
    """Do what a form says. Filled in wrongly or refused, it comes again, with why.

    Args:
        act: does it, given what was filled in and who did so; what it returns says that it is done.
        effects: what the form shows while it is not filled in.
    """
    if not form.is_valid():
        return ask(request, asking, form, effects())
    try:
        return act(form.cleaned_data, request.user.get_username())
    except OnOrderError as refusal:
        form.refuse(refusal)
        return ask(request, asking, form)
