"""What a supplier's policy makes of what stands in its buffer: when it orders, how much, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onorder.models import Location
from onorder.queries.buffers import buffer_rows
from onorder.queue import setup as settings
from onorder.queue.buffers import Buffer, buffers
from onorder.rules.buffering import top_up
from onorder.rules.lifecycle import BelowMinimum


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one buffer. Money in minor units of `currency`.

    Args:
        units: that wait in it.
        fires_at: when it orders at the latest; None if at once.
        step: what it does then: fire, top_up or ask; "roll" if its order day passes, so that it orders later.
        at_risk: promises that waiting until then would break; 0 if it orders at once.
    """

    location: str
    units: int
    fires_at: datetime | None
    step: str
    buys: int
    costs_minor: int
    currency: str
    surplus: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a policy does: with each buffer of the supplier, and with a unit that would join an empty one now."""

    buffers: tuple[Outcome, ...]
    next_at: datetime


def outcomes(code: str, *, now: datetime) -> Outcomes:
    """What the supplier's policy does with its buffers, one for each location. Sixteen statements.

    Raises:
        NotFound: no supplier has this code.
    """
    setup = settings.current()
    supplier = setup.supplier(code)
    locations = dict(Location.objects.values_list("pk", "code"))
    at_risk = {row.location: row.at_risk for row in buffer_rows(now=now, suppliers=[code])}
    found = tuple(
        _outcome(buffer, locations[buffer.location], at_risk.get(locations[buffer.location], 0))
        for buffer in buffers(setup, now=now, suppliers=[supplier.id])
    )
    return Outcomes(found, supplier.rhythm.cutoff_at(supplier.rhythm.due_on(now, supplier.calendar).on))


def _outcome(buffer: Buffer, location: str, at_risk: int) -> Outcome:
    at_once = buffer.verdict.step not in ("wait", "roll")
    step = _at_its_deadline(buffer) if buffer.verdict.step == "wait" else buffer.verdict.step
    lines = buffer.lines
    if step == "top_up":
        lines = top_up(buffer.needs, buffer.policy.minimum_units, buffer.policy.minimum_value_minor)
    return Outcome(
        location=location,
        units=buffer.state.units,
        fires_at=None if at_once else buffer.due_at,
        step=step,
        buys=sum(line.quantity for line in lines),
        costs_minor=sum(line.total_minor for line in lines),
        currency=buffer.supplier.currency,
        surplus=sum(line.surplus for line in lines),
        at_risk=0 if at_once else at_risk,
    )


def _at_its_deadline(buffer: Buffer) -> str:
    """The answer to a deadline, if nothing joined before. To roll over ends with the longest wait, which orders."""
    state, policy = buffer.state, buffer.policy
    met = state.purchase_units >= policy.minimum_units and state.purchase_value_minor >= policy.minimum_value_minor
    answers = {BelowMinimum.TOP_UP: "top_up", BelowMinimum.ASK: "ask"}
    return "fire" if met else answers.get(policy.below_minimum, "fire")
