"""Those who work at the desk: how each likes it, how they log in, where they are logged in, and who guesses."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from onorder.models._fields import knows, state_field
from onorder.rules.entering import Lane


class Person(models.Model):
    """What the desk knows of a user beside their name and password. Who has never chosen anything has no row.

    `code_salt` makes, together with the server's key, the secret that their authenticator app holds; so the database
    alone gives no codes away. Empty: they log in with the password alone.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="person")
    language = models.CharField(max_length=16, blank=True)  # Empty: what the browser asks for.
    time_zone = models.CharField(max_length=64, blank=True)  # Empty: the shop's.
    theme = models.CharField(max_length=5, blank=True)  # Empty: what the system says.
    has_keys = models.BooleanField(default=True)  # One-key shortcuts (WCAG 2.1.4).

    code_salt = models.CharField(max_length=64, blank=True)
    code_since = models.DateTimeField(null=True)
    code_step = models.BigIntegerField(default=0)  # The last one that was used: a code counts once.

    class Meta:
        constraints = [
            CheckConstraint(
                name="person_code_has_a_beginning",
                condition=Q(code_salt="", code_since__isnull=True) | ~Q(code_salt="") & Q(code_since__isnull=False),
            ),
        ]


class RecoveryCode(models.Model):
    """Lets a person in once without their authenticator. Only a digest of it is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [UniqueConstraint(name="recovery_code_is_one_of_a_kind", fields=["person", "digest"])]


class Session(AbstractBaseSession):
    """A browser that somebody is logged in with, or about to be. Whoever deletes the row ends it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=300, blank=True)  # As it names itself.

    objects: ClassVar[BaseSessionManager[Session]] = BaseSessionManager()  # type: ignore[assignment]


class Guesses(models.Model):
    """Failures in a row to log in: by name, by browser or by address. Those that cost a pause are a lockout.

    Names are kept as digests, for people type their passwords into the wrong field; `user` says who it is.
    """

    lane = state_field(Lane)
    key = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)  # No attempt is looked at before.

    class Meta:
        constraints = [
            knows("guesses_lane_is_known", "lane", Lane),
            UniqueConstraint(name="guesses_are_counted_once", fields=["lane", "key"]),
        ]
        indexes = [
            # Who has to wait now: onorder.queries.people.lockouts.
            Index(name="guesses_waiting", fields=["until_at"], condition=Q(until_at__isnull=False)),
        ]
