"""The start page: the shop in figures."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onorder.models import Shop
from onorder.queries.figures import figures


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """How the shop stands now."""
    now = timezone.now()
    shop = Shop.objects.filter(pk=1).first()
    found = figures(now=now) if shop else None
    return render(request, "desk/start.html", {"shop": shop, "figures": found, "now": now})


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For whoever watches the server: 200 if the database answers. No login, no details."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
