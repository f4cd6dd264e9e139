"""A form that asks before something is done: what it will do stands above the button and changes as it is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onorder.desk.forms import Form


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
