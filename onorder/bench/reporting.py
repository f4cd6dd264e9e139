"""The benchmarks run part by part, each in a process of its own, and their figures side by side."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import django

from onorder.bench.checking import WrongResult
from onorder.bench.measuring import exponent
from onorder.bench.places import Kind, Pairs, apart, server

#: What each step is called in a table.
STEPS: Mapping[str, str] = {
    "a": "intake, one by one",
    "a*": "intake, by the thousand",
    "b": "buffers raised and sent",
    "c": "received and allocated",
    "d": "shipped, by the thousand",
}

#: Above this many orders they are not taken one by one, unless that is asked for.
MOST_ONE_BY_ONE = 20_000
COUNTED_ORDERS = 1_000

#: Shows that something is going on for as long as the part of this name runs.
Busy = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of one size. Seconds of this run; `statements` for one transaction, by a count of their own.

    `ratio` is ours to the bare database; `grows` the power of n since the size before, None for the first.
    """

    step: str
    orders: int
    transactions: int
    wall: float
    cpu: float
    peak_bytes: int
    bare_wall: float
    bare_cpu: float
    statements: float
    grows: float | None

    @property
    def ratio(self) -> float:
        return self.wall / self.bare_wall

    @property
    def statements_per_order(self) -> float:
        """Both of step b's transactions for a supplier count, and every transaction counts the same."""
        return self.statements * self.transactions / self.orders


@dataclass(frozen=True, slots=True)
class ReadFigures:
    """The median of one query over a database of so many orders, in seconds."""

    read: str
    orders: int
    seconds: float


@dataclass(frozen=True, slots=True)
class MixedReport:
    """All figures of one run of "mixed baskets", and what they were measured on."""

    database: str
    machine: Mapping[str, str]
    steps: list[StepFigures] = field(default_factory=list)
    reads: list[ReadFigures] = field(default_factory=list)
    hot: Mapping[str, float] | None = None


def mixed_baskets(
    sizes: Sequence[int],
    kind: Kind,
    *,
    one_by_one: bool = False,
    waiting: int | None = None,
    scale: Mapping[str, int] | None = None,
    busy: Busy = nullcontext,
) -> MixedReport:
    """Run "mixed baskets" in every size, the smallest first.

    Args:
        one_by_one: take orders one by one above `MOST_ONE_BY_ONE` too.
        waiting: measure the hot SKU too, with so many lines waiting for it.
        scale: `skus` and `suppliers` of another catalogue than the usual one.

    Raises:
        NoServer: there is no database of this kind.
        BenchFailed: a part stopped; a wrong result stops it.
        WrongResult: orders taken in batches became something else than one by one.
    """
    report = MixedReport(kind, _machine())
    with server(kind) as pairs:
        run = partial(_run, pairs, busy, scale or {})
        counts = run("counting", orders=min(max(sizes), COUNTED_ORDERS))
        for n in sorted(set(sizes)):
            found = [run("one by one", orders=n)] if n <= MOST_ONE_BY_ONE or one_by_one else []
            found.append(run("in batches", orders=n))
            _refuse_different(found, n)
            for part in found:
                report.steps.extend(_figures(step, n, counts, report.steps) for step in part["steps"])
                report.reads.extend(ReadFigures(read["name"], n, read["seconds"]) for read in part["reads"])
        hot = _run(pairs, busy, {}, "hot", waiting=waiting)["hot"] if waiting else None
    return MixedReport(report.database, report.machine, report.steps, report.reads, hot)


def _run(pairs: Pairs, busy: Busy, scale: Mapping[str, int], part: str, **options: int) -> Any:
    with pairs() as pair, busy(f"{part}, {next(iter(options.values())):,}"):
        return apart(part, pair, {**scale, **options})


def _refuse_different(parts: Sequence[Mapping[str, Any]], n: int) -> None:
    first, *others = (part["digests"] for part in parts)
    different = sorted(kind for other in others for kind in first if first[kind] != other[kind])
    if different:
        problems = f"one by one and in batches differ in {', '.join(different)}"
        raise WrongResult(step="intake", orders=n, problems=problems)


def _figures(
    step: Mapping[str, Any], n: int, counts: Mapping[str, float], before: Sequence[StepFigures]
) -> StepFigures:
    ours, bare = step["ours"], step["bare"]
    smaller = [one for one in before if one.step == step["name"]]
    return StepFigures(
        step=step["name"],
        orders=n,
        transactions=step["transactions"],
        wall=ours["wall"],
        cpu=ours["cpu"],
        peak_bytes=ours["peak_bytes"],
        bare_wall=bare["wall"],
        bare_cpu=bare["cpu"],
        statements=counts[step["name"]],
        grows=exponent((smaller[-1].orders, smaller[-1].wall), (n, ours["wall"])) if smaller else None,
    )


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        "system": platform.platform(terse=True),
        "cpus": str(os.cpu_count()),
    }
