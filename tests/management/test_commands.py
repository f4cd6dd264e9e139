"""The command line as a person or a script uses it: a process, its exit code, its output."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


class Console:
    """A folder with a database of its own, and a shell in it."""

    def __init__(self, folder):
        self.folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ONORDER_", "DJANGO_"))}
        self.environment = kept | {
            "ONORDER_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite3",
            "ONORDER_SECRET_KEY": "only for tests",
            "PYTHONPATH": os.getcwd(),
        }

    def __call__(self, *arguments, exit_code=0):
        command = [sys.executable, "-W", "error", "-c", "from onorder.management.main import main; main()", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == exit_code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if exit_code == 0 else done.stdout + done.stderr

    def json(self, *arguments, exit_code=0):
        return json.loads(self(*arguments, "--json", exit_code=exit_code))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def onorder(tmp_path):
    return Console(tmp_path)


@pytest.fixture
def stocked(onorder):
    """A shop that sells tea and mugs, with Bob and Dora waiting."""
    onorder("init", "--name", "Alice's", "--currency", "GBP", "--time-zone", "Europe/London")
    onorder("import", "products", onorder.write("products.csv", PRODUCTS))
    onorder("import", "suppliers", onorder.write("suppliers.csv", SUPPLIERS))
    onorder("import", "stock", onorder.write("stock.csv", "sku,on_hand\nTEA,1\n"))
    onorder("import", "orders", onorder.write("orders.csv", ORDERS))
    return onorder


PRODUCTS = "sku,product,product_name,price\nTEA,tea,Tea,5.00\nMUG,mug,Mug,9.00\n"
SUPPLIERS = (
    "code,name,email,currency,lead_time_days,order_days,cutoff,maximum_wait_days,sku,unit_cost,order_multiple\n"
    "ACME,Acme,orders@acme.example,GBP,8,Fri,17:00,14,TEA,3.00,6\n"
    "ACME,,,,,,,,MUG,4.00,\n"
)
ORDERS = (
    "order_id,placed_at,customer_id,email,sku,quantity,unit_price\n"
    "1001,2026-03-02T09:00:00,bob,bob@mail.example,TEA,3,5.00\n"
    "1001,2026-03-02T09:00:00,bob,bob@mail.example,MUG,1,9.00\n"
    "1002,2026-03-02T10:00:00,dora,,TEA,2,5.00\n"
)


def test_the_main_job_by_hand(stocked):
    queue = stocked.json("queue")
    assert [(row["order"], row["sku"], row["waiting"]) for row in queue] == [
        ("1001", "TEA", 2),
        ("1001", "MUG", 1),
        ("1002", "TEA", 2),
    ]
    assert queue[0]["sources"] == [["buffer", 2]]
    (buffer,) = stocked.json("buffers")
    assert (buffer["units"], buffer["purchase_units"], buffer["surplus"]) == (5, 7, 2)

    fired = stocked.json("fire", "ACME")
    assert (fired["raised"][0]["units"], fired["sent"]) == (7, ["PO-1"])
    assert stocked.json("queue", "--sku", "TEA")[0]["sources"] == [["PO-1", 2]]
    assert stocked.json("buffers") == []

    counted = stocked.write("counted.csv", "sku,accepted,rejected,reason\nTEA,3,1,wet\nMUG,1,,\n")
    assert stocked.json("receive", "PO-1", counted)["accepted"] == 4
    assert stocked.json("receive", "PO-1", counted)["is_new"] is False
    assert [row["order"] for row in stocked.json("queue")] == ["1002"]
    assert stocked.json("receive", "PO-1", "--all")["accepted"] == 3
    assert {parcel["order"]: parcel["units"] for parcel in stocked.json("ship", "--ready")} == {"1001": 4, "1002": 2}
    assert stocked.json("check")["broken"] == []
    done = stocked.json("worker", "--once")
    assert done["messages"] > 0 and done["messages_failed"] == 0
    assert list((stocked.folder / "mailbox").iterdir())
    assert stocked.json("worker", "--once")["messages"] == 0


def test_tables_for_people(stocked):
    assert "The queue, oldest first" in stocked("queue")
    assert "Acme" in stocked("buffers")
    assert "No buffer is due" in stocked("fire") or "PO-1" in stocked("queue")
    assert "10 invariants checked, 0 problems." in stocked("check")


def test_an_empty_shop_says_what_to_do_first(onorder):
    assert "import products" in onorder("init", "--currency", "GBP")
    assert "Nobody waits" in onorder("queue")
    assert "Every buffer is empty" in onorder("buffers")
    assert "No buffer is due" in onorder("fire")
    assert "No parcel is ready" in onorder("ship", "--ready")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        (["queue"], 1, "no tables yet. Run `onorder init`"),
        (["fire", "ACME", "--all"], 2, "not both"),
        (["receive", "PO-1"], 2, "--all"),
        (["ship"], 2, "--ready"),
        (["queue", "--limit", "0"], 2, "limit"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_bad_usage_before_there_is_a_shop(onorder, arguments, exit_code, sentence):
    assert sentence in onorder(*arguments, exit_code=exit_code)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fire", "NOBODY"], "There is no supplier NOBODY."),
        (["receive", "PO-9", "--all"], "There is no purchase order PO-9."),
        (["receive", "PO-9", "missing.csv"], "missing.csv"),
        (["ship", "NO"], "There is no order NO."),
        (["ship", "1002"], "Nothing of 1002 may go yet."),
        (["init"], "has a shop already"),
        (["demo", "--no-serve"], "holds the shop"),
    ],
)
def test_refusals(stocked, arguments, sentence):
    assert sentence in stocked(*arguments, exit_code=1)
    assert stocked.json("check")["broken"] == []


def test_a_count_with_bad_rows_names_each_and_books_nothing(stocked):
    stocked("fire", "ACME")
    bad = stocked.write("bad.csv", "sku,accepted,rejected,reason\nTEA,many,,\nMUG,1,1,\n")
    said = stocked("receive", "PO-1", bad, exit_code=1)
    assert "line 2" in said and "line 3" in said and "Nothing was booked" in said
    assert [row["waiting"] for row in stocked.json("queue")] == [2, 1, 2]


def test_check_names_what_is_broken_and_repair_counts_again(stocked):
    import sqlite3

    with sqlite3.connect(stocked.folder / "shop.sqlite3") as database:
        database.execute("UPDATE onorder_stocklevel SET waiting = waiting + 1 WHERE waiting > 0")
    broken = stocked.json("check", exit_code=1)["broken"]
    assert {problem["invariant"] for problem in broken} == {10}
    assert all(problem["subject"].startswith("level:") for problem in broken)
    repaired = stocked.json("check", "--repair")
    assert (repaired["repaired"], repaired["broken"]) == (2, [])


@pytest.mark.parametrize(
    "command",
    ["", "init", "queue", "buffers", "fire", "receive", "ship", "check", "worker", "serve", "demo", "bench", "import"],
)
def test_help_needs_no_database(onorder, command):
    said = onorder(*[command] if command else [], "--help")
    assert "Usage" in said
    assert not (onorder.folder / "shop.sqlite3").exists()


def test_the_demonstration_of_a_file(onorder):
    lines = ["order_id,placed_at,customer_id,sku,description,quantity,unit_price,country"]
    for n in range(40):
        lines.append(
            f"{n},2011-03-{1 + n // 4:02}T{9 + n % 4:02}:00:00,{n % 7},SKU{n % 5},Thing {n % 5},{1 + n % 3},2.50,UK"
        )
    figures = onorder.json("demo", "--no-serve", "--orders", onorder.write("orders.csv", "\n".join(lines) + "\n"))
    assert (figures["orders"], figures["lines"], figures["broken"]) == (40, 40, [])
    assert figures["messages_sent"] > 0
    again = onorder.json("demo", "--no-serve", "--orders", "orders.csv")
    assert again == figures


def test_a_demonstration_of_bad_rows(onorder):
    header = "order_id,placed_at,customer_id,sku,description,quantity,unit_price"
    rows = f"{header}\n1,yesterday,,A,A,1,2.50\n2,2011-03-01,,A,A,0,1\n"
    said = onorder("demo", "--no-serve", "--orders", onorder.write("bad.csv", rows), exit_code=1)
    assert "line 2" in said and "line 3" in said
