"""What a piece of work costs: wall and CPU seconds, peak memory, SQL statements."""

from __future__ import annotations

import gc
import math
import resource
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What work cost this process: seconds on the clock, seconds of CPU (user and system; a database server's own are
    not in it), and the most memory it held meanwhile, bytes of resident set."""

    wall: float
    cpu: float
    peak_bytes: int


def measure(work: Callable[[], T]) -> tuple[T, Cost]:
    """Do the work, and say what it cost.

    What lives before it begins is put out of the garbage collector's sight: the work pays for collecting what it makes
    itself, and not for the size of its input.
    """
    gc.collect()
    gc.freeze()
    _forget_peak()
    wall, cpu = perf_counter(), process_time()
    result = work()
    cost = Cost(perf_counter() - wall, process_time() - cpu, peak_bytes())
    gc.unfreeze()
    return result, cost


def seconds(work: Callable[[], object]) -> float:
    """Seconds that the work takes on the clock."""
    start = perf_counter()
    work()
    return perf_counter() - start


def median(work: Callable[[], object], *, runs: int) -> float:
    """The median of so many runs, in seconds; one more before them is not counted."""
    work()
    return statistics.median(seconds(work) for _ in range(runs))


def statements(work: Callable[[], object]) -> int:
    """SQL statements that the work sends through Django's connection; one over a whole set of rows counts once.

    Beginning and ending a transaction are not counted.
    """
    sent = 0

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal sent
        sent += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        work()
    return sent


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """The power of n that the seconds grow with between two (n, seconds): 1 is linear.

    >>> exponent((200, 0.5), (2_000, 5.0))
    1.0
    >>> round(exponent((10, 1.0), (100, 100.0)), 6)
    2.0
    """
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def peak_bytes() -> int:
    """The most resident memory since the peak was forgotten, or since the process began where none can be."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak is what is resident now.
    except OSError:
        return
