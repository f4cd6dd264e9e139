"""The catalogue: what is sold, what customers read of it, and what the shop changes about it."""

from __future__ import annotations

import re

import pytest
from django.utils.html import escape
from playwright.sync_api import expect

from onorder.actions import catalog
from onorder.desk.lists import ROWS
from onorder.desk.rights import Role
from onorder.models import Variant
from onorder.queries.variant import variant
from onorder.rules.lifecycle import Accept


@pytest.fixture
def tea(shop):
    """Two of six teas are set aside for SO-1; SO-2 waits for three more than there are."""
    shop.sells("TEA", here=6, minimum_quantity=12, order_multiple=12, breaks=((60, 230),))
    shop.order({"TEA": 2})
    shop.order({"TEA": 7})
    return shop


def undo_of(answer):
    return re.search(r'<form method="post" action="([^"]+)">.{0,300}Undo', answer.content.decode(), re.DOTALL)[
        1
    ].replace("&amp;", "&")


# The list.


def test_a_row_says_what_is_here_who_waits_and_what_customers_read(tea, buyer, text):
    page = text(buyer, "/catalogue")
    assert "Tea TEA Ships " in page
    assert "6 0 3 0 £5.00 ACME Ltd" in page  # Here, free, waiting, on order.


def test_what_customers_read(shop, buyer, text):
    shop.sells("MUG", here=3)
    shop.sells("POT")
    shop.terms(sku="POT", accept=Accept.NEVER)
    shop.sells("JAR", supplier=None)
    shop.sells("CUP")
    shop.terms(sku="CUP", accept=Accept.CAPPED, cap=4)
    shop.sells("CAN")
    shop.terms(sku="CAN", accept=Accept.CAPPED, cap=1)
    shop.order({"CAN": 1})
    shop.sells("BOX")
    shop.terms(sku="BOX", longest_wait_days=2)
    page = text(buyer, "/catalogue")
    assert "Mug MUG In stock then without stock" in page
    assert "Pot POT Not sold none is here" in page
    assert "Jar JAR Not sold nobody knows when it would come" in page
    assert re.search(r"Cup CUP Ships \w+ \d+ \w+ at most 4 may wait", page)
    assert "Can CAN Not sold no more than 1 may wait" in page
    assert "Box BOX Not sold it would ship on" in page


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("?show=always", {"TEA", "MUG", "JAR"}),
        ("?show=never", {"POT", "PAN"}),
        ("?show=capped", {"CUP"}),
        ("?show=waiting", {"TEA"}),
        ("?show=no_supplier", {"JAR"}),
        ("?supplier=MOSS", {"POT", "CUP"}),
        ("?words=TE", {"TEA"}),
        ("?words=tea", {"TEA"}),
        ("?words=ug", {"MUG"}),
        ("?words=4006", {"MUG"}),
        ("?show=never&supplier=ACME", {"PAN"}),
        ("?show=nonsense", {"TEA", "MUG", "JAR", "POT", "PAN", "CUP"}),
    ],
)
def test_what_is_asked_for(shop, buyer, asked, there):
    """Terms are inherited: pots are never sold without stock since their supplier's terms say so, pans by their own."""
    shop.supplier("MOSS")
    for sku, supplier in (("TEA", "ACME"), ("MUG", "ACME"), ("PAN", "ACME"), ("POT", "MOSS"), ("CUP", "MOSS")):
        shop.sells(sku, supplier=supplier)
    shop.sells("JAR", supplier=None)
    Variant.objects.filter(sku="MUG").update(barcode="4006")
    shop.terms(supplier="MOSS", accept=Accept.NEVER)
    shop.terms(sku="PAN", accept=Accept.NEVER)
    shop.terms(sku="CUP", accept=Accept.CAPPED, cap=5)
    shop.order({"TEA": 1})
    page = buyer.get(f"/catalogue{asked}").content.decode()
    assert set(re.findall(r'<small class="sku">(\w+)</small>', page)) == there


def test_pages_follow_each_other_and_miss_nothing(shop, buyer):
    skus = [f"SKU-{n:03}" for n in range(ROWS + 5)]
    new = [catalog.NewVariant(sku, sku.lower(), sku, 100, "GBP") for sku in skus]
    catalog.put_variants(new, by="alice", now=shop.now)
    seen, path = [], "/catalogue"
    while path:
        page = buyer.get(path).content.decode()
        seen += re.findall(r'<small class="sku">([\w-]+)</small>', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/catalogue" + further[1].replace("&amp;", "&") if further else None
    assert seen == skus


def test_an_empty_catalogue_says_what_to_do_first(shop, buyer, text):
    assert "Import your products as a file, or add the first by hand." in text(buyer, "/catalogue")
    assert "Show everything, or look for something else." in text(buyer, "/catalogue?words=zebra")


def test_as_a_file_that_no_spreadsheet_runs(shop, buyer):
    shop.sells("=1+1")
    said = b"".join(buyer.get("/catalogue?as=csv").streaming_content).decode()
    assert "'=1+1" in said and "\n=1+1" not in said


@pytest.mark.parametrize("sku", ["A/B", "new", "import", "..", "TEA 5%", "Käse?", "5~6", "tea.green"])
def test_any_sku_has_a_page(shop, buyer, sku):
    shop.sells("OTHER")
    catalog.put_variants([catalog.NewVariant(sku, "x", "Thing", 100, "GBP")], by="alice", now=shop.now)
    page = buyer.get("/catalogue").content.decode()
    address = re.search(r'<a href="(/catalogue/[^"]+)">Thing<', page)[1]
    assert escape(sku) in buyer.get(address).content.decode()
    assert buyer.get(f"{address}/edit").status_code == 200


# One SKU.


def test_a_page_says_where_its_units_are(tea, buyer, text):
    page = text(buyer, "/catalogue/TEA")
    assert "Here 6 Set aside 6 Free 0 Waiting 3 On order 0 In the buffer 3" in page
    assert "1 order waits for 3." in page
    assert "ACME Ltd Bought here £3.00 12 12 from 60 £2.30 1" in page


def test_each_of_the_terms_says_where_it_was_inherited_from(tea, buyer, text):
    tea.terms(supplier="ACME", longest_wait_days=30)
    tea.terms(product="tea", deposit_basis_points=2_500)
    tea.terms(sku="TEA", accept=Accept.CAPPED, cap=9)
    page = text(buyer, "/catalogue/TEA")
    assert "Sold without stock Up to 9 waiting its own" in page
    assert "Paid when ordering 25 % of the price from the product" in page
    assert "Longest wait promised 30 days from ACME Ltd" in page
    assert "Returns Accepted nobody said otherwise" in page


def test_an_unknown_sku(shop, buyer):
    assert buyer.get("/catalogue/NO").status_code == 404


def test_the_warehouse_sees_no_costs_and_changes_no_terms(tea, log_in, text):
    page = text(log_in(Role.WAREHOUSE), "/catalogue/TEA")
    assert "£3.00" not in page and "£2.30" not in page and "Edit" not in page
    assert "Count or write off" in page


def test_details_are_saved_and_taken_back(tea, buyer, text):
    answer = buyer.post(
        "/catalogue/TEA/change", {"product_name": "Green tea", "name": "100 g", "price": "6.50"}, follow=True
    )
    assert "Green tea 100 g" in text(buyer, "/catalogue/TEA")
    assert Variant.objects.get(sku="TEA").price_minor == 650
    buyer.post(undo_of(answer))
    assert "Green" not in text(buyer, "/catalogue/TEA")
    assert Variant.objects.get(sku="TEA").price_minor == 500


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(tea, buyer):
    page = buyer.post(
        "/catalogue/TEA/change", {"product_name": "Tea", "price": "6,50", "barcode": "1"}
    ).content.decode()
    assert "&#x27;6,50&#x27; is not an amount; write it as 1234.56." in page
    assert 'value="6,50"' in page and "autofocus" in page and 'aria-invalid="true"' in page
    assert Variant.objects.get(sku="TEA").price_minor == 500


def test_the_barcode_of_another_is_refused(tea, buyer):
    tea.sells("MUG")
    Variant.objects.filter(sku="MUG").update(barcode="4006")
    answer = buyer.post("/catalogue/TEA/change", {"product_name": "Tea", "price": "5.00", "barcode": "4006"})
    assert "has the barcode 4006 of MUG" in answer.content.decode()


def test_nobody_overwrites_what_they_never_saw(tea, buyer):
    page = buyer.get("/catalogue/TEA/edit").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    Variant.objects.filter(sku="TEA").update(price_minor=700)
    answer = buyer.post("/catalogue/TEA/change", {"product_name": "Tea", "price": "6.00", "seen": seen})
    assert "Somebody changed this after you opened it, so nothing was saved." in answer.content.decode()
    assert "Stored now: Price, GBP: 7.00" in answer.content.decode()
    assert Variant.objects.get(sku="TEA").price_minor == 700


# Counting.


def test_a_count_says_whom_it_hurts_before_it_is_stored(tea, buyer, text):
    answer = buyer.post("/catalogue/TEA/count/try", {"what": "count", "units": "1", "key": "k"})
    page = re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())
    assert "6 are here now, 1 then." in page
    assert "5 units that were set aside are missing." in page and "#SO-2, #SO-1" not in page
    assert tea.level("TEA").on_hand == 6
    buyer.post("/catalogue/TEA/counted", {"what": "count", "units": "1", "key": "k"})
    assert tea.level("TEA").on_hand == 1
    assert tea.units("SO-1") == (1, 1, 0, 0)
    assert "Counted −5" in text(buyer, "/catalogue/TEA")
    assert tea.is_sound()


def test_more_than_was_thought_goes_to_who_waits(tea, buyer):
    answer = buyer.post("/catalogue/TEA/count/try", {"what": "count", "units": "8", "key": "k"})
    assert "2 units go to those who wait longest: #SO-2." in answer.content.decode()


def test_a_write_off_needs_a_reason_and_happens_once(tea, buyer):
    page = buyer.post("/catalogue/TEA/counted", {"what": "write_off", "units": "1", "key": "k"}).content.decode()
    assert "Say why: it stays beside the units." in page
    for _ in range(2):
        buyer.post("/catalogue/TEA/counted", {"what": "write_off", "units": "1", "why": "wet", "key": "k"})
    assert tea.level("TEA").on_hand == 5
    page = buyer.post("/catalogue/TEA/counted", {"what": "write_off", "units": "99", "why": "wet", "key": "l"})
    assert "Only 5 units of TEA are here" in page.content.decode()


def test_a_count_of_what_moved_meanwhile_is_not_stored(tea, buyer):
    seen = re.search(r'name="seen" value="(\w+)"', buyer.get("/catalogue/TEA/count").content.decode())[1]
    tea.ships("SO-1")
    answer = buyer.post("/catalogue/TEA/counted", {"what": "count", "units": "6", "key": "k", "seen": seen})
    assert "Stored now: Units: 4" in answer.content.decode()
    assert tea.level("TEA").on_hand == 4


# Terms.


def test_terms_say_what_customers_would_read_and_whom_they_reach(tea, buyer):
    answer = buyer.post("/catalogue/TEA/terms/try?scope=variant", {"accept": "never"})
    said = answer.content.decode()
    assert "Of TEA customers read from now on: Not sold (none is here)." in said
    assert "Customers wait for 1 of them; they keep their places and their terms." in said
    assert variant("TEA", now=tea.now).terms.accept == Accept.ALWAYS


@pytest.mark.parametrize("scope", ["shop", "supplier", "product", "variant"])
def test_terms_are_set_at_each_scope_and_taken_back(tea, buyer, scope):
    given = {"accept": "capped", "cap": "4", "deposit": "12.5", "longest_wait_days": "20", "returns": "faulty_only"}
    answer = buyer.post(f"/catalogue/TEA/terms/set?scope={scope}", given, follow=True)
    terms = variant("TEA", now=tea.now).terms
    assert (terms.accept, terms.cap, terms.deposit_basis_points, terms.returns, terms.longest_wait_days) == (
        *(Accept.CAPPED, 4, 1_250, "faulty_only", 20),
    )
    assert terms.origin.cap == ("shop", "supplier", "product", "variant").index(scope)
    assert buyer.get(f"/catalogue/TEA/terms?scope={scope}").status_code == 200
    buyer.post(undo_of(answer))
    assert variant("TEA", now=tea.now).terms.accept == Accept.ALWAYS


def test_capped_terms_need_a_cap(tea, buyer):
    assert (
        "Write how many units may wait."
        in buyer.post("/catalogue/TEA/terms/set?scope=variant", {"accept": "capped"}).content.decode()
    )


def test_several_stop_being_sold_without_stock_and_start_again(shop, buyer, text):
    for sku in ("TEA", "MUG", "POT"):
        shop.sells(sku, here=2)
    shop.terms(sku="POT", accept=Accept.CAPPED, cap=7, deposit_basis_points=1_000)
    shop.order({"TEA": 3})
    page = text(buyer, "/catalogue/several?sku=TEA&sku=POT&accept=never")
    assert "Terms of 2 SKUs" in page and "It reaches 2 SKUs." in page
    assert "Customers wait for 1 of them; they keep their places" in page
    assert "2 free units can still be sold." in page
    answer = buyer.post("/catalogue/several/set", {"skus": "TEA\r\nPOT", "accept": "never"}, follow=True)
    assert "The terms of 2 SKUs are set." in answer.content.decode()
    terms = {sku: variant(sku, now=shop.now).terms for sku in ("TEA", "MUG", "POT")}
    assert [of.accept for of in terms.values()] == [Accept.NEVER, Accept.ALWAYS, Accept.NEVER]
    assert terms["POT"].deposit_basis_points == 1_000  # What was not asked stays.
    assert shop.units("SO-1") == (1, 2, 0, 0)
    buyer.post(undo_of(answer))
    terms = {sku: variant(sku, now=shop.now).terms for sku in ("TEA", "POT")}
    assert (terms["TEA"].accept, terms["POT"].accept, terms["POT"].cap) == (Accept.ALWAYS, Accept.CAPPED, 7)


def test_with_none_selected_nothing_happens(shop, buyer):
    assert buyer.get("/catalogue/several")["Location"] == "/catalogue"
    assert buyer.post("/catalogue/several/set")["Location"] == "/catalogue"


def test_what_has_no_supplier_is_still_not_sold_without_stock(shop, buyer):
    shop.sells("JAR", supplier=None)
    answer = buyer.post("/catalogue/several/try", {"skus": "JAR", "accept": "always"})
    assert "1 has no supplier, so nobody knows its day" in answer.content.decode()


# Offers.

OFFER = {"cost": "2.50", "minimum_quantity": "10", "order_multiple": "5", "rank": "0", "breaks": "60:2.30 120:2.00"}


def test_a_better_offer_moves_the_buffer_to_its_supplier(tea, buyer, text):
    tea.supplier("MOSS", lead_time_days=3)
    answer = buyer.post("/catalogue/TEA/offer/try", OFFER | {"supplier": "MOSS"})
    said = answer.content.decode()
    assert "It is bought from MOSS Ltd from now on: 3 units move to its buffer." in said
    assert "1 order is expected sooner." in said
    assert tea.level("TEA").supplier.code == "ACME"
    buyer.post("/catalogue/TEA/offer/put", OFFER | {"supplier": "MOSS"})
    assert tea.level("TEA").supplier.code == "MOSS"
    page = text(buyer, "/catalogue/TEA")
    assert "MOSS Ltd Bought here £2.50 10 5 from 60 £2.30, from 120 £2.00 0" in page
    assert tea.is_sound()


def test_an_offer_is_edited_and_taken_back(tea, buyer):
    form = buyer.get("/catalogue/TEA/offer?supplier=ACME").content.decode()
    assert "60:2.30" in form and 'value="3.00"' in form
    answer = buyer.post("/catalogue/TEA/offer/put?supplier=ACME", OFFER, follow=True)
    offer = variant("TEA", now=tea.now).offers[0]
    assert (offer.unit_cost_minor, offer.breaks) == (250, ((60, 230), (120, 200)))
    buyer.post(undo_of(answer))
    offer = variant("TEA", now=tea.now).offers[0]
    assert (offer.unit_cost_minor, offer.minimum_quantity, offer.breaks) == (300, 12, ((60, 230),))


def test_what_is_no_price_break_is_said_with_what_to_write(tea, buyer):
    page = buyer.post("/catalogue/TEA/offer/put?supplier=ACME", OFFER | {"breaks": "sixty"}).content.decode()
    assert "is no price break: write 60:9.20" in page


def test_the_only_offer_of_what_somebody_waits_for_stays(tea, buyer, text):
    assert "nobody but ACME offers it" in text(buyer, "/catalogue/TEA/offer/end?supplier=ACME")
    answer = buyer.post("/catalogue/TEA/offer/withdraw?supplier=ACME", follow=True)
    assert "3 units of TEA are waited for, and nobody but ACME offers it." in answer.content.decode()
    assert tea.level("TEA").supplier.code == "ACME"


def test_an_offer_ends_and_comes_back(shop, buyer, text):
    shop.sells("TEA")
    answer = buyer.post("/catalogue/TEA/offer/withdraw?supplier=ACME", follow=True)
    assert "TEA is bought from ACME Ltd no more." in answer.content.decode()
    assert "Not sold" in text(buyer, "/catalogue/TEA")
    buyer.post(undo_of(answer))
    assert "Bought here" in text(buyer, "/catalogue/TEA")


# Something new.


def test_a_product_with_its_first_offer_in_one_form(shop, buyer, text):
    new = {"sku": "GT-100", "product_name": "Green tea", "name": "100 g", "price": "7.95", "supplier": "ACME"}
    answer = buyer.post("/catalogue/new/add", new | {"cost": "3.10", "order_multiple": "6"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/catalogue/GT-100"
    offer = variant("GT-100", now=shop.now).offers[0]
    assert (offer.unit_cost_minor, offer.order_multiple, offer.minimum_quantity) == (310, 6, 1)
    buyer.post("/catalogue/new/add", new | {"sku": "GT-500", "name": "500 g", "supplier": ""})
    assert "500 g" in text(buyer, "/catalogue/GT-100")  # The other variant of the product.


def test_a_sku_that_is_there_is_not_overwritten(tea, buyer):
    page = buyer.post("/catalogue/new/add", {"sku": "TEA", "product_name": "Coffee", "price": "1.00"}).content.decode()
    assert "There is a SKU TEA already: open it, or choose another." in page
    assert variant("TEA", now=tea.now).product_name == "Tea"


def test_a_supplier_needs_a_cost(shop, buyer):
    new = {"sku": "GT", "product_name": "Tea", "price": "7.95", "supplier": "ACME"}
    assert "This field is required." in buyer.post("/catalogue/new/add", new).content.decode()
    assert not Variant.objects.exists()


# In a browser.


def test_selected_by_keyboard_and_asked_in_a_dialog(lasting_shop, opens):
    for sku in ("TEA", "MUG"):
        lasting_shop.sells(sku)
    page = opens("/catalogue", role=Role.BUYER)
    bar = page.get_by_role("button", name="Stop selling without stock…")
    expect(bar).to_be_hidden()
    page.get_by_label("Select TEA").check()
    bar.click()
    page.get_by_role("button", name="Set the terms").click()
    assert "The terms of 1 SKU are set." in page.locator(".toast").inner_text()
    page.goto(page.url.replace("/catalogue", "/catalogue/TEA"))
    page.get_by_role("link", name="Count or write off…").click()
    page.get_by_label("Units").fill("4")
    page.get_by_text("0 are here now, 4 then.").wait_for()
    page.get_by_role("button", name="Store it").click()
    assert "4 of TEA are here." in page.locator(".toast").inner_text()


def test_effects_are_shown_without_script_as_well(lasting_shop, opens):
    lasting_shop.sells("TEA", here=3)
    page = opens("/catalogue/TEA/count", role=Role.WAREHOUSE, script=False)
    page.get_by_label("Units").fill("1")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_text("3 are here now, 1 then.")).to_be_visible()
    expect(page.get_by_label("Units")).to_have_value("1")
