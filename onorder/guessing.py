"""What becomes of guessing: an attempt takes its turn before anything is looked at, so that many at once gain nothing.

Counted in the database, so that all processes count together. What is counted, and by what, each entrance says itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest

from onorder.models import Guesses
from onorder.rules.entering import Lane, forgotten_after, pause

_IPV6_HOUSEHOLD = 64  # Bits: one customer of a provider has all addresses behind them.


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """One of the counts that an attempt is part of."""

    lane: Lane
    key: str
    user: int | None = None


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
            row.failures = 1 if row.last_at < now - forgotten_after(Lane(row.lane)) else row.failures + 1
            wait = pause(row.failures, Lane(row.lane))
            row.last_at, row.until_at = now, now + wait if wait else None
        Guesses.objects.bulk_update(rows, ["failures", "last_at", "until_at"])
    return None


def give_back(counted: Iterable[Counted]) -> None:
    """It was no failure after all: the turn is taken back."""
    Guesses.objects.filter(any_of(counted), failures__gt=0).update(failures=F("failures") - 1, until_at=None)


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


def address(request: HttpRequest) -> str:
    """Where a request comes from: the peer that the web server accepted, never a header that anybody can write."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def folded(name: str) -> str:
    """A name as it is counted, however it is written."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def digest(text: str) -> str:
    """What is kept instead of a name."""
    return sha256(text.encode()).hexdigest()


def _locked(counted: Sequence[Counted], now: datetime) -> list[Guesses]:
    Guesses.objects.bulk_create(
        (Guesses(lane=one.lane, key=one.key, user_id=one.user, last_at=now) for one in counted), ignore_conflicts=True
    )
    return list(Guesses.objects.select_for_update(no_key=True).filter(any_of(counted)).order_by("lane", "key"))


def any_of(counted: Iterable[Counted]) -> Q:
    """The rows of these counts."""
    wanted = Q(pk__in=())
    for one in counted:
        wanted |= Q(lane=one.lane, key=one.key)
    return wanted
