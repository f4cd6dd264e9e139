"""The queue: who waits, from where their units come, and when."""

from __future__ import annotations

import re

from onorder.desk.lists import ROWS


def test_a_row_says_who_waits_for_what_and_until_when(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 3}, number="A-1")
    shop.wait(days=2)
    page = text(buyer, "/queue")
    assert "Tea TEA Buyer of A-1 #A-1, waits 2 days 3 Buffer ACME Ltd" in page


def test_from_a_purchase_order_and_the_buffer(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = shop.raises()
    shop.cancels("SO-1", {"TEA": 2})
    shop.order({"TEA": 4})
    assert f"2 × {number}, 2 × Buffer" in text(buyer, "/queue?order=SO-2")


def test_pages_follow_each_other_and_miss_nobody(shop, buyer):
    shop.sells("TEA")
    for _ in range(ROWS + 7):
        shop.order({"TEA": 1})
    seen, path = [], "/queue?supplier=ACME"
    while path:
        page = buyer.get(path).content.decode()
        seen += re.findall(r">#(SO-\d+)<", page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/queue" + further[1].replace("&amp;", "&") if further else None
    assert seen == [f"SO-{number}" for number in range(1, ROWS + 8)]


def test_what_was_told_for_a_day_that_has_passed(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    assert "Nobody like that waits" in text(buyer, "/queue?show=passed")
    shop.wait(days=60)
    assert "SO-1" in text(buyer, "/queue?show=passed")


def test_nonsense_in_the_address_shows_the_first_page(shop, buyer, text):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    for after in ("x", "W10=", "bnVsbA==", "WyJ4IiwxXQ=="):
        assert "SO-1" in text(buyer, f"/queue?after={after}")


def test_nobody_waits(shop, buyer, text):
    assert "Nobody waits" in text(buyer, "/queue")
    assert "Nobody like that waits" in text(buyer, "/queue?sku=TEA")


def test_as_a_file_that_no_spreadsheet_runs(shop, buyer):
    shop.sells("TEA")
    shop.order({"TEA": 1}, number="=1+1")
    said = b"".join(buyer.get("/queue?as=csv").streaming_content).decode()
    assert "'=1+1" in said and "\n=1+1" not in said
