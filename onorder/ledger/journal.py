"""What one action writes: events, messages, moves, and the levels and lines they change; gathered, written once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from onorder.ledger import levels, lines, notices, rows
from onorder.ledger.levels import Level
from onorder.ledger.lines import Line
from onorder.ledger.notices import Sent
from onorder.models import Event, Message, StockMove
from onorder.rules.consent import Notice
from onorder.rules.lifecycle import MessageState, MoveKind

#: What one unit of each kind of move does to a level: (on hand, allocated).
EFFECTS = MappingProxyType(
    {
        MoveKind.RECEIVED: (1, 0),
        MoveKind.ALLOCATED: (0, 1),
        MoveKind.RELEASED: (0, -1),
        MoveKind.SHIPPED: (-1, -1),
        MoveKind.RETURNED: (1, 0),
        MoveKind.ADJUSTED: (1, 0),
        MoveKind.WRITTEN_OFF: (-1, 0),
    }
)


def _summed(place: int) -> str:
    """The sum over moves of what they do to one counter, as SQL over the columns `kind` and `quantity`."""
    cases = " ".join(f"WHEN '{kind}' THEN {does[place]} * quantity" for kind, does in EFFECTS.items() if does[place])
    return f"sum(CASE kind {cases} ELSE 0 END)"


#: What moves add up to: units on hand, and units allocated.
ON_HAND, ALLOCATED = _summed(0), _summed(1)

_QUEUED, _SUPPRESSED = MessageState.QUEUED, MessageState.SUPPRESSED

#: Why nobody is told who gave no address. Customers may still hear of it by text message.
NO_ADDRESS = "no e-mail address"
BY_TEXT = "told by text message, as they chose"


@dataclass(slots=True)
class Untold:
    """Customers and suppliers (by key) who would have been told something in a trial."""

    customers: set[int] = field(default_factory=set)
    suppliers: set[int] = field(default_factory=set)


_trial: ContextVar[Untold | None] = ContextVar("trial", default=None)


@contextmanager
def untold() -> Iterator[Untold]:
    """For a trial that looks at quantities and dates only, and is undone: inside, journals write what they change and
    leave out what tells of it (events, moves, messages, days told), which is most of the rows. Whom they would tell is
    noted."""
    would = Untold()
    before = _trial.set(would)
    try:
        yield would
    finally:
        _trial.reset(before)


class Recipient(NamedTuple):
    """A customer who may be told something."""

    customer: int
    email: str


@dataclass(eq=False, slots=True)
class Entry:
    """An event about to be written. `data` may grow until then; `id` is there once it is written."""

    kind: str
    subject: str
    data: dict[str, Any]
    why: str = ""
    id: int = 0


@dataclass(slots=True)
class Journal:
    """Everything that one action changes, in memory until `write()`, which takes a fixed number of statements.

    Each stock move belongs to an entry, so nothing moves without an event that explains it.

    Args:
        by: who does it: a user's name, "worker", "storefront".
        at: when.
    """

    by: str
    at: datetime
    _entries: list[Entry] = field(default_factory=list)
    _messages: list[tuple[Entry, str, int | None, int | None, str]] = field(default_factory=list)
    _moves: list[tuple[Level, MoveKind, int, int | None, Entry]] = field(default_factory=list)
    _levels: dict[int, Level] = field(default_factory=dict)
    _lines: dict[int, Line] = field(default_factory=dict)
    _new_lines: list[Line] = field(default_factory=list)
    _notices: list[tuple[Entry, Line, int, date, Notice, date | None]] = field(default_factory=list)
    _answered: dict[int, Sent] = field(default_factory=dict)

    def record(self, kind: str, subject: str, data: dict[str, Any] | None = None, *, why: str = "") -> Entry:
        """Note that something happened to `subject` ("order:17")."""
        entry = Entry(kind, subject, {} if data is None else data, why)
        self._entries.append(entry)
        return entry

    def subjects(self, kind: str) -> set[str]:
        """To what something of this kind has been noted so far."""
        return {entry.subject for entry in self._entries if entry.kind == kind}

    def tell(self, entry: Entry, recipient: Recipient, *, unless: str = "") -> None:
        """Have the customer told of this event, or note why not: for the reason `unless`, or for want of an address."""
        silent = unless or ("" if recipient.email else NO_ADDRESS)
        self._messages.append((entry, entry.kind, recipient.customer, None, silent))

    def tell_supplier(self, entry: Entry, supplier: int, *, email: str, unless: str = "") -> None:
        """Have the supplier told of this event, or note why not: for the reason `unless`, or for want of an address."""
        silent = unless or ("" if email else NO_ADDRESS)
        self._messages.append((entry, entry.kind, None, supplier, silent))

    def join(self, entry: Entry, level: Level, line: Line, allocated: int) -> None:
        """A new line joins the tail of its queue, with so many of its units set aside at once.

        One that joins further ahead needs the level refreshed afterwards (`onorder.queue.refresh`).
        """
        level.waiting += line.waiting
        if level.uncovered and level.buffered_at is None:
            level.buffered_at = (
                line.queued_at
            )  # At the tail: if nothing before it stands in the buffer, it is the first.
        self._new_lines.append(line)
        if allocated:
            level.allocated += allocated
            line.allocated += allocated
            self._moves.append((level, MoveKind.ALLOCATED, allocated, line.id, entry))
        self._levels[level.id] = level

    def allocate(self, entry: Entry, level: Level, line: Line, units: int) -> None:
        """Set aside units that are here for a line that waits for them."""
        line.waiting -= units
        line.allocated += units
        level.waiting -= units
        self._move(entry, level, MoveKind.ALLOCATED, units, line)

    def release(self, entry: Entry, level: Level, line: Line, units: int, *, requeue: bool) -> None:
        """Take back units that were set aside. The line waits again in its old place or, without `requeue`, gave up."""
        line.allocated -= units
        if requeue:
            line.waiting += units
            level.waiting += units
        else:
            line.cancelled += units
        self._move(entry, level, MoveKind.RELEASED, units, line)

    def give_up(self, level: Level, line: Line, units: int) -> None:
        """A line no longer waits for units. Nothing physical changes."""
        line.waiting -= units
        line.cancelled += units
        level.waiting -= units
        self.change(line)
        self.touch(level)

    def ship(self, entry: Entry, level: Level, line: Line, units: int) -> None:
        """Units that were set aside leave the house."""
        line.allocated -= units
        line.shipped += units
        self._move(entry, level, MoveKind.SHIPPED, units, line)

    def take_back(self, entry: Entry, level: Level, line: Line, units: int) -> None:
        """Units that were shipped are on the shelf again."""
        line.returned += units
        self._move(entry, level, MoveKind.RETURNED, units, line)

    def receive(self, entry: Entry, level: Level, units: int) -> None:
        """Units arrive."""
        self._move(entry, level, MoveKind.RECEIVED, units, None)

    def adjust(self, entry: Entry, level: Level, units: int) -> None:
        """The count was wrong by so many units, more or (negative) fewer."""
        self._move(entry, level, MoveKind.ADJUSTED, units, None)

    def write_off(self, entry: Entry, level: Level, units: int) -> None:
        """Units that are here can no longer be sold."""
        self._move(entry, level, MoveKind.WRITTEN_OFF, units, None)

    def tell_day(self, line: Line, on: date) -> None:
        """The customer is told another day on which the line ships."""
        line.told_on = on
        if _trial.get() is None:
            self.change(line)

    def ask(
        self, entry: Entry, line: Line, number: int, *, was: date, notice: Notice, lapses_after: date | None
    ) -> None:
        """The customer gets a notice of delay about the line, its so many-th; until now the day `was` held."""
        self._notices.append((entry, line, number, was, notice, lapses_after))

    def settle(self, sent: Sent) -> None:
        """Have a notice that was sent written back."""
        self._answered[sent.id] = sent

    def change(self, line: Line) -> None:
        """Have a line written back."""
        self._lines[line.id] = line

    def touch(self, level: Level) -> None:
        """Have a level written back."""
        self._levels[level.id] = level

    def flush_lines(self) -> None:
        """Write new and changed lines now, because the queue is about to be read. At most two statements."""
        lines.add(self._new_lines)
        self._new_lines.clear()
        lines.save(self._lines.values())
        self._lines.clear()

    def write(self) -> None:
        """Write everything: at most seven statements, and two where consent is asked, however many entries."""
        would = _trial.get()
        if would is None:
            self._write_events()
        self.flush_lines()
        if would is None:
            self._write_moves_and_messages()
            notices.add([(ln.id, e.id, number, was, one, after) for e, ln, number, was, one, after in self._notices])
            notices.save(self._answered.values())
        else:
            loud = [(customer, supplier) for _, _, customer, supplier, silent in self._messages if not silent]
            would.customers |= {customer for customer, _ in loud if customer}
            would.suppliers |= {supplier for _, supplier in loud if supplier}
        levels.save(self._levels.values())

    def _write_events(self) -> None:
        if self._entries:
            keys = rows.reserve({Event: len(self._entries)})[Event]
            for entry, key in zip(self._entries, keys, strict=True):
                entry.id = key
        rows.insert(
            Event,
            ("id", "kind", "subject", "at", "by", "why", "data"),
            [(e.id, e.kind, e.subject, self.at, self.by, e.why, e.data) for e in self._entries],
        )

    def _write_moves_and_messages(self) -> None:
        rows.insert(
            StockMove,
            ("variant", "location", "kind", "quantity", "line", "event"),
            [(lv.variant, lv.location, kind, units, line, e.id) for lv, kind, units, line, e in self._moves],
        )
        rows.insert(
            Message,
            ("event", "kind", "customer", "supplier", "state", "due_at", "note"),
            [
                (e.id, kind, customer, supplier, _SUPPRESSED if silent else _QUEUED, self.at, silent)
                for e, kind, customer, supplier, silent in self._messages
            ],
        )

    def _move(self, entry: Entry, level: Level, kind: MoveKind, units: int, line: Line | None) -> None:
        on_hand, allocated = EFFECTS[kind]
        level.on_hand += on_hand * units
        level.allocated += allocated * units
        self._levels[level.id] = level
        if line:
            self._lines[line.id] = line
        self._moves.append((level, kind, units, line.id if line else None, entry))
