"""At the dock, in real browsers: a scanner, a phone's camera, two people and two devices on one purchase order."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from onorder.desk.rights import Role
from onorder.models import Counting, Receipt
from tests.desk.barcodes import barcode, jpeg


@pytest.fixture(autouse=True)
def hurried(browser, monkeypatch):
    """The page looks five times a second for what others do."""
    from onorder.desk import counting

    original = counting.render

    def faster(request, template, context=None, status=None):
        answer = original(request, template, context, status=status)
        answer.content = answer.content.replace(b"data-meanwhile=", b'data-seconds="0.2" data-meanwhile=')
        return answer

    monkeypatch.setattr(counting, "render", faster)


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


AS_A_SCANNER = """(code) => {
  for (const key of [...code, "Enter"])
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}"""


def scans(page, code):
    """As a scanner types, the focus being nowhere: all at once, and then Enter, however busy the machine is."""
    page.evaluate(AS_A_SCANNER, code)


def good(page, sku):
    return page.locator(f"input[name='good:{sku}']")


def test_keys_that_come_as_a_scanners_do_count(page):
    """Real keys; on a machine that is too busy to type like a scanner they are typed again."""
    for _ in range(20):
        page.keyboard.type("tea", delay=2)
        page.keyboard.press("Enter")
        if good(page, "TEA").input_value():
            break
    expect(good(page, "TEA")).to_have_value("1")


def test_only_what_was_counted_beyond_what_is_to_come_stands_out(page, lasting_shop):
    lasting_shop.receives("PO-1", {"POT": 1})
    page.reload()
    pot = page.locator("[data-line='POT']")
    expect(pot).to_have_class("is-all")
    good(page, "POT").fill("1")
    expect(pot).to_have_class(re.compile("is-over"))
    good(page, "POT").fill("")
    expect(pot).not_to_have_class(re.compile("is-over"))


def test_slow_keys_are_no_scan(page):
    page.keyboard.type("tea", delay=200)
    page.keyboard.press("Enter")
    expect(good(page, "TEA")).to_have_value("")


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
    said_offline = ("ERR_INTERNET_DISCONNECTED", "422", "htmx:")
    opens.wrong[:] = [said for said in opens.wrong if not any(mark in said for mark in said_offline)]


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
    page.locator("[data-line=POT] summary").click()
    page.get_by_label("Why POT is rejected").focus()
    page.keyboard.type("tea", delay=2)
    expect(page.get_by_label("Why POT is rejected")).to_have_value("tea")
    expect(good(page, "TEA")).to_have_value("")


@pytest.mark.both_databases
def test_a_double_click_and_a_second_window_book_once(page, opens):
    scans(page, "TEA")
    page.wait_for_timeout(400)
    second, third = page.context.new_page(), page.context.new_page()
    second.route("**/meanwhile*", lambda asked: asked.abort())  # It does not hear of the other one.
    for window in (second, third):
        window.goto(page.url)
        expect(good(window, "TEA")).to_have_value("1")
    page.get_by_role("button", name="Book what is counted").dblclick(no_wait_after=True)
    expect(page.get_by_role("status")).to_contain_text("1 unit is booked.")
    second.get_by_role("button", name="Book what is counted").click()
    expect(second.get_by_role("status")).to_contain_text("1 unit is booked.")
    expect(note(third)).to_contain_text("Your 1 unit is booked.")
    expect(good(third, "TEA")).to_have_value("")
    assert Receipt.objects.count() == 1


def test_two_windows_of_one_browser_show_one_count(page):
    scans(page, "TEA")
    second = page.context.new_page()
    second.goto(page.url)
    second.locator("h1").click()
    scans(second, "TEA")
    expect(good(page, "TEA")).to_have_value("2")
    scans(page, "POT")
    expect(good(second, "POT")).to_have_value("1")


def test_by_hand_without_script(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    lasting_shop.raises()
    page = opens("/receiving/PO-1", role=Role.WAREHOUSE, script=False)
    page.get_by_label("Good units of Tea").fill("2")
    page.get_by_role("button", name="Book what is counted").click()
    expect(page.get_by_role("status")).to_contain_text("2 units are booked.")


# Two people.


@pytest.fixture
def ben(page, opens):
    """Somebody else, on the same purchase order."""
    return opened(opens, Role.BUYER)


def opened(opens, role):
    found = opens("/receiving/PO-1", role=role, width=390, height=844)
    found.locator("h1").click()
    return found


def books(page):
    page.get_by_role("button", name="Book what is counted").click()
    expect(page.get_by_role("status")).to_contain_text("booked.")


def note(page):
    return page.locator("#since [data-receipt]")


def test_two_people_see_each_other_count(page, ben):
    for _ in range(3):
        scans(page, "TEA")
    expect(ben.locator("#meanwhile")).to_contain_text("warehouse counts this order, too: 3 units so far.")
    scans(ben, "POT")
    expect(page.locator("#meanwhile")).to_contain_text("buyer counts this order, too: 1 unit so far.")
    expect(good(page, "POT")).to_have_value("")


def test_what_another_books_while_i_type_is_told_at_once_and_my_typing_stays(page, ben):
    scans(ben, "TEA")
    ben.locator("[data-line=POT] summary").click()
    ben.get_by_label("Why POT is rejected").fill("crus")
    for _ in range(2):
        scans(page, "TEA")
    books(page)
    expect(note(ben)).to_contain_text("warehouse booked 2 units of this order just now.")
    expect(note(ben)).to_contain_text("2 × Tea TEA")
    expect(ben.locator("[data-line=TEA] .of")).to_have_text("of 12")
    expect(ben.locator("#to-come")).to_have_text("13 units to come")
    expect(good(ben, "TEA")).to_have_value("1")
    expect(ben.get_by_label("Why POT is rejected")).to_be_focused()
    ben.keyboard.type("hed")
    expect(ben.get_by_label("Why POT is rejected")).to_have_value("crushed")
    ben.wait_for_timeout(600)
    expect(note(ben)).to_be_visible()  # It stays until it is answered.
    note(ben).get_by_role("button", name="Leave my count as it is").click()
    expect(note(ben)).to_have_count(0)
    books(ben)
    assert sorted(Receipt.objects.values_list("by", "lines__accepted")) == [("buyer", 1), ("warehouse", 2)]


def test_what_both_counted_is_taken_off(page, ben):
    for _ in range(3):
        scans(ben, "TEA")
    for _ in range(2):
        scans(page, "TEA")
    books(page)
    note(ben).get_by_role("button", name="Take them off my count").click()
    expect(good(ben, "TEA")).to_have_value("1")
    books(ben)
    assert sum(Receipt.objects.values_list("lines__accepted", flat=True)) == 3


def test_what_another_books_while_my_phone_sleeps_is_told_when_it_wakes(page, ben):
    scans(ben, "POT")
    expect(page.locator("#meanwhile")).to_contain_text("buyer counts this order, too")
    ben.goto("about:blank")
    scans(page, "TEA")
    books(page)
    ben.go_back()
    expect(good(ben, "POT")).to_have_value("1")
    expect(note(ben)).to_contain_text("warehouse booked 1 unit of this order just now.")
    books(ben)


# Two devices of one person.


@pytest.mark.both_databases
def test_a_count_goes_on_on_another_device(page, opens):
    for _ in range(3):
        scans(page, "TEA")
    expect(page.locator("#counted")).to_contain_text("3 of 15 counted")
    tablet = opened(opens, Role.WAREHOUSE)
    expect(good(tablet, "TEA")).to_have_value("3")
    expect(tablet.locator("#elsewhere")).to_contain_text("You counted 3 units on another device just now.")
    scans(tablet, "TEA")  # Who goes on counting goes on with them.
    expect(tablet.locator("#elsewhere")).to_be_hidden()
    expect(page.locator("#elsewhere")).to_contain_text("You counted 4 units on another device just now.")
    expect(good(page, "TEA")).to_have_value("3")  # Unasked, nothing changes here.
    page.get_by_role("button", name="Go on with them").click()
    expect(good(page, "TEA")).to_have_value("4")
    expect(page.locator("#elsewhere")).to_be_hidden()


@pytest.mark.parametrize("pause", [0, 700])  # In which the other page sees that nothing is counted there.
def test_or_it_begins_again_there(page, opens, pause):
    scans(page, "TEA")
    expect(page.locator("#counted")).to_contain_text("1 of 15 counted")
    tablet = opened(opens, Role.WAREHOUSE)
    tablet.get_by_role("button", name="Start again").click()
    expect(good(tablet, "TEA")).to_have_value("")
    tablet.wait_for_timeout(pause)
    scans(tablet, "POT")
    expect(tablet.locator("#counted")).to_contain_text("1 of 15 counted")
    page.get_by_role("button", name="Keep what is counted here").click()
    page.wait_for_timeout(600)
    assert Counting.objects.get().counts == {"TEA": [1, 0, ""]}
    expect(good(page, "TEA")).to_have_value("1")


def test_what_i_booked_on_another_device_is_booked_once(page, opens):
    scans(page, "TEA")
    expect(page.locator("#counted")).to_contain_text("1 of 15 counted")
    tablet = opened(opens, Role.WAREHOUSE)
    expect(good(tablet, "TEA")).to_have_value("1")
    books(tablet)
    expect(note(page)).to_contain_text("Your 1 unit is booked.")
    expect(good(page, "TEA")).to_have_value("")
    assert not Counting.objects.exists()


#: The network is so slow that what others do is asked for again before the last answer is there.
SLOWLY = """window.fetch = (fetch => async (address, ...how) => {
  const answer = await fetch(address, ...how);
  if (String(address).includes("/meanwhile")) await new Promise(done => setTimeout(done, 700));
  return answer;
})(window.fetch)"""


@pytest.mark.parametrize("network", ["", SLOWLY], ids=["quickly", "slowly"])
def test_after_booking_the_next_count_begins_at_nothing(page, network):
    scans(page, "TEA")
    books(page)
    page.add_init_script(network)
    page.get_by_role("link", name="Go on counting").click()
    expect(page.locator("#to-come")).to_have_text("14 units to come")
    page.wait_for_timeout(1_500 if network else 500)
    expect(good(page, "TEA")).to_have_value("")
    expect(note(page)).to_have_count(0)
    assert not Counting.objects.filter(counts__has_key="TEA").exists()


def test_offline_and_back_the_draft_follows_and_nothing_counts_twice(page):
    scans(page, "TEA")
    expect(page.locator("#counted")).to_contain_text("1 of 15 counted")
    page.context.set_offline(True)
    for _ in range(4):
        scans(page, "TEA")
    page.wait_for_timeout(500)
    assert Counting.objects.get().counts == {"TEA": [1, 0, ""]}
    page.context.set_offline(False)
    expect(page.locator("#counted")).to_contain_text("5 of 15 counted")
    assert Counting.objects.get().counts == {"TEA": [5, 0, ""]}
    page.reload()
    expect(good(page, "TEA")).to_have_value("5")
    expect(page.locator("#elsewhere")).to_be_hidden()


def test_what_a_scan_elsewhere_opened_is_counted_once(page):
    scans(page, "TEA")
    page.goto(page.url + "?count=TEA")
    expect(good(page, "TEA")).to_have_value("2")
    page.reload()
    expect(good(page, "TEA")).to_have_value("2")


# A phone's camera.


def shows(page, picture):
    page.locator("#photo").set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture})


def test_a_photo_counts_like_a_scan(page):
    for units in ("1", "2"):
        shows(page, jpeg(barcode("TEA", "Code128", scale=12), 3))
        expect(good(page, "TEA")).to_have_value(units)
    expect(page.locator("#counted strong")).to_have_text("2")


def test_a_photo_is_small_when_it_is_sent(page):
    sent = []
    page.on(
        "request",
        lambda asked: sent.append(int(asked.headers.get("content-length", 0))) if "photo" in asked.url else None,
    )
    large = jpeg(barcode("TEA", "Code128", scale=40), 1)
    shows(page, large)
    expect(good(page, "TEA")).to_have_value("1")
    assert len(sent) == 1 and sent[0] < len(large) / 2


def test_a_photo_without_a_barcode_says_what_to_do(page):
    from PIL import Image

    shows(page, jpeg(Image.new("L", (800, 600), 180)))
    expect(page.locator("#code-help")).to_contain_text("Go closer, hold the phone straight and still")
    expect(good(page, "TEA")).to_have_value("")


def test_a_photo_on_the_list_opens_the_purchase_order(page):
    page.goto(page.url.removesuffix("/PO-1"))
    shows(page, jpeg(barcode("POT", "Code128")))
    expect(good(page, "POT")).to_have_value("1")
    expect(page).to_have_url(re.compile("/receiving/PO-1$"))


def test_a_scan_on_the_list_opens_it_wherever_the_focus_is(page):
    page.goto(page.url.removesuffix("/PO-1"))
    page.locator("h1").click()
    scans(page, "TEA")
    expect(good(page, "TEA")).to_have_value("1")


# Goods that nobody ordered.


@pytest.fixture
def unordered(page):
    page.goto(page.url.replace("PO-1", "blind"))
    page.locator("h1").click()
    return page


def rows(page):
    pairs = page.locator(".pair").evaluate_all(
        "rows => rows.map(r => [...r.querySelectorAll('input')].map(i => i.value))"
    )
    return [tuple(pair) for pair in pairs if pair[0]]


def test_a_scan_adds_a_row_or_counts_up(unordered, lasting_shop):
    from onorder.actions import catalog

    catalog.attach_barcode("MUG", "4006381333931", by="wendy", now=lasting_shop.now)
    for code in ("MUG", "tea", "MUG", "4006381333931", "POT", "TEA"):
        scans(unordered, code)
    expect(unordered.locator("#sum")).to_have_text("6")
    expect(unordered.locator(".pair").first).to_contain_text("Mug")
    unordered.wait_for_timeout(300)
    assert sorted(rows(unordered)) == [("MUG", "3"), ("POT", "1"), ("TEA", "2")]
    shows(unordered, jpeg(barcode("4006381333931")))
    expect(unordered.locator("#counted")).to_contain_text("4 Mug")
    unordered.get_by_role("button", name="Book it").click()
    expect(unordered.get_by_role("status")).to_contain_text("7 units are booked.")


def test_more_things_than_rows_and_an_unknown_one(unordered, lasting_shop):
    for number in range(7):
        lasting_shop.sells(f"CUP-{number}")
        scans(unordered, f"CUP-{number}")
    expect(unordered.locator(".pair")).to_have_count(7)
    scans(unordered, "zebra")
    expect(unordered.locator(".pair.wrong")).to_contain_text("Nothing is called zebra.")
    assert len(rows(unordered)) == 8
