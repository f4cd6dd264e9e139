"""Fields of files as typed values; what cannot be read raises ValueError with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from onorder.errors import Phrase

E = TypeVar("E", bound=StrEnum)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def units(least: int) -> Callable[[str], int]:
    """Whole units, at least so many."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < least:
            raise ValueError(
                Phrase("{text!r} is not a whole number from {least}: write it in digits", text=text, least=least)
            )
        return int(text)

    return parse


def instant(zone: ZoneInfo) -> Callable[[str], datetime]:
    """A date and time in ISO form; without an offset it is the shop's wall time."""

    def parse(text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        except ValueError:
            raise ValueError(Phrase("{text!r} is not a time: write 2026-03-02T09:30:00", text=text)) from None
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)

    return parse


def wall_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(Phrase("{text!r} is not a time of day: write 17:00", text=text)) from None


def weekdays(text: str) -> str:
    """Days of the week as digits: "Mon-Fri", "Tue,Thu" or "Mon Wed"."""
    found: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().lower()):
        first, dash, last = part.partition("-")
        try:
            begin = _DAYS.index(first[:3])
            end = _DAYS.index(last[:3]) if dash else begin
        except ValueError:
            raise ValueError(
                Phrase("{text!r} are not days of the week: write Mon-Fri, or Tue,Thu", text=text)
            ) from None
        found |= set(range(begin, end + 1)) if begin <= end else set(range(begin, 7)) | set(range(end + 1))
    return "".join(str(day) for day in sorted(found))


def yes_or_no(text: str) -> bool:
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    if text.lower() in ("no", "n", "false", "0"):
        return False
    raise ValueError(Phrase("{text!r} is neither yes nor no", text=text))


def one_of(words: type[E]) -> Callable[[str], E]:
    def parse(text: str) -> E:
        try:
            return words(text.lower().replace(" ", "_"))
        except ValueError:
            raise ValueError(Phrase("{text!r} is none of {words}", text=text, words=", ".join(words))) from None

    return parse
