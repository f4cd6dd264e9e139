"""One order from the first look to the last parcel, by its customer's own pages and mails, on a phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from onorder import working
from onorder.actions import payments, return_decisions
from onorder.actions.answers import Said
from onorder.actions.shop import PaymentWays, set_payment_ways
from onorder.models import Order, Return, Shop
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ReturnOutcome
from tests.looking import misfits, wrong_with
from tests.store.conftest import open_store
from tests.store.test_checkout import fills_in

HOME = re.compile(r"https?://[^/\s]+(/\S+)")


class Customer:
    """Somebody with a phone, who reads mails and follows what is in them."""

    def __init__(self, page, *, script):
        self.page, self.script = page, script
        self.home = re.match(r"https?://[^/]+", page.url)[0]

    def looks(self):
        """Every page on the way fits, and can be read by everybody."""
        look = wrong_with if self.script else misfits  # axe is a script.
        assert look(self.page, self.page.url) == []

    def opens(self, path):
        self.page.goto(self.home + path)
        self.looks()

    def clicks(self, name, role="button"):
        with self.page.expect_navigation():  # Whatever she presses leads to another page.
            self.page.get_by_role(role, name=name).first.click()
        self.looks()

    def reads(self, *texts):
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)

    def follows(self, subject):
        """The newest mail that says so; its link is opened."""
        letter = next(one for one in reversed(mail.outbox) if subject in one.subject)
        self.opens(HOME.search(letter.body)[1])
        return letter.body


@pytest.fixture
def shop(lasting_shop, live_server, settings, monkeypatch):
    settings.PUBLIC_URL = live_server.url
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(timezone, "now", lambda: lasting_shop.now)
    american(lasting_shop)
    return lasting_shop


def american(shop):
    """A mug that is here; tea and a jar to wait for, of which a fifth is paid ahead."""
    shop.sells("MUG", here=1, price=1_250)
    shop.supplier("MOSS")
    shop.sells("TEA", price=1_000)
    shop.sells("JAR", supplier="MOSS", price=2_000)
    for sku in ("TEA", "JAR"):
        shop.terms(sku=sku, deposit_basis_points=2_000)
    open_store()
    Shop.objects.update(jurisdiction="US", pace="at_once")
    settings.changed()
    set_payment_ways(PaymentWays(True, "Alice's Ltd\nIBAN GB29 NWBK 6016 1331 9268 19"), by="alice", now=shop.now)


def goes_on(shop, on=None, **later):
    """Time passes, and the worker does what is due."""
    shop.wait(**later)
    if on:
        shop.now = shop.now.replace(year=on.year, month=on.month, day=on.day)
    working.work(shop.now)


def placed():
    return Order.objects.get(channel="store")


def pays(shop, amount, key):
    payments.capture(placed().number, amount, key=key, by="bank", now=shop.now)
    goes_on(shop)


def orders_as_a_guest(ann):
    """One mug, three of the tea and the jar."""
    for slug, units in (("mug", 1), ("tea", 3), ("jar", 1)):
        for _ in range(units):
            ann.opens(f"/p/{slug}")
            ann.clicks(re.compile("^Order, "))
    ann.opens("/basket")
    ann.reads("Ships now", "Ships later")
    ann.clicks("To the order", role="link")
    page = ann.page
    page.get_by_label("In parts").check()
    fills_in(page)
    page.get_by_label("I agree to delivery of what is here by").check()
    ann.clicks("Order and pay")


@pytest.mark.parametrize("script", [True, False])
def test_from_a_mixed_basket_to_a_replacement(shop, opens, script):
    ann = Customer(opens("/c/love", role=None, width=390, height=844, script=script), script=script)

    # She buys, reads what to pay, and pays.
    orders_as_a_guest(ann)
    ann.reads("Thank you, it is ordered", "IBAN GB29", placed().number)
    goes_on(shop)
    letter = ann.follows("thank you")
    assert "IBAN GB29" in letter
    due = 1_250 + 600 + 400 + placed().shipping_minor
    ann.reads(f"£{due / 100:.2f} is to be paid by", "IBAN GB29")
    pays(shop, due, "deposit")
    ann.follows("we have your payment")

    # The mug leaves, the rest is ordered.
    shop.ships(placed().number)
    goes_on(shop)
    ann.follows("a parcel is on its way")
    ann.reads("Mug has left us already", "Sent to you")
    tea, jar = shop.raises("ACME"), shop.raises("MOSS")
    goes_on(shop, days=1)
    ann.follows("on order for you")

    # She wants one tea less; its deposit comes back.
    ann.clicks("Cancel some or all of it", role="link")
    ann.page.get_by_label("Tea").fill("1")
    ann.clicks("See what that does")
    ann.reads("£2.00 goes back to you")
    ann.clicks("Cancel 1 item")
    ann.reads("1 item is cancelled.")
    assert shop.units(placed().number, "TEA") == (2, 0, 0, 1)

    # The jar is late; she says nothing, which is consent to a first short delay, and not to a second one.
    was = shop.line(placed().number, "JAR").promised_on
    shop.answers(jar, Said("JAR"), on=was + timedelta(days=10))
    goes_on(shop)
    ann.follows("it will be later")
    ann.reads("we take it that you are happy to wait until then")
    first = shop.line(placed().number, "JAR").told_on
    goes_on(shop, on=first)
    assert shop.units(placed().number, "JAR") == (1, 0, 0, 0)
    shop.answers(jar, Said("JAR"), on=first + timedelta(days=20))
    goes_on(shop)
    goes_on(shop, on=first + timedelta(days=1))
    letter = ann.follows("it was late")
    assert "We pay back £4.00" in letter
    assert shop.units(placed().number, "JAR") == (0, 0, 0, 1)
    ann.reads("Cancelled")

    # The tea has come: the rest is paid, and it leaves.
    shop.receives(tea, {"TEA": 2})
    goes_on(shop)
    ann.follows("it is here, please pay £16.00")
    ann.reads("To pay now: £16.00", "IBAN GB29")
    pays(shop, 1_600, "rest")
    shop.ships(placed().number)
    goes_on(shop, days=9)
    ann.follows("your parcel is on its way")

    # One of them is broken; she sends it back and gets another one.
    ann.clicks("Send something back", role="link")
    ann.page.get_by_label("Tea").select_option("1")
    ann.page.get_by_label("Why do you send it back?").select_option("faulty")
    ann.page.get_by_label("The same thing again").check()
    ann.clicks("Get the label")
    back = Return.objects.get().number
    ann.reads(back)
    shop.gets_back(back, {"TEA": 1})
    return_decisions.decide(back, "TEA", ReturnOutcome.WRITE_OFF, key="d", by="dora", now=shop.now)
    goes_on(shop)
    ann.follows("again, at no cost")
    shop.receives(tea, {"TEA": 1})  # The one that she did not want comes all the same.
    shop.ships(placed().number)
    goes_on(shop, days=9)
    ann.follows("your parcel is on its way")
    ann.reads("Should be with you")
    assert (placed().captured_minor, placed().refunded_minor) == (due + 1_600, 600)
    assert shop.is_sound()
