"""Refusals, and whatever else is said below the edges, in the reader's language."""

from __future__ import annotations

import string
from datetime import date
from typing import Any, Final

from babel.dates import format_date
from django.utils.formats import number_format
from django.utils.translation import gettext

from onorder.errors import OnOrderError, Phrase
from onorder.wording.dates import locale


def words(refusal: OnOrderError) -> str:
    """What is the case and what to do, in the language that is active."""
    return said(refusal.args[0])


def said(text: str) -> str:
    """A phrase in the language that is active; any other text as it is."""
    if not isinstance(text, Phrase) or not text.template:
        return text
    template = gettext(text.template)
    return _FORMATTER.vformat(template, (), text.data) if text.data else template


class _Formatter(string.Formatter):
    """Fills a template in: phrases in the same language, days and grouped numbers as the reader writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Phrase):
            value = said(value)
        if isinstance(value, date):
            return str(format_date(value, "long", locale=locale()))
        if format_spec == ",":
            return str(number_format(value, force_grouping=True))
        return str(super().format_field(value, format_spec))


_FORMATTER: Final = _Formatter()
