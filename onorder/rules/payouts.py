"""In which way money goes back: to the cards that it came from, each at most what it gave; the rest as it came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from onorder.rules.lifecycle import PayBy

#: The channel of orders that were placed in the storefront. What came in by another is paid back by its shop system.
STORE: Final = "store"

_BY_CARD: Final = "stripe:"
_IBAN: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])", re.IGNORECASE)
_SHORTEST_IBAN: Final = 15


@dataclass(frozen=True, slots=True)
class Captured:
    """Money that came in, by the key of its payment; `back_minor` of it went back, or is to."""

    payment: int
    key: str
    amount_minor: int
    back_minor: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a refund that goes one way. `capture`: the payment (by primary key) whose card it goes back to."""

    way: PayBy
    amount_minor: int
    capture: int | None = None


def capture_key(intent: str) -> str:
    """The key under which what came in by card is booked, so that it is booked once whoever says so, and how often.

    >>> capture_key("pi_3Q"), intent_of("stripe:pi_3Q"), intent_of("paid")
    ('stripe:pi_3Q', 'pi_3Q', '')
    """
    return f"{_BY_CARD}{intent}"


def intent_of(key: str) -> str:
    """The provider's name for a payment by card; empty for money that came in another way."""
    return key.removeprefix(_BY_CARD) if key.startswith(_BY_CARD) else ""


def split(amount_minor: int, captured: Sequence[Captured], *, rest: PayBy | None) -> tuple[Part, ...]:
    """How a refund goes back: to the cards first, the one that paid last before the others, and what they did not give
    in the way `rest`; None if somebody else pays that back.

    Args:
        captured: what came in for the order, the first one first.

    >>> cards = [Captured(1, "stripe:pi_1", 2_000), Captured(2, "stripe:pi_2", 8_000, back_minor=500)]
    >>> [(part.capture, part.amount_minor) for part in split(9_000, cards, rest=PayBy.TRANSFER)]
    [(2, 7500), (1, 1500)]
    >>> split(300, [Captured(1, "paid", 2_000)], rest=PayBy.AT_SHOP)
    (Part(way=<PayBy.AT_SHOP: 'at_shop'>, amount_minor=300, capture=None),)
    """
    parts, left = [], amount_minor
    for one in reversed(captured):
        most = min(left, one.amount_minor - one.back_minor) if intent_of(one.key) else 0
        if most > 0:
            parts.append(Part(PayBy.CARD, most, one.payment))
            left -= most
    if left and rest is not None:
        parts.append(Part(rest, left))
    return tuple(parts)


def rest_way(pays_by: str) -> PayBy:
    """How what no card gave goes back to somebody who chose to pay so. A card that gave nothing can get nothing back.

    >>> rest_way("at_shop").value, rest_way("card").value, rest_way("").value
    ('at_shop', 'transfer', 'transfer')
    """
    return PayBy.AT_SHOP if pays_by == PayBy.AT_SHOP else PayBy.TRANSFER


def names_an_account(text: str) -> bool:
    """Whether the number of a bank account stands in a text: an IBAN, by its check digits.

    >>> names_an_account("to GB29 NWBK 6016 1331 9268 19, thanks"), names_an_account("Transfer 2026-0017 of Monday")
    (True, False)
    """
    return any(_has_iban(found[0]) for found in _IBAN.finditer(text))


def _has_iban(written: str) -> bool:
    """Whether it is an IBAN, or begins with one: words after it look like a part of it."""
    groups = written.upper().split(" ")
    return any(_is_iban("".join(groups[: place + 1])) for place in range(len(groups)))


def _is_iban(plain: str) -> bool:
    as_digits = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    is_reference = plain.startswith("RF")  # A creditor's reference has the same check digits (ISO 11649).
    return len(plain) >= _SHORTEST_IBAN and not is_reference and int(as_digits) % 97 == 1
