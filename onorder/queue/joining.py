"""New units join the tail of their queues: what they get at once, what they wait for, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from onorder.errors import Phrase, joined
from onorder.ledger.levels import Level
from onorder.queue.outlook import Outlook
from onorder.rules.lifecycle import Accept
from onorder.rules.promising import Promise
from onorder.rules.terms import sellable


@dataclass(slots=True)
class Tail:
    """The end of one queue while orders join it: what is still free, and how many units wait before the next one."""

    free: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Place:
    """What one new line gets: `allocated` units now, `waiting` ones later, all shipped by `promise`."""

    level: Level
    allocated: int
    waiting: int
    promise: Promise | None
    last_unit: int = 0  # Counted from the head of the queue; 0 if nothing waits.


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why a line cannot be taken, and what would help."""

    why: Phrase
    remedy: Phrase | None = None

    @property
    def sentence(self) -> Phrase:
        """Both, in one."""
        return joined(": ", (self.why, self.remedy)) if self.remedy else self.why


class Joining:
    """Orders join, one after the other, each seeing what the one before it took.

    A place follows from the level's counters and from what is on order, whatever stands before it in the queue.
    """

    def __init__(self, levels: Mapping[int, Level], products: Mapping[int, int], outlook: Outlook) -> None:
        self.levels = levels
        self.outlook = outlook
        self._products = products
        # Free units belong to whoever waits already, so with anybody waiting there are none for a new line.
        self._tails = {v: Tail(0 if lv.waiting else lv.free, lv.waiting) for v, lv in levels.items()}

    def find(self, wanted: list[tuple[int, int]]) -> list[Place | NoPlace]:
        """A place for each (variant, units) of one order, all or, if any cannot have one, none of them taken."""
        before = {variant: (self._tails[variant].free, self._tails[variant].waiting) for variant, _ in wanted}
        places = [self._place(variant, units) for variant, units in wanted]
        if any(isinstance(place, NoPlace) for place in places):
            for variant, (free, waiting) in before.items():
                self._tails[variant] = Tail(free, waiting)
        return places

    def give_back(self, places: list[Place]) -> None:
        """Places of an order that is not taken after all, the last one that was found, are there for the next."""
        for place in places:
            tail = self._tails[place.level.variant]
            tail.free += place.allocated
            tail.waiting -= place.waiting

    def _place(self, variant: int, units: int) -> Place | NoPlace:
        level, tail = self.levels[variant], self._tails[variant]
        at_once = min(units, tail.free)
        short = units - at_once
        if not short:
            tail.free -= at_once
            return Place(level, at_once, 0, self.outlook.shelf())
        terms = self.outlook.setup.terms(level.supplier, self._products[variant], variant)
        allowed = sellable(tail.free, tail.waiting, terms.accept, terms.cap)
        if allowed is not None and units > allowed:
            return _sold_out(units, allowed, terms.accept)
        promise = self.outlook.ready(level, tail.waiting + short)
        if promise is None:
            return NoPlace(
                Phrase("nobody knows when it would come"),
                Phrase("give it an offer and its supplier a lead time and order days"),
            )
        if terms.longest_wait_days is not None and _days(self.outlook.today, promise.on) > terms.longest_wait_days:
            beyond = Phrase(
                "it would ship on {day:%-d %B %Y}, beyond the {days} days its terms allow",
                day=promise.on,
                days=terms.longest_wait_days,
            )
            return NoPlace(beyond)
        tail.free -= at_once
        tail.waiting += short
        return Place(level, at_once, short, promise, tail.waiting)


def _sold_out(units: int, allowed: int, accept: Accept) -> NoPlace:
    why = Phrase("it is not sold without stock") if accept == Accept.NEVER else Phrase("no more may wait for it")
    return NoPlace(
        Phrase("{units} wanted, {allowed} can be sold ({why})", units=units, allowed=allowed, why=why),
        Phrase("order fewer, or change its backorder terms"),
    )


def _days(earlier: date, later: date) -> int:
    return (later - earlier).days
