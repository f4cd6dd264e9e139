"""The pages: nobody sees anything without a login, and the start page says how the shop stands."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from onorder.actions import purchasing

OPEN = {"login", "health", "logout"}


@pytest.fixture
def ben(db):
    cache.clear()
    return User.objects.create_user("ben", password="a long password")


def test_no_page_without_a_login(client, db):
    for pattern in get_resolver().url_patterns:
        name = getattr(pattern, "name", None)
        if name not in OPEN:
            answer = client.get("/admin/" if name is None else "/")
            assert answer.status_code == 302
            assert "login" in answer["Location"]


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/admin/login/"])
def test_every_answer_says_that_nothing_comes_from_elsewhere(client, db, path):
    answer = client.get(path)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_health_needs_no_login_and_tells_nothing(client, db):
    assert client.get("/healthz").content == b"ok"


def test_an_empty_shop_says_what_to_do_first(client, shop, ben):
    client.force_login(ben)
    page = client.get("/").content.decode()
    assert "Nobody has ordered yet" in page
    assert "onorder import products" in page


def test_before_there_is_a_shop(client, ben):
    client.force_login(ben)
    assert "onorder init" in client.get("/").content.decode()


def test_the_shop_in_figures(client, shop, ben):
    shop.sells("TEA", here=2)
    shop.order({"TEA": 5})
    client.force_login(ben)
    page = client.get("/").content.decode()
    assert "3 units wait for 1 open order:" in page
    assert "ACME Ltd" in page
    assert "<c-" not in page
    assert " style=" not in page
    assert len(page) < 30_000


def test_what_nobody_can_be_told_by_mail_stands_there(client, shop, ben):
    shop.supplier("SHY", email="")
    shop.sells("BOX", supplier="SHY")
    shop.order({"BOX": 1})
    client.force_login(ben)
    assert "To send by hand" not in client.get("/").content.decode()
    purchasing.raise_order("SHY", by="ben", now=shop.now)
    assert "To send by hand: no e-mail address" in client.get("/").content.decode()


def test_the_start_page_costs_the_same_statements_for_many_orders(client, shop, ben):
    shop.sells("TEA")
    client.force_login(ben)

    def statements():
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    shop.order({"TEA": 1})
    statements()
    one = statements()
    for _ in range(30):
        shop.order({"TEA": 1})
    assert statements() == one <= 24


def test_the_admin_shows_and_changes_nothing(client, shop, db):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    client.force_login(User.objects.create_superuser("alice", password="a long password"))
    assert client.get("/admin/onorder/order/").status_code == 200
    assert client.get("/admin/onorder/order/?q=SO-1").status_code == 200
    assert client.get("/admin/onorder/order/add/").status_code == 403
    assert client.post("/admin/onorder/order/1/delete/").status_code in (302, 403)
    assert client.get("/admin/onorder/stocklevel/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 200


def test_the_admin_shows_nothing_that_lets_somebody_in(client, shop, db):
    alice = User.objects.create_superuser("alice", password="a long password")
    client.force_login(alice)
    for hidden in ("session", "person", "recoverycode", "guesses"):
        assert client.get(f"/admin/onorder/{hidden}/").status_code == 404
    page = client.get(f"/admin/auth/user/{alice.pk}/change/")
    assert page.status_code == 200
    assert alice.password not in page.content.decode()
    new = {"password1": "another long one", "password2": "another long one"}
    client.post(f"/admin/auth/user/{alice.pk}/password/", new, follow=True)
    assert User.objects.get(pk=alice.pk).password == alice.password
