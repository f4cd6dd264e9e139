"""The basket that a browser carries: a signed cookie of SKUs and units, set only once something is put into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "basket"
MOST_LINES: Final = 50
MOST_UNITS: Final = 999
_LASTS: Final = 90 * 24 * 3600
_SALT: Final = "store.basket"
_LONGEST_SKU: Final = 64
_MOST_BYTES: Final = 3_800  # Browsers keep cookies of 4 KB, name and attributes included.


def carried(request: HttpRequest) -> dict[str, int]:
    """What is in the basket, in the order in which it was put there. What we did not sign is no basket."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_LASTS)
    except signing.BadSignature:
        return {}
    return {str(sku): int(units) for sku, units in found.items()}


def with_more(basket: Mapping[str, int], sku: str, units: int) -> dict[str, int] | None:
    """The basket with so many units more; None if it has no room for another thing."""
    more = {**basket, sku: min(basket.get(sku, 0) + units, MOST_UNITS)}
    if not 0 < len(sku) <= _LONGEST_SKU or len(more) > MOST_LINES or len(_signed(more)) > _MOST_BYTES:
        return None
    return more


def with_units(basket: Mapping[str, int], sku: str, units: int) -> dict[str, int]:
    """The basket with exactly so many units of what is in it; without it for none."""
    changed = {one: few if one != sku else min(units, MOST_UNITS) for one, few in basket.items()}
    return {one: few for one, few in changed.items() if few > 0}


def without(basket: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    """What is left in the basket once these units were ordered."""
    return {sku: left for sku, units in basket.items() if (left := units - taken.get(sku, 0)) > 0}


def carry(answer: HttpResponse, basket: Mapping[str, int]) -> None:
    """Let the browser carry this basket from now on."""
    if not basket:
        answer.delete_cookie(COOKIE, samesite="Lax")
        return
    options: dict[str, Any] = {"max_age": _LASTS, "httponly": True, "samesite": "Lax"}
    answer.set_cookie(COOKIE, _signed(basket), secure=settings.SESSION_COOKIE_SECURE, **options)


def _signed(basket: Mapping[str, int]) -> str:
    return signing.dumps(dict(basket), salt=_SALT, compress=True)
