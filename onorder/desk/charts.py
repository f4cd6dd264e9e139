"""A histogram as lengths for SVG: shares of the width, and pixels of the height."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Height of the tallest bar, in pixels, and where the bars stand.
TALLEST, BASE = 96, 130
_MOST_BARS = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the days `first` to `last` it counts, how many there were, and its place. `tint`: half, most or late."""

    first: int
    last: int
    few: int
    x: str
    width: str
    y: int
    height: int
    tint: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line with a word, at the end of one day; `anchor` keeps the word on the drawing, `row` off the other words."""

    x: str
    day: int
    anchor: str
    row: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many took how many days, with the day within which half came, and the one that is promised."""

    bars: tuple[Bar, ...]
    half: Rule
    promised: Rule
    ticks: tuple[tuple[str, int], ...]
    within: int
    all: int
    tallest: int


def histogram(days: Sequence[int], half: int, promised: int) -> Histogram | None:
    """A histogram of whole days; None of nothing.

    Args:
        half, promised: days within which half came, and which are promised.

    >>> drawn = histogram([1, 2, 2, 9], half=2, promised=5)
    >>> [(bar.first, bar.few, bar.tint) for bar in drawn.bars], drawn.within
    ([(1, 1, 'half'), (2, 2, 'half'), (9, 1, 'late')], 3)
    """
    if not days:
        return None
    least, most = min(0, *days), max(*days, promised) + 1
    wide = -(-(most - least) // _MOST_BARS)
    counted = Counter((day - least) // wide for day in days)
    columns = -(-(most - least) // wide)
    tallest = max(counted.values())
    bars = []
    for column, few in sorted(counted.items()):
        first = least + column * wide
        last = first + wide - 1
        height = max(round(TALLEST * few / tallest), 2)
        tint = "half" if last <= half else "most" if last <= promised else "late"
        bars.append(
            Bar(
                first,
                last,
                few,
                f"{100 * column / columns:.2f}%",
                f"{max(100 / columns - 0.4, 0.4):.2f}%",
                BASE - height,
                height,
                tint,
            )
        )
    step = max(1, -(-columns // 6)) * wide
    ticks = tuple(
        (f"{100 * (day - least + wide / 2) / (columns * wide):.2f}%", day) for day in range(least, most, step)
    )
    within = sum(day <= promised for day in days)
    whole = columns * wide
    return Histogram(
        tuple(bars), _rule(half, least, whole, 0), _rule(promised, least, whole, 1), ticks, within, len(days), tallest
    )


def _rule(day: int, least: int, whole: int, row: int) -> Rule:
    at = 100 * (day + 1 - least) / whole
    return Rule(f"{at:.2f}%", day, "start" if at < 70 else "end", row)
