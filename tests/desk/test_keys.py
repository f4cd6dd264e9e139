"""The keys: everything is within reach of them, and a second click does nothing twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from onorder.models import PurchaseOrder


@pytest.fixture
def page(lasting_shop, opens):
    for sku in ("TEA", "POT"):
        lasting_shop.sells(sku)
    lasting_shop.order({"TEA": 2, "POT": 1})
    return opens("/queue")


def test_search_and_back(page):
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("j/")
    expect(page.get_by_role("searchbox")).to_have_value("j/")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_from_row_to_row(page):
    for key, row in zip("jjjk", ("Tea", "Pot", "Pot", "Tea"), strict=True):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_text(row)


def test_from_page_to_page(page):
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", level=1)).to_have_text("Buffers")


def test_the_list_of_keys(page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next row, previous row")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_raised_by_keys_and_undone_by_a_key(page):
    page.goto(page.url.replace("/queue", "/buffers"))
    page.get_by_role("button", name="Raise now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("PO-1 is raised")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("PO-1 is taken back")


def test_a_double_click_raises_once(page, live_server):
    page.goto(page.url.replace("/queue", "/buffers"))
    page.get_by_role("button", name="Raise now").dblclick(no_wait_after=True)
    expect(page.get_by_role("status")).to_contain_text("PO-1 is raised")
    assert PurchaseOrder.objects.count() == 1


def test_colours_are_chosen_without_script_and_stay(lasting_shop, opens):
    page = opens("/queue", script=False)
    page.get_by_role("button", name="Dark colours").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="Light colours").click()
    page.get_by_role("button", name="Colours as the system says").click()
    assert page.locator("html").get_attribute("data-theme") is None
