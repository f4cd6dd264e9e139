"""All that has waited, as one mail: each thing once, what is still to come once an order, the same in both parts."""

from __future__ import annotations

import re

import pytest

from onorder.actions import gathering
from onorder.delivery import mail, outbox, short
from onorder.delivery.outbox import Delivered
from onorder.models import Customer, Message, Order
from onorder.queries.messages import news


@pytest.fixture
def gathered(lasting_shop, settings):
    """Two orders of one customer; what happened to them on a day leaves the next morning."""
    settings.PUBLIC_URL = "https://shop.example"
    shop = lasting_shop
    shop.sells("TEA")
    shop.sells("POT")
    shop.sells("MUG", here=5)
    shop.order({"TEA": 3, "POT": 1, "MUG": 1})
    shop.order({"MUG": 2})
    bob = Customer.objects.order_by("pk").first()
    Order.objects.update(customer=bob)
    Message.objects.update(customer=bob)
    arrange(shop)
    sent(shop)
    shop.ships("SO-1")
    arrange(shop)
    sent(shop)
    number = shop.raises()
    arrange(shop)
    shop.receives(number, {"TEA": 2})
    shop.ships("SO-2")
    arrange(shop)
    Message.objects.filter(customer=None).update(state="sent")
    shop.wait(days=1)
    return shop


def arrange(shop):
    return gathering.arrange(by="worker", now=shop.now)


def sent(shop):
    Message.objects.filter(state="queued").update(state="sent", sent_at=shop.now)


def test_it_leaves_as_one_mail_and_each_thing_stands_in_it_once(gathered, post):
    assert outbox.deliver(gathered.now, connection=post.connection()) == Delivered(sent=1)
    (one,) = post.accepted
    assert one["Subject"] == "Order SO-2: your parcel is on its way, and 2 things more"
    text = one.get_body(("plain",)).get_content()
    html = one.get_body(("html",)).get_content()
    for said in ("What is new with your orders", "4 items on order for you", "2 × Tea arrived for you"):
        assert text.count(said) == 1
        assert html.count(f"{said}</h") == 1
    assert text.count("Your parcel is on its way") == 1
    assert text.count("Still to come") == 1  # Of the first order, by the last part about it; the other is complete.
    assert re.findall(r"Order (SO-\d): ", text) == ["SO-1", "SO-1", "SO-2"]
    assert len(set(re.findall(r"https://shop\.example/j/\S+", text))) == 2
    assert "Bob" not in text
    states = Message.objects.filter(kind__in=["ordered", "arrived", "shipped"], customer__isnull=False)
    assert sorted(states.values_list("kind", "state")) == [
        ("arrived", "gathered"),
        ("ordered", "gathered"),
        ("shipped", "sent"),
        ("shipped", "sent"),
    ]
    assert gathered.is_sound()


def test_of_one_order_its_name_stands_on_top_alone_and_one_link_below(gathered):
    Message.objects.filter(event__subject=f"order:{Order.objects.get(number='SO-2').pk}").update(state="sent")
    arrange(gathered)
    carrier = Message.objects.get(state="queued")
    (written,) = mail.compose([carrier.pk])
    assert written.subject == "Order SO-1: 2 × Tea arrived, and 1 thing more"
    assert written.body.count("https://") == 1
    assert "Order SO-1: 4 items" not in written.body
    assert "1 × Tea" in written.body and "here, set aside for you" not in written.body


def test_it_is_the_same_mail_however_often_it_is_written(gathered):
    arrange(gathered)
    carrier = Message.objects.get(state="queued")
    first, again = mail.compose([carrier.pk]), mail.compose([carrier.pk])
    assert first[0].message()["Message-ID"] == again[0].message()["Message-ID"]
    assert first[0].body == again[0].body


def test_the_statements_do_not_grow_with_what_it_carries(gathered, django_assert_num_queries):
    arrange(gathered)
    carrier = Message.objects.get(state="queued")
    with django_assert_num_queries(8):
        (told,) = news([carrier.pk])
    assert [one.kind for one in told.told] == ["ordered", "arrived", "shipped"]


def test_as_a_text_message_it_names_each_order_once(gathered):
    arrange(gathered)
    said = short.preview(news([Message.objects.get(state="queued").pk])[0])
    assert said == (
        "Alice's: Order SO-1: 4 items on order for you; 2 x Tea arrived. Order SO-2: your parcel is on its way."
        " https://shop.example/find"
    )


def test_a_mail_that_carries_others_and_fails_is_sent_again_with_them(gathered, post):
    post.refusals["so-1@mail.example"] = "550 5.7.1 not today"
    assert outbox.deliver(gathered.now, connection=post.connection()) == Delivered(failed=1)
    post.refusals.clear()
    from onorder.actions.messages import queue_again

    queue_again(by="dora", now=gathered.now)
    assert outbox.deliver(gathered.now, connection=post.connection()) == Delivered(sent=1)
    assert "2 × Tea arrived for you" in post.accepted[0].get_body(("plain",)).get_content()


def test_names_that_are_markup_are_text(gathered):
    Customer.objects.update(name="<b>Bob</b>")
    arrange(gathered)
    (written,) = mail.compose([Message.objects.get(state="queued").pk])
    assert "Hello <b>Bob</b>," in written.body
    assert "&lt;b&gt;Bob" in written.alternatives[0][0]
