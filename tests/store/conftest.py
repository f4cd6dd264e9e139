from __future__ import annotations

import html
import re

import pytest

from onorder.models import Collection, Product, Shop
from tests.desk.conftest import clock, lasting_shop, log_in, opens, owner, shop  # noqa: F401


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


def plain(answer):
    text = re.sub(r"(?s)<(script|style|svg|head).*?</\1>|<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text)).strip()
