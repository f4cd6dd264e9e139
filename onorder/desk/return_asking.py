"""What the forms about returns share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import ngettext

from onorder.desk.forms import Form, UnitsField
from onorder.desk.tags import number
from onorder.errors import NotFound
from onorder.queries import returns as queries
from onorder.queries.returns import ReturnPage


class Keyed(Form):
    """A form that does its work once, however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def clean(self) -> dict[str, Any]:
        return forms.Form.clean(self) or {}  # The actions look after what happened since.


def beside_each(form: Form, products: Sequence[tuple[str, str, int]], *, all_of_it: bool) -> Form:
    """A number of units beside each product (SKU, name, units at the most), before the other fields."""
    for place, (sku, product, most) in enumerate(products):
        said = ngettext("at most %(n)s", "at most %(n)s", most) % {"n": number(most)}
        label, initial = f"{product} ({sku})", most if all_of_it else 0
        field = UnitsField(label=label, most=most, initial=initial, required=False, help_text=said)
        form.fields[f"units_{place}"] = field
    form.order_fields([name for name in form.fields if name.startswith("units_")])
    return form


def wanted_of(form: Form, products: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    """The units that were written beside products, by SKU."""
    given = ((sku, form.cleaned_data.get(f"units_{place}")) for place, (sku, _, _) in enumerate(products))
    return {sku: few for sku, few in given if few}


def of_sku(returned: str, sku: str, now: datetime) -> ReturnPage:
    """A return that has this SKU on it.

    Raises:
        NotFound: it has not, or there is none.
    """
    found = queries.one(returned, now=now)
    if not any(row.sku == sku for row in found.rows):
        raise NotFound(what="line on return {number} for", name=sku, number=returned)
    return found


def url_of(returned: str) -> str:
    """The page of a return."""
    return reverse("orders.returns-one", args=[returned])
