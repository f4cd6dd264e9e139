"""Sessions: where somebody is logged in, and how that ends."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onorder.actions import people
from onorder.desk import sessions
from onorder.models import Session
from onorder.rules.entering import CodeAskedOf
from tests.desk.conftest import PASSWORD, enters

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
REAL_IDLE = sessions.idle


def logged_in(name="ben", agent=FIREFOX, address="192.0.2.7"):
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert enters(client, name).status_code == 302
    return client


def is_in(client):
    return client.get("/queue").status_code == 200


def keys(client):
    """What names the sessions that can be ended on the account page."""
    return re.findall(r"/account/sessions/(\w+)/end", client.get("/account").content.decode())


@pytest.fixture
def ben(shop, named):
    return named("ben")


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox on Linux"), (IPHONE, "Safari on iPhone"), (EDGE, "Edge on Windows"), ("", "Another program")],
)
def test_a_browser_in_words(agent, words):
    assert sessions.browser_words(agent) == words


def test_they_are_listed_this_one_first(ben, shop, text):
    logged_in(agent=IPHONE, address="198.51.100.9")
    shop.wait(hours=2)
    here = logged_in()
    page = text(here, "/account")
    assert "Firefox on Linux This one 192.0.2.7 Mon 2 Mar 11:00 Mon 2 Mar 11:00" in page
    assert "Safari on iPhone 198.51.100.9 Mon 2 Mar 09:00 Mon 2 Mar 09:00 Log out" in page


def test_no_page_gives_a_key_away(ben, owner):
    here = logged_in()
    logged_in(agent=IPHONE)
    for client in (here, owner):
        for path in ("/account", "/settings/people/ben"):
            page = client.get(path).content.decode()
            assert not any(key in page for key in Session.objects.values_list("session_key", flat=True))


def test_one_is_ended(ben):
    here, phone = logged_in(), logged_in(agent=IPHONE)
    (key,) = keys(here)
    here.post(f"/account/sessions/{key}/end")
    assert is_in(here) and not is_in(phone)


def test_nobody_ends_another_s(ben, named):
    named("dora")
    dora, here, phone = logged_in("dora"), logged_in(), logged_in(agent=IPHONE)
    for key in keys(here):
        dora.post(f"/account/sessions/{key}/end")
    assert is_in(here) and is_in(phone)


def test_all_others_are_ended(ben):
    here, *others = logged_in(), logged_in(agent=IPHONE), logged_in(agent=EDGE)
    answer = here.post("/account/sessions/end-others", follow=True)
    assert "You are logged out of 2 other browsers." in answer.content.decode()
    assert is_in(here) and not any(map(is_in, others))


def test_an_owner_ends_somebody_s(ben, owner, text):
    phone = logged_in(agent=IPHONE)
    assert "Safari on iPhone" in text(owner, "/settings/people/ben")
    owner.post("/settings/people/ben/sessions/end")
    assert not is_in(phone) and is_in(owner)


def test_another_password_ends_the_others(ben):
    here, phone = logged_in(), logged_in(agent=IPHONE)
    before = here.cookies["sessionid"].value
    new = {"old_password": PASSWORD, "new_password1": "green apples fly", "new_password2": "green apples fly"}
    answer = here.post("/account/set-password", new, follow=True)
    assert "Your password is changed." in answer.content.decode()
    assert is_in(here) and not is_in(phone)
    assert here.cookies["sessionid"].value != before
    assert Session.objects.filter(user=ben).count() == 1
    assert enters(Client(), "ben").status_code == 200
    assert enters(Client(), "ben", "green apples fly").status_code == 302


def test_another_password_needs_the_one_before(ben):
    here = logged_in()
    new = {"old_password": "wrong", "new_password1": "green apples fly", "new_password2": "green apples fly"}
    assert "This is not your password." in here.post("/account/set-password", new).content.decode()
    assert enters(Client(), "ben").status_code == 302


def test_an_open_browser_is_no_place_to_guess(ben):
    here = logged_in()
    new = {"old_password": "wrong", "new_password1": "green apples fly", "new_password2": "green apples fly"}
    for _ in range(10):
        here.post("/account/set-password", new)
    page = here.post("/account/set-password", new | {"old_password": PASSWORD}).content.decode()
    assert "Too many attempts. Try again in 1 minute." in page


def test_logging_out_ends_it(ben):
    here = logged_in()
    here.post("/logout")
    assert not Session.objects.filter(user=ben).exists()


def test_an_idle_one_ends(ben, shop, monkeypatch):
    monkeypatch.setattr(sessions, "idle", REAL_IDLE)
    used, idle = logged_in(), logged_in(agent=IPHONE)
    for _ in range(3):
        shop.wait(days=7)
        assert is_in(used)
    assert not is_in(idle)
    shop.wait(days=14, minutes=1)
    assert not is_in(used)


def test_after_as_many_days_as_are_set_those_that_are_open_included(ben, shop, monkeypatch):
    monkeypatch.setattr(sessions, "idle", REAL_IDLE)
    here = logged_in()
    people.set_entry(CodeAskedOf.NOBODY, 2, by="alice", now=shop.now)
    shop.wait(days=1)
    assert is_in(here)
    shop.wait(days=2, minutes=1)
    assert not is_in(here)


def test_being_seen_is_written_every_five_minutes_at_most(ben, shop):
    here = logged_in()

    def writes():
        with CaptureQueriesContext(connection) as captured:
            here.get("/account/password")
        return [query["sql"] for query in captured if query["sql"].startswith("UPDATE")]

    assert writes() == []
    shop.wait(minutes=6)
    assert len(writes()) == 1
    assert writes() == []


def test_a_page_costs_no_statement_for_whose_it_is(ben, shop):
    here = logged_in()
    with CaptureQueriesContext(connection) as captured:
        here.get("/account/password")
    said = [query["sql"] for query in captured]
    assert len([sql for sql in said if "onorder_session" in sql]) == 1
    assert len([sql for sql in said if "auth_user" in sql and "auth_group" not in sql]) == 1


def test_who_is_over_is_forgotten(ben, shop, monkeypatch):
    monkeypatch.setattr(sessions, "idle", REAL_IDLE)
    logged_in(agent=IPHONE)
    shop.wait(days=15)
    logged_in()
    assert Session.objects.filter(user=ben).count() == 1
