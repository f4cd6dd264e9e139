"""What goes back when units are cancelled or returned, so that all refunds of an order add up to what was paid.

An order's discount is spread over its lines once, by their value, and over the units of a line by counting: what the
first units leave over goes with the last ones. So it does not matter in how many parts an order comes apart, and a
discount that was earned is not taken back when a part of the order goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onorder.rules.money import pro_rate, share_minor


@dataclass(frozen=True, slots=True)
class Sold:
    """A line as it was sold: the price of one unit, and how many.

    `asked_basis_points`: the share of its value that the customer was asked for so far, such as its deposit; `waiting`:
    the units for which that was all, the rest was asked for in full; None is every unit.
    """

    unit_minor: int
    units: int
    asked_basis_points: int = 10_000
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as it was sold.

    `shipping_minor`: what the customer paid for delivery, in full with the order. `discount_minor`: off the lines.

    Raises:
        ValueError: an amount is negative, or the discount is more than the lines.
    """

    lines: tuple[Sold, ...]
    discount_minor: int = 0
    shipping_minor: int = 0

    def __post_init__(self) -> None:
        amounts = [self.discount_minor, self.shipping_minor, *(line.unit_minor for line in self.lines)]
        if min(amounts, default=0) < 0 or any(line.units < 1 for line in self.lines):
            raise ValueError("amounts are not negative, and a line has at least one unit")
        if self.discount_minor > sum(line.unit_minor * line.units for line in self.lines):
            raise ValueError("the discount is more than the lines are worth")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The money of an order so far.

    `refunded_minor`: all that went back. `goodwill_minor`: of it, what went back for no unit, to make up for something.
    `kept_minor`: fees for units that were cancelled.

    Raises:
        ValueError: more went out than came in.
    """

    captured_minor: int
    refunded_minor: int = 0
    goodwill_minor: int = 0
    kept_minor: int = 0

    def __post_init__(self) -> None:
        if min(self.captured_minor, self.refunded_minor, self.kept_minor, self.goodwill_minor) < 0:
            raise ValueError("amounts are not negative")
        if self.held_minor < 0 or self.goodwill_minor > self.refunded_minor:
            raise ValueError("more went out than came in")

    @property
    def held_minor(self) -> int:
        """What the shop holds and has not earned."""
        return self.captured_minor - self.refunded_minor - self.kept_minor


@dataclass(frozen=True, slots=True)
class Refund:
    """What goes back now, and what of it the shop keeps as a fee."""

    minor: int
    fee_minor: int = 0


def values(sale: Sale) -> list[int]:
    """What each line costs once the order's discount is spread over them.

    >>> values(Sale((Sold(1_000, 1), Sold(500, 2), Sold(1_000, 1)), discount_minor=100))
    [966, 967, 967]
    """
    gross = [line.unit_minor * line.units for line in sale.lines]
    off = pro_rate(sale.discount_minor, gross)
    return [value - less for value, less in zip(gross, off, strict=True)]


def worth(value_minor: int, units: int, before: int, now: int) -> int:
    """What `now` of a line's units are worth, after `before` of them; all together exactly its value.

    >>> [worth(1_000, 3, gone, 1) for gone in range(3)]
    [333, 333, 334]
    """
    return value_minor * (before + now) // units - value_minor * before // units


def refund(
    sale: Sale,
    ledger: Ledger,
    *,
    gone: Sequence[int],
    going: Sequence[int],
    fee_minor: int = 0,
    shipping_back_minor: int | None = None,
) -> Refund:
    """What goes back when these units are cancelled or come back.

    For an order that was paid in full it is what they were worth. Of one paid in part it is their share of what is
    held, by what was asked for each. With the last unit goes everything that is left, delivery included.

    Args:
        gone: units of each line that were cancelled or came back before, and whose money is settled.
        going: units of each line that do so now.
        fee_minor: what the terms keep; never more than what would go back.
        shipping_back_minor: of what delivery cost, how much goes back with the last unit; None is all of it. After a
            withdrawal the law gives back the cheapest standard delivery (directive, art. 13(2); reg. 34(2) and (3)).

    Raises:
        ValueError: more units would go than were sold.

    >>> paid = Sale((Sold(1_000, 1), Sold(500, 2)), discount_minor=101, shipping_minor=395)
    >>> refund(paid, Ledger(2_294), gone=(0, 0), going=(0, 1)).minor
    475
    """
    now, rest = _weights(sale, gone, going)
    if not any(going):
        return Refund(0)
    if all(a + b == line.units for line, a, b in zip(sale.lines, gone, going, strict=True)):
        back = sale.shipping_minor if shipping_back_minor is None else min(shipping_back_minor, sale.shipping_minor)
        payable = max(ledger.held_minor - (sale.shipping_minor - back), 0)
    else:
        for_units = ledger.held_minor + ledger.goodwill_minor
        weights = [now, rest + sale.shipping_minor]
        payable = min(pro_rate(for_units, weights)[0] if any(weights) else 0, ledger.held_minor)
    fee = min(fee_minor, payable)
    return Refund(payable - fee, fee)


def owed(
    sale: Sale,
    captured_minor: int,
    refunded_minor: int,
    *,
    gone: Sequence[int],
    going: Sequence[int],
    kept_minor: int = 0,
    fee_minor: int = 0,
    settles_later: bool = False,
    by_asking: bool = False,
    come_back: bool = False,
) -> Refund:
    """What goes back for units that are cancelled or come back now, whatever became of the money of those before.

    What went back beyond the worth of units that are gone was to make up for something, and takes nothing from these.
    Never more goes back than they were sold for, but with the last ones: with them everything that is held.

    Args:
        gone: units of each line that were cancelled or came back before.
        going: units of each line that do so now.
        kept_minor: fees that were kept of units before.
        settles_later: the money of units before may still be due, and stays untouched.
        by_asking: the customer pays what is asked for, as it is asked: what was paid stays with the rest as far as that
            was asked for, and what is over goes back. Else these units' share of what was paid does.
        come_back: they were shipped, and so paid for in full; else those that wait go first.

    >>> paid = Sale((Sold(1_000, 3),))
    >>> [owed(paid, 3_000, back, gone=(1,), going=(1,), settles_later=True).minor for back in (0, 1_000, 1_500)]
    [1000, 1000, 1000]
    """
    whole = sum(values(sale)) + sale.shipping_minor
    held = max(captured_minor - refunded_minor - kept_minor, 0)
    if all(a + b == line.units for line, a, b in zip(sale.lines, gone, going, strict=True)):
        fee = min(fee_minor, held)
        return Refund(held - fee, fee)
    lines = list(zip(sale.lines, values(sale), gone, going, strict=True))
    before = sum(worth(value, line.units, 0, units) for line, value, units, _ in lines)
    due = before
    if settles_later:
        due = max(before * min(captured_minor, whole) // whole - kept_minor, 0) if whole else 0
    reserved = min(max(due - refunded_minor, 0), held) if settles_later else 0
    goodwill = min(max(refunded_minor - due, 0), refunded_minor)
    now, rest = _weights(sale, gone, going, come_back=come_back)
    for_units = max(held - reserved + goodwill, 0)
    weights = [now, rest + sale.shipping_minor]
    if by_asking:
        payable = max(for_units - sum(weights[1:]), 0)
    else:
        payable = pro_rate(for_units, weights)[0] if any(weights) else 0
    most = sum(worth(value, line.units, units, few) for line, value, units, few in lines)
    payable = min(payable, held - reserved, most)
    fee = min(fee_minor, payable)
    return Refund(payable - fee, fee)


def _weights(sale: Sale, gone: Sequence[int], going: Sequence[int], *, come_back: bool = False) -> tuple[int, int]:
    """What was asked for the units that go now, and for those that stay."""
    now = rest = 0
    for line, value, before, units in zip(sale.lines, values(sale), gone, going, strict=True):
        if before < 0 or units < 0 or before + units > line.units:
            raise ValueError(f"of {line.units} units {before} are gone, so {units} cannot go")
        stay = line.units - before
        waiting = stay if line.waiting is None else min(line.waiting, stay)
        go_waiting = min(max(units - (stay - waiting), 0) if come_back else units, waiting)
        of_now = worth(value, line.units, before, units)
        of_rest = worth(value, line.units, before + units, stay - units)
        now += _asked(of_now, units, go_waiting, line.asked_basis_points)
        rest += _asked(of_rest, stay - units, waiting - go_waiting, line.asked_basis_points)
    return now, rest


def _asked(value_minor: int, units: int, waiting: int, basis_points: int) -> int:
    """What was asked for so many units of that value, of which some wait."""
    on_deposit = value_minor * waiting // units if units else 0
    return value_minor - on_deposit + share_minor(on_deposit, basis_points)
