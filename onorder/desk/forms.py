"""Forms of the desk: money and days of the week as people type them, what was looked at, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time
from hashlib import blake2b
from json import dumps
from typing import Any, Final

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onorder.desk.tags import plain
from onorder.errors import OnOrderError
from onorder.wording.numbers import typed_minor, with_point
from onorder.wording.refusals import said, words

Sent = Mapping[str, Any]

#: An undo is offered for so long, in seconds.
UNDONE_WITHIN: Final = 3600
_SALT: Final = "undo"

WEEKDAYS: Final = (
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
)


class Form(forms.Form):
    """A form that knows what stood in it when it was opened, so that nobody overwrites what they never saw.

    Args:
        sent: what was posted; None for a form that is only shown.
        now: what is stored at this moment, as initial values; its digest travels in the field `seen`.
        suggests: initial values of what is not stored yet, and so cannot be overwritten.
    """

    def __init__(
        self,
        sent: Sent | None = None,
        *,
        now: Mapping[str, Any] | None = None,
        suggests: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sent, initial={**(now or {}), **(suggests or {})}, auto_id="id_%s")
        self._is_stored = bool(now)

    @cached_property
    def stored(self) -> dict[str, Any]:
        """What is stored now, as this form would send it."""
        seen = {name: field for name, field in self.fields.items() if not field.widget.is_hidden}
        return {name: _as_sent(field, self.initial.get(name, field.initial)) for name, field in seen.items()}

    @property
    def seen(self) -> str:
        """A digest of what is stored now; empty if nothing is."""
        if not self._is_stored:
            return ""
        return blake2b(dumps(self.stored, sort_keys=True, default=str).encode(), digest_size=9).hexdigest()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.data.get("seen", self.seen) != self.seen:
            different = [
                f"{self.fields[name].label}: {value if value not in ('', [], None) else '–'}"
                for name, value in self.stored.items()
                if value != _as_sent(self.fields[name], self[name].value())
            ]
            self.add_error(
                None,
                _("Somebody changed this after you opened it, so nothing was saved. Stored now: %(what)s.")
                % {"what": "; ".join(map(str, different)) or _("the same as you wrote")},
            )
        return found

    def is_valid(self) -> bool:
        """Whether all of it can be read; the first field that cannot gets the focus."""
        valid = super().is_valid()
        if first := next((name for name in self.errors if name in self.fields), None):
            self.fields[first].widget.attrs["autofocus"] = True
        return valid

    def refuse(self, refusal: OnOrderError) -> None:
        """Show what an action refused above the fields."""
        self.add_error(None, words(refusal))


class MoneyField(forms.CharField):
    """An amount as people write it, "7.95", as minor units. `currency` is set by the form that it stands in."""

    currency = "GBP"

    def __init__(self, **options: Any) -> None:
        numeric = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "amount"})
        super().__init__(max_length=20, widget=numeric, **options)

    def prepare_value(self, value: Any) -> Any:
        return plain(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        minor: int | None = _read(super().clean(value), lambda text: typed_minor(text, self.currency))
        return minor


class BreaksField(forms.CharField):
    """Price breaks, one in a line or after a blank: "60:9.20 120:8.75"; as (from quantity, minor units)."""

    currency = "GBP"

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return "\n".join(f"{quantity}:{plain(cost, self.currency)}" for quantity, cost in value)
        return value

    def clean(self, value: Any) -> tuple[tuple[int, int], ...]:
        from onorder.channels.suppliers import price_breaks

        return _read(super().clean(value), lambda text: price_breaks(_with_points(text), self.currency)) or ()


class WeekdaysField(forms.MultipleChoiceField):
    """Days of the week as the digits that the shop keeps: "04" is Monday and Friday."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple, **options)

    def prepare_value(self, value: Any) -> Any:
        return list(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return "".join(sorted(super().clean(value)))


class UnitsField(forms.IntegerField):
    """A whole number; what is wrong with it is said with what to write."""

    def __init__(self, least: int = 0, most: int = 1_000_000, **options: Any) -> None:
        super().__init__(min_value=least, max_value=most, **options)
        wrong = format_lazy(_("Write a whole number from {least} to {most}."), least=least, most=f"{most:,}")
        self.error_messages |= {"invalid": wrong}
        for check in self.validators:
            if hasattr(check, "limit_value"):
                check.message = wrong  # type: ignore[attr-defined]


class DayField(forms.DateField):
    """A day, as a browser's own field for days gives it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"], **options
        )
        self.error_messages |= {"invalid": _("Write a day, such as 2026-12-24.")}


class ClockField(forms.TimeField):
    """A time of day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)
        self.error_messages |= {"invalid": _("Write a time of day, such as 17:00.")}


def in_currency(form: Form, currency: str) -> None:
    """Have the amounts of a form read and shown in this currency."""
    for field in form.fields.values():
        if isinstance(field, MoneyField | BreaksField):
            field.currency = currency
            field.label = pgettext_lazy("an amount and its currency", "%(what)s, %(currency)s") % {
                "what": field.label,
                "currency": currency,
            }


def undo(to: str, *names: str, was: Sent) -> str:
    """The address that takes something back: the same form, with what stood in it before."""
    return f"{reverse(to, args=names)}?was={signing.dumps(dict(was), salt=_SALT, compress=True)}"


def sent(request: HttpRequest) -> Sent:
    """What a form posted; or, for an undo, what stood in it before. An undo that is too old is as if it were empty."""
    was = request.GET.get("was")
    if was is None:
        return request.POST
    try:
        found: Sent = signing.loads(was, salt=_SALT, max_age=UNDONE_WITHIN)
    except signing.BadSignature:
        return {}
    return found


def _as_sent(field: forms.Field, value: Any) -> Any:
    prepared = field.prepare_value(value)
    if isinstance(field, forms.BooleanField):
        return "on" if prepared and prepared not in ("False", "0") else ""
    if isinstance(prepared, list | tuple):
        return [str(one) for one in prepared]
    if isinstance(prepared, time):
        return f"{prepared:%H:%M}"
    return "" if prepared is None else str(prepared)


def _with_points(text: str) -> str:
    return re.sub(r"(?<=:)[0-9.,]+", lambda cost: with_point(cost[0]), text)


def _read(text: str, parse: Callable[[str], Any]) -> Any:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as wrong:
        raise forms.ValidationError(f"{capfirst(said(wrong.args[0]))}.") from None
