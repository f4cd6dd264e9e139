"""What every answer carries, and what is answered before anybody asks who is there."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from onorder.look.policy import policy

POLICY = policy()


class ContentSecurityPolicy:
    """Pages load nothing from elsewhere and run nothing that stands in them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class WithoutZeroBytes:
    """Whoever sends a zero byte where text belongs gets no further: no person types one, and no database keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = (value for sent in (request.GET, request.POST) for _name, values in sent.lists() for value in values)
        if "\0" in request.path_info or any("\0" in value for value in given):
            return HttpResponseBadRequest(_("There is a sign in it that belongs in no text, so nothing was done."))
        return self.get_response(request)


class Public:
    """Pages that are the same for everybody: no cookie is looked at, no session opened, and a cache may keep them.

    Their language is the one that the browser asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            found = resolve(request.path_info, "onorder.store.public")
        except Resolver404:
            return self.get_response(request)
        request.COOKIES, request.user, request.resolver_match = {}, AnonymousUser(), found
        with translation.override(translation.get_language_from_request(request)):
            response: HttpResponse = found.func(request, *found.args, **found.kwargs)
        patch_vary_headers(response, ("Accept-Language",))
        if not getattr(response, "xframe_options_exempt", False):
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response
