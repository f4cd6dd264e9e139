"""The pages: nobody sees anything without a login, and the start page says how the shop stands."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import get_resolver

from onorder.actions import purchasing
from onorder.desk.rights import Role

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


def test_an_empty_shop_says_what_to_do_first(shop, owner, text):
    page = text(owner, "/")
    assert "Nobody has ordered yet." in page
    assert "Add a supplier" in page and "Take an order" in page


def test_before_there_is_a_shop_its_owner_opens_it_and_nobody_else(db, owner, buyer, text):
    assert owner.get("/")["Location"] == "/settings/open"
    assert "Nobody has ordered yet." in text(buyer, "/")


def test_what_needs_me_and_what_needs_somebody_else(shop, log_in, text):
    shop.sells("TEA")
    shop.sells("MUG", here=1)
    shop.order({"TEA": 3, "MUG": 1})
    shop.wait(days=4)  # Friday: the buffer orders itself.
    buyer, wendy = text(log_in(Role.BUYER), "/"), text(log_in(Role.WAREHOUSE), "/")
    assert "1 thing needs you" in buyer and "1 buffer orders itself today." in buyer
    assert "For somebody else" in buyer and "See the buffers" in buyer
    assert "See the buffers" not in wendy


def test_a_promise_at_risk_is_raised_from_here(shop, buyer):
    from datetime import timedelta

    shop.sells("TEA")
    shop.order({"TEA": 1})
    purchasing.hold("ACME", until=shop.now + timedelta(days=30), why="", by="ben", now=shop.now)
    shop.wait(days=21)
    page = buyer.get("/").content.decode()
    assert "1 promise is missed if this buffer is left until its deadline." in page
    assert 'action="/buffers/ACME/raise"' in page


def test_what_nobody_can_be_told_by_mail_stands_there(shop, buyer, text):
    shop.supplier("SHY", email="")
    shop.sells("BOX", supplier="SHY")
    shop.order({"BOX": 1})
    number = purchasing.raise_order("SHY", by="ben", now=shop.now).number
    assert f"{number} waits for you: SHY Ltd has no e-mail address" in text(buyer, "/")


def test_the_four_figures(shop, owner, log_in, text):
    from onorder.actions import learning, payments

    shop.sells("TEA")
    shop.order({"TEA": 3})
    payments.capture("SO-1", 1_200, key="p", by="dora", now=shop.now)
    learning.sum_up(by="worker", now=shop.now)
    page = text(owner, "/")
    assert "Units waiting 3" in page and "none fell due in 30 days" in page
    assert "Cash ahead of suppliers £12 customers" in page
    assert "Cash" not in text(log_in(Role.SUPPORT), "/")


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
