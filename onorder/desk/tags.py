"""The atoms of the desk, beside those that every page shares: slack, states, quantities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from babel.numbers import format_percent
from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.look import tags as look
from onorder.look.tags import icon_markup as icon_markup
from onorder.look.tags import money as money
from onorder.look.tags import number as number
from onorder.wording import kept, numbers, refusals
from onorder.wording.dates import locale, wait_words

register = template.Library()
register.tags |= look.register.tags
register.filters |= look.register.filters

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


@register.simple_tag
def state(name: str, words: str = "") -> SafeString:
    """A state: icon, word, and a tint that is never alone."""
    word, picture, tint = STATES[name]
    return look.chip(tint, picture, words or _(word))


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
def percent(share: float | None) -> str:
    """A share of one as the reader's locale writes it: "97%". A dash for None.

    >>> percent(0.972), percent(None)
    ('97%', '–')
    """
    return "–" if share is None else str(format_percent(share, locale=locale()))


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
