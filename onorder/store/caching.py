"""Answers that anybody's cache may keep for a while, and asks about again by their mark."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def kept(seconds: int) -> Callable[[View[P]], View[P]]:
    """Whatever this view answers may be kept for so long by everybody; then it is asked for again, and sent again only
    if it is another."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            response = view(request, *args, **kwargs)
            patch_cache_control(response, public=True, max_age=seconds)
            return response

        asked_again: Any = conditional_page(answered)  # As typed, it would forget the names of what it passes on.
        safe: View[P] = require_safe(asked_again)
        return safe

    return decorate
