"""The whole main job by keyboard alone: from an empty shop to a parcel that has left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from onorder.actions import purchasing
from onorder.desk.rights import Role
from onorder.queries import invariants
from tests.desk.scanner import scans

NAME = """() => {
  const e = document.activeElement;
  const labels = [...(e.labels || [])].map(label => label.innerText).join(' ');
  return (e.getAttribute('aria-label') || labels || e.innerText || '').trim();
}"""


class Keyboard:
    """Somebody without a mouse: everything is reached by Tab and the keys of the desk."""

    def __init__(self, page):
        self.page = page

    def goes(self, letter):
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("g")
        with self.page.expect_navigation():
            self.page.keyboard.press(letter)

    def to(self, name):
        for _ in range(120):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(NAME).startswith(name):
                return
        raise AssertionError(f"Tab does not lead to {name!r}")

    def presses(self, name):
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def writes(self, **fields):
        for label, text in fields.items():
            self.to(label.replace("_", " "))
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)

    def sends(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Control+Enter")

    def is_told(self, said):
        expect(self.page.get_by_role("status")).to_contain_text(said)


@pytest.mark.both_databases
def test_from_an_empty_shop_to_a_parcel_that_has_left(lasting_shop, opens):
    page = opens("/", role=Role.OWNER)
    alice = Keyboard(page)
    expect(page.locator("main")).to_contain_text("Nobody has ordered yet.")

    alice.goes("s")
    alice.presses("Add a supplier")
    alice.writes(Code="TAN", Name="Tannery Lane")
    alice.to("E-mail")
    page.keyboard.type("orders@tannery.example")
    alice.to("Stated lead time")
    page.keyboard.type("6")
    alice.sends()
    alice.is_told("Tannery Lane is there.")

    alice.goes("c")
    alice.presses("Add a product")
    alice.writes(SKU="BAG", Product="Satchel", Price="89.00")
    alice.to("Supplier")
    page.keyboard.type("Tannery")
    alice.writes(Unit_cost="42.00")
    alice.sends()
    alice.is_told("BAG is sold from now on.")

    alice.goes("o")
    alice.presses("Take an order")
    alice.to("Customer's e-mail")
    page.keyboard.type("ann@mail.example")
    alice.to("SKU 1")
    page.keyboard.type("bag".upper())
    alice.writes(Units_of_it="2")
    expect(page.locator("#effects")).to_contain_text("BAG: 2 to come, by")
    alice.sends()
    alice.is_told("All of it ships by")

    alice.goes("b")
    alice.presses("Raise now")
    alice.is_told("is raised: 2 units.")
    purchasing.send("PO-1", by="worker", now=lasting_shop.now)  # Its minutes to undo are over.

    alice.goes("p")
    alice.presses("PO-1")
    alice.presses("Record the answer")
    alice.sends()
    expect(page.locator("h1")).to_contain_text("PO-1")

    alice.goes("r")
    expect(page.get_by_label("Scan or type anything")).to_be_visible()
    page.get_by_label("Scan or type anything").focus()
    page.keyboard.type("PO-1")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Receive")
    page.wait_for_load_state()
    page.locator("#main").focus()
    for _ in range(2):
        scans(page, "bag")
    expect(page.locator("#counted")).to_contain_text("2 of 2 counted, completes 1 order")
    alice.presses("Book what is counted")
    alice.is_told("2 units are booked.")

    alice.presses("Pack it")
    expect(page.locator("h1")).to_have_text("Parcels")
    alice.to("Tracking number of")
    page.keyboard.type("RM123")
    alice.presses("Ship")
    alice.is_told("1 parcel has left: 2 units.")

    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ann@mail.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*")
    page.wait_for_load_state()
    alice.presses("#")
    for happened in ("Ordered", "2 units ordered from suppliers", "2 units arrived for it", "A parcel left"):
        expect(page.locator("section[aria-labelledby=happened]")).to_contain_text(happened)
    assert list(invariants.broken()) == []
