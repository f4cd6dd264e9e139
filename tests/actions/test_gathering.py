"""Before they leave: each customer gets at most one message a day, and each by the way they chose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from onorder.actions import gathering
from onorder.actions.gathering import BY_TEXT, DOES_NOT_WORK, OVERTAKEN, Arranged
from onorder.models import Customer, Message, Shop
from onorder.queries.messages import news


def arrange(shop):
    return gathering.arrange(by="worker", now=shop.now)


def states(*, channel="email", **of):
    found = Message.objects.filter(customer__isnull=False, channel=channel, **of)
    return [(message.kind, message.state) for message in found.order_by("event", "pk")]


def leaves(shop):
    """What is queued now has left."""
    Message.objects.filter(state="queued", is_arranged=True, due_at__lte=shop.now).update(
        state="sent", sent_at=shop.now
    )


@pytest.fixture
def tea(shop):
    """Somebody waits for three pots of tea and a mug, and has read that we have the order."""
    shop.sells("TEA")
    shop.sells("MUG", here=5)
    shop.order({"TEA": 3, "MUG": 1})
    arrange(shop)
    leaves(shop)
    return shop


def texting(**more):
    Shop.objects.update(takes_texts=True)
    Customer.objects.update(by_text=True, text_number="+447400123456", **more)


def test_what_was_bought_leaves_at_once_and_is_arranged_once(shop):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 1})
    assert arrange(shop) == Arranged(new=1)
    assert arrange(shop) == Arranged()
    assert states() == [("placed", "queued")]


def test_the_second_of_a_day_waits_for_the_morning(tea):
    tea.ships("SO-1")
    number = tea.raises()
    assert (
        arrange(tea).gathered == 1
    )  # The parcel and the order to the supplier are there at the same moment: one mail.
    assert states(kind__in=["shipped", "ordered"]) == [("shipped", "gathered"), ("ordered", "queued")]
    leaves(tea)
    tea.wait(hours=1)
    tea.receives(number, {"TEA": 1})
    assert arrange(tea).gathered == 0
    (waits,) = Message.objects.filter(kind="arrived")
    assert (waits.state, waits.due_at.isoformat()) == ("waiting", "2026-03-03T08:00:00+00:00")
    tea.wait(hours=22)
    arrange(tea)
    assert states(kind="arrived") == [("arrived", "queued")]


def test_all_that_waited_leaves_as_one_message_and_what_came_after_it_waits_again(tea):
    tea.ships("SO-1")
    arrange(tea)
    leaves(tea)
    first = tea.raises()
    arrange(tea)
    tea.order({"MUG": 1}, number="SO-2")
    Message.objects.filter(event__subject=f"order:{_order('SO-2')}").update(customer=_customer())
    arrange(tea)
    leaves(tea)  # That it was bought waits for nothing.
    tea.ships("SO-2")
    Message.objects.filter(event__subject=f"order:{_order('SO-2')}").update(customer=_customer())
    arrange(tea)
    assert states(state="waiting") == [("ordered", "waiting"), ("shipped", "waiting")]

    tea.wait(days=1)
    assert arrange(tea) == Arranged(gathered=1)
    carried, carrier = Message.objects.filter(state__in=["gathered", "queued"], customer__isnull=False).order_by("pk")
    assert (carried.state, carried.carried_by, carrier.state) == ("gathered", carrier, "queued")
    (told,) = news([carrier.pk])
    assert [one.kind for one in told.told] == ["ordered", "shipped"]

    leaves(tea)
    tea.receives(first, {"TEA": 3})
    arrange(tea)
    assert states(kind="arrived") == [("arrived", "waiting")]
    assert tea.is_sound()


def _order(number):
    from onorder.models import Order

    return Order.objects.get(number=number).pk


def _customer():
    return Customer.objects.order_by("pk").first()


def test_what_something_later_says_is_not_told(tea):
    tea.ships("SO-1")
    arrange(tea)
    leaves(tea)
    number = tea.raises()
    arrange(tea)
    tea.receives(number, {"TEA": 3})
    arrange(tea)
    tea.ships("SO-1")
    arrange(tea)
    tea.wait(days=1)
    assert arrange(tea) == Arranged(overtaken=2)
    shipped = Message.objects.filter(kind="shipped").last()
    assert shipped.state == "queued"
    for message in Message.objects.filter(kind__in=["ordered", "arrived"], customer__isnull=False):
        assert (message.state, message.note, message.carried_by) == ("suppressed", OVERTAKEN, shipped)
    assert news([shipped.pk])[0].also == ()


def test_what_is_cancelled_before_the_morning_is_not_told_as_arrived(tea):
    number = tea.raises()
    arrange(tea)
    leaves(tea)
    tea.receives(number, {"TEA": 3})
    arrange(tea)
    tea.cancels("SO-1")
    arrange(tea)
    leaves(tea)
    tea.wait(days=1)
    assert arrange(tea) == Arranged(overtaken=1)
    (arrived,) = Message.objects.filter(kind="arrived")
    assert (arrived.state, arrived.carried_by.kind) == ("suppressed", "cancelled")


def test_a_shop_or_a_customer_may_want_each_step_at_once(tea):
    Shop.objects.update(pace="at_once")
    tea.ships("SO-1")
    tea.raises()
    assert arrange(tea).gathered == 0
    assert states(kind__in=["shipped", "ordered"]) == [("shipped", "queued"), ("ordered", "queued")]
    Shop.objects.update(pace="daily")
    Customer.objects.update(pace="at_once")
    tea.order({"MUG": 1}, number="SO-1b")
    assert arrange(tea).gathered == 0


def test_by_text_message_as_well_or_instead(tea):
    texting()
    tea.ships("SO-1")
    assert arrange(tea).texts == 1
    assert states(kind="shipped") == states(kind="shipped", channel="text") == [("shipped", "queued")]
    Customer.objects.update(by_email=False)
    tea.wait(days=1)
    tea.raises()
    arrange(tea)
    email, text = Message.objects.filter(kind="ordered").order_by("pk")
    assert (email.state, email.note, text.state, text.channel) == ("suppressed", BY_TEXT, "queued", "text")
    tea.cancels("SO-1")
    arrange(tea)
    assert states(kind="cancelled") == states(kind="cancelled", channel="text") == [("cancelled", "queued")]


def test_texts_are_gathered_among_themselves(tea):
    texting()
    tea.ships("SO-1")
    arrange(tea)
    leaves(tea)
    number = tea.raises()
    arrange(tea)
    tea.receives(number, {"TEA": 1})
    tea.wait(days=1)
    assert arrange(tea) == Arranged(new=1, texts=1, gathered=2)
    for channel in ("email", "text"):
        assert states(kind__in=["ordered", "arrived"], channel=channel) == [
            ("ordered", "gathered"),
            ("arrived", "queued"),
        ]
    carriers = Message.objects.filter(state="gathered").values_list("channel", "carried_by__channel")
    assert set(carriers) == {("email", "email"), ("text", "text")}


def test_a_shop_that_sends_no_texts_writes_mails(tea):
    texting(by_email=False)
    Shop.objects.update(takes_texts=False)
    tea.ships("SO-1")
    assert arrange(tea).texts == 0
    assert states(kind="shipped") == [("shipped", "queued")]


def test_whoever_has_a_phone_only_hears_by_it(tea):
    texting(email="")
    tea.ships("SO-1")
    assert arrange(tea).texts == 1
    email, text = Message.objects.filter(kind="shipped").order_by("pk")
    assert (email.state, email.note, text.state) == ("suppressed", "no e-mail address", "queued")


def test_what_was_not_to_be_told_is_not_told_by_text_either(tea):
    texting()
    Message.objects.filter(kind="placed").update(is_arranged=False, state="suppressed", note="told before")
    assert arrange(tea) == Arranged(new=1)


def test_nothing_is_sent_to_an_address_that_does_not_work(tea):
    Customer.objects.update(email_bounced_at=tea.now)
    tea.ships("SO-1")
    arrange(tea)
    message = Message.objects.get(kind="shipped")
    assert (message.state, message.note) == ("bounced", DOES_NOT_WORK)


def test_suppliers_wait_for_nothing(tea):
    tea.raises()
    arrange(tea)
    assert set(Message.objects.filter(customer=None).values_list("state", "is_arranged")) == {("queued", True)}


def test_the_number_of_statements_does_not_grow(shop):
    shop.sells("TEA", here=100)

    def statements(orders):
        numbers = [shop.order({"TEA": 1}) for _ in range(orders)]
        texting()
        shop.ships(*numbers)
        with CaptureQueriesContext(connection) as seen:
            assert arrange(shop).texts == 2 * orders
        return len([one for one in seen if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    assert statements(1) == statements(20) == 9


def test_the_database_refuses_what_no_message_may_be(tea):
    message = Message.objects.first()
    for wrong in ({"state": "gathered"}, {"channel": "pigeon"}, {"state": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.filter(pk=message.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            event=message.event, kind="placed", customer=message.customer, state="queued", due_at=tea.now
        )
    for wrong in ({"by_email": False}, {"by_text": True}, {"pace": "never"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.update(**wrong)


def test_an_hour_at_which_the_shop_sends_what_has_waited(tea):
    Shop.objects.update(gathers_at=17, time_zone="Europe/Berlin")
    tea.ships("SO-1")
    arrange(tea)
    leaves(tea)
    tea.raises()
    arrange(tea)
    waits = Message.objects.get(state="waiting").due_at
    assert (waits.isoformat(), waits - tea.now > timedelta(hours=12)) == ("2026-03-03T16:00:00+00:00", True)
