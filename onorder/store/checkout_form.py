"""What a customer fills in to order: who they are, where it goes, how it ships and is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.models import Shop
from onorder.store.payments import open_ways
from onorder.wording.dates import locale

TOGETHER: Final = "together"
APART: Final = "apart"
#: Territories of the CLDR that nobody lives in or that are no countries.
_NO_COUNTRIES: Final = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AQ", "BV", "HM", "TF", "UM", "CP", "CQ", "DG"}

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_CONTACT: Final = ("name", "email", "phone")
_ADDRESS: Final = ("street", "more", "postcode", "town")


class OrderForm(forms.Form):
    """The order form. Each field says what is wrong in words that help; the first that is wrong gets the focus.

    Args:
        is_asked: whether there are dates to agree to.
        may_choose: whether it can go together or in parts.
        known: what we know of whoever orders, by field; they look at it and may write something else.
    """

    use_required_attribute = False  # Our own words say what is missing, in the page's language, all at once.

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We write when it ships, and at once if a date changes."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Only for whoever brings the parcel."),
    )
    street = forms.CharField(label=gettext_lazy("Street and number"), max_length=120)
    more = forms.CharField(label=gettext_lazy("Flat, floor or company"), required=False, max_length=120)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), required=False, max_length=16)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=80)
    country = forms.CharField(label=gettext_lazy("Country"), max_length=2)
    way = forms.CharField(required=False, max_length=12)
    pay = forms.CharField(required=False, max_length=24)
    agrees = forms.BooleanField(required=False)

    def __init__(
        self,
        sent: Any = None,
        *,
        shop: Shop,
        is_asked: bool,
        may_choose: bool,
        suggests: str = TOGETHER,
        known: Mapping[str, str] = NOTHING,
    ) -> None:
        ways = open_ways(shop)
        initial = {"country": _territory(shop.locale), "way": suggests, "pay": ways[0].code if len(ways) == 1 else ""}
        super().__init__(sent, initial=initial | dict(known), auto_id="id_%s")
        self._codes = {way.code for way in ways}
        self._is_asked, self._may_choose = is_asked, may_choose
        for name, said in _MISSING.items():
            self.fields[name].error_messages["required"] = said
        self.fields["email"].error_messages["invalid"] = _WRONG_EMAIL
        for name, attributes in _ATTRIBUTES.items():
            self.fields[name].widget.attrs.update(attributes)

    @property
    def contact(self) -> list[forms.BoundField]:
        return [self[name] for name in _CONTACT]

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _ADDRESS]

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"])
        if code not in dict(countries(str(locale()))):
            raise forms.ValidationError(_("Choose the country that it goes to."))
        return code

    def clean_way(self) -> str:
        return APART if self._may_choose and self.cleaned_data["way"] == APART else TOGETHER

    def clean_pay(self) -> str:
        if self.cleaned_data["pay"] not in self._codes:
            raise forms.ValidationError(_("Choose how you would like to pay."))
        return str(self.cleaned_data["pay"])

    def clean_agrees(self) -> bool:
        if self._is_asked and not self.cleaned_data["agrees"]:
            raise forms.ValidationError(_("Tick it if these dates suit you. Without it nothing is ordered."))
        return bool(self.cleaned_data["agrees"])

    def is_valid(self) -> bool:
        """Whether all of it can be read."""
        valid = super().is_valid()
        if self.first_wrong in self.fields:
            self.fields[self.first_wrong].widget.attrs["autofocus"] = True
        return valid

    @property
    def first_wrong(self) -> str:
        """The first field with an error, in the order of the page."""
        order = ("way", *_CONTACT, *_ADDRESS, "country", "pay", "agrees")
        return next((name for name in order if name in self.errors), "")

    @property
    def address(self) -> str:
        """Whom it goes to and where, as it stands on a parcel; once it is valid."""
        own = self.cleaned_data
        country = dict(countries(str(locale())))[own["country"]]
        lines = (own["name"], own["more"], own["street"], f"{own['postcode']} {own['town']}".strip(), country)
        return "\n".join(line for line in lines if line)


@cache
def countries(of: str) -> Sequence[tuple[str, str]]:
    """Every country, by its name in a locale."""
    found = Locale.parse(of).territories
    known = [(code, name) for code, name in found.items() if len(code) == 2 and code not in _NO_COUNTRIES]
    return sorted(known, key=lambda one: one[1].translate(_UNACCENTED))


def _territory(name: str) -> str:
    try:
        return Locale.parse(name).territory or ""
    except (ValueError, UnknownLocaleError):
        return ""


_UNACCENTED: Final = str.maketrans("ÄÅÖÜÇÉ", "AAOUCE")
_WRONG_EMAIL: Final = gettext_lazy("Write your whole address, such as ann@example.com.")
_MISSING: Final = {
    "name": gettext_lazy("Write the name that stands at your door."),
    "email": gettext_lazy("Write the address that we may write to."),
    "street": gettext_lazy("Write the street and the number."),
    "town": gettext_lazy("Write the town."),
    "country": gettext_lazy("Choose the country that it goes to."),
}
_ATTRIBUTES: Final = {
    "name": {"autocomplete": "name"},
    "email": {"autocomplete": "email", "inputmode": "email", "autocapitalize": "off", "spellcheck": "false"},
    "phone": {"autocomplete": "tel", "inputmode": "tel", "type": "tel"},
    "street": {"autocomplete": "address-line1"},
    "more": {"autocomplete": "address-line2"},
    "postcode": {"autocomplete": "postal-code", "class": "short"},
    "town": {"autocomplete": "address-level2"},
}
