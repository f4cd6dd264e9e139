"""From a real mail, on a phone, without script: an order is followed, a part of it goes, the rest goes elsewhere."""

from __future__ import annotations

import pytest
from django.core import mail
from playwright.sync_api import expect

from onorder.actions import payments
from onorder.delivery import outbox
from onorder.models import Order
from tests.looking import misfits, violations


@pytest.fixture
def mailed(lasting_shop, live_server, settings):
    """The path of the link in the mail that a customer got."""
    settings.PUBLIC_URL = live_server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    lasting_shop.sells("TEA", here=1)
    lasting_shop.sells("MUG")
    lasting_shop.order({"TEA": 1, "MUG": 3}, address="Bob\n1 Old Road\nYork")
    payments.capture("SO-1", 2_000, key="paid", by="psp", now=lasting_shop.now)
    outbox.deliver(lasting_shop.now)
    (sent,) = [one for one in mail.outbox if "thank you" in one.subject]
    return sent.body.partition(live_server.url)[2].split()[0]


def test_a_customer_changes_their_order_by_themselves(mailed, lasting_shop, opens):
    page = opens(mailed, role=None, width=390, script=False)
    assert page.get_by_role("heading", level=1).inner_text().startswith("The next of 2 parcels arrives")
    page.get_by_role("link", name="Cancel some or all of it").click()
    page.get_by_label("Mug").fill("1")
    page.get_by_role("button", name="See what that does").click()
    expect(page.get_by_text("£5.00 goes back to you")).to_be_visible()
    page.get_by_role("button", name="Cancel 1 item").click()
    assert page.get_by_role("status").inner_text() == "1 item is cancelled. We have sent you a mail about it."
    assert lasting_shop.units("SO-1", "MUG") == (2, 0, 0, 1)

    page.get_by_role("link", name="Change the address").click()
    written = page.get_by_label("Name and address")
    assert "1 Old Road" in written.input_value()
    written.fill("Bob\n4 Hill Street\nYork")
    page.get_by_role("button", name="Send it there").click()
    assert page.get_by_role("status").inner_text() == "What is still to come goes to the new address."
    assert Order.objects.get().address == "Bob\n4 Hill Street\nYork"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_can_be_read_by_everybody(mailed, opens, scheme):
    pages = [
        mailed,
        f"{mailed}/cancel?u1=2",
        f"{mailed}/cancel?u1=9",
        f"{mailed}/address",
        f"{mailed}/parcels",
        "/find",
    ]
    page = opens(pages[0], role=None, width=390, scheme=scheme)
    home, wrong = page.url.removesuffix(mailed), []
    for path in pages:
        page.goto(home + path)
        wrong += violations(page, path)
        page.set_viewport_size({"width": 320, "height": 800})
        wrong += misfits(page, path)
        page.set_viewport_size({"width": 390, "height": 800})
    assert not wrong, "\n".join(wrong)
