"""The forms of the shop's settings."""

from __future__ import annotations

from typing import Any

from babel import Locale, UnknownLocaleError
from django import forms
from django.utils.translation import get_language, gettext_lazy

from onorder.actions.shop import LONGEST_SILENCE, NewShop, OpenDays, Settings
from onorder.desk.choices import CountryField, ZoneField, locales
from onorder.desk.forms import Form, MoneyField, UnitsField, WeekdaysField, in_currency
from onorder.errors import BadInput
from onorder.queries.shop import ShopRow
from onorder.wording.refusals import words

_COUNTRY = gettext_lazy("Its code, such as GB. Empty: open on holidays.")
_PART = gettext_lazy("Such as SCT, where it has days of its own.")
CALENDARS = ("goods_in", "shipping", "carrier")
#: The fields of the shop as they stand together.
FIELDS = {
    "own": ("name", "email", "locale", "time_zone"),
    "goods_in": ("goods_in", "put_away_days", "goods_in_country", "goods_in_subdivision"),
    "shipping": ("shipping", "packing_days", "shipping_country", "shipping_subdivision"),
    "carrier": ("carrier", "carrier_days", "carrier_country", "carrier_subdivision"),
    "split": ("split_from_minor", "split_from_days", "split_cost_minor", "split_share", "split_most_parcels"),
    "word": ("heartbeat_days",),
}


class ShopForm(Form):
    """The shop, the days on which it works, and when it proposes to split an order."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("Signs every message."))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("Where customers' answers go.")
    )
    locale = forms.ChoiceField(
        label=gettext_lazy("Dates and money as in"),
        help_text=gettext_lazy("For messages to whoever never said what they speak."),
    )
    time_zone = ZoneField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("A promise is a day here. It says when a day begins.")
    )
    goods_in = WeekdaysField(
        label=gettext_lazy("Works on"), help_text=gettext_lazy("Days on which deliveries are unpacked.")
    )
    goods_in_country = CountryField(label=gettext_lazy("Closed on the holidays of"), help_text=_COUNTRY)
    goods_in_subdivision = forms.CharField(
        label=gettext_lazy("Part of the country"), required=False, max_length=8, help_text=_PART
    )
    put_away_days = UnitsField(
        most=60,
        label=gettext_lazy("Days to put away"),
        help_text=gettext_lazy("From a delivery's arrival until its units can be packed."),
    )
    shipping = WeekdaysField(
        label=gettext_lazy("Works on"), help_text=gettext_lazy("Days on which parcels are packed.")
    )
    shipping_country = CountryField(label=gettext_lazy("Closed on the holidays of"), help_text=_COUNTRY)
    shipping_subdivision = forms.CharField(
        label=gettext_lazy("Part of the country"), required=False, max_length=8, help_text=_PART
    )
    packing_days = UnitsField(
        most=60, label=gettext_lazy("Days to pack"), help_text=gettext_lazy("From set aside until it leaves.")
    )
    carrier = WeekdaysField(
        label=gettext_lazy("Works on"), help_text=gettext_lazy("Days on which the carrier collects and delivers.")
    )
    carrier_country = CountryField(label=gettext_lazy("Closed on the holidays of"), help_text=_COUNTRY)
    carrier_subdivision = forms.CharField(
        label=gettext_lazy("Part of the country"), required=False, max_length=8, help_text=_PART
    )
    carrier_days = UnitsField(
        most=60,
        label=gettext_lazy("Days on the way"),
        help_text=gettext_lazy("0: the promise is the day it ships. Else the day it is there."),
    )
    split_from_minor = MoneyField(label=gettext_lazy("First parcel worth at least"))
    split_from_days = UnitsField(label=gettext_lazy("The rest is so many days later"), most=365)
    split_cost_minor = MoneyField(label=gettext_lazy("A second parcel costs"))
    split_share = forms.DecimalField(
        label=gettext_lazy("At most so much of the first parcel, per cent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
    )
    split_most_parcels = UnitsField(
        label=gettext_lazy("Parcels at most"), help_text=gettext_lazy("0 for any number."), most=50
    )
    heartbeat_days = UnitsField(
        label=gettext_lazy("After so many days without a word"),
        help_text=gettext_lazy(
            "Counted for each order from the last message about it; so at most once in as many days. 0 for never."
        ),
        most=LONGEST_SILENCE,
    )

    def __init__(self, sent: Any = None, *, row: ShopRow) -> None:
        super().__init__(sent, now=_initial(row))
        self.fields["locale"].choices = locales(row.locale)  # type: ignore[attr-defined]
        in_currency(self, row.currency)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for name in CALENDARS:
            if said.get(name) and f"{name}_country" in said:
                try:
                    said[f"{name}_calendar"] = OpenDays(
                        said[name], said[f"{name}_country"], said.get(f"{name}_subdivision", "").strip().upper()
                    )
                except BadInput as wrong:
                    self.add_error(f"{name}_subdivision", words(wrong))
        return said

    def said(self) -> Settings:
        """The settings that it says; once it is valid."""
        own = self.cleaned_data
        names = (
            "name",
            "email",
            "locale",
            "time_zone",
            "put_away_days",
            "packing_days",
            "carrier_days",
            "heartbeat_days",
        )
        split = ("split_from_minor", "split_from_days", "split_cost_minor", "split_most_parcels")
        return Settings(
            **{name: own[name] for name in (*names, *split)},
            **{name: own[f"{name}_calendar"] for name in CALENDARS},
            split_most_cost_share=int(own["split_share"] * 100),
        )


class LocationForm(Form):
    """Another place that holds stock."""

    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=24, help_text=gettext_lazy("Short; files name it. It stays as it is.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Where suppliers deliver to; it stands on purchase orders."),
    )


class OpenForm(Form):
    """A shop that is about to open; everything else can be set later."""

    name = forms.CharField(label=gettext_lazy("Name of the shop"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("Where customers' answers go.")
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        min_length=3,
        max_length=3,
        help_text=gettext_lazy("That you sell in, such as GBP or EUR. It stays."),
    )
    time_zone = ZoneField(label=gettext_lazy("Time zone"))
    country = CountryField(
        label=gettext_lazy("Closed on the holidays of"),
        help_text=gettext_lazy("You and your carrier. Its code, such as GB; empty for none."),
    )

    def __init__(self, sent: Any = None) -> None:
        super().__init__(sent, suggests={"time_zone": "Europe/London"})

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def said(self) -> NewShop:
        """The shop that it says; once it is valid."""
        own = self.cleaned_data
        language = (get_language() or "en").partition("-")[0]
        locale = f"{language}_{own['country']}" if own["country"] else "en_GB"
        return NewShop(**own, locale=locale if _is_known(locale) else "en_GB")


def _is_known(locale: str) -> bool:
    try:
        Locale.parse(locale)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def _initial(row: ShopRow) -> dict[str, Any]:
    names = [name for name in ShopForm.base_fields if hasattr(row, name) and name not in CALENDARS]
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    for name in CALENDARS:
        days = getattr(row, name)
        values |= {name: list(days.weekdays), f"{name}_country": days.country, f"{name}_subdivision": days.subdivision}
    return values | {"split_share": f"{row.split_most_cost_share / 100:g}"}
