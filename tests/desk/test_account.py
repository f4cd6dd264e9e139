"""Your own account: what you are called, where mail reaches you, and how you like the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder.desk.rights import Role
from onorder.models import Event, Person
from tests.desk.conftest import PASSWORD, enters

SAID = {"name": "Ben Oak", "language": "", "time_zone": "", "theme": "", "has_keys": "on"}


@pytest.fixture
def ben(shop, named):
    named("ben")
    client = Client()
    enters(client, "ben")
    return client


def test_everybody_has_one(shop, log_in, text):
    for role in Role:
        assert f"You log in as {role}." in text(log_in(role), "/account")


def test_what_one_is_called(ben, text):
    answer = ben.post("/account/save", SAID, follow=True)
    assert "Your account is saved." in answer.content.decode()
    assert "Ben Oak" in text(ben, "/queue")
    assert Event.objects.get(kind="account_changed").data == {"changed": ["name"]}
    ben.post("/account/save", SAID)
    assert Event.objects.filter(kind="account_changed").count() == 1


def test_without_a_name(ben):
    page = ben.post("/account/save", SAID | {"name": ""}).content.decode()
    assert "This field is required." in page


def test_instants_are_read_in_one_s_own_zone(ben, shop, text):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    assert "09:00" in text(ben, "/account")
    ben.post("/account/save", SAID | {"time_zone": "Asia/Tokyo"})
    assert "Mon 2 Mar 18:00" in text(ben, "/account")
    assert "Tue 3 Mar" not in text(ben, "/account")
    page = ben.post("/account/save", SAID | {"time_zone": "Moon/Base"}).content.decode()
    assert "Write a zone, such as Europe/London." in page
    assert Person.objects.get().time_zone == "Asia/Tokyo"


def test_that_costs_no_statement(ben, shop):
    shop.sells("TEA")
    for _ in range(5):
        shop.order({"TEA": 1})

    def statements():
        ben.get("/queue")
        with CaptureQueriesContext(connection) as captured:
            ben.get("/queue")
        return len(captured)

    without = statements()
    ben.post("/account/save", SAID | {"time_zone": "Asia/Tokyo", "theme": "dark"})
    assert statements() == without


def test_colours_follow_from_browser_to_browser(ben):
    ben.post("/account/save", SAID | {"theme": "dark"})
    elsewhere = Client()
    enters(elsewhere, "ben")
    assert 'data-theme="dark"' in elsewhere.get("/queue").content.decode()
    elsewhere.post("/theme", {"theme": "light"})
    assert 'data-theme="light"' in ben.get("/queue").content.decode()
    elsewhere.post("/theme", {"theme": "<b>"})
    assert "data-theme" not in ben.get("/queue").content.decode()


def test_the_language_that_one_chose(ben):
    ben.post("/account/save", SAID | {"language": "de"})
    assert '<html lang="de"' in ben.get("/queue").content.decode()
    assert '<html lang="en-gb"' in Client().get("/login").content.decode()


def test_keys_are_switched_off(lasting_shop, opens):
    lasting_shop.sells("TEA")
    page = opens("/account")
    page.get_by_label("Name", exact=True).fill("Alice")
    page.get_by_label("One-key shortcuts").uncheck()
    page.get_by_role("button", name="Save the account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is saved.")
    page.locator("main").focus()
    for key in ("/", "g", "q"):
        page.keyboard.press(key)
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    assert page.url.endswith("/account")


def test_another_address_needs_the_password_and_the_old_one_is_told(ben, mail_at_once, mailoutbox):
    new = {"email": "oak@shop.example", "password": "wrong"}
    assert "This is not your password." in ben.post("/account/email/set", new).content.decode()
    assert User.objects.get(username="ben").email == "ben@shop.example"
    answer = ben.post("/account/email/set", new | {"password": PASSWORD}, follow=True)
    assert "Mail reaches you at oak@shop.example now." in answer.content.decode()
    (mail,) = mailoutbox
    assert mail.to == ["ben@shop.example"] and "oak@shop.example" in mail.body
    assert enters(Client(), "oak@shop.example").status_code == 302


def test_somebody_else_s_address_is_theirs(ben, named):
    named("dora")
    page = ben.post("/account/email/set", {"email": "Dora@shop.example", "password": PASSWORD}).content.decode()
    assert "works here already" in page


def test_nobody_changes_another_s(ben, named):
    dora = named("dora")
    ben.post("/account/save", SAID | {"username": "dora", "user": str(dora.pk)})
    assert User.objects.get(pk=dora.pk).first_name == "Dora"


def test_it_is_in_the_menu(ben):
    assert 'href="/account"' in ben.get("/queue").content.decode()


def test_who_has_chosen_nothing_has_no_row(ben):
    ben.get("/queue")
    assert not Person.objects.exists()
