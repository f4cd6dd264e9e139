"""Time zones, countries and ways of writing: typed, with those suggested that shops mostly need.

A select with every zone and every country would be most of a page; whoever lives elsewhere types three letters more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from onorder.errors import BadInput
from onorder.queue.setup import known_zone
from onorder.rules.calendars import country_holidays

Choices = Sequence[tuple[str, str]]

_ZONES = tuple(
    f"{continent}/{place}"
    for continent, places in {
        "Africa": "Cairo Johannesburg Lagos Nairobi",
        "America": "Argentina/Buenos_Aires Bogota Chicago Denver Halifax Lima Los_Angeles Mexico_City New_York Phoenix"
        " Santiago Sao_Paulo Toronto Vancouver",
        "Asia": "Bangkok Dubai Hong_Kong Jakarta Jerusalem Karachi Kolkata Manila Seoul Shanghai Singapore Tokyo",
        "Australia": "Adelaide Brisbane Melbourne Perth Sydney",
        "Europe": "Amsterdam Athens Berlin Brussels Bucharest Budapest Copenhagen Dublin Helsinki Istanbul Kyiv Lisbon"
        " London Madrid Oslo Paris Prague Rome Sofia Stockholm Tallinn Vienna Vilnius Warsaw Zurich",
        "Pacific": "Auckland Honolulu",
    }.items()
    for place in places.split()
)
_COUNTRIES = (
    "AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HR HU IE IN IS IT JP KR LT LU LV MT MX NL NO NZ PL PT RO SE"
    " SG SI SK TR US ZA"
)
_LOCALES = ("en_GB", "en_IE", "en_US", "de_DE", "de_AT", "de_CH", "fr_FR", "nl_NL", "es_ES", "it_IT", "sv_SE", "da_DK")


class Suggesting(forms.TextInput):
    """A field to type in, with suggestions."""

    def __init__(self, suggests: Callable[[], Choices], **attrs: Any) -> None:
        super().__init__(attrs={"autocomplete": "off", **attrs})
        self.suggests = suggests

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{name}_suggested"
        options = format_html_join("", '<option value="{}">{}</option>', self.suggests())
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


class ZoneField(forms.CharField):
    """A time zone, by the name that everybody's computer knows it by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, widget=Suggesting(lambda: [(zone, "") for zone in _ZONES]), **options)

    def clean(self, value: Any) -> str:
        zone = str(super().clean(value)).replace(" ", "_")
        if zone:
            try:
                known_zone(zone)
            except BadInput:
                raise ValidationError(_("Write a zone, such as Europe/London.")) from None
        return zone


class CountryField(forms.CharField):
    """A country whose public holidays are known, by its code; empty for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2, required=False, widget=Suggesting(countries, **{"class": "short"}), **options)

    def clean(self, value: Any) -> str:
        country = str(super().clean(value)).upper()
        if country:
            try:
                country_holidays(country, None, 2026, 2026)
            except ValueError:
                raise ValidationError(_("Write its code of two letters, such as GB.")) from None
        return country


def countries() -> Choices:
    """Countries by code, with their names in the reader's language."""
    return _countries(get_language() or "en-gb")


def locales(besides: str) -> Choices:
    """Ways of writing dates and money, by name, and this one."""
    known = _locales(get_language() or "en-gb")
    return known if besides in dict(known) else ((besides, besides), *known)


@cache
def _countries(language: str) -> Choices:
    names = Locale.parse(to_locale(language)).territories
    return tuple((code, names.get(code, code)) for code in _COUNTRIES.split())


@cache
def _locales(language: str) -> Choices:
    spoken = Locale.parse(to_locale(language))
    return tuple((code, Locale.parse(code).get_display_name(spoken) or code) for code in _LOCALES)
