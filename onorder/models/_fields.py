"""Column kinds that several tables share."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db.models import BigIntegerField, CharField, CheckConstraint, F, Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact


def state_field(states: type[StrEnum], **options: Any) -> CharField[str, str]:
    """A word out of `states`. `knows()` beside it makes the database hold it to that."""
    return CharField(
        max_length=24, choices=[(state.value, state.value.replace("_", " ")) for state in states], **options
    )


def knows(name: str, field: str, states: Iterable[str]) -> CheckConstraint:
    """A CHECK that `field` holds one of `states`."""
    return CheckConstraint(name=name, condition=Q(**{f"{field}__in": [str(state) for state in states]}))


def minor_field(**options: Any) -> BigIntegerField[Any, Any]:
    """Money in minor units (pence, cents) of the currency that stands in the same row or its parent."""
    return BigIntegerField(**options)


def currency_field(**options: Any) -> CharField[str, str]:
    """An ISO 4217 code."""
    return CharField(max_length=3, **options)


def is_currency(name: str, field: str = "currency") -> CheckConstraint:
    """A CHECK that `field` has the form of a currency code. (No regular expression: SQLite itself has none.)"""
    return CheckConstraint(name=name, condition=Q(Exact(Length(field), 3)) & Q(Exact(F(field), Upper(field))))
