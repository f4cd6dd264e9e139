"""Ordering with open eyes: what was shown is what is placed, once, or it is asked again."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.forms import EmailField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder.actions.shop import PaymentWays, set_payment_ways
from onorder.models import Customer, Guesses, Message, Order, OrderLine, Shop
from onorder.queries.accepted import accepted
from onorder.rules.entering import FREE, Lane
from onorder.rules.lifecycle import Accept
from tests.desk.test_pages import weight
from tests.looking import wrong_with
from tests.store.test_basket import in_it, put, said

WHO = {
    "name": "Ann Archer",
    "email": "Ann@Mail.example",
    "street": "4 Mill Lane",
    "postcode": "YO1 7HH",
    "town": "York",
    "country": "GB",
    "pay": "transfer",
    "agrees": "yes",
}


@pytest.fixture
def two(shop):
    furnish(shop)
    return shop


def furnish(shop):
    """Something that is here, something that is still to come, and an account to transfer to."""
    shop.sells("MUG", here=3)
    shop.sells("TEA", price=750)
    ways = PaymentWays(True, "Alice's Ltd\nIBAN GB29 NWBK 6016 1331 9268 19", True)
    set_payment_ways(ways, by="alice", now=shop.now)


def opened(client, **units):
    """A form that shows these things."""
    for sku, few in (units or {"MUG": 2, "TEA": 1}).items():
        put(client, sku, few)
    return hidden(client.get("/order"))


def hidden(answer):
    assert answer.status_code == 200, answer
    return {"sheet": re.search(r'name="sheet" value="([^"]+)"', answer.content.decode())[1]}


def sends(client, form, **changes):
    return client.post("/order", {**WHO, **form, **changes})


def errors(answer):
    return re.findall(r'id="id_(\w+)_error"', answer.content.decode())


# Placing.


def test_a_mixed_basket_is_ordered_and_thanked_for(client, two):
    answer = sends(client, opened(client))
    order = Order.objects.get()
    assert (order.channel, order.address) == ("store", "Ann Archer\n4 Mill Lane\nYO1 7HH York\nUnited Kingdom")
    assert list(Customer.objects.values_list("reference", "email", "name")) == [
        ("ann@mail.example", "Ann@Mail.example", "Ann Archer")
    ]
    words = said(client.get(answer["Location"]))
    assert order.number in words and "IBAN GB29" in words and "Thank you" in words
    token = answer["Location"].rpartition("/")[2]
    assert f'href="/j/{token}"' in client.get(answer["Location"]).content.decode()
    assert Message.objects.filter(kind="placed", customer__email="Ann@Mail.example").exists()
    assert "sessionid" not in client.cookies
    assert two.is_sound()


def test_what_was_agreed_to_is_kept_in_the_words_of_the_page(client, two):
    page = client.get("/order") if put(client, "TEA") else None
    assert "I agree to delivery by" in said(page)
    sends(client, hidden(page))
    kept = accepted(Order.objects.get().pk).accepted
    assert kept.words in said(page)
    assert (kept.language, kept.pays_by) == ("en-gb", "transfer")
    assert kept.last_on == OrderLine.objects.get().promised_on


def test_together_or_in_parts_as_chosen_and_the_shops_proposal_is_free(client, two):
    Shop.objects.update(split_cost_minor=395, split_from_days=60)  # The shop would send it together.
    two.terms()
    form = opened(client)
    page = client.get("/order").content.decode()
    assert re.search(r'id="way-together" checked', page) and "+£3.95" in page
    sends(client, form, way="apart")
    assert list(Order.objects.values_list("shipping_policy", "shipping_minor")) == [("up_to", 395)]
    Shop.objects.update(split_from_days=1, split_most_cost_share=10_000)  # Now it proposes parts itself.
    two.terms()
    two.counts("MUG", 9)
    form = opened(client)
    page = client.get("/order").content.decode()
    assert re.search(r'id="way-apart" checked', page) and "+£3.95" not in page


def test_nobody_is_asked_to_agree_to_what_is_here(client, two):
    form = opened(client, MUG=1)
    assert 'name="agrees"' not in client.get("/order").content.decode()
    assert sends(client, form, agrees="").status_code == 302


def test_the_box_is_never_ticked_for_the_customer(client, two):
    put(client, "TEA")
    box = re.search(r'<input type="checkbox" name="agrees"[^>]*>', client.get("/order").content.decode())[0]
    assert "checked" not in box


def test_without_agreeing_nothing_is_ordered(client, two):
    answer = sends(client, opened(client), agrees="")
    assert errors(answer) == ["agrees"] and not Order.objects.exists()
    assert re.search(r'name="agrees"[^>]*autofocus', answer.content.decode())


def test_what_is_wrong_is_said_in_place_and_what_was_written_stays(client, two):
    answer = sends(client, opened(client), email="ann", street="", pay="", phone="0123")
    page = answer.content.decode()
    assert errors(answer) == ["email", "street", "pay"]
    assert 'value="Ann Archer"' in page and 'value="ann"' in page and 'value="0123"' in page
    assert '<option value="GB" selected>' in page
    assert re.search(r'<input[^>]*name="email"[^>]*autofocus', page) and page.count("autofocus") == 1
    assert re.search(r'name="agrees"[^>]* checked', page)  # Nothing changed, so it still holds.
    assert not Order.objects.exists()


def test_a_wrong_address_is_said_in_our_words_here_and_nowhere_else(client, two):
    before = str(EmailField().default_validators[0].message)
    assert "Write your whole address, such as ann@example.com." in said(sends(client, opened(client), email="ann"))
    assert str(EmailField().default_validators[0].message) == before


@pytest.mark.parametrize("wrong", [{"country": "ZZ"}, {"pay": "card"}, {"pay": "at_shop"}, {"name": "  "}])
def test_what_the_page_does_not_offer_is_not_taken(client, two, wrong):
    set_payment_ways(PaymentWays(True, "IBAN", False), by="alice", now=two.now)
    assert sends(client, opened(client), **wrong).status_code == 200
    assert not Order.objects.exists()


def test_sent_twice_it_is_placed_once(client, two):
    form = opened(client)
    first, second = sends(client, form), sends(client, form)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_two_forms_of_one_browser_are_two_orders(client, two):
    first = opened(client, TEA=1)
    sends(client, first)
    sends(client, opened(client, TEA=1))
    assert Order.objects.count() == 2


def test_what_was_put_into_the_basket_meanwhile_stays_there(client, two):
    form = opened(client, MUG=1)
    put(client, "TEA", 2)
    sends(client, form)
    assert in_it(client) == {"TEA": 2}
    assert list(OrderLine.objects.values_list("variant__sku", "ordered")) == [("MUG", 1)]


@pytest.mark.parametrize("forged", ["", "x", "eyJ3YXlzIjp7fX0:1:z"])
def test_a_form_that_we_did_not_show_is_shown_first(client, two, forged):
    put(client, "TEA")
    answer = client.post("/order", {**WHO, "sheet": forged})
    assert answer.status_code == 200 and not Order.objects.exists()


def test_another_website_cannot_order(two):
    client = Client(enforce_csrf_checks=True)
    assert sends(client, opened(client)).status_code == 403


# What changed in between.


def test_what_is_no_longer_here_is_asked_again(client, two):
    form = opened(client, MUG=2)
    two.order({"MUG": 3})
    answer = sends(client, form)
    assert answer.status_code == 200 and Order.objects.filter(channel="store").count() == 0
    assert "Mug is no longer here. It arrives" in said(answer)
    assert not re.search(r'name="agrees"[^>]* checked', answer.content.decode())
    again = sends(client, hidden(answer))
    assert again.status_code == 302
    assert two.is_sound()


def test_a_later_day_is_asked_again_and_said_with_both_days(client, two):
    form = opened(client, TEA=1)
    two.wait(days=6)
    answer = sends(client, form)
    assert "Tea arrives by Wed 8 Apr, not by Wed 1 Apr." in said(answer)
    assert not re.search(r'name="agrees"[^>]* checked', answer.content.decode())
    assert not Order.objects.exists()


def test_a_higher_price_and_worse_terms_are_asked_again(client, two):
    form = opened(client, TEA=1)
    two.sells("TEA", price=800)
    two.terms(sku="TEA", deposit_basis_points=2_000)
    words = said(sends(client, form))
    assert "Tea costs £8.00, not £7.50." in words and "Tea is sold on other terms" in words
    assert "20 % when you order" in words
    assert not Order.objects.exists()


def test_better_than_shown_is_simply_ordered(client, two):
    form = opened(client, TEA=1)
    two.counts("TEA", 5)
    two.sells("TEA", price=700)
    answer = sends(client, form)
    assert "£7.00" in said(client.get(answer["Location"]))


def test_sold_out_in_between_leads_to_the_basket(client, two):
    two.terms(sku="TEA", accept=Accept.CAPPED, cap=1)
    form = opened(client, TEA=1)
    two.order({"TEA": 1})
    assert sends(client, form)["Location"] == "/basket"
    assert "It cannot be ordered at the moment" in said(client.get("/basket"))


def test_a_change_met_while_a_field_was_wrong_has_to_be_agreed_to_as_well(client, two):
    form = opened(client, MUG=2)
    two.order({"MUG": 3})
    answer = sends(client, form, name="")
    assert "Mug is no longer here" in said(answer)
    assert not re.search(r'name="agrees"[^>]* checked', answer.content.decode())


# Money.


def test_a_deposit_is_paid_now_and_the_rest_later(client, two):
    two.terms(sku="TEA", deposit_basis_points=2_000)
    answer = sends(client, opened(client, MUG=1, TEA=2))
    words = said(client.get(answer["Location"]))
    assert "To pay now £8.00" in words and "To pay once the rest is here £12.00" in words


def test_a_shop_that_takes_no_payment_here_takes_no_order(client, two):
    set_payment_ways(PaymentWays(False, "", False), by="alice", now=two.now)
    form = opened(client)
    assert "Nothing can be ordered here" in said(client.get("/order"))
    assert sends(client, form, pay="").status_code == 200 and not Order.objects.exists()


# Whoever asks too often, and whoever has no business here.


def test_orders_from_one_place_are_slowed_down_and_only_placed_ones_count(client, two):
    form = opened(client, TEA=1)
    sends(client, form, name="")
    assert not Guesses.objects.exists()
    Guesses.objects.create(lane=Lane.ORDERING, key="127.0.0.1", failures=FREE[Lane.ORDERING] - 1, last_at=two.now)
    assert sends(client, form).status_code == 302
    answer = sends(client, opened(client, TEA=1))
    assert answer.status_code == 429 and "two minutes" in said(answer)
    assert Order.objects.count() == 1
    two.wait(minutes=2)
    assert sends(client, opened(client, TEA=1)).status_code == 302


def test_a_refused_order_costs_no_turn(client, two):
    form = opened(client, MUG=2)
    two.order({"MUG": 3})
    sends(client, form)
    assert Guesses.objects.get().failures == 0


def test_a_link_that_was_changed_opens_nothing(client, two):
    address = sends(client, opened(client))["Location"]
    assert client.get(address[:-1] + ("a" if address[-1] != "a" else "b")).status_code == 404
    assert client.get("/order/placed/nonsense").status_code == 404
    two.wait(days=400)
    assert client.get(address).status_code == 404


def test_without_a_shop_there_is_nothing(client, db):
    assert [client.get(path).status_code for path in ("/basket", "/order", "/order/placed/x")] == [404, 404, 404]


def test_an_empty_basket_has_no_order_form(client, two):
    assert client.get("/order")["Location"] == "/basket"


# What it costs, and in which language.


def test_fifty_lines_ask_no_more_than_two(client, two):
    for n in range(48):
        two.sells(f"S{n}", here=5 * (n % 2))

    def statements(path="/order"):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200
        return len(captured)

    form = opened(client)
    statements()
    few = statements()
    thanks = sends(client, form)["Location"]
    few_thanks = statements(thanks)
    for n in range(48):
        put(client, f"S{n}", 1 + n % 3)
    form = opened(client, TEA=1, MUG=1)
    assert statements() == few
    with CaptureQueriesContext(connection) as captured:
        thanks = sends(client, form)["Location"]
    assert len(captured) < 45
    assert statements(thanks) == few_thanks


def test_it_speaks_german(client, two):
    put(client, "TEA")
    answer = client.get("/order", headers={"Accept-Language": "de"})
    page = answer.content.decode()
    assert '<html lang="de">' in page and "Deutschland</option>" in page
    assert "7,50\xa0£" in page and "1. Apr" in page
    sends_german = client.post("/order", {**WHO, **hidden(answer)}, headers={"Accept-Language": "de"})
    assert sends_german.status_code == 302
    assert Customer.objects.get().language == "de"
    assert Order.objects.get().address.endswith("Vereinigtes Königreich")


# In a browser, as a guest on a phone.


def looks_right(page):
    """Nothing is wrong for whoever listens, nothing is cut, nothing is heavy."""
    assert wrong_with(page) == []
    assert weight(page) < 60_000


def fills_in(page):
    for name in ("name", "email", "street", "postcode", "town"):
        page.locator(f"#id_{name}").fill(WHO[name])
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Bank transfer").check()


@pytest.mark.parametrize(
    ("width", "scheme", "script"), [(390, "dark", False), (390, "light", True), (1440, "light", True)]
)
def test_a_guest_orders_and_is_asked_again_what_changed(width, scheme, script, lasting_shop, opens):
    shop = lasting_shop
    furnish(shop)
    page = opens("/basket", role=None, width=width, height=844, scheme=scheme, script=script)
    home = page.url.removesuffix("/basket")
    check = looks_right if script else lambda _page: None  # axe is a script.
    check(page)
    for sku in ("MUG", "TEA"):
        page.request.post(f"{home}/basket/add", form={"sku": sku}, headers={"Origin": home})
    page.goto(f"{home}/basket")
    page.get_by_label("One more of Mug").click()
    expect(page.get_by_label("Units of Mug")).to_have_value("2")
    page.get_by_label("Units of Tea").fill("3")
    page.get_by_label("Units of Tea").press("Enter")
    expect(page.get_by_label("Units of Tea")).to_have_value("3")
    check(page)
    page.get_by_role("link", name="To the order").click()
    check(page)

    page.get_by_label("In parts").check()
    expect(page.get_by_text("I agree to delivery of what is here by")).to_be_visible()
    page.get_by_label("Together").check()  # Without script, too: the sentence to agree to is that of the choice.
    expect(page.get_by_text("I agree to delivery of what is here by")).to_be_hidden()
    page.get_by_role("button", name="Order and pay").click()
    if script:
        expect(page.get_by_label("Name", exact=True)).to_be_focused()
    check(page)

    fills_in(page)
    page.get_by_label("I agree to delivery").check()
    shop.order({"MUG": 3})
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text("Something changed while you were here")).to_be_visible()
    expect(page.get_by_label("I agree to delivery")).not_to_be_checked()
    expect(page.get_by_label("Town")).to_have_value("York")
    check(page)

    page.get_by_label("I agree to delivery").check()
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    check(page)
    order = Order.objects.get(channel="store")
    expect(page.get_by_text(order.number).first).to_be_visible()
    assert (order.lines.count(), sum(order.lines.values_list("waiting", flat=True))) == (2, 5)
