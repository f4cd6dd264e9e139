"""What becomes of guessing: an attempt takes its turn before anything is looked at, so that many at once gain nothing.

Counted in the database, so that all processes count together. A browser that somebody logged in with before carries a
signed cookie and is counted by itself: who guesses at a name from elsewhere locks only strangers out.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse

from onorder.desk.sessions import address
from onorder.models import Guesses
from onorder.rules.entering import FORGOTTEN_AFTER, Lane, pause

_COOKIE = "known"
_COOKIE_AGE = 400 * 24 * 3600
_IPV6_HOUSEHOLD = 64  # Bits: one customer of a provider has all addresses behind them.


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """One of the counts that an attempt is part of."""

    lane: Lane
    key: str
    user: int | None = None


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


def take_turn(counted: Sequence[Counted], now: datetime) -> datetime | None:
    """Count an attempt as a failure, before it is looked at; or say from when on there may be one.

    An attempt during a pause is not looked at, counts nothing and makes no pause longer.
    """
    with transaction.atomic(durable=True):
        rows = _locked(counted, now)
        until = max((row.until_at for row in rows if row.until_at and row.until_at > now), default=None)
        if until:
            return until
        for row in rows:
            row.failures = 1 if row.last_at < now - FORGOTTEN_AFTER else row.failures + 1
            wait = pause(row.failures, Lane(row.lane))
            row.last_at, row.until_at = now, now + wait if wait else None
        Guesses.objects.bulk_update(rows, ["failures", "last_at", "until_at"])
    return None


def give_back(counted: Iterable[Counted]) -> None:
    """It was no failure after all: the turn is taken back."""
    Guesses.objects.filter(_any(counted), failures__gt=0).update(failures=F("failures") - 1, until_at=None)


def forgive(counted: Sequence[Counted], now: datetime) -> None:
    """Somebody logged in: what they mistyped is forgotten, and of the address this turn."""
    Guesses.objects.filter(_any(one for one in counted if one.lane != Lane.ADDRESS)).delete()
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


def neighbourhood(peer: str) -> str:
    """An address as it is counted: of IPv6, the whole network that one customer is given.

    >>> neighbourhood("192.0.2.7"), neighbourhood("2001:db8:1:2:3::9")
    ('192.0.2.7', '2001:db8:1:2::')
    """
    try:
        known = ip_address(peer)
    except ValueError:
        return peer[:64]
    return str(known) if known.version == 4 else str(ip_network((known, _IPV6_HOUSEHOLD), strict=False).network_address)


def _known_browser(request: HttpRequest, user: User | None) -> str:
    signed = request.get_signed_cookie(_COOKIE, default="", salt=_COOKIE, max_age=_COOKIE_AGE) or ""
    owner, _, nonce = signed.partition(":")
    return nonce if user is not None and owner == str(user.pk) else ""


def _locked(counted: Sequence[Counted], now: datetime) -> list[Guesses]:
    Guesses.objects.bulk_create(
        (Guesses(lane=one.lane, key=one.key, user_id=one.user, last_at=now) for one in counted), ignore_conflicts=True
    )
    return list(Guesses.objects.select_for_update(no_key=True).filter(_any(counted)).order_by("lane", "key"))


def _any(counted: Iterable[Counted]) -> Q:
    wanted = Q(pk__in=())
    for one in counted:
        wanted |= Q(lane=one.lane, key=one.key)
    return wanted


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _key(user: User | None) -> int | None:
    return user.pk if user else None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
