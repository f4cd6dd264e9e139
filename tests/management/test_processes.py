"""What only processes can prove: they start from nothing but their environment, and end as they should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.management.test_commands import ORDERS, PRODUCTS, SUPPLIERS


class Shell:
    """A folder without anything in it, and a shell there, with a database file of its own."""

    def __init__(self, folder):
        self.folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ONORDER_", "DJANGO_"))}
        self.environment = kept | {"PYTHONPATH": os.getcwd(), "PYTHONUNBUFFERED": "1"}

    def starts(self, *arguments):
        command = [sys.executable, "-W", "error", "-c", "from onorder.management.main import main; main()", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)

    def __call__(self, *arguments):
        """Exit code, standard output, standard error."""
        with self.starts(*arguments) as process:
            out, err = process.communicate(timeout=120)
        assert "Traceback" not in err
        return process.returncode, out, err

    def writes(self, name, text):
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


def test_from_an_empty_folder_to_a_parcel(shell):
    """Each command is a process of its own; what one did is there for the next."""

    def done(*arguments):
        code, out, err = shell(*arguments)
        assert (code, err) == (0, "")
        return out

    assert "Alice's is open" in done("init", "--name", "Alice's", "--currency", "GBP")
    done("import", "products", shell.writes("products.csv", PRODUCTS))
    done("import", "suppliers", shell.writes("suppliers.csv", SUPPLIERS))
    done("import", "orders", shell.writes("orders.csv", ORDERS))
    assert json.loads(done("fire", "ACME", "--json"))["sent"] == ["PO-1"]
    with shell.starts("worker") as worker:
        wait_for(lambda: len(list((shell.folder / "mailbox").glob("*"))) == 1)
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=20)
    assert (worker.returncode, err) == (0, "")
    done("receive", "PO-1", "--all")
    assert {parcel["units"] for parcel in json.loads(done("ship", "--ready", "--json"))} == {4, 2}
    assert "0 problems" in done("check")
    assert {path.name for path in shell.folder.iterdir()} >= {"onorder.sqlite3", ".onorder-secret-key", "mailbox"}


def test_before_there_is_a_shop_it_says_what_to_do_first(shell):
    code, out, err = shell("queue")
    assert (code, out) == (1, "")
    assert err == "This database has no tables yet. Run `onorder init` first.\n"


def test_bad_usage_and_a_database_that_is_not_there(shell):
    code, out, err = shell("queue", "--limit", "0")
    assert (code, out) == (2, "")
    assert "Usage: onorder queue" in err
    shell.environment["ONORDER_DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    code, out, err = shell("queue")
    assert (code, out) == (1, "")
    assert err.startswith("The database refused: ") and err.endswith(
        "Look at ONORDER_DATABASE_URL, and that it is running.\n"
    )


def wait_for(true, seconds=30):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)
