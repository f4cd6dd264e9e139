"""From a real mail, without script: a customer gets to all of their orders, and everybody can read the pages there."""

from __future__ import annotations

import pytest
from django.core import mail
from playwright.sync_api import expect

from onorder import access
from onorder.actions import account
from onorder.delivery import outbox
from onorder.models import Event, Order, PurchaseOrder
from tests.looking import misfits, violations

BOB = "so-1@mail.example"


@pytest.fixture
def bought(lasting_shop, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    shop = lasting_shop
    shop.sells("MUG", here=3)
    shop.sells("TEA")
    shop.order({"MUG": 1, "TEA": 2})
    shop.raises()
    shop.parcel = shop.ships("SO-1")[0].number
    shop.wait(days=4)
    return shop


def mailed(shop):
    """Where the link leads that was just asked for."""
    outbox.deliver(shop.now)
    (sent,) = [one for one in mail.outbox if "all of your orders" in one.subject]
    return sent.body.partition("See all of your orders: ")[2].split()[0]


def test_a_customer_gets_to_all_of_their_orders_and_out_again(bought, opens):
    page = opens("/your-orders", role=None, width=390, script=False)
    page.get_by_label("E-mail address").fill(BOB)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="If we know this address, a link is on its way")).to_be_visible()
    page.goto(mailed(bought))
    page.get_by_role("button", name="Show me my orders").click()
    expect(page.get_by_text("Order SO-1 of")).to_be_visible()
    page.get_by_role("link", name="Your details").click()
    page.get_by_label("Name").fill("Robert")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("status")).to_have_text("It is saved.")
    page.get_by_role("link", name="Your orders").click()
    page.get_by_role("link", name="The rest arrives").click()
    page.get_by_role("link", name="It has not come").click()
    page.get_by_role("button", name="It has not come").click()
    expect(page.get_by_role("status")).to_contain_text("A person looks for it")
    page.get_by_role("button", name="It is here").click()
    expect(page.get_by_role("status")).to_contain_text("We hope that it is what you waited for.")
    page.goto(page.url.partition("/j/")[0] + "/your-orders")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_have_text("You are logged out.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_can_be_read_by_everybody(bought, opens, scheme):
    account.send_link(BOB, by="customer", now=bought.now)
    asked, on = Event.objects.get(kind="account"), bought.now.date()
    let_in = f"/your-orders/open/{access.account_token(asked.pk, asked.at)}"
    journey = f"/j/{access.token(Order.objects.get().pk, on)}"
    supply = f"/s/{access.token(PurchaseOrder.objects.get().pk, on, access.Purpose.SUPPLY)}"
    page = opens("/your-orders", role=None, width=390, scheme=scheme)
    home, wrong = page.url.removesuffix("/your-orders"), _wrong(page, "/your-orders")
    page.goto(home + let_in)
    wrong += _wrong(page, let_in)
    page.get_by_role("button", name="Show me my orders").click()
    expect(page.get_by_role("heading", name="To come")).to_be_visible()
    for path in ("/your-orders", "/your-orders/details", journey, f"{journey}/missing/{bought.parcel}", supply):
        page.goto(home + path)
        wrong += _wrong(page, path)
    assert not wrong, "\n".join(wrong)


def _wrong(page, path):
    found = []
    for width in (1440, 320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        found += misfits(page, f"{path} at {width}:")
    return found + violations(page, path)
