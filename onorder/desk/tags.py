"""The atoms of the pages: dates as people say them, slack, money, states, icons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
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
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from lucide.templatetags.lucide import lucide

from onorder.rules.money import format_minor, format_whole
from onorder.wording import kept, numbers, refusals
from onorder.wording.dates import day_words, days_words, distance_words, in_full, locale, wait_words

register = template.Library()

#: What each state looks like: its word, its icon and the class of its colours.
STATES: Mapping[str, tuple[str, str, str]] = {
    "waiting": (gettext_noop("Waiting"), "clock", "waiting"),
    "on_order": (gettext_noop("On order"), "file-text", "order"),
    "allocated": (gettext_noop("Allocated"), "archive", "allocated"),
    "shipped": (gettext_noop("Shipped"), "truck", "shipped"),
    "cancelled": (gettext_noop("Cancelled"), "x", "closed"),
    "late": (gettext_noop("Late"), "triangle-alert", "late"),
    "draft": (gettext_noop("To approve"), "stamp", "waiting"),
    "queued": (gettext_noop("Leaves soon"), "hourglass", "waiting"),
    "sent": (gettext_noop("Sent, not confirmed"), "send", "order"),
    "confirmed": (gettext_noop("Confirmed"), "check", "order"),
    "part_received": (gettext_noop("Received in part"), "package-open", "allocated"),
    "closed": (gettext_noop("Received"), "check", "shipped"),
    "bounced": (gettext_noop("Bounced"), "triangle-alert", "late"),
    "rejected": (gettext_noop("Rejected"), "x", "late"),
    "due": (gettext_noop("Due now"), "alarm-clock", "late"),
    "held": (gettext_noop("Held"), "pause", "closed"),
    "full": (gettext_noop("Minimum reached"), "check", "shipped"),
    "filling": (gettext_noop("Filling"), "inbox", "quiet"),
    "ready": (gettext_noop("Ready to ship"), "package-check", "allocated"),
}


@cache
def icon_markup(name: str, size: int = 16) -> SafeString:
    """A line icon, silent for those who listen: the word beside it says what it means."""
    drawn = lucide(name, size=size, stroke_width="1.5", aria_hidden="true", focusable="false", **{"class": "icon"})
    return mark_safe(drawn.replace("\n", "").replace("  ", ""))


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    return icon_markup(str(name), size)


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


@register.simple_tag
def state(name: str, words: str = "") -> SafeString:
    """A state: icon, word, and a tint that is never alone."""
    word, picture, tint = STATES[name]
    return format_html('<span class="state {}">{}{}</span>', tint, icon_markup(picture), words or _(word))


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


@register.filter
def since(at: datetime) -> str:
    """How long ago: "11 days"."""
    return wait_words(timezone.now() - at)


@register.filter
def until(at: datetime) -> str:
    """How long from now: "2 days"; of what is over, nothing is left."""
    return wait_words(max(at - timezone.now(), timedelta(0)))


@register.filter
def until_words(at: datetime) -> str:
    """How long somebody has to wait, never less than they must: "3 minutes", "1 hour"."""
    left = max(at - timezone.now(), timedelta(0))
    return wait_words(max(timedelta(minutes=-(-left // timedelta(minutes=1))), timedelta(minutes=1)))


def slack_words(days: int) -> tuple[str, str]:
    """What is left between the expected and the promised day, and how bad that is: "", "soon" or "late".

    >>> slack_words(3), slack_words(0), slack_words(-2)
    (('3 days spare', ''), ('on the day', 'soon'), ('2 days late', 'late'))
    """
    if days < 0:
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}, "late"
    if days == 0:
        return _("on the day"), "soon"
    words = ngettext("%(n)s day spare", "%(n)s days spare", days) % {"n": days}
    return words, "soon" if days == 1 else ""


@register.simple_tag
def slack(days: int | None) -> str | SafeString:
    """Slack in words; late and tight ones with a sign."""
    if days is None:
        return format_html('<span class="muted">{}</span>', _("no date"))
    words, how = slack_words(days)
    if not how:
        return format_html('<span class="muted">{}</span>', words)
    picture = "triangle-alert" if how == "late" else "clock"
    return format_html('<span class="slack {}">{}{}</span>', how, icon_markup(picture), words)


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
def plain(minor: int | None, currency: str) -> str:
    """An amount as a form takes it: no sign, no groups, no currency.

    >>> plain(123450, "GBP"), plain(None, "GBP")
    ('1234.50', '')
    """
    return "" if minor is None else numbers.plain(minor, currency)


@register.filter
def said(words: str) -> str:
    """Words from below the desk, in the reader's language."""
    return refusals.said(words)


@register.filter
def kept_reason(why: str) -> str:
    """A reason that stands beside what happened."""
    return kept.kept_reason(why)


@register.filter
def number(value: float | None) -> str:
    """A count as the reader's locale groups it: "1,234"."""
    return "" if value is None else number_format(value, force_grouping=True)


@register.filter
def percent(share: float | None) -> str:
    """A share of one in words: "97 %". A dash for None.

    >>> percent(0.972).replace("\N{NO-BREAK SPACE}", " "), percent(None)
    ('97 %', '–')
    """
    return "–" if share is None else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


@register.filter
def share(part: float, whole: float) -> str:
    """A part of a whole as a length for SVG: "38.5%"; nothing is longer than all of it."""
    return f"{min(max(100 * part / whole, 0), 100):.2f}%" if whole else "0%"


#: The places in which units of an order can be, in the order of the goods.
PLACES = ("waiting", "on_order", "allocated", "shipped", "cancelled")


@register.simple_tag
def quantity(legend: bool = True, **units: int) -> SafeString:
    """Units by state as a stacked bar with its legend in words: `{% quantity waiting=2 shipped=1 %}`."""
    parts = [(place, units[place]) for place in PLACES if units.get(place)]
    whole = sum(few for _place, few in parts)
    said = ", ".join(f"{number(few)} {_(STATES[place][0]).lower()}" for place, few in parts)
    left, drawn = 0.0, []
    for place, few in parts:
        length = 100 * few / whole
        drawn.append((STATES[place][2], f"{left:.2f}%", f"{max(length - 0.6, 0.6):.2f}%"))
        left += length
    bars = format_html_join("", '<rect class="{}" x="{}" width="{}" height="8" rx="2"/>', drawn)
    words = format_html_join(
        "", '<li class="{}">{} {}</li>', ((STATES[p][2], number(n), _(STATES[p][0]).lower()) for p, n in parts)
    )
    bar = format_html('<svg class="quantity" height="8" width="100%" role="img" aria-label="{}">{}</svg>', said, bars)
    return format_html('{}<ul class="legend" aria-hidden="true">{}</ul>', bar, words) if legend else bar


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """This page's URL with other filters: `{% url_with show="held" %}`. An empty one goes; a new one begins at the
    first page."""
    asked = context["request"].GET.copy()
    asked.pop("after", None)
    for name, value in changes.items():
        if value in (None, ""):
            asked.pop(name, None)
        else:
            asked[name] = str(value)
    return f"?{asked.urlencode()}" if asked else context["request"].path


def _zone(context: Context | dict[str, Any]) -> ZoneInfo:
    """The zone of whoever looks; the shop's, if they chose none. Read once for a page, if at all."""
    own, shop = context.get("own"), context.get("shop")
    return ZoneInfo((own.time_zone if own else "") or (shop.time_zone if shop else "UTC"))
