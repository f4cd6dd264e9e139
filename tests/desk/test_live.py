"""A page that is open shows what somebody else does, and leaves what is being typed alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from onorder.desk.rights import Role


@pytest.mark.both_databases
def test_what_somebody_else_sells_appears(lasting_shop, opens, hurried):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    page = opens("/queue")
    expect(page.locator("tbody tr")).to_have_count(1)
    lasting_shop.order({"TEA": 3})
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator(".side [aria-current] .count")).to_have_text(re.compile("[25]"))


def test_the_focus_stays_where_it_was(lasting_shop, opens, hurried):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    page = opens("/buffers")
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text("ACME Ltd")
    lasting_shop.order({"TEA": 3})
    expect(page.locator(".buffer-bar .words")).to_contain_text("5 units")
    expect(page.locator(":focus")).to_have_text("ACME Ltd")


def test_an_open_dialog_keeps_the_page_and_what_is_typed(lasting_shop, opens, hurried):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    page = opens("/buffers")
    page.get_by_role("link", name="Hold…").click()
    page.get_by_label("Why").fill("stocktaking")
    lasting_shop.order({"TEA": 3})
    page.wait_for_timeout(800)
    expect(page.get_by_label("Why")).to_have_value("stocktaking")
    expect(page.locator(".buffer-bar .words").first).to_contain_text("2 units")
    page.keyboard.press("Escape")
    expect(page.locator(".buffer-bar .words")).to_contain_text("5 units")
    expect(page.get_by_role("link", name="Hold…")).to_be_focused()


def test_who_counts_what_appears_and_goes_when_it_is_booked(lasting_shop, opens, hurried):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 5})
    lasting_shop.raises()
    page, dock = opens("/receiving"), opens("/receiving/PO-1", role=Role.WAREHOUSE)
    page.locator("#code").fill("half a co")
    dock.get_by_label("Good units of Tea").fill("3")
    expect(page.locator(".due")).to_contain_text("warehouse is counting: 3 units so far")
    dock.get_by_label("Good units of Tea").fill("4")
    expect(page.locator(".due")).to_contain_text("warehouse is counting: 4 units so far")
    dock.get_by_role("button", name="Book what is counted").click()
    expect(page.locator(".due")).not_to_contain_text("counting")
    expect(page.locator(".due")).to_contain_text("1")
    expect(page.locator("#code")).to_have_value("half a co")
