"""The forms of the shop's settings."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from onorder.actions.shop import NewShop, OpenDays, Settings
from onorder.desk.account import zones
from onorder.desk.tags import plain
from onorder.queries.shop import ShopRow
from onorder.rules.lifecycle import Accept
from onorder.rules.money import digits, parse_minor
from onorder.rules.terms import Terms

WEEKDAYS = (
    ("0", gettext_lazy("Mon")),
    ("1", gettext_lazy("Tue")),
    ("2", gettext_lazy("Wed")),
    ("3", gettext_lazy("Thu")),
    ("4", gettext_lazy("Fri")),
    ("5", gettext_lazy("Sat")),
    ("6", gettext_lazy("Sun")),
)
CALENDARS = ("goods_in", "shipping", "carrier")
_MOST_DAYS = 60
_LOCALES = ("en_GB", "en_IE", "en_US", "de_DE", "de_AT", "de_CH", "fr_FR", "nl_NL", "es_ES", "it_IT", "sv_SE", "da_DK")


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """Countries whose public holidays are known, by name in this language."""
    import holidays  # Here, for it costs a fifth of a second.

    names = Locale.parse(to_locale(language)).territories
    known = [(code, names.get(code, code)) for code in holidays.list_supported_countries()]
    return sorted(known, key=lambda one: one[1])


@cache
def locales(language: str) -> list[tuple[str, str]]:
    """Ways of writing dates and money, by name."""
    spoken = Locale.parse(to_locale(language))
    return [(code, Locale.parse(code).get_display_name(spoken) or code) for code in _LOCALES]


class DaysField(forms.IntegerField):
    """So many working days."""

    def __init__(self, label: Any, help_text: Any = "", most: int = _MOST_DAYS) -> None:
        super().__init__(label=label, help_text=help_text, min_value=0, max_value=most)


class Amount(forms.CharField):
    """Money as people write it, 7.95, as minor units of the form's currency."""

    currency = "GBP"

    def __init__(self, label: Any, help_text: Any = "") -> None:
        field = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, help_text=help_text, max_length=16, widget=field)

    def prepare_value(self, value: Any) -> Any:
        return plain(value, self.currency) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return parse_minor(text, self.currency)
        except ValueError:
            example = f"{7.95:.{digits(self.currency)}f}"
            raise ValidationError(_("Write an amount, such as %(example)s.") % {"example": example}) from None


class Weekdays(forms.MultipleChoiceField):
    """Days of the week as the digits that the shop keeps."""

    def __init__(self, label: Any, help_text: Any = "") -> None:
        field = forms.CheckboxSelectMultiple(attrs={"class": "days"})
        super().__init__(label=label, help_text=help_text, choices=WEEKDAYS, widget=field)

    def clean(self, value: Any) -> str:
        return "".join(sorted(super().clean(value)))


class ShopForm(forms.Form):
    """The shop, the days on which it works, and when it proposes to split an order."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("Signs every message."))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, help_text=gettext_lazy("Where customers' answers go.")
    )
    locale = forms.ChoiceField(
        label=gettext_lazy("Dates and money as in"),
        help_text=gettext_lazy("For messages to whoever never said what they speak."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("A promise is a day here. It says when a day begins.")
    )
    goods_in = Weekdays(gettext_lazy("Goods in"), gettext_lazy("Days on which deliveries are unpacked."))
    goods_in_country = forms.ChoiceField(label=gettext_lazy("Closed on the holidays of"), required=False)
    goods_in_subdivision = forms.CharField(label=gettext_lazy("Part of it"), required=False, max_length=8)
    put_away_days = DaysField(
        gettext_lazy("Days to put away"), gettext_lazy("From a delivery's arrival until its units can be packed.")
    )
    shipping = Weekdays(gettext_lazy("Packing"), gettext_lazy("Days on which parcels are packed."))
    shipping_country = forms.ChoiceField(label=gettext_lazy("Closed on the holidays of"), required=False)
    shipping_subdivision = forms.CharField(label=gettext_lazy("Part of it"), required=False, max_length=8)
    packing_days = DaysField(gettext_lazy("Days to pack"), gettext_lazy("From set aside until it leaves."))
    carrier = Weekdays(gettext_lazy("Carrier"), gettext_lazy("Days on which the carrier collects and delivers."))
    carrier_country = forms.ChoiceField(label=gettext_lazy("Closed on the holidays of"), required=False)
    carrier_subdivision = forms.CharField(label=gettext_lazy("Part of it"), required=False, max_length=8)
    carrier_days = DaysField(
        gettext_lazy("Days on the way"), gettext_lazy("0: the promise is the day it ships. Else the day it is there.")
    )
    split_from_minor = Amount(gettext_lazy("First parcel worth at least"))
    split_from_days = DaysField(gettext_lazy("The rest is so many days later"), most=365)
    split_cost_minor = Amount(gettext_lazy("A second parcel costs"))
    split_share = forms.DecimalField(
        label=gettext_lazy("At most so much of the first parcel, per cent"), min_value=0, max_value=100, decimal_places=2
    )
    split_most_parcels = DaysField(gettext_lazy("Parcels at most"), gettext_lazy("0 for any number."), most=50)

    def __init__(self, sent: Any = None, *, row: ShopRow) -> None:
        super().__init__(sent, initial=_initial(row))
        self.currency = row.currency
        language = get_language() or "en-gb"
        known = locales(language)
        if row.locale not in dict(known):
            known = [(row.locale, row.locale), *known]
        nobody = [("", _("No country"))]
        self._choose("locale", known)
        self._choose("time_zone", [(zone, zone.replace("_", " ")) for zone in _with(row.time_zone)])
        for name in CALENDARS:
            self._choose(f"{name}_country", nobody + countries(language))
        for name in ("split_from_minor", "split_cost_minor"):
            self.fields[name].currency = row.currency  # type: ignore[attr-defined]
            self.fields[name].label = f"{self.fields[name].label}, {row.currency}"

    def _choose(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in CALENDARS:
            if said.get(name) and f"{name}_country" in said:
                try:
                    said[f"{name}_days"] = OpenDays(
                        said[name], said[f"{name}_country"], said.get(f"{name}_subdivision", "").strip().upper()
                    )
                except ValueError as wrong:
                    self.add_error(f"{name}_subdivision", str(wrong))
                except Exception as refusal:
                    self.add_error(f"{name}_subdivision", str(refusal))
        return said

    def said(self) -> Settings:
        """The settings that it says; once it is valid."""
        own = self.cleaned_data
        names = ("name", "email", "locale", "time_zone", "put_away_days", "packing_days", "carrier_days")
        split = ("split_from_minor", "split_from_days", "split_cost_minor", "split_most_parcels")
        return Settings(
            **{name: own[name] for name in (*names, *split)},
            **{name: own[f"{name}_days"] for name in CALENDARS},
            split_most_cost_share=int(own["split_share"] * 100),
        )


class TermsForm(forms.Form):
    """On what terms the whole shop sells without stock."""

    accept = forms.ChoiceField(
        label=gettext_lazy("Sold without stock"),
        widget=forms.RadioSelect,
        choices=[
            (Accept.ALWAYS, gettext_lazy("Yes, any number")),
            (Accept.CAPPED, gettext_lazy("Up to so many waiting units of each SKU")),
            (Accept.NEVER, gettext_lazy("No: only what is here")),
        ],
    )
    cap = forms.IntegerField(
        label=gettext_lazy("Most units that may wait"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=gettext_lazy("Of each SKU at one location. Counts where it is sold up to a cap."),
    )
    deposit = forms.DecimalField(
        label=gettext_lazy("Paid when ordering, per cent"), min_value=0, max_value=100, decimal_places=2
    )
    longest_wait_days = forms.IntegerField(
        label=gettext_lazy("Longest wait promised, days"),
        required=False,
        min_value=1,
        max_value=1_000,
        help_text=gettext_lazy("What would come later is not sold. Empty: any wait."),
    )
    returns = forms.ChoiceField(
        label=gettext_lazy("Returns"),
        choices=[("accepted", gettext_lazy("Accepted")), ("faulty_only", gettext_lazy("Only if faulty"))],
    )

    def __init__(self, sent: Any = None, *, terms: Terms) -> None:
        initial = {
            "accept": terms.accept or Accept.ALWAYS,
            "cap": terms.cap,
            "deposit": f"{(terms.deposit_basis_points or 0) / 100:g}",
            "longest_wait_days": terms.longest_wait_days,
            "returns": terms.returns or "accepted",
        }
        super().__init__(sent, initial=initial)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("accept") == Accept.CAPPED and said.get("cap") is None and "cap" not in self.errors:
            self.add_error("cap", _("Write how many units may wait."))
        return said

    def said(self) -> Terms:
        """The terms that it says; once it is valid."""
        own = self.cleaned_data
        deposit = int(own["deposit"] * 100)
        return Terms(Accept(own["accept"]), own["cap"], deposit, own["returns"], own["longest_wait_days"])


class LocationForm(forms.Form):
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


class OpenForm(forms.Form):
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
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    country = forms.ChoiceField(
        label=gettext_lazy("Closed on the holidays of"), required=False, help_text=gettext_lazy("You and your carrier.")
    )

    def __init__(self, sent: Any = None) -> None:
        super().__init__(sent, initial={"time_zone": "Europe/London"})
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in _with("UTC")]  # type: ignore[attr-defined]
        nobody = [("", _("No country"))]
        self.fields["country"].choices = nobody + countries(get_language() or "en-gb")  # type: ignore[attr-defined]

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


def _with(zone: str) -> list[str]:
    return zones() if zone in zones() else [zone, *zones()]


def _initial(row: ShopRow) -> dict[str, Any]:
    names = [name for name in ShopForm.base_fields if hasattr(row, name) and name not in CALENDARS]
    values: dict[str, Any] = {name: getattr(row, name) for name in names}
    for name in CALENDARS:
        days = getattr(row, name)
        values |= {name: list(days.weekdays), f"{name}_country": days.country, f"{name}_subdivision": days.subdivision}
    return values | {"split_share": f"{row.split_most_cost_share / 100:g}"}
