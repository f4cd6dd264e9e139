"""The second factor: what an authenticator app is given, and whether a code is one of its own.

The secret in the app is made of a person's salt, which the database holds, and the server's key, which it does not: a
copy of the database gives no codes away. Recovery codes are kept as digests, and outlive a lost key.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.utils.crypto import salted_hmac

from onorder.models import Person
from onorder.rules import one_time

RECOVERY_CODES = 10
_SALT = "onorder.one-time-code"
_SECRET_BYTES = 20  # As long as the digest of HMAC-SHA-1 (RFC 4226, 4, R6).


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody puts into their authenticator: a picture to scan, or the key to type."""

    picture: str
    key: str


@dataclass(frozen=True, slots=True)
class Given:
    """A code that was right: the step of one from the app, or the digest of a recovery code, not used as yet."""

    step: int | None = None
    recovery: str = ""


def new_salt() -> str:
    return secrets.token_hex(32)


def new_recovery_codes() -> list[str]:
    """Ten of them, as they are shown, once."""
    return [
        one_time.written("".join(secrets.choice(one_time.ALPHABET) for _ in range(one_time.LENGTH)))
        for _ in range(RECOVERY_CODES)
    ]


def enrolment(salt: str, *, name: str, shop: str) -> Enrolment:
    """The secret of this salt as an app takes it. `shop` and `name` are what the app shows beside its codes."""
    key = b32encode(_secret(salt, settings.SECRET_KEY)).decode()
    issuer = shop.replace(":", " ").strip() or "OnOrder"
    asked = urlencode({"secret": key, "issuer": issuer}, quote_via=quote)
    address = f"otpauth://totp/{quote(issuer)}:{quote(name)}?{asked}"
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    return Enrolment(picture, " ".join(key[at : at + 4] for at in range(0, len(key), 4)))


def step_of(typed: str, salt: str, *, now: datetime, after: int = 0) -> int | None:
    """The step of a code from the app, or None. Keys that were the server's before still count."""
    code = digits(typed)
    steps = [
        one_time.matching_step(code, _secret(salt, key), now, after=after)
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return next((step for step in steps if step is not None), None)


def given(typed: str, person: Person, *, now: datetime) -> Given | None:
    """What somebody typed when asked for a code, if it is right; it may be one from the app or a recovery code."""
    if len(digits(typed)) == one_time.DIGITS == sum(c.isalnum() for c in typed):
        step = step_of(typed, person.code_salt, now=now, after=person.code_step)
        return Given(step=step) if step is not None else None
    recovery = one_time.digest(typed[:100])
    unused = person.recovery_codes.filter(digest=recovery, used_at__isnull=True)
    return Given(recovery=recovery) if unused.exists() else None


def digits(typed: str) -> str:
    """What of it is a digit: people type codes with a space in the middle."""
    return "".join(c for c in typed[:100] if c in "0123456789")


def _secret(salt: str, key: str) -> bytes:
    return salted_hmac(_SALT, salt, secret=key, algorithm="sha256").digest()[:_SECRET_BYTES]
