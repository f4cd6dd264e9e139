"""By which way a message goes, whether it leaves now or waits for the one message of the day, and what that one need
not tell any more because something later says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from onorder.rules.lifecycle import Channel, Pace

#: What must reach somebody in a form that they can keep, whatever they chose: the contract and each change of it, what
#: is late and what they are asked about it, what is cancelled or paid back, and each step of a withdrawal.
#:
#: Source: Directive 2011/83/EU, article 8(7) (confirmation on a durable medium) and 11(3) (acknowledgement of a
#: withdrawal); 16 CFR 435.2(b) (notice of delay).
IN_WRITING: Final = frozenset(
    {
        *("placed", "added", "swapped", "delayed", "promised_anew", "cancelled", "lapsed", "unpaid", "refunded"),
        *("return_requested", "return_refused"),
    }
)
#: What waits for nothing: that, what somebody has just asked for, and what is to be paid by a day.
AT_ONCE: Final = IN_WRITING | {"link", "account", "balance_due", "payment_reminded"}
#: What goes by e-mail only: it is sent to prove that the mailbox is theirs.
ONLY_BY_EMAIL: Final = frozenset({"link", "account"})

#: What says by itself, later, what an earlier message would have said of the same units.
_GONE = frozenset({"cancelled", "lapsed", "unpaid", "swapped"})
_FURTHER = frozenset({"balance_due", "packed", "shipped", *_GONE})
_NEW_DAY = frozenset({"delayed", "promised_anew"})
_COVERED_BY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ordered": frozenset({"confirmed", "on_its_way", "arrived", *_NEW_DAY, *_FURTHER}),
        "confirmed": frozenset({"on_its_way", "arrived", *_NEW_DAY, *_FURTHER}),
        "on_its_way": frozenset({"arrived", *_FURTHER}),
        "arrived": _FURTHER,
        "packed": frozenset({"shipped", *_GONE}),
        "shipped": frozenset({"delivered"}),
    }
)
#: Of these one unit may be told twice on its way: what counts is how many got furthest.
_ON_THEIR_WAY: Final = frozenset(
    {"confirmed", "on_its_way", "arrived", "balance_due", "packed", "shipped", "delivered"}
)
#: What is overtaken by anything later about the same order; by anything later about the same return.
_NOTHING_NEW: Final = "heartbeat"
_RETURN_HERE: Final = "return_received"


@dataclass(frozen=True, slots=True)
class Reach:
    """How a customer is to be written to, and by which ways that can be done now.

    Args:
        by_email, by_text: what they chose.
        has_address, has_number: whether there is an address, and a number that the shop sends to.
    """

    by_email: bool = True
    by_text: bool = False
    has_address: bool = True
    has_number: bool = False


def channels(kind: str, reach: Reach) -> frozenset[Channel]:
    """By which ways a customer hears of something. Empty if there is none.

    What must reach them in writing goes by e-mail as well, and so does everything where no text message can be sent.

    >>> sorted(channels("shipped", Reach(by_email=False, by_text=True, has_number=True)))
    [<Channel.TEXT: 'text'>]
    >>> sorted(channels("delayed", Reach(by_email=False, by_text=True, has_number=True)))
    [<Channel.EMAIL: 'email'>, <Channel.TEXT: 'text'>]
    """
    by_text = reach.by_text and reach.has_number and kind not in ONLY_BY_EMAIL
    by_email = reach.has_address and (reach.by_email or kind in IN_WRITING or not by_text)
    return frozenset({channel for channel, goes in ((Channel.EMAIL, by_email), (Channel.TEXT, by_text)) if goes})


@dataclass(frozen=True, slots=True)
class Heard:
    """What a customer was sent of late that may wait: the last day, and until when something waits for them."""

    on: date | None = None
    waits_until: datetime | None = None


def waits_until(
    kind: str, pace: Pace, heard: Heard, *, now: datetime, morning: datetime, today: date
) -> datetime | None:
    """Until when a message waits, so that its customer gets at most one a day; None if it leaves by itself, at once.

    Whatever waits until the same instant leaves as one. `now`: it is the first of the day, and leaves with whatever
    else is there.

    Args:
        morning: the instant on the next day at which what has waited leaves.
        today: the shop's day.
    """
    if kind in AT_ONCE or pace == Pace.AT_ONCE:
        return None
    if heard.waits_until:
        return heard.waits_until
    return morning if heard.on == today else now


def morning_after(today: date, hour: int, zone: tzinfo) -> datetime:
    """The hour at which what waited on a day leaves on the next. Where the clock skips it, an hour later."""
    return datetime.combine(today + timedelta(days=1), time(hour), zone)


@dataclass(frozen=True, slots=True)
class Told:
    """A message as far as it matters for those before it. `key`: of the message; events of an order grow with time.

    Args:
        order: which order it is about, and by which way: what went another way says nothing here.
        units: by line, those that it is about; `gone` those that it says are no longer to come.
        back: the number of the return that it is about.
    """

    key: int
    event: int
    order: str
    kind: str
    units: Mapping[int, int]
    gone: Mapping[int, int] = field(default_factory=dict)
    back: str = ""


def overtaken(waiting: Sequence[Told], told: Iterable[Told]) -> dict[int, int]:
    """Messages (by key) that need not be told any more, each with the last of those that say it.

    A message is overtaken when all its units have got further since, by messages of the same order; a sign of life by
    anything about the order; that goods came back by what was decided about them.

    Args:
        waiting: those that are about to be told.
        told: all that customers are told of these orders since, `waiting` among them.
    """
    later: dict[str, list[Told]] = {}
    for one in sorted(told, key=lambda one: one.event):
        later.setdefault(one.order, []).append(one)
    before: dict[tuple[str, str, int], int] = {}  # Units of a line that earlier ones of a kind have accounted for.
    found = {}
    for one in sorted(waiting, key=lambda one: one.event):
        after = [other for other in later.get(one.order, ()) if other.event > one.event and other.key != one.key]
        if by := _overtaken_by(one, after, before):
            found[one.key] = by
    return found


def _overtaken_by(one: Told, after: Sequence[Told], before: dict[tuple[str, str, int], int]) -> int | None:
    if one.kind == _NOTHING_NEW:
        return after[-1].key if after else None
    if one.kind == _RETURN_HERE:
        return next((other.key for other in reversed(after) if other.back and other.back == one.back), None)
    covering = [other for other in after if other.kind in _COVERED_BY.get(one.kind, ())]
    if not covering or not one.units:
        return None
    is_covered = True
    for line, units in one.units.items():
        place = (one.order, one.kind, line)
        is_covered = is_covered and _got_further(line, covering) - before.get(place, 0) >= units
        before[place] = before.get(place, 0) + units
    return covering[-1].key if is_covered else None


def _got_further(line: int, covering: Sequence[Told]) -> int:
    """Units of a line that are further by these messages; one that arrived and then left counts once."""
    on_their_way = dict.fromkeys(_ON_THEIR_WAY, 0)
    others = 0
    for one in covering:
        if one.kind in _ON_THEIR_WAY:
            on_their_way[one.kind] += one.units.get(line, 0)
        else:
            others += (one.gone if one.kind == "swapped" else one.units).get(line, 0)
    return max(on_their_way.values()) + others


def heard_again(heard: Heard, until: datetime | None, now: datetime, today: date) -> Heard:
    """What a customer has heard once this message is dealt with: sent now, or waiting."""
    if until is None:
        return heard
    return replace(heard, on=today, waits_until=until) if until <= now else replace(heard, waits_until=until)
