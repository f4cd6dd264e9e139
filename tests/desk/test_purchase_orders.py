"""Purchase orders: the list, those that need somebody first; one of them, and who waits for it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from onorder.actions import amending, purchasing
from onorder.actions.suppliers import Policy
from onorder.desk.lists import ROWS
from onorder.desk.rights import RIGHTS, Right, Role
from onorder.models import Message, Supplier
from onorder.queue import setup


@pytest.fixture
def tea(shop):
    """Nine customers wait for eleven teas on PO-1, and one comes for stock."""
    shop.supplier("ACME", Policy(order_weekdays="4", maximum_wait_days=14))
    shop.sells("TEA", cost=4_200, minimum_quantity=12, supplier_sku="4410-C")
    for units in (3, 1, 1, 1, 1, 1, 1, 1, 1):
        shop.order({"TEA": units})
    shop.raises()
    return shop


def numbers(page):
    return re.findall(r'<a href="/purchase-orders/(PO-\d+)"', page.content.decode())


def test_nothing_ordered_yet(shop, buyer, text):
    page = text(buyer, "/purchase-orders")
    assert "Nothing has been ordered yet" in page and "See what fills" in page


def test_a_row_says_where_it_stands_and_whom_it_holds_up(tea, buyer, text):
    page = text(buyer, "/purchase-orders")
    assert "1 order is open. None of them needs anybody." in page
    assert re.search(r"PO-1 ACME Ltd Sent, not confirmed 12 £504\.00 .* in \d+ days 9 \d+ days spare", page)


def test_what_needs_somebody_comes_first(tea, buyer, text):
    """Approve, bounced, by hand, unanswered, overdue; then the others, and what is over, the newest first."""
    late, said, over, gone = (_another(tea) for _ in range(4))
    tea.answers(late, on=tea.now.date() + timedelta(days=1))
    tea.answers(said, on=tea.now.date() + timedelta(days=30))
    amending.cancel(over, why="", by="ben", now=tea.now)
    amending.cancel(gone, why="", by="ben", now=tea.now)
    tea.wait(days=7)
    bounced = _another(tea)
    purchasing.bounce(bounced, why="", by="ben", now=tea.now)
    draft = _another(tea, send=False)
    purchasing.hold_back(draft, by="ben", now=tea.now)
    by_hand = _another(tea, send=False)
    Supplier.objects.update(email="")
    setup.changed()
    assert numbers(buyer.get("/purchase-orders")) == [draft, bounced, by_hand, "PO-1", late, said, gone, over]
    assert numbers(buyer.get("/purchase-orders?show=needs")) == [draft, bounced, by_hand, "PO-1", late]
    assert numbers(buyer.get("/purchase-orders?show=overdue")) == [late]
    assert numbers(buyer.get("/purchase-orders?show=cancelled")) == [gone, over]
    page = text(buyer, "/purchase-orders")
    for words in ("5 need somebody", "To approve", "Tell its supplier yourself", "Not answered in time", "Overdue 1"):
        assert words in page


def _another(shop, *, send=True):
    shop.order({"TEA": 12})
    if send:
        return shop.raises()
    return purchasing.raise_order("ACME", by="ben", now=shop.now).number


def test_found_by_number_sku_and_supplier(tea, buyer, text):
    tea.supplier("MOSS")
    tea.sells("SOAP", supplier="MOSS")
    tea.order({"SOAP": 1})
    soap = tea.raises("MOSS")
    for words, found in {"1": ["PO-1"], "soap": [soap], "4410-c": ["PO-1"], "moss": [soap], "po-2": [soap]}.items():
        assert numbers(buyer.get("/purchase-orders", {"words": words})) == found
    assert numbers(buyer.get("/purchase-orders?supplier=MOSS")) == [soap]
    assert "No purchase order is like that" in text(buyer, "/purchase-orders?words=zebra")


def test_pages_follow_each_other_and_miss_none(tea, buyer):
    made = ["PO-1"] + [_another(tea) for _ in range(ROWS + 6)]
    for number in made[: ROWS // 2]:
        amending.cancel(number, why="", by="ben", now=tea.now)
    seen, path = [], "/purchase-orders"
    while path:
        page = buyer.get(path)
        seen += numbers(page)
        further = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
        path = "/purchase-orders" + further[1].replace("&amp;", "&") if further else None
    assert seen == made[ROWS // 2 :] + made[: ROWS // 2][::-1]


def test_as_a_file(tea, buyer, log_in):
    def exported(client):
        return b"".join(client.get("/purchase-orders?as=csv").streaming_content).decode().lstrip("\ufeff").splitlines()

    header, row = exported(buyer)
    assert header.endswith("slack_days,value_minor,currency")
    assert row.startswith("PO-1,ACME,ACME Ltd,sent,,12,12,") and row.endswith(",50400,GBP")
    assert "value_minor" not in exported(log_in(Role.SUPPORT))[0]


# One of them.


def test_it_says_who_waits_for_each_line_and_with_how_much_slack(tea, buyer, text):
    page = text(buyer, "/purchase-orders/PO-1")
    assert "PO-1 ACME Ltd Sent, not confirmed" in page
    assert "Tea TEA · theirs 4410-C 9 customers wait for 11, 1 for stock" in page
    assert re.search(r"3 × Buyer of SO-1 #SO-1 \d+ days spare 1 × Buyer of SO-2 #SO-2", page)
    assert "Customers behind it 9" in page and "Raised because Raised by hand" in page


def test_many_who_wait_are_counted_and_only_the_first_are_named(shop, buyer, text):
    shop.sells("TEA")
    for _ in range(30):
        shop.order({"TEA": 1})
    shop.raises()
    page = text(buyer, "/purchase-orders/PO-1")
    assert "30 customers wait for 30" in page and "#SO-20" in page and "#SO-21" not in page
    assert "All who wait for it" in page


def test_its_statements_are_as_many_for_one_line_as_for_thirty(shop, buyer, django_assert_num_queries):
    from django.db import connection

    def statements(path):
        buyer.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert buyer.get(path).status_code == 200
        return len(captured)

    shop.sells("TEA")
    shop.order({"TEA": 1})
    shop.raises()
    for place in range(30):
        shop.sells(f"SKU-{place}")
        shop.order({f"SKU-{place}": 3})
    shop.raises()
    few, many = statements("/purchase-orders/PO-1"), statements("/purchase-orders/PO-2")
    assert few == many <= 22
    assert statements("/purchase-orders") <= 18


def test_customers_who_are_late_stand_on_top(tea, buyer, text):
    tea.answers("PO-1", on=tea.now.date() + timedelta(days=3))
    assert "late" not in text(buyer, "/purchase-orders/PO-1")
    tea.wait(days=28)
    page = text(buyer, "/purchase-orders/PO-1")
    assert "9 customers behind it are late." in page
    assert "It is overdue." in page
    assert "data-late" in buyer.get("/purchase-orders").content.decode()


def test_its_journey(tea, buyer, text):
    def steps():
        page = buyer.get("/purchase-orders/PO-1").content.decode()
        found = re.search(r'(?s)<ol class="journey.*?</ol>', page)[0]
        return [
            (name, "done" if "is-done" in how else "bad" if "is-bad" in how else "now" if "current" in how else "")
            for how, name in re.findall(r"<li([^>]*)><b>([^<]+)</b>", found)
        ]

    names = ["Raised", "Queued", "Sent", "Answered", "Due", "Received"]
    assert steps() == list(zip(names, ["done", "done", "done", "now", "", ""], strict=True))
    tea.wait(days=9)
    assert steps()[3] == ("Answered", "bad")  # For longer than its supplier may take.
    tea.answers("PO-1", on=tea.now.date() + timedelta(days=3))
    assert steps()[3:] == [("Answered", "done"), ("Due", "now"), ("Received", "")]
    tea.receives("PO-1", {"TEA": 12})
    assert [how for _, how in steps()] == ["done"] * 6


def test_a_cancelled_one_ends_there(tea, buyer, text):
    amending.cancel("PO-1", why="too late", by="ben", now=tea.now)
    page = text(buyer, "/purchase-orders/PO-1")
    assert "Cancelled" in page and "Due" not in page and "ben: too late" in page
    assert "Amend" not in page and "Cancel…" not in page


def test_what_happened_newest_first(tea, buyer, text):
    tea.wait(hours=2)
    tea.receives("PO-1", {"TEA": 5})
    page = text(buyer, "/purchase-orders/PO-1").partition("What happened")[2]
    assert page.index("5 units received") < page.index("Sent") < page.index("Raised: 12 units")
    assert "wendy" in page and "ben" in page


def test_the_document(tea, buyer, log_in):
    pdf = buyer.get("/purchase-orders/PO-1/document.pdf")
    assert pdf.content.startswith(b"%PDF") and 'filename="PO-1.pdf"' in pdf["Content-Disposition"]
    assert b"4410-C,TEA,Tea,12,42.00,504.00,GBP" in buyer.get("/purchase-orders/PO-1/document.csv").content
    assert buyer.get("/purchase-orders/PO-9/document.pdf").status_code == 404
    assert log_in(Role.WAREHOUSE).get("/purchase-orders/PO-1/document.pdf").status_code == 403


def test_a_message_that_failed_is_sent_again(tea, buyer, text):
    failed = Message.objects.get(kind="purchase_order")
    Message.objects.filter(pk=failed.pk).update(state="failed", note="no such mailbox")
    purchasing.bounce("PO-1", why="no such mailbox", by="worker", now=tea.now)
    page = text(buyer, "/purchase-orders/PO-1")
    assert "The order did not get through" in page and "It did not reach ACME Ltd." in page
    answer = buyer.post(f"/purchase-orders/PO-1/messages/{failed.pk}/again", follow=True)
    assert "The message to ACME Ltd is sent again." in answer.content.decode()
    assert tea.state("PO-1") == "sent"


def test_a_message_about_something_else_is_not_sent_from_here(tea, buyer):
    other = Message.objects.exclude(kind="purchase_order").first()
    answer = buyer.post(f"/purchase-orders/PO-1/messages/{other.pk}/again", follow=True)
    assert "There is no message about PO-1" in answer.content.decode()


def test_one_that_does_not_exist(shop, buyer):
    for path in ("", "/answer", "/amend", "/cancel/ask", "/pay"):
        answer = buyer.get(f"/purchase-orders/PO-77{path}")
        assert answer.status_code == 404 and "There is no purchase order PO-77" in answer.content.decode()


def test_search_and_the_queue_lead_here(tea, buyer):
    assert buyer.get("/search", {"q": "po-1"})["Location"] == "/purchase-orders/PO-1"
    assert 'href="/purchase-orders/PO-1"' in buyer.get("/queue").content.decode()


def test_who_may_not_buy_is_offered_nothing(tea, log_in):
    page = log_in(Role.SUPPORT).get("/purchase-orders/PO-1").content.decode()
    for words in ("Cancel…", "Remind…", "More", "£", "Document"):
        assert words not in page.partition("<main")[2].partition("</main>")[0]


def test_whoever_may_buy_sees_costs():
    """The forms of payments count on it."""
    assert all(Right.SEE_COSTS in rights for rights in RIGHTS.values() if Right.BUY in rights)


def test_the_warehouse_receives_from_here_and_nothing_else(tea, log_in):
    page = log_in(Role.WAREHOUSE).get("/purchase-orders/PO-1").content.decode()
    assert 'class="button ink" href="/receiving/PO-1"' in page
    assert "Record the answer" not in page and "Cancel…" not in page
