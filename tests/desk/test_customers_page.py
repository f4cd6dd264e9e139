"""Support opens what a customer sees, and hands its address on; who may not sell is not given what acts for them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from onorder.desk.rights import Role


@pytest.fixture
def ordered(shop):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    return shop


def customers_page(client):
    found = re.search(r'id="customers-page" value="([^"]*)"', client.get("/orders/SO-1").content.decode())
    return found and found.group(1)


@pytest.mark.parametrize("ours", ["", "https://shop.example"])
def test_support_opens_the_customers_page(ordered, log_in, settings, ours):
    settings.PUBLIC_URL = ours
    url = customers_page(log_in(Role.SUPPORT))
    assert url.startswith(f"{ours or 'http://testserver'}/j/")
    page = Client().get(url.removeprefix(ours or "http://testserver"))
    assert "Order SO-1" in page.content.decode()


@pytest.mark.parametrize("role", [Role.READER, Role.WAREHOUSE])
def test_who_may_not_sell_gets_no_link(ordered, log_in, role):
    client = log_in(role)
    assert customers_page(client) is None
    assert "/j/" not in client.get("/orders/SO-1").content.decode()
    assert "/j/" not in client.get("/settings/messages/placed").content.decode()
    assert "/j/" not in client.get("/settings/messages/placed/preview").content.decode()


def test_whoever_sets_the_shop_up_hears_that_mails_lead_nowhere(ordered, owner, text, settings):
    settings.PUBLIC_URL = ""
    assert "Set ONORDER_URL." in text(owner, "/settings/messages")
    settings.PUBLIC_URL = "https://shop.example"
    assert "ONORDER_URL" not in text(owner, "/settings/messages")
