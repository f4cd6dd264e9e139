"""By what guesses at a login are counted (`onorder.guessing`), and what becomes of them.

A browser that somebody logged in with before carries a
signed cookie and is counted by itself: who guesses at a name from elsewhere locks only strangers out.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from onorder.guessing import Counted as Counted
from onorder.guessing import address, any_of, digest, folded, neighbourhood
from onorder.guessing import give_back as give_back
from onorder.guessing import take_turn as take_turn
from onorder.models import Guesses
from onorder.rules.entering import FORGOTTEN_AFTER, Lane

_COOKIE = "known"
_COOKIE_AGE = 400 * 24 * 3600


def lanes(request: HttpRequest, name: str, user: User | None) -> list[Counted]:
    """What an attempt to log in as `name` is counted by: the account, or its own browser; and the address.

    Of an unknown name, too: nobody learns from a pause which names there are.
    """
    browser = _known_browser(request, user)
    if browser:
        own = Counted(Lane.BROWSER, browser, _key(user))
    else:
        own = Counted(Lane.ACCOUNT, digest(f"user:{user.pk}" if user else f"name:{folded(name)}"), _key(user))
    return sorted([own, Counted(Lane.ADDRESS, neighbourhood(address(request)))], key=lambda one: (one.lane, one.key))


def reset_lanes(request: HttpRequest, email: str) -> list[Counted]:
    """What an asking for a link is counted by."""
    found = [Counted(Lane.RESET, digest(folded(email))), Counted(Lane.ADDRESS, neighbourhood(address(request)))]
    return sorted(found, key=lambda one: (one.lane, one.key))


def forgive(counted: Sequence[Counted], now: datetime) -> None:
    """Somebody logged in: what they mistyped is forgotten, and of the address this turn."""
    Guesses.objects.filter(any_of(one for one in counted if one.lane != Lane.ADDRESS)).delete()
    give_back(one for one in counted if one.lane == Lane.ADDRESS)
    Guesses.objects.filter(last_at__lt=now - FORGOTTEN_AFTER, until_at__lt=now).delete()
    Guesses.objects.filter(last_at__lt=now - FORGOTTEN_AFTER, until_at__isnull=True).delete()


def know_browser(request: HttpRequest, answer: HttpResponse, user: User) -> None:
    """Recognise this browser when it logs in as the same person again."""
    nonce = _known_browser(request, user) or secrets.token_hex(16)
    answer.set_signed_cookie(
        _COOKIE,
        f"{user.pk}:{nonce}",
        salt=_COOKIE,
        max_age=_COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _known_browser(request: HttpRequest, user: User | None) -> str:
    signed = request.get_signed_cookie(_COOKIE, default="", salt=_COOKIE, max_age=_COOKIE_AGE) or ""
    owner, _, nonce = signed.partition(":")
    return nonce if user is not None and owner == str(user.pk) else ""


def _key(user: User | None) -> int | None:
    return user.pk if user else None
