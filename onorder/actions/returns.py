"""Customers send goods back: they ask, the goods arrive; or they come without being asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter

from django.db import transaction

from onorder import queue
from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import orders, returned
from onorder.ledger.journal import Journal
from onorder.ledger.levels import lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.orders import Head
from onorder.models import Event
from onorder.rules.lifecycle import ReturnState, ReturnWish


class NotShipped(OnOrderError):
    code = "not_shipped"
    sentence = "Order {number} has {out} units of {sku} with the customer, so {wanted} cannot come back."
    remedy = "What has not been shipped is cancelled instead."


class AskedAlready(OnOrderError):
    code = "return_asked_already"
    sentence = (
        "Of {sku} on order {number} {asked} units are on a return already and {left} are not, so {wanted} are too many."
    )
    remedy = "What comes back on a return is received under its number."


class NotOnTheWay(OnOrderError):
    code = "not_on_the_way"
    sentence = "Return {number} has {units} units of {sku} on the way, not {wanted}."
    remedy = "What came beside them is taken back on the page of its order."


@transaction.atomic(durable=True)
def request(
    number: str, units: Mapping[str, int], *, why: str, wants: ReturnWish, key: str, by: str, now: datetime
) -> str:
    """A customer asks to send goods of an order back, in one parcel, and is told what to do next.

    Nothing moves: the goods are with the customer. Safe to repeat: the same `key` returns the first return's number.

    Args:
        units: by SKU.
        wants: the money, or the same thing again.

    Returns:
        The return's number, to be written on the parcel.

    Raises:
        NotFound: an unknown order, or a SKU that is not on it.
        NotShipped: fewer units are with the customer.
        AskedAlready: of those that are, a return was asked for.
        BadInput: no units.
    """
    order = orders.find(number)
    variants = _variants(order, units)
    lock_levels(variants.values(), location=order.location)
    if earlier := returned.known(key):
        return earlier
    came = _out(order, variants, units)
    rows = [(line.id, few) for line, few in came]
    given = why.strip()[:200]
    back = returned.add(rows, ReturnState.REQUESTED, key=key, now=now, wants=ReturnWish(wants), why=given)
    journal = Journal(by=by, at=now)
    data = {"lines": [list(row) for row in rows], "return": back, "wants": str(wants)}
    journal.tell(journal.record("return_requested", order.subject, data, why=given), order.recipient)
    journal.write()
    return back


@transaction.atomic(durable=True)
def receive(number: str, units: Mapping[str, int] | None = None, *, key: str, by: str, now: datetime) -> int:
    """Goods of a return are here, and nobody has decided what becomes of them: they are not stock yet.

    Safe to repeat: the same `key` changes nothing the second time.

    Args:
        number: the return's.
        units: by SKU; None is everything that is on the way. What did not come stays on the way.

    Returns:
        Units that came.

    Raises:
        NotFound: an unknown return, or a SKU that is not on it.
        NotOnTheWay: fewer units are.
        BadInput: no units.
    """
    order = returned.order_of(number)
    variants = returned.variants(number)
    wanted: dict[str, int | None] = dict(units) if units is not None else dict.fromkeys(variants)
    if strangers := sorted(wanted.keys() - variants.keys()):
        raise NotFound(what="line on return {number} for", name=", ".join(strangers), number=number)
    for sku, few in wanted.items():
        if few is not None:
            _positive(sku, few)
    lock_levels([variants[sku] for sku in wanted], location=order.location)
    if (earlier := _received_before(order, key)) is not None:
        return earlier
    found, taken = returned.parts(number), []
    for sku, few in wanted.items():
        of_sku = returned.take(found, {ReturnState.REQUESTED}, variants[sku], few)
        there = sum(one.units for one in of_sku)
        if few is not None and there < few:
            raise NotOnTheWay(number=number, units=there, sku=sku, wanted=few)
        taken += of_sku
    if not taken:
        raise NotOnTheWay(number=number, units=0, sku=", ".join(sorted(wanted)), wanted=1)
    returned.advance(number, taken, "received", {one.part.id: {"received_at": now} for one in taken})
    journal = Journal(by=by, at=now)
    data = {"lines": [[one.part.line, one.units] for one in taken], "return": number, "key": key}
    journal.tell(journal.record("return_received", order.subject, data), order.recipient)
    journal.write()
    return sum(one.units for one in taken)


@transaction.atomic(durable=True)
def take_back(
    number: str, sku: str, units: int, *, restock: bool, why: str = "", key: str, by: str, now: datetime
) -> str:
    """Book units of an order that came back unasked; restocked ones go to the oldest waiting line before general sale.

    Safe to repeat: the same `key` returns the first return's number and changes nothing.

    Args:
        restock: they can be sold again; otherwise they are written off.

    Returns:
        The return's number.

    Raises:
        NotFound: an unknown order, or a SKU that is not on it.
        NotShipped: fewer units are with the customer.
        AskedAlready: of those that are, a return was asked for.
        BadInput: no units.
    """
    order = orders.find(number)
    variants = _variants(order, {sku: units})
    level = lock_levels(variants.values(), location=order.location)[variants[sku]]
    if earlier := returned.known(key):
        return earlier
    came = _out(order, variants, {sku: units})
    state = ReturnState.RESTOCKED if restock else ReturnState.WRITTEN_OFF
    rows = [(line.id, few) for line, few in came]
    back = returned.add(rows, state, key=key, now=now, why=why, received_at=now, decided_at=now)
    journal = Journal(by=by, at=now)
    data = {"lines": [list(row) for row in rows], "restocked": restock, "return": back}
    entry = journal.record("returned", order.subject, data, why=why)
    journal.tell(entry, order.recipient)
    for line, few in came:
        journal.take_back(entry, level, line, few)
        if not restock:
            journal.write_off(entry, level, few)
    queue.allocate([level], journal, why=f"return:{back}")
    queue.refresh([level], journal)
    journal.write()
    return back


def _variants(order: Head, units: Mapping[str, int]) -> dict[str, int]:
    """The variants of what is to come back, by SKU."""
    if not units:
        raise BadInput(what="Order {number}", problem="nothing is to come back", remedy="Name it.", number=order.number)
    for sku, few in units.items():
        _positive(sku, few)
    known = orders.variants(order.id)
    if strangers := sorted(units.keys() - known.keys()):
        raise NotFound(what="line on order {number} for", name=", ".join(strangers), number=order.number)
    return {sku: known[sku] for sku in units}


def _positive(sku: str, units: int) -> None:
    if units < 1:
        raise BadInput(
            what="{sku}", problem="{units} units cannot come back", remedy="Give one or more.", sku=sku, units=units
        )


def _out(order: Head, variants: Mapping[str, int], units: Mapping[str, int]) -> list[tuple[Line, int]]:
    """The lines whose units come back, the oldest place first, and how many of each."""
    lines = sorted(order_lines.of_orders([order.id]), key=attrgetter("place"))
    asked = returned.open_units(order.id)
    came: list[tuple[Line, int]] = []
    for sku, wanted in units.items():
        of_sku = [line for line in lines if line.variant == variants[sku]]
        out = sum(line.shipped - line.returned for line in of_sku)
        on_returns = sum(asked.get(line.id, 0) for line in of_sku)
        if wanted > out:
            raise NotShipped(number=order.number, out=out, sku=sku, wanted=wanted)
        if wanted > out - on_returns:
            left = out - on_returns
            raise AskedAlready(number=order.number, sku=sku, asked=on_returns, left=left, wanted=wanted)
        left = wanted
        for line in of_sku:
            if few := min(left, line.shipped - line.returned - asked.get(line.id, 0)):
                came.append((line, few))
                left -= few
    return came


def _received_before(order: Head, key: str) -> int | None:
    found = Event.objects.filter(subject=order.subject, kind="return_received", data__key=key).first()
    return None if found is None else sum(units for _, units in found.data["lines"])
