"""The basket: a signed cookie, today's prices, and the day of everything in it."""

from __future__ import annotations

import html
import re

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onorder.models import Shop
from onorder.queue import setup as settings
from onorder.rules.lifecycle import Accept
from onorder.store.carried import COOKIE, MOST_LINES, MOST_UNITS


def put(client, sku, units=1, **headers):
    return client.post("/basket/add", {"sku": sku, "units": units}, **headers)


def change(client, sku, step, units=""):
    return client.post("/basket/change", {"sku": sku, "step": step, "units": units})


def said(answer):
    """What a page says, without its tags."""
    plain = re.sub(r"(?s)<(head|style|svg).*?</\1>|<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(plain))


def in_it(client):
    return signing.loads(client.cookies[COOKIE].value, salt="store.basket") if client.cookies[COOKIE].value else {}


@pytest.fixture
def two(shop):
    shop.sells("MUG", here=3)
    shop.sells("TEA", price=750)
    return shop


def test_an_empty_basket_says_what_will_be_in_it_and_sets_no_cookie(client, two):
    answer = client.get("/basket")
    assert "Nothing is in it yet" in said(answer)
    assert COOKIE not in client.cookies and "sessionid" not in client.cookies


def test_what_is_here_and_what_comes_later_stand_apart_with_their_days_and_sums(client, two):
    put(client, "MUG", 2)
    put(client, "TEA", 3)
    words = said(client.get("/basket"))
    assert "Ships now At your door by Tue 3 Mar" in words
    assert "Ships later At your door Fri 20 Mar to Wed 1 Apr" in words, words
    assert ("£10.00" in words, "£22.50" in words, "£32.50" in words) == (True, True, True)


def test_days_are_said_of_a_thing_only_where_they_are_not_those_of_the_parcel(client, two):
    two.supplier("SLOW", lead_time_days=30)
    two.sells("POT", supplier="SLOW")
    for sku in ("MUG", "TEA", "POT"):
        put(client, sku, 1)
    assert "Made for you, arrives" not in said(client.get("/basket"))
    Shop.objects.update(split_most_parcels=0)
    settings.changed()
    words = said(client.get("/basket"))
    assert words.count("Made for you, arrives") == 2 and "Made for you, arrives Fri 20 Mar to Wed 1 Apr" in words


def test_a_line_that_is_half_here_stands_in_both(client, two):
    put(client, "MUG", 5)
    words = said(client.get("/basket"))
    assert "3 of 5" in words and "2 of 5" in words
    assert "£15.00" in words and "£10.00" in words


def test_prices_are_those_of_today(client, two):
    put(client, "MUG")
    two.sells("MUG", price=525)
    assert "£5.25" in said(client.get("/basket"))


def test_units_go_up_and_down_and_to_what_is_typed(client, two):
    put(client, "MUG")
    put(client, "MUG")
    assert in_it(client) == {"MUG": 2}
    for step, units, expected in (("more", "", 3), ("less", "", 2), ("set", "7", 7), ("set", "x", 7), ("set", "-2", 7)):
        change(client, "MUG", step, units)
        assert in_it(client) == {"MUG": expected}, step
    change(client, "MUG", "set", "5000")
    assert in_it(client) == {"MUG": MOST_UNITS}
    change(client, "TEA", "set", "4")  # It never was in it.
    assert in_it(client) == {"MUG": MOST_UNITS}
    change(client, "MUG", "none")
    assert in_it(client) == {}


def test_one_is_the_least_that_a_step_leads_to(client, two):
    put(client, "MUG")
    change(client, "MUG", "less")
    assert in_it(client) == {"MUG": 1}


@pytest.mark.parametrize("forged", ["", "nonsense", "eyJNVUciOjF9:1abcde:forged", "a:b:c:d"])
def test_a_basket_that_we_did_not_sign_is_none(client, two, forged):
    client.cookies[COOKIE] = forged
    assert "Nothing is in it yet" in said(client.get("/basket"))


def test_a_signature_for_something_else_is_none_for_a_basket(client, two):
    client.cookies[COOKIE] = signing.dumps({"MUG": 1}, salt="another")
    assert "Nothing is in it yet" in said(client.get("/basket"))


def test_it_holds_fifty_different_things(client, two):
    for n in range(MOST_LINES):
        put(client, f"S{n}")
    answer = client.post("/basket/add", {"sku": "MUG"}, follow=True)
    assert "holds 50 different things" in said(answer)
    assert "MUG" not in in_it(client) and len(in_it(client)) == 50
    put(client, "S1")  # More of what is in it already goes.
    assert in_it(client)["S1"] == 2


def test_a_cookie_is_never_longer_than_browsers_keep(client, two):
    for n in range(MOST_LINES):  # Names that nothing makes shorter.
        answer = put(client, "".join(chr(0x4E00 + (n * 64 + k) ** 3 % 20_011) for k in range(64)))
    assert answer["Location"] == "/basket?full"
    assert 3_000 < len(client.cookies[COOKIE].value) <= 3_800


def test_what_cannot_be_had_is_named_and_can_be_removed_or_lessened(client, two):
    two.terms(sku="MUG", accept=Accept.NEVER)
    two.sells("OLD", supplier=None)
    put(client, "MUG", 9)
    put(client, "GONE")
    put(client, "OLD")
    words = said(client.get("/basket"))
    assert "9 is more than there is; you can have 3." in words and "Take 3" in words
    assert "GONE There is no such thing any more." in words
    assert "Old It cannot be ordered at the moment." in words
    assert "To the order" not in words
    assert client.get("/order")["Location"] == "/basket"
    change(client, "MUG", "set", "3")
    change(client, "GONE", "none")
    change(client, "OLD", "none")
    assert "To the order" in said(client.get("/basket"))


def test_a_cap_says_how_many_more_may_wait(client, two):
    two.terms(sku="TEA", accept=Accept.CAPPED, cap=4)
    two.order({"TEA": 1})
    put(client, "TEA", 5)
    assert "you can have 3" in said(client.get("/basket"))


def test_another_website_puts_nothing_into_it(two):
    client = Client(enforce_csrf_checks=True)  # Pages that everybody shares carry no token.
    assert put(client, "MUG", headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert put(client, "MUG", headers={"Origin": "null"}).status_code == 403
    assert put(client, "MUG", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert COOKIE not in client.cookies
    assert put(client, "MUG", headers={"Origin": "http://testserver"}).status_code == 302
    assert in_it(client) == {"MUG": 1}
    assert change(client, "MUG", "none").status_code == 403  # The basket's own page has one.


def test_its_cookie_is_out_of_reach_for_scripts_and_other_sites(client, two):
    put(client, "MUG")
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_name_from_the_catalogue_is_never_markup(client, two):
    put(client, "<b>x")
    assert b"<b>x" not in client.get("/basket").content


def test_fifty_lines_ask_no_more_than_two(client, two):
    for n in range(48):
        two.sells(f"S{n}", here=n % 2)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/basket").status_code == 200
        return len(captured)

    put(client, "MUG", 2)
    put(client, "TEA")
    statements()
    few = statements()
    for n in range(48):
        put(client, f"S{n}", 1 + n % 3)
    assert statements() == few
