"""Before messages leave: by which way each of them goes, which of them wait, and which leave together as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min

from onorder.ledger import rows
from onorder.ledger.journal import BY_TEXT as BY_TEXT
from onorder.ledger.journal import NO_ADDRESS
from onorder.models import Customer, Message, Shop
from onorder.queue.setup import NotSetUp
from onorder.rules import gathering
from onorder.rules.gathering import Heard, Reach, Told
from onorder.rules.lifecycle import Channel, MessageState, Pace

#: So many new messages are arranged at once; the rest a moment later.
MOST: Final = 2_000

#: Why a message did not leave by itself, beside `BY_TEXT`.
OVERTAKEN: Final = "told by what came after it"
#: Why one did not leave at all.
DOES_NOT_WORK: Final = "mail to this address comes back"
NUMBER_DOES_NOT_WORK: Final = "text messages to this number do not arrive"


@dataclass(frozen=True, slots=True)
class Arranged:
    """What became of messages: newly looked at, of them by text message; told by another; left out as overtaken."""

    new: int = 0
    texts: int = 0
    gathered: int = 0
    overtaken: int = 0


@transaction.atomic(durable=True)
def arrange(*, by: str, now: datetime) -> Arranged:
    """Decide of each new message by which way it goes, and whether it waits for its customer's one message of a day.

    Of those whose time has come, decide which one carries the others.

    Nine statements at the most, however many messages. One worker at a time does it: who comes second finds it done.
    Nothing is sent by it, so no event tells of it; what became of each message stands in it.

    Raises:
        NotSetUp: there is no shop.
    """
    case = _Case(_locked_shop(), now)
    new = _new_messages()
    _suppliers(new, case)
    customers = [one for one in new if one.customer]
    waiting = _waiting_for({one.customer for one in customers})
    for customer, few in groupby(sorted(customers, key=attrgetter("customer", "event")), key=attrgetter("customer")):
        _one_customer(list(few), waiting.get(customer), case)
    texts = _add_texts(case)
    gathered, overtaken = _gather([*case.due, *_due(now)], case)
    _write(case)
    return Arranged(len(new), texts, gathered, overtaken)


@dataclass(slots=True)
class _New:
    """A message that nobody has looked at yet, and what its customer chose."""

    key: int
    event: int
    kind: str
    customer: int
    state: str
    due_at: datetime
    note: str
    subject: str
    data: Mapping[str, Any]
    by_email: bool
    by_text: bool
    number: str
    pace: str
    email: str
    bounced_at: datetime | None
    text_bounced_at: datetime | None
    told_on: date | None
    channel: str = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class _Due:
    """A message that may wait, and whose time has come."""

    key: int
    event: int
    kind: str
    customer: int
    channel: str
    subject: str
    data: Mapping[str, Any]

    @property
    def told(self) -> Told:
        return _told(self.key, self.event, self.subject, self.channel, self.kind, self.data)


@dataclass(slots=True)
class _Case:
    """The shop as it is set, and what is to be written: by message (state, due, note, carried by), and who heard of
    something today."""

    shop: Shop
    now: datetime
    changes: dict[int, tuple[str, datetime, str, int | None]] = field(default_factory=dict)
    texts: list[tuple[_New, datetime | None]] = field(default_factory=list)
    due: list[_Due] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)
    zone: ZoneInfo = field(init=False)
    today: date = field(init=False)
    morning: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.shop.time_zone)
        self.today = self.now.astimezone(self.zone).date()
        self.morning = gathering.morning_after(self.today, self.shop.gathers_at, self.zone)


def _locked_shop() -> Shop:
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=1).first()
    if shop is None:
        raise NotSetUp
    return shop


def _new_messages() -> list[_New]:
    """The oldest first. One statement."""
    columns = ("pk", "event", "kind", "customer", "state", "due_at", "note", "event__subject", "event__data")
    chosen = ("by_email", "by_text", "text_number", "pace", "email", "email_bounced_at", "text_bounced_at", "told_on")
    found = Message.objects.filter(is_arranged=False).order_by("pk")
    return [_New(*row) for row in found.values_list(*columns, *(f"customer__{name}" for name in chosen))[:MOST]]


def _waiting_for(customers: set[int]) -> dict[int, datetime]:
    """Until when something waits for these customers. One statement; none for nobody."""
    if not customers:
        return {}
    waiting = Message.objects.filter(state=MessageState.WAITING, customer__in=customers).order_by()
    return dict(waiting.values_list("customer").annotate(Min("due_at")))


def _suppliers(new: Iterable[_New], case: _Case) -> None:
    """What suppliers are told waits for nothing."""
    for one in new:
        if not one.customer:
            case.changes[one.key] = (one.state, one.due_at, one.note, None)


def _one_customer(new: Sequence[_New], waits: datetime | None, case: _Case) -> None:
    """Decide of everything that is new for one customer, the oldest first."""
    heard = Heard(new[0].told_on, waits)
    for one in new:
        ways = _ways(one, case.shop)
        until = None
        if ways:
            pace = Pace(one.pace or case.shop.pace)
            until = gathering.waits_until(one.kind, pace, heard, now=case.now, morning=case.morning, today=case.today)
            heard = gathering.heard_again(heard, until, case.now, case.today)
        _by_email(one, ways, until, case)
        if Channel.TEXT in ways:
            case.texts.append((one, until))


def _ways(one: _New, shop: Shop) -> frozenset[Channel]:
    """By which ways a message goes; none for what is not to be told at all.

    A number that does not work is passed over, unless it is all there is: then the message comes back at once, and
    leaves when the number is corrected.
    """
    if one.state == MessageState.SUPPRESSED and one.note != NO_ADDRESS:
        return frozenset()
    has_address = bool(one.email) and one.state == MessageState.QUEUED
    reach = Reach(
        by_email=one.by_email,
        by_text=one.by_text,
        has_address=has_address,
        has_number=bool(one.number) and shop.takes_texts and not (one.text_bounced_at and has_address),
    )
    return gathering.channels(one.kind, reach)


def _by_email(one: _New, ways: frozenset[Channel], until: datetime | None, case: _Case) -> None:
    if one.state != MessageState.QUEUED:
        case.changes[one.key] = (one.state, one.due_at, one.note, None)
    elif Channel.EMAIL not in ways:
        case.changes[one.key] = (MessageState.SUPPRESSED, one.due_at, BY_TEXT, None)
    elif one.bounced_at:
        case.changes[one.key] = (MessageState.BOUNCED, one.due_at, DOES_NOT_WORK, None)
    else:
        _leave_or_wait(one.key, one, until, case)


def _leave_or_wait(key: int, one: _New, until: datetime | None, case: _Case, channel: str = Channel.EMAIL) -> None:
    if until is None:
        case.changes[key] = (MessageState.QUEUED, one.due_at, "", None)
    elif until > case.now:
        case.changes[key] = (MessageState.WAITING, until, "", None)
    else:
        case.due.append(_Due(key, one.event, one.kind, one.customer, channel, one.subject, one.data))


def _add_texts(case: _Case) -> int:
    """Add what goes by text message. Two statements; none for none."""
    if not case.texts:
        return 0
    keys = rows.reserve({Message: len(case.texts)})[Message]
    for key, (one, until) in zip(keys, case.texts, strict=True):
        if one.text_bounced_at:
            case.changes[key] = (MessageState.BOUNCED, one.due_at, NUMBER_DOES_NOT_WORK, None)
        else:
            _leave_or_wait(key, one, until, case, Channel.TEXT)
    rows.insert(
        Message,
        ("id", "event", "channel", "kind", "customer", "state", "due_at"),
        [
            (key, one.event, Channel.TEXT, one.kind, one.customer, MessageState.QUEUED, one.due_at)
            for key, (one, _) in zip(keys, case.texts, strict=True)
        ],
    )
    return len(keys)


def _due(now: datetime) -> list[_Due]:
    """What has waited until now. One statement."""
    found = Message.objects.filter(state=MessageState.WAITING, due_at__lte=now).order_by("pk")
    columns = ("pk", "event", "kind", "customer", "channel", "event__subject", "event__data")
    return [_Due(*row) for row in found.values_list(*columns)]


def _gather(due: Sequence[_Due], case: _Case) -> tuple[int, int]:
    """Of everything that is due for one customer by one way, the newest carries the others: how many it carries, and
    how many are left out because something later says it. One statement; none for nothing."""
    if not due:
        return 0, 0
    gone = gathering.overtaken([one.told for one in due], _told_since(due))
    for key, by in gone.items():
        case.changes[key] = (MessageState.SUPPRESSED, case.now, OVERTAKEN, by)
    left = [one for one in due if one.key not in gone]
    together = attrgetter("customer", "channel")
    for (customer, _), few in groupby(sorted(left, key=attrgetter("customer", "channel", "event")), key=together):
        *carried, carrier = few
        case.changes[carrier.key] = (MessageState.QUEUED, case.now, "", None)
        for one in carried:
            case.changes[one.key] = (MessageState.GATHERED, case.now, "", carrier.key)
        case.heard.add(customer)
    return len(left) - len({together(one) for one in left}), len(gone)


def _told_since(due: Sequence[_Due]) -> list[Told]:
    """Everything that is told about the orders of these messages since the first of them, by the same ways."""
    first = min(one.event for one in due)
    since = Message.objects.filter(event__subject__in={one.subject for one in due}, event__gte=first)
    columns = ("pk", "event", "event__subject", "channel", "kind", "event__data", "state")
    ways = {(one.subject, one.channel) for one in due}
    silent = (MessageState.SUPPRESSED, MessageState.FAILED)
    return [
        _told(key, event, subject, channel, kind, data)
        for key, event, subject, channel, kind, data, state in since.values_list(*columns)
        if (subject, channel) in ways and state not in silent
    ]


def _told(key: int, event: int, subject: str, channel: str, kind: str, data: Mapping[str, Any]) -> Told:
    """A message as the rule knows it: each line of an event begins with the line and its units."""
    units: dict[int, int] = {}
    for line, few, *_ in data.get("lines", ()):
        units[line] = units.get(line, 0) + few
    gone = {line: few for line, few, *_ in data.get("gone", ())}
    return Told(key, event, f"{subject} by {channel}", kind, units, gone, str(data.get("return", "")))


def _write(case: _Case) -> None:
    """Two statements; none for nothing."""
    rows.update(
        Message,
        ("state", "due_at", "note", "carried_by", "is_arranged"),
        [(state, due_at, note, carrier, True, key) for key, (state, due_at, note, carrier) in case.changes.items()],
    )
    rows.update(Customer, ("told_on",), [(case.today, customer) for customer in case.heard])
