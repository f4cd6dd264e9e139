"""The badge: another shop's page says when something arrives, in its language, from any cache, for next to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.desk.rights import Role
from onorder.models import Product, Shop
from onorder.rules.lifecycle import Accept


def badge(client, sku="TEA", asked="", **headers):
    return client.get(f"/badge/{sku}.json{asked}", headers=headers)


def test_it_says_what_can_be_had_and_when(store, client):
    assert badge(client).json() == {
        "sku": "TEA",
        "available": True,
        "words": "Made for you, arrives 20 March to 1 April",
        "from": "2026-03-20",
        "to": "2026-04-01",
        "made_to_order": True,
        "language": "en-gb",
        "updated_at": "2026-03-02T09:00:00+00:00",
    }
    here = badge(client, "MUG").json()
    assert (here["words"], here["from"], here["made_to_order"]) == ("In stock, arrives Tue 3 Mar", "2026-03-03", False)


def test_what_cannot_be_had_is_said_without_a_day(store, client):
    store.terms(sku="TEA", accept=Accept.NEVER)
    found = badge(client).json()
    assert (found["available"], found["from"], found["to"]) == (False, None, None)


def test_what_is_unknown_or_hidden_has_the_same_shape(store, client):
    shape = badge(client).json().keys()
    Product.objects.filter(handle="mug").update(is_published=False)
    for sku in ("NO", "MUG"):
        answer = badge(client, sku)
        assert (answer.status_code, answer.json().keys(), answer.json()["available"]) == (404, shape, False)
        assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("sku", ["A/B", "Ö 5", "x.json"])
def test_a_sku_may_be_made_of_anything(store, client, sku):
    store.sells(sku)
    assert badge(client, sku.replace(" ", "%20")).json()["sku"] == sku


def test_anything_that_happens_is_seen_at_once(store, client):
    before = badge(client)
    store.counts("TEA", 4)
    after = badge(client, **{"if-none-match": before["ETag"]})
    assert after.status_code == 200 and after.json()["words"] == "In stock, arrives Tue 3 Mar"
    Shop.objects.update(carrier_days=3)
    assert badge(client).json() == after.json()  # Nobody said that the settings are others.
    from onorder.queue import setup

    setup.changed()
    assert badge(client).json()["words"] == "In stock, arrives Fri 6 Mar"


def test_the_next_minute_may_say_another_day_and_the_same_words_keep_their_mark(store, client):
    first = badge(client)
    store.wait(minutes=1)
    again = badge(client)
    assert again.json()["updated_at"] > first.json()["updated_at"] and again["ETag"] == first["ETag"]
    store.wait(days=1)
    assert badge(client, "MUG").json()["from"] == "2026-03-04"


def test_a_hot_badge_costs_one_statement(store, client):
    badge(client)
    with CaptureQueriesContext(connection) as captured:
        assert badge(client).status_code == 200
        assert client.get("/badge/TEA").status_code == 200
    assert len(captured) == 2


def test_a_cold_badge_costs_few(store, client):
    badge(client)
    store.counts("MUG", 4)
    with CaptureQueriesContext(connection) as captured:
        badge(client)
    assert len(captured) <= 9


@pytest.mark.parametrize("path", ["/badge/TEA.json", "/badge/TEA", "/badge.js"])
def test_everybody_gets_the_same_without_a_cookie_and_caches_keep_it(store, client, log_in, path):
    answer = client.get(path)
    assert answer["Cache-Control"] == "public, max-age=300" and "Cookie" not in answer["Vary"]
    assert not answer.cookies and len(answer.content) < 5_000
    assert client.get(path, headers={"if-none-match": answer["ETag"]}).status_code == 304
    someone = log_in(Role.OWNER)
    with CaptureQueriesContext(connection) as captured:
        assert someone.get(path).content == answer.content
    assert not [one["sql"] for one in captured if "session" in one["sql"] or "auth_" in one["sql"]]


def test_the_language_is_asked_for_or_the_browsers(store, client):
    assert badge(client, asked="?lang=de", **{"accept-language": "en"}).json()["language"] == "de"
    assert badge(client, **{"accept-language": "de"}).json()["language"] == "de"
    assert badge(client, asked="?lang=de-AT").json()["language"] == "de"
    assert badge(client, asked="?lang=xx").json()["language"] == "en-gb"
    assert b'<html lang="de">' in client.get("/badge/TEA?lang=de").content


def test_only_the_page_for_a_frame_may_stand_in_one(store, client):
    frame = client.get("/badge/TEA")
    assert "frame-ancestors *" in frame["Content-Security-Policy"] and "X-Frame-Options" not in frame
    assert "Made for you, arrives 20 March to 1 April" in frame.content.decode()
    for path in ("/store", "/p/tea", "/badge.js"):
        answer = client.get(path)
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_it_works_while_the_store_is_closed_and_is_only_looked_at(store, client):
    Shop.objects.update(is_store_open=False)
    assert badge(client).status_code == 200
    assert client.post("/badge/TEA.json").status_code == 405


def test_the_script_is_small(store):
    assert Path(finders.find("store/badge.js")).stat().st_size < 2_000


def test_a_page_of_another_shop_says_when(lasting_shop, browser, live_server):
    """A page from elsewhere, in German, with a thing that we know and one that we do not."""
    lasting_shop.sells("TEA <1>")
    context = browser.new_context(permissions=["local-network-access"])  # Ours is on this machine, theirs is not.
    page = context.new_page()
    page.set_default_timeout(10_000)
    elsewhere = "https://elsewhere.example/"
    body = (
        f'<html lang="de"><script src="{live_server.url}/badge.js" defer></script>'
        '<span id="tea" data-onorder="TEA &lt;1>">…</span><span id="no" data-onorder="NO">bald</span></html>'
    )
    page.route(elsewhere, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
    page.goto(elsewhere)
    page.wait_for_function("document.querySelector('#tea').textContent !== '…'")
    assert "2026" not in page.inner_text("#tea") and "März" in page.inner_text("#tea")
    assert page.get_attribute("#tea", "lang") == "de" and page.inner_text("#no") == "bald"
    assert context.cookies() == []
    context.close()
