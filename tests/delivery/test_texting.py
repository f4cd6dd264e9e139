"""Text messages leave once, against a server that behaves like the provider's; and what they say."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from onorder.actions import gathering
from onorder.delivery import outbox, short, texting, to_customers
from onorder.delivery.outbox import Delivered
from onorder.delivery.texting import Folder, Twilio, provider
from onorder.models import Customer, Message, Shop
from onorder.queries.messages import news
from onorder.rules import texts

BOB = "+447400123456"


def orders(shop, n=1):
    for _ in range(n):
        shop.order({"TEA": 1})
    for place, customer in enumerate(Customer.objects.order_by("pk")):
        Customer.objects.filter(pk=customer.pk).update(by_text=True, text_number=f"+44740012345{6 + place}")


def deliver(shop, post, **how):
    return outbox.deliver(shop.now, connection=post.connection(), **how)


def texts_are():
    return list(Message.objects.filter(channel="text").order_by("pk").values_list("state", flat=True))


def test_each_goes_once_beside_its_mail(tea, post, carrier):
    orders(tea, 3)
    assert deliver(tea, post) == Delivered(sent=6)
    assert [one["To"] for one in carrier.taken] == [f"+44740012345{n}" for n in (6, 7, 8)]
    assert {one["From"] for one in carrier.taken} == {"+15005550006"}
    assert carrier.taken[0]["Body"].startswith("Alice's: Order SO-1: thank you, we have it. Everything is here. ")
    assert carrier.taken[0]["Body"].endswith(" https://shop.example/find?order=SO-1")
    assert texts_are() == ["sent"] * 3
    assert deliver(tea, post) == Delivered()


def test_the_name_of_the_shop_is_the_sender_where_no_number_is_set(tea, post, carrier, settings):
    settings.TEXTS_URL = settings.TEXTS_URL.partition("?")[0]
    orders(tea)
    deliver(tea, post)
    assert carrier.taken[0]["From"] == "Alices"
    settings.TEXTS_URL += f"?from=MG{'0' * 32}"
    orders(tea)
    deliver(tea, post)
    assert carrier.taken[1]["MessagingServiceSid"] == f"MG{'0' * 32}"


def test_a_number_that_is_refused_for_good_fails_and_stops_nobody(tea, post, carrier, caplog):
    orders(tea, 3)
    carrier.refusals["+447400123457"] = (400, "Attempt to send to unsubscribed recipient")
    assert deliver(tea, post) == Delivered(sent=5, failed=1)
    assert texts_are() == ["sent", "failed", "sent"]
    note = Message.objects.get(state="failed").note
    assert note == "The provider said 400 Attempt to send to unsubscribed recipient"
    assert "+447400" not in caplog.text


@pytest.mark.parametrize("status", [401, 404, 429])
def test_what_is_wrong_with_our_account_is_no_reason_to_give_up_a_text(tea, post, carrier, status):
    orders(tea, 2)
    carrier.answers = status
    assert deliver(tea, post) == Delivered(sent=2, retried=2)  # The mails went.
    carrier.answers = 0
    tea.wait(minutes=2)
    assert deliver(tea, post) == Delivered(sent=2)


def test_a_provider_in_trouble_is_left_alone_after_three_texts(tea, post, carrier):
    orders(tea, 5)
    carrier.answers = 503
    assert deliver(tea, post) == Delivered(sent=5, retried=5)
    carrier.answers = 0
    tea.wait(minutes=2)
    assert deliver(tea, post) == Delivered(sent=5)
    assert len(carrier.taken) == 5


def test_a_provider_that_is_not_there_is_waited_for_and_the_mails_go(tea, post, carrier):
    orders(tea, 2)
    carrier.closes()
    assert deliver(tea, post) == Delivered(sent=2, retried=2)
    assert Message.objects.filter(channel="text")[0].note == "ConnectError"


def test_a_mail_server_that_is_not_there_stops_no_text(tea, post, carrier):
    orders(tea, 2)
    post.closes()
    assert deliver(tea, post) == Delivered(sent=2, retried=2)
    assert texts_are() == ["sent", "sent"]


def test_what_was_taken_without_a_word_is_not_sent_again(tea, post, carrier):
    orders(tea)
    carrier.goes_silent = 1
    assert deliver(tea, post) == Delivered(sent=1, retried=1)
    tea.wait(minutes=2)
    assert deliver(tea, post) == Delivered(sent=1)
    assert len(carrier.taken) == 1
    assert texts_are() == ["sent"]


def test_no_provider_is_set(tea, post, settings):
    settings.TEXTS_URL = ""
    orders(tea)
    assert deliver(tea, post) == Delivered(sent=1, retried=1)


@pytest.mark.parametrize(
    "url", ["", "folder://x", "twilio://api.twilio.com", "twilio://SID@x.example", "smtp://a:b@x.example", "secret"]
)
def test_an_address_that_cannot_be_read_is_refused_and_never_said(settings, url):
    settings.TEXTS_URL = url
    with pytest.raises(ImproperlyConfigured) as refused:
        provider()
    assert not url or url not in str(refused.value)


def test_the_real_one_is_spoken_to_with_encryption(settings):
    settings.TEXTS_URL = "twilio://AC1:t@api.twilio.com"
    found = provider()
    assert isinstance(found, Twilio)
    assert str(found._client.base_url) == "https://api.twilio.com"
    found.close()


def test_in_a_folder_each_is_a_file(tea, post, settings, tmp_path):
    settings.TEXTS_URL = f"folder://{tmp_path}/texts"
    assert isinstance(provider(), Folder)
    orders(tea, 2)
    assert deliver(tea, post) == Delivered(sent=4)
    first, _second = sorted((tmp_path / "texts").iterdir(), key=lambda file: file.read_text())
    assert first.read_text().startswith("From: Alices\nTo: +447400123456\n\nAlice's: Order SO-1: ")
    Message.objects.filter(channel="text").update(state="queued")
    deliver(tea, post)
    assert len(list((tmp_path / "texts").iterdir())) == 2


def test_a_folder_that_cannot_be_written(tea, post, settings, tmp_path):
    (tmp_path / "full").write_text("")
    settings.TEXTS_URL = f"folder://{tmp_path}/full"
    orders(tea)
    assert deliver(tea, post) == Delivered(sent=1, retried=1)


def test_a_slow_provider_is_given_up(tea, post, carrier, monkeypatch):
    monkeypatch.setattr(texting, "ANSWERS_WITHIN", 0.2)
    say = carrier.say

    def slowly(*answer):
        time.sleep(0.6)
        with suppress(BrokenPipeError):  # Nobody listens any more.
            say(*answer)

    monkeypatch.setattr(carrier, "say", slowly)
    orders(tea)
    assert deliver(tea, post) == Delivered(sent=1, retried=1)


# What they say.


def test_every_kind_has_one_that_fits_and_needs_no_other_alphabet(shop, settings):
    from onorder.delivery.shapes import every, made_up

    settings.PUBLIC_URL = "https://a-shop-with-a-long-name.example"
    for kind in to_customers.KINDS:
        for one in (made_up(kind), *every(made_up(kind))):
            said = short._written(one, lambda _: f"https://a-shop-with-a-long-name.example/j/{'x' * 51}")
            assert len(said) <= short.MOST_LETTERS, said
            assert texts.parts(said) <= 2, said
            assert said.startswith("OnOrder: ") and said.count("https://") == 1
            assert kind in ("heartbeat", "link") or "SO-1" in said


def test_a_delay_asks_and_says_where_to_answer(shop, settings):
    from onorder.actions import orders as acts
    from onorder.queue import setup

    settings.PUBLIC_URL = "https://shop.example"
    Shop.objects.update(jurisdiction="EU", takes_texts=True)
    setup.changed()
    shop.sells("TEA")
    orders(shop)
    day = shop.line("SO-1", "TEA").promised_on + timedelta(days=60)
    acts.promise_anew("SO-1", "TEA", day, why="flood", by="dora", now=shop.now)
    gathering.arrange(by="worker", now=shop.now)
    text = Message.objects.get(kind="promised_anew", channel="text")
    said = short.write(news([text.pk])[0]).body
    assert "Say whether you wait: https://shop.example/" in said
    assert Message.objects.get(kind="promised_anew", channel="email").state == "queued"


def test_only_who_has_no_address_gets_the_link_that_opens_the_order(shop, settings):
    """Nobody has shown that the number is theirs."""
    settings.PUBLIC_URL = "https://shop.example"
    Shop.objects.update(takes_texts=True)
    shop.sells("TEA", here=2)
    orders(shop, 2)
    Customer.objects.filter(pk=Customer.objects.earliest("pk").pk).update(email="")
    gathering.arrange(by="worker", now=shop.now)
    said = [short.write(one).body for one in news(Message.objects.filter(channel="text").values_list("pk", flat=True))]
    assert sorted("/find?order=" in text for text in said) == [False, True]
    assert sorted("/j/" in text for text in said) == [False, True]


def test_it_is_in_the_language_of_its_reader(shop):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 1})
    Customer.objects.update(language="de")
    said = short.preview(news([Message.objects.get().pk])[0])
    assert "Auftrag SO-1: danke" in said


def test_a_supplier_gets_no_text(shop):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    shop.raises()
    with pytest.raises(short.NoNumber):
        short.write(news([Message.objects.get(kind="purchase_order").pk])[0])
