"""Messages as mails: their headers, and that what stands in a name stays a name."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.delivery import mail
from onorder.delivery.letters import NoSuchText
from onorder.models import Customer, Message, Order, Product, Supplier
from onorder.models import Shop as ShopRow
from tests.delivery.satchels import everything, letter, mixed, sells_satchels


@pytest.fixture
def shop(shop):
    return sells_satchels(shop)


def test_headers_say_who_it_is_from_and_that_nobody_typed_it(shop, settings):
    settings.DEFAULT_FROM_EMAIL = "Post <orders@bags.example>"
    mixed(shop)
    written, _text, _html = letter("placed")
    sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
    assert sent["From"] == "Alice's <orders@bags.example>"
    assert sent["Reply-To"] == "Alice's <alice@shop.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"].endswith("@bags.example>")
    assert sent["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_without_an_address_of_the_shop_nobody_is_asked_to_reply_to_it(shop):
    ShopRow.objects.update(email="")
    mixed(shop)
    assert letter("placed")[0].reply_to == []


def test_every_message_has_its_own_id_and_keeps_it(shop):
    everything(shop)
    keys = list(Message.objects.values_list("pk", flat=True))
    first = [written.message()["Message-ID"] for written in mail.compose(keys)]
    again = [written.message()["Message-ID"] for written in mail.compose(keys)]
    assert first == again
    assert len(set(first)) == len(keys)


WICKED = "Bob\r\nBcc: eve@x.example\n<script>alert(1)</script> \u202egnp.exe {{ letter }} &amp; %(what)s \x08"


def test_nothing_in_a_name_becomes_a_header_markup_or_a_placeholder(shop):
    mixed(shop)
    shop.raises()
    Customer.objects.update(name=WICKED)
    Product.objects.update(name=WICKED)
    Supplier.objects.update(name=WICKED)
    ShopRow.objects.update(name=WICKED)
    for key in Message.objects.values_list("pk", flat=True):
        (written,) = mail.compose([key])
        sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
        assert sent["Bcc"] is None
        assert written.recipients() == written.to
        assert len(sent["To"].addresses) == len(sent["From"].addresses) == 1
        assert "Bob Bcc: eve@x.example <script>" in sent["To"].addresses[0].display_name
        html = written.alternatives[0][0]
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "{{ letter }} &amp;amp; %(what)s" in html
        assert "\u202e" not in html + written.body
        assert "\x08" not in html + written.body
        assert "\nBcc" not in written.body


def test_a_line_break_in_an_order_number_starts_no_header(shop):
    shop.order({"SAT": 1})
    Order.objects.update(number="SO-1\nBcc: eve@x.example")
    django_mail.get_connection("django.core.mail.backends.locmem.EmailBackend").send_messages([letter("placed")[0]])
    (sent,) = django_mail.outbox
    assert sent.subject == "Order SO-1 Bcc: eve@x.example: thank you, we have it"
    assert sent.message()["Bcc"] is None


def test_a_kind_without_a_text_is_refused_by_name(shop):
    mixed(shop)
    Message.objects.update(kind="gossip")
    with pytest.raises(NoSuchText, match="gossip"):
        letter("gossip")


def compose_everything():
    keys = list(Message.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        told = mail.compose(keys)
    return len(queries), len(told)


def test_hundreds_of_messages_cost_the_statements_of_one_of_each(shop):
    everything(shop)
    few = compose_everything()
    for _ in range(100):
        mixed(shop)
    shop.raises()
    many = compose_everything()
    assert many[1] >= few[1] + 200
    assert few[0] == many[0] <= 10
