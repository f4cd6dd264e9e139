"""Files come in: every bad row is named, nothing is loaded by half, and repeating changes nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tracemalloc
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from onorder.models import BackorderTerms, BufferPolicy, Offer, Order, OrderLine, Payment, StockLevel, Supplier, Variant
from tests.fingerprint import fingerprint


@pytest.fixture
def load(shop, tmp_path, monkeypatch):
    """`onorder import ...` of a text, in this process; what it printed as JSON, and its exit code."""
    from onorder.management import imports

    shop.sells("TEA")
    shop.sells("MUG", here=2)

    def run(what, text, *options, name="file.csv"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = CliRunner().invoke(imports.app, [what, str(file), "--json", *options])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)

    return run


def test_products_with_their_terms(load):
    header = "sku,product,product_name,price,barcode,accept,cap,color"
    text = f"{header}\nPOT,pot,Pot,12.50,123,capped,5,red\nTEA,tea,Tea,5.00,,,,\n"
    code, report = load("products", text)
    assert (code, report["added"], report["unchanged"], report["ignored_columns"]) == (0, 1, 1, ["color"])
    assert Variant.objects.get(sku="POT").price_minor == 1250
    assert BackorderTerms.objects.get(variant__sku="POT").cap == 5
    before = fingerprint()["onorder.Variant"]
    assert load("products", text)[1]["unchanged"] == 2
    assert fingerprint()["onorder.Variant"] == before


def test_every_bad_row_is_named_and_nothing_is_loaded(load):
    text = "sku,product,price,cap,accept\n,pot,1.00,,\nA,a,dear,,\nB,b,1.00,,capped\nC,c,1.00,,\nC,c,2.00,,\n"
    before = fingerprint()
    code, report = load("products", text)
    assert code == 1
    assert {p["line"] for p in report["problems"]} == {2, 3, 4, 6}
    assert fingerprint() == before
    code, report = load("products", text, "--skip-bad")
    assert (code, report["added"]) == (0, 1)
    assert Variant.objects.filter(sku="C", price_minor=100).exists()


def test_a_dry_run_stores_nothing(load):
    before = fingerprint()
    code, report = load("products", "sku,product,price\nPOT,pot,1.00\n", "--dry-run")
    assert (code, report["stored"]) == (0, False)
    assert fingerprint() == before


SUPPLIERS = """code;name;currency;lead_time_days;order_days;cutoff;minimum_units;below_minimum;sku;unit_cost;\
price_breaks
BEST;Best Ltd;GBP;5;Mon,Thu;16:30;40;top_up;TEA;2.90;60:2.70 120:2.50
BEST;;;;;;;;MUG;4.10;
"""


def test_suppliers_and_their_offers_with_semicolons(load):
    code, report = load("suppliers", SUPPLIERS)
    assert (code, report["added"]) == (0, 3)
    policy = BufferPolicy.objects.get(supplier__code="BEST")
    assert (policy.order_weekdays, policy.minimum_units, policy.below_minimum) == ("03", 40, "top_up")
    offer = Offer.objects.get(supplier__code="BEST", variant__sku="TEA")
    assert list(offer.breaks.order_by("from_quantity").values_list("from_quantity", "unit_cost_minor")) == [
        (60, 270),
        (120, 250),
    ]
    assert load("suppliers", SUPPLIERS)[1] | {"file": ""} == report | {
        "file": "",
        "added": 0,
        "unchanged": 3,
    }


def test_a_suppliers_postal_address_may_have_several_lines(load):
    text = (
        "code,name,email,address,order_days,sku,unit_cost\n"
        'MILL,Mill Ltd,mill@maker.example,"Mill Road 3\r\nKendal",Mon,TEA,2.90\nMILL,,,,,MUG,4.10\n'
    )
    assert load("suppliers", text)[0] == 0
    supplier = Supplier.objects.get(code="MILL")
    assert (supplier.address.splitlines(), supplier.email) == (["Mill Road 3", "Kendal"], "mill@maker.example")
    assert load("suppliers", text)[1]["changed"] == 0
    assert load("suppliers", text.replace("Kendal", "Leeds"))[1]["changed"] == 1
    assert Supplier.objects.get(code="MILL").address.splitlines() == ["Mill Road 3", "Leeds"]
    code, report = load("suppliers", text.replace("MILL,,,,,MUG", "MILL,,,Elsewhere,,MUG"))
    assert (code, report["problems"][0]["column"]) == (1, "address")


@pytest.mark.parametrize(
    ("row", "line", "says"),
    [
        ("X;X;GBP;5;;;;;;;", 2, "cannot promise a date"),
        ("X;X;GBP;5;Funday;;;;;;", 2, "days of the week"),
        ("X;X;GBP;5;Mon;soon;;;;;", 2, "time of day"),
        ("X;X;GBP;5;Mon;;many;;;;", 2, "whole number"),
        ("X;X;GBP;5;Mon;;;never;;;", 2, "none of"),
        ("X;X;GBP;5;Mon;;;;NO;1.00;", 2, "NO is not known"),
        ("X;X;GBP;5;Mon;;;;TEA;1.00;60", 2, "no price break"),
        ("X;X;GBP;5;Mon;;;roll;;;", 2, "roll over for ever"),
    ],
)
def test_bad_suppliers(load, row, line, says):
    header = SUPPLIERS.partition("\n")[0]
    before = fingerprint()
    code, report = load("suppliers", f"{header}\n{row}\n")
    assert (code, report["problems"][0]["line"]) == (1, line)
    assert any(says in problem["what"] for problem in report["problems"])
    assert fingerprint() == before
    assert not Supplier.objects.filter(code="X").exists()


def test_stock_is_set_and_not_added(load):
    text = "sku,on_hand\nTEA,7\nMUG,2\n"
    assert load("stock", text)[1]["changed"] == 1
    assert load("stock", text)[1] | {"file": ""} == load("stock", text)[1] | {"file": ""}
    assert StockLevel.objects.get(variant__sku="TEA").on_hand == 7
    code, report = load("stock", "sku,on_hand,location\nTEA,-1,\nNO,1,\nMUG,1,MOON\nTEA,2,\n")
    assert code == 1
    assert {problem["line"] for problem in report["problems"]} >= {2, 3, 4}


ORDERS = """order_id,placed_at,customer_id,email,sku,quantity,unit_price
2,2026-03-02T10:00:00,,,TEA,2,
1,2026-03-02T09:00:00,bob,bob@mail.example,TEA,1,4.50
1,2026-03-02T09:00:00,bob,bob@mail.example,MUG,1,9.00
"""


def test_orders_join_the_queue_in_the_order_they_were_placed(load):
    code, report = load("orders", ORDERS)
    assert (code, report["added"]) == (0, 2)
    waiting = OrderLine.objects.filter(waiting__gt=0).order_by("queued_at", "pk")
    assert list(waiting.values_list("order__number", flat=True)) == ["1", "2"]
    assert Order.objects.get(number="2").customer.reference == "guest-2"
    before = fingerprint()
    assert load("orders", ORDERS)[1]["unchanged"] == 2
    assert fingerprint() == before


def test_bad_orders(load):
    text = ORDERS + "3,soon,bob,,TEA,1,\n4,,bob,,NO,1,\n5,,bob,,TEA,none,\n6,,bob,,TEA,999999999999,\n"
    before = fingerprint()
    code, report = load("orders", text)
    assert code == 1
    assert {problem["line"] for problem in report["problems"]} == {5, 6, 7, 8}
    assert fingerprint() == before
    assert load("orders", text, "--skip-bad")[1]["added"] == 2


def test_a_dry_run_of_orders_knows_what_the_terms_refuse(load, shop):
    shop.terms(sku="TEA", accept="never")
    code, report = load("orders", ORDERS, "--dry-run")
    assert code == 1
    assert "2 wanted, 0 can be sold" in " ".join(problem["what"] for problem in report["problems"])
    assert not Order.objects.exists()


SHOPIFY_ORDERS = """Name,Email,Financial Status,Fulfillment Status,Currency,Shipping,Total,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name,Shipping Street,Shipping City,Shipping Zip,\
Shipping Country,Cancelled at,Id
#1001,bob@mail.example,paid,unfulfilled,GBP,3.50,22.50,0.00,2026-03-02 09:00:00 +0000,2,Tea,5.00,TEA,Bob,"1 Long Lane
Flat 2",Leeds,LS1,GB,,501
#1001,,,,,,,,,1,Mug,9.00,MUG,,,,,,,
#1002,dora@mail.example,paid,fulfilled,GBP,0,5,0,2026-03-02 09:00:00 +0000,1,Tea,5.00,TEA,,,,,,,502
#1003,eve@mail.example,voided,,GBP,0,5,0,2026-03-02 09:00:00 +0000,1,Tea,5.00,TEA,,,,,,2026-03-02 10:00:00 +0000,503
"""


def test_shopifys_order_export(load):
    code, report = load("orders", SHOPIFY_ORDERS, "--format", "shopify")
    assert (code, report["added"], report["passed_over"]) == (0, 1, {"#1002": "fulfilled", "#1003": "cancelled"})
    order = Order.objects.get()
    assert (order.number, order.key, order.shipping_minor, order.captured_minor) == ("#1001", "shopify:501", 350, 2250)
    assert "Flat 2" in order.address
    assert load("orders", SHOPIFY_ORDERS, "--format", "shopify")[1]["unchanged"] == 1
    assert Payment.objects.count() == 1


SHOPIFY_PRODUCTS = """Handle,Title,Option1 Value,Variant SKU,Variant Price,Variant Barcode,Variant Inventory Policy,\
Image Src
bowl,Bowl,Small,BOWL-S,4.00,,continue,https://img.example/1.jpg
bowl,,Large,BOWL-L,6.00,,deny,
bowl,,,,,,,https://img.example/2.jpg
"""


def test_shopifys_product_export(load):
    code, report = load("products", SHOPIFY_PRODUCTS, "--format", "shopify")
    assert (code, report["added"]) == (0, 2)
    assert Variant.objects.get(sku="BOWL-L").product.name == "Bowl"
    assert dict(BackorderTerms.objects.filter(variant__isnull=False).values_list("variant__sku", "accept")) == {
        "BOWL-S": "always",
        "BOWL-L": "never",
    }


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b"sku,on_hand\nT\xe9A,1\n", "line 2 is not UTF-8"),
        (b"sku\nTEA\n", "has no column on_hand"),
        (b"sku,on_hand\nTEA,\x001\n", "is no text"),
        (gzip.compress(b"sku,on_hand\nTEA,1\n", mtime=0)[:20], "ends in the middle"),
        (b'sku,on_hand\n"TEA"x,1\n', "is no CSV"),
    ],
)
def test_what_is_no_file_of_ours(load, raw, says):
    from onorder.errors import BadInput

    with pytest.raises(BadInput, match=says):
        load("stock", raw)


def test_rows_that_do_not_fit_the_header(load):
    code, report = load("stock", f"sku,on_hand\nTEA\nTEA,1,2\n{'X' * 20_000},1\n")
    assert code == 1
    assert {problem["line"] for problem in report["problems"]} == {2, 3, 4}


def test_a_byte_order_mark_and_gzip(load):
    assert load("stock", gzip.compress("\ufeffsku,on_hand\nTEA,3\n".encode()), name="stock.csv.gz")[1]["changed"] == 1


def test_a_packed_flood_is_refused_before_it_fills_the_memory(load, monkeypatch):
    from onorder.channels import tables
    from onorder.errors import BadInput

    monkeypatch.setattr(tables, "MOST_BYTES", 1_000_000)
    flood = gzip.compress(b"sku,on_hand\n" + b"A" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(BadInput, match="larger than"):
        load("stock", flood)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_the_first_orders_of_a_real_shop(load, shop):
    raw = gzip.decompress((files("onorder.demo") / "data" / "online_retail_orders.csv.gz").read_bytes()).decode()
    lines = raw.splitlines()[:1_001]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    prices = {row["sku"]: row["unit_price"] for row in rows}
    products = "sku,product,price\n" + "".join(f"{sku},{sku},{price}\n" for sku, price in prices.items())
    assert load("products", products)[1]["added"] == len(prices)
    offers = "code,name,order_days,lead_time_days,sku,unit_cost\nS,S,Fri,5,,\n"
    assert load("suppliers", offers + "".join(f"S,,,,{sku},0.10\n" for sku in prices))[0] == 0
    code, report = load("orders", "\n".join(lines) + "\n")
    assert (code, report["added"]) == (0, len({row["order_id"] for row in rows}))
    assert OrderLine.objects.count() == len(rows)
    assert report["ignored_columns"] == ["country", "description"]
    assert shop.is_sound()
