"""All orders of a customer by a link in a mail: asked for by anybody, opened once, by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onorder import access
from onorder.actions import account as actions
from onorder.actions import customers, deliveries
from onorder.actions.account import NoLongerTheirs, OpenedBefore
from onorder.actions.orders import NewCustomer, NewLine, NewOrder, place
from onorder.delivery import mail
from onorder.models import Customer, CustomerSession, Event, Guesses, Message, Order
from onorder.store.entered import COOKIE
from tests.fingerprint import fingerprint
from tests.store.conftest import headline, open_store, plain

BOB = "bob@mail.example"


def orders(shop, number, wanted, reference="bob", email=BOB, **more):
    lines = [NewLine(sku, units) for sku, units in wanted.items()]
    new = NewOrder(number, NewCustomer(reference, email, "Bob", "0123"), lines, **more)
    place(new, by="storefront", now=shop.now)


@pytest.fixture
def bought(shop):
    """Bob has a tea to wait for, and had a mug; Dora has an order of her own."""
    shop.sells("MUG", here=9)
    shop.sells("TEA")
    orders(shop, "SO-1", {"MUG": 1}, address="Bob\nFlat 2\n4 Hill Street\nYO1 7HH York\nUnited Kingdom")
    shop.parcel = shop.ships("SO-1")[0].number
    orders(shop, "SO-2", {"TEA": 2})
    orders(shop, "SO-D", {"TEA": 1}, reference="dora", email="dora@mail.example")
    return shop


def asks(client, email=BOB, **more):
    return client.post("/your-orders", {"email": email}, **more)


def link():
    """Where the last mail leads."""
    key = Message.objects.filter(kind="account").latest("pk").pk
    (sent,) = mail.compose([key])
    return sent.body.partition("https://shop.example")[2].split()[0]


def enters(client, email=BOB):
    asks(client, email)
    answer = client.post(link())
    assert answer.status_code == 302, answer
    return client


def test_the_link_goes_to_the_address_and_opens_all_orders_of_it(bought, client):
    answer = asks(client, " Bob@Mail.Example ")
    assert headline(answer) == "If we know this address, a link is on its way"
    key = Message.objects.get(kind="account").pk
    (sent,) = mail.compose([key])
    assert BOB in sent.to[0] and sent.subject == "Order SO-2: the link to it and to all of your orders"
    assert "See all of your orders: https://shop.example/your-orders/open/" in sent.body
    assert (
        headline(client.get(link())) == "See all of your orders"
    )  # Looked at, by whatever looks at mails: not used up.
    answer = client.post(link(), follow=True)
    page = plain(answer)
    assert headline(answer) == "Your orders" and BOB in page
    assert page.index("Order SO-2") < page.index("Order SO-1") and "SO-D" not in page
    assert "Arrives Fri 20 Mar to Wed 1 Apr" in page and "Made for you 2 × Tea" in page


def test_each_leads_to_its_journey(bought, client):
    page = enters(client).get("/your-orders").content.decode()
    for number in ("SO-1", "SO-2"):
        key = Order.objects.get(number=number).pk
        token = access.token(key, bought.now.date())
        assert f"/j/{token}" in page
        assert number in plain(Client().get(f"/j/{token}"))


def test_all_customers_of_one_address_are_one_person(bought, client):
    orders(bought, "SO-3", {"MUG": 1}, reference="shop-system-17", email="BOB@mail.example")
    page = plain(enters(client).get("/your-orders"))
    assert all(number in page for number in ("SO-1", "SO-2", "SO-3"))


def test_every_state_of_an_order_has_its_words(bought, client):
    enters(client)
    bought.cancels("SO-2")
    orders(bought, "SO-3", {"MUG": 1, "TEA": 1})
    orders(bought, "SO-4", {"MUG": 1})
    page = plain(client.get("/your-orders"))
    assert "Should be with you by" in page and "Nothing of it is to come Cancelled 2 × Tea" in page
    assert "Arrives Tue 3 Mar Here, packed next" in page
    bought.ships("SO-3")
    assert "The rest arrives" in plain(client.get("/your-orders"))
    deliveries.deliver([deliveries.Delivery(bought.parcel, bought.now)], by="wendy", now=bought.now)
    assert "Complete since Mon 2 Mar With you" in plain(client.get("/your-orders"))
    deliveries.miss(bought.parcel, by="customer", now=bought.now)
    assert "A person looks for a parcel of it" in plain(client.get("/your-orders"))


# Nobody learns who buys.


def test_unknown_is_answered_as_known_is_and_as_much_is_written(bought, client):
    pages, work = [], []
    for email in (BOB, "eve@mail.example"):
        before = Event.objects.count()
        with CaptureQueriesContext(connection) as captured:
            answer = asks(client, email)
        pages.append((answer.status_code, answer.content, [*answer.headers]))
        work.append((Event.objects.count() - before, len(captured)))
    assert pages[0] == pages[1]
    assert work[0][0] == work[1][0] == 1
    assert 0 <= work[0][1] - work[1][1] <= 1  # The message itself.
    assert Message.objects.filter(kind="account").count() == 1
    assert not Event.objects.filter(data__icontains="eve").exists()
    assert not Event.objects.filter(data__icontains=BOB).exists()


def test_who_asks_often_waits_known_or_not(bought, client):
    for email in (BOB, "eve@mail.example"):
        answers = [asks(client, email, REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(5)]
        assert answers == [200, 200, 200, 200, 429], email
    assert "Ask again in 1 minute." in plain(asks(client))
    assert Message.objects.filter(kind="account").count() == 1  # Once within two minutes.
    assert not Guesses.objects.filter(key__contains="@").exists()


def test_who_tries_many_addresses_waits_too_and_others_do_not(bought, client):
    answers = [asks(client, f"a{n}@mail.example", REMOTE_ADDR="192.0.2.7").status_code for n in range(21)]
    assert answers == [200] * 20 + [429]
    assert asks(client, REMOTE_ADDR="192.0.2.8").status_code == 200


@pytest.mark.parametrize("email", ["", "nobody", "x" * 300 + "@mail.example"])
def test_what_cannot_be_is_said_and_not_counted(bought, client, email):
    assert asks(client, email).status_code == 422
    assert not Guesses.objects.exists() and not Message.objects.filter(kind="account").exists()


def test_nobody_is_found_without_an_address(bought, client):
    Customer.objects.update(email="")
    assert actions.send_link("", by="customer", now=bought.now) is False


# The link.


def test_it_opens_once(bought, client):
    asks(client)
    there = link()
    assert client.post(there).status_code == 302
    before = fingerprint()
    answer = Client().post(there)
    assert (answer.status_code, headline(answer)) == (410, "This link does not open anything any more")
    assert "Send me the link" in plain(answer) and COOKIE not in answer.cookies
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} <= {"onorder.Guesses"}
    assert client.post(there).status_code == 302  # Sent twice by whoever it let in: on to their orders.
    assert CustomerSession.objects.count() == 1


def test_of_two_at_once_one_is_let_in(bought, client):
    asks(client)
    event = Event.objects.get(kind="account").pk
    actions.open_link(event, "one", by="customer", now=bought.now)
    with pytest.raises(OpenedBefore):
        actions.open_link(event, "other", by="customer", now=bought.now)
    with pytest.raises(NoLongerTheirs):
        actions.open_link(event + 999, "other", by="customer", now=bought.now)


def test_it_lasts_half_an_hour(bought, client):
    asks(client)
    bought.wait(minutes=30)
    assert client.get(link()).status_code == 200
    bought.wait(seconds=1)
    assert client.get(link()).status_code == client.post(link()).status_code == 410


def test_what_was_changed_in_it_opens_nothing(bought, client):
    asks(client)
    there = link()
    event = Event.objects.filter(kind="account").get().pk
    later = access.account_token(event, bought.now).partition(".")[0]
    journey = access.token(Order.objects.get(number="SO-2").pk, bought.now.date())
    for wrong in (
        there[:-1] + ("a" if there[-1] != "a" else "b"),
        f"/your-orders/open/{later}",
        "/your-orders/open/x.y",
    ):
        assert client.get(wrong).status_code == client.post(wrong).status_code == 410, wrong
    assert client.get(f"/your-orders/open/{journey}").status_code == 410  # A link for one is worth nothing for another.
    assert client.get(f"/j/{there.rpartition('/')[2]}").status_code == 404


def test_after_the_address_changed_the_link_of_the_old_one_opens_nothing(bought, client):
    asks(client)
    there = link()
    (key,) = Customer.objects.filter(reference="bob").values_list("pk", flat=True)
    customers.correct(key, name="Bob", email="new@x.example", phone="", language="", by="dora", now=bought.now)
    assert client.post(there).status_code == 410


# The browser that was let in.


def test_its_cookie_is_signed_and_read_by_no_script(bought, client, settings):
    settings.SESSION_COOKIE_SECURE = True
    asks(client)
    cookie = client.post(link()).cookies[COOKIE]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 30 * 24 * 3600
    secret = signing.loads(cookie.value, salt="store.mine")
    assert not CustomerSession.objects.filter(secret=secret).exists()  # A digest of it alone is kept.
    assert client.get("/orders").status_code == 302  # It opens nothing of the desk.


@pytest.mark.parametrize(
    "cookie",
    ["", "x", signing.dumps("secret", salt="store.mine"), signing.dumps("s", salt="x")],
    ids=["empty", "not signed", "of nobody", "signed for something else"],
)
def test_a_cookie_of_somebody_elses_making_lets_nobody_in(bought, client, cookie):
    enters(Client())
    client.cookies[COOKIE] = cookie
    assert "Send me the link" in plain(client.get("/your-orders"))


def test_it_ends_after_thirty_days(bought, client):
    enters(client)
    CustomerSession.objects.update(ends_at=bought.now + timedelta(seconds=1))
    assert "Log out" in plain(client.get("/your-orders"))
    bought.wait(seconds=2)
    assert "Send me the link" in plain(client.get("/your-orders"))
    assert CustomerSession.objects.get().began_at + timedelta(days=30) > bought.now


def test_what_is_long_over_is_forgotten(bought, client):
    enters(Client())
    bought.wait(days=31)
    enters(client)
    assert CustomerSession.objects.count() == 1


def test_whoever_logs_out_is_out_even_with_a_copy_of_the_cookie(bought, client):
    enters(client)
    copy = Client()
    copy.cookies[COOKIE] = client.cookies[COOKIE].value
    assert "You are logged out." in plain(client.post("/your-orders/leave"))
    assert all("Send me the link" in plain(one.get("/your-orders")) for one in (client, copy))
    assert client.post("/your-orders/leave").status_code == 200  # Twice is once.


def test_whoever_logs_out_everywhere_is_out_everywhere_and_nobody_else_is(bought, client):
    phone, dora = enters(Client()), enters(Client(), "dora@mail.example")
    bought.wait(minutes=3)
    enters(client)
    assert "on every device" in plain(client.post("/your-orders/leave", {"everywhere": "yes"}))
    assert "Send me the link" in plain(phone.get("/your-orders"))
    assert "SO-D" in plain(dora.get("/your-orders"))


def test_when_the_address_changes_everybody_is_out(bought, client):
    enters(client)
    (key,) = Customer.objects.filter(reference="bob").values_list("pk", flat=True)
    customers.correct(key, name="Bob", email="new@x.example", phone="", language="", by="dora", now=bought.now)
    assert "Send me the link" in plain(client.get("/your-orders"))
    assert client.get("/your-orders/details")["Location"] == "/your-orders"


def test_details_are_saved_and_the_address_is_not_among_them(bought, client):
    enters(client)
    assert 'value="Bob"' in client.get("/your-orders/details").content.decode()
    sent = {"name": "Robert", "phone": "999", "language": "de", "email": "eve@mail.example"}
    assert "It is saved." in plain(client.post("/your-orders/details", sent))
    found = Customer.objects.get(reference="bob")
    assert (found.name, found.phone, found.language, found.email) == ("Robert", "999", "de", BOB)
    assert client.post("/your-orders/details", {"language": "xx"}).status_code == 422
    assert Customer.objects.get(reference="dora").name == "Bob"


def test_forms_need_their_token(bought):
    guarded = Client(enforce_csrf_checks=True)
    asks(Client())
    for path in ("/your-orders", link(), "/your-orders/details", "/your-orders/leave"):
        assert guarded.post(path).status_code == 403, path


def test_nothing_of_it_is_kept_on_the_way(bought, client):
    enters(client)
    for path in ("/your-orders", "/your-orders/details"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "private, no-store" and answer["X-Robots-Tag"] == "noindex"


# Many orders.


def test_a_long_list_has_pages_and_costs_as_much_as_a_short_one(bought, client):
    enters(client)
    few = _statements(client)
    for n in range(3, 48):
        orders(bought, f"SO-{n}", {"TEA": 1, "MUG": 1} if n % 2 else {"TEA": 1})
    for n in range(3, 23):
        bought.cancels(f"SO-{n}")
    assert _statements(client) == few
    seen, path = [], "/your-orders"
    while path:
        page = client.get(path).content.decode()
        seen += re.findall(r"Order (SO-\d+) of", page)
        following = re.search(r'href="(/your-orders\?after=[^"]+)" rel="next"', page)
        path = following and following.group(1)
    assert len(seen) == len(set(seen)) == 47
    assert seen[0] == "SO-47" and set(seen[:26]) == {"SO-2", *(f"SO-{n}" for n in range(23, 48))}
    assert client.get("/your-orders?after=nonsense").status_code == 200


def _statements(client):
    client.get("/your-orders")
    with CaptureQueriesContext(connection) as captured:
        client.get("/your-orders")
    return len(captured)


# Buying.


def test_whoever_is_let_in_need_not_type_who_they_are(bought, client):
    open_store()
    enters(client)
    client.post("/basket/add", {"sku": "MUG", "units": "1"})
    page = client.get("/order").content.decode()
    for field, value in {
        "name": "Bob",
        "email": BOB,
        "phone": "0123",
        "street": "4 Hill Street",
        "more": "Flat 2",
        "postcode": "YO1 7HH",
        "town": "York",
    }.items():
        assert re.search(rf'name="{field}"[^>]*value="{value}"|value="{value}"[^>]*name="{field}"', page), field
    assert '<option value="GB" selected>' in page and "Filled in from your last order" in page
    stranger = Client()
    stranger.post("/basket/add", {"sku": "MUG", "units": "1"})
    assert BOB not in stranger.get("/order").content.decode()


def test_every_page_of_the_store_leads_there(store, client):
    assert 'href="/your-orders"' in client.get("/store").content.decode()
