"""What every page asks for: whether something happened, and in which colours."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from onorder.desk.rights import back, page
from onorder.desk.shell import THEMES
from onorder.models import Person
from onorder.queries.stamp import stamp as happened

_A_YEAR = 365 * 24 * 3600


@page()
def stamp(request: HttpRequest) -> HttpResponse:
    """For pages that keep themselves up to date: another number as soon as something has happened."""
    return HttpResponse(str(happened()), content_type="text/plain")


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For an address that leads nowhere; who is not logged in learns no more than that."""
    if not request.user.is_authenticated:
        return HttpResponse("Nothing here.", status=404, content_type="text/plain")
    return render(request, "desk/missing.html", status=404)


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark from now on; neither: as the system says."""
    theme = request.POST.get("theme", "")
    return wearing(redirect(back(request)), request, theme if theme in THEMES else "")


def wearing(answer: HttpResponse, request: HttpRequest, theme: str) -> HttpResponse:
    """Have a person see the desk in these colours, and this browser the login."""
    assert isinstance(request.user, User)
    Person.objects.update_or_create(user=request.user, defaults={"theme": theme})
    answer.set_cookie("theme", theme, max_age=_A_YEAR, samesite="Lax", httponly=True)
    return answer


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For whoever watches the server: 200 if the database answers. No login, no details."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("stamp", stamp, name="stamp"),
    path("theme", theme, name="theme"),
    path("healthz", health, name="health"),
]
