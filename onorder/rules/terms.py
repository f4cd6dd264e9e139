"""Backorder terms: whether and how something is sold without stock, each level overriding the more general one."""

from __future__ import annotations

from dataclasses import dataclass

from onorder.rules.lifecycle import Accept


@dataclass(frozen=True, slots=True)
class Terms:
    """What one level says; None is left to the more general one."""

    accept: Accept | None = None
    cap: int | None = None
    deposit_basis_points: int | None = None
    returns: str | None = None
    longest_wait_days: int | None = None


@dataclass(frozen=True, slots=True)
class Effective:
    """The terms in force.

    `cap`: most units that may wait, where accept is "capped". `deposit_basis_points`: share of the price that is paid when
    ordering. `longest_wait_days`: no promise further away than this; None is any.
    """

    accept: Accept = Accept.ALWAYS
    cap: int | None = None
    deposit_basis_points: int = 0
    returns: str = "accepted"
    longest_wait_days: int | None = None


def resolve(*general_to_special: Terms) -> Effective:
    """Merge terms, the most general first: shop, supplier, product, variant.

    >>> resolve(Terms(accept=Accept.ALWAYS), Terms(accept=Accept.CAPPED, cap=20), Terms(cap=5)).cap
    5
    """
    found = Effective()
    merged = {
        name: next((value for terms in reversed(general_to_special) if (value := getattr(terms, name)) is not None), default)
        for name, default in (
            ("accept", found.accept),
            ("cap", found.cap),
            ("deposit_basis_points", found.deposit_basis_points),
            ("returns", found.returns),
            ("longest_wait_days", found.longest_wait_days),
        )
    }
    return Effective(**merged)


def sellable(free: int, waiting: int, accept: Accept, cap: int | None) -> int | None:
    """Units that can be sold: what is free, and what may still wait. None is any number.

    Args:
        free: units here that nobody has set aside.
        waiting: units that customers wait for already.
        cap: most units that may wait, where accept is "capped".

    >>> sellable(2, 0, Accept.CAPPED, 3), sellable(0, 3, Accept.CAPPED, 3), sellable(2, 0, Accept.NEVER, None)
    (5, 0, 2)
    """
    if accept == Accept.ALWAYS:
        return None
    may_wait = (cap or 0) if accept == Accept.CAPPED else 0
    return free + max(may_wait - waiting, 0)
