"""The form that every message has before it is text and HTML, and the words that all of them share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
from onorder.rules.wording import Texts, filled
from onorder.rules.wording import clean as clean
from onorder.rules.wording import clean_lines as clean_lines
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
        opening: what happened. A shop may say it in its own words; it may be empty.
        state: what is here, and what comes when: what no words of the shop replace.
        sections: the same in full, line by line.
        sums: what it costs, (label, amount); the last one is the total.
        facts: (label, value), such as a tracking number.
        after: what the recipient can do.
        about: the order, by its name for people: it stands on top, whatever the subject says.
        link, link_says: the address at which its recipient follows it, or answers; empty if there is none.
        is_bad_news: it is shown in the colour of warnings.
        what: what it is about, in a few words that go on after the order's name.
        parts: where it tells several things, a letter for each; of these the greeting and the last lines are not read.
    """

    subject: str
    greeting: str
    headline: str
    opening: str
    state: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    sums: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    after: tuple[str, ...]
    signature: str
    about: str
    is_bad_news: bool = False
    link: str = ""
    link_says: str = ""
    what: str = ""
    parts: tuple[Letter, ...] = ()

    @property
    def lead(self) -> str:
        """The first lines, and what a mail program previews."""
        return f"{self.opening} {self.state}".strip()


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


def worded(letter: Letter, own: Texts, values: Mapping[str, str]) -> Letter:
    """The letter in the shop's own words, where it has them and every value that they name."""
    said = {part: text for part in ("subject", "headline", "opening") if (text := filled(getattr(own, part), values))}
    closing = filled(own.closing, values)
    return replace(letter, **said, **({"after": tuple(closing.split("\n"))} if closing else {}))  # type: ignore[arg-type]


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


def languages() -> list[str]:
    """The languages that messages can be in: English, and those that there are texts in."""
    others = {path.parent.parent.name for path in _CATALOGUES.glob("*/LC_MESSAGES/django.mo")}
    return ["en", *sorted(others - {"en"})]


def _locale(name: str) -> Locale | None:
    try:
        locale = Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    return Locale.parse(_FALLBACK) if str(locale) == "en" else locale


def _has_texts(locale: Locale) -> bool:
    return locale.language == "en" or (_CATALOGUES / locale.language / "LC_MESSAGES" / "django.mo").exists()
