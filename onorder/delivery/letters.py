"""The form that every message has before it is text and HTML, and the words that all of them share."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import onorder
from onorder.errors import OnOrderError
from onorder.rules.money import format_minor
from onorder.wording.dates import written

_CATALOGUES = Path(onorder.__file__).parent / "locale"
_FALLBACK = "en_GB"
_YEAR_MATTERS_AFTER = 180  # Days; nearer, "Fri 5 December" is clear.


class NoSuchText(OnOrderError):
    code = "no_such_text"
    sentence = "There is no text for a message of the kind {kind}."
    remedy = "Write one, or do not queue it."


@dataclass(frozen=True, slots=True)
class Row:
    """`units` of one thing, what else is to be said of it, and what it costs. What is empty is left out."""

    units: str
    name: str
    sku: str = ""
    note: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a message says, in the order in which it says it.

    Args:
        lead: what happened, what is here, what comes when: the first lines, and what a mail program previews.
        sections: the same in full, line by line.
        sums: what it costs, (label, amount); the last one is the total.
        facts: (label, value), such as a tracking number.
        after: what the recipient can do.
    """

    subject: str
    greeting: str
    headline: str
    lead: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    sums: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    after: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Words:
    """Days, money and numbers as the reader writes them. `today`: the day from which days are seen."""

    locale: Locale
    today: date

    def day(self, on: date) -> str:
        """ "Fri 5 December", with its year only where it is far away.

        >>> from babel import Locale
        >>> words = Words(Locale("en", "GB"), date(2025, 12, 1))
        >>> words.day(date(2025, 12, 5)), words.day(date(2026, 12, 4))
        ('Fri 5 December', 'Fri 4 December 2026')
        """
        far = abs((on - self.today).days) > _YEAR_MATTERS_AFTER
        return written(on, self.locale, with_year=far, long=True)

    def long_day(self, on: date) -> str:
        """ "5 December 2026", for documents that are kept."""
        return format_date(on, "long", locale=self.locale)

    def money(self, minor: int, currency: str) -> str:
        return format_minor(minor, currency, str(self.locale))

    def units(self, units: int) -> str:
        return str(format_decimal(units, locale=self.locale))

    def things(self, units: int) -> str:
        return ngettext("%(units)s item", "%(units)s items", units) % {"units": self.units(units)}

    def by(self, days: Collection[date | None]) -> str:
        """When the last of several things ships: "by" a day, that nobody knows yet, or that the day has gone by."""
        known = [day for day in days if day]
        if len(known) < len(days) or not known:
            return _("on a day that we will tell you as soon as we know it")
        if max(known) < self.today:
            return _("later than %(day)s, as we told you; we will tell you the new day") % {"day": self.day(max(known))}
        return _("by %(day)s") % {"day": self.day(max(known))}


@contextmanager
def speaking(languages: Sequence[str], today: date) -> Iterator[Words]:
    """Inside, texts are in the first of these languages that they exist in; days and money follow the same one.

    A message is in one language throughout: who asked for one that there are no texts in gets English, with the days
    and amounts of English as it is written where they live.

    Args:
        languages: locale names, the most wanted first ("de", "pt_BR", "en-GB"); unknown and empty ones are passed over.
    """
    known = [locale for name in languages if (locale := _locale(name))]
    spoken = next((locale for locale in known if _has_texts(locale)), None)
    if spoken is None:
        territory = known[0].territory if known else None
        spoken = (_locale(f"en_{territory}") if territory else None) or Locale.parse(_FALLBACK)
    with translation.override(str(spoken).replace("_", "-").lower()):
        yield Words(spoken, today)


def _locale(name: str) -> Locale | None:
    try:
        locale = Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    return Locale.parse(_FALLBACK) if str(locale) == "en" else locale


def _has_texts(locale: Locale) -> bool:
    return locale.language == "en" or (_CATALOGUES / locale.language / "LC_MESSAGES" / "django.mo").exists()


#: Marks that turn the direction of a text, with which a name could dress up as another; and what is no character.
_UNWANTED = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff")


def clean(text: str) -> str:
    """One line of it: line breaks and runs of space become one space, control characters go.

    Nothing from outside can start a new header, hide a second line or break the XML of a template.

    >>> clean("Ann\\r\\nBcc: eve@example.org")
    'Ann Bcc: eve@example.org'
    """
    kept = (" " if c.isspace() else c for c in text if c.isspace() or _is_visible(c))
    return " ".join("".join(kept).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """The lines of an address that have something in them, each clean."""
    return tuple(line for raw in text.splitlines() if (line := clean(raw)))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _UNWANTED
