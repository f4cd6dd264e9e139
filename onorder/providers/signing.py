"""Whether a request comes from the provider: its signature over the raw body and the second in which it was sent."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from onorder.providers.provider import NotSigned

#: Seconds between the provider's clock and ours. Whoever repeats an old request comes later.
TOLERANCE = 300
_MOST_SIGNATURES = 8


def check(body: bytes, header: str, secrets: Iterable[str], now: datetime) -> None:
    """Pass for a body that was signed with one of these secrets just now: "t=1492774577,v1=5257a8...".

    Raises:
        NotSigned: it was not, or not now.
    """
    parts = [part.strip().partition("=") for part in header[:4_000].split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"][:_MOST_SIGNATURES]
    stamp = stamps[0] if len(stamps) == 1 and stamps[0].isascii() and stamps[0].isdecimal() else ""
    if not stamp or len(stamp) > 12 or abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise NotSigned("no time, or not the time")
    expected = [signature(body, stamp, secret) for secret in secrets]
    if not any(hmac.compare_digest(one.encode(), given.encode()) for one in expected for given in signatures):
        raise NotSigned("no signature of theirs")


def signature(body: bytes, stamp: str, secret: str) -> str:
    """The signature of a body that was sent in this second.

    >>> signature(b"{}", "1", "whsec_test")[:12]
    '7500d5d4be4b'
    """
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
