"""Long lists to choose from: time zones, countries, ways of writing. Kept, for drawing a thousand options is slow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

Choices = Sequence[tuple[str, str]]

_CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_LOCALES = ("en_GB", "en_IE", "en_US", "de_DE", "de_AT", "de_CH", "fr_FR", "nl_NL", "es_ES", "it_IT", "sv_SE", "da_DK")


class LongSelect(forms.Select):
    """A select whose options are kept as text: half a millisecond instead of thirty."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        options = _options(tuple((str(key), str(words)) for key, words in self.choices))
        chosen = f'<option value="{escape(value or "")}">'
        marked = mark_safe(options.replace(chosen, f"{chosen[:-1]} selected>", 1))
        return format_html("<select{}>{}</select>", _attributes({"name": name, **(attrs or {}), **self.attrs}), marked)


class LongChoiceField(forms.ChoiceField):
    """A choice out of many."""

    widget = LongSelect


def zones(besides: str = "UTC") -> Choices:
    """The time zones that are named after a place, and this one."""
    return _zones() if besides in dict(_zones()) else ((besides, besides), *_zones())


def countries() -> Choices:
    """Countries whose public holidays are known, by name in the reader's language."""
    return _countries(get_language() or "en-gb")


def locales(besides: str) -> Choices:
    """Ways of writing dates and money, by name, and this one."""
    known = _locales(get_language() or "en-gb")
    return known if besides in dict(known) else ((besides, besides), *known)


@cache
def _zones() -> Choices:
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in _CONTINENTS)
    return tuple((name, name.replace("_", " ")) for name in names)


@cache
def _countries(language: str) -> Choices:
    import holidays  # Here, for it costs a fifth of a second.

    names = Locale.parse(to_locale(language)).territories
    known = ((code, names.get(code, code)) for code in holidays.list_supported_countries())
    return tuple(sorted(known, key=lambda one: one[1]))


@cache
def _locales(language: str) -> Choices:
    spoken = Locale.parse(to_locale(language))
    return tuple((code, Locale.parse(code).get_display_name(spoken) or code) for code in _LOCALES)


@cache
def _options(choices: Choices) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', choices)


def _attributes(of: Mapping[str, Any]) -> SafeString:
    given = {name: value for name, value in of.items() if value is not False and value is not None}
    return format_html_join("", ' {}="{}"', ((name, name if value is True else value) for name, value in given.items()))
