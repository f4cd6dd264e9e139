"""Search: what is named exactly opens at once; else everything that is called like it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "where"),
    [("SO-1", "/orders/SO-1"), ("#SO-1", "/orders/SO-1"), ("tea", "/catalogue/TEA"), ("acme", "/suppliers/ACME")],
)
def test_an_exact_name_opens_at_once(shop, buyer, words, where):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    answer = buyer.get("/search", {"q": words})
    assert answer.status_code == 302 and where in answer["Location"]


def test_several_are_listed(shop, buyer, text):
    shop.sells("TEA")
    shop.sells("TEAPOT")
    shop.order({"TEA": 1})
    shop.order({"TEA": 1})
    page = text(buyer, "/search?q=SO-")  # Two orders, and their two customers.
    assert "4 things are called like “SO-”" in page
    assert "TEAPOT" in text(buyer, "/search?q=teap")


def test_nothing_is_called_like_it(shop, buyer, text):
    assert "Nothing is called like “zebra”" in text(buyer, "/search?q=zebra")
    assert "What is named exactly opens at once" in text(buyer, "/search")


def test_what_is_searched_is_no_markup(shop, buyer):
    assert "<b>x" not in buyer.get("/search", {"q": "<b>x"}).content.decode()
