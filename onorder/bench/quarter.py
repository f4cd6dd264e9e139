"""A quarter of a real shop, replayed day by day, with every invariant checked at the end of each."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, process_time

from django.core.management import call_command

from onorder.bench.checking import WrongResult
from onorder.bench.measuring import peak_bytes
from onorder.demo import catalogue, source
from onorder.demo.replay import CUT_OFFS_OVER, Replay, at
from onorder.queries.invariants import broken
from onorder.queries.performance import Performance, performance

SEED = 1


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """What the replay took: seconds of this run, of which `checking` for the invariants; and what came of the shop."""

    days: int
    wall: float
    cpu: float
    checking: float
    peak_bytes: int
    orders_per_second: float
    shop: Performance
    kept_share: float | None


def quarter(beside: str, days: int | None = None) -> QuarterFigures:
    """Replay the real orders through the actions, messages written and not delivered.

    Args:
        beside: the place of a second database, which this benchmark has no use for.
        days: only the first so many.

    Raises:
        WrongResult: an invariant was broken at the end of a day.
    """
    call_command("migrate", interactive=False, verbosity=0)
    began, cpu_began = perf_counter(), process_time()
    shop_source = source.real().first(days)
    replay = Replay(shop_source, catalogue.made_up(shop_source, SEED), source.lead_time_shape(), SEED, deliver=False)
    replay.open()
    checking = 0.0
    lived = 0
    for day in replay.days():
        started = perf_counter()
        if problem := next(broken(), None):
            problems = f"invariant {problem.invariant} is broken: {problem.subject} {problem.problem}"
            raise WrongResult(step=f"{day.on:%-d %B}", orders=day.orders, problems=problems)
        checking += perf_counter() - started
        lived += 1
        last = day.on
    wall, cpu = perf_counter() - began, process_time() - cpu_began
    figures = performance(now=at(last, CUT_OFFS_OVER))
    return QuarterFigures(
        days=lived,
        wall=wall,
        cpu=cpu,
        checking=checking,
        peak_bytes=peak_bytes(),
        orders_per_second=figures.orders / wall,
        shop=figures,
        kept_share=figures.kept_share,
    )


PARTS = {"quarter": quarter}
