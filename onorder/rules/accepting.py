"""What a customer was shown and agreed to when buying, and whether what is true now is worse than that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Self

from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.money import share_minor
from onorder.rules.second_thoughts import Cancelling

#: What the shop takes back, the best for the customer first. Other words are worse than any of these.
_RETURNS: Final = ("accepted", "faulty_only")


@dataclass(frozen=True, slots=True)
class ShownTerms:
    """The terms beside a line: the share paid with the order, what cancelling costs, what may be sent back."""

    deposit_basis_points: int = 0
    cancelling: Cancelling = Cancelling.FREE
    fee_basis_points: int = 0
    returns: str = "accepted"

    def is_worse_than(self, other: ShownTerms) -> bool:
        """Whether any of it is worse for the customer.

        >>> ShownTerms(deposit_basis_points=2_000).is_worse_than(ShownTerms()), ShownTerms().is_worse_than(ShownTerms())
        (True, False)
        """
        cancelling = list(Cancelling)
        return (
            self.deposit_basis_points > other.deposit_basis_points
            or cancelling.index(self.cancelling) > cancelling.index(other.cancelling)
            or self.fee_basis_points > other.fee_basis_points
            or (self.returns != other.returns and _returns_rank(self.returns) >= _returns_rank(other.returns))
        )


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """One line as it was shown.

    Args:
        now, later: units that are here, and units that are still to come.
        first_on, last_on: the days between which the last of them arrives at the customer's door.
    """

    sku: str
    now: int
    later: int
    first_on: date
    last_on: date
    unit_price_minor: int
    terms: ShownTerms = ShownTerms()

    @property
    def due_minor(self) -> int:
        """What of it is paid with the order."""
        deposit = share_minor(self.later * self.unit_price_minor, self.terms.deposit_basis_points)
        return self.now * self.unit_price_minor + deposit


@dataclass(frozen=True, slots=True)
class Accepted:
    """A whole order as it was shown, and the words under which the customer placed it.

    Args:
        now_by: the day by which the parcel of what is here arrives; None if there is no such parcel by itself.
        shipping_minor: what the way of shipping costs, in minor units of the order's currency.
        words: what the customer said yes to, as they read it, in `language`.
        pays_by: how they chose to pay.
    """

    lines: tuple[AcceptedLine, ...]
    policy: ShippingPolicy
    most_parcels: int = 1
    shipping_minor: int = 0
    now_by: date | None = None
    words: str = ""
    language: str = ""
    pays_by: str = ""

    @property
    def waits(self) -> bool:
        """Whether anything of it is still to come."""
        return any(line.later for line in self.lines)

    @property
    def last_on(self) -> date:
        """The day by which all of it has arrived."""
        return max(line.last_on for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What all of it costs."""
        return self.shipping_minor + sum((line.now + line.later) * line.unit_price_minor for line in self.lines)

    @property
    def due_minor(self) -> int:
        """What is paid now: what is here, the deposit of what is still to come, and the parcels."""
        return self.shipping_minor + sum(line.due_minor for line in self.lines)

    @property
    def rest_minor(self) -> int:
        """What is paid once the rest is here."""
        return self.total_minor - self.due_minor

    @property
    def later_first_on(self) -> date:
        """The day from which what is still to come arrives."""
        return min((line.first_on for line in self.lines if line.later), default=self.last_on)

    def as_data(self) -> dict[str, Any]:
        """As plain values that an event keeps."""
        data = asdict(self)
        data["lines"] = [
            {**line, "first_on": line["first_on"].isoformat(), "last_on": line["last_on"].isoformat()}
            for line in data["lines"]
        ]
        return data | {"now_by": self.now_by and self.now_by.isoformat()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The same, read back.

        >>> line = AcceptedLine("TEA", 1, 0, date(2026, 3, 4), date(2026, 3, 4), 500)
        >>> shown = Accepted((line,), ShippingPolicy.TOGETHER, words="Yes", language="en")
        >>> Accepted.from_data(shown.as_data()) == shown
        True
        """
        values = dict(data)
        values["lines"] = tuple(_line(line) for line in values["lines"])
        values["policy"] = ShippingPolicy(values["policy"])
        values["now_by"] = date.fromisoformat(values["now_by"]) if values["now_by"] else None
        return cls(**values)


class What(StrEnum):
    """What is worse than it was shown."""

    WAITS = "waits"
    LATER = "later"
    PRICE = "price"
    TERMS = "terms"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is worse now. `sku` is empty where it is about the whole order."""

    what: What
    sku: str = ""


def changes(shown: Accepted, true: Accepted) -> tuple[Change, ...]:
    """What is worse now than it was shown, one entry a line and thing; nothing if the customer gets that or better.

    Args:
        true: the same lines under the same shipping policy, as they are at this moment.

    >>> line = AcceptedLine("TEA", 1, 0, date(2026, 3, 4), date(2026, 3, 4), 500)
    >>> waits = AcceptedLine("TEA", 0, 1, date(2026, 3, 16), date(2026, 3, 20), 500)
    >>> together = ShippingPolicy.TOGETHER
    >>> [found.what.value for found in changes(Accepted((line,), together), Accepted((waits,), together))]
    ['waits', 'later']
    >>> changes(Accepted((waits,), together), Accepted((line,), together))
    ()
    """
    return tuple(_changes(shown, true))


def _changes(shown: Accepted, true: Accepted) -> Iterator[Change]:
    was_of = {line.sku: line for line in shown.lines}
    for line in true.lines:
        was = was_of[line.sku]
        if line.later > was.later:
            yield Change(What.WAITS, line.sku)
        if line.last_on > was.last_on:
            yield Change(What.LATER, line.sku)
        if line.unit_price_minor > was.unit_price_minor:
            yield Change(What.PRICE, line.sku)
        if line.terms.is_worse_than(was.terms):
            yield Change(What.TERMS, line.sku)
    if true.now_by and shown.now_by and true.now_by > shown.now_by:
        yield Change(What.LATER)
    if true.shipping_minor > shown.shipping_minor:
        yield Change(What.SHIPPING)


def _returns_rank(returns: str) -> int:
    return _RETURNS.index(returns) if returns in _RETURNS else len(_RETURNS)


def _line(data: Mapping[str, Any]) -> AcceptedLine:
    terms = dict(data["terms"])
    terms["cancelling"] = Cancelling(terms["cancelling"])
    days = {name: date.fromisoformat(data[name]) for name in ("first_on", "last_on")}
    return AcceptedLine(**{**data, **days, "terms": ShownTerms(**terms)})
