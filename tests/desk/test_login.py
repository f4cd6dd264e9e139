"""Logging in: nobody learns who works here, who guesses waits, and a link is good once."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from onorder.actions import people
from onorder.desk import guesses, links
from onorder.models import Event, Guesses, Session
from onorder.rules.entering import Lane
from tests.desk.conftest import PASSWORD, enters
from tests.looking import wrong_with
from tests.shop import MONDAY

ELSEWHERE = {"REMOTE_ADDR": "198.51.100.9"}


@pytest.fixture
def ben(shop, named):
    return named("ben")


def is_in(client):
    return client.get("/queue").status_code == 200


def fails(client, times, name="ben", **more):
    return [enters(client, name, "wrong", **more).status_code for _ in range(times)]


@pytest.mark.parametrize("name", ["ben", "ben@shop.example", "Ben@Shop.Example", " ben "])
def test_by_name_or_by_address(ben, name):
    client = Client()
    assert enters(client, name)["Location"] == "/"
    assert is_in(client)
    assert Event.objects.get(kind="logged_in").data == {"with": "password"}


def test_one_goes_on_to_the_page_that_one_wanted(ben):
    assert enters(Client(), "ben", form={"next": "/buffers?show=due"})["Location"] == "/buffers?show=due"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "\thttps://e.ex"]
)
def test_never_to_somebody_else_s(ben, elsewhere):
    assert enters(Client(), "ben", form={"next": elsewhere})["Location"] == "/"


def test_an_unknown_name_a_wrong_password_and_one_who_left_are_one_answer(ben, named, monkeypatch):
    left, invited = named("dora"), people.invite("Wendy", "w@shop.example", ["warehouse"], by="alice", now=MONDAY)
    people.deactivate(left.username, by="alice", now=MONDAY)
    encoded = []
    hasher = type(get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *a: (encoded.append(1), encode(*a))[1])
    answers = set()
    for name, password in (("nobody", "x"), ("ben", "x"), ("dora", PASSWORD), (invited, ""), (invited, "x"), ("", "x")):
        encoded.clear()
        page = enters(Client(), name, password).content.decode()
        answers.add(re.sub(r'value="[^"]*"', "", page))
        if name and password:
            assert len(encoded) == 1, name
    assert len(answers) == 1
    assert "Name and password do not match." in answers.pop()


def test_guessing_costs_longer_and_longer(ben, shop):
    client = Client()
    assert fails(client, 6) == [200] * 5 + [429]
    assert "Try again in 1 minute." in enters(client, "ben").content.decode()  # The right one is not looked at either.
    assert not is_in(client)
    shop.wait(seconds=61)
    assert fails(client, 2) == [200, 429]
    assert "Try again in 2 minutes." in enters(client, "ben").content.decode()
    shop.wait(minutes=2, seconds=1)
    assert enters(client, "ben").status_code == 302
    assert not Guesses.objects.filter(lane=Lane.ACCOUNT).exists()


def test_from_everywhere_and_whatever_name_it_is(ben):
    assert fails(Client(), 5)[-1] == 200
    assert enters(Client(), "ben", **ELSEWHERE).status_code == 429
    assert enters(Client(), "ben@shop.example", **ELSEWHERE).status_code == 429
    assert fails(Client(), 6, "nobody")[-1] == 429
    assert enters(Client(), "NOBODY", **ELSEWHERE).status_code == 429


def test_what_was_typed_as_a_name_is_not_kept(ben):
    fails(Client(), 1, "my secret passphrase")
    assert "secret" not in str(list(Guesses.objects.values()))


def test_strangers_lock_nobody_out_of_their_own_browser(ben):
    own = Client()
    enters(own, "ben")
    own.post("/logout")
    fails(Client(), 6, **ELSEWHERE)
    assert enters(Client(), "ben").status_code == 429
    assert enters(own, "ben").status_code == 302
    own.post("/logout")
    assert fails(own, 1, "alice") == [200]  # It is nobody else's.


def test_a_known_browser_may_not_guess_for_ever(ben):
    own = Client()
    enters(own, "ben")
    own.post("/logout")
    assert fails(own, 11) == [200] * 10 + [429]


def test_many_names_from_one_address(ben):
    codes = [enters(Client(), f"name{n}", "x", REMOTE_ADDR="2001:db8::1").status_code for n in range(31)]
    assert codes == [200] * 30 + [429]
    assert enters(Client(), "other", "x", REMOTE_ADDR="2001:db8::2").status_code == 429  # The same household.
    assert enters(Client(), "other", "x", REMOTE_ADDR="2001:db8:0:9::1").status_code == 200


def test_nobody_says_from_where_they_come(ben):
    for n in range(31):
        enters(Client(), f"name{n}", "x", HTTP_X_FORWARDED_FOR=f"192.0.2.{n}")
    assert enters(Client(), "ben").status_code == 429


@pytest.mark.both_databases
def test_many_at_once_gain_nothing(lasting):
    """Each takes its turn before its password is looked at."""
    counted = [guesses.Counted(Lane.ACCOUNT, "key")]
    allowed, start = [], threading.Barrier(12)

    def guess():
        start.wait()
        if guesses.take_turn(counted, MONDAY) is None:
            allowed.append(1)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 5


def test_an_owner_sees_who_has_to_wait_and_lets_them_try(ben, owner, text):
    fails(Client(), 5)
    fails(Client(), 6, "my passphrase")
    page = text(owner, "/settings/people")
    assert "Has to wait after too many attempts" in page
    assert "Ben 5" in page and "A name that nobody here has 5" in page
    row = Guesses.objects.get(user=ben)
    owner.post(f"/settings/lockouts/{row.pk}/lift")
    assert enters(Client(), "ben").status_code == 302
    assert Event.objects.get(kind="lockout_lifted").by == "owner"


def test_a_session_that_somebody_planted_is_worth_nothing(ben):
    client = Client()
    client.get("/login")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    enters(client, "ben")
    assert client.cookies["sessionid"].value != planted
    other = Client()
    other.cookies["sessionid"] = planted
    assert not is_in(other)
    assert Session.objects.filter(user=ben).count() == 1


def test_the_records_have_no_door_of_their_own(shop, db):
    assert Client().get("/admin/")["Location"].startswith("/admin/login")
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/login?next=/admin/"
    User.objects.create_superuser("alice", password=PASSWORD)
    assert Client().post("/admin/login/", {"username": "alice", "password": PASSWORD}).status_code == 405


def test_who_may_not_see_the_records_is_not_led_in_a_circle(buyer):
    answer = buyer.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "Not yours to do" in answer.content.decode()


# Links.


def link_in(mail):
    return re.search(r"https?://\S+", mail.body)[0]


@pytest.fixture
def asked(ben, mail_at_once, mailoutbox):
    """Ben has forgotten his password, and has mail."""
    Client().post("/forgot", {"email": "BEN@shop.example"})
    return mailoutbox


def test_a_forgotten_password_is_chosen_again(asked, ben):
    (mail,) = asked
    assert mail.to == ["ben@shop.example"]
    url = link_in(mail)
    assert url.startswith("http://testserver/welcome/")
    client = Client()
    assert "You log in as <b>ben</b>" in client.get(url).content.decode()
    new = {"new_password1": "green apples fly", "new_password2": "green apples fly"}
    assert client.post(url, new)["Location"] == "/login"
    assert not is_in(client)  # With a code, too, where one is asked for.
    assert enters(client, "ben", "green apples fly").status_code == 302
    assert client.get(url).status_code == 410


def test_the_answer_tells_nobody_who_works_here(asked, mailoutbox):
    answers = [Client().post("/forgot", {"email": f"{name}@shop.example"}).content.decode() for name in ("ben", "no")]
    assert len({re.sub("(ben|no)@", "", answer) for answer in answers}) == 1
    assert len(mailoutbox) == 2


def test_nobody_s_mailbox_is_filled(ben, mail_at_once, mailoutbox):
    for _ in range(9):
        assert Client().post("/forgot", {"email": "ben@shop.example"}).status_code == 200
    assert len(mailoutbox) == 2


def test_a_link_is_over_after_an_hour(asked, shop):
    shop.wait(minutes=59)
    assert Client().get(link_in(asked[0])).status_code == 200
    shop.wait(minutes=2)
    answer = Client().get(link_in(asked[0]))
    assert answer.status_code == 410
    assert "This link is over" in answer.content.decode()


def test_a_link_is_over_once_somebody_has_logged_in_or_left(asked, ben):
    enters(Client(), "ben")
    assert Client().get(link_in(asked[0])).status_code == 410
    url = links.path(User.objects.get(pk=ben.pk), links.Purpose.RESET, MONDAY)
    assert Client().get(url).status_code == 200
    people.deactivate("ben", by="alice", now=MONDAY)
    assert Client().get(url).status_code == 410


def test_nobody_writes_a_link(asked):
    url = link_in(asked[0])
    for forged in (url[:-1] + ("A" if url[-1] != "A" else "B"), url.rpartition("/")[0] + "/x", url + "x"):
        assert Client().get(forged).status_code in (404, 410)


def test_a_link_leads_to_us_whatever_host_was_asked_for(ben, mail_at_once, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client().post("/forgot", {"email": "ben@shop.example"}, HTTP_HOST="evil.example")
    assert mailoutbox == []
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.shop.example"]
    Client().post("/forgot", {"email": "ben@shop.example"}, HTTP_HOST="evil.example")
    assert link_in(mailoutbox[0]).startswith("https://desk.shop.example/welcome/")


def test_another_host_is_refused(ben, mail_at_once, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert Client().post("/forgot", {"email": "ben@shop.example"}, HTTP_HOST="evil.example").status_code == 400
    assert mailoutbox == []


def test_a_mail_that_fails_is_no_error_of_the_page(ben, mail_at_once, settings):
    settings.EMAIL_BACKEND = "nowhere.Backend"
    assert Client().post("/forgot", {"email": "ben@shop.example"}).status_code == 200


def test_a_weak_password_is_not_taken(asked, ben):
    for weak in ("short", "password1234", "ben@shop.example"):
        page = Client().post(link_in(asked[0]), {"new_password1": weak, "new_password2": weak})
        assert page.status_code == 200
    assert User.objects.get(pk=ben.pk).check_password(PASSWORD)


def test_pages_before_the_login_are_accessible(lasting_shop, opens, django_user_model):
    ben = django_user_model.objects.create_user("ben", "ben@shop.example", PASSWORD)
    welcome = links.path(ben, links.Purpose.WELCOME, lasting_shop.now)
    for path in ("/login", "/forgot", welcome):
        for width, scheme in ((1440, "light"), (390, "dark"), (320, "light")):
            page = opens(path, role=None, width=width, scheme=scheme)
            assert wrong_with(page, path) == []
            page.context.close()


def test_without_script(lasting_shop, opens, django_user_model):
    django_user_model.objects.create_user("ben", "ben@shop.example", PASSWORD)
    page = opens("/login?next=/queue", role=None, script=False)
    page.get_by_label("Name or e-mail").fill("ben")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    assert page.url.endswith("/queue")


def test_a_pause_is_forgotten_after_a_day(ben, shop):
    fails(Client(), 4)
    shop.wait(hours=25)
    assert fails(Client(), 5) == [200] * 5
    assert Guesses.objects.get(user=ben).until_at - shop.now == timedelta(minutes=1)
