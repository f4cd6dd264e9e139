"""Somebody who checks a shop while it works: a process of its own that holds every invariant against one instant."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from time import perf_counter


class Watcher:
    """Looks when it is told to, and says what it saw when it is asked again, or at the end."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._looking_at: tuple[str, int] | None = None
        self.seconds = 0.0  # That looking took, so far.

    def look(self, step: str, orders: int) -> None:
        """Begin to check the database as it stands now, after `step`, at which it held so many orders of the day.

        Raises:
            WrongResult: what it looked at before breaks an invariant.
        """
        self.finish()
        self._pipe.send(True)
        self._pipe.recv()  # From here on it sees this instant, whatever happens meanwhile.
        self._looking_at = step, orders

    def finish(self) -> None:
        """Wait for what it looks at.

        Raises:
            WrongResult: that breaks an invariant.
        """
        if self._looking_at is None:
            return
        (step, orders), self._looking_at = self._looking_at, None
        seconds, problem = self._pipe.recv()
        self.seconds += seconds
        if problem:
            from onorder.bench.checking import (
                WrongResult,  # It needs the models, which are not there when we are spawned.
            )

            raise WrongResult(step=step, orders=orders, problems=problem)


@contextmanager
def watcher() -> Iterator[Watcher]:
    """A watcher of the database that this process is set up for."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_watch, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Watcher(ours)
    finally:
        ours.close()
        process.join(timeout=60)


def _watch(pipe: Connection) -> None:
    import django

    django.setup()
    from django.db import connection

    from onorder.queries.invariants import broken

    snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ" if connection.vendor == "postgresql" else "BEGIN"
    with connection.cursor() as cursor:
        while _is_told_to_look(pipe):
            started = perf_counter()
            cursor.execute(snapshot)
            cursor.execute("SELECT 1 FROM onorder_shop")  # SQLite takes its snapshot with the first thing that is read.
            cursor.fetchall()
            pipe.send(True)
            found = next(broken(), None)
            cursor.execute("ROLLBACK")
            problem = f"invariant {found.invariant} is broken: {found.subject} {found.problem}" if found else ""
            pipe.send((perf_counter() - started, problem))


def _is_told_to_look(pipe: Connection) -> bool:
    try:
        return bool(pipe.recv())
    except EOFError:
        return False
