"""How customers may pay is set in one place; what they agreed to when buying stands on their order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from onorder.actions import orders
from onorder.models import Shop
from onorder.queries.quote import quote
from tests.looking import wrong_with

WAYS = {
    "takes_transfer": "on",
    "bank_details": "IBAN GB29",
    "takes_at_shop": "on",
    "remind_unpaid_days": "5",
    "unpaid_grace_days": "14",
    "cancels_unpaid": "on",
}


def ordered(shop):
    """An order of somebody who agreed to its dates, half of it here."""
    shop.sells("TEA", here=1)
    shop.terms(sku="TEA", deposit_basis_points=2_000, returns="faulty_only")
    seen = quote({"TEA": 2}, now=shop.now).apart
    agreed = replace(seen, words="I agree to delivery by Wed 1 Apr.", language="en")
    new = orders.NewOrder("", orders.NewCustomer("ann"), [orders.NewLine("TEA", 2)], key="k", accepted=agreed)
    return orders.place(new, by="storefront", now=shop.now).number


def test_the_owner_says_how_customers_pay_and_takes_it_back(shop, owner):
    assert owner.post("/settings/payments/set", WAYS).status_code == 302
    stored = Shop.objects.get()
    assert (stored.takes_transfer, stored.bank_details, stored.takes_at_shop) == (True, "IBAN GB29", True)
    (event,) = shop.events("payment_ways_changed")
    assert event.data == {"changed": ["takes_transfer", "bank_details"]}
    owner.post("/settings/payments/set", WAYS)  # The same again is no change.
    assert len(shop.events("payment_ways_changed")) == 1


def test_a_transfer_needs_an_account(shop, owner):
    answer = owner.post("/settings/payments/set", WAYS | {"bank_details": "  "})
    assert answer.status_code == 200 and b"nobody would know where to" in answer.content
    assert not Shop.objects.get().takes_transfer
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.update(takes_transfer=True)


def test_what_somebody_else_changed_is_not_overwritten(shop, owner):
    page = owner.get("/settings/payments").content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    owner.post("/settings/payments/set", WAYS)
    answer = owner.post("/settings/payments/set", {"takes_at_shop": "on", "seen": seen})
    assert b"Somebody changed this" in answer.content
    assert Shop.objects.get().takes_transfer


def test_an_order_shows_what_was_accepted_when_it_was_bought(shop, buyer, text):
    words = text(buyer, f"/orders/{ordered(shop)}")
    assert "Accepted when buying “I agree to delivery by Wed 1 Apr.”" in words
    assert (
        "1 here, 1 to come, £5.00 each; deposit 20 %, cancelling free until it ships, returns: Only if faulty" in words
    )
    assert "Fri 20 Mar to Wed 1 Apr" in words
    assert "Agreed to the dates and terms" in words


def test_an_order_that_came_in_another_way_shows_no_such_thing(shop, buyer, text):
    shop.sells("TEA")
    assert "Accepted when buying" not in text(buyer, f"/orders/{shop.order({'TEA': 1})}")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_both_pages_are_accessible(width, scheme, lasting_shop, opens):
    number = ordered(lasting_shop)
    page = opens("/settings/payments", width=width, scheme=scheme)
    home = page.url.removesuffix("/settings/payments")
    for path in ("/settings/payments", f"/orders/{number}", "/settings"):
        page.goto(home + path)
        assert wrong_with(page, path) == []
