"""What customers look at: in words, when it arrives and on what terms; the same for everybody, from any cache."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from onorder.actions import catalog, suppliers
from onorder.desk.rights import Role
from onorder.models import Collection, Product, Shop
from onorder.queries.journey import journey
from onorder.queue import setup
from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling
from tests.desk.test_pages import weight
from tests.looking import wrong_with
from tests.store.conftest import open_store, plain

PAGES = ("/store", "/c/love", "/p/tea", "/p/mug")


def law(code):
    Shop.objects.update(jurisdiction=code)
    setup.changed()


def test_a_collection_says_when_each_of_its_things_arrives(store, reads):
    said = reads("/c/love")
    assert "Love Takes Time Made one by one. A week or two." in said
    assert "Tea £5.00 Made for you, arrives 20 March to 1 April" in said
    assert "Mug £12.50 In stock, arrives Tue 3 Mar" in said


def test_the_front_shows_the_shops_words_and_its_collections_in_its_order(store, reads):
    Collection.objects.create(slug="first", name="First", is_published=True)
    Collection.objects.filter(slug="love").update(position=1)
    Collection.objects.create(slug="hidden", name="Hidden")
    said = reads("/store")
    assert "Worth the wait. Made one by one." in said
    assert said.index("First") < said.index("Love Takes Time") and "Hidden" not in said


def test_the_range_is_what_the_next_order_is_expected_and_promised(store, reads):
    """One more unit, then really ordered; the carrier's days are on top."""
    Shop.objects.update(carrier_days=2)
    setup.changed()
    said = reads("/p/tea")
    assert "arrives 23 March to 3 April" in said
    (parcel,) = journey(store.order({"TEA": 1}), now=store.now).parcels
    assert (parcel.arrives_from, parcel.arrives_by) == (date(2026, 3, 23), date(2026, 4, 3))


def test_why_that_day_is_said_in_one_line(store, reads):
    assert "We order it on Fri 6 Mar at the latest, and its maker needs up to" in reads("/p/tea")
    assert "It is here, and leaves us on Tue 3 Mar at the latest." in reads("/p/mug")


def test_what_is_ordered_already_is_on_its_way(store, reads):
    store.sells("TEA", minimum_quantity=6)
    store.order({"TEA": 2})
    number = store.raises()
    assert "On its way to us, arrives" in reads("/p/tea") and "It was ordered on Mon 2 Mar" in reads("/p/tea")
    store.answers(number, on=store.now.date())
    assert "its maker has told us the day" in reads("/p/tea")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"accept": Accept.NEVER}, "It is sold out."),
        ({"accept": Accept.CAPPED, "cap": 0}, "So many people wait for it that we take no more orders for now."),
        ({"longest_wait_days": 3}, "It would take longer than we want to keep you waiting."),
    ],
)
def test_what_cannot_be_had_says_why_and_has_no_button(store, reads, terms, said):
    store.terms(sku="TEA", **terms)
    page = reads("/p/tea")
    assert f"Cannot be ordered at the moment {said}" in page
    assert "Order, " not in page and "You pay" not in page


def test_what_nobody_supplies_is_not_dated(store, reads):
    store.sells("POT", supplier=None)
    assert "we do not know yet when more will come" in reads("/p/pot")


def test_the_button_says_the_day_and_stands_below_the_terms(store, reads, client):
    said = reads("/p/tea")
    assert said.index("You pay") < said.index("You can cancel") < said.index("Order, arrives 20 March to 1 April")
    page = client.get("/p/tea").content.decode()
    assert '<form method="post" action="/basket/add"' in page and 'name="sku" value="TEA"' in page
    assert 'name="units"' in page and "csrf" not in page  # A page that anybody's cache keeps has no token in it.


def test_each_variant_has_its_own_day_and_its_own_button(store, reads):
    for sku, name, price in (("CUP-S", "Small", 900), ("CUP-L", "Large", 1_500)):
        new = catalog.NewVariant(sku, "cup", "Cup", price, "GBP", name=name)
        catalog.put_variants([new], by="alice", now=store.now)
        suppliers.put_offers([suppliers.NewOffer("ACME", sku, 300)], by="alice", now=store.now)
    store.counts("CUP-L", 2)
    Collection.objects.get().products.add(Product.objects.get(handle="cup"))
    said = reads("/p/cup")
    small, large = said.partition("Large £15.00")[::2]
    assert "Small £9.00 Made for you" in small and "Order, arrives 20 March to 1 April" in small
    assert "In stock" in large and "Order, arrives Tue 3 Mar" in large
    assert "Cup from £9.00 In stock, arrives Tue 3 Mar" in reads("/c/love")  # The one that arrives first.


def test_a_deposit_is_said_in_money(store, reads):
    assert "You pay nothing now, and £5.00 once it is ready to leave." in reads("/p/tea")
    store.terms(deposit_basis_points=2_000)
    assert "You pay £1.00 now, and the other £4.00 once it is ready to leave." in reads("/p/tea")
    assert "You pay £12.50 when you order." in reads("/p/mug")


@pytest.mark.parametrize(
    ("cancelling", "wanted", "here"),
    [
        (Cancelling.FREE, "until it leaves us.", "until it leaves us."),
        (
            Cancelling.UNTIL_BOUGHT,
            "and no more after that. If it comes later",
            "cannot be cancelled. If it comes later",
        ),
        (
            Cancelling.FEE_AFTER,
            "after that we keep 15 % of its price.",
            "If you cancel before it leaves us, we keep 15 %",
        ),
        (Cancelling.EXCHANGE_ONLY, "after that you can exchange it.", "but not cancel."),
        (Cancelling.FINAL_SALE, "once ordered, it cannot be cancelled.", "the order cannot be cancelled."),
    ],
)
def test_the_shops_terms_are_said_where_no_law_gives_more(store, reads, cancelling, wanted, here):
    store.terms(cancelling=cancelling, cancel_fee_basis_points=1_500)
    assert wanted in reads("/p/tea") and here in reads("/p/mug")
    law("US")
    assert wanted in reads("/p/tea")
    law("EU")
    said = reads("/p/tea")
    assert wanted not in said and "You can change your mind without giving a reason" in said
    assert "you have 14 days to decide, and 14 more to send it back" in said


def test_what_the_law_exempts_follows_the_shops_terms(store, reads):
    law("UK")
    store.terms(cancelling=Cancelling.FINAL_SALE)
    Product.objects.filter(handle="tea").update(exemption="made_to_order")
    said = reads("/p/tea")
    assert "This is a final sale" in said and "It is made to your specification" in said
    assert "change your mind" in reads("/p/mug")


def test_public_words_never_speak_of_the_shops_insides(store, reads):
    store.terms(deposit_basis_points=2_000, cancelling=Cancelling.FEE_AFTER, cancel_fee_basis_points=1_000)
    for page in PAGES:
        said = reads(page).lower()
        assert not {"backorder", "sku", "queue", "buffer", "acme", "supplier"} & set(said.replace(",", " ").split()), (
            page
        )


@pytest.mark.parametrize("page", PAGES)
def test_a_closed_store_is_not_there(store, client, page):
    Shop.objects.update(is_store_open=False)
    answer = client.get(page)
    assert answer.status_code == 404 and "Alice" not in answer.content.decode()


def test_what_is_not_published_is_not_there(store, client):
    Product.objects.filter(handle="tea").update(is_published=False)
    assert client.get("/p/tea").status_code == client.get("/c/no").status_code == client.get("/p/no").status_code == 404
    assert "Tea" not in plain(client.get("/c/love"))
    Collection.objects.update(is_published=False)
    assert client.get("/c/love").status_code == 404


def test_without_a_shop_there_is_no_store(db, client):
    assert client.get("/store").status_code == 404


def test_who_the_shop_is_stands_on_pages_of_their_own(store, client, reads):
    assert client.get("/store/imprint").status_code == 404
    Shop.objects.update(imprint="Alice <b>Baker</b>\nMill Lane", terms_text="We say when.")
    assert "Alice <b>Baker</b> Mill Lane" in reads("/store/imprint")
    assert "We say when." in reads("/store/terms") and "Who we are" in reads("/store")


# The same for everybody.


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_kept_and_asked_about_by_its_mark(store, client, page):
    answer = client.get(page)
    assert answer["Cache-Control"] == "public, max-age=60" and "Cookie" not in answer["Vary"]
    assert "Accept-Language" in answer["Vary"]
    assert client.get(page, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert not answer.cookies


@pytest.mark.parametrize("page", PAGES)
def test_whoever_looks_is_nobody(store, log_in, page):
    """Somebody of the shop sees what everybody sees, and no session is read for it."""
    someone, nobody = log_in(Role.OWNER), Client()
    nobody.get(page)
    with CaptureQueriesContext(connection) as captured:
        answer = someone.get(page)
    assert answer.content == nobody.get(page).content and not answer.cookies
    assert not [one["sql"] for one in captured if "session" in one["sql"] or "auth_" in one["sql"]]


def test_pages_ask_as_much_for_many_as_for_few(store, client):
    few = {page: statements(client, page) for page in PAGES}
    for number in range(20):
        store.sells(f"JAR{number}")
        store.order({f"JAR{number}": 2, "TEA": 1})
    Collection.objects.get(slug="love").products.set(Product.objects.all())
    many = {page: statements(client, page) for page in PAGES}
    assert many == few and max(few.values()) <= 13, few


def statements(client, page):
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_a_page_speaks_the_language_of_the_browser(store, client):
    answer = client.get("/p/tea", headers={"accept-language": "de"})
    assert b'<html lang="de">' in answer.content
    assert b'<html lang="en-gb">' in client.get("/p/tea", headers={"accept-language": "xx"}).content
    client.cookies["django_language"] = "de"  # No cookie counts: a cache would not know of it.
    assert b'<html lang="en-gb">' in client.get("/p/tea", headers={"accept-language": "en"}).content


def test_pictures_are_kept_for_good_and_nothing_else_is_served(store, client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "0123456789abcdef.webp").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("no")
    answer = client.get("/media/0123456789abcdef.webp")
    assert b"".join(answer.streaming_content) == b"picture" and answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"] and not answer.cookies
    for path_ in ("/media/secret.txt", "/media/../secret.txt", "/media/fedcba9876543210.webp"):
        assert client.get(path_).status_code == 404


# As it looks.


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light"), (320, "light")])
def test_every_page_fits_and_is_accessible_without_script(lasting_shop, opens, width, scheme):
    lasting_shop.sells("TEA")
    lasting_shop.sells("MUG", here=9)
    open_store(imprint="Alice", terms_text="We say when.")
    page = opens("/store", role=None, width=width, scheme=scheme)
    still = opens("/store", role=None, width=width, scheme=scheme, script=False)
    home = page.url.removesuffix("/store")
    wrong = []
    for path_ in (*PAGES, "/store/terms"):
        page.goto(home + path_)
        wrong += wrong_with(page, path_)
        if not 1_000 < (loaded := weight(page)) < 60_000:
            wrong.append(f"{path_} loads {loaded} bytes")
        if page.locator("script").count():
            wrong.append(f"{path_} has script")
        still.goto(home + path_)
        expect(still.locator("h1")).to_be_visible()
    assert not wrong, "\n".join(wrong)
