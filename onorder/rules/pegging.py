"""Which source covers which demand, first in, first out: the field's *dynamic pegging*."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Demand(NamedTuple):
    """`quantity` units that one order line waits for."""

    line: int
    quantity: int


class Supply(NamedTuple):
    """`quantity` units from one `source`: a purchase order line's key, or 0 for the shelf."""

    source: int
    quantity: int


class Peg(NamedTuple):
    """`quantity` units of one line, covered by one source; by nothing yet if `source` is None."""

    line: int
    quantity: int
    source: int | None


def peg(demand: Iterable[Demand], supply: Iterable[Supply]) -> Iterator[Peg]:
    """Cover demand from supply, each in the order given.

    Args:
        demand: of one variant at one location, oldest queue place first; units > 0.
        supply: of the same, what is ready soonest first; units > 0.

    Yields:
        Pegs in the order of demand. Those of one line add up to what it waits for. What no supply covers comes last,
        with no source: it belongs in the supplier's buffer.

    Raises:
        ValueError: a quantity is not positive.

    Two cumulative sums, merged: linear in the number of lines and sources, and `supply` is read only as far as demand
    reaches.

    >>> for p in peg([Demand(1, 4), Demand(2, 4)], [Supply(0, 3), Supply(17, 3)]):
    ...     print(p.line, p.quantity, p.source)
    1 3 0
    1 1 17
    2 2 17
    2 2 None
    """
    sources = iter(supply)
    source: int | None = None
    left = 0
    exhausted = False
    for want in demand:
        open_units = _positive(want.quantity)
        while open_units:
            if not left and not exhausted:
                following = next(sources, None)
                exhausted = following is None
                source, left = (following.source, _positive(following.quantity)) if following else (None, 0)
            taken = open_units if exhausted else min(open_units, left)
            yield Peg(want.line, taken, source)
            open_units -= taken
            left -= 0 if exhausted else taken


def first_uncovered(demand: Iterable[Demand], covered: int) -> int | None:
    """The line whose units, counted from the head of the queue, are the first beyond `covered` units of supply.

    >>> first_uncovered([Demand(1, 4), Demand(2, 4)], 4)
    2
    >>> first_uncovered([Demand(1, 4)], 4) is None
    True
    """
    for want in demand:
        covered -= _positive(want.quantity)
        if covered < 0:
            return want.line
    return None


def _positive(quantity: int) -> int:
    if quantity < 1:
        raise ValueError(f"a quantity of {quantity} units is not positive")
    return quantity
