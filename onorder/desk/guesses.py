"""What becomes of guessing at the desk's door: by whom attempts are counted, and when they are forgiven.

How they are counted, all edges share (`onorder.turns`). A browser that somebody logged in with before carries a
signed cookie and is counted by itself: who guesses at a name from elsewhere locks only strangers out.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from onorder.desk.sessions import address
from onorder.models import Guesses
from onorder.rules.entering import FORGOTTEN_AFTER, Lane
from onorder.turns import Counted, any_of, give_back, neighbourhood, take_turn

__all__ = [
    "Counted",
    "forgive",
    "give_back",
    "know_browser",
    "lanes",
    "neighbourhood",
    "reset_lanes",
    "take_turn",
]

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
        own = Counted(Lane.ACCOUNT, _digest(f"user:{user.pk}" if user else f"name:{_folded(name)}"), _key(user))
    return sorted([own, Counted(Lane.ADDRESS, neighbourhood(address(request)))], key=lambda one: (one.lane, one.key))


def reset_lanes(request: HttpRequest, email: str) -> list[Counted]:
    """What an asking for a link is counted by."""
    found = [Counted(Lane.RESET, _digest(_folded(email))), Counted(Lane.ADDRESS, neighbourhood(address(request)))]
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


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _key(user: User | None) -> int | None:
    return user.pk if user else None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
