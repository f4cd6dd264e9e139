"""Real processes with connections of their own: let go at one moment, or killed at a given one.

A server without threads forks them, with the product already imported; so each costs a few milliseconds, and what it
is told to do must be picklable: an action and its arguments (`functools.partial`).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django
from django.apps import apps

if not apps.ready:  # In a process of its own; in the test run pytest has done it.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    django.setup()

from django.db import connection
from django.db.models import QuerySet

from onorder.actions import (  # noqa: F401 - imported once, before anything is forked
    answers,
    cancellations,
    catalog,
    learning,
    messages,
    orders,
    packing,
    payments,
    people,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    shop,
    stock,
    suppliers,
)
from onorder.errors import OnOrderError, WrongState
from onorder.ledger import levels, money, returned, rows
from onorder.models import PurchaseOrder
from onorder.rules.lifecycle import PURCHASE_ORDER_STEPS

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__, "tests.races.at_work"])

Task = Callable[[], Any]
WINDOW = 0.3  # Seconds that a look stays open before it is acted upon, where a race is meant to be lost.


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: what it returned, the code of its refusal, or an error that no user should ever see."""

    value: Any = None
    refused: str = ""
    failed: str = ""


def at_once(*tasks: Task, disarm: Callable[[], None] | None = None) -> list[Done]:
    """Do each task in a process of its own, all let go at one moment.

    Args:
        disarm: run in each process first; takes a guard away (`without_lock`).
    """
    gate = _processes.Barrier(len(tasks))
    running = []
    for task in tasks:
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=_do, args=(task, disarm, _database(), gate, theirs), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    done = [ours.recv() for _, ours in running]
    for process, _ in running:
        process.join(timeout=30)
    return done


def killed_at(task: Task, statement: int) -> None:
    """Do a task in a process that is killed (SIGKILL) when its n-th statement is about to run."""
    _killed(task, statement=statement)


def killed_or_done(task: Task, statement: int) -> bool:
    """The same, of a task that has nobody knows how many statements: whether it was killed before it was done."""
    process, _ = _run(task, statement=statement)
    assert process.exitcode in (0, -signal.SIGKILL), f"it ended with {process.exitcode}"
    return process.exitcode != 0


def killed_at_commit(task: Task, *, after: bool) -> int:
    """The same, just before or just after its transaction is committed.

    Returns:
        Statements that had run.
    """
    return _killed(task, commit="after" if after else "before")


def _killed(task: Task, statement: int = 0, commit: str = "") -> int:
    process, ours = _run(task, statement, commit)
    assert process.exitcode == -signal.SIGKILL, f"it was not killed, but ended with {process.exitcode}"
    return int(ours.recv())


def _run(task: Task, statement: int = 0, commit: str = "") -> tuple[Any, Any]:
    ours, theirs = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_do_deadly, args=(task, _database(), statement, commit, theirs), daemon=True)
    process.start()
    theirs.close()
    process.join(timeout=60)
    return process, ours


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _do(task: Task, disarm: Callable[[], None] | None, database: str, gate: Any, pipe: Any) -> None:
    connection.settings_dict["NAME"] = database
    if disarm:
        disarm()
    connection.ensure_connection()
    gate.wait(timeout=60)
    try:
        done = Done(task())
    except OnOrderError as refusal:
        done = Done(refused=refusal.code)
    except Exception as wrong:
        done = Done(failed=f"{type(wrong).__name__}: {wrong}")
    connection.close()
    pipe.send(done)


def _do_deadly(task: Task, database: str, statement: int, commit: str, pipe: Any) -> None:
    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    count, original = 0, connection._commit

    def die() -> None:
        pipe.send(count)
        os.kill(os.getpid(), signal.SIGKILL)

    def deadly(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            die()
        return execute(sql, params, many, context)

    def deadly_commit() -> None:
        if commit == "before":
            die()
        original()
        if commit == "after":
            die()

    connection._commit = deadly_commit
    with connection.execute_wrapper(deadly):
        task()


# What is taken away from a process, for the twin of a test that shows that the race could be lost.


def without_lock() -> None:
    """Look at levels without locking them, and dawdle, there and before new rows get their keys.

    On SQLite the lock is BEGIN IMMEDIATE: there, begin deferred.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["transaction_mode"] = "DEFERRED"

    def look_only(variants: Any, *, location: int) -> dict[int, levels.Level]:
        found = levels.look_at_levels(set(variants), location=location)
        time.sleep(WINDOW)
        return found

    reserve = rows.reserve

    def reserve_late(wanted: Any) -> Any:
        time.sleep(WINDOW)
        return reserve(wanted)

    _everywhere("lock_levels", look_only)
    rows.reserve = reserve_late


def without_guard() -> None:
    """Take a step along a lifecycle after a look, and dawdle in between."""
    without_lock()

    def look_and_step(purchase_order: int, step: str, **changes: Any) -> None:
        sources, target = PURCHASE_ORDER_STEPS[step]
        order = PurchaseOrder.objects.filter(pk=purchase_order)
        if order.get().state not in sources:
            raise WrongState(what="Purchase order", name=purchase_order, state="", step=step)
        time.sleep(WINDOW)
        order.update(state=str(target), **changes)

    _everywhere("advance", look_and_step)


def without_row_locks() -> None:
    """Look at rows without locking them, and dawdle before they are changed."""
    without_lock()
    change = rows.change

    def change_late(*what: Any, **where: Any) -> int:
        time.sleep(WINDOW)
        return change(*what, **where)

    QuerySet.select_for_update = lambda self, **_how: self  # type: ignore[method-assign]
    rows.change = change_late


def without_purse() -> None:
    """Decide about goods that came back without waiting for whoever does so, too, and dawdle after the look at them."""
    without_lock()
    take = returned.take

    def take_late(*what: Any) -> Any:
        found = take(*what)
        time.sleep(WINDOW)
        return found

    money.lock = lambda _order: None
    returned.take = take_late


def without_turns() -> None:
    """Change who works here without waiting for whoever does so, too, and dawdle after the look at who is an owner."""
    without_lock()
    check = people._check_another_owner

    def check_and_wait(person: Any) -> None:
        check(person)
        time.sleep(WINDOW)

    people._one_at_a_time = lambda: None
    people._check_another_owner = check_and_wait


def dawdling(task: Task) -> Any:
    """Do a task that keeps its lock and dawdles: what the lock does not cover has all the time to change."""
    locked = levels.lock_levels

    def lock_and_wait(variants: Any, *, location: int) -> dict[int, levels.Level]:
        found = locked(variants, location=location)
        time.sleep(WINDOW)
        return found

    _everywhere("lock_levels", lock_and_wait)
    return task()


_WHERE_IT_LOCKS = ("onorder.actions.", "onorder.queue.")


def _everywhere(name: str, replacement: Callable[..., Any]) -> None:
    for module in [module for path, module in sys.modules.items() if path.startswith(_WHERE_IT_LOCKS)]:
        if hasattr(module, name):
            setattr(module, name, replacement)
