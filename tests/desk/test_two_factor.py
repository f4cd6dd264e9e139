"""A code beside the password: set up, asked for, used once; and what becomes of who lost their phone."""

from __future__ import annotations

import re
from base64 import b32decode

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

from onorder.actions import people
from onorder.desk import codes
from onorder.desk.rights import Role
from onorder.models import Event, Person, RecoveryCode, Session
from onorder.rules import one_time
from onorder.rules.entering import CodeAskedOf
from tests.desk.conftest import PASSWORD, enters
from tests.looking import misfits, violations
from tests.shop import MONDAY


def app(page):
    """What an authenticator app keeps: the secret that stands on the page."""
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.content.decode())[1]
    return b32decode(key.replace(" ", ""))


def shows(secret, now, steps=0):
    """What the app shows, so many half minutes from now."""
    return one_time.code(secret, one_time.step_at(now) + steps)


@pytest.fixture
def ben(shop, named):
    return named("ben")


@pytest.fixture
def enrolled(ben, shop):
    """Ben has set up codes: `enrolled.secret` is in his app, `enrolled.recovery` on paper; he is logged in by
    `enrolled.client`."""

    class Enrolled:
        client = Client()

    enters(Enrolled.client, "ben")
    Enrolled.secret = app(Enrolled.client.get("/account/codes"))
    answer = Enrolled.client.post("/account/codes/on", {"code": shows(Enrolled.secret, shop.now)})
    Enrolled.recovery = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", answer.content.decode())
    Enrolled.answer = answer
    shop.wait(minutes=5)
    return Enrolled


def given_password(name="ben"):
    client = Client()
    assert enters(client, name)["Location"] == "/login/code"
    return client


def is_in(client):
    return client.get("/queue").status_code == 200


def test_the_codes_are_those_of_the_standard():
    """RFC 6238, appendix B."""
    for at, code in ((59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")):
        assert one_time.code(b"12345678901234567890", at // 30, digits=8) == code


def test_set_up_and_asked_for(enrolled, shop):
    assert is_in(enrolled.client)
    client = given_password()
    assert not is_in(client)
    answer = client.post("/login/code", {"code": shows(enrolled.secret, shop.now)})
    assert answer["Location"] == "/"
    assert is_in(client)
    assert Event.objects.filter(kind="logged_in").last().data == {"with": "code"}


def test_the_picture_and_the_text_are_one_key(ben, shop):
    client = Client()
    enters(client, "ben")
    page = client.get("/account/codes")
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert app(page) == app(client.get("/account/codes"))  # Looked at again, it is still the one that was scanned.


def test_a_wrong_code_sets_nothing_up(ben, shop):
    client = Client()
    enters(client, "ben")
    secret = app(client.get("/account/codes"))
    for wrong in ("", "abc", shows(secret, shop.now, 3), shows(secret, shop.now, -3)):
        assert "not the code of now" in client.post("/account/codes/on", {"code": wrong}).content.decode()
    assert not Person.objects.exclude(code_salt="").exists()
    spaced = shows(secret, shop.now, -1)
    assert "recovery codes" in client.post("/account/codes/on", {"code": f"{spaced[:3]} {spaced[3:]}"}).content.decode()


def test_nobody_who_sees_a_code_can_use_it_again(enrolled, shop):
    code = shows(enrolled.secret, shop.now)
    assert given_password().post("/login/code", {"code": code}).status_code == 302
    again = given_password().post("/login/code", {"code": code})
    assert "was used already" in again.content.decode()
    older = shows(enrolled.secret, shop.now, -1)
    assert given_password().post("/login/code", {"code": older}).status_code == 200
    assert given_password().post("/login/code", {"code": shows(enrolled.secret, shop.now, 1)}).status_code == 302


def test_not_even_at_the_same_moment(enrolled, shop):
    step = one_time.step_at(shop.now)
    people.enter("ben", step=step, by="ben", now=shop.now)
    with pytest.raises(people.CodeUsed):
        people.enter("ben", step=step, by="ben", now=shop.now)


def test_the_code_that_set_it_up_is_used_already(ben, shop):
    client = Client()
    enters(client, "ben")
    secret = app(client.get("/account/codes"))
    code = shows(secret, shop.now)
    client.post("/account/codes/on", {"code": code})
    assert given_password().post("/login/code", {"code": code}).status_code == 200


def test_ten_recovery_codes_each_for_once(enrolled):
    assert len(set(enrolled.recovery)) == 10
    assert "no-store" in enrolled.answer["Cache-Control"]
    client = given_password()
    answer = client.post("/login/code", {"code": enrolled.recovery[0].lower().replace("-", " ")}, follow=True)
    assert "That was a recovery code: 9 are left." in answer.content.decode()
    assert given_password().post("/login/code", {"code": enrolled.recovery[0]}).status_code == 200
    assert given_password().post("/login/code", {"code": enrolled.recovery[1]}).status_code == 302


def test_new_recovery_codes_replace_the_old(enrolled):
    page = enrolled.client.post("/account/codes/recovery").content.decode()
    new = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", page)
    assert len(new) == 10
    assert given_password().post("/login/code", {"code": enrolled.recovery[0]}).status_code == 200
    assert given_password().post("/login/code", {"code": new[0]}).status_code == 302


def test_the_database_gives_no_code_away(enrolled, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT code_salt FROM onorder_person")
        ((salt,),) = cursor.fetchall()
    stored = str(list(RecoveryCode.objects.values()))
    assert not any(code in stored or code.replace("-", "") in stored for code in enrolled.recovery)
    assert salt.encode() != enrolled.secret and enrolled.secret.hex() not in salt
    settings.SECRET_KEY = "another server's"
    assert codes.step_of(shows(enrolled.secret, MONDAY), salt, now=MONDAY) is None
    settings.SECRET_KEY_FALLBACKS = ["only for tests"]
    assert codes.step_of(shows(enrolled.secret, MONDAY), salt, now=MONDAY)


def test_guessing_codes_costs_as_much_as_guessing_passwords(enrolled, shop):
    client = given_password()
    said = [client.post("/login/code", {"code": "000000"}).status_code for _ in range(6)]
    assert said == [200] * 5 + [429]
    right = shows(enrolled.secret, shop.now)
    assert "Try again in 1 minute" in client.post("/login/code", {"code": right}).content.decode()
    # The password, known to whoever guesses, forgives nothing.
    assert enters(Client(), "ben").status_code == 429
    shop.wait(seconds=61)
    enters(client, "ben")
    assert client.post("/login/code", {"code": "000000"}).status_code == 200
    assert client.post("/login/code", {"code": "000000"}).status_code == 429


def test_without_the_password_there_is_no_code_to_give(enrolled, shop):
    assert Client().post("/login/code", {"code": shows(enrolled.secret, shop.now)})["Location"] == "/login"


def test_between_password_and_code_is_not_much_time(enrolled, shop):
    client = given_password()
    shop.wait(minutes=11)
    answer = client.post("/login/code", {"code": shows(enrolled.secret, shop.now)})
    assert answer["Location"] == "/login"
    assert not is_in(client)


def test_another_password_meanwhile_ends_it(enrolled, shop):
    client = given_password()
    people.set_password("ben", "x", by="ben", now=shop.now)
    assert client.post("/login/code", {"code": shows(enrolled.secret, shop.now)})["Location"] == "/login"


def test_the_session_of_somebody_else_s_password_gets_another_key(enrolled, shop):
    client = Client()
    client.get("/login")
    client.cookies["sessionid"] = "planted"
    enters(client, "ben")
    waiting = client.cookies["sessionid"].value
    assert waiting != "planted"
    client.post("/login/code", {"code": shows(enrolled.secret, shop.now)})
    assert client.cookies["sessionid"].value != waiting


def test_where_one_was_logged_in_without_a_code_it_ends(ben, shop):
    elsewhere, here = Client(), Client()
    enters(elsewhere, "ben")
    enters(here, "ben")
    secret = app(here.get("/account/codes"))
    here.post("/account/codes/on", {"code": shows(secret, shop.now)})
    assert is_in(here) and not is_in(elsewhere)


def test_however_somebody_got_in_without_their_code_they_are_out(enrolled, ben):
    client = Client()
    client.force_login(ben)
    assert not is_in(client)


def test_switched_off_with_the_password(enrolled):
    answer = enrolled.client.post("/account/codes/off", {"password": "wrong"})
    assert "This is not your password." in answer.content.decode()
    assert Person.objects.exclude(code_salt="").exists()
    enrolled.client.post("/account/codes/off", {"password": PASSWORD})
    assert is_in(enrolled.client)
    assert enters(Client(), "ben")["Location"] == "/"
    assert not RecoveryCode.objects.exists()


def test_another_phone(enrolled, shop):
    secret = app(enrolled.client.get("/account/codes"))
    assert secret != enrolled.secret
    enrolled.client.post("/account/codes/on", {"code": shows(secret, shop.now)})
    shop.wait(minutes=1)
    assert given_password().post("/login/code", {"code": shows(enrolled.secret, shop.now)}).status_code == 200
    assert given_password().post("/login/code", {"code": shows(secret, shop.now)}).status_code == 302


def test_an_owner_lets_in_who_lost_everything(enrolled, owner):
    assert "call them" in owner.get("/settings/people/ben/without-code").content.decode()
    owner.post("/settings/people/ben/reset-codes")
    assert enters(Client(), "ben")["Location"] == "/"
    assert Event.objects.get(kind="codes_turned_off").by == "owner"


# Where the shop asks for it.


@pytest.mark.parametrize(
    ("asked_of", "role", "is_led"),
    [
        (CodeAskedOf.NOBODY, Role.OWNER, False),
        (CodeAskedOf.OWNERS, Role.OWNER, True),
        (CodeAskedOf.OWNERS, Role.BUYER, False),
        (CodeAskedOf.EVERYBODY, Role.READER, True),
    ],
)
def test_who_must_and_has_none_is_led_there(shop, log_in, asked_of, role, is_led):
    client = log_in(role)
    people.set_entry(asked_of, 14, by="alice", now=shop.now)
    answer = client.get("/queue")
    assert (answer.get("Location") == "/account/codes") == is_led
    assert client.get("/account/codes").status_code == 200


def test_and_can_do_nothing_else_until_then(shop, log_in, named):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    client = log_in(Role.BUYER)
    people.set_entry(CodeAskedOf.EVERYBODY, 14, by="alice", now=shop.now)
    for path in ("/", "/account", "/account/password", "/admin/", "/search?q=x", "/stamp", "/settings"):
        assert client.get(path)["Location"] == "/account/codes", path
    for path in ("/buffers/ACME/raise", "/account/save", "/account/codes/off", "/account/codes/recovery"):
        assert client.post(path)["Location"] == "/account/codes", path
    assert not shop.events("raised")
    page = client.get("/account/codes")
    assert "Set it up first" in page.content.decode()
    client.post("/account/codes/on", {"code": shows(app(page), shop.now)})
    assert client.get("/queue").status_code == 200


def test_an_owner_asks_for_codes(shop, owner, text):
    owner.post("/settings/entry", {"code_asked_of": "owners", "session_days": "7"})
    assert owner.get("/queue")["Location"] == "/account/codes"
    assert Event.objects.get(kind="entry_changed").data == {"code_asked_of": "owners", "session_days": 7}


def test_pages_of_it_in_a_browser(lasting_shop, opens):
    page = opens("/account/codes", role=Role.BUYER)
    found = page.locator("img[alt^='QR']")
    assert found.evaluate("image => image.complete && image.naturalWidth > 100")
    page.get_by_text("Or type the key").click()
    secret = b32decode(page.locator("code.key").inner_text().replace(" ", ""))
    page.get_by_label("Code from your phone", exact=True).fill(shows(secret, lasting_shop.now))
    page.get_by_role("button", name="Ask for codes from now on").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    assert violations(page) == []
    lasting_shop.wait(minutes=2)
    User.objects.filter(username="buyer").update(email="buyer@shop.example")
    for width in (1440, 390, 320):
        page = opens("/login", role=None, width=width, script=width != 390)
        page.get_by_label("Name or e-mail").fill("buyer")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        field = page.get_by_label("Code from your authenticator app")
        assert field.get_attribute("autocomplete") == "one-time-code"
        assert misfits(page) == []
        if width == 1440:
            assert violations(page) == []
        field.fill(shows(secret, lasting_shop.now))
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", level=1, name="Alice's")).to_be_visible()
        lasting_shop.wait(minutes=2)
    assert Session.objects.filter(user__username="buyer").count() == 4
