"""A row of the queue, opened: what is known of it, what can be done, and that it stays open beside what others do."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder.desk import queue
from onorder.desk.rights import Role
from onorder.models import Message, OrderLine


def line(number, sku="TEA"):
    return OrderLine.objects.filter(order__number=number, variant__sku=sku).values_list("pk", flat=True).last()


@pytest.fixture
def dora(log_in):
    return log_in(Role.SUPPORT)


def test_it_says_why_that_day_the_place_and_what_the_customer_was_told(shop, dora, text):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.order({"TEA": 3})
    page = text(dora, f"/queue/{line('SO-2')}")
    assert "Place 2 units before it" in page
    assert "3 from the buffer of ACME Ltd" in page
    assert "to put away" in page
    assert "Order received" in page
    assert (
        'href="mailto:so-2@mail.example?subject=Your%20order%20SO-2"'
        in dora.get(f"/queue/{line('SO-2')}").content.decode()
    )
    number = shop.raises()
    Message.objects.filter(kind="placed").update(state="suppressed", note="told elsewhere")
    assert "Order received" not in text(dora, f"/queue/{line('SO-2')}")  # That one they never got.
    assert f"3 from {number} , sent Mon 2 Mar" in text(dora, f"/queue/{line('SO-2')}").replace(
        f"{number},", f"{number} ,"
    )


def test_what_can_be_done_is_for_those_who_may(shop, dora, buyer):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    said = dora.get(f"/queue/{line('SO-1')}").content.decode()
    for name in ("cancel", "swap", "day", "policy"):
        assert f"/orders/SO-1/{name}" in said
    assert "/orders/SO-1/cancel" not in buyer.get(f"/queue/{line('SO-1')}").content.decode()


def test_what_has_come_in_meanwhile_says_so_and_a_line_that_never_was_is_missing(shop, dora, text):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    shop.receives(shop.raises(), {"TEA": 2})
    page = text(dora, f"/queue/{line('SO-1')}")
    assert "It does not wait any more" in page and "Swap" not in page
    assert dora.get("/queue/999").status_code == 404


def lending(shop):
    """An older order keeps a tea while it waits for a mug; a younger one waits for nothing but a tea."""
    shop.sells("TEA", here=1)
    shop.sells("MUG")
    shop.order({"TEA": 1, "MUG": 1}, together=True)
    shop.order({"TEA": 1})
    return shop


def test_who_could_lend_is_named_once_something_would_repay_it(shop, dora, text):
    lending(shop)
    assert "could lend" not in text(dora, f"/queue/{line('SO-2')}")
    shop.raises()
    assert "#SO-1 could lend it, and loses nothing." in text(dora, f"/queue/{line('SO-2')}")


def test_a_part_for_the_queue_and_a_page_without_script(shop, dora):
    shop.sells("TEA")
    shop.order({"TEA": 2})
    path = f"/queue/{line('SO-1')}"
    part = dora.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "<h1" not in part
    assert "<html" in dora.get(path).content.decode()


def statements(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_it_costs_the_same_behind_few_and_behind_many(shop, dora):
    for sku in ("TEA", "MUG"):
        shop.sells(sku)
    shop.order({"TEA": 2})
    shop.raises()
    shop.order({"TEA": 2})
    few = statements(dora, f"/queue/{line('SO-2')}")
    for _ in range(20):
        shop.order({"TEA": 2, "MUG": 1}, together=True)
    shop.order({"TEA": 2})
    assert statements(dora, f"/queue/{line('SO-23')}") <= few


# By supplier.


def test_by_supplier_each_has_a_card_with_its_oldest_three(shop, buyer, text):
    shop.supplier("MOSS")
    shop.sells("TEA")
    shop.sells("SOAP", supplier="MOSS")
    shop.sells("JAR", here=1)
    for _ in range(5):
        shop.order({"TEA": 1})
    shop.order({"SOAP": 2})
    shop.raises("MOSS")
    page = text(buyer, "/queue?by=supplier")
    assert "7 units are waited for" in page
    assert "#SO-3" in page and "#SO-4" not in page
    assert "All 5 lines of ACME Ltd" in page
    assert "MOSS Ltd 2 units are waited for, all of them on order. " in page
    assert page.index("ACME Ltd") < page.index("MOSS Ltd")  # What a buffer is due for stands first.
    opened = text(buyer, "/queue?by=supplier&open=ACME")
    assert "#SO-5" in opened and "Only the oldest" in opened


def test_the_oldest_of_several_things_are_found_whatever_waits_for_each(shop, buyer, text):
    for sku in ("TEA", "POT", "CUP"):
        shop.sells(sku)
    for sku in ("TEA", "POT", "TEA", "CUP", "POT"):
        shop.order({sku: 1})
        shop.wait(hours=1)
    page = text(buyer, "/queue?by=supplier")
    assert [f"#SO-{n}" in page for n in range(1, 6)] == [True, True, True, False, False]


def test_by_supplier_costs_the_same_for_few_and_for_many(shop, buyer):
    shop.sells("TEA")
    for _ in range(4):
        shop.order({"TEA": 1})
    few = statements(buyer, "/queue?by=supplier")
    for n in range(12):
        shop.supplier(f"S{n}")
        shop.sells(f"T{n}", supplier=f"S{n}")
        shop.order({f"T{n}": 2, "TEA": 1})
    assert statements(buyer, "/queue?by=supplier") <= few


def test_pages_of_suppliers_miss_nobody(shop, buyer, monkeypatch):
    monkeypatch.setattr(queue, "SUPPLIERS", 2)
    for n in range(5):
        shop.supplier(f"S{n}")
        shop.sells(f"T{n}", supplier=f"S{n}")
        shop.order({f"T{n}": 1})
    seen, path = [], "/queue?by=supplier"
    while path:
        page = buyer.get(path).content.decode()
        seen += re.findall(r'id="supplier-(S\d)"', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = "/queue" + further[1].replace("&amp;", "&") if further else None
    assert sorted(seen) == [f"S{n}" for n in range(5)] and len(seen) == 5


# At risk.


def test_at_risk_are_those_who_would_be_late_if_their_buffer_were_left(shop, buyer, text):
    shop.sells("TEA")
    shop.sells("POT")
    shop.order({"TEA": 1})
    shop.order({"POT": 1})
    assert "At risk" not in text(buyer, "/queue")
    OrderLine.objects.filter(pk=line("SO-1")).update(told_on=shop.now.date())
    cache.clear()
    page = text(buyer, "/queue?show=late")
    assert "At risk 1" in page and "#SO-1" in page and "#SO-2" not in page
    assert "1 promise at risk" in text(buyer, "/buffers")
    shop.raises()
    assert "Nobody like that waits" in text(buyer, "/queue?show=late")


# In a real browser.


@pytest.fixture
def page(lasting_shop, opens):
    for sku in ("TEA", "POT"):
        lasting_shop.sells(sku)
    lasting_shop.order({"TEA": 2, "POT": 1})
    return opens("/queue", role=Role.SUPPORT)


def test_a_row_opens_and_closes_by_keys_and_the_focus_stays(page):
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".opened-row")).to_contain_text("next in the queue")
    tea = page.get_by_role("link", name="Tea", exact=True)
    expect(tea).to_be_focused()
    expect(tea).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(".opened-row :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".opened-row")).to_have_count(0)
    expect(tea).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Pot", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".opened-row")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".opened-row")).to_have_count(0)


def test_a_dialog_from_an_opened_row_gives_the_focus_back_and_the_queue_is_where_one_ends(page, lasting_shop):
    page.get_by_role("link", name="Tea", exact=True).click()
    cancel = page.locator(".opened-row").get_by_role("link", name="Cancel units…")
    cancel.click()
    expect(page.get_by_role("dialog")).to_contain_text("Cancel units of #SO-1")
    page.keyboard.press("Escape")
    expect(cancel).to_be_focused()
    expect(page.locator(".opened-row")).to_have_count(1)
    cancel.click()
    page.get_by_label("Pot").fill("1")
    page.get_by_role("button", name="Cancel the units").click()
    expect(page.get_by_role("status")).to_contain_text("1 unit of #SO-1 is cancelled.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    assert lasting_shop.units("SO-1") == (2, 0, 0, 1)


def test_an_opened_row_stays_open_when_somebody_else_does_something(lasting_shop, opens, hurried):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    page = opens("/queue", role=Role.SUPPORT)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".opened-row")).to_contain_text("the buffer of ACME Ltd")
    lasting_shop.order({"TEA": 3})
    expect(page.locator("tbody > tr:not(.opened-row)")).to_have_count(2)
    expect(page.locator("tr:first-child + .opened-row")).to_contain_text("next in the queue")
    expect(page.locator(":focus")).to_have_text("Tea")
    number = lasting_shop.raises()
    expect(page.locator(".opened-row")).to_contain_text(number)  # With what is the case now.
    page.locator(".opened-row").get_by_role("link", name="Swap…").focus()
    lasting_shop.order({"TEA": 3})
    expect(page.locator("tbody > tr:not(.opened-row)")).to_have_count(3)
    expect(page.locator(":focus")).to_have_text("Swap…")
    lasting_shop.receives(number, {"TEA": 2})
    expect(page.locator(".opened-row")).to_have_count(0)  # Its row is gone: it waits no more.


def test_without_script_a_row_is_a_page_of_its_own(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    page = opens("/queue", role=Role.SUPPORT, script=False)
    page.get_by_role("link", name="Tea", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 × Tea")
    page.get_by_role("link", name="Swap…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Swap units of #SO-1")
