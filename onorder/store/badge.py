"""When something arrives, for the pages of other shops: as JSON, as a page for a frame, and as a script that writes it.

A badge is asked for by everybody who looks at such a page. It is kept, by language, until anything happens in the shop
or the minute is over: then a day may be another one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from onorder.errors import NotFound
from onorder.queries import store as asks
from onorder.store.caching import kept
from onorder.wording.offered import From, offered

#: Seconds for which a badge may be kept by whoever asked.
KEPT: Final = 300
_IN_A_FRAME: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"  # Of any shop.
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A badge as it is sent. `mark`: another one as soon as it says anything else."""

    status: int
    words: str
    body: bytes
    mark: str


@require_safe
def as_json(request: HttpRequest, sku: str) -> HttpResponse:
    """What can be had of a SKU, when, and in words; for any page to read."""
    found = _asked(request, sku)

    @condition(etag_func=lambda _request: found.mark)
    def sent(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(found.body, status=found.status, content_type="application/json")

    response: HttpResponse = sent(request)
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@xframe_options_exempt
@kept(KEPT)
def in_a_frame(request: HttpRequest, sku: str) -> HttpResponse:
    """The same words as a page of their own, which any page may show in a frame."""
    found = _asked(request, sku)
    with translation.override(_language(request)):
        response = render(request, "store/badge.html", {"words": found.words}, status=found.status)
    response.headers["Content-Security-Policy"] = _IN_A_FRAME
    return response


@kept(KEPT)
def script(request: HttpRequest) -> HttpResponse:
    """The script that a shop names once in its pages."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _asked(request: HttpRequest, sku: str) -> Answer:
    """The badge in the language of the request. One statement, and eight more if something happened meanwhile."""
    now = timezone.now().replace(second=0, microsecond=0)
    return _answer(sku, _language(request), asks.seen(), now)


def _language(request: HttpRequest) -> str:
    """What `?lang=` says, as far as we speak it; else what the browser asks for."""
    wanted = request.GET.get("lang", "")[:35]
    try:
        return translation.get_supported_language_variant(wanted)
    except LookupError:
        return translation.get_language() or settings.LANGUAGE_CODE


@lru_cache(maxsize=4_096)
def _answer(sku: str, language: str, seen: tuple[str, int] | None, now: datetime) -> Answer:
    """The badge of this minute. `seen` is only looked at by the cache: another one is another badge."""
    with translation.override(language):
        if seen is None:
            return _unknown(sku, language, now)
        try:
            found = asks.badge(sku, now=now)
        except NotFound:
            return _unknown(sku, language, now)
        of = found.availability
        said = offered(of, found.terms, found.today)
        return _sent(
            200,
            {
                "sku": sku,
                "available": said.source != From.NOWHERE,
                "words": said.words,
                "from": of.arrives_from.isoformat() if of.arrives_from else None,
                "to": of.arrives_by.isoformat() if of.arrives_by else None,
                "made_to_order": said.source == From.MADE,
                "language": language,
            },
            now,
        )


def _unknown(sku: str, language: str, now: datetime) -> Answer:
    said = {"sku": sku, "available": False, "words": _("We do not know this."), "from": None, "to": None}
    return _sent(404, said | {"made_to_order": False, "language": language}, now)


def _sent(status: int, said: dict[str, object], now: datetime) -> Answer:
    """The mark leaves out when it was written: said again a minute later, it is the same badge."""
    mark = blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=9).hexdigest()
    body = json.dumps(said | {"updated_at": now.astimezone(UTC).isoformat()}, ensure_ascii=False)
    return Answer(status, str(said["words"]), body.encode(), f'W/"{mark}"')


@lru_cache(maxsize=1)
def _script() -> bytes:
    found = finders.find("store/badge.js")
    if not isinstance(found, str):
        raise FileNotFoundError("store/badge.js")
    with open(found, "rb") as file:
        return file.read()


urlpatterns = [
    path("badge.js", script, name="store.badge-script"),
    re_path(r"^badge/(?P<sku>.{1,64})\.json$", as_json, name="store.badge"),
    re_path(r"^badge/(?P<sku>.{1,64})$", in_a_frame, name="store.badge-frame"),
]
