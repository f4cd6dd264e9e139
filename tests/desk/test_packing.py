"""Packing one parcel at a time: with a scanner in a real browser, and by hand without script."""

from __future__ import annotations

from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from onorder.actions import catalog, orders, shipping
from onorder.desk.parcels import Picked
from onorder.desk.rights import Role
from onorder.models import Packing, Shipment
from tests.desk.scanner import scans


def stock(shop):
    """SO-1 waits for tea, and could leave with two mugs and a pot; SO-2 with a pot, SO-3 with a mug."""
    shop.sells("MUG", here=3)
    shop.sells("POT", here=2)
    shop.sells("TEA")
    pot = catalog.NewVariant("POT", "pot", "Pot", 500, "GBP", barcode="4006381333931")
    catalog.put_variants([pot], by="alice", now=shop.now)
    shop.order({"MUG": 2, "POT": 1, "TEA": 1}, address="1 Quay Street\nWhitby")
    shop.order({"POT": 1})
    shop.order({"MUG": 1})
    return shop


@pytest.fixture
def bench(shop):
    return stock(shop)


@pytest.fixture
def wendy(log_in):
    return log_in(Role.WAREHOUSE)


@pytest.fixture
def page(lasting_shop, opens):
    stock(lasting_shop)
    opened = opens("/parcels/SO-1", role=Role.WAREHOUSE, width=390, height=844)
    opened.locator("h1").click(position={"x": 1, "y": 1})  # The focus is nowhere.
    return opened


def left():
    return list(Shipment.objects.order_by("pk").values_list("order__number", "carrier", "tracking"))


# With a scanner.


def test_two_parcels_are_packed_by_scanning_alone(page):
    for code in ("mug", "MUG", "4006381333931"):
        scans(page, code)
    expect(page.locator("#said")).to_contain_text("3 of 3 units packed Everything is in.")
    scans(page, "JD000212345")
    expect(page.get_by_label("Tracking number")).to_have_value("JD000212345")
    assert left() == []
    page.wait_for_timeout(350)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("#SO-1 has left: 3 units.")
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    scans(page, "POT")
    expect(page.locator("#said")).to_contain_text("Everything is in.")
    for _ in range(2):  # The same label twice: there is no need for a key.
        scans(page, "JD000212346")
        page.wait_for_timeout(300)
    expect(page.locator("h1")).to_have_text("Pack #SO-3")
    assert left() == [("SO-1", "", "JD000212345"), ("SO-2", "", "JD000212346")]


def test_packed_by_scanning_it_waits_for_the_carrier(page):
    for code in ("mug", "MUG"):
        scans(page, code)
    page.get_by_role("button", name="Packed, the carrier comes later").click()
    expect(page.get_by_role("alert")).to_have_text("Not in it yet: 1 × Pot")
    scans(page, "POT")
    page.get_by_role("button", name="Packed, the carrier comes later").click()
    expect(page.get_by_role("status")).to_contain_text("#SO-1 is packed: 3 units.")
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    page.goto(page.url.replace("SO-2", "SO-1"))
    page.get_by_label("Tracking number").fill("JD 7")
    page.get_by_role("button", name="The carrier has it").click()
    expect(page.get_by_role("status")).to_contain_text("1 parcel has left: 3 units.")
    assert left() == [("SO-1", "", "JD 7")]


def test_a_wrong_item_is_said_loudly_and_not_counted(page):
    scans(page, "MUG")
    scans(page, "TEA")
    expect(page.get_by_role("alert")).to_have_text("Not in this parcel: Tea")
    scans(page, "12345")
    expect(page.get_by_role("alert")).to_have_text("Not in this parcel: 12345")
    expect(page.locator("#said strong")).to_have_text("1")
    scans(page, "MUG")
    expect(page.locator("#wrong")).to_be_hidden()


def test_one_too_many_is_said_and_not_counted(page):
    for _ in range(3):
        scans(page, "MUG")
    expect(page.get_by_role("alert")).to_have_text("One too many: Mug. All 2 are in.")
    expect(page.locator("#said strong")).to_have_text("2")


def test_a_product_is_no_tracking_number_and_neither_is_a_slip(page):
    for code in ("MUG", "MUG", "POT", "TEA"):
        scans(page, code)
    expect(page.get_by_role("alert")).to_have_text("Not in this parcel: Tea")
    scans(page, "SO-2")
    expect(page.get_by_role("alert")).to_contain_text("That is the slip of #SO-2.")
    expect(page.get_by_label("Tracking number")).to_have_value("")
    page.get_by_role("link", name="Open it").click()
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    assert left() == []


def test_nothing_leaves_before_everything_is_in(page):
    scans(page, "MUG")
    page.get_by_role("button", name="Ship 3 units").click()
    expect(page.get_by_role("alert")).to_have_text("Not in it yet: 1 × Mug, 1 × Pot")
    assert left() == []


def test_the_second_line_end_of_a_scanner_ships_nothing(page):
    for code in ("MUG", "MUG", "POT"):
        scans(page, code, line_ends=2)
    expect(page.locator("#said")).to_contain_text("Everything is in.")
    page.wait_for_timeout(400)
    assert left() == []


def test_a_tick_stands_for_all_of_them_and_a_scan_works_after_it(page):
    page.get_by_role("checkbox", name="Mug").check()
    expect(page.locator("#said strong")).to_have_text("2")
    scans(page, "POT")  # The focus is on the box.
    expect(page.locator("#said strong")).to_have_text("3")
    page.get_by_role("checkbox", name="Mug").uncheck()
    expect(page.locator("#said strong")).to_have_text("1")


def test_a_number_is_typed_where_the_codes_were(page):
    page.get_by_label("Scan or type each unit").fill("mug")
    page.keyboard.press("Enter")
    expect(page.locator("#said strong")).to_have_text("1")
    for code in ("MUG", "POT"):
        scans(page, code)
    page.get_by_label("Tracking number").press_sequentially("JD 1", delay=60)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    assert left() == [("SO-1", "", "JD 1")]


def test_what_was_packed_is_there_after_a_reload(page):
    scans(page, "MUG")
    page.reload()
    expect(page.locator("#said strong")).to_have_text("1")


def test_a_scan_on_parcels_opens_the_oldest_with_it_and_counts_it(page):
    page.goto(page.url.replace("/parcels/SO-1", "/parcels"))
    page.locator("h1").click()
    scans(page, "4006381333931")
    expect(page.locator("h1")).to_have_text("Pack #SO-1")
    expect(page.locator("#said strong")).to_have_text("1")
    page.go_back()
    page.locator("h1").click()
    scans(page, "so-2")
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    expect(page.locator("#said strong")).to_have_text("0")


# By hand.


def test_by_hand_without_script(lasting_shop, opens):
    stock(lasting_shop)
    page = opens("/parcels/SO-1", role=Role.WAREHOUSE, script=False)
    page.get_by_role("checkbox", name="Mug").check()
    page.get_by_label("Tracking number").fill("RM1")
    page.get_by_role("button", name="Ship 3 units").click()
    expect(page.get_by_role("alert")).to_contain_text("Not ticked yet, so nothing has left: 1 × Pot.")
    expect(page.get_by_role("checkbox", name="Mug")).to_be_checked()
    page.get_by_role("checkbox", name="Pot").check()
    page.get_by_label("Carrier").fill("Post")
    page.get_by_role("button", name="Ship 3 units").click()
    expect(page.locator("h1")).to_have_text("Pack #SO-2")
    expect(page.get_by_label("Carrier")).to_have_value("Post")  # It takes the next one, too.
    assert left() == [("SO-1", "Post", "RM1")]


@pytest.fixture(autouse=True)
def refused_forms_are_no_fault(opens):
    yield
    opens.wrong[:] = [said for said in opens.wrong if "422" not in said]


# What is shown, and what leads on.


def packs(client, number, query="", **units):
    form = {f"of:{sku}": few for sku, few in units.items()} | {"packed": list(units)}
    return client.post(f"/parcels/{number}/ship{query}", form)


def test_where_it_goes_what_is_in_it_and_what_follows(bench, wendy, text):
    page = text(wendy, "/parcels/SO-1")
    assert "Buyer of SO-1 1 Quay Street Whitby" in page
    assert "0 of 3 units packed" in page
    assert "Mug MUG 0 of 2" in page
    assert "Tea" not in page and "1 unit of this order follows later." in page
    assert "Next: #SO-2, 1 unit" in page
    assert text(wendy, "/parcels/SO-1?count=MUG").count("1 of") == 2


def test_the_next_one_follows_the_filters(bench, wendy, text):
    assert "Next: #SO-3, 1 unit" in text(wendy, "/parcels/SO-2?show=complete")
    assert "Next: #SO-2, 1 unit" in text(wendy, "/parcels/SO-3?show=complete")  # The one that was left out.
    assert "This is the last parcel." in text(wendy, "/parcels/SO-1?show=parts")
    assert 'href="/parcels/SO-3?show=complete"' in wendy.get("/parcels/SO-2?show=complete").content.decode()
    answer = packs(wendy, "SO-2", "?show=complete", POT=1)
    assert answer["Location"] == "/parcels/SO-3?show=complete"
    answer = packs(wendy, "SO-3", "?show=complete", MUG=1)
    assert answer["Location"] == "/parcels?show=complete"
    assert "That was the last one." in text(wendy, "/parcels?show=complete")


def test_of_those_that_a_delivery_served_the_next(bench, wendy, text):
    for number in ("SO-4", "SO-5"):
        bench.order({"TEA": 1}, number=number)
    receipt = bench.receives(bench.raises(), {"TEA": 3}).receipt
    page = text(wendy, f"/parcels/SO-1?receipt={receipt}")
    assert "Next: #SO-4, 1 unit" in page
    answer = packs(wendy, "SO-4", f"?receipt={receipt}", TEA=1)
    assert answer["Location"] == f"/parcels/SO-5?receipt={receipt}"


def test_what_changed_meanwhile_does_not_leave_unseen(bench, wendy):
    bench.cancels("SO-1", {"MUG": 1})
    packs(wendy, "SO-1", MUG=2, POT=1)
    assert "that is 1 × MUG, 1 × POT" in wendy.get("/parcels").content.decode()
    assert left() == []


def test_packed_by_hand_it_waits_can_be_opened_and_leaves(bench, wendy, text):
    form = {"packed": ["POT"], "of:POT": "1", "carrier": "Post", "tracking": "JD 1"}
    said = wendy.post("/parcels/SO-2/wait", form | {"packed": []}).content.decode()
    assert "Not ticked yet, so nothing has left: 1 × Pot." in said and not Packing.objects.exists()
    answer = wendy.post("/parcels/SO-2/wait", form, follow=True)
    assert "#SO-2 is packed: 1 unit." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/parcels/SO-3"
    assert 'action="/parcels/SO-2/unpack"' in answer.content.decode()  # Undo.
    page = text(wendy, "/parcels/SO-2")
    assert "It is packed: 1 unit. It waits for its carrier." in page and "The carrier has it" in page
    assert "A parcel of it is packed, and waits for its carrier." in text(wendy, "/orders/SO-2")
    said = wendy.post("/parcels/SO-2/unpack", follow=True).content.decode()
    assert "The parcel of #SO-2 is open again." in said and "Ship 1 unit" in said
    wendy.post("/parcels/SO-2/wait", form)
    wendy.post("/parcels/ship", {"one": "SO-2"})
    assert left() == [("SO-2", "Post", "JD 1")]
    assert "It has left already" in text(wendy, "/parcels/SO-2")


def test_one_that_was_packed_and_is_wrong_now_is_packed_anew(bench, wendy, text):
    wendy.post("/parcels/SO-1/wait", {"packed": ["MUG", "POT"], "of:MUG": "2", "of:POT": "1"})
    bench.cancels("SO-1", {"MUG": 1})
    page = text(wendy, "/parcels/SO-1")
    assert "It was packed, and something else may go now." in page and "Ship 2 units" in page
    again = {"packed": ["MUG", "POT"], "of:MUG": "1", "of:POT": "1"}
    assert "#SO-1 is packed: 2 units." in wendy.post("/parcels/SO-1/wait", again, follow=True).content.decode()
    orders.send_elsewhere("SO-1", "12 New Lane", by="dora", now=bench.now)
    assert "It was packed for another address." in text(wendy, "/parcels/SO-1")
    bench.cancels("SO-1")
    page = text(wendy, "/parcels/SO-1")
    assert "It cannot leave as it is." in page and "Open it again" in page and "The carrier has it" not in page


def test_why_a_parcel_is_not_there(bench, wendy, text):
    bench.ships("SO-3")
    assert "It has left already, as SH-" in text(wendy, "/parcels/SO-3")
    bench.order({"TEA": 2}, number="SO-4")
    assert "Nothing of it may go now. 2 units are still waited for." in text(wendy, "/parcels/SO-4")
    shipping.hold("SO-1", "address in doubt", by="dora", now=bench.now)
    page = text(wendy, "/parcels/SO-1")
    assert "Held: address in doubt." in page and "Release" in page
    assert "Next: #SO-2, 1 unit" in page
    bench.order({"MUG": 1}, number="SO-5")
    bench.cancels("SO-5")
    assert "Nothing of it is left to be sent." in text(wendy, "/parcels/SO-5")
    assert wendy.get("/parcels/NO").status_code == 404


def test_a_code_on_parcels_that_opens_nothing_says_why(bench, wendy, text):
    assert "Nothing is called zebra: no order, and no product." in text(wendy, "/parcels?code=zebra")
    assert "No parcel here has TEA in it." in text(wendy, "/parcels?code=tea")
    assert "No parcel here has MUG in it." in text(wendy, "/parcels?code=MUG&receipt=1")
    assert wendy.get("/parcels?code=%23so-2")["Location"] == "/parcels/SO-2"
    assert wendy.get("/parcels?code=mug&show=complete")["Location"] == "/parcels/SO-3?show=complete&count=MUG"


def test_whoever_only_looks_is_offered_nothing_to_pack(bench, log_in):
    page = log_in(Role.READER).get("/parcels").content.decode()
    assert "/parcels/SO-1" not in page and 'id="find"' not in page


# On paper.


def test_a_slip_a_page_after_a_pick_list_of_one_walk(lasting_shop, opens):
    stock(lasting_shop)
    for sku in ("A-10", "A-9"):
        lasting_shop.sells(sku, here=2)
    lasting_shop.order({"A-10": 1, "A-9": 2})
    page = opens("/parcels/paper", role=Role.WAREHOUSE)
    pages = [" ".join(one.extract_text().split()) for one in PdfReader(BytesIO(page.pdf(format="A4"))).pages]
    assert len(pages) == 5
    assert "Pick list For 4 parcels" in pages[0]
    places = [pages[0].index(of) for of in ("A-9 A-9 2 #SO-4 × 2", "A-10 A-10 1 #SO-4", "MUG Mug 3 #SO-1 × 2, #SO-3")]
    assert places == sorted(places)
    assert pages[0].count("MUG") == 1  # Each product is walked to once.
    for number, slip in zip(("SO-1", "SO-2", "SO-3", "SO-4"), pages[1:], strict=True):
        assert f"Packing slip, order #{number}" in slip
    assert "Whitby" in pages[1] and "Follows 1 × Tea" in pages[1]
    assert page.locator(".slip svg.qr").count() == 4
    assert page.get_by_role("img", name="Code of order #SO-1").count() == 1


def test_a_long_pick_list_begins_on_the_first_page_and_says_its_columns_on_each(lasting_shop, opens):
    skus = [f"S-{n}" for n in range(1, 61)]
    for sku in skus:
        lasting_shop.sells(sku, here=1)
    lasting_shop.order(dict.fromkeys(skus, 1))
    page = opens("/parcels/paper", role=Role.WAREHOUSE)
    pages = [one.extract_text() for one in PdfReader(BytesIO(page.pdf(format="A4"))).pages]
    assert "Pick list" in pages[0] and "S-1 " in pages[0] and "S-2 " in pages[0]
    picking = [text for text in pages if "SKU Product Units For" in text]
    assert "S-60 " not in picking[0] and "S-60 " in picking[-1] and len(picking) > 1


def test_the_pick_list_is_of_what_the_filters_leave(bench, wendy, text):
    assert 'href="/parcels/paper?show=complete"' in wendy.get("/parcels?show=complete").content.decode()
    page = text(wendy, "/parcels/paper?show=complete")
    assert "For 2 parcels" in page and "#SO-1" not in page


def test_filters_are_the_end_of_an_address():
    assert Picked("", "", list).query == ""
    assert Picked("parts", "7", list).query == "?show=parts&receipt=7"
