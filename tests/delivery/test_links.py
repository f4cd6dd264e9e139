"""Every mail to a customer leads to their order, and nobody else's mail does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from onorder.actions import messages
from onorder.delivery import mail, shapes
from onorder.models import Message
from onorder.queries.messages import news


@pytest.fixture(autouse=True)
def ours(settings):
    settings.PUBLIC_URL = "https://shop.example/"


@pytest.fixture
def ordered(shop):
    shop.sells("MUG")
    shop.order({"MUG": 3})
    shop.raises()
    shop.cancels("SO-1", {"MUG": 1})
    messages.send_link("SO-1", "so-1@mail.example", by="customer", now=shop.now)
    return shop


def written(to="customer"):
    keys = Message.objects.filter(**{f"{to}__isnull": False}).order_by("pk").values_list("pk", flat=True)
    return mail.compose(list(keys))


def links(text):
    return re.findall(r"https://shop\.example/[^\s\"<]*", text)


def test_every_mail_to_a_customer_leads_to_their_order(ordered, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: ordered.now)
    mails = written()
    assert len(mails) == 4
    for sent in mails:
        (in_text,), (in_html,) = links(sent.body), links(sent.alternatives[0][0])
        assert in_text == in_html
        page = Client().get(in_text.removeprefix("https://shop.example"))
        assert page.status_code == 200 and "Order SO-1" in page.content.decode()


def test_written_again_it_is_the_same_link_and_on_another_day_another(ordered):
    first = written()
    assert [sent.body for sent in first] == [sent.body for sent in written()]
    ordered.wait(days=1)
    ordered.cancels("SO-1")
    assert links(written()[-1].body) != links(first[-1].body)


def test_suppliers_get_the_one_by_which_they_say_that_it_left(ordered):
    ((only,),) = [links(sent.body) for sent in written("supplier")]
    assert only.startswith("https://shop.example/s/")


def test_where_nobody_has_said_what_our_address_is_there_is_none(ordered, settings):
    settings.PUBLIC_URL = ""
    for sent in written():
        assert "Follow your order" not in sent.body + sent.alternatives[0][0]


def test_whoever_looks_at_a_message_here_cannot_act_for_its_customer(ordered):
    for one in news(list(Message.objects.filter(customer__isnull=False).values_list("pk", flat=True))):
        seen = mail.preview(one)
        assert set(links(seen.text) + links(seen.html) + [mail.letter(one).link]) == {"https://shop.example/find"}


@pytest.mark.parametrize("kind", ["delayed", "promised_anew"])
def test_who_would_rather_not_wait_is_led_to_the_page_if_there_is_one(shop, settings, kind):
    late = shapes.made_up(kind)
    if kind == "promised_anew":
        late = _later(late)
    assert "cancel on your order's page or reply to this e-mail: we cancel what has not shipped" in _text(late)
    settings.PUBLIC_URL = ""
    assert "If you would rather not wait, reply to this e-mail: we cancel" in _text(late)


def _text(news):
    return mail.preview(news).text


def _later(news):
    changes = tuple(replace(one, on=one.was + timedelta(days=9)) for one in news.changes)
    return replace(news, changes=changes)
