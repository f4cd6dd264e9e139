"""CSV files as rows that know their line, and problems that name line, column and what to do."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from onorder.errors import BadInput, OnOrderError, Phrase

T = TypeVar("T")

MOST_BYTES = 1_000_000_000  # Unpacked.
MOST_CHARACTERS = 10_000  # In one field.


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row: its line in the file, the column (empty: the row), and what to do."""

    line: int
    column: str
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file; `line` is where it ends in the file. A column that is not there reads as empty."""

    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "").strip()


@dataclass(slots=True)
class Table:
    """A file's rows, its columns that nobody reads, and the problems found so far."""

    rows: list[Row]
    ignored: list[str]
    problems: list[Problem] = field(default_factory=list)

    def value(self, row: Row, column: str, parse: Callable[[str], T], default: T) -> T:
        """A field through its parser; empty is the default. What the parser refuses becomes a problem."""
        text = row[column]
        if not text:
            return default
        try:
            return parse(text)
        except (ValueError, OnOrderError) as wrong:
            self.problem(row, column, wrong.args[0])
            return default

    def required(self, row: Row, column: str) -> str:
        """A field that must not be empty."""
        if not row[column]:
            self.problem(row, column, Phrase("is empty: fill it in"))
        return row[column]

    def problem(self, row: Row, column: str, what: str) -> None:
        """Note what is wrong with a row."""
        self.problems.append(Problem(row.line, column, what))

    def bad_lines(self) -> set[int]:
        return {problem.line for problem in self.problems}


def read(path: Path, *, known: set[str], required: set[str]) -> Table:
    """Read a CSV file, plain or gzip-compressed, with commas or semicolons.

    Args:
        known: columns that somebody reads; others are named as ignored.
        required: columns that must be there.

    Raises:
        BadInput: the file cannot be read, is no CSV, or lacks columns.
    """
    text = _text(path)
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [column.strip() for column in reader.fieldnames or []]
    if missing := sorted(required - set(columns)):
        named = ", ".join(missing)
        raise BadInput(
            what="{file}",
            problem="has no column {columns}",
            remedy="See `docs/import.md` for the columns.",
            file=path,
            columns=named,
        )
    reader.fieldnames = columns
    table = Table([], sorted(set(columns) - known))
    for row in _checked(reader, path):
        if None in row or None in row.values():
            table.problems.append(Problem(reader.line_num, "", Phrase("has not as many fields as the header")))
        elif long := next((c for c, v in row.items() if len(v) > MOST_CHARACTERS), None):
            table.problems.append(
                Problem(reader.line_num, long, Phrase("is longer than {most:,} characters", most=MOST_CHARACTERS))
            )
        elif any(row.values()):
            table.rows.append(Row(reader.line_num, row))
    return table


def _checked(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as wrong:
        raise BadInput(
            what="{file}",
            problem="line {line} is no CSV ({why})",
            remedy="Save it as CSV again.",
            file=path,
            line=reader.line_num,
            why=wrong,
        ) from None


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as packed:
                raw = packed.read(MOST_BYTES + 1)
    except OSError as wrong:
        why = wrong.strerror or Phrase("cannot be read")
        raise BadInput(what="{file}", problem="{why}", remedy="Check the file.", file=path, why=why) from None
    except EOFError:
        raise BadInput(what="{file}", problem="ends in the middle", remedy="Pack it again.", file=path) from None
    if len(raw) > MOST_BYTES:
        raise BadInput(what="{file}", problem="is larger than 1 GB", remedy="Split it.", file=path)
    if b"\0" in raw:
        raise BadInput(what="{file}", problem="is no text", remedy="Save it as CSV in UTF-8.", file=path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise BadInput(
            what="{file}", problem="line {line} is not UTF-8", remedy="Save it as UTF-8.", file=path, line=line
        ) from None
    if not text.strip():
        raise BadInput(what="{file}", problem="is empty", remedy="Give a file with a header and rows.", file=path)
    return text
