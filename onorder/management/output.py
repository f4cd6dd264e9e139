"""How commands speak: tables for people, JSON for machines, progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from onorder.channels.tables import Problem

T = TypeVar("T")

_PROBLEMS: Final = 50  # Printed at the most.

#: The option of every command that prints figures.
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def as_json(value: Any) -> None:
    """Print a value as JSON: dataclasses as objects, dates and instants in ISO form."""
    print(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def as_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """Print rows as a table; numbers to the right. `empty` says what would stand here, and what to do first."""
    rows = list(rows)
    if not rows:
        print(empty)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for place, name in enumerate(columns):
        is_number = all(isinstance(row[place], int | float) or row[place] is None for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    console().print(table)


def counted(n: int, thing: str) -> str:
    """So many of a thing, in English.

    >>> counted(1, "problem"), counted(1200, "problem")
    ('1 problem', '1,200 problems')
    """
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def as_problems(problems: Sequence[Problem]) -> None:
    """Print what is wrong with the rows of a file, a line for each; of very many the first."""
    for problem in problems[:_PROBLEMS]:
        column = f", {problem.column}" if problem.column else ""
        print(f"line {problem.line}{column}: {problem.what}")
    if len(problems) > _PROBLEMS:
        print(f"... and {len(problems) - _PROBLEMS:,} more problems (--json lists all).")


def console() -> Console:
    """Standard output; wide enough for a table where nobody watches."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)


def progress(items: Sequence[T], what: str) -> Iterable[T]:
    """The same items with a progress bar on standard error, where somebody watches."""
    stderr = Console(stderr=True)
    return track(items, what, console=stderr, disable=not stderr.is_terminal)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%a %-d %b %H:%M")
    if isinstance(value, date):
        return value.strftime("%a %-d %b")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return str(value)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no JSON form")
