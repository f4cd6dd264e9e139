"""The page of a delay: everybody reads the same days, and the two answers weigh the same."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from onorder.access import Purpose, token
from onorder.actions import orders, payments
from onorder.actions.answers import Said
from onorder.models import DelayNotice, Order, Shop, Supplier
from onorder.queue import setup as settings
from tests.desk.conftest import opens  # noqa: F401
from tests.looking import wrong_with


def follows(code):
    Shop.objects.update(jurisdiction=code)
    settings.changed()


def furnish(shop):
    """SO-1 paid for two of TEA and one MUG, and is asked whether it waits a month longer for the tea."""
    follows("EU")
    for sku in ("TEA", "MUG"):
        shop.sells(sku)
    shop.order({"TEA": 2, "MUG": 1})
    payments.capture("SO-1", 1_500, key="paid", by="psp", now=shop.now)
    shop.was = shop.line("SO-1", "TEA").promised_on
    orders.promise_anew("SO-1", "TEA", shop.was + timedelta(30), why="The mill is flooded.", by="dora", now=shop.now)
    return shop


@pytest.fixture
def clock(monkeypatch):
    """`clock(shop)`: pages read the shop's time."""
    return lambda shop: monkeypatch.setattr(timezone, "now", lambda: shop.now)


@pytest.fixture
def late(shop, clock):
    clock(shop)
    return furnish(shop)


def link(shop, purpose=Purpose.DELAY):
    return f"/d/{token(Order.objects.get().pk, shop.now.date(), purpose)}"


def read(path):
    answer = Client().get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def says(shop, reply, **more):
    asked = Client().get(link(shop)).content.decode()
    sent = dict(re.findall(r'name="(notices)" value="([^"]+)"', asked)) | {"reply": reply} | more
    assert Client().post(link(shop), sent).status_code == 302
    return sent


def day(on):
    return f"{on:%a} {on.day} {on:%b}"


def test_it_says_the_days_the_reason_and_what_happens_without_an_answer(late):
    page = read(link(late))
    assert "The mill is flooded." in page and "2 × Tea" in page and "Mug" not in page
    assert f"Was to ship by {day(late.was)} Now ships by {day(late.was + timedelta(30))}" in page
    assert f"If you do nothing until {day(late.was + timedelta(14))}, we cancel it and pay back" in page
    assert "I wait for it Cancel and refund" in page


def test_until_they_have_answered_the_page_of_the_order_does_not_say_that_there_is_nothing_to_do(late):
    journey = f"/j/{token(Order.objects.get().pk, late.now.date())}"
    asks, nothing = "Say whether you wait", "There is nothing you need to do."
    page = read(journey)
    assert asks in page and nothing not in page
    says(late, "kept")
    page = read(journey)
    assert asks not in page and nothing in page


def test_who_waits_is_believed(late):
    says(late, "kept")
    page = read(link(late))
    assert f"you agreed to wait until {day(late.was + timedelta(30))}." in page
    assert "Cancel and refund" not in page
    assert late.units("SO-1", "TEA") == (2, 0, 0, 0)


def test_who_cancels_gets_the_money_of_what_is_late_and_nothing_else_goes(late):
    says(late, "cancelled")
    assert late.units("SO-1", "TEA") == (0, 0, 0, 2)
    assert late.units("SO-1", "MUG") == (1, 0, 0, 0)
    assert Order.objects.get().refunded_minor == 1_000
    assert "You cancelled this on" in read(link(late))


def test_a_second_answer_says_what_was_answered(late):
    sent = says(late, "cancelled")
    assert Client().post(link(late), sent).status_code == 302
    assert Client().post(link(late), sent | {"reply": "kept"}).status_code == 302
    assert "You cancelled this on" in read(link(late))
    assert Order.objects.get().refunded_minor == 1_000


def test_an_answer_counts_for_the_days_that_were_read(late):
    old = Client().get(link(late)).content.decode()
    sent = dict(re.findall(r'name="(notices)" value="([^"]+)"', old)) | {"reply": "kept"}
    orders.promise_anew("SO-1", "TEA", late.was + timedelta(60), why="Still.", by="dora", now=late.now)
    Client().post(link(late), sent)
    assert list(DelayNotice.objects.order_by("number").values_list("reply", flat=True)) == ["kept", ""]
    assert "I wait for it" in read(link(late))  # They have not seen the new day.


def test_who_agreed_to_wait_without_a_day_may_stop_at_any_time(shop, clock):
    clock(shop)
    follows("US")
    shop.sells("TEA")
    shop.order({"TEA": 1})
    payments.capture("SO-1", 500, key="paid", by="psp", now=shop.now)
    number = shop.raises()
    Supplier.objects.update(lead_time_days=None)
    settings.changed()
    shop.answers(number, Said("TEA", quantity=0))
    assert "nobody knows yet" in read(link(shop))
    says(shop, "kept")
    assert "You may cancel at any time." in read(link(shop))
    says(shop, "withdrawn")
    assert Order.objects.get().refunded_minor == 500


@pytest.mark.parametrize(
    "sent", [{}, {"reply": "kept"}, {"reply": "x", "notices": "1.1"}, {"reply": "kept", "notices": "٣.1"}]
)
def test_what_is_no_answer_changes_nothing(late, sent):
    assert Client().post(link(late), sent).status_code == 302
    assert DelayNotice.objects.get().reply == ""


def test_nobody_answers_for_another_order(late):
    late.order({"TEA": 1}, number="SO-2")
    other = Order.objects.get(number="SO-2").pk
    line = late.line("SO-1", "TEA").pk
    Client().post(f"/d/{token(other, late.now.date(), Purpose.DELAY)}", {"reply": "cancelled", "notices": f"{line}.1"})
    assert late.units("SO-1", "TEA") == (2, 0, 0, 0)


def test_a_link_for_something_else_opens_nothing(late):
    answer = Client().get(link(late, Purpose.JOURNEY))
    assert answer.status_code == 404
    assert "does not open anything any more" in answer.content.decode()


def test_a_form_needs_its_token(late):
    assert Client(enforce_csrf_checks=True).post(link(late), {"reply": "kept"}).status_code == 403


def test_it_is_never_cached_and_needs_no_login(late):
    answer = Client().get(link(late))
    assert "no-store" in answer["Cache-Control"]
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_in_a_browser_without_script(lasting_shop, opens, clock, width, scheme):  # noqa: F811
    clock(lasting_shop)
    furnish(lasting_shop)
    page = opens(link(lasting_shop), role=None, width=width, scheme=scheme, script=False)
    wait, stop = page.get_by_role("button", name="I wait for it"), page.get_by_role("button", name="Cancel and refund")
    boxes = [one.bounding_box() for one in (wait, stop)]
    assert abs(boxes[0]["width"] - boxes[1]["width"]) < 1 and boxes[0]["height"] == boxes[1]["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wait.click()
    expect(page.get_by_text("you agreed to wait until")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_before_and_after(lasting_shop, opens, clock, scheme):  # noqa: F811
    clock(lasting_shop)
    furnish(lasting_shop)
    page = opens(link(lasting_shop), role=None, width=390, scheme=scheme)
    for _ in range(2):
        assert wrong_with(page) == []
        if page.get_by_role("button").count():
            page.get_by_role("button", name="Cancel and refund").click()
    expect(page.get_by_text("You cancelled this on")).to_be_visible()
