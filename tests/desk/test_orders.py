"""One order: where each unit is, what can be done with it, and what that would do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from onorder.actions import orders as actions
from onorder.actions import payments
from onorder.desk.rights import Role
from onorder.models import Customer, Message, Order


@pytest.fixture
def dora(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def tea(shop):
    shop.sells("TEA")
    shop.sells("MUG", here=5)
    shop.order({"TEA": 3, "MUG": 2})
    return shop


def seen(client, path):
    """The last event that a form of this page was filled in with."""
    return re.search(r'name="last" value="(\d+)"', client.get(path).content.decode())[1]


def test_where_each_unit_is_and_will_come_from(tea, dora, text):
    page = text(dora, "/orders/SO-1")
    assert "3 from the buffer of ACME Ltd next in the queue" in page
    assert "2 allocated" in page
    number = tea.raises()
    assert f"3 from {number}" in text(dora, "/orders/SO-1")
    tea.receives(number, {"TEA": 3})
    tea.ships("SO-1")
    assert "3 shipped" in text(dora, "/orders/SO-1")


def test_how_its_day_comes_about(tea, dora, text):
    assert "to put away" in text(dora, "/orders/SO-1")


def test_everything_that_happened_and_by_whom(tea, dora, text):
    tea.raises()
    tea.cancels("SO-1", {"TEA": 1})
    page = text(dora, "/orders/SO-1")
    assert re.search(r"1 unit cancelled .* dora .* Ordered .* storefront", page)


def test_messages_that_were_not_sent_stand_apart(tea, dora, text):
    assert "not sent" not in text(dora, "/orders/SO-1")
    tea.raises()
    Message.objects.filter(kind="placed").update(state="suppressed", note="told elsewhere")
    page = text(dora, "/orders/SO-1")
    assert re.search(r"Messages Ordered for you .* 1 was not sent Order received not sent .* told elsewhere", page), (
        page
    )


def test_the_list_says_where_units_are(tea, dora, text):
    tea.order({"MUG": 1})
    assert "#SO-2 Buyer of SO-2" in text(dora, "/orders")
    assert "#SO-2" not in text(dora, "/orders?show=waiting")
    assert "#SO-2" in text(dora, "/orders?show=complete")
    tea.ships("SO-2")
    assert "#SO-2" in text(dora, "/orders?show=shipped")
    tea.cancels("SO-1")
    assert "#SO-1" in text(dora, "/orders?show=cancelled")
    assert "No order is open" in text(dora, "/orders")
    assert "#SO-1" in text(dora, "/orders?q=buyer of so-1")
    assert "No order like that" in text(dora, "/orders?q=zebra")


def test_behind_its_day(tea, dora, text):
    assert "No order like that" in text(dora, "/orders?show=behind")
    tea.wait(days=60)
    assert "#SO-1" in text(dora, "/orders?show=behind")


def test_what_cancelling_would_do_is_said_before_it_is_done(tea, dora, text):
    payments.capture("SO-1", 2_500, key="p", by="dora", now=tea.now)
    tea.raises()
    form = {"units_0": 2, "units_1": 1, "why": "", "last": seen(dora, "/orders/SO-1/cancel")}
    said = dora.post("/orders/SO-1/cancel/try", form).content.decode()
    assert "3 units are cancelled." in said
    assert "1 of them was set aside, and goes to the next in the queue or back into stock." in said
    assert "2 units on order have no customer any more, and become stock." in said
    assert "£15.00 of what was paid can be given back." in said
    assert tea.units("SO-1") == (3, 2, 0, 0)  # Nothing has been done.
    answer = dora.post("/orders/SO-1/cancel/do", form, follow=True)
    assert "3 units of #SO-1 are cancelled." in answer.content.decode()
    assert tea.units("SO-1") == (1, 1, 0, 3)
    assert tea.is_sound()


def test_nothing_to_cancel_is_asked_again(tea, dora):
    page = dora.post("/orders/SO-1/cancel/do", {"why": ""}).content.decode()
    assert "Write beside at least one product" in page
    assert "Write a whole number from 0 to 3." in dora.post("/orders/SO-1/cancel/do", {"units_0": 9}).content.decode()


def test_units_are_added_once_however_often_the_form_is_sent(tea, dora):
    form = {"sku": "TEA", "units": 2, "key": "k", "last": ""}
    assert "Ships by" in dora.post("/orders/SO-1/add/try", form).content.decode()
    for _ in range(2):
        answer = dora.post("/orders/SO-1/add/do", form, follow=True)
        assert "2 of TEA are added. Ships by" in answer.content.decode()
    assert tea.units("SO-1", "TEA") == (5, 0, 0, 0)


def test_what_cannot_be_added_is_said_in_the_form(tea, dora):
    page = dora.post("/orders/SO-1/add/do", {"sku": "ZEBRA", "units": 2, "key": "k"}).content.decode()
    assert "ZEBRA" in page and "There is no" in page


def test_together_or_in_parts(tea, dora, text):
    assert "2 of its units are here and could go at once; 3 would follow." in text(dora, "/orders/SO-1/policy")
    tea.order({"TEA": 1, "MUG": 1})
    assert "1 of its units is here and could go at once; 1 would follow." in text(dora, "/orders/SO-2/policy")
    form = {"policy": "together", "most_parcels": 1, "last": seen(dora, "/orders/SO-1/policy")}
    assert "Ships together" in dora.post("/orders/SO-1/policy/do", form, follow=True).content.decode()
    assert Order.objects.get(number="SO-1").shipping_policy == "together"


def test_to_another_address_which_no_event_repeats(tea, dora, text):
    form = {"address": "12 New Lane\nLeeds", "last": seen(dora, "/orders/SO-1/address")}
    dora.post("/orders/SO-1/address/do", form)
    assert "12 New Lane" in text(dora, "/orders/SO-1")
    assert "New Lane" not in str(tea.events("sent_elsewhere")[0].data)


def test_goods_are_taken_back_once(tea, dora):
    tea.ships("SO-1")
    form = {"sku": "MUG", "units": 1, "restock": "yes", "why": "chipped", "key": "r"}
    for _ in range(2):
        assert "is booked." in dora.post("/orders/SO-1/take-back/do", form, follow=True).content.decode()
    assert tea.line("SO-1", "MUG").returned == 1
    assert "Sold again" in dora.get("/returns?show=decided").content.decode()


def test_money_either_way_and_never_more_back_than_was_paid(tea, dora, text):
    dora.post("/orders/SO-1/pay/do", {"amount": "25.00", "key": "p"})
    assert "Paid £25.00" in text(dora, "/orders/SO-1")
    page = dora.post("/orders/SO-1/refund/do", {"amount": "25.01", "key": "r"}).content.decode()
    assert "cannot be refunded" in page
    assert "not an amount" in dora.post("/orders/SO-1/refund/do", {"amount": "ten", "key": "r"}).content.decode()
    dora.post("/orders/SO-1/refund/do", {"amount": "5.00", "key": "r"})
    dora.post("/orders/SO-1/refund/do", {"amount": "5.00", "key": "r"})
    assert "Given back £5.00" in text(dora, "/orders/SO-1")


def test_a_note_for_whoever_looks_next(tea, dora, text):
    dora.post("/orders/SO-1/note/do", {"words": "Calls back <b>Friday</b>"})
    assert "Note: Calls back <b>Friday</b>" in text(dora, "/orders/SO-1")
    assert "<b>Friday" not in dora.get("/orders/SO-1").content.decode()


def test_a_message_that_failed_is_sent_again(tea, dora, text):
    from onorder.models import Message

    message = Message.objects.get()
    Message.objects.update(state="failed", note="mailbox full")
    assert "failed" in text(dora, "/orders/SO-1")
    dora.post(f"/orders/SO-1/messages/{message.pk}/again")
    assert Message.objects.get().state == "queued"


def test_whoever_was_faster_is_named_and_nothing_is_done(tea, dora):
    form = {"units_0": 1, "last": seen(dora, "/orders/SO-1/cancel")}
    actions.add("SO-1", "TEA", 2, key="k", by="ben", now=tea.now)
    page = dora.post("/orders/SO-1/cancel/do", form).content.decode()
    assert "is not what you looked at any more: 2 units added (ben)" in page
    assert tea.units("SO-1", "TEA") == (5, 0, 0, 0)
    assert tea.is_sound()


@pytest.mark.both_databases
def test_two_browsers_on_one_order(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 3})
    one, other = opens("/orders/SO-1", role=Role.SUPPORT), opens("/orders/SO-1", role=Role.OWNER)
    for page in (one, other):
        page.get_by_role("link", name="Cancel units…").click()
        page.get_by_label("Tea").fill("1")
    one.get_by_role("button", name="Cancel the units").click()
    expect(one.get_by_role("status")).to_contain_text("1 unit of #SO-1 is cancelled.")
    other.get_by_role("button", name="Cancel the units").click()
    expect(other.get_by_role("alert")).to_contain_text("1 unit cancelled (support)")
    assert lasting_shop.units("SO-1") == (2, 0, 0, 1)


def test_an_order_by_phone_says_its_day_before_it_is_taken(tea, dora, text):
    form = {"email": "Ann@mail.example", "name": "Ann", "sku_1": "TEA", "units_1": 4, "sku_2": "MUG", "units_2": 1}
    form |= {"key": "abcdef0123", "policy": "", "address": ""}
    said = dora.post("/orders/new/try", form).content.decode()
    assert "TEA: 4 to come, by" in said and "MUG: 1 here." in said
    assert Order.objects.count() == 1
    for _ in range(2):
        answer = dora.post("/orders/new/take", form, follow=True)
        assert "Order #260302-ABCDE is taken. All of it ships by" in answer.content.decode()
    assert Order.objects.count() == 2
    assert Customer.objects.get(email="Ann@mail.example").name == "Ann"


def test_what_cannot_be_taken_is_said_in_the_form(tea, dora):
    form = {"email": "ann@mail.example", "sku_1": "ZEBRA", "units_1": 4, "key": "abcdef0123"}
    assert "There is no SKU ZEBRA." in dora.post("/orders/new/take", form).content.decode()
    form |= {"sku_1": "TEA", "sku_2": "MUG"}
    assert "Write how many of it." in dora.post("/orders/new/take", form).content.decode()


def test_a_customer_and_how_they_are_reached(tea, dora, text):
    customer = Customer.objects.get()
    assert "Waits for 3 units." in text(dora, f"/customers/{customer.pk}")
    assert "Buyer of SO-1" in text(dora, "/customers?q=buyer")
    stored = {"name": customer.name, "email": customer.email, "phone": "", "language": ""}
    looked_at = re.search(r'name="seen" value="(\w+)"', dora.get(f"/customers/{customer.pk}/correct").content.decode())
    form = stored | {"phone": "0113 496", "seen": looked_at[1]}
    assert "It is saved." in dora.post(f"/customers/{customer.pk}/correct/do", form, follow=True).content.decode()
    assert "0113 496" in text(dora, f"/customers/{customer.pk}")
    assert tea.events("corrected")[0].data == {"fields": ["phone"]}
    again = dora.post(f"/customers/{customer.pk}/correct/do", stored | {"phone": "7", "seen": looked_at[1]})
    assert "Somebody changed this" in again.content.decode()
    wrong = dora.post(f"/customers/{customer.pk}/correct/do", form | {"email": "x"}).content.decode()
    assert "Enter a valid email" in wrong


def test_on_a_phone_the_menu_of_further_steps_lies_on_the_screen(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 1})
    page = opens("/orders/SO-1", role=Role.SUPPORT, width=390, height=844)
    page.locator(".more-acts summary").click()
    expect(page.locator(".more-acts .panel")).to_be_in_viewport(ratio=1)
