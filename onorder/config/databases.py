"""How the two databases are opened."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

#: Every connection: readers and one writer side by side, a commit that survives a power cut, no dangling keys.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=20000;"
    " PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
)


def opened(database: dict[str, Any]) -> dict[str, Any]:
    """The same database settings, with what this product needs of each kind.

    A transaction on SQLite takes the write lock when it begins (IMMEDIATE), so that it reads nothing that another one
    is about to change; who comes second waits up to 20 s.
    """
    options = dict(database.get("OPTIONS") or {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        options |= {
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
            "timeout": 20,
            "cached_statements": 500,
        }
        return database | {"OPTIONS": options, "CONN_MAX_AGE": None}
    host = unquote(database.get("HOST", ""))  # "%2Frun%2Fpostgresql" names a folder with a socket.
    return database | {"HOST": host, "OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
