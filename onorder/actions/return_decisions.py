"""What becomes of goods that came back: sold again, written off or refused; the money, or the same thing again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import money, returned, rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.orders import Head
from onorder.ledger.returned import Few
from onorder.models import Event, OrderLine
from onorder.queue import setup as settings
from onorder.queue.expecting import units_ahead
from onorder.queue.outlook import Outlook
from onorder.rules.lifecycle import PaymentKind, ReturnOutcome, ReturnState, ReturnWish

#: Why a customer gets no message about the goods: another one of the same moment says it.
TOLD_WITH_MONEY: Final = "the message about the money tells it"
TOLD_WITH_REPLACEMENT: Final = "the message about the replacement tells it"

_STEPS: Final = {
    ReturnOutcome.RESTOCK: "restocked",
    ReturnOutcome.WRITE_OFF: "written off",
    ReturnOutcome.REFUSE: "refused",
}


class NothingToDecide(OnOrderError):
    code = "nothing_to_decide"
    sentence = "Return {number} has {units} units of {sku} that can be decided, not {wanted}."
    remedy = "What is on its way is received first; what was decided stays so."


class NoneToBeHad(OnOrderError):
    code = "none_to_be_had"
    sentence = "No replacement of {sku} is to be had: none is here, and nobody knows when one would come."
    remedy = "Give the money back, or name a supplier of it first."


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided. `replaced`: units that are sent again, of which `here` are set aside already; by `promised_on`.

    Money in minor units of the order's currency.
    """

    units: int
    refunded_minor: int = 0
    replaced: int = 0
    here: int = 0
    promised_on: date | None = None


@transaction.atomic(durable=True)
def decide(
    number: str,
    sku: str,
    outcome: ReturnOutcome,
    units: int | None = None,
    *,
    refund_minor: int | None = None,
    replace: bool | None = None,
    why: str = "",
    key: str,
    by: str,
    now: datetime,
) -> Decided:
    """Decide what becomes of goods that came back, and give their customer the money or the same thing again.

    Units that can be sold again go to the oldest waiting line before general sale. A replacement costs nothing, and
    stands in the queue where what it replaces stood; the unit that came back goes to somebody else if anybody waits.

    Safe to repeat: the same `key` returns what was decided first and changes nothing.

    Args:
        number: the return's.
        units: of those that are here; None is all. What is refused may still be on its way.
        refund_minor: what goes back; None is the amount by the rule, or nothing with a replacement.
        replace: whether the same is sent again; None is as the customer wished.
        why: for a refusal its customer reads it.

    Raises:
        NotFound: an unknown return, or a SKU that is not on it.
        NothingToDecide: fewer units are here.
        NoneToBeHad: there is nothing to replace it with.
        NotHeld: the order holds less money.
        BadInput: no units, a refusal without a reason or with money, or less than no money.
    """
    outcome = ReturnOutcome(outcome)
    order = returned.order_of(number)
    variant = returned.variants(number).get(sku)
    if variant is None:
        raise NotFound(what="line on return {number} for", name=sku, number=number)
    _check(number, outcome, units, refund_minor, replace, why)
    level = lock_levels([variant], location=order.location)[variant]
    money.lock(order)
    if earlier := _decided_before(order, key):
        return earlier
    may = {ReturnState.REQUESTED, ReturnState.RECEIVED} if outcome == ReturnOutcome.REFUSE else {ReturnState.RECEIVED}
    going = returned.take(returned.parts(number), may, variant, units)
    there = sum(few.units for few in going)
    if not there or (units is not None and there < units):
        raise NothingToDecide(number=number, units=there, sku=sku, wanted=units or 1)
    journal = Journal(by=by, at=now)
    if outcome == ReturnOutcome.REFUSE:
        return _refuse(order, number, going, journal, why=why.strip()[:200], key=key)
    if replace is None:
        replace = going[0].part.wants == ReturnWish.REPLACEMENT
    if refund_minor is None:
        refund_minor = 0 if replace else money.account(order.id).owed(_by_line(going), come_back=True).minor
    decision = _Decision(order, number, sku, level, journal, going, why.strip()[:200], key)
    return decision.take(outcome, refund_minor, replace)


@dataclass(frozen=True, slots=True)
class _Decision:
    """Goods that are taken, and what their customer gets for them."""

    order: Head
    number: str
    sku: str
    level: Level
    journal: Journal
    going: Sequence[Few]
    why: str
    key: str

    def take(self, outcome: ReturnOutcome, refund_minor: int, replace: bool) -> Decided:
        """Take the goods, allocate what can be sold again, then replace and refund; all is written."""
        journal, now = self.journal, self.journal.at
        lines = {line.id: line for line in order_lines.of_orders([self.order.id])}
        told = TOLD_WITH_REPLACEMENT if replace else TOLD_WITH_MONEY if refund_minor else ""
        entry = self._book(outcome, lines, told)
        queue.allocate([self.level], journal, why=f"return:{self.number}")
        decided = Decided(sum(few.units for few in self.going), refund_minor)
        new: dict[int, int] = {}
        if replace:
            decided, new = self._replace(lines, refund_minor)
        queue.refresh([self.level], journal)
        entry.data |= _told(decided)
        paid = money.give_back(self.order, refund_minor, journal, why=self.why) if refund_minor else None
        journal.write()
        if paid:
            money.book(PaymentKind.REFUNDED, self.order, refund_minor, paid, key=f"return:{self.key}"[:128], at=now)
        first = self.going[0].part.id
        returned.advance(
            self.number,
            self.going,
            _STEPS[outcome],
            {
                few.part.id: {
                    "decided_at": now,
                    "decided_why": self.why,
                    "refunded_minor": refund_minor if few.part.id == first else 0,
                    "replacement": new.get(few.part.id),
                }
                for few in self.going
            },
        )
        return decided

    def _book(self, outcome: ReturnOutcome, lines: Mapping[int, Line], unless: str) -> Entry:
        restock = outcome == ReturnOutcome.RESTOCK
        data = {"lines": _lines(self.going), "restocked": restock, "return": self.number, "key": self.key}
        entry = self.journal.record("returned", self.order.subject, data, why=self.why)
        self.journal.tell(entry, self.order.recipient, unless=unless)
        for few in self.going:
            self.journal.take_back(entry, self.level, lines[few.part.line], few.units)
            if not restock:
                self.journal.write_off(entry, self.level, few.units)
        return entry

    def _replace(self, lines: Mapping[int, Line], refund_minor: int) -> tuple[Decided, dict[int, int]]:
        """Lines of the same at no price, each where its original stands in the queue; by what came back."""
        journal, level = self.journal, self.level
        outlook = Outlook(settings.current(), [level], now=journal.at)
        journal.flush_lines()  # Who waits before them is counted.
        ahead = units_ahead({few.part.line for few in self.going})
        entry = journal.record("replaced", self.order.subject, {"lines": [], "return": self.number}, why=self.why)
        journal.tell(entry, self.order.recipient)
        keys = rows.reserve({OrderLine: len(self.going)})[OrderLine]
        new, days = {}, []
        for pk, few in zip(keys, self.going, strict=True):
            original, at_once = lines[few.part.line], min(few.units, level.free)
            short = few.units - at_once
            unit = ahead[original.id] + original.waiting + short
            promise = outlook.ready(level, unit) if short else outlook.shelf()
            if promise is None:
                raise NoneToBeHad(sku=self.sku)
            line = Line.new(
                id=pk,
                order=self.order.id,
                level=level,
                ordered=few.units,
                waiting=short,
                unit_price_minor=0,
                queued_at=original.queued_at,
                promised_on=promise.on,
            )
            journal.join(entry, level, line, at_once)
            entry.data["lines"].append([pk, at_once, short, promise.on.isoformat()])
            new[few.part.id] = pk
            days.append(promise.on)
        units, here = sum(few.units for few in self.going), sum(row[1] for row in entry.data["lines"])
        return Decided(units, refund_minor, units, here, max(days)), new


def _check(
    number: str, outcome: ReturnOutcome, units: int | None, refund_minor: int | None, replace: bool | None, why: str
) -> None:
    if units is not None and units < 1:
        raise BadInput(
            what="{number}", problem="{units} units are nothing to decide", remedy="Give one or more.",
            number=number, units=units,
        )  # fmt: skip
    if refund_minor is not None and refund_minor < 0:
        raise BadInput(
            what="{number}", problem="{amount} is not an amount of money", remedy="Give zero or more.",
            number=number, amount=refund_minor,
        )  # fmt: skip
    if outcome != ReturnOutcome.REFUSE:
        return
    if not why.strip():
        raise BadInput(
            what="{number}", problem="no reason is given", remedy="Write it: its customer reads it.", number=number
        )
    if refund_minor or replace:
        raise BadInput(
            what="{number}",
            problem="what is refused brings neither money nor a replacement",
            remedy="Take it, or give nothing for it.",
            number=number,
        )


def _refuse(order: Head, number: str, going: Sequence[Few], journal: Journal, *, why: str, key: str) -> Decided:
    """The goods stay the customer's; nothing moves."""
    changes = {few.part.id: {"decided_at": journal.at, "decided_why": why} for few in going}
    returned.advance(number, going, _STEPS[ReturnOutcome.REFUSE], changes)
    decided = Decided(sum(few.units for few in going))
    data = {"lines": _lines(going), "return": number, "key": key, **_told(decided)}
    journal.tell(journal.record("return_refused", order.subject, data, why=why), order.recipient)
    journal.write()
    return decided


def _lines(going: Sequence[Few]) -> list[list[int]]:
    return [[line, units] for line, units in _by_line(going).items()]


def _by_line(going: Sequence[Few]) -> dict[int, int]:
    found: dict[int, int] = {}
    for few in going:
        found[few.part.line] = found.get(few.part.line, 0) + few.units
    return found


def _told(decided: Decided) -> dict[str, Any]:
    """What the event keeps of it, for whoever decides the same again."""
    day = decided.promised_on and decided.promised_on.isoformat()
    return {"decided": [decided.units, decided.refunded_minor, decided.replaced, decided.here, day]}


def _decided_before(order: Head, key: str) -> Decided | None:
    kinds = ("returned", "return_refused")
    data = Event.objects.filter(subject=order.subject, kind__in=kinds, data__key=key).values_list("data", flat=True)
    found = data.first()
    if found is None:
        return None
    units, refunded, replaced, here, day = found["decided"]
    return Decided(units, refunded, replaced, here, day and date.fromisoformat(day))
