"""Sending something back, as its customer does it: by a link, on a phone, without script; until another one is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from onorder import access
from onorder.desk.rights import Role
from onorder.models import Location, Order, Return
from tests.looking import wrong_with

pytestmark = pytest.mark.django_db(transaction=True)


def link(shop, number="SO-1"):
    key = Order.objects.values_list("pk", flat=True).get(number=number)
    return f"/r/{access.token(key, shop.now.date(), access.Purpose.RETURN)}"


def out(shop):
    """SO-1 has a mug at home; another one is on the shelf."""
    Location.objects.update(address="Dock 3\n1 Quay Street\nHull")
    shop.sells("MUG", here=2)
    shop.order({"MUG": 1})
    shop.ships("SO-1")
    return shop


def form(client, path):
    """What the page's form begins with."""
    shown = client.get(path).context["form"]
    return {"units_0": 1, "reason": "faulty", "words": "", "wants": "refund", "key": shown["key"].value()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_a_phone_without_script_to_another_parcel(lasting_shop, opens, scheme):
    shop = out(lasting_shop)
    page = opens(link(shop), role=None, width=390, scheme=scheme, script=False)
    checked = opens(link(shop), role=None, width=320, scheme=scheme)
    assert wrong_with(checked) == []
    page.get_by_role("button", name="Get the label").click()
    expect(page.get_by_text("Choose a reason")).to_be_visible()
    page.get_by_label("Why do you send it back?").select_option("faulty")
    page.get_by_label("In your words").fill("the handle came off")
    page.get_by_label("The same thing again").check()
    page.get_by_role("button", name="Get the label").click()
    back = Return.objects.get().number
    expect(page.get_by_text(back, exact=True)).to_be_visible()
    expect(page.get_by_text("1 Quay Street")).to_be_visible()
    checked.goto(page.url)
    assert wrong_with(checked) == []
    dock = opens("/receiving", role=Role.WAREHOUSE, width=390, script=False)
    dock.get_by_label("Scan or type").fill(back.lower())
    dock.get_by_role("button", name="Look it up").click()
    dock.get_by_role("link", name="Receive…").click()
    dock.get_by_role("button", name="It is here").click()
    expect(dock.get_by_text("Here, to be decided")).to_be_visible()
    desk = opens("/returns", role=Role.SUPPORT)
    desk.get_by_role("link", name=f"Decide… {back} Mug").click()
    desk.get_by_label("It is written off").check()
    desk.get_by_text("1 unit from the shelf is set aside for Buyer of SO-1.").wait_for()
    desk.get_by_role("button", name="Decide it so").click()
    desk.get_by_text(f"1 unit of {back} is decided.").wait_for()
    assert Return.objects.get().state == "written_off"
    (gone,) = shop.ships("SO-1")
    assert gone.units == 1
    assert shop.is_sound()


def test_the_page_says_nothing_of_the_shop_inside(shop, client):
    page = client.get(link(out(shop))).content.decode()
    assert "We take it back." in page
    assert "MUG" not in page
    assert "sessionid" not in client.cookies


def test_asked_once_however_often_it_is_sent(shop, client):
    path = link(out(shop))
    given = form(client, path)
    first, second = client.post(path, given), client.post(path, given)
    assert first["Location"] == second["Location"] == f"{path}/{Return.objects.get().number}"
    assert "waits for your parcel." in client.get(path).content.decode()


def test_no_more_than_is_out_and_something_at_least(shop, client):
    path = link(out(shop))
    given = form(client, path)
    for units in (0, 2, "x"):
        assert client.post(path, given | {"units_0": units}).status_code == 200
    assert not Return.objects.exists()


def test_a_link_opens_its_own_order_and_for_its_own_purpose(shop, client):
    out(shop)
    shop.order({"MUG": 1}, number="SO-2")
    back = shop.asks_back("SO-1", {"MUG": 1})
    assert client.get(f"{link(shop)}/{back}").status_code == 200
    assert client.get(f"{link(shop, 'SO-2')}/{back}").status_code == 410
    key = Order.objects.values_list("pk", flat=True).get(number="SO-1")
    assert client.get(f"/r/{access.token(key, shop.now.date())}").status_code == 410
    assert client.get(f"{link(shop)}x").status_code == 410


def test_what_can_no_longer_be_sent_back(shop, client):
    path = link(out(shop))
    shop.takes_back("SO-1", "MUG", 1)
    assert "Nothing can be sent back" in client.get(path).content.decode()
