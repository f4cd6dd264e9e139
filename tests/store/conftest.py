from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from onorder import access
from onorder.models import Collection, Order, Product, Shop
from onorder.queue import setup
from tests.desk.conftest import clock, lasting_shop, log_in, opens, owner, shop  # noqa: F401


@pytest.fixture(autouse=True)
def public_address(settings):
    settings.PUBLIC_URL = "https://shop.example"


def open_store(**more):
    """Customers may look at "Love Takes Time", with everything that is sold."""
    Shop.objects.filter(pk=1).update(is_store_open=True, store_text="Worth the wait.\nMade one by one.", **more)
    love = Collection.objects.create(
        slug="love", name="Love Takes Time", text="Made one by one.\nA week or two.", is_published=True
    )
    love.products.set(Product.objects.all())
    return love


@pytest.fixture
def store(shop):  # noqa: F811
    """A shop with tea to wait for and a mug that is here; customers may look."""
    shop.sells("TEA")
    shop.sells("MUG", here=9, price=1_250)
    open_store()
    return shop


@pytest.fixture
def reads(client):
    """What a page for customers says, without its tags."""

    def read(path, language="en", **headers):
        answer = client.get(path, headers={"accept-language": language, **headers})
        assert answer.status_code == 200, answer
        return plain(answer)

    return read


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
