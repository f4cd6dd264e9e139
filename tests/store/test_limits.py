"""A great many forms from one network wait a little; whoever only looks, or comes from elsewhere, does not."""

from __future__ import annotations

import pytest

from onorder import access
from onorder.models import Guesses, Order
from onorder.rules.entering import FREE, Lane
from tests.store.conftest import headline, plain


@pytest.fixture
def busy(shop):
    """One form more, and this network waits."""
    shop.sells("MUG", here=5)
    shop.order({"MUG": 2})
    shop.ships("SO-1")
    often = FREE[Lane.ACTING] - 1
    Guesses.objects.create(lane=Lane.ACTING, key="192.0.2.7", failures=often, last_at=shop.now)
    return shop


def forms(shop):
    order, on = Order.objects.get().pk, shop.now.date()
    journey = f"/j/{access.token(order, on)}"
    return [
        *(f"{journey}/{step}" for step in ("address", "parcels", "cancel", "came/SH-1", "missing/SH-1")),
        f"/d/{access.token(order, on, access.Purpose.DELAY)}",
        f"/r/{access.token(order, on, access.Purpose.RETURN)}",
        f"/your-orders/open/{access.account_token(1, shop.now)}",
        *("/your-orders/details", "/your-orders/leave"),
        f"/s/{access.token(1, on, access.Purpose.SUPPLY)}",
    ]


@pytest.mark.parametrize("place", range(11))
def test_every_form_by_a_link_is_counted_and_waits_politely(busy, client, place):
    path = forms(busy)[place]
    assert client.post(path, REMOTE_ADDR="192.0.2.7").status_code != 429
    answer = client.post(path, REMOTE_ADDR="192.0.2.7")
    assert (answer.status_code, headline(answer)) == (429, "A moment, please")
    assert "Nothing was changed." in plain(answer) and answer["Retry-After"] == "60"
    assert answer["Cache-Control"].startswith("private, no-store")
    assert client.post(path, REMOTE_ADDR="192.0.2.8").status_code != 429
    assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code != 429
    busy.wait(minutes=2)
    assert client.post(path, REMOTE_ADDR="192.0.2.7").status_code != 429


def test_nobody_waits_longer_than_two_minutes_and_after_a_quarter_of_an_hour_it_is_forgotten(busy, client):
    path = forms(busy)[0]
    for _ in range(5):
        client.post(path, REMOTE_ADDR="192.0.2.7")
        busy.wait(minutes=2)
    assert client.post(path, REMOTE_ADDR="192.0.2.7").status_code != 429
    busy.wait(minutes=16)
    client.post(path, REMOTE_ADDR="192.0.2.7")
    assert Guesses.objects.get(key="192.0.2.7").failures == 1


def test_a_household_counts_as_one(busy, client):
    path = forms(busy)[0]
    for host in ("1", "2"):
        client.post(path, REMOTE_ADDR=f"2001:db8:1:2::{host}")
    assert Guesses.objects.get(key="2001:db8:1:2::").failures == 2
