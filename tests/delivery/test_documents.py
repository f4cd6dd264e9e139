"""Purchase orders on paper and as CSV."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from onorder.actions import amending
from onorder.actions.answers import Said
from onorder.delivery import documents
from onorder.errors import NotFound
from onorder.models import Location, Product, PurchaseOrder, Supplier
from onorder.queries import papers
from onorder.queries.papers import PaperLine


@pytest.fixture
def bought(shop):
    """The purchase order of three cups at £3.00, by its key."""
    shop.supplier("ACME", address="Mill Road 3\nKendal")
    shop.sells("CUP", supplier_sku="A-77")
    shop.order({"CUP": 3})
    Location.objects.update(name="Warehouse", address="12 Tannery Lane\nBristol")
    key = PurchaseOrder.objects.get(number=shop.raises()).pk
    PurchaseOrder.objects.update(number="PO-1")
    return key


def pages(paper: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(paper)).pages]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def lines(count: int) -> tuple[PaperLine, ...]:
    return tuple(PaperLine(f"S-{n}", f"SKU-{n}", f"Thing number {n}", n, 250, None) for n in range(1, count + 1))


def test_a_purchase_order_on_paper_has_everything_a_supplier_needs(bought):
    (page,) = pages(documents.purchase_order_pdf(bought))
    for part in (
        *("Purchase order PO-1", "Alice's", "alice@shop.example", "2 March 2026", "30 days net", "GBP"),
        *("ACME Ltd Mill Road 3 Kendal", "acme@maker.example", "Deliver to", "Warehouse", "12 Tannery Lane"),
        *("A-77", "CUP", "Cup", "£3.00", "£9.00", "Units 3", "Total £9.00", "Page 1 of 1"),
    ):
        assert part in page
    assert "Amendment" not in page


def test_two_hundred_lines_run_over_pages_with_their_head_and_number(bought):
    paper = replace(papers.paper(bought), lines=lines(200))
    printed = pages(documents.pdf(paper))
    assert len(printed) >= 4
    for number, page in enumerate(printed, 1):
        assert f"Page {number} of {len(printed)}" in page
        assert "Your SKU Our SKU Description Quantity Unit cost Total" in page
    whole = " ".join(printed)
    assert all(f" SKU-{n} Thing number {n} {n} £2.50" in whole for n in range(1, 201))
    assert "Total £50,250.00" in printed[-1]
    assert "Total £50,250.00" not in " ".join(printed[:-1])


def test_the_same_purchase_order_gives_the_same_bytes(bought):
    assert documents.purchase_order_pdf(bought) == documents.purchase_order_pdf(bought)


def test_what_stands_in_a_name_is_text_and_never_markup(bought):
    wicked = '#eval("1+1") *bold* $x^2$ = Head #read("/etc/passwd") \\ <label> @ref // note'
    Product.objects.update(name=wicked)
    Supplier.objects.update(name="#sys.inputs")
    (page,) = pages(documents.purchase_order_pdf(bought))
    for part in ("#eval(", "*bold*", "$x^2$", "#read(", "<label>", "@ref", "// note", "#sys.inputs"):
        assert part in page


def test_a_name_with_a_line_break_stays_on_its_row(bought):
    Product.objects.update(name="Cup\nTotal £0.00\x08")
    (page,) = pages(documents.purchase_order_pdf(bought))
    assert "Cup Total £0.00 3 £3.00 £9.00" in page


def test_an_amended_order_says_which_amendment_it_is(shop, bought):
    amending.amend("PO-1", {"CUP": 5}, why="", by="ben", now=shop.now)
    (page,) = pages(documents.purchase_order_pdf(bought))
    assert "Amendment 1 (replaces earlier)" in page
    assert "Total £15.00" in page
    assert rows(documents.purchase_order_csv(bought))[0]["version"] == "1"


def test_lines_of_which_nothing_is_bought_any_more_are_left_out(shop, bought):
    amending.amend("PO-1", {"CUP": 0}, why="", by="ben", now=shop.now)
    assert rows(documents.purchase_order_csv(bought)) == []


def test_what_the_supplier_confirmed_is_on_it(shop, bought):
    shop.answers("PO-1", Said("CUP", quantity=1, on=date(2026, 4, 1), rest_on=date(2026, 5, 4), unit_cost_minor=310))
    first, rest = rows(documents.purchase_order_csv(bought))
    assert (first["quantity"], first["confirmed_on"], first["unit_cost"]) == ("1", "2026-04-01", "3.10")
    assert (rest["quantity"], rest["confirmed_on"]) == ("2", "2026-05-04")
    assert "confirmed for Mon 4 May" in pages(documents.purchase_order_pdf(bought))[0]


def test_a_csv_has_one_row_a_line_and_plain_amounts(bought):
    text = documents.purchase_order_csv(bought)
    assert text.startswith("purchase_order,version,supplier_sku,sku,name,quantity,unit_cost,total,currency,confirmed")
    assert text.splitlines()[1:] == ["PO-1,0,A-77,CUP,Cup,3,3.00,9.00,GBP,"]
    assert text.endswith("\r\n")


def test_amounts_in_a_currency_without_pence(bought):
    paper = replace(papers.paper(bought), currency="JPY", lines=lines(1))
    assert rows(documents.csv_text(paper))[0]["unit_cost"] == "250"
    assert "¥250" in pages(documents.pdf(paper))[0].replace("JP¥", "¥")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_is_run_as_a_formula(bought, start):
    wicked = f'{start}cmd|" /C calc"!A0'
    paper = replace(papers.paper(bought), lines=(PaperLine(wicked, wicked, wicked, 1, 100, None),))
    (row,) = csv.DictReader(StringIO(documents.csv_text(paper), newline=""))
    assert row["supplier_sku"] == row["sku"] == row["name"] == f"'{wicked}"


def test_papers_cost_three_statements_however_long(bought):
    with CaptureQueriesContext(connection) as queries:
        documents.purchase_order_pdf(bought)
    assert len(queries) == 3


def test_an_unknown_purchase_order_is_refused(shop):
    with pytest.raises(NotFound, match="no purchase order 99"):
        documents.purchase_order_pdf(99)
    with pytest.raises(NotFound):
        documents.purchase_order_csv(99)
