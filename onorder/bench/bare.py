"""The bare database: the same rows, written with the driver alone. What is faster than this leaves something out.

It writes what it is given and decides nothing. It is given whole transactions: rows to insert, and rows to update by
their primary key, in memory before the clock starts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from psycopg.types.string import TextLoader

from onorder.errors import OnOrderError

Row = tuple[Any, ...]

#: Product tables; those of accounts, sessions and drafts take no part.
PREFIX = "onorder_"
PEOPLE = frozenset(f"{PREFIX}{table}" for table in ("person", "recoverycode", "session", "guesses", "counting"))


class NotTheSame(OnOrderError):
    code = "not_the_same"
    sentence = "The bare database and ours differ in {table}: {problem}."
    remedy = "The ratio would mean nothing; this is a mistake in the benchmark."


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to one table: rows that are new, and rows that are no longer as they were, as they are now.

    `columns` are those of every row, the primary key first; `changed` those in which any updated row differs.
    """

    table: str
    columns: tuple[str, ...]
    inserted: list[Row] = field(default_factory=list)
    updated: list[Row] = field(default_factory=list)
    changed: tuple[str, ...] = ()

    def place(self, column: str) -> int:
        """Where this column stands in a row."""
        return self.columns.index(column)


@dataclass(frozen=True, slots=True)
class Write:
    """Rows to insert into these columns; or, if it is an update, to set them to, with the primary key as last value."""

    table: str
    columns: tuple[str, ...]
    rows: list[Row]
    is_update: bool = False


Transaction = list[Write]
Prepared = Callable[[], None]


class Database(Protocol):
    """A database as its driver shows it."""

    def tables(self) -> list[str]: ...

    def columns(self, table: str) -> tuple[str, ...]: ...

    def rows(self, table: str) -> Iterator[Row]:
        """Every row, by primary key, the values as the driver takes them back."""

    def prepare(self, transactions: Sequence[Transaction], *, in_bulk: bool) -> Prepared:
        """What writes these transactions, one after the other. `in_bulk`: they are large enough for bulk statements."""

    def settle(self) -> None:
        """Finish what earlier work left to be done later, so that nobody else pays for it."""

    def close(self) -> None: ...


def changes(now: Database, before: Database) -> dict[str, Changes]:
    """How one database differs from another one that was the same before, by table; nothing for tables that do not.

    Raises:
        NotTheSame: a row has gone.
    """
    found = {table: _changes(table, now, before) for table in now.tables()}
    return {table: change for table, change in found.items() if change.inserted or change.updated}


def copy(source: Database, target: Database) -> None:
    """Make the empty target the same as the source."""
    writes = [Write(c.table, c.columns, c.inserted) for c in changes(source, target).values()]
    target.prepare([writes], in_bulk=True)()


def _changes(table: str, now: Database, before: Database) -> Changes:
    found = Changes(table, now.columns(table))
    changed: set[int] = set()
    earlier = before.rows(table)
    old = next(earlier, None)
    for row in now.rows(table):
        if old is None or row[0] < old[0]:
            found.inserted.append(row)
            continue
        if row[0] > old[0]:
            raise NotTheSame(table=table, problem=f"row {old[0]} has gone")
        if row != old:
            found.updated.append(row)
            changed.update(place for place, value in enumerate(row) if value != old[place])
        old = next(earlier, None)
    if old is not None:
        raise NotTheSame(table=table, problem=f"row {old[0]} has gone")
    columns = tuple(found.columns[place] for place in sorted(changed))
    return Changes(table, found.columns, found.inserted, found.updated, columns)


class Sqlite:
    """A file, opened as the product opens it.

    Args:
        pragmas: what the product sets on every connection.
    """

    def __init__(self, name: str, pragmas: str) -> None:
        self._name = name
        self._connection = sqlite3.connect(name, isolation_level=None)
        self._connection.executescript(pragmas)

    def tables(self) -> list[str]:
        found = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ? ORDER BY 1", (f"{PREFIX}*",)
        )
        return [name for (name,) in found.fetchall() if name not in PEOPLE]

    def columns(self, table: str) -> tuple[str, ...]:
        return _columns(self._connection.execute(f'SELECT * FROM "{table}" LIMIT 0').description, table)

    def rows(self, table: str) -> Iterator[Row]:
        # On a connection of its own, without the large cache, which would count as memory of the next step.
        with closing(sqlite3.connect(self._name, isolation_level=None)) as reader:
            yield from reader.execute(f'SELECT * FROM "{table}" ORDER BY id')

    def prepare(self, transactions: Sequence[Transaction], *, in_bulk: bool) -> Prepared:
        # SQLite runs inside this process: a prepared statement over the rows is its best way for many and for few.
        prepared = [[(_statement(write, "?"), write.rows) for write in writes] for writes in transactions]
        cursor = self._connection.cursor()

        def run() -> None:
            for writes in prepared:
                cursor.execute("BEGIN IMMEDIATE")
                for statement, rows in writes:
                    cursor.executemany(statement, rows)
                cursor.execute("COMMIT")

        return run

    def settle(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._connection.close()


class Postgresql:
    """A database on a server. Values of type jsonb are taken and given as their text."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._connection = psycopg.connect(**parameters)
        self._connection.adapters.register_loader("jsonb", TextLoader)

    def tables(self) -> list[str]:
        found = self._all(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND starts_with(tablename, %s)"
            " ORDER BY 1",
            (PREFIX,),
        )
        return [name for (name,) in found if name not in PEOPLE]

    def columns(self, table: str) -> tuple[str, ...]:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            return _columns(cursor.execute(f'SELECT * FROM "{table}" LIMIT 0').description or (), table)

    def rows(self, table: str) -> Iterator[Row]:
        with self._connection.transaction(), self._connection.cursor(name="bench") as cursor:
            cursor.itersize = 10_000
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY id')
            yield from cursor

    def prepare(self, transactions: Sequence[Transaction], *, in_bulk: bool) -> Prepared:
        if in_bulk:
            return self._in_bulk(transactions)
        prepared = [[(_statement(write, "%s"), write.rows) for write in writes] for writes in transactions]
        cursor = self._connection.cursor()

        def run() -> None:
            for writes in prepared:
                for statement, rows in writes:
                    if len(rows) == 1:
                        cursor.execute(statement, rows[0], prepare=True)
                    else:
                        cursor.executemany(statement, rows)
                self._connection.commit()

        return run

    def _in_bulk(self, transactions: Sequence[Transaction]) -> Prepared:
        """COPY for new rows, one UPDATE over arrays for changed ones: the fastest of what the driver offers."""
        types = {table: self._types(table) for table in {write.table for writes in transactions for write in writes}}
        prepared = [
            [
                (
                    _update_over_arrays(write, types[write.table]),
                    [list(values) for values in zip(*write.rows, strict=True)],
                )
                if write.is_update
                else (_copy(write), write.rows)
                for write in writes
            ]
            for writes in transactions
        ]
        cursor = self._connection.cursor()

        def run() -> None:
            for writes in prepared:
                for statement, rows in writes:
                    if statement.startswith("UPDATE"):
                        cursor.execute(statement, rows)
                        continue
                    with cursor.copy(statement) as copying:
                        for row in rows:
                            copying.write_row(row)
                self._connection.commit()

        return run

    def settle(self) -> None:
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("ANALYZE")
        self._connection.execute("CHECKPOINT")
        self._connection.autocommit = False

    def close(self) -> None:
        self._connection.close()

    def _types(self, table: str) -> dict[str, str]:
        return dict(
            self._all(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                (table,),
            )
        )

    def _all(self, statement: str, parameters: Row) -> list[Any]:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            return cursor.execute(statement, parameters).fetchall()


def _columns(description: Sequence[Any], table: str) -> tuple[str, ...]:
    columns = tuple(str(column[0]) for column in description)
    if columns[0] != "id":
        raise NotTheSame(table=table, problem="its first column is not the primary key")
    return columns


def _statement(write: Write, mark: str) -> str:
    if write.is_update:
        sets = ", ".join(f'"{column}" = {mark}' for column in write.columns[:-1])
        return f'UPDATE "{write.table}" SET {sets} WHERE id = {mark}'
    return f'INSERT INTO "{write.table}" ({_names(write.columns)}) VALUES ({", ".join([mark] * len(write.columns))})'


def _copy(write: Write) -> str:
    return f'COPY "{write.table}" ({_names(write.columns)}) FROM STDIN'


def _update_over_arrays(write: Write, types: Mapping[str, str]) -> str:
    sets = ", ".join(f'"{column}" = new."{column}"' for column in write.columns[:-1])
    arrays = ", ".join(f"%s::{types[column]}[]" for column in write.columns)
    return (
        f'UPDATE "{write.table}" SET {sets} FROM unnest({arrays}) AS new ({_names(write.columns)})'
        f' WHERE "{write.table}".id = new.id'
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
