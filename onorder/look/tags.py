"""The atoms that every page of ours shares: icons, days, money, numbers, files marked with their contents."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django import template
from django.contrib.staticfiles import finders
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from onorder.rules.money import format_minor, format_whole
from onorder.wording.dates import day_words, days_words, distance_words, in_full, locale, unbroken

register = template.Library()
register.filter(unbroken)


@cache
def icon_markup(name: str, size: int = 16) -> SafeString:
    """A line icon, silent for those who listen: the word beside it says what it means."""
    drawn = lucide(name, size=size, stroke_width="1.5", aria_hidden="true", focusable="false", **{"class": "icon"})
    return mark_safe(drawn.replace("\n", "").replace("  ", ""))


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    return icon_markup(str(name), size)


@register.simple_tag
def chip(tint: str, picture: str, words: str) -> SafeString:
    """A state: icon, word, and a tint that is never alone."""
    return format_html('<span class="state {}">{}{}</span>', tint, icon_markup(picture), words)


@register.simple_tag
def qr(text: str, name: str) -> SafeString:
    """A code that a scanner reads as `text`; `name` is what those hear who cannot see it.

    >>> "<svg" in qr("10482", "Order 10482")
    True
    """
    code = segno.make_qr(text, error="m")  # Never a micro code: most scanners of a shop do not read one.
    drawn = code.svg_inline(scale=3, border=2, svgclass="qr", lineclass=None, dark="#000", light="#fff", title=name)
    return mark_safe(drawn.replace("<svg ", '<svg role="img" ', 1))


@register.simple_tag
@cache
def asset(name: str) -> str:
    """The address of a static file, marked with its contents: a browser keeps it until it changes."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    mark = sha256(Path(found).read_bytes()).hexdigest()[:10]
    return f"{static(name)}?{mark}"


@register.simple_tag(takes_context=True)
def days(context: Context, first: date | None, last: date | None) -> str:
    """The days between two, seen from today in the shop."""
    return days_words(first, last, timezone.now().astimezone(_zone(context)).date())


@register.simple_tag(takes_context=True)
def on_day(context: Context, on: date | None, distance: bool = False, hour: bool = True) -> str | SafeString:
    """A day, or an instant as the day of the shop that it falls on; the exact one on hover. Nothing for None.

    `distance` adds how far away it is; `hour` says of an instant the time of day, too.
    """
    if on is None:
        return ""
    at, zone = on, _zone(context)
    today = timezone.now().astimezone(zone).date()
    time = ""
    if isinstance(on, datetime):
        local = on.astimezone(zone)
        on, time = local.date(), f" {local:%H:%M}" if hour else ""
    beside = format_html(' <small class="muted">{}</small>', distance_words(on, today)) if distance else ""
    title = in_full(on) + time
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>{}', at.isoformat(), title, day_words(on, today), time, beside
    )


@register.simple_tag
def money(minor: int | None, currency: str, signed: bool = False) -> str:
    """An amount in minor units as the reader's locale writes it; `signed` says of a difference which way it goes.

    >>> money(123456, "GBP"), money(-250, "GBP", signed=True), money(250, "GBP", signed=True)
    ('£1,234.56', '−£2.50', '+£2.50')
    """
    if minor is None:
        return ""
    said = format_minor(abs(minor) if signed else minor, currency, str(locale()))
    return ("+" if minor > 0 else "−" if minor < 0 else "") + said if signed else said


@register.simple_tag
def whole_money(minor: int, currency: str) -> str:
    """An amount without its cents, where a figure is looked at and not paid.

    >>> whole_money(51027022, "GBP"), whole_money(-250, "EUR")
    ('£510,270', '-€2')
    """
    return format_whole(minor, currency, str(locale()))


@register.filter
def number(value: float | None) -> str:
    """A count as the reader's locale groups it: "1,234"."""
    return "" if value is None else number_format(value, force_grouping=True)


def _zone(context: Context | dict[str, Any]) -> ZoneInfo:
    """The zone of whoever looks; the shop's, if they chose none. Read once for a page, if at all."""
    own, shop = context.get("own"), context.get("shop")
    return ZoneInfo((own.time_zone if own else "") or (shop.time_zone if shop else "UTC"))
