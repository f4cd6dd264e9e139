"""What suppliers are told, with its papers."""

from __future__ import annotations

from codecs import BOM_UTF8
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from pypdf import PdfReader

from onorder.actions import amending
from onorder.delivery import documents, mail
from onorder.models import Customer, Message, PurchaseOrder
from tests.delivery.satchels import everything, first_lines, letter, mixed, sells_satchels


@pytest.fixture
def shop(shop):
    return sells_satchels(shop)


def test_no_message_to_a_supplier_names_a_customer(shop):
    everything(shop)
    Customer.objects.update(name="Dora Waits", email="dora@mail.example")
    keys = list(Message.objects.exclude(supplier=None).values_list("pk", flat=True))
    kinds = set(Message.objects.filter(pk__in=keys).values_list("kind", flat=True))
    assert kinds == {"purchase_order", "amendment", "reminder", "cancellation"}
    for written in mail.compose(keys):
        whole = written.message().as_string()
        papers = [content for _name, content, _type in written.attachments]
        pages = "".join(text_of(paper) for paper in papers if isinstance(paper, bytes) and paper.startswith(b"%PDF"))
        for part in (whole, pages, written.body, str(papers)):
            assert "Dora" not in part
            assert "SO-" not in part


def text_of(paper):
    return "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)


def test_a_purchase_order_carries_its_papers(shop):
    mixed(shop)
    number = shop.raises()
    written, text, _html = letter("purchase_order")
    assert written.subject == f"Purchase order {number} from Alice's"
    assert written.to == ["ACME Ltd <acme@maker.example>"]
    assert first_lines(text) == "We order 1 unit for £61.50, to be delivered to Alice's."
    assert "1 × Satchel, green [ML-7 (ours: SAT)]  £61.50" in text
    (pdf, csv) = written.attachments
    assert (pdf[0], pdf[2], csv[0], csv[2]) == (f"{number}.pdf", "application/pdf", f"{number}.csv", "text/csv")
    assert "ML-7" in text_of(pdf[1])
    sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
    csv_part = list(sent.iter_attachments())[1].get_payload(decode=True)
    assert csv_part.decode("utf-8-sig").splitlines() == (
        documents.purchase_order_csv(PurchaseOrder.objects.get().pk).splitlines()
    )
    assert csv_part.startswith(BOM_UTF8)  # Or a spreadsheet reads "Zoë" as "ZoÃ«".


def test_an_amendment_says_what_changed_and_carries_the_whole_order(shop):
    mixed(shop)
    number = shop.raises()
    amending.amend(number, {"SAT": 4}, why="", by="ben", now=shop.now)
    written, text, _html = letter("amendment")
    assert written.subject == f"Purchase order {number} from Alice's: amendment 1"
    assert "still to come: 4 instead of 1" in text
    assert "Amendment" in text_of(written.attachments[0][1])


def test_a_purchase_order_called_off_before_it_left_says_so_first(shop):
    mixed(shop)
    amending.cancel(shop.raises(), why="", by="ben", now=shop.now)
    written, text, _html = letter("purchase_order")
    assert first_lines(text) == "We have called this order off since. Please deliver nothing on it."
    assert "1 × Satchel" in text
    assert "deliver nothing" in text_of(written.attachments[0][1])
    _written, text, _html = letter("cancellation")
    assert first_lines(text).startswith("Please do not deliver the 1 unit that was still to come")
