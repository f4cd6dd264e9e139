"""What happened to something, as the events say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onorder.models import Event


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: what, when, by whom, why, and the figures of it."""

    id: int
    kind: str
    at: datetime
    by: str
    why: str
    data: Mapping[str, Any]


def happened(subjects: Collection[str], *, after: int = 0, most: int | None = None) -> list[Happened]:
    """What happened to these ("order:17") after the event `after`, the newest first; at most so many. One statement."""
    events = Event.objects.filter(subject__in=subjects, pk__gt=after).order_by("-pk")
    return [Happened(*row) for row in events.values_list("pk", "kind", "at", "by", "why", "data")[:most]]
