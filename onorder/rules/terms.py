"""Backorder terms: whether and how something is sold without stock, each level overriding the more general one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Terms:
    """What one level says; None is left to the more general one."""

    accept: Accept | None = None
    cap: int | None = None
    deposit_basis_points: int | None = None
    returns: str | None = None
    longest_wait_days: int | None = None
    cancelling: Cancelling | None = None
    cancel_fee_basis_points: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """For each of the terms the level that said it, counted from 0, the most general; None if nobody did."""

    accept: int | None = None
    cap: int | None = None
    deposit_basis_points: int | None = None
    returns: int | None = None
    longest_wait_days: int | None = None
    cancelling: int | None = None
    cancel_fee_basis_points: int | None = None


@dataclass(frozen=True, slots=True)
class Effective:
    """The terms in force, and which level said each of them.

    `cap`: most units that may wait, where accept is "capped". `deposit_basis_points`: share of the price that is paid
    when ordering. `longest_wait_days`: no promise further away than this; None is any. `cancel_fee_basis_points`: share
    of the price that cancelling costs, where it costs a fee.
    """

    accept: Accept = Accept.ALWAYS
    cap: int | None = None
    deposit_basis_points: int = 0
    returns: str = "accepted"
    longest_wait_days: int | None = None
    cancelling: Cancelling = Cancelling.FREE
    cancel_fee_basis_points: int = 0
    origin: Origin = Origin()


def resolve(*general_to_special: Terms) -> Effective:
    """Merge terms, the most general first: shop, supplier, product, variant.

    Each of the seven is settled by itself: a variant that says only its cap keeps the supplier's deposit.

    >>> found = resolve(Terms(accept=Accept.ALWAYS), Terms(accept=Accept.CAPPED, cap=20), Terms(cap=5))
    >>> found.cap, found.origin.cap, found.accept.value, found.origin.accept
    (5, 2, 'capped', 1)
    """
    levels = general_to_special
    shop = Effective()
    accept, accept_from = _most_special((level.accept for level in levels), shop.accept)
    cap, cap_from = _most_special((level.cap for level in levels), shop.cap)
    deposit, deposit_from = _most_special((level.deposit_basis_points for level in levels), shop.deposit_basis_points)
    returns, returns_from = _most_special((level.returns for level in levels), shop.returns)
    wait, wait_from = _most_special((level.longest_wait_days for level in levels), shop.longest_wait_days)
    cancelling, cancelling_from = _most_special((level.cancelling for level in levels), shop.cancelling)
    fee, fee_from = _most_special((level.cancel_fee_basis_points for level in levels), shop.cancel_fee_basis_points)
    origin = Origin(accept_from, cap_from, deposit_from, returns_from, wait_from, cancelling_from, fee_from)
    return Effective(accept, cap, deposit, returns, wait, cancelling, fee, origin)


def sellable(free: int, waiting: int, accept: Accept, cap: int | None) -> int | None:
    """Units that can be sold now: free - waiting + cap, never negative. None is any number.

    Units that wait come first: what is free belongs to them before it can be sold again.

    Args:
        free: units here that nobody has set aside, neither for an order nor in a cart.
        waiting: units that customers wait for already.
        accept: "never" is a cap of 0, "always" is none.
        cap: most units that may wait, where accept is "capped".

    Raises:
        ValueError: accept is "capped", and there is no cap.

    >>> sellable(2, 0, Accept.CAPPED, 3), sellable(0, 3, Accept.CAPPED, 3), sellable(2, 0, Accept.NEVER, None)
    (5, 0, 2)
    """
    if accept == Accept.ALWAYS:
        return None
    if accept == Accept.NEVER:
        cap = 0
    if cap is None:
        raise ValueError("capped terms need a cap")
    return max(free - waiting + cap, 0)


def _most_special(said: Iterable[_T | None], default: _T) -> tuple[_T, int | None]:
    """What the last level said that said anything, and which one that was."""
    found, origin = default, None
    for level, value in enumerate(said):
        if value is not None:
            found, origin = value, level
    return found, origin
