"""Days and amounts as the reader's locale writes them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from onorder.wording.dates import day_words, in_full, wait_words
from onorder.wording.numbers import plain, typed_minor

TODAY = date(2025, 11, 23)


@pytest.mark.parametrize(
    ("language", "this_year", "another", "in_words"),
    [
        ("en-gb", "Fri 5 Dec", "Mon 4 Jan 2027", "Friday, 5 December 2025"),
        ("en-us", "Fri, Dec 5", "Mon, Jan 4, 2027", "Friday, December 5, 2025"),
        ("de", "Fr. 5. Dez", "Mo. 4. Jan. 2027", "Freitag, 5. Dezember 2025"),
        ("fr", "ven. 5 d\N{LATIN SMALL LETTER E WITH ACUTE}c", "lun. 4 janv. 2027", None),
    ],
)
def test_a_day_is_written_as_the_reader_writes_it(language, this_year, another, in_words):
    with override(language):
        assert day_words(date(2025, 12, 5), TODAY) == this_year
        assert day_words(date(2027, 1, 4), TODAY) == another
        assert in_words is None or in_full(date(2025, 12, 5)) == in_words


def test_without_a_language_days_are_british():
    with override(None):
        assert day_words(date(2025, 12, 5), TODAY) == "Fri 5 Dec"
        assert wait_words(timedelta(days=1)) == "1 day"


@pytest.mark.parametrize(
    ("language", "text", "minor"),
    [
        ("en-gb", "7.95", 795),
        ("en-gb", "1234.50", 123450),
        ("de", "7,95", 795),
        ("de", " 1.234,50 ", 123450),
        ("de", "1234,5", 123450),
        ("de", "1.234.567,00", 123456700),
        ("de", "1.234", 123400),
        ("de", "7.95", 795),
        ("de", "12", 1200),
    ],
)
def test_an_amount_is_read_as_the_reader_writes_it(language, text, minor):
    with override(language):
        assert typed_minor(text, "EUR") == minor


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-gb", "7,95"),
        ("en-gb", "1,234.50"),
        ("de", "1,234.50"),
        ("de", "12.34,50"),
        ("de", "1.2345,00"),
        ("de", "7,95,"),
        ("de", "-7,95"),
        ("de", ",5"),
        ("de", "7,955"),
        ("de", ""),
    ],
)
def test_what_may_mean_two_amounts_is_refused(language, text):
    with override(language), pytest.raises(ValueError):
        typed_minor(text, "EUR")


@pytest.mark.parametrize("minor", [0, 5, 795, 123450, 123456700])
@pytest.mark.parametrize("language", ["en-gb", "de", "fr"])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_what_a_form_shows_is_read_back(language, currency, minor):
    with override(language):
        assert typed_minor(plain(minor, currency), currency) == minor
