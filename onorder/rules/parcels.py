"""Ship together or in parts; lend and repay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class LineState:
    """Units of one line: those that wait, are set aside, have left."""

    line: int
    waiting: int
    allocated: int
    shipped: int


def contents(
    policy: ShippingPolicy, most_parcels: int, parcels_sent: int, lines: Sequence[LineState]
) -> tuple[tuple[int, int], ...]:
    """What may go in the next parcel of an order now.

    Args:
        most_parcels: for `up_to`: parcels agreed at the most. The last one waits for everything.
        parcels_sent: parcels that left before.

    Returns:
        (line, units) in the order of `lines`, empty if nothing may go.

    >>> contents(ShippingPolicy.UP_TO, 2, 0, [LineState(1, waiting=0, allocated=2, shipped=0), LineState(2, 1, 0, 0)])
    ((1, 2),)
    """
    is_complete = not any(line.waiting for line in lines)
    in_parts = policy == ShippingPolicy.AS_AVAILABLE or (
        policy == ShippingPolicy.UP_TO and parcels_sent < most_parcels - 1
    )
    if not (is_complete or in_parts):
        return ()
    return tuple((line.line, line.allocated) for line in lines if line.allocated)


@dataclass(frozen=True, slots=True)
class Coming:
    """Units of one line that have not shipped, and the day they are expected to; None if nobody knows.

    `is_here`: they are set aside. `source`: what tells them from others of the same day.
    """

    line: int
    units: int
    on: date | None
    is_here: bool = False
    source: str = ""


def still_to_come(
    policy: ShippingPolicy, most_parcels: int, parcels_sent: int, units: Sequence[Coming]
) -> list[list[Coming]]:
    """The parcels in which the rest of an order is expected to come, soonest first; what nobody knows comes last.

    Together it is one. In parts each day has its own, and what comes from different sources too; of parcels agreed at
    the most the last one takes all that is left.

    >>> here, later = Coming(1, 2, date(2026, 3, 2), is_here=True), Coming(2, 1, date(2026, 3, 20))
    >>> len(still_to_come(ShippingPolicy.AS_AVAILABLE, 1, 0, [later, here])), len(
    ...     still_to_come(ShippingPolicy.TOGETHER, 1, 0, [later, here])
    ... )
    (2, 1)
    """
    by_day: dict[tuple[bool, date, str], list[Coming]] = {}
    for one in units:
        by_day.setdefault((not one.is_here, one.on or date.max, one.source), []).append(one)
    parcels = [by_day[key] for key in sorted(by_day)]
    most = {
        ShippingPolicy.TOGETHER: 1,
        ShippingPolicy.UP_TO: max(most_parcels - parcels_sent, 1),
        ShippingPolicy.AS_AVAILABLE: len(parcels),
    }[policy]
    return [*parcels[: most - 1], *([[one for of in parcels[most - 1 :] for one in of]] if parcels[most - 1 :] else [])]


def came_on(expected_on: date, delivered_on: date | None, *, is_missing: bool) -> date | None:
    """The day from which a parcel counts as being with its customer: the real one where it is known, else the expected.

    None while somebody says that it has not come: whoever does not have it loses no right by a day that we assume.

    >>> came_on(date(2026, 3, 4), date(2026, 3, 6), is_missing=False)
    datetime.date(2026, 3, 6)
    """
    return None if is_missing else delivered_on or expected_on


@dataclass(frozen=True, slots=True)
class SplitRule:
    """When the shop proposes to send an order in parts.

    Args:
        minimum_value_minor: the first parcel is worth at least this.
        minimum_days: the rest ships at least so many days from now.
        most_cost_share: a second parcel costs at most this share of the first one's value, in basis points.
    """

    minimum_value_minor: int
    minimum_days: int
    most_cost_share: int


def propose(
    first_parcel_value_minor: int, days_until_rest: int | None, second_parcel_cost_minor: int, rule: SplitRule
) -> ShippingPolicy:
    """Whether to propose that the rest of an order follows in a parcel of its own.

    Args:
        first_parcel_value_minor: what the units that are here cost the customer, minor units.
        days_until_rest: until the last unit ships; None if everything is here.
        second_parcel_cost_minor: what one parcel more costs the shop, minor units.

    >>> propose(4_000, 12, 395, SplitRule(minimum_value_minor=2_000, minimum_days=5, most_cost_share=1_000)).value
    'as_available'
    """
    if days_until_rest is None or not first_parcel_value_minor:
        return ShippingPolicy.TOGETHER
    is_worth_it = (
        first_parcel_value_minor >= rule.minimum_value_minor
        and days_until_rest >= rule.minimum_days
        and second_parcel_cost_minor * 10_000 <= first_parcel_value_minor * rule.most_cost_share
    )
    return ShippingPolicy.AS_AVAILABLE if is_worth_it else ShippingPolicy.TOGETHER


def price_of_parts(proposed: ShippingPolicy, second_parcel_cost_minor: int) -> int:
    """What the customer pays for a second parcel: nothing where the shop itself proposes it, else what it costs.

    What is proposed stands there preselected, and nobody may be charged for what they had to deselect (directive
    2011/83/EU, art. 22).

    >>> price_of_parts(ShippingPolicy.AS_AVAILABLE, 395), price_of_parts(ShippingPolicy.TOGETHER, 395)
    (0, 395)
    """
    return second_parcel_cost_minor if proposed == ShippingPolicy.TOGETHER else 0


@dataclass(frozen=True, slots=True)
class Claim:
    """Units set aside for a line whose order waits for more.

    `expected_on`: the day the whole order ships, None if nobody knows. `lent_before`: units of it that were lent
    already.
    """

    line: int
    units: int
    expected_on: date | None
    lent_before: int


def may_lend(lender: Claim, units: int, replacement_on: date | None) -> bool:
    """Whether the lender loses nothing: what repays it is there when the rest of its order is; no unit is lent twice.

    Args:
        units: to be lent, >= 1.
        replacement_on: the day from which the supply that repays it could ship; None if there is none.

    Raises:
        ValueError: no unit is to be lent.

    >>> lender = Claim(line=1, units=2, expected_on=date(2026, 3, 20), lent_before=0)
    >>> may_lend(lender, 2, date(2026, 3, 20)), may_lend(lender, 2, date(2026, 3, 21))
    (True, False)
    """
    if units < 1:
        raise ValueError(f"{units} units cannot be lent")
    if lender.expected_on is None or replacement_on is None:
        return False
    return units <= lender.units - lender.lent_before and replacement_on <= lender.expected_on
