"""Whoever has lost the link finds their order by its number and their e-mail address, and nobody else learns of it.

The order is never shown here: its link goes to the address that we have. Whatever was typed, the answer is the same,
and as much is written for an order that nobody knows.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onorder import guessing
from onorder.actions import messages
from onorder.guessing import Counted
from onorder.rules.entering import Lane
from onorder.store.limits import minutes_until
from onorder.store.links import with_form

_LONGEST_NUMBER, _LONGEST_EMAIL = 64, 254


@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def find(request: HttpRequest) -> HttpResponse:
    """Ask for the link to an order."""
    if request.method != "POST":
        return _answer(request, number=request.GET.get("order", "")[:_LONGEST_NUMBER])
    number = request.POST.get("number", "").strip().removeprefix("#").strip()
    email = request.POST.get("email", "").strip()
    if wrong := _wrong(number, email):
        return _answer(request, 422, number=number[:_LONGEST_NUMBER], email=email[:_LONGEST_EMAIL], wrong=wrong)
    now = timezone.now()
    if until := guessing.take_turn(_lanes(request, number), now):
        return _answer(request, 429, number=number, email=email, minutes=minutes_until(until, now))
    messages.send_link(number, email, by="customer", now=now)
    return _answer(request, is_sent=True)


def _lanes(request: HttpRequest, number: str) -> list[Counted]:
    """By the number and by where they come from: neither one order nor one visitor can be tried at will."""
    peer = guessing.neighbourhood(guessing.address(request))
    return [Counted(Lane.ORDER, guessing.digest(guessing.folded(number))), Counted(Lane.VISITOR, peer)]


def _wrong(number: str, email: str) -> str:
    if not number or len(number) > _LONGEST_NUMBER:
        return _("Write the number of your order; it stands in every mail about it.")
    try:
        validate_email(email[: _LONGEST_EMAIL + 1])
    except ValidationError:
        return _("Write the e-mail address that you ordered with, such as name@example.org.")
    return ""


def _answer(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    return with_form(render(request, "store/find.html", context, status=status))


urlpatterns = [path("find", find, name="find")]
