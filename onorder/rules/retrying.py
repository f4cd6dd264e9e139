"""How often, and after which pauses, something is tried again that failed for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST_ATTEMPTS: Final = 12
LONGEST_PAUSE: Final = timedelta(hours=6)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 2, 4, 8 ... minutes, at most six hours.

    >>> [str(pause(attempts)) for attempts in (1, 2, 8, 9)]
    ['0:02:00', '0:04:00', '4:16:00', '6:00:00']
    """
    return min(timedelta(minutes=2 ** min(attempts, 16)), LONGEST_PAUSE)
