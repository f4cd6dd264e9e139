"""Mail that comes back, as mail servers really report it; and what else comes to that address."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from onorder.actions import customers, messages
from onorder.actions.customers import NoAddressToReach
from onorder.delivery import bounces, mail, outbox
from onorder.errors import NotFound
from onorder.models import Customer, Event, Message, PurchaseOrder
from onorder.rules.bouncing import Verdict, verdict

BOB = "so-1@mail.example"

REPORT = """Return-Path: <>
Date: Mon, 2 Mar 2026 09:00:12 +0000 (UTC)
From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: shop@localhost
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="F9/mx"

This is a MIME-encapsulated message.

--F9/mx
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--F9/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example
X-Postfix-Queue-ID: 8C1D
Arrival-Date: Mon, 2 Mar 2026 09:00:10 +0000 (UTC)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example
Diagnostic-Code: smtp; {code} {status} <{to}>: Recipient address rejected

--F9/mx
Content-Description: Undelivered Message
Content-Type: {returned}

{headers}
--F9/mx--
"""


def report(sent, *, to=BOB, action="failed", status="5.1.1", code="550", returned="message/rfc822", but=()):
    """What a mail server says of a mail that it had accepted."""
    names = [name for name in ("From", "To", "Subject", "Message-ID", "Date") if name not in but]
    headers = "\n".join(f"{name}: {sent[name]}" for name in names) + "\n\nHello\n"
    text = REPORT.format(to=to, action=action, status=status, code=code, returned=returned, headers=headers)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def sent(lasting_shop, post):
    """A mail that the mail server took: that we have Bob's order."""
    lasting_shop.sells("TEA", here=5)
    lasting_shop.order({"TEA": 1})
    outbox.deliver(lasting_shop.now, connection=post.connection())
    (mail,) = post.accepted
    return mail


@pytest.fixture
def back(lasting_shop, sent):
    """What comes of a report about it."""
    return lambda *raw, **how: bounces.take(*(raw or (report(sent, **how),)), now=lasting_shop.now)


def is_as_before():
    message, customer = Message.objects.get(), Customer.objects.get()
    return (message.state, message.note, customer.email_bounced_at) == ("sent", "", None)


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers", "text/rfc822-headers; charset=us-ascii"])
def test_an_address_that_does_not_exist(lasting_shop, back, returned):
    assert back(returned=returned).is_dead
    message, customer = Message.objects.get(), Customer.objects.get()
    assert (message.state, customer.email_bounced_at) == ("bounced", lasting_shop.now)
    assert message.note == f"The mail came back: 550 5.1.1 <{BOB}>: Recipient address rejected"
    assert customer.email_bounced_why == message.note
    assert [event.kind for event in Event.objects.order_by("-pk")[:2]] == ["address_dead", "came_back"]
    assert BOB not in str(list(Event.objects.values_list("data", flat=True).filter(kind="address_dead")))
    happened = Event.objects.count()
    assert not back().is_dead  # The same report twice.
    assert Event.objects.count() == happened


def test_from_then_on_nothing_is_sent_there_and_what_came_back_goes_to_the_right_address(lasting_shop, post, back):
    back()
    lasting_shop.ships("SO-1")
    outbox.deliver(lasting_shop.now, connection=post.connection())
    assert len(post.accepted) == 1
    assert [one.state for one in Message.objects.order_by("pk")] == ["bounced", "bounced"]

    right = {"name": "Bob", "email": "bob@right.example", "phone": "", "language": ""}
    customers.correct(Customer.objects.get().pk, **right, by="dora", now=lasting_shop.now)
    assert Customer.objects.get().email_bounced_at is None
    assert outbox.deliver(lasting_shop.now, connection=post.connection()).sent == 2
    assert [one.envelope_to for one in post.accepted[1:]] == [["bob@right.example"]] * 2
    assert len(lasting_shop.events("queued_again")) == 2
    assert lasting_shop.is_sound()


def test_a_late_report_about_the_old_address_says_nothing_of_the_new_one(lasting_shop, post, sent, back):
    back()
    right = {"name": "Bob", "email": "bob@right.example", "phone": "", "language": ""}
    customers.correct(Customer.objects.get().pk, **right, by="dora", now=lasting_shop.now)
    outbox.deliver(lasting_shop.now, connection=post.connection())
    assert post.accepted[1]["Message-ID"] == sent["Message-ID"]
    back()
    assert Message.objects.get().state == "sent"
    assert Customer.objects.get().email_bounced_at is None


def test_the_address_may_be_right_after_all(lasting_shop, post, back):
    back()
    key = Customer.objects.get().pk
    assert customers.reach_again(key, by="dora", now=lasting_shop.now) == 1
    assert customers.reach_again(key, by="dora", now=lasting_shop.now) == 0
    assert outbox.deliver(lasting_shop.now, connection=post.connection()).sent == 1
    with pytest.raises(NotFound):
        customers.reach_again(0, by="dora", now=lasting_shop.now)
    Customer.objects.update(email="")
    with pytest.raises(NoAddressToReach):
        customers.reach_again(key, by="dora", now=lasting_shop.now)


def test_a_single_message_that_came_back_can_be_sent_again(lasting_shop, post, back):
    back(status="5.7.1", code="554")
    assert Customer.objects.get().email_bounced_at is None
    assert messages.queue_again([Message.objects.get().pk], by="dora", now=lasting_shop.now).queued
    assert outbox.deliver(lasting_shop.now, connection=post.connection()).sent == 1


def test_a_form_that_stood_open_meanwhile_is_not_refused(lasting_shop, back, client):
    from onorder import access
    from onorder.models import Order

    link = f"/j/{access.token(Order.objects.get().pk, lasting_shop.now.date())}"
    page = client.get(f"{link}/address").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    back()
    assert client.post(f"{link}/address", {"address": "1 New Road", "seen": seen}).status_code == 302
    assert Order.objects.get().address == "1 New Road"


def test_what_is_only_delayed_is_noted(back):
    back(action="delayed", status="4.4.1", code="451")
    message = Message.objects.get()
    assert (message.state, message.note[:24]) == ("sent", "The mail came back: 451 ")
    assert Customer.objects.get().email_bounced_at is None


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [
        ("failed", "5.1.1", Verdict.DEAD),
        ("Failed ", " 5.0.0 (unknown)", Verdict.DEAD),
        ("failed", "5.4.4", Verdict.DEAD),
        ("failed", "5.1.8", Verdict.BOUNCED),
        ("failed", "5.2.2", Verdict.BOUNCED),
        ("failed", "5.3.4", Verdict.BOUNCED),
        ("failed", "5.7.26", Verdict.BOUNCED),
        ("failed", "4.4.7", Verdict.BOUNCED),
        ("delayed", "4.2.2", Verdict.DELAYED),
        ("delivered", "2.0.0", Verdict.ARRIVED),
        ("relayed", "2.1.5", Verdict.ARRIVED),
        ("failed", "2.0.0", Verdict.ARRIVED),
        ("failed", "nonsense", Verdict.ARRIVED),
        ("", "", Verdict.ARRIVED),
    ],
)
def test_what_a_report_means(action, status, said):
    assert verdict(action, status) == said


def test_a_purchase_order_that_comes_back_is_shown_as_bounced(lasting_shop, post):
    lasting_shop.sells("POT")
    lasting_shop.order({"POT": 1})
    number = lasting_shop.raises()
    outbox.deliver(lasting_shop.now, connection=post.connection())
    (paper,) = post.to("acme@maker.example")
    assert bounces.take(report(paper, to="acme@maker.example"), now=lasting_shop.now).state == "bounced"
    assert lasting_shop.state(number) == "bounced"
    message = Message.objects.get(kind="purchase_order")
    assert message.state == "bounced"
    assert messages.queue_again([message.pk], by="ben", now=lasting_shop.now).queued
    assert PurchaseOrder.objects.get().state == "sent"


def test_a_report_about_somebody_else_changes_nothing(back, sent):
    back(to="eve@mail.example", but=["To"])
    assert is_as_before()


def test_a_mail_that_nobody_here_sent(back, sent, caplog):
    stranger = {
        **{name: sent[name] for name in ("From", "To", "Subject", "Date")},
        "Message-ID": f"<{'0' * 32}@localhost>",
    }
    assert back(report(stranger)) is None
    assert back(report(stranger | {"Message-ID": "<1234@elsewhere.example>"})) is None
    assert is_as_before()
    assert "mail.example" not in caplog.text


SPAM = [
    b"",
    b"\x00\xff\xfe" * 1000,
    b"From: eve@x.example\n\nbuy",
    b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
    + b"Action: failed\n" * 9,
    b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
    b"Content-Type: message/rfc822\n\n" * 3000,
    b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 20_000,
    b"Subject: " + b"=?utf-8?b?" * 50_000,
    b"Content-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n\n####",
]


@pytest.mark.parametrize("raw", SPAM)
def test_whatever_else_comes_is_passed_over(back, raw, caplog):
    caplog.set_level("INFO")
    assert back(raw) is None
    assert is_as_before()
    assert "eve@" not in caplog.text


def test_a_report_that_is_cut_off_or_carries_a_large_mail_is_read(back, sent):
    raw = report(sent)
    assert bounces.read(raw[: raw.index(b"Hello")] + b"x" * 3_000_000).verdict == Verdict.DEAD
    assert bounces.read(raw[: raw.index(b"Diagnostic")]) is None


def test_lines_that_would_do_mischief_in_a_note_are_one_line(sent):
    said = bounces.read(report(sent).replace(b"Recipient address", b"Rec\x07ipient\x1b[31m <script>")).why
    assert said.isprintable() and "<script>" in said  # Escaped wherever it is shown, like every note.


def test_the_envelope_may_name_an_address_of_its_own(lasting_shop, settings):
    settings.BOUNCES_TO = "bounces@shop.example"
    lasting_shop.sells("TEA", here=1)
    lasting_shop.order({"TEA": 1})
    (one,) = mail.compose([Message.objects.get().pk])
    assert one.from_email == "bounces@shop.example"
    assert one.message()["From"] == "Alice's <shop@localhost>"


def test_the_command_reads_it_from_a_mail_server(lasting_shop, sent):
    from django.db import connection

    name = connection.settings_dict
    if connection.vendor == "postgresql":
        pytest.skip("the command finds its database by ONORDER_DATABASE_URL, as tests/management shows")
    root = Path(__file__).parents[2]
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "ONORDER_SECRET_KEY": _secret(),
        "ONORDER_DATABASE_URL": f"sqlite:///{name['NAME']}",
    }  # fmt: skip
    command = [sys.executable, "-c", "from onorder.management.main import main; main()", "bounce"]
    for raw in (report(sent), b"nonsense" * 200_000):
        done = subprocess.run(command, input=raw, env=environment, cwd=root, capture_output=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, b""), done.stderr
        assert not re.search(rb"mail\.example", done.stderr)
    assert Message.objects.get().state == "bounced"


def _secret():
    from django.conf import settings

    return settings.SECRET_KEY
