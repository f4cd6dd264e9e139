"""One-time codes: what an authenticator app shows now (TOTP), and recovery codes for when it is lost."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

DIGITS: Final = 6
SECONDS: Final = 30
#: Codes of the step before and after count, too: clocks differ, and typing takes time.
AROUND: Final = 1
#: Without characters that look alike. 15 of them are 74 bits: nobody guesses one, not even from its digest.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH: Final = 15


def step_at(now: datetime) -> int:
    """The time step that this instant lies in (RFC 6238, 4.2)."""
    return int(now.timestamp()) // SECONDS


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """What an authenticator shows in this step: HMAC-SHA-1, dynamically truncated (RFC 4226, 5.3).

    >>> code(b"12345678901234567890", 59 // 30, digits=8)  # RFC 6238, appendix B
    '94287082'
    """
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(typed: str, secret: bytes, now: datetime, *, after: int) -> int | None:
    """The step that this code is of; None if it is of none about now, or of none after the last one that was used.

    A code counts once: who sees it being typed cannot use it again (RFC 6238, 5.2). It takes as long for a wrong one.
    """
    here = step_at(now)
    found = None
    for step in range(here - AROUND, here + AROUND + 1):
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()) and step > after:
            found = step
    return found


def written(recovery: str) -> str:
    """A recovery code as it is shown.

    >>> written("23456789ABCDEFG")
    '23456-789AB-CDEFG'
    """
    return "-".join(recovery[at : at + 5] for at in range(0, len(recovery), 5))


def digest(recovery: str) -> str:
    """What is kept of a recovery code, however it is typed.

    >>> digest("23456-789AB-CDEFG") == digest(" 23456 789ab cdefg")
    True
    """
    return sha256("".join(c for c in recovery.upper() if c.isalnum()).encode()).hexdigest()
