"""Suppliers: how reliable each is, when it works, and what the shop writes down of it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils import timezone

from onorder.actions import learning
from onorder.actions.answers import Said
from onorder.actions.suppliers import Policy
from onorder.desk.charts import histogram
from onorder.desk.policy_words import sentence
from onorder.desk.rights import Role
from onorder.models import Closure, Supplier
from onorder.queries.suppliers import supplier_page
from onorder.rules.lifecycle import Accept, BelowMinimum
from tests.desk.test_catalogue import undo_of

DETAILS = {"name": "Acme", "weekdays": ["0", "1", "2", "3"], "net_days": "14", "remind_after_days": "3"}


@pytest.fixture
def tea(shop):
    """ACME delivered three times: after 3, 5 and 11 of its working days; it states 8. A fourth order is open."""
    shop.sells("TEA")
    for days in (3, 7, 16):
        shop.order({"TEA": 2})
        number = shop.raises()
        shop.wait(days=days)
        shop.receives(number, {"TEA": 2})
    shop.order({"TEA": 4})
    shop.raises()
    shop.wait(hours=1)
    shop.order({"TEA": 1})
    return shop


# The list.


def test_a_row_says_how_reliable_it_is(tea, buyer, text):
    page = text(buyer, "/suppliers")
    assert "ACME Ltd ACME" in page
    assert re.search(r"\d+ days \d+ days mostly stated 67% 2 of 3 1 4 1", page)


def test_on_time_is_the_day_that_it_confirmed_first(shop, buyer, text):
    shop.sells("TEA")
    for days in (2, 6):
        shop.order({"TEA": 1})
        number = shop.raises()
        shop.answers(number, Said("TEA", quantity=1, on=date.fromordinal(shop.now.date().toordinal() + 3)))
        shop.wait(days=days)
        shop.receives(number, {"TEA": 1})
    assert "50% 1 of 2" in text(buyer, "/suppliers")


def test_a_supplier_of_whom_nothing_is_known(shop, buyer, text):
    shop.supplier("NEW", lead_time_days=None, email="")
    page = text(buyer, "/suppliers?words=ne")
    assert "NEW Ltd NEW no e-mail – no date" in page and "ACME" not in page
    assert "Nobody knows how long it takes" in text(buyer, "/suppliers/NEW")
    assert "Nothing came from it yet." in text(buyer, "/suppliers/NEW")


def test_pages_follow_each_other(shop, buyer):
    for n in range(60):
        shop.supplier(f"S{n:02}")
    seen, path = [], "/suppliers"
    while path:
        page = buyer.get(path).content.decode()
        seen += re.findall(r'<small><span class="sku">(\w+)</span>', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/suppliers" + further[1].replace("&amp;", "&") if further else None
    assert seen == ["ACME", *(f"S{n:02}" for n in range(60))]


def test_as_files(tea, buyer):
    said = b"".join(buyer.get("/suppliers?as=csv").streaming_content).decode()
    assert "ACME,ACME Ltd,acme@maker.example" in said
    said = b"".join(buyer.get("/suppliers/ACME?as=csv").streaming_content).decode()
    assert said.split() == ["\ufeffworking_days,deliveries", "3,1", "5,1", "11,1"]


# One supplier.


def test_its_page_says_how_long_it_takes_with_the_finding_in_words(tea, buyer, text):
    learning.learn(by="worker", now=tea.now)
    page = text(buyer, "/suppliers/ACME")
    assert "How long ACME Ltd takes" in page
    assert re.search(r"[23] of 3 deliveries came within \d+ working days, which customers are promised.", page)
    assert "It states 8 days On time 67% 2 of 3 Answers 0 of 4" in page
    assert "Still to come 4 in 1 order" in page
    assert "PO-4 Sent, not confirmed" in page
    assert "1 unit waits for 1 order. Orders itself Fri" in page
    assert "Tea TEA £3.00 1 1 none 1" in page


def test_the_drawing_says_its_sentence_to_those_who_listen(tea, buyer):
    page = buyer.get("/suppliers/ACME").content.decode()
    assert re.search(r'role="img" aria-label="3 of 3 deliveries came within', page)
    assert ">promised: " in page and "The numbers" in page


def test_a_histogram_groups_days_where_there_are_many():
    drawn = histogram(range(300), half=10, promised=200)
    assert len(drawn.bars) <= 30
    assert sum(bar.few for bar in drawn.bars) == 300
    assert drawn.within == 201
    assert {bar.tint for bar in drawn.bars} == {"half", "most", "late"}
    assert histogram([], 1, 2) is None


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (
            Policy(order_weekdays="4", minimum_units=40, maximum_wait_days=14),
            "Orders on Fridays at 17:00, or when 40 units wait; below the minimum it orders anyway;"
            " nothing waits longer than 14 days.",
        ),
        (
            Policy(order_weekdays="03", minimum_value_minor=50_000, below_minimum=BelowMinimum.ASK),
            "Orders on Mondays and Thursdays at 17:00, or when what waits costs £500.00;"
            " below the minimum somebody is asked.",
        ),
        (
            Policy(order_weekdays="01234", every_weeks=2, anchor_on=date(2026, 3, 2), sends_itself=False),
            "Orders every second week on working days at 17:00; somebody approves every order.",
        ),
        (
            Policy(minimum_units=1, maximum_wait_days=1, approve_above_minor=1_000),
            "Orders when 1 unit waits; nothing waits longer than 1 day; somebody approves orders above £10.00.",
        ),
        (Policy(maximum_wait_days=3), "Orders when the longest wait is over; nothing waits longer than 3 days."),
        (Policy(order_weekdays="0123456"), "Orders every day at 17:00."),
    ],
)
def test_a_policy_is_a_sentence(policy, said):
    assert sentence(policy, "GBP") == said


def test_who_may_not_see_costs_reads_no_value(shop, log_in, text):
    shop.supplier("ACME", Policy(order_weekdays="4", minimum_value_minor=73_910, approve_above_minor=73_870))
    page = text(log_in(Role.SUPPORT), "/suppliers/ACME")
    assert "or when enough is worth ordering" in page
    assert "739.10" not in page and "738.70" not in page


def test_an_unknown_supplier(shop, buyer):
    assert buyer.get("/suppliers/NO").status_code == 404


# Writing down.


def test_details_are_saved_and_taken_back(shop, buyer, text):
    given = DETAILS | {"email": "tea@acme.example", "country": "gb", "subdivision": "sct", "lead_time_days": "5"}
    answer = buyer.post("/suppliers/ACME/change", given, follow=True)
    found = supplier_page("ACME", now=shop.now)
    assert (found.row.name, found.row.email, found.weekdays, found.country) == (
        "Acme",
        "tea@acme.example",
        "0123",
        "GB",
    )
    assert "Its details were changed" in text(buyer, "/suppliers/ACME")
    buyer.post(undo_of(answer))
    assert supplier_page("ACME", now=shop.now).row.name == "ACME Ltd"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"country": "XX"}, "No public holidays are known for the country"),
        ({"email": "tea"}, "Enter a valid email address."),
        ({"weekdays": []}, "This field is required."),
        ({"net_days": "soon"}, "Write a whole number from 0 to 1,000."),
    ],
)
def test_wrong_details_are_said_at_their_field(shop, buyer, wrong, said):
    page = buyer.post("/suppliers/ACME/change", DETAILS | wrong).content.decode()
    assert said in page and 'aria-invalid="true"' in page
    assert Supplier.objects.get().name == "ACME Ltd"


def test_a_new_supplier_goes_on_to_its_policy(shop, buyer):
    new = DETAILS | {"code": "MOSS", "currency": "eur", "name": "Mossbank"}
    answer = buyer.post("/suppliers/new/add", new, follow=True)
    assert answer.redirect_chain[-1][0] == "/suppliers/MOSS/policy"
    assert Supplier.objects.get(code="MOSS").currency == "EUR"
    page = buyer.post("/suppliers/new/add", new | {"currency": "XXY"}).content.decode()
    assert "There is a supplier MOSS already." in page and "Write an ISO code such as GBP." in page


@pytest.mark.parametrize("code", ["A/B", "new", "5~6"])
def test_any_code_has_a_page(shop, buyer, code):
    shop.supplier(code)
    address = re.search(rf'href="([^"]+)">{code} Ltd<', buyer.get("/suppliers").content.decode())[1]
    assert buyer.get(address).status_code == buyer.get(f"{address}/policy").status_code == 200
    shop.sells("TEA", supplier=code)
    shop.order({"TEA": 1})
    assert f"{code} Ltd" in buyer.get("/buffers").content.decode()


# When it works.


def test_a_closure_says_whom_it_hurts_and_is_removed_again(tea, buyer, text):
    first, last = tea.now.date(), date.fromordinal(tea.now.date().toordinal() + 21)
    days = {"first_on": str(first), "last_on": str(last), "why": "Easter"}
    said = buyer.post("/suppliers/ACME/closing/try", days).content.decode()
    assert "2 orders are expected later." in said and "fall" in said
    assert not Closure.objects.exists()
    buyer.post("/suppliers/ACME/close", days)
    page = text(buyer, "/suppliers/ACME")
    assert "Closed Easter" in page and "Works after all" in page
    key = Closure.objects.get().pk
    answer = buyer.post("/suppliers/ACME/open", {"closure": key}, follow=True)
    assert not Closure.objects.exists()
    assert "Works from" in text(buyer, "/suppliers/ACME")
    buyer.post(undo_of(answer))
    assert Closure.objects.get().why == "Easter"


def test_a_closure_that_ends_before_it_begins(shop, buyer):
    page = buyer.post("/suppliers/ACME/close", {"first_on": "2026-03-05", "last_on": "2026-03-04"}).content.decode()
    assert "It ends before it begins: swap the days." in page


def test_its_terms_are_set(tea, buyer, text):
    assert "It reaches 1 SKU." in text(buyer, "/suppliers/ACME/terms")
    buyer.post("/suppliers/ACME/terms/set", {"accept": Accept.NEVER})
    assert "Sold without stock No from ACME Ltd" in text(buyer, "/catalogue/TEA")
    assert "Backorder terms its own" in text(buyer, "/suppliers/ACME")


def test_support_reads_and_changes_nothing(tea, log_in, text):
    dora = log_in(Role.SUPPORT)
    page = text(dora, "/suppliers/ACME")
    assert "£" not in page and "Edit" not in page and "Add a closure" not in page
    assert dora.get("/suppliers/ACME/policy").status_code == 403
    assert timezone.now() == tea.now
