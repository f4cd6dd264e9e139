"""Days and how long things take, as people say them; days are written as the reader's locale does."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from babel import Locale
from babel.dates import format_date
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

#: The stop of an abbreviation, as in "Dez."; that of "5." says that it is the fifth.
_ABBREVIATED: Final = re.compile(r"(?<=[^\W\d])\.")
#: "10 to 21", of which the month stands once; and the spaces within "Tue 17 Mar 2026".
_ONE_MONTH: Final = re.compile(r"(?<!\d)(\d{1,2}\.?) ([a-z]+) (?=\d)")
_IN_A_DAY: Final = re.compile(r"(?<=[\d.]) (?=[A-Z])| (?=\d{4}\b)|(?<=\b[A-Z]\w) (?=\d)|(?<=\b[A-Z]\w[\w.]) (?=\d)")


def locale() -> Locale:
    """How the reader writes days and numbers; of English, as in Britain unless somebody says otherwise."""
    name = to_locale(get_language() or "en")
    return Locale.parse("en_GB" if name == "en" else name)


def day_words(on: date, today: date) -> str:
    """A day as people say it, seen from `today`: "Fri 5 Dec", with the year where it is another.

    >>> day_words(date(2026, 12, 5), date(2026, 11, 23)), day_words(date(2027, 1, 4), date(2026, 11, 23))
    ('Sat 5 Dec', 'Mon 4 Jan 2027')
    """
    return written(on, locale(), with_year=on.year != today.year)


def days_words(first: date | None, last: date | None, today: date) -> str:
    """The days between two, as customers are told them: "Thu 4 to Sat 6 Dec"; one day where that is all that is known.

    >>> days_words(date(2026, 12, 4), date(2026, 12, 7), date(2026, 11, 23))
    'Fri 4 to Mon 7 Dec'
    >>> days_words(date(2026, 11, 30), date(2026, 12, 2), date(2026, 11, 23)), days_words(
    ...     date(2026, 12, 9), date(2026, 12, 4), date(2026, 11, 23)
    ... )
    ('Mon 30 Nov to Wed 2 Dec', 'Wed 9 Dec')
    """
    if first is None or last is None or first >= last:
        only = first or last
        return day_words(only, today) if only else ""
    begins = day_words(first, today)
    if (first.year, first.month) == (last.year, last.month):
        begins = _short(first, locale().datetime_skeletons["Ed"].pattern, locale())
    return _("%(first)s to %(last)s") % {"first": begins, "last": day_words(last, today)}


def span_words(first: date, last: date, today: date) -> str:
    """The days between two in a sentence for customers: "3 to 7 December"; one day where it is one.

    The year where it is another.

    >>> today = date(2026, 11, 23)
    >>> span_words(date(2026, 12, 3), date(2026, 12, 7), today)
    '3 to 7 December'
    >>> span_words(date(2026, 11, 30), date(2026, 12, 2), today)
    '30 November to 2 December'
    >>> span_words(date(2026, 12, 4), date(2026, 12, 4), today), span_words(date(2027, 1, 4), date(2027, 1, 8), today)
    ('Fri 4 Dec', '4 to 8 January 2027')
    """
    if first >= last:
        return day_words(last, today)
    here = locale()
    of_day = whole = here.datetime_skeletons["MMMMd"].pattern
    if last.year != today.year:
        whole = here.datetime_skeletons["yMMMM"].pattern.replace("LLLL", "MMMM").replace("MMMM", of_day)
    is_one_month = (first.year, first.month) == (last.year, last.month)
    if not is_one_month:
        begins, ends = whole if first.year != last.year else of_day, whole
    elif of_day.startswith("M"):
        begins, ends = of_day, whole.replace("MMMM", "").strip()
    else:
        begins, ends = of_day.replace("MMMM", "").strip(), whole
    said = {"first": format_date(first, begins, locale=here), "last": format_date(last, ends, locale=here)}
    return _("%(first)s to %(last)s") % said


def unbroken(days: str) -> str:
    """Days as they stand in a line of large letters: none is broken over two lines, nor are days of one month.

    >>> unbroken("Tue 17 Mar to Wed 1 Apr").split(" ")
    ['Tue\\xa017\\xa0Mar', 'to', 'Wed\\xa01\\xa0Apr']
    >>> unbroken("arrives 10 to 21 December").split(" "), unbroken("21 December 2026 to 6 January 2027").split(" ")
    (['arrives', '10\\xa0to\\xa021\\xa0December'], ['21\\xa0December\\xa02026', 'to', '6\\xa0January\\xa02027'])
    """
    of_one_month = _ONE_MONTH.sub("\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}", days)
    return _IN_A_DAY.sub("\N{NO-BREAK SPACE}", of_one_month)


def written(on: date, locale: Locale, *, with_year: bool, long: bool = False) -> str:
    """A day with its day of the week, in the order of a locale; `long`: the month in full.

    >>> on = date(2026, 12, 5)
    >>> written(on, Locale("de"), with_year=False), written(on, Locale("en", "US"), with_year=True)
    ('Sa 5. Dez', 'Sat, Dec 5, 2026')
    """
    pattern = locale.datetime_skeletons["yMMMEd" if with_year else "MMMEd"].pattern
    if long:
        pattern = pattern.replace("LLL", "LLLL").replace("MMM", "MMMM")
    return _short(on, pattern, locale)


def _short(on: date, pattern: str, locale: Locale) -> str:
    """A day as part of a sentence.

    The comma after the day of the week goes where it stands before a number: "Fr 5. Dez" is one thing. So do the stops
    of abbreviations: a sentence that ended with "Dez." would have two.
    """
    return _ABBREVIATED.sub("", format_date(on, pattern.replace(", d", " d", 1), locale=locale))


def in_full(on: date) -> str:
    """A day with everything: "Saturday, 5 December 2026"."""
    return str(format_date(on, "full", locale=locale()))


def distance_words(on: date, today: date) -> str:
    """How far away a day is: "in 9 days", "today", "2 days ago".

    >>> distance_words(date(2026, 12, 2), date(2026, 11, 23)), distance_words(date(2026, 11, 22), date(2026, 11, 23))
    ('in 9 days', 'yesterday')
    """
    days = (on - today).days
    if -1 <= days <= 1:
        return (_("yesterday"), _("today"), _("tomorrow"))[days + 1]
    if days > 0:
        return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}
    return ngettext("%(n)s day ago", "%(n)s days ago", -days) % {"n": -days}


def wait_words(waited: timedelta) -> str:
    """How long something has waited: "11 days", "3 hours", "12 minutes".

    >>> wait_words(timedelta(days=11, hours=3)), wait_words(timedelta(hours=1)), wait_words(timedelta(seconds=5))
    ('11 days', '1 hour', '0 minutes')
    """
    if waited >= timedelta(days=1):
        return ngettext("%(n)s day", "%(n)s days", waited.days) % {"n": waited.days}
    hours = int(waited.total_seconds() // 3600)
    if hours:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    minutes = max(int(waited.total_seconds() // 60), 0)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
