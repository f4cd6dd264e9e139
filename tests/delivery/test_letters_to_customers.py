"""What customers are told, letter by letter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from onorder.actions import orders, packing, payments, shipping
from onorder.actions.answers import Said
from onorder.delivery import mail
from onorder.models import Message
from onorder.rules.lifecycle import ShippingPolicy
from tests.delivery.satchels import everything, first_lines, letter, mixed, sells_satchels

TO_CUSTOMERS = {
    *("placed", "added", "swapped", "ordered", "delayed", "promised_anew", "arrived", "shipped", "cancelled"),
    *("refunded", "returned", "heartbeat", "lapsed", "link"),
}


@pytest.fixture
def shop(shop):
    return sells_satchels(shop)


def test_an_order_in_parts_says_what_ships_now_and_what_later_and_when(shop):
    mixed(shop, address="Bob\n4 Hill Street\nYork", shipping_minor=495)
    written, text, html = letter("placed")
    assert written.subject == "Order SO-1: thank you, we have it"
    assert first_lines(text) == "3 items can ship now. 1 item will follow, by Wed 1 April."
    now, later = text.split("Ships now\n")[1].split("Ships later\n")
    assert "2 × Satchel, green [SAT]  £298.00" in now
    assert "1 × Strap [STRAP]  £24.50\n      by Tue 3 March" in now
    assert "1 × Satchel, green [SAT]  £149.00\n      by Wed 1 April" in later
    assert "Items: £471.50\nShipping: £4.95\nTotal: £476.45" in text
    assert "Goes to: Bob, 4 Hill Street, York" in text
    assert "Reply to this e-mail" in text
    for part in ("Ships now", "Satchel, green", "by Wed 1 April", "£476.45", "4 Hill Street", "Reply to this e-mail"):
        assert part in html


def test_an_order_that_is_all_here_speaks_of_nothing_to_follow(shop):
    shop.order({"SAT": 1})
    _written, text, html = letter("placed")
    assert first_lines(text) == "Everything is here. It ships by Tue 3 March."
    assert "later" not in text + html
    assert "follow" not in text + html


def test_an_order_that_goes_together_has_one_date(shop):
    shop.order({"SAT": 3, "STRAP": 1}, together=True)
    _written, text, _html = letter("placed")
    assert first_lines(text) == "It ships in one parcel, by Wed 1 April."
    assert "Ships now" not in text
    assert "3 × Satchel, green" in text


def test_units_added_are_told_with_what_was_there_before(shop):
    mixed(shop)
    orders.add("SO-1", "STRAP", 5, key="more", by="bob", now=shop.now)
    written, text, _html = letter("added")
    assert written.subject == "Order SO-1: 5 × Strap added"
    assert first_lines(text) == "4 items can ship now. 1 item will follow, by Wed 1 April."
    rest = text.split("The rest of your order")[1]
    assert "2 × Satchel, green [SAT]\n      here, set aside for you" in rest
    assert "1 × Strap" in rest
    assert "4 × Strap" not in rest


def test_what_is_on_order_says_when_it_is_expected_and_what_was_promised(shop):
    mixed(shop)
    number = shop.raises()
    written, text, _html = letter("ordered")
    assert written.subject == "Order SO-1: 1 × Satchel, green on order for you"
    assert "We expect to ship on Mon 16 March; at the latest, as we told you, on Wed 1 April." in first_lines(text)
    assert number not in text


def test_a_delay_says_the_old_day_the_new_day_and_the_choice(shop):
    mixed(shop)
    number = shop.raises()
    shop.answers(number, Said("SAT", on=(shop.now + timedelta(days=60)).date()))
    written, text, _html = letter("delayed")
    assert written.subject.startswith("Order SO-1: it will be later, by ")
    assert first_lines(text).startswith("We are sorry. 1 × Satchel, green will ship by ")
    assert first_lines(text).endswith(", not by Wed 1 April as we told you.")
    assert ", was Wed 1 April" in text
    assert "If you would rather not wait, reply to this e-mail" in text


def test_what_was_swapped_is_told_with_what_it_replaces(shop):
    mixed(shop)
    orders.swap("SO-1", "SAT", "STRAP", 1, key="k", by="dora", now=shop.now)
    written, text, _html = letter("swapped")
    assert written.subject == "Order SO-1: 1 × Strap instead"
    assert first_lines(text) == "Everything is here. It ships by Tue 3 March."
    assert "Instead of\n  1 × Satchel, green [SAT]" in text
    rest = text.split("Also set aside for you")[1]
    assert "2 × Satchel, green" in rest and "1 × Strap" in rest


def test_another_day_is_told_with_the_reason_that_was_given(shop):
    mixed(shop)
    orders.promise_anew("SO-1", "SAT", date(2026, 4, 20), why="The mill\nis closed", by="dora", now=shop.now)
    written, text, html = letter("promised_anew")
    assert written.subject == "Order SO-1: a new day, by Mon 20 April"
    assert first_lines(text) == "3 × Satchel, green will ship by Mon 20 April."
    assert "The mill is closed" in text and "The mill is closed" in html
    assert "by Mon 20 April, was Wed 1 April" in text
    assert "If you would rather not wait" in text
    orders.promise_anew("SO-1", "SAT", date(2026, 3, 30), why="Sooner", by="dora", now=shop.now)
    assert "rather not wait" not in letter("promised_anew")[1]


def test_what_arrived_says_what_is_still_to_come(shop):
    shop.order({"SAT": 5}, policy=ShippingPolicy.AS_AVAILABLE)
    number = shop.raises()
    shop.receives(number, {"SAT": 1})
    written, text, _html = letter("arrived")
    assert written.subject == "Order SO-1: 1 × Satchel, green arrived"
    assert first_lines(text).endswith("is packed next. 2 items will follow, by Wed 1 April.")
    shop.receives(number, {"SAT": 2})
    _written, text, html = letter("arrived")
    assert first_lines(text) == "2 × Satchel, green complete your order. It is packed next."
    assert "to come" not in text + html


def test_what_arrived_for_an_order_that_goes_together_waits_for_the_rest(shop):
    shop.sells("BELT")
    shop.order({"SAT": 3, "BELT": 1}, together=True)
    shop.receives(shop.raises(), {"SAT": 1})
    assert "ships together with the rest of your order, by Wed 1 April" in first_lines(letter("arrived")[1])


def test_a_parcel_says_what_is_in_it_and_what_follows(shop):
    mixed(shop)
    shipping.ship([shipping.Parcel("SO-1", "DHL", "JD 0146")], by="wendy", now=shop.now)
    written, text, html = letter("shipped")
    assert written.subject == "Order SO-1: a parcel is on its way, more will follow"
    expected = "A parcel with 3 items has left us, with DHL. 1 item is still to come, by Wed 1 April."
    assert first_lines(text) == expected
    assert expected in html
    parcel, to_come = text.split("In this parcel\n")[1].split("Still to come\n")
    assert "2 × Satchel, green" in parcel
    assert "1 × Satchel, green [SAT]\n      by Wed 1 April" in to_come
    assert "Tracking number: JD 0146" in text


def test_a_packed_parcel_says_what_is_in_it_where_it_goes_and_what_else_there_is(shop):
    mixed(shop, address="Bob\n4 Hill Street\nYork")
    packing.pack([shipping.Parcel("SO-1")], by="wendy", now=shop.now)
    written, text, _html = letter("packed")
    assert written.subject == "Order SO-1: a parcel is packed, more will follow"
    assert first_lines(text) == "3 items are packed and wait for the carrier."
    parcel, rest = text.split("In this parcel\n")[1].split("The rest of your order\n")
    assert "2 × Satchel, green" in parcel
    assert "1 × Satchel, green [SAT]\n      by Wed 1 April" in rest
    assert "Goes to: Bob, 4 Hill Street, York" in text
    number = shop.raises()
    shop.ships("SO-1")
    shop.receives(number, {"SAT": 1})
    packing.pack([shipping.Parcel("SO-1")], by="wendy", now=shop.now)
    assert letter("packed")[0].subject == "Order SO-1: your parcel is packed"


def test_the_last_parcel_completes_the_order_and_nothing_is_still_to_come(shop):
    mixed(shop)
    number = shop.raises()
    shop.ships("SO-1")
    shop.receives(number, {"SAT": 1})
    shop.ships("SO-1")
    written, text, html = letter("shipped")
    assert written.subject == "Order SO-1: your parcel is on its way"
    assert first_lines(text).endswith("That completes your order.")
    assert "to come" not in text + html


def test_a_message_tells_what_was_the_case_at_its_event_however_late_it_leaves(shop):
    mixed(shop)
    number = shop.raises()
    shop.ships("SO-1")
    parcel = Message.objects.get(kind="shipped").pk
    at_once = mail.compose([parcel])[0]
    shop.receives(number, {"SAT": 1})
    shop.ships("SO-1")
    orders.add("SO-1", "STRAP", 9, key="more", by="bob", now=shop.now)
    shop.cancels("SO-1")
    late = mail.compose([parcel])[0]
    assert (late.subject, late.body) == (at_once.subject, at_once.body)
    assert "1 item is still to come" in late.body


def test_a_cancelled_part_says_what_remains(shop):
    mixed(shop)
    shop.cancels("SO-1", {"SAT": 1})
    written, text, _html = letter("cancelled")
    assert written.subject == "Order SO-1: 1 × Satchel, green cancelled"
    assert first_lines(text) == (
        "We have cancelled 1 × Satchel, green. 3 items are set aside for you, to be packed next."
    )
    assert "paid" not in text
    payments.capture("SO-1", 100, key="c", by="stripe", now=shop.now)
    assert "What you have paid for it we pay back" in letter("cancelled")[1]


def test_a_cancelled_order_has_nothing_to_come(shop):
    mixed(shop)
    shop.cancels("SO-1")
    written, text, html = letter("cancelled")
    assert written.subject == "Order SO-1: cancelled"
    assert "to come" not in text + html


def test_money_back_says_how_much(shop):
    mixed(shop)
    payments.capture("SO-1", 5000, key="c", by="stripe", now=shop.now)
    payments.refund("SO-1", 1250, key="r", by="alice", now=shop.now)
    written, text, _html = letter("refunded")
    assert written.subject == "Order SO-1: £12.50 on its way back to you"
    assert first_lines(text).startswith("We have paid back £12.50")


def test_goods_that_came_back_are_thanked_for(shop):
    shop.order({"SAT": 2})
    shop.ships("SO-1")
    shop.takes_back("SO-1", "SAT", 1)
    assert first_lines(letter("returned")[1]) == "We have 1 × Satchel, green back. Thank you for sending it."


def test_no_message_to_a_customer_says_backorder_or_names_a_supplier(shop):
    everything(shop)
    keys = list(Message.objects.filter(supplier=None).values_list("pk", flat=True))
    told = mail.compose(keys)
    assert set(Message.objects.filter(supplier=None).values_list("kind", flat=True)) == TO_CUSTOMERS
    for written in told:
        for part in (written.subject, written.body, written.alternatives[0][0]):
            assert "backorder" not in part.lower()
            assert "ACME" not in part
            assert "PO-" not in part
