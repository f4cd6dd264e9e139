"""The shop's own words in its messages: they replace what they may, and can break nothing."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from onorder.actions import amending, messages, shipping
from onorder.actions.answers import Said
from onorder.delivery import mail, shapes, to_customers, to_suppliers
from onorder.errors import OnOrderError
from onorder.models import Customer, Message, Product
from onorder.models import Shop as ShopRow
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.wording import PARTS, PLACEHOLDERS, Texts, checked_part

KINDS = [*to_customers.KINDS, *to_suppliers.KINDS]
DEEP = os.environ.get("ONORDER_HYPOTHESIS") == "deep"


@pytest.fixture
def shop(shop):
    shop.sells("SAT", here=2, price=14900, cost=6150)
    shop.order({"SAT": 3}, policy=ShippingPolicy.AS_AVAILABLE)
    return shop


def says(shop, kind, language="en", **texts):
    messages.write_text(kind, language, Texts(**texts), by="alice", now=shop.now)


def written(kind):
    key = Message.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True).first()
    (one,) = mail.compose([key])
    return one


def test_every_part_of_a_message_can_be_said_in_other_words(shop):
    says(
        shop,
        "placed",
        subject="{order} is ours to pack",
        headline="Lovely, {name}!",
        opening="You ordered {what} at {shop}; the last ships {when}.",
        closing="See you soon.\nAlice & all of us",
    )
    one = written("placed")
    assert one.subject == "SO-1 is ours to pack"
    headline, greeting, lead = one.body.split("\n\n")[:3]
    assert (headline, greeting) == ("Lovely, Buyer of SO-1!", "Hello Buyer of SO-1,")
    assert lead.startswith("You ordered 3 × Sat at Alice's; the last ships by Wed 1 April. 2 items can ship now.")
    assert "See you soon.\nAlice & all of us\n" in one.body and "Reply to this e-mail" not in one.body
    html = one.alternatives[0][0]
    assert "Lovely, Buyer of SO-1!" in html and "Alice &amp; all of us" in html


def test_what_is_left_empty_stays_the_products_own(shop):
    before = written("placed")
    says(shop, "placed", headline="Lovely!")
    after = written("placed")
    assert after.subject == before.subject
    assert after.body == before.body.replace("Thank you, we have your order", "Lovely!")


def test_no_words_lose_a_day_a_line_or_a_sum(shop):
    """Whatever the shop writes, what the facts say stands in the first lines and in the lists."""
    number = shop.raises()
    shop.answers(number, Said("SAT", on=(shop.now + timedelta(days=60)).date()))
    shipping.ship([shipping.Parcel("SO-1", "DHL", "JD 0146")], by="wendy", now=shop.now)
    for kind in KINDS:
        says(shop, kind, subject="{order}", headline="x", opening="x", closing="x")
    assert "x 2 items can ship now. 1 item will follow, by Wed 1 April." in written("placed").body
    assert "x 1 × Sat will ship by Fri 15 May, not by Wed 1 April as we told you." in written("delayed").body
    parcel = written("shipped").body
    assert "x 1 item is still to come, by Fri 15 May." in parcel and "Tracking number: JD 0146" in parcel
    assert "We expect to ship on " in written("ordered").body
    order = written("purchase_order").body
    assert "1 × Sat" in order and "Total: £61.50" in order and "Deliver to: " in order


def test_each_language_has_its_own_words_and_else_the_shops_language_counts(shop):
    says(shop, "placed", headline="Lovely!")
    says(shop, "placed", "de", headline="Herrlich!")
    headlines = {}
    for language in ("en_US", "de_AT", "fr_FR", "klingon", ""):
        Customer.objects.update(language=language)
        headlines[language] = written("placed").body.split("\n")[0]
    assert headlines.pop("de_AT") == "Herrlich!"
    assert set(headlines.values()) == {"Lovely!"}
    ShopRow.objects.update(locale="de_DE")
    assert written("placed").body.startswith("Herrlich!")
    messages.reset_text("placed", "de", by="alice", now=shop.now)
    assert written("placed").body.startswith("Danke, wir haben Ihren Auftrag")  # Not the English words of the shop.


def test_where_a_value_is_missing_the_part_is_the_products_own(shop):
    says(shop, "placed", headline="Lovely, {name}!", opening="Dear {name}.")
    Customer.objects.update(name="")
    assert written("placed").body.startswith("Thank you, we have your order\n\nHello,\n\n2 items can ship now.")


def test_nothing_to_come_has_no_day(shop):
    says(shop, "shipped", subject="{order}: the rest {when}", opening="The rest ships {when}.")
    shop.receives(shop.raises(), {"SAT": 1})
    shop.ships("SO-1")
    one = written("shipped")
    assert one.subject == "Order SO-1: your parcel is on its way"
    assert "A parcel with 3 × Sat has left us. That completes your order." in one.body


def test_a_name_stays_a_name(shop):
    says(shop, "placed", subject="{order} for {name}", headline="{name}: {what}", opening="{name}", closing="{name}")
    Customer.objects.update(name="<b>{order}</b>\r\nBcc: eve@x.example {what}")
    Product.objects.update(name="<i>{shop}</i>")
    one = written("placed")
    assert one.subject == "SO-1 for <b>{order}</b> Bcc: eve@x.example {what}"
    assert one.body.startswith("<b>{order}</b> Bcc: eve@x.example {what}: 3 × <i>{shop}</i>\n")
    html = one.alternatives[0][0]
    assert "<b>{" not in html and "<i>{" not in html
    assert html.count("&lt;b&gt;{order}&lt;/b&gt;") >= 4
    assert one.message()["Bcc"] is None


def test_what_the_shop_writes_is_no_markup_and_no_template(shop):
    says(shop, "placed", headline="<img src=x> (( )) %(what)s %s", opening="</mj-text><mj-raw>", closing="&amp;<hr>")
    one = written("placed")
    html = one.alternatives[0][0]
    assert "<img src" not in html and "<hr" not in html and "<mj-raw" not in html
    assert one.body.startswith("<img src=x> (( )) %(what)s %s\n") and "\n&amp;<hr>\n" in one.body


def test_a_purchase_order_that_was_called_off_says_so_whatever_the_words(shop):
    says(shop, "purchase_order", subject="{order}: please deliver", headline="Please deliver", opening="Please deliver")
    amending.cancel(shop.raises(), why="", by="ben", now=shop.now)
    one = written("purchase_order")
    assert "Please deliver\n" not in one.body and "please deliver" not in one.subject
    assert "We have called this order off since. Please deliver nothing on it." in one.body


def test_a_cancellation_always_says_how_much(shop):
    says(shop, "cancellation", opening="We are sorry, {name}.")
    amending.cancel(shop.raises(), why="", by="ben", now=shop.now)
    assert "We are sorry, ACME Ltd. Please do not deliver the 1 unit" in written("cancellation").body


def test_kinds_and_names_are_known_everywhere():
    from onorder.desk import message_words

    assert set(PLACEHOLDERS) == set(KINDS) == set(message_words.KINDS)
    assert {name for known in PLACEHOLDERS.values() for name in known} == set(message_words.PLACEHOLDERS)
    assert tuple(message_words.PARTS) == PARTS


#: What may be missing, and in which shape: then the product's own text is said. Nothing else ever is.
MAY_BE_MISSING = {"name", "when", "carrier", "tracking"}


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_said_to_be_may_be_missing(kind):
    seen = [mail.values(news) for news in shapes.every(shapes.made_up(kind))]
    assert all(set(values) == set(PLACEHOLDERS[kind]) for values in seen)
    assert {name for values in seen for name, value in values.items() if not value} <= MAY_BE_MISSING
    assert all(any(values[name] for values in seen) for name in PLACEHOLDERS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_are_told_apart(kind):
    found = shapes.told_apart(shapes.made_up(kind))
    labels = [shape.label for shape in found]
    assert len(set(labels)) == len(labels) >= 2
    assert all(shape.news.kind == kind for shape in found)


braced = st.sampled_from([f"{{{name}}}" for known in PLACEHOLDERS.values() for name in known])
odd = st.sampled_from(["{", "}", "\n", "\r", "\x00", "\u2028", "<b>", "&", "%s"])
pieces = st.one_of(braced, st.text(max_size=12), odd)
texts = st.lists(pieces, max_size=6).map("".join)


def accepted(kind, part, text):
    """What is kept of a text; nothing if it is refused."""
    try:
        return checked_part(kind, part, text)
    except OnOrderError:
        return ""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=1_000 if DEEP else 25)  # Each is written in a dozen shapes, and there are many kinds.
@given(said=st.tuples(texts.map(lambda text: f"{{order}}{text}"), texts, texts, texts))
def test_whatever_is_accepted_can_be_sent_in_every_shape(kind, said):
    own = Texts(**{part: accepted(kind, part, text) for part, text in zip(PARTS, said, strict=True)})
    for shape in shapes.told_apart(shapes.made_up(kind)):
        nameless = replace(shape.news, to=replace(shape.news.to, name="{shop}<script>\n"))
        for news in (shape.news, nameless):
            said = mail.preview(shapes.with_texts(news, "en", own))
            assert said.subject.strip() and "\n" not in said.subject
            assert "<script" not in said.html and said.text
            EmailMessage(said.subject, said.text, "a@x.example", ["b@x.example"]).message().as_bytes()
            if not re.search(r"[{}]", f"{news.to.name}"):
                assert not re.search(r"\{[a-z]*\}", said.subject + said.text)


def test_hundreds_of_messages_read_the_words_once(shop, django_assert_max_num_queries):
    for kind in KINDS:
        says(shop, kind, headline="x")
    for _ in range(50):
        shop.order({"SAT": 1})
    with django_assert_max_num_queries(10):
        told = mail.compose(list(Message.objects.values_list("pk", flat=True)))
    assert all(one.body.startswith("x\n") for one in told) and len(told) > 50
