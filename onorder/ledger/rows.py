"""Whole sets of rows in one statement each, on both databases.

The ORM reads, but for what runs with every order; sets are written here, because an ORM object for every row of a large
import or receipt costs several times what the database does. PostgreSQL takes a set as one statement over arrays.
SQLite runs inside this process, so one prepared statement over the set is as good there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


def select(
    statement: str, parameters: Sequence[Any] = (), *, instants: Sequence[int] = (), days: Sequence[int] = ()
) -> list[tuple[Any, ...]]:
    """The rows of a query, for what runs with every order; elsewhere the ORM reads.

    Args:
        instants, days: places of the columns that hold instants and days, which SQLite keeps as text.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    if connection.vendor == "postgresql" or not (instants or days):
        return found
    converted = []
    for row in found:
        values = list(row)
        for place in instants:
            at = values[place]
            if at is not None:  # A column comes as a naive instant, an expression as text.
                values[place] = (datetime.fromisoformat(at) if isinstance(at, str) else at).replace(tzinfo=UTC)
        for place in days:
            if isinstance(values[place], str):
                values[place] = date.fromisoformat(values[place])
        converted.append(tuple(values))
    return converted


def among(column: str, values: Iterable[Any]) -> tuple[str, Any]:
    """A condition that `column` is one of `values`, however many, and its one parameter."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", list(values)
    return f"{column} IN (SELECT value FROM json_each(%s))", _dumps(list(values))


def instant(at: datetime) -> Any:
    """An instant as the parameter of a condition."""
    return at if connection.vendor == "postgresql" else _sqlite_instant(at)


def day(on: date) -> Any:
    """A day as the parameter of a condition."""
    return on if connection.vendor == "postgresql" else on.isoformat()


def insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, ignore_conflicts: bool = False
) -> int:
    """Insert `rows`, whose values stand in the order of `columns` (attribute names). Other fields get their default.

    One statement; none for no rows.

    Args:
        ignore_conflicts: leave out rows that a unique constraint refuses.

    Returns:
        Rows inserted.
    """
    if not rows:
        return 0
    statement, converters = _insert_statement(model, tuple(columns), connection.vendor)
    if ignore_conflicts:
        statement += " ON CONFLICT DO NOTHING"
    return _execute(statement, converters, rows)


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Set `columns` of existing rows; each row is the values, then its primary key. One statement; none for no rows."""
    if not rows:
        return
    statement, converters = _update_statement(model, tuple(columns), connection.vendor)
    _execute(statement, converters, rows)


def change(model: type[models.Model], changes: Mapping[str, Any], *, where: str, parameters: Sequence[Any]) -> int:
    """Set the same values in every row that meets the condition `where`. One statement.

    Returns:
        Rows changed.
    """
    statement, converters = _change_statement(model, tuple(changes), connection.vendor)
    values = [convert(value) if convert else value for convert, value in zip(converters, changes.values(), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE {where}", [*values, *parameters])
        return int(cursor.rowcount)


def reserve(wanted: Mapping[type[models.Model], int]) -> dict[type[models.Model], list[int]]:
    """Take primary keys for rows that are about to be inserted, rising, from the database. One statement.

    On SQLite they are the next free ones, which nobody else can take before this transaction ends; on PostgreSQL they
    come from the tables' own sequences.
    """
    models_ = list(wanted)
    if connection.vendor == "postgresql":
        parts = (
            f"ARRAY(SELECT nextval(pg_get_serial_sequence('{model._meta.db_table}', 'id'))"
            f" FROM generate_series(1, {int(wanted[model])}))"
            for model in models_
        )
    else:
        parts = (f"(SELECT coalesce(max(id), 0) FROM {model._meta.db_table})" for model in models_)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
        found = cursor.fetchone()
    if connection.vendor == "postgresql":
        return {model: list(keys) for model, keys in zip(models_, found, strict=True)}
    return {model: list(range(last + 1, last + 1 + wanted[model])) for model, last in zip(models_, found, strict=True)}


def _execute(statement: str, converters: Sequence[Converter | None], rows: Sequence[Row]) -> int:
    if connection.vendor == "postgresql":
        columns = [
            list(map(convert, values)) if convert else list(values)
            for convert, values in zip(converters, zip(*rows, strict=True), strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, columns)
            return int(cursor.rowcount)
    to_convert = [(place, convert) for place, convert in enumerate(converters) if convert]
    converted = []
    for row in rows:
        values = list(row)
        for place, convert in to_convert:
            values[place] = convert(values[place])
        converted.append(values)
    with connection.cursor() as cursor:
        if len(converted) == 1:
            cursor.execute(statement, converted[0])
        else:
            cursor.executemany(statement, converted)
        return int(cursor.rowcount)


@lru_cache(maxsize=256)
def _insert_statement(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> tuple[str, list[Converter | None]]:
    given = [_field(model, column) for column in columns]
    others = [field for field in model._meta.concrete_fields if field not in given and not field.primary_key]
    into = ", ".join(f'"{field.column}"' for field in [*given, *others])
    constants = [_literal(field.get_default(), vendor) for field in others]
    if vendor == "postgresql":
        names = ", ".join(f"c{place}" for place in range(len(given)))
        arrays = ", ".join(f"%s::{_type(field)}[]" for field in given)
        select = ", ".join([*(f"c{place}" for place in range(len(given))), *constants])
        statement = f'INSERT INTO "{model._meta.db_table}" ({into}) SELECT {select} FROM unnest({arrays}) AS u({names})'
    else:
        values = ", ".join([*["%s"] * len(given), *constants])
        statement = f'INSERT INTO "{model._meta.db_table}" ({into}) VALUES ({values})'
    return statement, [_converter(field, vendor) for field in given]


@lru_cache(maxsize=256)
def _update_statement(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> tuple[str, list[Converter | None]]:
    fields = [_field(model, column) for column in columns]
    table = f'"{model._meta.db_table}"'
    if vendor == "postgresql":
        sets = ", ".join(f'"{field.column}" = u.c{place}' for place, field in enumerate(fields))
        arrays = ", ".join(f"%s::{_type(field)}[]" for field in [*fields, _field(model, "pk")])
        names = ", ".join([*(f"c{place}" for place in range(len(fields))), "key"])
        statement = f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS u({names}) WHERE {table}.id = u.key"
        return statement, [*(_converter(field, vendor) for field in fields), None]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f"UPDATE {table} SET {sets} WHERE id = %s", [*(_converter(field, vendor) for field in fields), None]


@lru_cache(maxsize=256)
def _change_statement(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> tuple[str, list[Converter | None]]:
    fields = [_field(model, column) for column in columns]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {sets}', [_converter(field, vendor) for field in fields]


Converter = Callable[[Any], Any]


def _field(model: type[models.Model], name: str) -> Any:
    if name == "pk":
        return model._meta.pk
    return model._meta.get_field(name)


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))


def _literal(value: Any, vendor: str) -> str:
    """A default as SQL: few kinds are needed, and anything else is a mistake of the caller."""
    if value is None:
        return "NULL"
    if value is True or value is False:
        return str(value).upper() if vendor == "postgresql" else str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and "'" not in value and "%" not in value:
        return f"'{value}'"
    if value in ({}, []):
        return f"'{json.dumps(value)}'"
    raise ValueError(f"a default of {value!r} must be given with the row")


def _converter(field: Any, vendor: str) -> Converter | None:
    kind = field.get_internal_type()
    if kind == "JSONField":
        return _dumps
    if kind == "CharField" and field.choices:
        return str  # An enum's value, not its name.
    if vendor == "sqlite" and kind == "DateTimeField":
        return _sqlite_instant
    if vendor == "sqlite" and kind in ("DateField", "TimeField"):
        return _sqlite_text
    return None


_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@lru_cache(maxsize=4096)
def _sqlite_instant(value: datetime | None) -> str | None:
    return None if value is None else str(connection.ops.adapt_datetimefield_value(value))


def _sqlite_text(value: Any) -> str | None:
    return None if value is None else value.isoformat()
