"""Every page in a real browser: on a phone and a desk, light and dark; for a screen reader; without script."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.desk import shell
from onorder.desk.rights import Role
from tests.desk.pages import PAGES, furnish, named
from tests.looking import misfits, violations

HEAVIEST = 60_000  # Bytes before images, all that a first visit loads.

WEIGHT = "performance.getEntries().map(e => [e.name, e.encodedBodySize || 0])"
#: How wide, and in which scheme axe looks there: at a page in each scheme once, at a phone and at a desk.
WIDTHS = {390: "dark", 320: "", 768: "", 1440: "light"}
#: So many tests share the pages, and may run side by side.
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_fits_and_is_accessible(share, lasting_shop, opens):
    """Loaded on a phone in the dark, then wider and wider: what is wide by style alone needs no second loading."""
    furnish(lasting_shop)
    first, *wider = WIDTHS
    page = opens("/queue", width=first)
    home = page.url.removesuffix("/queue")
    wrong = []
    for path in named(PAGES)[share::SHARES]:
        page.set_viewport_size({"width": first, "height": 900})
        page.goto(home + path)
        if not 1_000 < (loaded := weight(page)) < HEAVIEST:
            wrong.append(f"{path} loads {loaded} bytes")
        wrong += _looks(page, path, first)
        for width in wider:
            page.set_viewport_size({"width": width, "height": 900})
            wrong += _looks(page, path, width)
    assert not wrong, "\n".join(wrong)


def _looks(page, path, width):
    """What is wrong with a page at this width."""
    yield from misfits(page, f"{path} at {width}:")
    if scheme := WIDTHS[width]:
        page.emulate_media(color_scheme=scheme)
        yield from violations(page, f"{path} at {width}, {scheme}:")


def test_what_is_wrong_is_seen(opens):
    """The look itself: a picture without words, and words in the colour of their ground, are told."""
    page = opens("/login", role=None)
    assert violations(page) == []
    page.evaluate("document.querySelector('label').style.cssText = 'color: #ddd; background: #ccc'")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    told = [broken.partition(":")[0] for broken in violations(page)]
    assert {"color-contrast", "image-alt"} <= set(told)


def test_a_full_page_is_light(lasting_shop, opens):
    lasting_shop.sells("TEA")
    for _ in range(60):
        lasting_shop.order({"TEA": 1})
    page = opens("/queue")
    assert page.locator("tbody tr").count() == 50
    assert 1_000 < weight(page) < HEAVIEST


@pytest.mark.parametrize("share", range(SHARES // 2))
def test_every_page_is_read_without_script(share, lasting_shop, opens):
    furnish(lasting_shop)
    page = opens("/queue", script=False)
    home = page.url.removesuffix("/queue")
    for path in named(PAGES)[share :: SHARES // 2]:
        page.goto(home + path)
        assert page.locator("h1").first.is_visible(), path


@pytest.mark.both_databases
def test_every_page_asks_as_much_of_a_big_shop_as_of_a_small_one(shop, log_in, monkeypatch):
    monkeypatch.setattr(shell, "COUNTED_FOR", 3600)  # What is counted anew every few seconds is not the page's own.
    furnish(shop)
    everything = {"TEA": 1, "POT": 1, "CUP": 1, "SOAP": 1}
    for _ in range(9):
        shop.order(everything)  # From nothing in a buffer to something a page may ask more.
    owner = log_in(Role.OWNER)
    few = {path: _statements(owner, path) for path in named(PAGES)}
    for _ in range(20):
        shop.order(everything)
    many = {path: _statements(owner, path) for path in few}
    assert {path: (few[path], more) for path, more in many.items() if more > few[path]} == {}


def weight(page):
    """Bytes that a first visit loads: pages as they came, files as the product's own server compresses them."""
    bytes_ = 0
    for name, size in page.evaluate(WEIGHT):
        path = urlsplit(name).path
        file = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        bytes_ += len(gzip.compress(Path(file).read_bytes(), compresslevel=6)) if file else size
    return bytes_


def _statements(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
        assert answer.status_code == 200
    return len(captured)
