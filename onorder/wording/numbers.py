"""Amounts of money as the reader types them and as a form shows them."""

from __future__ import annotations

import re

from babel.numbers import get_decimal_symbol

from onorder.rules.money import digits, parse_minor
from onorder.wording.dates import locale

_WITH_COMMA = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")


def typed_minor(text: str, currency: str) -> int:
    """Minor units of an amount as the reader writes it: "7,95" where decimals have a comma, "7.95" everywhere.

    Where decimals have a comma, "1.234,50" and "1.234" have groups of three. Anything else is refused, not guessed at.

    Raises:
        ValueError: not an amount.

    >>> typed_minor("7.95", "GBP")
    795
    """
    return parse_minor(with_point(text), currency)


def with_point(text: str) -> str:
    """An amount with a point for its decimals and without groups; what is no amount stays as it is."""
    written = text.strip()
    if _comma() and (_WITH_COMMA.fullmatch(written) or _GROUPED.fullmatch(written)):
        return written.replace(".", "").replace(",", ".")
    return text


def plain(minor: int, currency: str) -> str:
    """An amount as a form shows it, to be typed over: no sign, no groups, no currency.

    >>> plain(123450, "GBP")
    '1234.50'
    """
    places = digits(currency)
    shown = f"{minor / 10**places:.{places}f}"
    return shown.replace(".", ",") if _comma() else shown


def _comma() -> bool:
    return bool(get_decimal_symbol(locale()) == ",")
