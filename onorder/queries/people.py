"""Who works here, as what, where they are logged in, and who has to wait before trying again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.db.models.query import QuerySet

from onorder.errors import NotFound
from onorder.models import Event, Guesses, RecoveryCode, Session
from onorder.rules.entering import Lane, Role

_UNUSABLE = "!"
_MOST_EVENTS = 30


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who works here, or did. `has_joined`: they have chosen a password."""

    username: str
    name: str
    email: str
    roles: tuple[Role, ...]
    is_active: bool
    has_joined: bool
    has_codes: bool
    sessions: int
    last_login: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that somebody is logged in with. `key` must never leave the server."""

    key: str
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class LockoutRow:
    """A pause after too many failures. `name` is whose account it is, empty if nobody here has that name."""

    id: int
    lane: Lane
    name: str
    address: str
    failures: int
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that was done to, or by, a person's account."""

    kind: str
    at: datetime
    by: str
    data: Mapping[str, Any]


def people(*, now: datetime) -> list[PersonRow]:
    """Everybody, those who may log in first. Two statements."""
    return [_row(user) for user in _users(now).order_by("-is_active", "first_name", "username")]


def person(username: str, *, now: datetime) -> tuple[int, PersonRow]:
    """Somebody by their login name, with their key. Two statements.

    Raises:
        NotFound: nobody has it.
    """
    user = _users(now).filter(username=username).first()
    if user is None:
        raise NotFound(what="person", name=username)
    return user.pk, _row(user)


def sessions(user: int, *, now: datetime) -> list[SessionRow]:
    """Where somebody is logged in, where they were seen last first. One statement."""
    rows = Session.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at", "session_key")
    columns = ("session_key", "browser", "address", "began_at", "seen_at")
    return [SessionRow(*row) for row in rows.values_list(*columns)]


def recovery_codes_left(user: int) -> int:
    """Recovery codes that were not used yet. One statement."""
    return RecoveryCode.objects.filter(person__user=user, used_at__isnull=True).count()


def lockouts(*, now: datetime) -> list[LockoutRow]:
    """Who has to wait, and until when. One statement."""
    rows = Guesses.objects.filter(until_at__gt=now).select_related("user").order_by("-until_at", "pk")
    return [
        LockoutRow(
            id=row.pk,
            lane=Lane(row.lane),
            name=(row.user.get_full_name() or row.user.username) if row.user else "",
            address=row.key if row.lane == Lane.ADDRESS else "",
            failures=row.failures,
            until_at=row.until_at,
        )
        for row in rows
        if row.until_at
    ]


def history(user: int) -> list[Happened]:
    """What was done to somebody's account, the newest first; the last thirty. One statement."""
    events = Event.objects.filter(subject=f"person:{user}").order_by("-pk")
    return [Happened(*row) for row in events.values_list("kind", "at", "by", "data")[:_MOST_EVENTS]]


def _users(now: datetime) -> QuerySet[User]:
    live = Count("sessions", filter=Q(sessions__expire_date__gt=now), distinct=True)
    return User.objects.select_related("person").prefetch_related("groups").annotate(live=live)


def _row(user: Any) -> PersonRow:
    names = {group.name for group in user.groups.all()} | ({"owner"} if user.is_superuser else set())
    known = getattr(user, "person", None)
    return PersonRow(
        username=user.username,
        name=user.get_full_name() or user.username,
        email=user.email,
        roles=tuple(role for role in Role if role in names),
        is_active=user.is_active,
        has_joined=not user.password.startswith(_UNUSABLE),
        has_codes=bool(known and known.code_salt),
        sessions=user.live,
        last_login=user.last_login,
    )
