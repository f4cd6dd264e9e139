"""A customer follows their order without an account: what the page says in every state, and what they may change."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onorder.actions import cancellations, packing, payments, shipping
from onorder.actions.answers import Said
from onorder.ledger import money
from onorder.models import Event, Message, Order, OrderLine
from onorder.queries import choices as may
from onorder.queries.choices import choices
from onorder.queries.orders import one
from onorder.rules.jurisdictions import JURISDICTIONS
from onorder.rules.lifecycle import ShippingPolicy
from tests.store.conftest import headline, plain


def mixed(shop, **more):
    """A pot of tea that is here, and three mugs that are made."""
    shop.sells("TEA", here=2)
    shop.sells("MUG")
    return shop.order({"TEA": 1, "MUG": 3}, **more)


def says(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status
    return headline(answer), plain(answer)


# What it says.


def test_the_answer_comes_first_and_every_state_has_its_words(shop, client, link):
    mixed(shop)
    asked, page = says(client, link())
    assert asked == "The next of 2 parcels arrives Tue 3 Mar"
    assert "Tea is here, and packed next. 3 × Mug are made for you, and ordered from the maker next." in page
    shop.ships("SO-1")
    asked, page = says(client, link())
    assert asked == "Your 3 × Mug arrive Fri 20 Mar to Wed 1 Apr"
    assert "Tea has left us already" in page
    number = shop.raises()
    _asked, page = says(client, link())
    assert "3 × Mug are being made for you." in page
    assert "Made for you; it is ordered from the maker. 9 of 10 such orders arrive by" in page
    shop.answers(number, Said("MUG"), on=(shop.now + timedelta(days=9)).date())
    assert "Confirmed by the maker" in says(client, link())[1]
    shop.wait(days=10)
    shop.receives(number, {"MUG": 3})
    assert "3 × Mug are here, and packed next." in says(client, link())[1]
    shop.ships("SO-1")
    assert says(client, link())[0] == "Everything is on its way"
    shop.wait(days=3)
    asked, page = says(client, link())
    assert asked == "Complete since Thu 12 Mar"
    assert "Send something back" in page and "Change the address" not in page


def test_what_is_packed_says_so_until_it_has_left_or_was_opened(shop, client, link):
    mixed(shop)
    parcel = [shipping.Parcel("SO-1")]
    packing.pack(parcel, by="wendy", now=shop.now)
    page = says(client, link())[1]
    assert "Tea is packed, and waits for the carrier. 3 × Mug are made for you" in page
    assert "Here with us Packed Mon 2 Mar Sent to you expected" in page
    packing.unpack("SO-1", by="wendy", now=shop.now)
    assert "Tea is here, and packed next." in says(client, link())[1]
    packing.pack(parcel, by="wendy", now=shop.now)
    shop.ships("SO-1")
    page = says(client, link())[1]
    assert "Tea has left us already" in page and "waits for the carrier" not in page
    assert "A parcel is packed" in page  # As one of the messages.


def test_together_it_is_one_parcel_that_waits(shop, client, link):
    mixed(shop, together=True)
    asked, page = says(client, link())
    assert asked.startswith("Everything arrives ")
    assert "Some of it is here, and waits for the rest, so that it comes in one parcel." in page


def test_what_is_late_says_so_and_what_was_told_before(shop, client, link):
    mixed(shop)
    number = shop.raises()
    shop.answers(number, Said("MUG"), on=(shop.now + timedelta(days=60)).date())
    _asked, page = says(client, link())
    assert "when you ordered, by Wed 1 Apr" in page
    assert "9 of 10" not in page


def test_nobody_knows_the_day(shop, client, link):
    shop.supplier("NEW", lead_time_days=None)
    shop.sells("POT", supplier="NEW", here=1)
    shop.order({"POT": 1})
    OrderLine.objects.update(promised_on=None)
    shop.counts("POT", 0)
    asked, page = says(client, link())
    assert asked == "We tell you the day as soon as we know it"
    assert "we do not know yet" in page


def test_cancelled_and_held(shop, client, link):
    mixed(shop)
    shipping.hold("SO-1", "Address in doubt: no such street", by="dora", now=shop.now)
    _asked, page = says(client, link())
    assert "We keep it here for now" in page and "no such street" not in page
    shop.cancels("SO-1")
    asked, page = says(client, link())
    assert asked == "This order is cancelled"
    assert "3 × Mug" in page and "Change something" not in page


def test_no_word_of_it_is_the_shops_own_or_somebody_elses(shop, client, link):
    shop.sells("MUG-3/B")
    shop.order({"MUG-3/B": 2})
    shop.order({"MUG-3/B": 5})
    number = shop.raises()
    page = client.get(link()).content.decode()
    assert "Mug-3/B" in page
    for word in (
        "MUG-3/B",
        "ACME",
        number,
        "SO-2",
        "Buyer of",
        "backorder",
        "buffer",
        "queue",
        "SKU",
        "dora",
        "<script",
    ):
        assert word not in page, word
    assert set(re.findall(r"(?:src|href)=\"(https?:[^\"]*)", page)) == set()


def test_what_was_paid_and_written_stands_there_and_no_text_of_it(shop, client, link):
    mixed(shop)
    payments.capture("SO-1", 1_500, key="p", by="psp", now=shop.now)
    payments.refund("SO-1", 200, key="r", by="dora", now=shop.now)
    Message.objects.filter(kind="placed").update(state="suppressed", note="told elsewhere")
    _asked, page = says(client, link())
    assert "Your order £20.00" in page
    assert "Paid Mon 2 Mar £15.00 Paid back Mon 2 Mar £2.00 Still to be paid £7.00" in page
    assert "Money on its way back Mon 2 Mar" in page
    assert "We have your order" not in page  # That one they never got.
    assert "alice@shop.example" in page


def test_what_came_back_is_not_to_be_paid_again(shop, client, link):
    mixed(shop)
    payments.capture("SO-1", 2_000, key="p", by="psp", now=shop.now)
    shop.ships("SO-1")
    shop.takes_back("SO-1", "TEA", 1)
    payments.refund("SO-1", 500, key="r", by="dora", now=shop.now)
    _asked, page = says(client, link())
    assert "Paid back Mon 2 Mar £5.00" in page and "Still to be paid" not in page


def test_its_statements_are_few_whatever_is_on_it(shop, client, link):
    for number in range(12):
        shop.sells(f"S{number}", here=number % 2)
    shop.order({"S0": 1})
    shop.order({f"S{number}": 2 for number in range(12)})
    shop.ships("SO-2")
    counts = []
    for order in ("SO-1", "SO-2"):
        url = link(order)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        counts.append(len(captured))
    assert counts[1] <= 26 and counts[1] - counts[0] <= 2


# Its link.


def test_nobody_keeps_it_finds_it_or_is_told_its_address(shop, client, link):
    mixed(shop)
    for url in (link(), f"{link()}/cancel", "/j/nothing", "/find"):
        answer = client.get(url)
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Robots-Tag"] == "noindex"
    answer = client.get(link())
    assert answer["Referrer-Policy"] == "same-origin"  # To nobody else: its own forms say where they come from.
    assert not answer.cookies
    assert client.get(f"{link()}/cancel")["Referrer-Policy"] == "same-origin"  # Or its form would come from nowhere.


def test_a_link_that_is_over_or_wrong_is_one_page_whatever_is_wrong_with_it(shop, client, link):
    mixed(shop)
    shop.order({"MUG": 1})
    good, other = link(), link("SO-2")
    forged = good.split(".")[0] + "." + other.split(".")[1]
    pages = {client.get(url).content for url in (forged, good[:-1], "/j/x", link(days=366), "/j/" + "a" * 900)}
    assert len(pages) == 1
    assert client.get(forged).status_code == 404
    assert 'href="/find"' in pages.pop().decode()
    for name in ("address", "parcels", "cancel"):
        assert client.post(f"{forged}/{name}", {"u0": "1"}).status_code == 404


def test_it_opens_until_its_last_day_however_long_the_order_is_closed(shop, client, link):
    mixed(shop)
    shop.cancels("SO-1", {"MUG": 3})
    shop.ships("SO-1")
    url = link()
    shop.wait(days=365)
    assert says(client, url)[0].startswith("Complete since ")
    shop.wait(days=1)
    assert client.get(url).status_code == 404


# Cancelling.


def post(client, url, **more):
    """The form as it stands in the page at this moment, sent."""
    page = client.get(url + ("?" + "&".join(f"{k}={v}" for k, v in more.items()) if "cancel" in url else ""))
    seen = re.search(r'name="seen" value="(\d+)"', page.content.decode()).group(1)
    return client.post(url, {"seen": seen, **more})


def test_what_cancelling_does_is_said_before_and_then_it_is_done(shop, client, link):
    mixed(shop)
    payments.capture("SO-1", 2_000, key="p", by="psp", now=shop.now)
    url = f"{link()}/cancel"
    assert "goes back to you" not in plain(client.get(url))
    page = plain(client.get(f"{url}?u1=2"))
    assert "2 items are cancelled, and you get a mail that says so." in page
    assert "£10.00 goes back to you, the way you paid, by Mon 16 Mar at the latest." in page
    assert "Still to come: Mug, " in page
    assert shop.units("SO-1", "MUG") == (3, 0, 0, 0)  # It was only tried.
    answer = post(client, url, u1=2)
    assert answer.status_code == 302
    assert "2 items are cancelled. We have sent you a mail about it." in plain(client.get(answer["Location"]))
    assert shop.units("SO-1", "MUG") == (1, 0, 0, 2)
    (event,) = shop.events("cancelled")
    assert event.by == "customer"
    assert Message.objects.get(kind="cancelled").state == "queued"
    assert Message.objects.get(kind="refunded").note == money.SAID_ALREADY
    assert Order.objects.get(number="SO-1").refunded_minor == 1_000
    assert shop.is_sound()


@pytest.mark.parametrize("units", [1, 3])
def test_two_clicks_cancel_once(shop, client, link, units):
    mixed(shop)
    url = f"{link()}/cancel"
    seen = re.search(r'name="seen" value="(\d+)"', client.get(f"{url}?u1={units}").content.decode()).group(1)
    first = client.post(url, {"seen": seen, "u1": units})
    shop.wait(seconds=1)
    second = client.post(url, {"seen": seen, "u1": units})
    assert (first.status_code, second.status_code) == (302, 302)
    assert shop.units("SO-1", "MUG") == (3 - units, 0, 0, units)
    assert f"{units} item" in plain(client.get(second["Location"]))


def test_a_form_that_has_seen_less_than_what_is_does_nothing(shop, client, link):
    mixed(shop)
    url = f"{link()}/cancel"
    seen = re.search(r'name="seen" value="(\d+)"', client.get(f"{url}?u1=1").content.decode()).group(1)
    shop.raises()
    for given in (seen, "", "x"):
        answer = client.post(url, {"seen": given, "u1": "1"})
        assert answer.status_code == 422
        assert "has changed in the meantime, and nothing was done" in plain(answer)
    assert shop.units("SO-1", "MUG") == (3, 0, 0, 0)


@pytest.mark.parametrize("given", ["4", "-1", "x", "99999999999", "1.5"])
def test_more_than_there_is_is_refused_in_words(shop, client, link, given):
    mixed(shop)
    url = f"{link()}/cancel"
    assert "Of Mug you can cancel at most 3" in plain(client.get(f"{url}?u1={given}"))
    answer = client.post(url, {"seen": Event.objects.latest("pk").pk, "u1": given})
    assert answer.status_code == 422
    assert shop.units("SO-1", "MUG") == (3, 0, 0, 0)


def test_nothing_is_no_answer(shop, client, link):
    mixed(shop)
    assert "Write beside at least one of them" in plain(client.get(f"{link()}/cancel?u0=0&u1="))


def accepted(shop, sku="MUG", **terms):
    order = Order.objects.get(number="SO-1")
    data = {"lines": [{"sku": sku, "terms": terms}]}
    Event.objects.create(kind="accepted", subject=f"order:{order.pk}", at=shop.now, by="storefront", data=data)


def test_the_terms_that_were_accepted_decide(shop, client, link):
    mixed(shop)
    payments.capture("SO-1", 2_000, key="p", by="psp", now=shop.now)
    accepted(shop, cancelling="fee_after", fee_basis_points=2_000)
    assert "stays with us" not in plain(client.get(f"{link()}/cancel?u1=2"))  # Nobody has ordered it yet.
    shop.raises()
    page = plain(client.get(f"{link()}/cancel?u1=2"))
    assert "£8.00 goes back to you" in page
    assert "£2.00 of what you paid stays with us, as agreed" in page
    post(client, f"{link()}/cancel", u1=2)
    (order,) = Order.objects.all()
    assert (order.refunded_minor, order.kept_minor) == (800, 200)
    assert sorted(order.payments.values_list("kind", "amount_minor")) == [
        ("captured", 2_000), ("fee", 200), ("refunded", 800)
    ]  # fmt: skip
    assert shop.is_sound()


def test_what_is_here_and_not_paid_says_so_and_not_that_there_is_nothing_to_do(shop, client, link):
    mixed(shop)
    Order.objects.update(pays_by="transfer", asked_on=shop.now.date())
    page = plain(client.get(link()))
    assert "Here, to be paid" in page and "leaves as soon as it is paid" in page and "£" in page
    assert "nothing you need to do" not in page and "packed next" not in page
    payments.capture("SO-1", 9_999, key="p", by="bank", now=shop.now)
    page = plain(client.get(link()))
    assert "Here, packed next" in page and "There is nothing you need to do." in page


def test_what_was_sold_for_good_is_not_cancelled_while_it_is_on_time(shop, client, link):
    mixed(shop)
    accepted(shop, cancelling="final_sale")
    page = plain(client.get(link()))
    assert "As agreed when you ordered, some of it cannot be cancelled." in page
    answer = client.post(f"{link()}/cancel", {"seen": Event.objects.latest("pk").pk, "u1": "1"})
    assert answer.status_code == 422 and shop.units("SO-1", "MUG")[3] == 0
    assert [one.most for one in choices(one("SO-1", now=shop.now), now=shop.now).products] == [1, 0]
    number = shop.raises()
    shop.answers(number, Said("MUG"), on=(shop.now + timedelta(days=60)).date())
    assert post(client, f"{link()}/cancel", u1=3).status_code == 302  # It is late: no term holds them.


@pytest.mark.parametrize("lines", [None, 3, ["x", {"sku": "MUG"}], [{"sku": "MUG", "terms": {"cancelling": "?"}}]])
def test_terms_that_nobody_can_read_bind_nobody(shop, client, link, lines):
    mixed(shop)
    order = Order.objects.get(number="SO-1")
    Event.objects.create(
        kind="accepted", subject=f"order:{order.pk}", at=shop.now, by="storefront", data={"lines": lines}
    )
    assert post(client, f"{link()}/cancel", u1=3).status_code == 302


@pytest.mark.parametrize(("law", "waited"), [("EU", 0), ("UK", 0), ("US", 60)])
def test_who_has_a_right_by_law_is_not_held_to_any_terms(shop, client, link, monkeypatch, law, waited):
    """The Union and the Kingdom let people change their minds; in the States it was over when the day passed."""
    mixed(shop)
    accepted(shop, cancelling="final_sale")
    monkeypatch.setattr(may, "_law", lambda setup: JURISDICTIONS[law])
    shop.wait(days=waited)
    assert "cannot be cancelled" not in plain(client.get(link()))
    assert post(client, f"{link()}/cancel", u1=3).status_code == 302


def test_all_refunds_of_an_order_are_what_was_paid(shop):
    mixed(shop)
    Order.objects.update(shipping_minor=395, discount_minor=101)
    payments.capture("SO-1", 2_294, key="p", by="psp", now=shop.now)
    back = 0
    for sku in ("MUG", "TEA", "MUG", "MUG"):
        found = choices(one("SO-1", now=shop.now), now=shop.now)
        back += found.refund({sku: 1}).minor
        cancellations.cancel("SO-1", {sku: 1}, fee_minor=0, by="customer", now=shop.now)
        assert Order.objects.get().refunded_minor == back
    assert back == 2_294


def test_money_that_made_up_for_something_is_not_taken_from_what_is_cancelled(shop):
    mixed(shop)
    payments.capture("SO-1", 2_000, key="p", by="psp", now=shop.now)
    payments.refund("SO-1", 100, why="the box was dented", key="g", by="dora", now=shop.now)
    cancellations.cancel("SO-1", {"MUG": 1}, fee_minor=0, by="customer", now=shop.now)
    assert Order.objects.get().refunded_minor == 600
    cancellations.cancel("SO-1", fee_minor=0, by="customer", now=shop.now)
    assert Order.objects.get().refunded_minor == 2_000
    assert shop.is_sound()


def test_what_has_left_is_not_cancelled_here(shop, client, link):
    mixed(shop)
    shop.ships("SO-1")
    page = plain(client.get(f"{link()}/cancel"))
    assert "Tea" not in page and "Mug" in page
    shop.cancels("SO-1")
    answer = client.get(f"{link()}/cancel")
    assert (answer.status_code, answer["Location"]) == (302, link())


# The address, and in how many parcels.


def test_the_address_changes_while_something_is_to_come(shop, client, link):
    mixed(shop)
    url = f"{link()}/address"
    assert "Tea: to the new address. 3 × Mug: to the new address." in plain(client.get(url))
    assert post(client, url, address=" ").status_code == 422
    assert post(client, url, address="x" * 501).status_code == 422
    answer = post(client, url, address="Bob\r\n4 Hill Street\r\nYork")
    assert "goes to the new address" in plain(client.get(answer["Location"]))
    assert Order.objects.get(number="SO-1").address == "Bob\n4 Hill Street\nYork"
    assert [event.by for event in shop.events("sent_elsewhere")] == ["customer"]
    shop.ships("SO-1")
    assert "What has left us already goes where you wanted it first." in plain(client.get(url))
    shop.cancels("SO-1")
    assert client.get(url).status_code == 302
    assert client.post(url, {"address": "Eve"}).status_code == 302
    assert "Eve" not in Order.objects.get(number="SO-1").address


def test_in_one_parcel_and_back_with_what_that_changes(shop, client, link):
    mixed(shop)
    assert "Send it in one parcel" in plain(client.get(link()))
    page = plain(client.get(f"{link()}/parcels"))
    assert re.search(r"As it is now Tea, Tue 3 Mar 3 × Mug, Fri 20 Mar .* As it would be 4 items, Fri 20 Mar", page)
    assert Order.objects.get().shipping_policy == ShippingPolicy.AS_AVAILABLE
    answer = post(client, f"{link()}/parcels", way="together")
    assert Order.objects.get().shipping_policy == ShippingPolicy.TOGETHER
    assert "now comes in one parcel" in plain(client.get(answer["Location"]))
    assert "Send it in parts" in plain(client.get(link()))
    shop.wait(seconds=1)
    again = client.post(f"{link()}/parcels", {"seen": shop.events("shipping_policy")[0].pk - 1, "way": "together"})
    assert again.status_code == 302 and len(shop.events("shipping_policy")) == 1
    assert post(client, f"{link()}/parcels", way="up_to").status_code == 302
    assert Order.objects.values_list("shipping_policy", "most_parcels").get() == (ShippingPolicy.UP_TO, 2)


def test_what_comes_in_one_parcel_anyway_is_not_asked_about(shop, client, link):
    shop.sells("MUG")
    shop.order({"MUG": 1})
    assert "parcel" not in plain(client.get(link())).replace("parcels", "").lower()
    assert client.get(f"{link()}/parcels").status_code == 302


def test_what_was_done_is_said_of_this_order_by_us_alone_and_for_a_while(shop, client, link, monkeypatch):
    mixed(shop)
    shop.order({"MUG": 1})
    done = post(client, f"{link()}/cancel", u1=1)["Location"].partition("?")[2]
    assert "1 item is cancelled" in plain(client.get(f"{link()}?{done}"))
    assert "is cancelled" not in plain(client.get(f"{link('SO-2')}?{done}"))
    assert "99" not in plain(client.get(f"{link()}?done=cancelled-99"))
    monkeypatch.setattr("time.time", lambda: 10**10)
    assert "1 item is cancelled" not in plain(client.get(f"{link()}?{done}"))


def test_a_form_from_elsewhere_does_nothing(shop, link):
    mixed(shop)
    strict = Client(enforce_csrf_checks=True)
    for name in ("cancel", "address", "parcels"):
        assert strict.post(f"{link()}/{name}", {"u1": "1", "address": "Eve", "way": "together"}).status_code == 403
    assert strict.post("/find", {"number": "SO-1", "email": "a@b.example"}).status_code == 403
    assert shop.units("SO-1", "MUG") == (3, 0, 0, 0)
