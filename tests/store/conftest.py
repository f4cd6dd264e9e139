from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from onorder import access
from onorder.models import Order
from onorder.queue import setup
from tests.desk.conftest import browser as browser
from tests.desk.conftest import opens as opens


class Clock:
    """The time that the pages read: the shop's."""

    shop = None

    def __call__(self):
        return self.shop.now


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    settings.PUBLIC_URL = "https://shop.example"
    found = Clock()
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def shop(shop, clock):
    clock.shop = shop
    return shop


@pytest.fixture
def lasting_shop(lasting_shop, clock):
    clock.shop = lasting_shop
    return lasting_shop


@pytest.fixture
def link(db):
    """`link("SO-1")`: where its customer follows an order, by a mail of `days` ago."""

    def written(number="SO-1", days=0):
        order = Order.objects.get(number=number)
        on = setup.current().today(timezone.now()) - timedelta(days=days)
        return f"/j/{access.token(order.pk, on)}"

    return written


def plain(answer):
    """What a page says, without its tags."""
    said = re.sub(r"(?s)<(script|style|svg|head)\b.*?</\1>|<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(said)).replace(" .", ".").replace(" ,", ",")


def headline(answer):
    said = re.search(r"(?s)<h1>(.*?)</h1>", answer.content.decode()).group(1)
    return html.unescape(said).strip().replace("\N{NO-BREAK SPACE}", " ")
