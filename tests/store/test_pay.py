"""By card on the provider's page: asked once, for what is owed; the order stands whatever becomes of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder import access
from onorder.actions import cards, payments
from onorder.actions.shop import PaymentWays, set_payment_ways
from onorder.errors import BadInput, NotFound
from onorder.models import CardPage, Order, Payment
from onorder.providers import stripe as client_of_stripe
from onorder.queries.owing import owing
from tests.looking import wrong_with
from tests.store.test_basket import said
from tests.store.test_checkout import fills_in, opened, put, sends
from tests.stripe import event, posts

CREATE = "/v1/checkout/sessions"
SORRY = "The page for cards does not answer at the moment, so nothing was paid."


@pytest.fixture
def two(shop):
    return furnish(shop)


def furnish(shop):
    """Mugs that are here, and every way to pay."""
    shop.sells("MUG", here=9, price=1_250)
    ways = PaymentWays(True, "Alice's Ltd\nIBAN GB29 NWBK 6016 1331 9268 19", True, True)
    set_payment_ways(ways, by="alice", now=shop.now)
    return shop


def orders_by_card(client):
    return sends(client, opened(client, MUG=2), pay="card", agrees="")


def pay_page(order, on):
    return f"/pay/{access.token(order.pk, on.date(), access.Purpose.PAY)}"


@pytest.fixture
def owed(two):
    """£25.00 are owed for SO-1: the order, and the page where it is paid."""
    two.order({"MUG": 2})
    order = Order.objects.get()
    return order, pay_page(order, two.now)


# Ordering.


def test_a_card_is_offered_only_where_it_can_be_taken(client, two, settings, stripe):
    put(client, "MUG")
    assert "We never see the number of your card" in said(client.get("/order"))
    set_payment_ways(PaymentWays(False, "", True, False), by="alice", now=two.now)
    assert 'value="card"' not in client.get("/order").content.decode()
    set_payment_ways(PaymentWays(False, "", True, True), by="alice", now=two.now)
    settings.STRIPE_WEBHOOK_SECRETS = []  # Nobody would hear of a payment.
    assert 'value="card"' not in client.get("/order").content.decode()


def test_the_order_is_placed_and_its_customer_sent_to_the_page(client, two, stripe):
    answer = orders_by_card(client)
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{stripe.url}/c/pay/cs_test_1")
    (fields,) = stripe.made(CREATE)
    assert fields["line_items[0][price_data][unit_amount]"] == "2500"
    assert fields["line_items[0][price_data][currency]"] == "gbp"
    assert fields["line_items[0][price_data][product_data][name]"] == f"Order {order.number}"
    assert fields["client_reference_id"] == order.number and fields["customer_email"] == "Ann@Mail.example"
    assert fields["success_url"].endswith("?card=back") and "/order/placed/" in fields["success_url"]
    assert "/pay/" in fields["cancel_url"]
    assert int(fields["expires_at"]) - two.now.timestamp() == 23 * 3600
    page = CardPage.objects.get()
    assert (page.order, page.amount_minor, page.reference, page.state) == (order, 2_500, "cs_test_1", "open")
    assert two.is_sound()


def test_sent_twice_it_is_one_page(client, two, stripe):
    form = opened(client, MUG=2)
    first, second = (sends(client, form, pay="card", agrees="") for _ in range(2))
    assert first["Location"] == second["Location"]
    assert CardPage.objects.count() == len(stripe.sessions) == 1


@pytest.mark.parametrize("trouble", [500, 429, (401, "key"), (402, "card_declined"), "drops"])
def test_if_the_provider_is_down_the_order_stands_and_can_be_paid_later(client, two, stripe, trouble):
    stripe.fails = [trouble]
    answer = orders_by_card(client)
    assert answer.status_code == 302 and "/order/placed/" in answer["Location"]
    thanks = client.get(answer["Location"])
    words = said(thanks)
    assert "Thank you, it is ordered" in words and SORRY in words and "Try again: £25.00" in words
    to = thanks.content.decode().partition('<form method="post" action="')[2].partition('"')[0]
    again = client.post(to)
    assert (again.status_code, again["Location"].partition("/c/")[0]) == (303, stripe.url)
    assert len(set(stripe.keys(CREATE))) == 2 if trouble == "drops" else len(stripe.sessions) == 1
    assert CardPage.objects.count() == 1


def test_a_provider_that_never_answers_keeps_nobody_waiting(client, two, stripe, monkeypatch):
    monkeypatch.setattr(client_of_stripe, "ANSWERS_WITHIN", 0.2)
    stripe.fails = ["hangs"]
    assert "card=down" in orders_by_card(client)["Location"]
    stripe.released.set()


def test_nothing_of_a_person_stands_in_the_log(client, two, stripe, caplog):
    stripe.fails = [(402, "email_invalid")]
    orders_by_card(client)
    assert "email_invalid" in caplog.text and "mail.example" not in caplog.text


def test_a_redirect_of_the_provider_is_not_followed_with_our_key(client, two, stripe):
    stripe.fails = [302]
    assert "card=down" in orders_by_card(client)["Location"]
    assert [method for method, *_ in stripe.asked] == ["POST"]


def test_forms_lead_to_the_provider_only_where_a_card_is_paid(client, two, stripe):
    allowed = f"form-action 'self' {stripe.url};"
    put(client, "MUG")
    assert allowed in client.get("/order")["Content-Security-Policy"]
    assert allowed not in client.get("/basket")["Content-Security-Policy"]
    answer = orders_by_card(client)
    assert allowed in answer["Content-Security-Policy"]  # A browser holds the redirect of a form to it.
    set_payment_ways(PaymentWays(True, "IBAN", True, False), by="alice", now=two.now)
    put(client, "MUG")
    assert "form-action 'self';" in client.get("/order")["Content-Security-Policy"]


# The page where it is paid.


def test_every_way_to_pay_stands_on_the_page(client, owed, stripe):
    _order, path = owed
    answer = client.get(path)
    words = said(answer)
    assert "To pay now: £25.00" in words and "Pay £25.00 by card" in words
    assert "IBAN GB29" in words and "Reference SO-1" in words and "Say at the till SO-1" in words
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "same-origin"
    assert "sessionid" not in client.cookies


def test_what_is_paid_says_so(client, owed, stripe):
    order, path = owed
    payments.capture(order.number, 2_500, key="paid", by="dora", now=order.placed_at)
    assert "Paid, thank you" in said(client.get(path))
    assert "Paid, thank you" in said(client.post(path))  # And nobody is sent to pay again.
    assert stripe.asked == []


def test_what_was_cancelled_owes_nothing(client, owed, two):
    two.cancels("SO-1")
    assert "Nothing is to be paid" in said(client.get(owed[1]))


def test_another_amount_is_another_page_and_the_first_is_closed(client, owed, two, stripe):
    order, path = owed
    client.post(path)
    payments.capture(order.number, 1_000, key="deposit", by="dora", now=two.now)
    client.post(path)
    assert [page["status"] for page in stripe.sessions.values()] == ["expired", "open"]
    assert list(CardPage.objects.order_by("pk").values_list("amount_minor", "state")) == [
        (2_500, "expired"),
        (1_500, "open"),
    ]


def test_a_page_that_was_just_paid_on_stays_as_it_is(client, owed, two, stripe):
    order, path = owed
    client.post(path)
    stripe.pays()
    payments.capture(order.number, 1_000, key="deposit", by="dora", now=two.now)
    client.post(path)
    assert CardPage.objects.order_by("pk").first().state == "open"  # Its word is still to come.


def test_a_page_of_yesterday_is_not_offered_again(client, owed, two, stripe):
    client.post(owed[1])
    two.wait(hours=21)
    client.post(owed[1])
    assert len(stripe.sessions) == 2


def test_who_comes_back_before_the_providers_word_is_seen_to_have_paid(client, owed, stripe):
    _order, path = owed
    client.post(path)
    stripe.pays()
    assert "Paid, thank you" in said(client.get(f"{path}?card=back"))
    assert list(Payment.objects.values_list("key", "amount_minor")) == [("stripe:pi_1", 2_500)]
    client.get(f"{path}?card=back")
    assert Payment.objects.count() == 1


def test_who_says_they_come_back_has_not_paid_for_that(client, owed, two, stripe):
    _order, path = owed
    client.post(path)
    for _ in range(3):
        assert "on its way to us" in said(client.get(f"{path}?card=back"))
    assert not Payment.objects.exists()
    assert [method for method, *_ in stripe.asked] == ["POST", "GET"]  # Asked once in ten seconds.


def test_a_bank_that_takes_its_days_and_then_declines(client, owed, two, stripe):
    _order, path = owed
    client.post(path)
    page = {"id": "cs_test_1", "amount_total": 2_500}
    posts(client, event("checkout.session.completed", **page, payment_status="unpaid"), now=two.now)
    words = said(client.get(path))
    assert "your bank takes a few days" in words and "by card" not in words and "IBAN" not in words
    assert client.post(path).status_code == 200  # Nobody pays twice.
    posts(client, event("checkout.session.async_payment_failed", key="evt_2", **page), now=two.now)
    assert "Your last payment did not go through" in said(client.get(path))
    client.post(path)
    assert len(stripe.sessions) == 2


@pytest.mark.parametrize("other", ["journey", "delay", "return"])
def test_a_link_for_something_else_opens_nothing_here(client, owed, two, other):
    order, path = owed
    token = access.token(order.pk, two.now.date(), access.Purpose(other))
    assert client.get(f"/pay/{token}").status_code == 404
    assert client.get(f"/j/{path.rpartition('/')[2]}").status_code == 404
    assert client.get(f"{path}x").status_code == 404
    two.wait(days=400)
    assert client.get(path).status_code == 404


def test_another_website_cannot_send_anybody_to_pay(owed, stripe):
    assert Client(enforce_csrf_checks=True).post(owed[1]).status_code == 403


def test_without_cards_nobody_is_sent_away(client, owed, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert client.post(owed[1]).status_code == 200


def test_the_page_costs_the_same_for_one_line_and_for_many(client, two, stripe):
    def statements():
        path = pay_page(Order.objects.latest("pk"), two.now)
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    two.order({"MUG": 1})
    few = statements()
    for n in range(30):
        two.sells(f"S{n}", here=5)
    two.order({f"S{n}": 1 for n in range(30)})
    assert statements() == few


# What is asked, as an action.


def test_what_is_offered_is_refused_for_nothing_and_for_nobody(two):
    two.order({"MUG": 1})
    who = {"by": "storefront", "now": two.now}
    with pytest.raises(NotFound):
        cards.offer(999, 500, **who)
    with pytest.raises(BadInput):
        cards.offer(Order.objects.get().pk, 0, **who)
    with pytest.raises(NotFound):
        cards.opened("nothing", "cs", "https://x.example", **who)
    with pytest.raises(NotFound):
        cards.looked("nothing", **who)
    assert not CardPage.objects.exists()


def test_what_is_owed_is_what_is_not_cancelled_less_what_is_held(two):
    two.order({"MUG": 3})
    order = Order.objects.get()
    Order.objects.update(shipping_minor=395)
    assert owing(order.pk) == 3 * 1_250 + 395
    payments.capture("SO-1", 1_000, key="p", by="dora", now=two.now)
    two.cancels("SO-1", {"MUG": 1})
    held = Order.objects.values_list("captured_minor", "refunded_minor").get()
    assert owing(order.pk) == 2 * 1_250 + 395 - (held[0] - held[1])
    assert owing(0) == 0


def test_what_came_back_is_not_owed_but_what_went_out_for_it_is(two):
    two.order({"MUG": 3})
    two.ships("SO-1")
    order = Order.objects.get()
    back = two.asks_back("SO-1", {"MUG": 2})
    two.gets_back(back, {"MUG": 2})
    two.decides(back, "MUG", "restock", units=1)
    assert owing(order.pk) == 2 * 1_250
    two.decides(back, "MUG", "write_off", units=1, replace=True)
    assert owing(order.pk) == 2 * 1_250


# In a browser.


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_a_guest_pays_by_card(width, scheme, lasting_shop, opens, stripe, settings):
    shop = furnish(lasting_shop)
    page = opens("/basket", role=None, width=width, height=844, scheme=scheme)
    home = page.url.removesuffix("/basket")
    settings.PUBLIC_URL = home

    def looks_right():
        assert wrong_with(page) == []

    page.request.post(f"{home}/basket/add", form={"sku": "MUG"}, headers={"Origin": home})
    page.goto(f"{home}/order")
    looks_right()
    fills_in(page)
    page.get_by_label("Card").check()
    stripe.fails = [500]
    page.get_by_role("button", name="Order and pay").click()
    expect(page.get_by_text("The page for cards does not answer")).to_be_visible()
    looks_right()
    page.get_by_role("button", name="Try again: £12.50").click()
    expect(page.get_by_role("heading", name="A page for cards")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", name="To pay now: £12.50")).to_be_visible()
    looks_right()
    page.get_by_role("button", name="Pay £12.50 by card").click()
    stripe.pays()
    page.get_by_role("link", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()
    looks_right()
    assert Order.objects.get().captured_minor == 1_250
    assert shop.is_sound()
    opens.wrong[:] = [one for one in opens.wrong if not one.startswith(stripe.url)]  # Its page is not ours.
