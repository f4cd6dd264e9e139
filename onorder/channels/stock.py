"""Counts come in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from onorder.actions.stock import Counted
from onorder.channels import parsing
from onorder.channels.tables import Table, read
from onorder.errors import Phrase


@dataclass(frozen=True, slots=True)
class Stock:
    """What a file says, by location (None: the shop's), each with the line it was said in."""

    table: Table
    counts: dict[str | None, list[tuple[int, Counted]]]


def read_onorder(path: Path) -> Stock:
    """Our own format: sku, on_hand, location."""
    table = read(path, known={"sku", "on_hand", "location"}, required={"sku", "on_hand"})
    found = Stock(table, {})
    first: dict[tuple[str, str], int] = {}
    for row in table.rows:
        sku = table.required(row, "sku")
        table.required(row, "on_hand")
        units = table.value(row, "on_hand", parsing.units(0), 0)
        before = first.setdefault((sku, row["location"]), row.line)
        if before != row.line:
            table.problem(
                row, "sku", Phrase("{sku} was counted in line {line} already: keep one", sku=sku, line=before)
            )
        elif sku:
            found.counts.setdefault(row["location"] or None, []).append(
                (row.line, Counted(sku, min(units, 10_000_000)))
            )
    return found
