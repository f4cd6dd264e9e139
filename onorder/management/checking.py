"""`onorder check`: the invariants on live data."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer
from django.db import connection, transaction
from django.utils import timezone
from rich.console import Console

from onorder.actions.repair import rebuild
from onorder.management import output
from onorder.management.output import Json
from onorder.queries.invariants import INVARIANTS, Broken, broken


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Count every counter again from the facts first.")] = False,
    json: Json = False,
) -> None:
    """Check every invariant on live data. What breaks one is named with its ids, and the exit code is 1."""
    repaired = rebuild(by="command line", now=timezone.now()) if repair else 0
    problems = all_broken()
    if json:
        laws = [{"number": law.number, "law": law.law} for law in INVARIANTS]
        output.as_json({"invariants": laws, "broken": problems, "repaired": repaired})
    else:
        for problem in problems:
            print(f"invariant {problem.invariant}: {problem.subject}: {problem.problem}")
        if repair:
            print(f"{repaired} stock levels were counted again.")
        print(f"{len(INVARIANTS)} invariants checked, {output.counted(len(problems), 'problem')}.")
    if problems:
        raise typer.Exit(1)


def all_broken() -> list[Broken]:
    """Everything that is broken, seen at one instant."""
    stderr = Console(stderr=True)
    busy = stderr.status("Checking") if stderr.is_terminal else nullcontext()
    with transaction.atomic(), busy:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return list(broken())


COMMANDS = {"check": check}
