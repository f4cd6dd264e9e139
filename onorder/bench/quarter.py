"""A quarter of a real shop, replayed day by day; every invariant is checked on what each day left behind."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, process_time

from django.core.management import call_command

from onorder.bench.measuring import peak_bytes
from onorder.bench.watching import watcher
from onorder.demo import catalogue, source
from onorder.demo.replay import CUT_OFFS_OVER, Replay, at
from onorder.garbage import collect_seldom
from onorder.queries.performance import Performance, performance

SEED = 1


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """What the replay took, in seconds of this run, and what came of the shop. `checking`: seconds that looking at the
    invariants took, in a process beside it.
    """

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
    collect_seldom()  # What is replayed was read before, and stays.
    replay.open()
    lived = 0
    with watcher() as checking:
        for day in replay.days():
            checking.look(f"{day.on:%-d %B}", day.orders)
            lived += 1
            last = day.on
        checking.finish()
    wall, cpu = perf_counter() - began, process_time() - cpu_began
    figures = performance(now=at(last, CUT_OFFS_OVER))
    return QuarterFigures(
        days=lived,
        wall=wall,
        cpu=cpu,
        checking=checking.seconds,
        peak_bytes=peak_bytes(),
        orders_per_second=figures.orders / wall,
        shop=figures,
        kept_share=figures.kept_share,
    )


PARTS = {"quarter": quarter}
