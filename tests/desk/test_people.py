"""People: asked in, given roles, let go; and what is noted of it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from onorder.actions import people
from onorder.desk.rights import RIGHTS, Right, Role
from onorder.desk.words import MAY, may_words
from onorder.models import Event, Session
from tests.desk.conftest import PASSWORD, enters

WENDY = {"name": "Wendy Moor", "email": "wendy@shop.example", "roles": ["warehouse"]}
NEW = {"new_password1": "green apples fly", "new_password2": "green apples fly"}


@pytest.fixture
def invited(shop, owner, mail_at_once, mailoutbox):
    """Wendy is invited; the address of her link."""
    answer = owner.post("/settings/invite/send", WENDY)
    assert "no-store" in answer["Cache-Control"]
    return re.search(r'value="(http[^"]+)"', answer.content.decode())[1]


def happened(username):
    user = User.objects.get(username=username)
    return list(Event.objects.filter(subject=f"person:{user.pk}").order_by("pk").values_list("kind", "by"))


def test_somebody_is_asked_in_and_works(invited, mailoutbox):
    (mail,) = mailoutbox
    assert mail.to == ["wendy@shop.example"]
    assert invited in mail.body and "Your login name is wendy.moor." in mail.body
    assert enters(Client(), "wendy.moor", "").status_code == 200  # Not before she has a password.
    client = Client()
    assert "Welcome, Wendy Moor" in client.get(invited).content.decode()
    client.post(invited, NEW)
    enters(client, "wendy@shop.example", "green apples fly")
    assert client.get("/queue").status_code == 200
    assert client.post("/buffers/ACME/raise").status_code == 403
    assert client.post(invited, NEW).status_code == 410
    expected = ["person_invited", "password_link", "password_set", "logged_in"]
    assert happened("wendy.moor") == list(zip(expected, ["owner"] * 2 + ["wendy.moor"] * 2, strict=True))


def test_an_invitation_lasts_three_days_and_is_made_again(invited, shop, owner):
    shop.wait(days=2, hours=23)
    assert Client().get(invited).status_code == 200
    shop.wait(hours=2)
    assert Client().get(invited).status_code == 410
    page = owner.post("/settings/people/wendy.moor/link").content.decode()
    again = re.search(r'value="(http[^"]+)"', page)[1]
    assert "Welcome" in Client().get(again).content.decode()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"name": ""}, "This field is required."),
        ({"email": "wendy"}, "Enter a valid email address."),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["king"]}, "none that there is was chosen"),
        ({"email": "BEN@shop.example"}, "works here already"),
    ],
)
def test_what_is_wrong_stands_beside_it_and_nobody_is_invited(shop, owner, named, said, wrong):
    named("ben")
    page = owner.post("/settings/invite/send", WENDY | said).content.decode()
    assert wrong in page
    assert not User.objects.filter(email__startswith="wendy").exists()
    if said != {"name": ""}:
        assert 'value="Wendy Moor"' in page


def test_two_of_one_name_log_in_by_two(invited, owner):
    owner.post("/settings/invite/send", WENDY | {"email": "other@shop.example"})
    assert set(User.objects.filter(first_name="Wendy Moor").values_list("username", flat=True)) == {
        "wendy.moor",
        "wendy.moor2",
    }


def test_the_list(invited, shop, owner, text, named):
    named("ben")
    enters(Client(), "ben")
    people.deactivate("ben", by="alice", now=shop.now)
    page = text(owner, "/settings/people")
    assert "Wendy Moor wendy@shop.example Warehouse Invited never" in page
    assert "Ben ben@shop.example Buyer Deactivated Mon 2 Mar" in page
    assert "1 person may log in." in page


def test_each_role_says_what_it_may_and_nothing_else():
    assert set(MAY) == set(Right)
    for role in Role:
        said = may_words(role)
        if role not in (Role.OWNER, Role.READER):
            assert all((words in said) == (right in RIGHTS[role]) for right, words in MAY.items())


def test_other_roles_at_once(shop, owner, named):
    named("ben")
    client = Client()
    enters(client, "ben")
    assert client.get("/settings/people").status_code == 403
    owner.post("/settings/people/ben/roles", {"roles": ["owner", "support"]})
    assert client.get("/settings/people").status_code == 200
    owner.post("/settings/people/ben/roles", {"roles": ["support"]})
    assert client.get("/settings/people").status_code == 403
    data = Event.objects.filter(kind="roles_changed").last().data
    assert data == {"before": ["owner", "support"], "after": ["support"]}


def test_no_role_is_no_answer(shop, owner, named):
    named("ben")
    answer = owner.post("/settings/people/ben/roles", {}, follow=True)
    assert "Choose at least one." in answer.content.decode()
    assert Group.objects.get(name="buyer").user_set.count() == 1


def test_the_last_owner_stays(shop, owner, named):
    for path, said in (("deactivate", {}), ("roles", {"roles": ["buyer"]})):
        answer = owner.post(f"/settings/people/owner/{path}", said, follow=True)
        assert "is the last owner who can log in." in answer.content.decode()
    named("alice", Role.OWNER)
    owner.post("/settings/people/owner/roles", {"roles": ["buyer"]})
    assert owner.get("/settings/people").status_code == 403


def test_an_owner_who_cannot_log_in_is_none(shop, owner):
    owner.post("/settings/invite/send", WENDY | {"roles": ["owner"]})
    answer = owner.post("/settings/people/owner/deactivate", follow=True)
    assert "is the last owner who can log in." in answer.content.decode()


def test_a_superuser_is_an_owner_until_somebody_says_otherwise(shop, owner):
    User.objects.create_superuser("rita", password=PASSWORD)
    owner.post("/settings/people/rita/roles", {"roles": ["reader"]})
    rita = User.objects.get(username="rita")
    assert not rita.is_superuser and not rita.is_staff
    client = Client()
    client.force_login(rita)
    assert client.get("/settings/people").status_code == client.get("/admin/", follow=True).status_code == 403


def test_who_leaves_is_out_at_once_and_may_come_back(shop, owner, named, text):
    ben = named("ben")
    client = Client()
    enters(client, "ben")
    assert "They are logged out of 1 browser at once" in text(owner, "/settings/people/ben/leaves")
    owner.post("/settings/people/ben/deactivate")
    assert client.get("/queue").status_code == 302
    assert not Session.objects.filter(user=ben).exists()
    assert enters(Client(), "ben").status_code == 200
    owner.post("/settings/people/ben/reactivate")
    assert enters(client, "ben").status_code == 302
    assert ("person_deactivated", "owner") in happened("ben")


def test_what_happened_to_somebody_is_said(shop, owner, named, text):
    named("ben")
    enters(Client(), "ben")
    owner.post("/settings/people/ben/roles", {"roles": ["support"]})
    page = text(owner, "/settings/people/ben")
    assert "got other roles: Support by owner" in page
    assert "logged in with the password" in page


def test_nobody_there(shop, owner):
    assert owner.get("/settings/people/nobody").status_code == 404
    assert "There is no person nobody." in owner.get("/settings/people/nobody").content.decode()


def test_a_link_of_an_owner_is_noted(shop, owner, named, mail_at_once):
    named("ben")
    page = owner.post("/settings/people/ben/link").content.decode()
    assert "A new password for Ben" in page
    assert happened("ben") == [("password_link", "owner")]
