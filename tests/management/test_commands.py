"""The command line as a person or a script uses it: its exit code, its output, and what it did.

Most commands run in this process, on the database of the run, by the function that a process runs: starting one takes a
second and a half and proves no more. What only a process can prove is in `test_processes.py`.
"""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db.models import F
from django.utils import timezone

from onorder.management.main import run
from onorder.models import BufferPolicy, Message, Person, PurchaseOrder, StockLevel
from onorder.queue.setup import changed


class Console:
    """A folder, and a shell in it."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self._capsys = capsys

    def __call__(self, *arguments, exit_code=0):
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            run(arguments)
        out, err = self._capsys.readouterr()
        assert (left.value.code or 0) == exit_code, f"{arguments}: {left.value.code}\n{out}\n{err}"
        assert exit_code or not err, err
        return out + err

    def json(self, *arguments, exit_code=0):
        return json.loads(self(*arguments, "--json", exit_code=exit_code))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def console(tmp_path, capsys, monkeypatch):
    """Without a database: whoever asks for it fails."""
    monkeypatch.chdir(tmp_path)
    return Console(tmp_path, capsys)


@pytest.fixture
def onorder(lasting, console):
    """With a database that has its tables and nothing in them."""
    return console


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


COMMANDS = (
    *("init", "migrate", "createsuperuser", "demo", "import", "queue", "buffers", "fire", "send", "receive", "ship"),
    *("approve", "paper", "admit"),
    *("messages", "bounce", "delivered", "check", "worker", "serve", "bench"),
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
    assert done["messages"] == len(mail.outbox) > 0 and done["messages_failed"] == 0
    assert stocked.json("worker", "--once")["messages"] == 0


def test_a_draft_is_approved_printed_and_sent_by_hand(stocked):
    BufferPolicy.objects.update(approve_above_minor=0)
    changed()
    assert stocked.json("fire", "ACME")["raised"][0]["state"] == "draft"
    assert "PO-1 leaves" in stocked("approve", "PO-1")
    assert "PO-1.pdf and .csv are written" in stocked("paper", "PO-1", "--folder", "papers")
    assert (stocked.folder / "papers" / "PO-1.pdf").read_bytes().startswith(b"%PDF")
    assert "TEA" in (stocked.folder / "papers" / "PO-1.csv").read_text()
    assert "PO-1 is sent" in stocked("send", "PO-1")
    assert "There is no purchase order PO-9" in stocked("paper", "PO-9", exit_code=1)
    stocked.write("taken", "")
    assert "Name another folder" in stocked("paper", "PO-1", "--folder", "taken", exit_code=1)


def test_tables_for_people(stocked):
    assert "The queue, oldest first" in stocked("queue")
    assert "Acme" in stocked("buffers")
    assert "No buffer is due" in stocked("fire") or "PO-1" in stocked("queue")
    assert "12 invariants checked, 0 problems." in stocked("check")


def test_an_empty_shop_says_what_to_do_first(onorder):
    assert "import products" in onorder("init", "--currency", "GBP")
    assert "Nobody waits" in onorder("queue")
    assert "Every buffer is empty" in onorder("buffers")
    assert "No buffer is due" in onorder("fire")
    assert "No parcel is ready" in onorder("ship", "--ready")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fire", "ACME", "--all"], "not both"),
        (["receive", "PO-1"], "--all"),
        (["ship"], "--ready"),
        (["queue", "--limit", "0"], "limit"),
        (["messages", "seventeen"], "valid integer"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_usage_needs_no_database(console, arguments, sentence):
    assert sentence in console(*arguments, exit_code=2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fire", "NOBODY"], "There is no supplier NOBODY."),
        (["send", "PO-9"], "There is no purchase order PO-9."),
        (["messages", "9999", "--again"], "There is no message 9999."),
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


def test_a_supplier_without_an_e_mail_address_is_told_by_other_means(stocked):
    suppliers = stocked.write("suppliers.csv", SUPPLIERS.replace("orders@acme.example", ""))
    assert "1 changed" in stocked("import", "suppliers", suppliers)
    said = stocked("fire", "ACME")
    assert "queued" in said and "Left to you" in said and "PO-1" in said
    assert stocked.json("fire")["without_address"] == ["PO-1"]
    assert "PO-1." in stocked("worker", "--once")
    assert stocked.json("worker", "--once")["without_address"] == ["PO-1"]
    assert "ACME has no e-mail address" in stocked("send", "PO-1", exit_code=1)
    assert stocked("send", "PO-1", "--by-other-means") == "PO-1 is sent.\n"
    assert "Left to you" not in stocked("worker", "--once")
    (message, *_) = [row for row in stocked.json("messages") if row["to"] == "supplier"]
    assert (message["about"], message["state"]) == ("PO-1", "suppressed")


def test_messages_that_failed_are_queued_again(stocked):
    stocked("fire", "ACME")
    assert "No message has failed" in stocked("messages", "--failed")
    assert "nothing to queue again" in stocked("messages", "--again")
    to_bob = Message.objects.filter(state="queued", supplier=None)
    to_bob.update(state="failed", note="550 no such mailbox", attempts=1)
    failed = stocked.json("messages", "--failed")
    assert [(row["kind"], row["about"], row["to"], row["attempts"]) for row in failed] == [
        ("ordered", "1001", "customer", 1),
        ("placed", "1001", "customer", 1),
    ]
    said = stocked("messages", "--failed")
    assert "550 no such mailbox" in said and "mail.example" not in said
    first, second = (str(row["id"]) for row in failed)
    assert stocked.json("messages", first, "--again") == {"queued": [int(first)], "overtaken": []}
    assert "is queued, so it cannot be queued again" in stocked("messages", first, "--again", exit_code=1)
    assert stocked("messages", "--again").startswith("Queued again: 1.")
    assert stocked.json("messages", second)[0]["state"] == "queued"
    assert stocked.json("worker", "--once")["messages_failed"] == 0


def test_a_count_with_bad_rows_names_each_and_books_nothing(stocked):
    stocked("fire", "ACME")
    bad = stocked.write("bad.csv", "sku,accepted,rejected,reason\nTEA,many,,\nMUG,1,1,\n")
    said = stocked("receive", "PO-1", bad, exit_code=1)
    assert "line 2" in said and "line 3" in said and "Nothing was booked" in said
    assert [row["waiting"] for row in stocked.json("queue")] == [2, 1, 2]


def test_check_names_what_is_broken_and_repair_counts_again(stocked):
    StockLevel.objects.filter(waiting__gt=0).update(waiting=F("waiting") + 1)
    broken = stocked.json("check", exit_code=1)["broken"]
    assert {problem["invariant"] for problem in broken} == {10}
    assert all(problem["subject"].startswith("level:") for problem in broken)
    repaired = stocked.json("check", "--repair")
    assert (repaired["repaired"], repaired["broken"]) == (2, [])


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_needs_no_database(console, command):
    assert "Usage: onorder" in console(*[command] if command else [], "--help")


def test_every_command_is_in_the_help(console):
    listed = re.findall(r"^  ([a-z]+) ", console("--help").partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_who_lost_password_and_phone_is_let_in_from_the_server(stocked, client):
    alice = User.objects.create_superuser("alice", "alice@shop.example", "forgotten long ago")
    Person.objects.create(user=alice, code_salt="salt", code_since=timezone.now())
    link = stocked("admit", "alice").strip()
    assert not Person.objects.exclude(code_salt="").exists()
    path = link.removeprefix("http://127.0.0.1:8000")
    client.post(path, {"new_password1": "green apples fly", "new_password2": "green apples fly"})
    client.post("/login", {"username": "alice", "password": "green apples fly"})
    assert client.get("/queue").status_code == 200
    assert "There is no person nobody." in stocked("admit", "nobody", exit_code=1)


def test_the_demonstration_of_a_file(onorder):
    lines = ["order_id,placed_at,customer_id,sku,description,quantity,unit_price,country"]
    for n in range(40):
        lines.append(
            f"{n},2011-03-{1 + n // 4:02}T{9 + n % 4:02}:00:00,{n % 7},SKU{n % 5},Thing {n % 5},{1 + n % 3},2.50,UK"
        )
    figures = onorder.json("demo", "--no-serve", "--orders", onorder.write("orders.csv", "\n".join(lines) + "\n"))
    assert (figures["orders"], figures["lines"], figures["broken"]) == (40, 40, [])
    assert figures["messages_sent"] > 0
    states = set(PurchaseOrder.objects.values_list("state", flat=True))
    assert "bounced" in states  # The morning leaves something to people.
    assert set(User.objects.filter(is_superuser=False).values_list("username", "groups__name")) == {
        (role, role) for role in ("owner", "buyer", "warehouse", "support", "reader")
    }
    again = onorder.json("demo", "--no-serve", "--orders", "orders.csv")
    assert again == figures


def test_a_demonstration_of_bad_rows(onorder):
    header = "order_id,placed_at,customer_id,sku,description,quantity,unit_price"
    rows = f"{header}\n1,yesterday,,A,A,1,2.50\n2,2011-03-01,,A,A,0,1\n"
    said = onorder("demo", "--no-serve", "--orders", onorder.write("bad.csv", rows), exit_code=1)
    assert "line 2" in said and "line 3" in said
