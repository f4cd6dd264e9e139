"""The words that all letters share: their language, their days, and what is left of a name."""

from __future__ import annotations

from datetime import date

import pytest
from babel import Locale

from onorder.delivery.letters import Words, clean, speaking


@pytest.mark.parametrize(
    ("wanted", "locale", "day"),
    [
        (("en_GB",), "en_GB", "Fri 5 December"),
        (("en-US",), "en_US", "Fri, December 5"),
        (("", "en_GB"), "en_GB", "Fri 5 December"),
        (("de_DE", "en_GB"), "de_DE", "Fr 5. Dezember"),
        (("fr_FR", "en_GB"), "en_GB", "Fri 5 December"),  # There are no French texts, but the shop speaks English.
        (("fr_FR",), "en_FR", "Fri 5 December"),
        (("klingon", "en"), "en_GB", "Fri 5 December"),
        ((), "en_GB", "Fri 5 December"),
    ],
)
def test_a_message_speaks_one_language(wanted, locale, day):
    with speaking(wanted, date(2025, 12, 1)) as words:
        assert str(words.locale) == locale
        assert words.day(date(2025, 12, 5)) == day


def test_a_day_that_has_gone_by_is_not_promised_again():
    words = Words(Locale("en", "GB"), date(2026, 1, 13))
    assert words.by([date(2026, 1, 13)]) == "by Tue 13 January"
    assert words.by([date(2026, 1, 12)]).startswith("later than Mon 12 January")
    assert words.by([date(2026, 1, 20), None]).startswith("on a day that we will tell you")


def test_clean_keeps_one_line_of_what_can_be_read():
    assert clean("  Zoë\u2028\t Müller\x7f\r\n東京 \U0001f45c ") == "Zoë Müller 東京 \U0001f45c"
