"""Returns on the desk: asked for, received by the warehouse, decided by support; what a decision does is said first."""

from __future__ import annotations

import pytest

from onorder.actions import payments
from onorder.desk.rights import Role
from onorder.models import Event, Return

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(shop):
    """SO-1 has two TEA at home, paid for; Dora waits for one."""
    shop.sells("TEA", here=2, price=1_250)
    shop.order({"TEA": 2})
    payments.capture("SO-1", 2_500, key="paid", by="psp", now=shop.now)
    shop.ships("SO-1")
    shop.order({"TEA": 1}, number="1234")
    return shop


@pytest.fixture
def dora(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def wendy(log_in):
    return log_in(Role.WAREHOUSE)


def asked(**more):
    return {"units_0": 2, "reason": "faulty", "words": "it leaks", "wants": "refund", "key": "a"} | more


def latest():
    return Return.objects.order_by("-pk").values_list("number", flat=True).first()


def decision(**more):
    return {"units": 1, "outcome": "restock", "gives": "refund", "amount": "", "why": "", "key": "d"} | more


def test_from_asking_to_the_refund(out, dora, wendy, text):
    page = dora.post("/orders/SO-1/return/do", asked(), follow=True).content.decode()
    back = latest()
    assert f"{back} is on its way." in page
    assert "Something is wrong with it: it leaks" in page
    assert "On the way 1" in text(dora, "/returns?show=way")
    assert wendy.get(f"/receiving?code={back.lower()}")["Location"] == f"/returns/{back}"
    wendy.post(f"/returns/{back}/receive/do", {"units_0": 2, "key": "r"})
    listed = text(dora, "/returns")
    assert "To decide 1" in listed
    assert "Terms now: Returns are accepted." in listed
    assert "Decide" in text(dora, "/")
    said = text(dora, f"/returns/{back}/decide/TEA")
    assert "1 unit goes to Buyer of 1234, #1234, who waits longest." in said
    assert "1 unit is on the shelf again." in said
    assert "£25.00 goes back to Buyer of SO-1." in said
    dora.post(f"/returns/{back}/decide/TEA/do", decision(units=2))
    assert "£25.00 given back" in text(dora, "/returns?show=decided")
    assert out.units("1234") == (0, 1, 0, 0)
    assert out.is_sound()


def test_what_it_would_do_changes_nothing(out, dora):
    back = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(back)
    before = Event.objects.count()
    page = dora.post(f"/returns/{back}/decide/TEA/try", decision(outcome="write_off")).content.decode()
    assert "1 unit is written off." in page
    assert "£12.50 goes back" in page
    page = dora.post(f"/returns/{back}/decide/TEA/try", decision(gives="replacement")).content.decode()
    assert "1 unit is sent to Buyer of SO-1 again, in the place that it had in the queue, by " in page
    page = dora.post(f"/returns/{back}/decide/TEA/try", decision(outcome="refuse")).content.decode()
    assert "Nothing moves. It stays theirs, and they read why." in page
    page = dora.post(f"/returns/{back}/decide/TEA/try", decision(amount="99.00")).content.decode()
    assert "cannot be refunded" in page
    assert Event.objects.count() == before


def test_an_amount_of_ones_own(out, dora):
    back = out.asks_back("SO-1", {"TEA": 1})
    out.gets_back(back)
    dora.post(f"/returns/{back}/decide/TEA/do", decision(amount="10.00"))
    assert Return.objects.get().refunded_minor == 1_000


def test_sent_twice_is_decided_once(out, dora):
    back = out.asks_back("SO-1", {"TEA": 2})
    out.gets_back(back)
    for _ in range(2):
        dora.post(f"/returns/{back}/decide/TEA/do", decision())
    assert sorted(Return.objects.values_list("quantity", "state")) == [(1, "received"), (1, "restocked")]


def test_a_refusal_says_why_to_its_customer(out, dora, text):
    back = out.asks_back("SO-1", {"TEA": 1})
    page = dora.post(f"/returns/{back}/refuse/TEA/do", {"units": 1, "key": "n", "why": ""}).content.decode()
    assert "This field is required" in page
    dora.post(f"/returns/{back}/refuse/TEA/do", {"units": 1, "key": "n", "why": "worn on the beach"})
    assert "worn on the beach" in text(dora, "/returns?show=decided")
    back = out.asks_back("SO-1", {"TEA": 1})
    out.gets_back(back)
    page = dora.post(f"/returns/{back}/decide/TEA/do", decision(outcome="refuse")).content.decode()
    assert "no reason is given" in page


def test_nothing_is_asked_for_that_is_not_out(out, dora, text):
    page = dora.post("/orders/SO-1/return/do", asked(units_0=0)).content.decode()
    assert "Write beside at least one product" in page
    out.asks_back("SO-1", {"TEA": 2})
    assert "Nothing of it is with its customer." in text(dora, "/orders/SO-1/return")


def test_who_does_what(out, dora, wendy):
    back = out.asks_back("SO-1", {"TEA": 1})
    assert wendy.get("/orders/SO-1/return").status_code == 403
    assert dora.get(f"/returns/{back}/receive").status_code == 403
    out.gets_back(back)
    assert wendy.get(f"/returns/{back}/decide/TEA").status_code == 403
    assert wendy.post(f"/returns/{back}/decide/TEA/do", decision()).status_code == 403
    assert "Decide…" not in wendy.get("/returns").content.decode()


def test_the_label_has_the_number_for_people_and_scanners(out, wendy):
    from onorder.models import Location

    Location.objects.update(address="Dock 3\n1 Quay Street\nHull")
    back = out.asks_back("SO-1", {"TEA": 2})
    page = wendy.get(f"/returns/{back}/label").content.decode()
    assert f"Code of return {back}" in page
    assert "1 Quay Street" in page
    assert "2 × Tea" in page


def test_the_list_as_a_file(out, dora):
    back = out.asks_back("SO-1", {"TEA": 2}, why="=HYPERLINK()")
    rows = b"".join(dora.get("/returns?show=way&as=csv").streaming_content).decode().splitlines()
    assert rows[1].startswith(f"{back},SO-1,Buyer of SO-1,TEA,Tea,2,requested,refund,'=HYPERLINK(),")


def test_pages_of_the_list(out, dora, monkeypatch):
    from onorder.desk import returns

    monkeypatch.setattr(returns, "ROWS", 1)
    one, two = (f'/returns/{out.asks_back("SO-1", {"TEA": 1})}"' for _ in range(2))
    from onorder.desk import lists

    monkeypatch.setattr(lists.listed, "__defaults__", (1,))
    first = dora.get("/returns?show=way").content.decode()
    assert one in first
    assert two not in first
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert two in dora.get(f"/returns{following}").content.decode()


def test_no_such_return(out, dora):
    assert dora.get("/returns/R-9").status_code == 404
    back = out.asks_back("SO-1", {"TEA": 1})
    assert dora.get(f"/returns/{back}/decide/MUG").status_code == 404
