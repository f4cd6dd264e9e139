"""Money in minor units (pence, cents) with its currency; never a float, never a sum of mixed currencies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from babel.core import Locale, get_global
from babel.numbers import format_currency, get_currency_precision

from onorder.errors import Phrase

_AMOUNT = re.compile(r"[0-9]{1,15}(\.([0-9]{1,15}))?")


def digits(currency: str) -> int:
    """Digits after the point: 2 for pounds, 0 for yen.

    Raises:
        ValueError: not an ISO 4217 code.
    """
    if currency not in get_global("all_currencies"):
        raise ValueError(Phrase("{currency!r} is not a currency; write its ISO code, such as GBP", currency=currency))
    return int(get_currency_precision(currency))


def parse_minor(text: str, currency: str) -> int:
    """Minor units of an amount written with a point: "7.95" pounds are 795 pence.

    Only digits and one point are an amount. A thousands separator means the point elsewhere, so neither is guessed at,
    and which way money moves is not said by a sign but by what it was for.

    Raises:
        ValueError: not a plain amount, or more digits after the point than the currency has.

    >>> parse_minor("7.95", "GBP"), parse_minor("1200", "JPY")
    (795, 1200)
    """
    places = digits(currency)
    written = text.strip()
    plain = _AMOUNT.fullmatch(written)
    if plain is None:
        raise ValueError(
            Phrase("{text!r} is not an amount; write it as {such}", text=text, such=Decimal(123456).scaleb(-places))
        )
    if len(plain[2] or "") > places:
        raise ValueError(
            Phrase(
                "{text!r} is finer than {currency} goes, which has {places} digits after the point",
                text=text,
                currency=currency,
                places=places,
            )
        )
    return int(Decimal(written).scaleb(places))


def format_minor(minor: int, currency: str, locale: str) -> str:
    """The amount as people write it in this locale.

    >>> format_minor(123456, "GBP", "en_GB")
    '£1,234.56'
    """
    return str(format_currency(Decimal(minor).scaleb(-digits(currency)), currency, locale=locale))


def format_whole(minor: int, currency: str, locale: str) -> str:
    """The amount without its minor units, for a figure that is looked at and not paid.

    >>> format_whole(51027022, "GBP", "en_GB"), format_whole(51027022, "EUR", "de_DE")
    ('£510,270', '510.270\xa0€')
    """
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace(".00", "")
    amount = Decimal(minor).scaleb(-digits(currency))
    return str(format_currency(amount, currency, pattern, locale=locale, currency_digits=False))


def pro_rate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts add up to it: the remainder goes where most was cut off.

    Where as much was cut off, to the largest weight, then to the first. Weights that are all zero count the same. No
    part is further than one minor unit from its exact share.

    Source: the largest remainder method (Hamilton).

    Raises:
        ValueError: a weight is negative.

    >>> pro_rate(100, [1, 1, 1])
    [34, 33, 33]
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    if not weights:
        return []
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    sign = -1 if total_minor < 0 else 1
    parts = [divmod(abs(total_minor) * weight, whole) for weight in weights]
    shares = [part for part, _ in parts]
    by_rest = sorted(range(len(weights)), key=lambda n: (-parts[n][1], -weights[n], n))
    for place in by_rest[: abs(total_minor) - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]


def share_minor(amount_minor: int, basis_points: int) -> int:
    """A share of an amount, half a minor unit rounded away from zero.

    >>> share_minor(1_005, 5_000)
    503
    """
    sign = -1 if amount_minor < 0 else 1
    return sign * ((abs(amount_minor) * basis_points + 5_000) // 10_000)


def add(amounts: Sequence[tuple[int, str]]) -> tuple[int, str]:
    """The sum of amounts in one currency.

    Raises:
        ValueError: there are none, or they are in several currencies.
    """
    currencies = {currency for _, currency in amounts}
    if len(currencies) != 1:
        raise ValueError(f"amounts in {sorted(currencies)} have no sum")
    return sum(minor for minor, _ in amounts), currencies.pop()
