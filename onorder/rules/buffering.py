"""Whether a supplier's buffer turns into a purchase order now, why, and for how many of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from onorder.rules.lifecycle import BelowMinimum, FiringReason

#: (from quantity, unit cost in minor units): from that quantity on, every unit costs this.
Breaks = Sequence[tuple[int, int]]


def order_quantity(needed: int, *, minimum: int, multiple: int) -> int:
    """Units to buy so that they cover what is needed and the supplier accepts them.

    The smallest whole number of `multiple` that is at least `minimum` and at least `needed`; 0 if nothing is needed.
    Rounded once, on the sum over all customers. What exceeds `needed` is the shop's surplus.

    Args:
        needed: units that customers wait for and nothing covers, >= 0.
        minimum: the offer's minimum order quantity (MOQ), >= 1.
        multiple: the offer's order multiple (case pack), >= 1.

    Raises:
        ValueError: an argument is below its bound.

    Source: minimum and multiple are order-quantity modifiers, applied after the lot size is known (ASCM Supply Chain
    Dictionary).

    >>> order_quantity(7, minimum=1, multiple=6), order_quantity(3 + 2, minimum=5, multiple=1)
    (12, 5)
    """
    if needed < 0 or minimum < 1 or multiple < 1:
        raise ValueError(f"needed {needed} >= 0, minimum {minimum} >= 1 and multiple {multiple} >= 1 must hold")
    if needed == 0:
        return 0
    return -(-max(needed, minimum) // multiple) * multiple


def unit_cost_minor(quantity: int, list_cost_minor: int, breaks: Breaks) -> int:
    """What each unit costs when so many are bought: the break with the highest quantity that is reached.

    The price holds for all units of the line, not only for those beyond the break (an *all-units* discount). All costs
    are in minor units.

    >>> unit_cost_minor(60, 1_000, [(24, 960), (60, 920)])
    920
    """
    if not breaks:
        return list_cost_minor
    reached = [(start, cost) for start, cost in breaks if quantity >= start]
    return max(reached)[1] if reached else list_cost_minor


def next_break(quantity: int, list_cost_minor: int, breaks: Breaks) -> tuple[int, int] | None:
    """Units to the next lower price, and what each unit is then cheaper in minor units; None if there is none.

    >>> next_break(50, 1_000, [(24, 960), (60, 920)])
    (10, 40)
    """
    cost = unit_cost_minor(quantity, list_cost_minor, breaks)
    lower = [(start - quantity, cost - at) for start, at in breaks if start > quantity and at < cost]
    return min(lower, default=None)


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """The terms on which a supplier sells one variant; costs in minor units."""

    minimum: int
    multiple: int
    list_cost_minor: int
    breaks: tuple[tuple[int, int], ...] = ()

    def cost_minor(self, quantity: int) -> int:
        """What each unit costs when so many are bought."""
        return unit_cost_minor(quantity, self.list_cost_minor, self.breaks)


@dataclass(frozen=True, slots=True)
class Need:
    """`units` of one variant that customers wait for and nothing covers."""

    variant: int
    units: int
    offer: OfferTerms


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of a purchase order to be: `quantity` units, of which customers need `needed`."""

    variant: int
    quantity: int
    needed: int
    unit_cost_minor: int

    @property
    def surplus(self) -> int:
        """Units that nobody waits for: the shop's, and the first supply for whoever comes next."""
        return self.quantity - self.needed

    @property
    def total_minor(self) -> int:
        """What the line costs, in minor units."""
        return self.quantity * self.unit_cost_minor


def purchase_lines(needs: Sequence[Need]) -> tuple[PurchaseLine, ...]:
    """What to buy for these needs: one line for each variant that is needed, in the order of its first need.

    Rounded once, on the sum over the variant: 3 and 2 with a minimum of 5 are 5, not 10.

    Raises:
        ValueError: a variant is needed on two different offers.
    """
    summed: dict[int, Need] = {}
    for need in needs:
        before = summed.get(need.variant)
        if before is not None and before.offer != need.offer:
            raise ValueError(f"variant {need.variant} is needed on two offers: {before.offer} and {need.offer}")
        summed[need.variant] = replace(need, units=need.units + before.units) if before else need
    return tuple(
        _line(need, order_quantity(need.units, minimum=need.offer.minimum, multiple=need.offer.multiple))
        for need in summed.values()
        if need.units
    )


def shrunk(variant: int, quantity: int, surplus_before: int, surplus: int, offer: OfferTerms) -> PurchaseLine:
    """A line of a purchase order that has not left, once fewer units of it are wanted: rounded again.

    What was on it beyond the rounding was bought on purpose, and stays.

    Args:
        surplus_before: units on order that nobody waited for, before; `surplus`: now.

    >>> six = OfferTerms(minimum=6, multiple=6, list_cost_minor=250)
    >>> [shrunk(1, 12, 5, surplus, six).quantity for surplus in (5, 6, 11, 12)]
    [12, 6, 6, 0]
    """
    needed_before, needed = max(quantity - surplus_before, 0), max(quantity - surplus, 0)
    on_purpose = max(quantity - _rounded(needed_before, offer), 0)
    left = min(_rounded(needed, offer) + on_purpose, quantity)
    return PurchaseLine(variant, left, needed, offer.cost_minor(left))


def _rounded(units: int, offer: OfferTerms) -> int:
    return order_quantity(units, minimum=offer.minimum, multiple=offer.multiple) if units else 0


def top_up(needs: Sequence[Need], minimum_units: int, minimum_value_minor: int) -> tuple[PurchaseLine, ...]:
    """What to buy so that the supplier's minimum is met: whole multiples more of what customers want most.

    All of it goes to the most wanted variant (the first of equals): it is the least likely to be left over, and one
    multiple less of it is below the minimum. A variant that costs nothing cannot help to a minimum value; if all cost
    nothing, that minimum stays unmet.

    Args:
        minimum_units: of the purchase order, 0 for none.
        minimum_value_minor: of the purchase order at the prices of the quantities bought, minor units, 0 for none.

    >>> offer = OfferTerms(minimum=1, multiple=6, list_cost_minor=250)
    >>> [(line.variant, line.quantity) for line in top_up([Need(1, 4, offer), Need(2, 9, offer)], 30, 0)]
    [(1, 6), (2, 24)]
    """
    lines = list(purchase_lines(needs))
    if not lines:
        return ()
    helps = [not minimum_value_minor or line.unit_cost_minor > 0 for line in lines]
    most = max(range(len(lines)), key=lambda n: (helps[n], lines[n].needed, -lines[n].variant))
    offer = next(need.offer for need in needs if need.variant == lines[most].variant)
    others_units = sum(line.quantity for n, line in enumerate(lines) if n != most)
    others_value = sum(line.total_minor for n, line in enumerate(lines) if n != most)
    quantity = max(lines[most].quantity, _up(minimum_units - others_units, offer.multiple))
    lines[most] = _bought(lines[most], quantity, offer)
    # At one price a single step is enough. Each break that it crosses may lower the value again and ask for another, so
    # there is at most one step more than there are breaks.
    while offer.cost_minor(quantity) and others_value + lines[most].total_minor < minimum_value_minor:
        short = minimum_value_minor - others_value - lines[most].total_minor
        quantity += _up(-(-short // offer.cost_minor(quantity)), offer.multiple)
        lines[most] = _bought(lines[most], quantity, offer)
    return tuple(lines)


def worth_topping_up(
    units: int,
    more: int,
    unit_cost: float,
    lower_cost: float,
    *,
    daily_demand: float,
    holding_share: float,
    never_sold: float,
) -> bool:
    """Whether buying `more` units than the `units` that are needed, to reach a price break, pays.

    It saves units * (cost - lower cost). It costs the holding of the surplus, whose j-th unit stays for j / demand days
    (the sum over j is more * (more + 1) / 2), and what of the surplus is never sold.

    Args:
        units: needed, whose price falls.
        more: surplus that reaches the break.
        unit_cost: of a unit below the break, in any currency unit.
        lower_cost: of a unit from the break on, in the same.
        daily_demand: units a day; without demand no surplus pays.
        holding_share: cost of holding a unit for a year, as a share of what it costs.
        never_sold: chance in [0, 1] that the surplus is never sold.

    >>> worth_topping_up(20, 4, 20, 18.4, daily_demand=1, holding_share=0.25, never_sold=0.1)
    True
    """
    if daily_demand <= 0:
        return False
    saves = units * (unit_cost - lower_cost)
    holding = holding_share * lower_cost * more * (more + 1) / (2 * 365 * daily_demand)
    return saves > holding + more * lower_cost * never_sold


@dataclass(frozen=True, slots=True)
class BufferPolicy:
    """A supplier's minimum, and what to do below it. 0 is no minimum of that kind; with both, both must be reached."""

    minimum_units: int
    minimum_value_minor: int
    below_minimum: BelowMinimum
    settle: timedelta


@dataclass(frozen=True, slots=True)
class BufferState:
    """What stands in a buffer.

    `units` and `value_minor` are what customers wait for; `purchase_units` and `purchase_value_minor` what would be
    bought for them, rounded. `reached_at`: when the minimum was first seen reached. `oldest_at`: since when the first
    of these units waits. `earliest_promise`: the first day that any of these customers was told. `held_until`: a
    person's hold. Each None if there is none.
    """

    units: int
    value_minor: int
    purchase_units: int
    purchase_value_minor: int
    reached_at: datetime | None
    oldest_at: datetime | None
    earliest_promise: date | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """What the calendars say of a buffer now.

    `deadline_passed_at` and `maximum_wait_passed_at` are instants that have come, None if not: nobody has answered them
    yet. `next_ship_on`: the day goods would ship if they were ordered one opportunity later than now, None if unknown.
    """

    deadline_passed_at: datetime | None
    maximum_wait_passed_at: datetime | None
    next_ship_on: date | None


Step = Literal["fire", "top_up", "ask", "roll", "wait"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a buffer, and why. `late_by`: since the deadline or longest wait that passed, 0 if none did."""

    step: Step
    reason: FiringReason | None
    late_by: timedelta = timedelta(0)


_ANSWERS: Mapping[BelowMinimum, Step] = {
    BelowMinimum.ORDER_ANYWAY: "fire",
    BelowMinimum.TOP_UP: "top_up",
    BelowMinimum.ROLL: "roll",
    BelowMinimum.ASK: "ask",
}
_WAIT = Verdict("wait", None)


def judge(policy: BufferPolicy, state: BufferState, clock: Clock, now: datetime) -> Verdict:
    """Whether a buffer fires now, and why.

    A person's hold overrides all. Then the first of: the longest wait; a deadline; a promise at risk (ordering one
    opportunity later would break it); the minimum, once it has been reached for as long as the policy lets it settle. A
    deadline below the minimum gets the policy's answer, never silence, and to roll over is no answer while a promise is
    at risk.

    The minimum is reached early by what customers wait for, and met at a deadline by what would be bought for them. Of
    two minimums both count: the supplier accepts no order that misses one. A promise that was made for a deadline is at
    risk as soon as that deadline comes; the deadline is the reason then.
    """
    if not state.units or (state.held_until and state.held_until > now):
        return _WAIT
    at_risk = bool(clock.next_ship_on and state.earliest_promise and clock.next_ship_on > state.earliest_promise)
    if clock.maximum_wait_passed_at:
        return Verdict("fire", FiringReason.MAXIMUM_WAIT, now - clock.maximum_wait_passed_at)
    if clock.deadline_passed_at:
        met = _is_met(policy, state.purchase_units, state.purchase_value_minor)
        step = "fire" if met else _ANSWERS[policy.below_minimum]
        if step != "roll" or not at_risk:
            return Verdict(step, FiringReason.DEADLINE, now - clock.deadline_passed_at)
    if at_risk:
        return Verdict("fire", FiringReason.PROMISE_AT_RISK, now - (clock.deadline_passed_at or now))
    settled = state.reached_at is not None and now - state.reached_at >= policy.settle
    if minimum_is_reached(policy, state) and (settled or not policy.settle):
        return Verdict("fire", FiringReason.MINIMUM_UNITS if policy.minimum_units else FiringReason.MINIMUM_VALUE)
    return _WAIT


def minimum_is_reached(policy: BufferPolicy, state: BufferState) -> bool:
    """Whether what customers wait for meets every minimum that the policy names (False if it names none)."""
    has_minimum = policy.minimum_units > 0 or policy.minimum_value_minor > 0
    return has_minimum and _is_met(policy, state.units, state.value_minor)


def missing_units(policy: BufferPolicy, units: int, value_minor: int) -> int:
    """Units like those in the buffer that it lacks to every minimum that the policy names; 0 if it lacks none.

    >>> policy = BufferPolicy(10, 50_00, BelowMinimum.ORDER_ANYWAY, timedelta(0))
    >>> missing_units(policy, units=4, value_minor=8_00)
    21
    """
    short = max(policy.minimum_units - units, 0)
    if value_minor < policy.minimum_value_minor and value_minor > 0:
        return max(short, -(-(policy.minimum_value_minor - value_minor) * units // value_minor))
    return short


def _is_met(policy: BufferPolicy, units: int, value_minor: int) -> bool:
    return units >= policy.minimum_units and value_minor >= policy.minimum_value_minor


def _line(need: Need, quantity: int) -> PurchaseLine:
    return PurchaseLine(need.variant, quantity, need.units, need.offer.cost_minor(quantity))


def _bought(line: PurchaseLine, quantity: int, offer: OfferTerms) -> PurchaseLine:
    return replace(line, quantity=quantity, unit_cost_minor=offer.cost_minor(quantity))


def _up(units: int, multiple: int) -> int:
    return -(-units // multiple) * multiple
