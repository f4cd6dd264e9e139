"""How long a supplier takes: a lognormal lead time, shrunken to that of all suppliers, open orders counted as censored.

Times are working days of the supplier unless said. Weights halve with age: what was sent a year ago counts half. Open
orders are taken in by expectation and maximisation (Dempster, Laird, Rubin 1977, J R Stat Soc B 39:1); leaving them out
makes every supplier look faster than it is. All of it is a few sums over deliveries, so it needs no arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, erfc, exp, exp2, log, pi, sqrt
from statistics import NormalDist
from typing import Final

#: Deliveries (by weight) below which a lead time is mostly what was typed or pooled, and is shown as such.
CONFIDENT_FROM: Final = 5

#: Spread of the logarithms until a shop has seen enough deliveries to learn it: P90 is then twice the typed time.
TYPED_SD: Final = 0.5

_KAPPA: Final = 4.0  # Deliveries that the prior's mean is worth,
_NU: Final = 20.0  # and its spread.
_OWN_HALF_LIFE: Final = 365.0  # Calendar days, as are
_POOL_HALF_LIFE: Final = 730.0  # these.
_SWEEPS: Final = 3
_FLOOR: Final = 0.5  # Working days that a same-day delivery counts as.
_POOL_LEARNS_SPREAD_FROM: Final = 30  # Deliveries, all suppliers together.
_POOL_MOST_WEIGHT: Final = 10.0  # Of one supplier in the pool's mean: one big supplier must not be the pool.
_POOL_LEAST_SD: Final = 0.05
_BIAS_SHRINKAGE: Final = 20.0  # Deliveries that "what suppliers state is true" is worth.
_HOPELESS: Final = 0.01  # Share of deliveries as late as this one, below which nobody can give it a date.
_OVERDUE_SHARE: Final = 0.8  # Of overdue orders that keep their new promise.
_OVERDUE_CAP: Final = 4.0  # Times the median lead time.
_SLIP_LEAST_SD: Final = 1.0  # Days.
_SLIP_PART_OF_REST: Final = 5  # A fifth.
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before a supplier's own deliveries: ln(working days) is normal, with mean `mu`, spread `sd`."""

    mu: float
    sd: float

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise ValueError(f"a spread of {self.sd} is not positive")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery on a purchase order, or one order still open.

    Args:
        lead: working days it took; of an open order, its age.
        days_since_sent: calendar days since the purchase order was sent; says how much it counts.
    """

    lead: float
    days_since_sent: float


@dataclass(frozen=True, slots=True)
class Slip:
    """By how many days a delivery missed the date that the supplier confirmed (negative: it came earlier)."""

    days: float
    days_since_sent: float


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The lead time of a supplier's next order, in working days: its logarithm is normal with mean `m` and spread `s`.

    `s` is predictive, so it holds the doubt about `m` as well; `n` is the weight of the deliveries behind it.

    >>> typed = fit([], [], typed_prior(10, sd=0.4))
    >>> round(typed.quantile(0.9), 4), typed.whole_days(0.9), typed.is_confident
    (17.7381, 18, False)
    """

    m: float
    s: float
    n: float

    def __post_init__(self) -> None:
        if not self.s > 0:
            raise ValueError(f"a spread of {self.s} is not positive")

    @property
    def is_confident(self) -> bool:
        """Whether the supplier's own deliveries carry it."""
        return self.n >= CONFIDENT_FROM

    def quantile(self, p: float) -> float:
        """Working days within which a share `p`, in (0, 1), of deliveries come."""
        return exp(self.m + self.s * _normal_quantile(p))

    def whole_days(self, p: float) -> int:
        """The least whole working days, at least 1, within which a share `p` comes. Day k ends at k + 1/2."""
        return max(1, ceil(self.quantile(p) - 0.5))

    def at_most(self, days: int) -> float:
        """The share of deliveries that take no more than so many whole days; none takes 0.

        >>> lead = LeadTime(m=log(8), s=0.35, n=20)
        >>> lead.at_most(lead.whole_days(0.9)) >= 0.9 > lead.at_most(lead.whole_days(0.9) - 1)
        True
        """
        return _below((log(days + 0.5) - self.m) / self.s) if days >= 1 else 0.0

    def longer_than(self, age: float) -> float:
        """The share of deliveries that take longer than `age` working days. Never 0, so that it may be divided by."""
        return max(_below((self.m - log(max(age, _FLOOR))) / self.s), 1e-9)

    def remaining(self, p: float, age: float) -> float:
        """Working days from now within which a share `p` of the orders still open at `age` come.

        Fit the lead time anew before, with this order among the open ones. It falls with age at first, and then grows
        again: late orders get later.
        """
        return max(0.0, exp(self.m - self.s * _normal_quantile((1 - p) * self.longer_than(age))) - age)

    def remaining_promise(self, age: float, p: float = _OVERDUE_SHARE) -> float | None:
        """Working days from now to promise for an overdue order; None if nobody can tell and somebody must ask.

        A share `p` of .8 held what it says when measured. It is never more than four median lead times: that cost no
        coverage, and keeps the few suppliers that vary widely from promising months.
        """
        if self.longer_than(age) < _HOPELESS:
            return None
        return min(self.remaining(p, age), _OVERDUE_CAP * exp(self.m))


def fit(complete: Sequence[Delivery], open_: Sequence[Delivery], prior: Prior) -> LeadTime:
    """The lead time of a supplier's next order, from its deliveries, its open orders and what is believed of it before.

    Args:
        complete: deliveries that came. Those without a positive lead time are typed in afterwards and left out.
        open_: orders still open, or cancelled: the latter with the age at which they were.
        prior: of the pool (`pool`), or from the lead time that the supplier states (`typed_prior`).
    """
    logs = _Logs.of(complete, open_, _OWN_HALF_LIFE)
    mu, sd = prior.mu, prior.sd
    for _ in range(_SWEEPS):
        seen = logs.expected(mu, sd)
        mu = seen.mean(prior.mu)
        sd = sqrt((seen.squares_about(mu) + _NU * prior.sd**2) / (seen.weight + _NU))
    return LeadTime(mu, sd * sqrt(1 + 1 / (logs.complete.weight + _KAPPA)), logs.complete.weight)


def pool(suppliers: Sequence[tuple[Sequence[Delivery], Sequence[Delivery]]]) -> Prior | None:
    """What all suppliers together say of a new one; None before the first delivery.

    Args:
        suppliers: of each supplier, what `fit` takes: its complete deliveries and its open orders.

    Until there are thirty deliveries the mean is theirs, but the spread is the conventional one.
    """
    logs = [_Logs.of(complete, open_, _POOL_HALF_LIFE) for complete, open_ in suppliers]
    known = [y for of_one in logs for y in of_one.known]
    if not known:
        return None
    mu = sum(known) / len(known)
    sd = max(_POOL_LEAST_SD, sqrt(sum((y - mu) ** 2 for y in known) / len(known)))
    means = [mu] * len(logs)
    for _ in range(_SWEEPS):
        seen = [of_one.expected(mean, sd) for of_one, mean in zip(logs, means, strict=True)]
        means = [of_one.mean(mu) for of_one in seen]
        shares = [min(of_one.weight, _POOL_MOST_WEIGHT) for of_one in seen]
        mu = sum(share * mean for share, mean in zip(shares, means, strict=True)) / sum(shares)
        squares = sum(of_one.squares_about(mean) for of_one, mean in zip(seen, means, strict=True))
        sd = max(_POOL_LEAST_SD, sqrt(squares / sum(of_one.weight for of_one in seen)))
    return Prior(mu, sd if len(known) >= _POOL_LEARNS_SPREAD_FROM else TYPED_SD)


def typed_prior(days: float, bias: float = 0.0, sd: float = TYPED_SD) -> Prior:
    """What a stated lead time is worth before any delivery.

    Args:
        days: working days that an order usually takes, as the supplier states it.
        bias: by how much stated times are too short in this shop, on the log scale (`typing_bias`).
        sd: the pool's spread, once it is learned.

    Raises:
        ValueError: the stated time is not positive.
    """
    if not days > 0:
        raise ValueError(f"a lead time of {days} days is not positive")
    return Prior(log(days) + bias, sd)


def typing_bias(stated: Iterable[tuple[float, float, float]]) -> float:
    """By how much deliveries take longer than suppliers state: the mean of ln(lead / stated), shrunken to 0.

    Args:
        stated: of each complete delivery of a supplier that states a lead time: working days it took, working days
            stated, calendar days since it was sent. Weighted like the pool, for it is learned from all suppliers.
    """
    total = weight = 0.0
    for lead, days, days_since_sent in stated:
        if lead > 0 and days > 0:
            w = _weight(days_since_sent, _POOL_HALF_LIFE)
            total += w * (log(max(lead, _FLOOR)) - log(days))
            weight += w
    return total / (weight + _BIAS_SHRINKAGE)


def slip_quantile(slips: Sequence[Slip], p: float = 0.9) -> float | None:
    """Days after a date that this supplier confirms within which a share `p` comes; None below five slips.

    The estimator of `fit` on days instead of logarithms. Its prior has no slip on average, and the spread that was
    seen, at least a day: a convention, for no data has suppliers' first confirmed dates. Never below 0, for nobody can
    hold a supplier to a day before the one it confirmed.
    """
    if len(slips) < CONFIDENT_FROM:
        return None
    seen = _Sums()
    for slip in slips:
        seen.add(slip.days, _weight(slip.days_since_sent, _OWN_HALF_LIFE))
    spread = max(_SLIP_LEAST_SD**2, seen.squares_about(seen.total / seen.weight) / seen.weight)
    mean = seen.mean(0.0)
    sd = sqrt((seen.squares_about(mean) + _NU * spread) / (seen.weight + _NU))
    return max(0.0, mean + sd * sqrt(1 + 1 / (seen.weight + _KAPPA)) * _normal_quantile(p))


def slip_days(slips: Sequence[Slip], remaining_days: int) -> int:
    """Whole days to add to a date that a supplier confirmed, so that nine in ten such promises hold.

    Args:
        slips: of this supplier's earlier confirmed dates. Below five a fifth of the remaining time is added, at least
            a day: a convention.
        remaining_days: calendar days from now to the confirmed date.
    """
    return slip_or_convention(slip_quantile(slips), remaining_days)


def slip_or_convention(quantile: float | None, remaining_days: int) -> int:
    """`slip_days` for a `slip_quantile` found before, None included."""
    if quantile is None:
        return max(1, -(-remaining_days // _SLIP_PART_OF_REST))
    return max(0, ceil(quantile - 0.5))


@dataclass(slots=True)
class _Sums:
    """Weighted sums of values, enough for their mean and their spread about any point."""

    weight: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float, weight: float, variance: float = 0.0) -> None:
        self.weight += weight
        self.total += weight * value
        self.squares += weight * (value * value + variance)

    def mean(self, prior: float) -> float:
        """Shrunken to the prior's mean."""
        return (self.total + _KAPPA * prior) / (self.weight + _KAPPA)

    def squares_about(self, point: float) -> float:
        return max(0.0, self.squares - 2 * point * self.total + point * point * self.weight)


@dataclass(frozen=True, slots=True)
class _Logs:
    """Logarithms of a supplier's lead times: sums of the complete ones, and each open one with its weight."""

    known: tuple[float, ...]
    complete: _Sums
    open_: tuple[tuple[float, float], ...]

    @staticmethod
    def of(complete: Sequence[Delivery], open_: Sequence[Delivery], half_life: float) -> _Logs:
        sums = _Sums()
        known = []
        for delivery in complete:
            if delivery.lead > 0:
                known.append(log(max(delivery.lead, _FLOOR)))
                sums.add(known[-1], _weight(delivery.days_since_sent, half_life))
        # An order sent today says nothing of how long it takes.
        censored = [(log(max(d.lead, _FLOOR)), _weight(d.days_since_sent, half_life)) for d in open_ if d.lead > 0]
        return _Logs(tuple(known), sums, tuple(censored))

    def expected(self, mu: float, sd: float) -> _Sums:
        """The sums with every open order at the mean and variance that it has beyond its age."""
        sums = _Sums(self.complete.weight, self.complete.total, self.complete.squares)
        for y, weight in self.open_:
            z = (y - mu) / sd
            r = _inverse_mills(z)
            sums.add(mu + sd * r, weight, sd * sd * min(1.0, max(0.0, 1 + z * r - r * r)))
        return sums


def _weight(days_since_sent: float, half_life: float) -> float:
    return exp2(-max(days_since_sent, 0.0) / half_life)


def _below(z: float) -> float:
    """The standard normal distribution, exact far out in the lower tail as well."""
    return 0.5 * erfc(-z / sqrt(2))


@lru_cache(maxsize=1_024)
def _normal_quantile(p: float) -> float:
    return _NORMAL.inv_cdf(p)


def _inverse_mills(z: float) -> float:
    """The mean of a standard normal variable given that it is beyond z: density over upper tail.

    Far out by its continued fraction (Laplace), where the tail itself is too small for a float.
    """
    if z > 30:
        return z + 1 / (z + 2 / (z + 3 / z))
    return exp(-z * z / 2) / sqrt(2 * pi) / _below(-z)
