"""A keyboard-wedge scanner at the dock, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from onorder.desk.rights import Role
from onorder.models import Receipt


@pytest.fixture
def page(lasting_shop, opens):
    for sku in ("TEA", "POT"):
        lasting_shop.sells(sku)
    lasting_shop.sells("MUG")
    lasting_shop.order({"TEA": 14, "POT": 1})
    lasting_shop.raises()
    opened = opens("/receiving/PO-1", role=Role.WAREHOUSE, width=390, height=844)
    opened.locator("h1").click()  # The focus is nowhere.
    return opened


def scans(page, code):
    """As a scanner types: at once, and then Enter."""
    page.keyboard.type(code, delay=2)
    page.keyboard.press("Enter")


def good(page, sku):
    return page.locator(f"input[name='good:{sku}']")


def test_a_scan_counts_wherever_the_focus_is(page):
    scans(page, "tea")
    expect(good(page, "TEA")).to_have_value("1")
    expect(page.locator("#counted")).to_contain_text("1 of 15 counted")
    expect(page.locator("#counted strong")).to_have_text("1")


def test_twelve_scans_at_drivers_speed_are_twelve_units(page):
    for _ in range(12):
        scans(page, "TEA")
    expect(good(page, "TEA")).to_have_value("12")
    expect(page.locator("#counted")).to_contain_text("12 of 15 counted")


def test_no_scan_is_lost_without_a_connection(page):
    page.context.set_offline(True)
    for _ in range(3):
        scans(page, "TEA")
    expect(good(page, "TEA")).to_have_value("3")
    page.get_by_role("button", name="Book what is counted").click()
    expect(page.locator("#unknown")).to_contain_text("Your count is kept")
    page.context.set_offline(False)
    page.get_by_role("button", name="Book what is counted").click()
    expect(page.get_by_role("status")).to_contain_text("3 units are booked.")


@pytest.fixture(autouse=True)
def quiet_while_offline(request, opens):
    """Without a connection the browser itself says so; that is no fault of the page."""
    yield
    opens.wrong[:] = [said for said in opens.wrong if "ERR_INTERNET_DISCONNECTED" not in said and "422" not in said]


def test_what_was_counted_is_there_after_a_reload(page):
    for code in ("TEA", "TEA", "POT"):
        scans(page, code)
    page.reload()
    expect(good(page, "TEA")).to_have_value("2")
    expect(good(page, "POT")).to_have_value("1")


def test_the_last_scan_is_undone(page):
    scans(page, "TEA")
    scans(page, "POT")
    page.get_by_role("button", name="Undo the last scan").click()
    expect(good(page, "POT")).to_have_value("")
    expect(good(page, "TEA")).to_have_value("1")


def test_an_unknown_barcode_is_named_once(page):
    scans(page, "4006381333931")
    expect(page.locator("#unknown")).to_contain_text("Nothing is called 4006381333931. Which product is it?")
    page.get_by_label("It is").select_option("POT")
    page.get_by_role("button", name="Note it and count one").click()
    expect(good(page, "POT")).to_have_value("1")
    page.wait_for_load_state()
    page.locator("h1").click()
    scans(page, "4006381333931")
    expect(good(page, "POT")).to_have_value("2")


def test_a_wrong_item_is_sent_where_it_belongs(page, lasting_shop):
    scans(page, "MUG")
    expect(page.locator("#unknown")).to_contain_text("MUG is not on this order.")
    expect(page.locator("#unknown .acts a")).to_have_attribute("href", "/receiving/blind?sku=MUG")


def test_a_field_that_is_typed_in_is_left_alone(page):
    page.locator("details").first.click()
    page.get_by_label("Why TEA is rejected").or_(page.get_by_label("Why POT is rejected")).first.focus()
    page.keyboard.type("tea", delay=2)
    expect(good(page, "TEA")).to_have_value("")


def test_a_double_click_and_a_second_window_book_once(page, opens):
    scans(page, "TEA")
    page.wait_for_timeout(400)
    second = page.context.new_page()
    second.goto(page.url)
    expect(good(second, "TEA")).to_have_value("1")
    page.get_by_role("button", name="Book what is counted").dblclick(no_wait_after=True)
    expect(page.get_by_role("status")).to_contain_text("1 unit is booked.")
    second.get_by_role("button", name="Book what is counted").click()
    expect(second.get_by_role("status")).to_contain_text("1 unit is booked.")
    assert Receipt.objects.count() == 1


def test_by_hand_without_script(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    lasting_shop.raises()
    page = opens("/receiving/PO-1", role=Role.WAREHOUSE, script=False)
    page.get_by_label("Good units of Tea").fill("2")
    page.get_by_role("button", name="Book what is counted").click()
    expect(page.get_by_role("status")).to_contain_text("2 units are booked.")
