"""What became of a text message, as its provider says: believed only if it is signed, noted once, and acted upon."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onorder.actions import bounces, customers, gathering, messages
from onorder.actions.customers import Wanted
from onorder.actions.gathering import BY_TEXT, NUMBER_DOES_NOT_WORK
from onorder.delivery import outbox, text_reports
from onorder.delivery.outbox import Delivered
from onorder.errors import NotFound
from onorder.models import Customer, Event, Message, Order
from onorder.rules.bouncing import Verdict, text_verdict
from onorder.store.hooks import MOST_BYTES
from tests.twilio import recorded, sid, signature

BOB, NEW = "+447400123456", "+447400654321"
NOBODY_HAS_IT = "Nobody has this number (30005). Correct it, or write by e-mail."


@pytest.fixture
def sent(tea, post, carrier, monkeypatch):
    """Bob wants texts and no mails, and one has left: that his parcel did. The mail before it told of his order."""
    monkeypatch.setattr(timezone, "now", lambda: tea.now)
    tea.order({"TEA": 1})
    Customer.objects.update(by_email=False, by_text=True, text_number=BOB)
    leaves(tea, post)
    tea.ships("SO-1")
    assert leaves(tea, post) == Delivered(sent=1)
    assert states() == [("placed", "text", "sent"), ("placed", "email", "sent"), *parcel(text="sent")]
    return tea


@pytest.fixture
def says(carrier, client, sent):
    """`says("undelivered", "30005")`: what the provider says of the text about the parcel, and how it is answered."""

    def said(status="undelivered", code="30005", *, answer=200, place=-1, **how):
        found = carrier.reports(client, place, status, code, **how)
        assert (found.status_code, found.content) == (answer, b"")

    return said


def orders_again(shop):
    """Bob orders something else."""
    shop.order({"TEA": 1})
    first = Customer.objects.earliest("pk")
    Order.objects.update(customer=first)
    Message.objects.exclude(customer=None).update(customer=first)
    Customer.objects.exclude(pk=first.pk).delete()


def leaves(shop, post):
    return outbox.deliver(shop.now, connection=post.connection())


def states():
    found = Message.objects.order_by("event", "-channel")
    return list(found.values_list("kind", "channel", "state"))


def parcel(*, text, email="suppressed"):
    return [("shipped", "text", text), ("shipped", "email", email)]


def of_the_parcel(channel="text"):
    return Message.objects.get(kind="shipped", channel=channel)


def everything():
    return [list(model.objects.order_by("pk").values_list()) for model in (Message, Customer, Event)]


def bob(**values):
    Customer.objects.update(**values)


# What did not arrive.


def test_a_number_that_nobody_has_is_left_alone_and_a_mail_tells_it(sent, post, says):
    says("undelivered", "30005")
    text, customer = of_the_parcel(), Customer.objects.get()
    assert (text.state, text.note, text.carried_by) == ("bounced", NOBODY_HAS_IT, of_the_parcel("email"))
    assert (customer.text_bounced_at, customer.text_bounced_why) == (sent.now, NOBODY_HAS_IT)
    assert [(event.kind, event.by) for event in Event.objects.order_by("pk").reverse()[:2]] == [
        ("number_dead", "text provider"),
        ("came_back", "text provider"),
    ]
    assert BOB not in str(list(Event.objects.values_list("data", flat=True)))
    assert leaves(sent, post) == Delivered(sent=1)
    assert post.accepted[-1]["Subject"] == "Order SO-1: your parcel is on its way"
    assert states()[-2:] == parcel(text="bounced", email="sent")
    assert sent.is_sound()


def test_from_then_on_they_get_mails(sent, post, carrier, says):
    says()
    leaves(sent, post)
    orders_again(sent)
    sent.wait(days=2)
    sent.ships("SO-2")
    assert leaves(sent, post).failed == 0
    assert len(carrier.taken) == 2
    order = Order.objects.get(number="SO-2").pk
    assert not Message.objects.filter(event__subject=f"order:{order}", channel="text").exists()


def test_a_phone_that_was_off_is_tried_again_next_time_and_a_mail_tells_this(sent, post, says):
    says("undelivered", "30003")
    assert Customer.objects.get().text_bounced_at is None
    assert "out of reach (30003)" in of_the_parcel().note
    assert leaves(sent, post) == Delivered(sent=1)


def test_a_mail_that_went_anyway_is_not_sent_again(sent, post, says):
    """Of the order itself they had both."""
    says(place=0)
    text = Message.objects.get(kind="placed", channel="text")
    assert (text.state, text.carried_by.state, text.carried_by.channel) == ("bounced", "sent", "email")
    assert leaves(sent, post) == Delivered()


def test_one_mail_tells_what_one_text_told(sent, post, carrier, says):
    for _ in range(3):
        orders_again(sent)
        sent.ships(f"SO-{Order.objects.count()}")
    assert leaves(sent, post).sent >= 3
    sent.wait(days=1)
    leaves(sent, post)
    assert "Order SO-4" in carrier.taken[-1]["Body"] and "Order SO-2" in carrier.taken[-1]["Body"]
    before = len(post.accepted)
    says()
    assert leaves(sent, post) == Delivered(sent=1)
    assert len(post.accepted) == before + 1
    mail = post.accepted[-1].get_body(("plain",)).get_content()
    assert all(number in mail for number in ("SO-2", "SO-3", "SO-4"))
    assert sent.is_sound()


def test_whoever_has_no_address_hears_it_once_the_number_is_right(sent, post, carrier, says):
    bob(email="")
    says()
    assert of_the_parcel().carried_by is None and of_the_parcel("email").note == BY_TEXT
    orders_again(sent)
    bob(email="")
    gathering.arrange(by="worker", now=sent.now)
    later = Message.objects.filter(channel="text").latest("pk")
    assert (later.state, later.note) == ("bounced", NUMBER_DOES_NOT_WORK)
    assert leaves(sent, post) == Delivered()

    key, wanted = Customer.objects.get().pk, Wanted(by_email=False, by_text=True, number=NEW)
    assert customers.choose_messages(key, wanted, by="customer", now=sent.now)
    assert (Customer.objects.get().text_bounced_at, Customer.objects.get().text_bounced_why) == (None, "")
    assert leaves(sent, post) == Delivered(sent=2)
    assert [one["To"] for one in carrier.taken[2:]] == [NEW, NEW]
    assert len(sent.events("queued_again")) == 2
    assert sent.is_sound()


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "read", "accepted", "nonsense"])
def test_whatever_else_becomes_of_it_changes_nothing(sent, says, status):
    before = everything()
    with CaptureQueriesContext(connection) as asked:
        says(status, "", **({} if status in ("queued", "sending", "sent", "delivered") else {"like": "sent"}))
    assert everything() == before and len(asked) == 0


def test_a_number_that_is_refused_at_once_is_left_alone_too(tea, post, carrier):
    tea.order({"TEA": 1})
    bob(by_email=False, by_text=True, text_number=BOB)
    carrier.refusals[BOB] = (400, "Attempt to send to unsubscribed recipient", 21610)
    tea.ships("SO-1")
    assert leaves(tea, post) == Delivered(sent=1, failed=2)
    assert leaves(tea, post) == Delivered(sent=1)  # The mail about the parcel.
    of_the_order = [("placed", "text", "bounced"), ("placed", "email", "sent")]
    assert states() == [*of_the_order, *parcel(text="bounced", email="sent")]
    assert Customer.objects.get().text_bounced_why == (
        "They answered STOP and get no more texts from us (21610). Write by e-mail."
    )


def test_a_refusal_for_another_reason_fails_as_before(tea, post, carrier):
    tea.order({"TEA": 1})
    bob(by_text=True, text_number=BOB)
    carrier.refusals[BOB] = (400, "The message body is too long", 21617)
    assert leaves(tea, post) == Delivered(sent=1, failed=1)
    assert Message.objects.get(channel="text").state == "failed"
    assert Customer.objects.get().text_bounced_at is None


# Twice, late, early, out of order.


def test_the_same_again_and_what_comes_after_it_changes_nothing(sent, says):
    says()
    before = everything()
    for status, code in (("undelivered", "30005"), ("failed", "30006"), ("sent", ""), ("delivered", "")):
        says(status, code)
    assert everything() == before


def test_word_of_a_text_that_was_sent_again_since_says_nothing_of_the_new_one(sent, post, carrier, says):
    bob(email="")
    says("undelivered", "30003")
    messages.queue_again([of_the_parcel().pk], by="dora", now=sent.now)
    before = everything()
    says("undelivered", "30003", place=1)  # Before it left again,
    assert everything() == before
    assert leaves(sent, post) == Delivered(sent=1)
    before = everything()
    says("undelivered", "30003", place=1)  # and after.
    assert everything() == before
    says("undelivered", "30003", place=2)
    assert of_the_parcel().state == "bounced"


def test_nor_while_it_is_on_its_way_again(sent, post, carrier, says):
    bob(email="")
    says("undelivered", "30003")
    messages.queue_again([of_the_parcel().pk], by="dora", now=sent.now)

    def told():
        carrier.told_at_once = None
        assert carrier.reports(Client(), 1, code="30003").status_code == 200
        connection.close()

    carrier.told_at_once = told
    assert leaves(sent, post) == Delivered(sent=1)
    assert (of_the_parcel().state, of_the_parcel().mail_id) == ("sent", sid(2))


def test_since_when_a_number_does_not_work_stays_what_it_was(sent, says):
    says()
    first = sent.now
    sent.wait(hours=1)
    says("failed", "30006", place=0)
    assert Message.objects.filter(channel="text", state="bounced").count() == 2
    assert (Customer.objects.get().text_bounced_at, Customer.objects.get().text_bounced_why) == (first, NOBODY_HAS_IT)
    assert len(sent.events("number_dead")) == 1


def test_a_number_that_they_no_longer_have_is_nobodys(sent, says):
    bob(text_number=NEW)
    before = everything()
    says()
    assert everything() == before


def test_word_may_be_faster_than_our_own_mark(sent, post, carrier, says):
    orders_again(sent)

    def told():
        carrier.told_at_once = None
        said = carrier.reports(Client(), code="30006")
        connection.close()
        assert said.status_code == 200

    carrier.told_at_once = told
    assert leaves(sent, post) == Delivered(sent=1)  # The mail.
    text = Message.objects.filter(channel="text").latest("pk")
    assert (text.state, text.mail_id, text.attempts) == ("bounced", sid(2), 1)
    assert Customer.objects.get().text_bounced_at == sent.now


def test_what_was_taken_without_a_word_is_known_by_what_it_is_called_there(tea, post, carrier):
    tea.order({"TEA": 1})
    bob(by_text=True, text_number=BOB)
    carrier.goes_silent = 1
    leaves(tea, post)
    tea.wait(minutes=2)
    assert leaves(tea, post) == Delivered(sent=1)
    assert Message.objects.get(channel="text").mail_id == sid(0)


def test_as_many_statements_for_what_carries_many(sent, says):
    text, mail = of_the_parcel(), of_the_parcel("email")
    with CaptureQueriesContext(connection) as few:
        says()
    Message.objects.filter(pk=text.pk).update(state="sent", carried_by=None)
    Message.objects.filter(pk=mail.pk).update(state="suppressed", note=BY_TEXT)
    bob(text_bounced_at=None)
    for number in range(20):
        event = Event.objects.create(kind="arrived", subject="order:1", by="x", at=sent.now, data={})
        shared = {"event": event, "kind": "arrived", "customer": text.customer, "due_at": sent.now}
        Message.objects.create(**shared, channel="text", state="gathered", carried_by=text, is_arranged=True)
        Message.objects.create(**shared, channel="email", state="suppressed", note=BY_TEXT, is_arranged=True)
        assert number < 20
    with CaptureQueriesContext(connection) as many:
        says()
    assert Message.objects.filter(channel="email", state="gathered").count() == 20
    assert len(many) == len(few) <= 14, [one["sql"] for one in many]


# Who says it.


@pytest.mark.parametrize(
    "how",
    [
        {"token": "of somebody else"},
        {"tampered": lambda fields: fields | {"ErrorCode": "30006"}},
        {"tampered": lambda fields: fields | {"More": "1"}},
        {"tampered": lambda fields: {name: fields[name] for name in fields if name != "ErrorCode"}},
    ],
)
def test_what_is_not_signed_by_them_is_nothing(sent, says, how):
    before = everything()
    says(answer=403, **how)
    assert everything() == before


def test_what_is_signed_for_one_message_is_not_for_another(sent, says):
    before = everything()
    other = Message.objects.get(kind="placed", channel="text").pk
    says(answer=403, path=f"/hooks/texts/{other}")
    assert everything() == before


@pytest.mark.parametrize("header", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "é"}])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"MessageStatus=failed&To=%ff%00", "application/x-www-form-urlencoded"),
        (b'{"MessageStatus": "failed"}', "application/json"),
        (b"nonsense", "multipart/form-data; boundary=x"),
    ],
)
def test_rubbish(sent, client, header, body, kind, caplog):
    answer = client.post("/hooks/texts/1", body, content_type=kind, headers=header)
    assert answer.status_code in (400, 403, 413)


@pytest.mark.parametrize(
    "changes",
    [{"MessageSid": ""}, {"MessageSid": "<b>"}, {"MessageStatus": ""}, {"ErrorCode": "x"}, {"ErrorCode": "²"}],
)
def test_signed_nonsense_is_refused(sent, says, changes):
    before = everything()
    says(answer=400, **changes)
    assert everything() == before


def test_a_message_that_nobody_here_sent(sent, client):
    mail, fields, before = of_the_parcel("email").pk, recorded("undelivered"), everything()
    for message in (999_999, mail):
        signed = signature(f"https://shop.example/hooks/texts/{message}", fields, "to/ken")
        form = {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}
        answer = client.post(f"/hooks/texts/{message}", **form, headers={"X-Twilio-Signature": signed})
        assert answer.status_code == 200  # Or they would go on about it.
    assert everything() == before
    with pytest.raises(NotFound):
        bounces.text_lost(mail, Verdict.DEAD, sent_as="SM1", to=BOB, why="x", by="x", now=sent.now)


def test_only_a_post_that_is_not_too_large_and_no_token_of_ours_is_needed(sent, carrier, client):
    assert client.get("/hooks/texts/1").status_code == 405
    much = client.post("/hooks/texts/1", b"x" * (MOST_BYTES + 1), content_type="application/x-www-form-urlencoded")
    assert much.status_code == 413
    assert carrier.reports(Client(enforce_csrf_checks=True), code="30005").status_code == 200
    assert not client.cookies and of_the_parcel().state == "bounced"


@pytest.mark.parametrize("url", ["", "http://shop.example"])
def test_without_an_encrypted_address_no_word_is_asked_for(tea, post, carrier, settings, client, url):
    settings.PUBLIC_URL = url
    tea.order({"TEA": 1})
    bob(by_text=True, text_number=BOB)
    leaves(tea, post)
    assert "StatusCallback" not in carrier.taken[0]
    assert client.post("/hooks/texts/1").status_code == 404


def test_where_texts_are_files_there_is_no_such_address(sent, client, settings, tmp_path):
    settings.TEXTS_URL = f"folder://{tmp_path}"
    assert client.post("/hooks/texts/1").status_code == 404


def test_a_proxy_that_calls_us_otherwise_changes_nothing(sent, says, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = "https://shop.example/"
    says()
    assert of_the_parcel().state == "bounced"


def test_nothing_of_it_is_logged(sent, says, caplog):
    caplog.set_level("DEBUG")
    says()
    says(answer=403, token="x")
    assert BOB not in caplog.text and sid(1) not in caplog.text and "to/ken" not in caplog.text


FIELDS = {
    "CallSid": ["CA1234567890ABCDE"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
    "Caller": ["+14158675309"],
}
TWICE = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234"]}


@pytest.mark.parametrize(
    ("address", "fields", "signed"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", FIELDS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", FIELDS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", FIELDS, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", FIELDS, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
)
def test_signatures_as_published(address, fields, signed):
    """Source: twilio-python, `tests/unit/test_request_validator.py`."""
    assert text_reports.is_signed(address, fields, signed, "12345")
    assert not text_reports.is_signed(address, fields, signed, "12346")
    assert not text_reports.is_signed(address, fields | {"To": ["+1"]}, signed, "12345")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("undelivered", "30005", Verdict.DEAD),
        ("failed", "21610", Verdict.DEAD),
        ("failed", "30006", Verdict.DEAD),
        ("undelivered", "30003", Verdict.BOUNCED),
        ("undelivered", "30008", Verdict.BOUNCED),
        ("failed", "", Verdict.BOUNCED),
        ("delivered", "", Verdict.ARRIVED),
        ("sent", "30005", Verdict.ARRIVED),
        ("", "", Verdict.ARRIVED),
    ],
)
def test_what_a_report_means(status, code, said):
    assert text_verdict(status, code) == said


def test_a_reason_that_is_not_known_here_leads_to_what_it_means():
    assert text_reports.words("30034").endswith("https://www.twilio.com/docs/api/errors/30034 says why.")
    assert "nobody said why" in text_reports.words("")


# When the number is right after all.


def test_the_number_is_right_after_all(sent, post, carrier, says):
    bob(email="")
    says()
    key = Customer.objects.get().pk
    assert customers.text_again(key, by="dora", now=sent.now) == 1
    assert customers.text_again(key, by="dora", now=sent.now) == 0
    assert leaves(sent, post) == Delivered(sent=1)
    assert of_the_parcel().mail_id == sid(2)
    with pytest.raises(NotFound):
        customers.text_again(0, by="dora", now=sent.now)


def test_what_a_mail_told_is_not_told_again(sent, post, says):
    says()
    leaves(sent, post)
    assert customers.text_again(Customer.objects.get().pk, by="dora", now=sent.now) == 0
    assert Customer.objects.get().text_bounced_at is None
    assert leaves(sent, post) == Delivered()


@pytest.mark.parametrize(
    ("wanted", "again"),
    [
        (Wanted(by_email=False, by_text=True, number=BOB), 1),  # Whoever says so again means it.
        (Wanted(by_email=True, by_text=True, number=NEW), 1),
        (Wanted(by_email=True, by_text=False), 0),
    ],
)
def test_to_choose_again_takes_the_mark_off(sent, says, wanted, again):
    bob(email="")
    says()
    bob(email="bob@mail.example")
    key = Customer.objects.get().pk
    assert customers.choose_messages(key, wanted, by="customer", now=sent.now)
    assert Customer.objects.get().text_bounced_at is None
    assert Message.objects.filter(channel="text", state="queued").count() == again
    assert not customers.choose_messages(key, wanted, by="customer", now=sent.now)


def test_mail_that_comes_back_and_texts_that_do_not_arrive_are_two_things(sent, post, says):
    bob(email="")
    says()
    bob(email="bob@mail.example", email_bounced_at=sent.now)
    assert customers.reach_again(Customer.objects.get().pk, by="dora", now=sent.now) == 0
    assert of_the_parcel().state == "bounced" and Customer.objects.get().text_bounced_at
