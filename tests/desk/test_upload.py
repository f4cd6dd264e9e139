"""Files come in through the desk: checked first, each bad row named, then loaded."""

from __future__ import annotations

import gzip
import os
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from onorder.desk import kept
from onorder.desk.rights import Role
from onorder.models import Order, Supplier, Variant

PRODUCTS = "sku,product,price,product_name,colour\nTEA,tea,7.95,Tea,green\nMUG,mug,12.00,Mug,white\n"
ONE_BAD = "sku,product,price\nTEA,tea,7.95\nMUG,mug,dear\nPOT,pot,9\n"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return tmp_path


def bring(client, text, kind="products", name="goods.csv", format="onorder"):
    """The page that says what is wrong with a file."""
    raw = text if isinstance(text, bytes) else text.encode()
    answer = client.post(
        "/catalogue/import/check", {"kind": kind, "format": format, "file": SimpleUploadedFile(name, raw)}
    )
    return answer.content.decode()


def load(client, page, **more):
    word = re.search(r'name="word" value="([^"]+)"', page)[1]
    return client.post("/catalogue/import/load", {"word": word} | more, follow=True)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_good_file_is_checked_then_loaded(shop, buyer, folder):
    page = bring(buyer, PRODUCTS)
    assert "2 rows were read. Nothing is stored yet." in plain(page)
    assert "Columns that nobody reads: colour" in plain(page)
    assert not Variant.objects.exists()
    answer = load(buyer, page)
    assert "goods.csv is loaded: 2 added, 0 changed, 0 as they were." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/catalogue"
    assert Variant.objects.get(sku="TEA").price_minor == 795
    assert not list(folder.rglob("*.csv"))  # It is not kept any longer than it is needed.


def test_each_bad_row_is_named_by_line_and_column(shop, buyer):
    page = bring(buyer, ONE_BAD)
    assert "3 price &#x27;dear&#x27; is not an amount; write it as 1234.56" in plain(page)
    assert "1 row cannot be loaded as it is." in plain(page)
    assert "Load the 2 good rows" in plain(page)


def test_nothing_is_loaded_with_a_bad_row_unless_it_is_asked(shop, buyer):
    page = bring(buyer, ONE_BAD)
    assert "1 row cannot be loaded" in plain(load(buyer, page).content.decode())
    assert not Variant.objects.exists()
    load(buyer, page, skip="1")
    assert set(Variant.objects.values_list("sku", flat=True)) == {"TEA", "POT"}


def test_suppliers_with_their_offers(shop, buyer):
    shop.sells("TEA", supplier=None)
    page = bring(buyer, "code,name,order_days,sku,unit_cost\nMOSS,Moss,Fri,TEA,2.50\nMOSS,,,NO,1\n", "suppliers")
    assert "NO is not known: import products first" in plain(page)
    answer = load(buyer, page, skip="1")
    assert answer.redirect_chain[-1][0] == "/suppliers"
    assert Supplier.objects.filter(code="MOSS").exists()
    assert shop.level("TEA").supplier.code == "MOSS"


def test_what_was_counted_goes_to_who_waits(shop, buyer):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    load(buyer, bring(buyer, "sku,on_hand\nTEA,5\n", "stock"))
    assert shop.units("SO-1") == (0, 2, 0, 0)
    assert shop.is_sound()


def test_orders_are_taken_by_who_may_sell(shop, owner, buyer):
    shop.sells("TEA")
    file = "order_id,sku,quantity\nA1,TEA,2\nA2,NO,1\n"
    page = bring(owner, file, "orders")
    assert "Order A2: NO not known: import products first" in plain(page)
    load(owner, page, skip="1")
    assert Order.objects.get().number == "A1"
    assert "Select a valid choice." in plain(bring(buyer, file, "orders"))
    assert "Orders" not in re.findall(r"<label[^>]*>.*?</label>", buyer.get("/catalogue/import").content.decode())


def test_shopifys_own_export(shop, buyer):
    file = "Handle,Title,Variant SKU,Variant Price\ntea,Tea,TEA,7.95\n"
    load(buyer, bring(buyer, file, format="shopify"))
    assert Variant.objects.get().sku == "TEA"
    assert "There is no such export" in bring(buyer, file, "stock", format="shopify")


def test_a_packed_file(shop, buyer):
    page = bring(buyer, gzip.compress(PRODUCTS.encode()), name="goods.csv.gz")
    assert "2 rows were read." in plain(page)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "goods.csv: is empty."),
        (b"sku\nTEA\n", "goods.csv: has no column price, product."),
        (b"\xff\xfe\x00", "goods.csv: is no text."),
        (b"\x1f\x8bnonsense", "goods.csv: cannot be unpacked."),
        (b'sku,product,price\n"TEA', "is no CSV (unexpected end of data)"),
    ],
)
def test_what_is_no_such_file_is_said_at_its_field(shop, buyer, raw, said, folder):
    page = bring(buyer, raw)
    assert said in plain(page)
    assert str(folder) not in page
    assert not list(folder.rglob("*.csv"))


def test_a_file_that_is_too_large(shop, buyer, monkeypatch):
    monkeypatch.setattr(kept, "MOST_BYTES", 50)
    assert "goods.csv: is larger than" in bring(buyer, PRODUCTS)
    monkeypatch.setattr(kept, "MOST_BYTES", 5_000)
    monkeypatch.setattr(kept, "MOST_UNPACKED", 1_000)
    assert "goods.csv: is larger than" in bring(buyer, gzip.compress(PRODUCTS.encode() * 50))


def test_without_a_file(shop, buyer):
    page = buyer.post("/catalogue/import/check", {"kind": "products", "format": "onorder"}).content.decode()
    assert "This field is required." in page


def test_a_file_is_kept_for_an_hour(shop, buyer, folder):
    page = bring(buyer, PRODUCTS)
    for old in folder.glob("onorder-*/*"):
        os.utime(old, (time.time() - 4_000,) * 2)
    bring(buyer, PRODUCTS)
    assert "Choose it again: it is kept for an hour." in load(buyer, page).content.decode()
    assert len(list(folder.rglob("*.csv"))) == 1


def test_nobody_loads_what_another_brought(shop, buyer, owner):
    assert "was brought by somebody else" in load(owner, bring(buyer, PRODUCTS)).content.decode()
    assert "Choose it again" in owner.post("/catalogue/import/load", {"word": "x"}, follow=True).content.decode()
    assert not Variant.objects.exists()


def test_a_name_leads_nowhere_else(shop, buyer, folder):
    page = bring(buyer, PRODUCTS, name="../../etc/passwd.csv")
    assert "passwd.csv" in page
    (kept_there,) = folder.rglob("*.csv")
    assert kept_there.parent.parent.parent == folder


def test_it_is_brought_without_script(lasting_shop, opens, folder):
    (folder / "goods.csv").write_text(ONE_BAD)
    page = opens("/catalogue/import", role=Role.BUYER, script=False)
    page.get_by_label("File").set_input_files(folder / "goods.csv")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Load the 2 good rows").click()
    expect(page.get_by_text("goods.csv is loaded: 2 added")).to_be_visible()
