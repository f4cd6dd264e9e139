"""`onorder delivered`: a carrier's file says what came, and what is wrong with it is said by line."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from onorder.actions import shipping
from onorder.management import main
from onorder.models import Message, Shipment


@pytest.fixture
def out(shop, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: shop.now)
    shop.sells("MUG", here=9)
    for number in ("SO-1", "SO-2", "SO-3"):
        shop.order({"MUG": 1}, number=number)
    shop.parcels = [one.number for one in shop.ships("SO-1", "SO-2", "SO-3")]
    for parcel, tracking in zip(shop.parcels, ("JD 1", "JD 2", "JD 2"), strict=True):
        shipping.track(parcel, carrier="Post", tracking=tracking, by="wendy", now=shop.now)
    shop.wait(days=3)
    return shop


def runs(capsys, tmp_path, text, *options, name="came.csv"):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(SystemExit) as left:
        main.run(["delivered", str(file), *options])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def days():
    found = Shipment.objects.order_by("pk").values_list("delivered_at", flat=True)
    return [at and f"{at:%d %H:%M}" for at in found]


def test_parcels_come_by_their_number_or_their_tracking_number(out, capsys, tmp_path):
    first, second, third = out.parcels
    text = f"parcel;tracking;delivered\n;JD 1;2026-03-03\n{second};;2026-03-04T18:20:00\n{third};JD 2;2026-03-05\n"
    code, said, _ = runs(capsys, tmp_path, text)
    assert (code, said) == (0, "3 parcels have come, of 0 it was known.\n")
    assert days() == ["03 12:00", "04 18:20", "05 09:00"]  # A day is its noon, or by now.
    assert Message.objects.filter(kind="delivered", state="queued").count() == 3
    assert runs(capsys, tmp_path, text)[1] == "0 parcels have come, of 3 it was known.\n"
    assert Message.objects.filter(kind="delivered").count() == 3
    assert first and out.is_sound()


def test_json_does_as_well(out, capsys, tmp_path):
    rows = [{"parcel": out.parcels[0], "delivered": "2026-03-03"}, {"tracking": "JD 9", "delivered": "2026-03-03"}, 7]
    code, said, _ = runs(capsys, tmp_path, json.dumps(rows), "--skip-bad", "--json", name="came.json")
    report = json.loads(said)
    assert (code, report["delivered"]) == (0, [out.parcels[0]])
    assert [(one["line"], one["column"]) for one in report["problems"]] == [(2, "tracking"), (3, "")]


BAD = """parcel,tracking,delivered
,,2026-03-03
SH-999,,2026-03-03
,JD 2,2026-03-03
{0},,soon
{0},,
{0},,2026-03-01
{0},,2026-03-06
{0},,2026-03-03
"""


def test_what_is_wrong_is_said_by_line_and_nothing_is_noted(out, capsys, tmp_path):
    text = BAD.format(out.parcels[0])
    code, said, _ = runs(capsys, tmp_path, text)
    assert code == 1 and days() == [None] * 3
    assert said.splitlines() == [
        "line 2, parcel: names no parcel: give its number or its tracking number",
        "line 3, parcel: 'SH-999' is no parcel that left",
        "line 4, tracking: 'JD 2' is on several parcels: name the parcel",
        "line 5, delivered: 'soon' is not a day: write 2026-03-02",
        "line 6, delivered: is empty: fill it in",
        f"line 7, delivered: is before {out.parcels[0]} left, on 2026-03-02",
        "line 8, delivered: has not begun yet",
        "7 problems; nothing was noted. Correct what is wrong, or note the rest with --skip-bad.",
    ]
    assert runs(capsys, tmp_path, text, "--dry-run", "--skip-bad")[0] == 0 and days() == [None] * 3
    code, said, _ = runs(capsys, tmp_path, text, "--skip-bad")
    assert code == 0 and said.endswith("1 parcels have come, of 0 it was known.\n")
    assert days() == ["03 12:00", None, None]


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("{}", "came.json", "is no list in JSON"),
        ("[", "came.json", "is no list in JSON"),
        ("parcel\nSH-1\n", "came.csv", "has no column delivered"),
    ],
)
def test_a_file_that_is_none_is_refused(out, capsys, tmp_path, text, name, why):
    code, _, said = runs(capsys, tmp_path, text, name=name)
    assert code == 1 and why in said
