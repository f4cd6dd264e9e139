"""What an order gets, as its customer is shown it: what is here, what comes when to their door, on which terms.

Whoever shows it and the transaction that places it ask the same functions, so that nothing differs but the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from onorder.queue.joining import Place
from onorder.queue.outlook import EXPECTED, Outlook
from onorder.queue.setup import Setup
from onorder.rules import parcels
from onorder.rules.accepting import Accepted, AcceptedLine, ShownTerms
from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class Sold:
    """A variant as an order names it."""

    id: int
    sku: str
    product: int
    price_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the shop's rule would send an order, and in how many parcels at the most."""

    policy: ShippingPolicy
    most_parcels: int


def proposal(outlook: Outlook, prices: Sequence[int], places: Sequence[Place]) -> Proposal:
    """What the shop's rule says of these lines, whose units cost `prices` each."""
    later = [place.promise.on for place in places if place.waiting and place.promise]
    setup = outlook.setup
    proposed = parcels.propose(
        sum(price * place.allocated for price, place in zip(prices, places, strict=True)),
        (max(later) - outlook.today).days if later else None,
        setup.split_cost_minor,
        setup.split,
    )
    return in_parts(setup) if proposed == ShippingPolicy.AS_AVAILABLE else Proposal(proposed, 1)


def in_parts(setup: Setup) -> Proposal:
    """How this shop sends an order in parts."""
    most = setup.split_most_parcels
    return Proposal(ShippingPolicy.UP_TO, most) if most else Proposal(ShippingPolicy.AS_AVAILABLE, 1)


def promised_on(outlook: Outlook, places: Sequence[Place], policy: ShippingPolicy) -> date | None:
    """The day the whole order ships. Together it is later than each line's own day: all must have come by then."""
    latest = max((place.promise.on for place in places if place.promise), default=None)
    if policy == ShippingPolicy.AS_AVAILABLE:
        return latest
    waiting = [place for place in places if place.waiting]
    days = (latest, outlook.together([(p.level, p.last_unit) for p in waiting]))
    return max((day for day in days if day), default=None)


def line_promised_on(place: Place, policy: ShippingPolicy, order_on: date | None) -> date | None:
    """The day one line of it ships: with the last unit of the order, unless it may go before."""
    if policy == ShippingPolicy.TOGETHER or (policy == ShippingPolicy.UP_TO and place.waiting):
        return order_on
    return place.promise.on if place.promise else None


def offered(
    outlook: Outlook,
    sold: Sequence[tuple[Sold, int]],
    places: Sequence[Place],
    how: Proposal,
    *,
    with_first_days: bool = True,
) -> Accepted:
    """What a customer gets who orders these (variant, unit price) at these places, sent in this way.

    Args:
        with_first_days: say also from which day on it is expected, for who is shown it; else only the promised day.
    """
    order_on = promised_on(outlook, places, how.policy)
    expected = [_expected_on(outlook, place) if with_first_days else None for place in places]
    if how.policy != ShippingPolicy.AS_AVAILABLE:  # What waits comes with the last of it.
        latest = max((day for day in expected if day), default=None)
        goes_before = how.policy == ShippingPolicy.UP_TO
        expected = [None if goes_before and not place.waiting else latest for place in places]
    lines = tuple(
        _line(outlook, variant, price, place, line_promised_on(place, how.policy, order_on), first)
        for (variant, price), place, first in zip(sold, places, expected, strict=True)
    )
    proposed = proposal(outlook, [price for _, price in sold], places)
    is_apart = how.policy != ShippingPolicy.TOGETHER and is_mixed(places)
    cost = parcels.price_of_parts(proposed.policy, outlook.setup.split_cost_minor)
    return Accepted(
        lines,
        how.policy,
        how.most_parcels,
        shipping_minor=cost if is_apart else 0,
        now_by=_at_the_door(outlook, outlook.shelf().on) if is_apart else None,
    )


def is_mixed(places: Sequence[Place]) -> bool:
    """Whether some of it is here and some is still to come, so that it can go in parts."""
    return any(place.allocated for place in places) and any(place.waiting for place in places)


def shown_terms(setup: Setup, place: Place, variant: Sold) -> ShownTerms:
    """The terms in force for a variant, as they stand beside it."""
    terms = setup.terms(place.level.supplier, variant.product, variant.id)
    return ShownTerms(
        deposit_basis_points=terms.deposit_basis_points,
        cancelling=terms.cancelling,
        fee_basis_points=terms.cancel_fee_basis_points,
        returns=terms.returns,
    )


def _line(
    outlook: Outlook, variant: Sold, price: int, place: Place, ships_on: date | None, expected_on: date | None
) -> AcceptedLine:
    last_on = _at_the_door(outlook, ships_on or outlook.shelf().on)
    first_on = min(_at_the_door(outlook, expected_on), last_on) if expected_on else last_on
    terms = shown_terms(outlook.setup, place, variant)
    return AcceptedLine(variant.sku, place.allocated, place.waiting, first_on, last_on, price, terms)


def _expected_on(outlook: Outlook, place: Place) -> date | None:
    """The day it is as likely as not to have shipped."""
    if not place.waiting:
        return place.promise.on if place.promise else None
    ready = outlook.ready(place.level, place.last_unit, EXPECTED)
    return ready.on if ready else None


def _at_the_door(outlook: Outlook, ships_on: date) -> date:
    handling = outlook.setup.handling
    return handling.carrier.add(ships_on, handling.carrier_days)
