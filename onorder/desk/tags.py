"""Template filters of the desk: dates as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def day(at: datetime, zone: str) -> str:
    """An instant as "Fri 5 Dec 17:00", in this zone; "today 17:00" if it is today."""
    local, now = at.astimezone(ZoneInfo(zone)), timezone.now().astimezone(ZoneInfo(zone))
    days = (local.date() - now.date()).days
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return f"{names.get(days, f'{local:%a} {local.day} {local:%b}')} {local:%H:%M}"
