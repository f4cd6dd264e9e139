"""Whoever sends a great many forms from one network waits a little: nobody tries things out at our cost for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from onorder import guessing
from onorder.guessing import Counted
from onorder.rules.entering import Lane
from onorder.store.links import private

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def limited(view: View[P]) -> View[P]:
    """A page whose form is sent at most so often from one network; whoever only looks is never counted.

    Generous: a mobile network's many customers share one address.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        now = timezone.now()
        if request.method == "POST" and (until := guessing.take_turn([_counted(request)], now)):
            return slow_down(request, until, now)
        return view(request, *args, **kwargs)

    counted: Any = guarded  # As typed, it would forget the name of the request.
    found: View[P] = counted
    return found


def slow_down(request: HttpRequest, until: datetime, now: datetime) -> HttpResponse:
    """Nothing was done; how long to wait."""
    minutes = minutes_until(until, now)
    answer = private(render(request, "store/slow_down.html", {"minutes": minutes}, status=429))
    answer["Retry-After"] = str(60 * minutes)
    return answer


def minutes_until(until: datetime, now: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(-(-int((until - now).total_seconds()) // 60), 1)


def _counted(request: HttpRequest) -> Counted:
    return Counted(Lane.ACTING, guessing.neighbourhood(guessing.address(request)))
