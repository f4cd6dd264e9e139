"""Carriers say what came: a file of theirs, as CSV or JSON, with a parcel or its tracking number, and the day."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from onorder.actions.deliveries import Delivery, deliver
from onorder.channels import parsing
from onorder.channels.tables import MOST_BYTES, Problem, Row, Table, read
from onorder.errors import BadInput, Phrase
from onorder.queries.deliveries import Known, known
from onorder.queue import setup as settings

COLUMNS: Final = {"parcel", "tracking", "delivered"}
_NOON: Final = time(12)


@dataclass(slots=True)
class Report:
    """What became of a file: parcels that are new to have come, those that were known to, and problems by line."""

    file: str
    rows: int = 0
    delivered: list[str] = field(default_factory=list)
    known: int = 0
    stored: bool = False
    problems: list[Problem] = field(default_factory=list)


def bring_in(file: Path, *, dry_run: bool = False, skip_bad: bool = False, by: str, now: datetime) -> Report:
    """Note every parcel of a file as delivered. With a bad row none is, unless the others are wanted.

    Raises:
        BadInput: the file cannot be read, or lacks columns.
    """
    table = _table(file)
    setup = settings.current()
    rows = [(row, _at(table, row, setup.zone, now)) for row in table.rows]
    numbers, trackings = {row["parcel"] for row, _ in rows} - {""}, {row["tracking"] for row, _ in rows} - {""}
    found = known(numbers, trackings)
    by_number = {one.number: one for one in found}
    shared = Counter(one.tracking for one in found)
    by_tracking = {one.tracking: one for one in found}
    wanted: dict[str, datetime] = {}
    report = Report(str(file), rows=len(rows))
    for row, at in rows:
        parcel = _parcel(table, row, by_number, by_tracking, shared)
        if parcel is None or at is None or not _fits(table, row, parcel, at, now.astimezone(setup.zone)):
            continue
        if parcel.delivered_at and not parcel.missing_at:
            report.known += 1
        else:
            wanted.setdefault(parcel.number, at)
    report.problems = sorted(table.problems, key=lambda problem: problem.line)
    if dry_run or (report.problems and not skip_bad):
        return report
    report.delivered = deliver([Delivery(number, at) for number, at in wanted.items()], by=by, now=now)
    report.stored = True
    return report


def _table(file: Path) -> Table:
    if file.suffix.lower() != ".json":
        return read(file, known=COLUMNS, required={"delivered"})
    table = Table([], [])
    for line, row in enumerate(_objects(file), 1):
        if isinstance(row, Mapping):
            table.rows.append(Row(line, {str(key): "" if value is None else str(value) for key, value in row.items()}))
        else:
            table.problems.append(Problem(line, "", Phrase("is no object with a parcel and a day")))
    return table


def _objects(file: Path) -> list[Any]:
    """The rows of a JSON file: a list of objects; their place in it stands for the line."""
    found = None
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput(what="{file}", problem="is larger than 1 GB", remedy="Split it.", file=file)
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as wrong:
        why = wrong.strerror or Phrase("cannot be read")
        raise BadInput(what="{file}", problem="{why}", remedy="Check the file.", file=file, why=why) from None
    except ValueError:
        pass
    if not isinstance(found, list):
        raise BadInput(what="{file}", problem="is no list in JSON", remedy="Check the file.", file=file)
    return found


def _at(table: Table, row: Row, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When it came. A day without a time is its noon, or this moment if that is still to come."""
    text = table.required(row, "delivered")

    def parse(text: str) -> datetime:
        if len(text) > len("2026-03-02"):
            return parsing.instant(zone)(text)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(Phrase("{text!r} is not a day: write 2026-03-02", text=text)) from None
        noon = datetime.combine(day, _NOON, zone)
        return min(noon, now) if day == now.astimezone(zone).date() else noon

    return table.value(row, "delivered", parse, None) if text else None


def _parcel(
    table: Table, row: Row, by_number: Mapping[str, Known], by_tracking: Mapping[str, Known], shared: Mapping[str, int]
) -> Known | None:
    """The parcel that a row speaks of; what is wrong if it is none."""
    number, tracking = row["parcel"], row["tracking"]
    if not (number or tracking):
        table.problem(row, "parcel", Phrase("names no parcel: give its number or its tracking number"))
        return None
    parcel = by_number.get(number) if number else by_tracking.get(tracking)
    if parcel is None:
        column = "parcel" if number else "tracking"
        table.problem(row, column, Phrase("{text!r} is no parcel that left", text=number or tracking))
        return None
    if not number and shared[tracking] > 1:
        table.problem(row, "tracking", Phrase("{text!r} is on several parcels: name the parcel", text=tracking))
        return None
    return parcel


def _fits(table: Table, row: Row, parcel: Known, at: datetime, now: datetime) -> bool:
    """Whether it can have come then; `now` as the shop sees it."""
    left, day = parcel.shipped_at.astimezone(now.tzinfo).date(), at.astimezone(now.tzinfo).date()
    if day < left:
        table.problem(row, "delivered", Phrase("is before {parcel} left, on {left}", parcel=parcel.number, left=left))
    elif day > now.date():
        table.problem(row, "delivered", Phrase("has not begun yet"))
    return left <= day <= now.date()
