"""Numbers of orders that are short, never the same twice, and do not tell how many orders there were."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # Without I and O, which are read as digits.
_DIGITS: Final = 10_000_000
_ALL: Final = len(_LETTERS) * _DIGITS
_SIDE: Final = 15_492  # Its square is just above, so that hardly any number has to be scrambled twice.
_ROUNDS: Final = 6


def scrambled(place: int, key: str) -> str:
    """The number of the `place`-th order: a letter and seven digits. Each place has one of its own.

    Two halves are mixed into each other with a secret `key` (a Feistel network), which can be undone and is therefore
    one to one; what falls outside goes through it again (cycle walking). After 240 million orders it grows by digits.

    Source: Black and Rogaway, Ciphers with Arbitrary Finite Domains (2002), "generalized Feistel".

    >>> scrambled(1, "secret") != scrambled(2, "secret"), len(scrambled(1, "secret"))
    (True, 8)
    """
    rest, place = divmod(place, _ALL)
    found = _mixed(place, key)
    while found >= _ALL:
        found = _mixed(found, key)
    letter, digits = divmod(found, _DIGITS)
    return f"{_LETTERS[letter]}{digits:07}{rest or ''}"


def _mixed(value: int, key: str) -> int:
    left, right = divmod(value, _SIDE)
    for turn in range(_ROUNDS):
        left, right = right, (left + _round(right, turn, key)) % _SIDE
    return left * _SIDE + right


def _round(value: int, turn: int, key: str) -> int:
    return int.from_bytes(blake2b(f"{turn}:{value}".encode(), key=key.encode()[:64], digest_size=8).digest(), "big")
