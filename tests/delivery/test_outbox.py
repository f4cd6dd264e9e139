"""Messages leave once, against a real mail server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError, connection

from onorder.actions import amending, purchasing
from onorder.delivery import mail, outbox
from onorder.delivery.outbox import Delivered
from onorder.models import Event, Message, PurchaseOrder
from tests.delivery.conftest import at_once


def deliver(shop, post, **how) -> Delivered:
    return outbox.deliver(shop.now, connection=post.connection(), **how)


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def tea(lasting_shop):
    lasting_shop.sells("TEA", here=100)
    return lasting_shop


def test_each_message_goes_to_its_recipient_over_one_connection(tea, post):
    for _ in range(3):
        tea.order({"TEA": 1})

    assert deliver(tea, post) == Delivered(sent=3)

    assert sorted(mail.envelope_to for mail in post.accepted) == [[f"so-{n}@mail.example"] for n in (1, 2, 3)]
    assert post.connections == 1
    assert states() == ["sent"] * 3
    assert set(Message.objects.values_list("sent_at", flat=True)) == {tea.now}
    assert deliver(tea, post) == Delivered()
    assert len(post.accepted) == 3


def test_what_is_not_due_and_what_was_suppressed_stays(tea, post):
    tea.order({"TEA": 1})
    tea.order({"TEA": 1})
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(due_at=tea.now + timedelta(seconds=1))
    Message.objects.filter(pk=second.pk).update(state="suppressed", note="no e-mail address")

    assert deliver(tea, post) == Delivered()
    tea.wait(seconds=1)
    assert deliver(tea, post) == Delivered(sent=1)
    assert states() == ["sent", "suppressed"]


def test_no_more_than_the_limit_and_the_oldest_first(tea, post):
    for _ in range(3):
        tea.order({"TEA": 1})
        tea.wait(minutes=1)
    assert deliver(tea, post, limit=2) == Delivered(sent=2)
    assert states() == ["sent", "sent", "queued"]


def test_an_address_that_is_refused_for_good_fails_and_stops_nobody(tea, post):
    for _ in range(3):
        tea.order({"TEA": 1})
    post.refusals["so-2@mail.example"] = "550 5.1.1 no such mailbox"

    assert deliver(tea, post) == Delivered(sent=2, failed=1)

    assert states() == ["sent", "failed", "sent"]
    assert Message.objects.get(state="failed").note == "The mail server said 550 5.1.1 no such mailbox"
    assert post.connections == 1
    tea.wait(days=1)
    assert deliver(tea, post) == Delivered()


def test_a_text_that_is_refused_for_good_fails(tea, post):
    tea.order({"TEA": 1})
    post.refuses_text = "554 5.7.1 looks like spam"
    assert deliver(tea, post) == Delivered(failed=1)


def test_an_address_that_is_refused_for_a_time_is_tried_again(tea, post):
    tea.order({"TEA": 1})
    post.refusals["so-1@mail.example"] = "450 4.2.1 mailbox busy"

    assert deliver(tea, post) == Delivered(retried=1)
    assert Message.objects.get().note == "The mail server said 450 4.2.1 mailbox busy"
    post.refusals.clear()
    tea.wait(seconds=119)
    assert deliver(tea, post) == Delivered()
    tea.wait(seconds=1)
    assert deliver(tea, post) == Delivered(sent=1)
    sent = Message.objects.get()
    assert (sent.attempts, sent.note) == (2, "")


def test_a_server_that_is_down_is_waited_for_ever_longer_and_then_gets_each_message_once(tea, post):
    tea.order({"TEA": 1})
    tea.order({"TEA": 1})
    post.closes()

    pauses = []
    for _ in range(3):
        assert deliver(tea, post) == Delivered(retried=2)
        due_at = Message.objects.values_list("due_at", flat=True)[0]
        pauses.append((due_at - tea.now) / timedelta(minutes=1))
        tea.now = due_at
    assert pauses == [2, 4, 8]
    assert "Connection refused" in Message.objects.all()[0].note

    post.opens()
    assert deliver(tea, post) == Delivered(sent=2)
    tea.wait(days=2)
    assert deliver(tea, post) == Delivered()
    assert len(post.accepted) == 2


def test_after_twelve_attempts_it_fails_with_the_last_reason(tea, post):
    tea.order({"TEA": 1})
    post.closes()
    Message.objects.update(attempts=10)
    assert deliver(tea, post) == Delivered(retried=1)
    tea.wait(hours=6)
    assert deliver(tea, post) == Delivered(failed=1)
    failed = Message.objects.get()
    assert (failed.state, failed.attempts) == ("failed", 12)
    assert "Connection refused" in failed.note


def test_a_connection_lost_in_the_middle_is_opened_once_more(tea, post):
    for _ in range(3):
        tea.order({"TEA": 1})
    post.hangs_up = 1
    assert deliver(tea, post) == Delivered(sent=3)
    assert post.connections == 2
    assert len(post.accepted) == 3


def test_a_message_that_loses_two_connections_waits_and_the_others_go(tea, post):
    for _ in range(3):
        tea.order({"TEA": 1})
    post.hangs_up = 2
    assert deliver(tea, post) == Delivered(sent=2, retried=1)
    assert states() == ["queued", "sent", "sent"]


def test_a_server_that_always_hangs_up_is_left_alone_after_three_messages(tea, post):
    for _ in range(5):
        tea.order({"TEA": 1})
    post.hangs_up = 100
    assert deliver(tea, post) == Delivered(retried=5)
    assert post.connections == 6
    assert set(Message.objects.values_list("attempts", "due_at")) == {(1, tea.now + timedelta(minutes=2))}


def test_single_messages_that_the_server_cannot_bear_do_not_add_up(tea, post):
    for _ in range(8):
        tea.order({"TEA": 1})
    post.hangs_up_on = {f"so-{n}@mail.example" for n in (1, 3, 5, 7)}
    assert deliver(tea, post) == Delivered(sent=4, retried=4)


def test_a_poisoned_message_fails_with_its_reason_and_the_others_go(tea, post, caplog):
    for _ in range(3):
        tea.order({"TEA": 1})
    poisoned = Message.objects.order_by("pk")[1]
    Event.objects.filter(pk=poisoned.event_id).update(data={"lines": [["not", "a", "line"]]})

    assert deliver(tea, post) == Delivered(sent=2, failed=1)

    assert states() == ["sent", "failed", "sent"]
    assert "TypeError" in Message.objects.get(state="failed").note
    assert f"message {poisoned.pk} could not be delivered" in caplog.text
    assert "mail.example" not in caplog.text


def test_a_template_that_breaks_for_one_message_stops_no_other(tea, post, monkeypatch):
    for _ in range(3):
        tea.order({"TEA": 1})
    write = mail.write

    def breaks_for_the_second(news):
        if news.order.number == "SO-2":
            raise RuntimeError("no such filter")
        return write(news)

    monkeypatch.setattr(mail, "write", breaks_for_the_second)
    assert deliver(tea, post) == Delivered(sent=2, failed=1)
    assert Message.objects.get(state="failed").note == "RuntimeError: no such filter"


@pytest.mark.parametrize("address", ["bob@x.example\nBcc: eve@x.example", "bob@x.example, eve@x.example", "bob"])
def test_an_address_that_is_none_fails(tea, post, address):
    tea.order({"TEA": 1})
    message = Message.objects.get()
    message.customer.email = address
    message.customer.save()
    assert deliver(tea, post) == Delivered(failed=1)
    assert "no e-mail address to go to" in Message.objects.get().note
    assert post.accepted == []


def test_a_database_that_fails_is_no_reason_to_give_up_a_message(tea, post, monkeypatch):
    tea.order({"TEA": 1})

    def fails(_keys):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(outbox.messages, "news", fails)
    with pytest.raises(OperationalError):
        deliver(tea, post)
    monkeypatch.undo()
    assert states() == ["queued"]
    tea.wait(minutes=10)
    assert deliver(tea, post) == Delivered(sent=1)


def test_a_purchase_order_that_is_refused_is_shown_as_bounced(tea, post):
    tea.order({"TEA": 101})
    number = tea.raises()
    post.refusals["acme@maker.example"] = "550 no such mailbox"

    assert deliver(tea, post).failed == 1

    assert tea.state(number) == "bounced"
    (bounced,) = tea.events("bounced")
    assert bounced.why == "The mail server said 550 no such mailbox"
    post.refusals.clear()
    purchasing.send(number, by="ben", now=tea.now)
    assert deliver(tea, post).failed == 0
    assert len(post.to("acme@maker.example")) == 1


def test_a_purchase_order_that_was_answered_meanwhile_is_not_shown_as_bounced(tea, post):
    tea.order({"TEA": 101})
    number = tea.raises()
    tea.answers(number)
    post.refusals["acme@maker.example"] = "550 no such mailbox"
    assert deliver(tea, post).failed == 1
    assert tea.state(number) == "confirmed"


def test_an_amendment_that_is_refused_bounces_nothing(tea, post):
    tea.order({"TEA": 101})
    number = tea.raises()
    deliver(tea, post)
    amending.amend(number, {"TEA": 5}, why="", by="ben", now=tea.now)
    post.refusals["acme@maker.example"] = "550 no such mailbox"
    assert deliver(tea, post) == Delivered(failed=1)
    assert PurchaseOrder.objects.get().state == "sent"


def test_two_workers_at_once_send_each_message_once(tea, post):
    for _ in range(30):
        tea.order({"TEA": 1})
    work = [lambda: [deliver(tea, post, limit=7) for _ in range(5)]] * 2
    results = at_once(*work)
    assert sum(done.sent for rounds in results for done in rounds) == 30
    assert len(post.accepted) == len({mail["Message-ID"] for mail in post.accepted}) == 30
    assert all(sum(done.sent for done in rounds) for rounds in results)


def test_what_one_worker_has_leased_the_other_leaves_alone(tea, post, monkeypatch):
    tea.order({"TEA": 1})
    sending, go_on = threading.Event(), threading.Event()
    write = mail.write

    def slowly(news):
        sending.set()
        assert go_on.wait(20)
        return write(news)

    monkeypatch.setattr(mail, "write", slowly)

    def second():
        assert sending.wait(20)
        monkeypatch.setattr(mail, "write", write)
        try:
            return deliver(tea, post)
        finally:
            go_on.set()

    assert at_once(lambda: deliver(tea, post), second) == [Delivered(sent=1), Delivered()]
    assert len(post.accepted) == 1


def test_what_a_slow_server_leaves_no_time_for_goes_back_untried(tea, post, monkeypatch):
    for _ in range(3):
        tea.order({"TEA": 1})
    ticks = iter([0, 0, 299, 301])
    monkeypatch.setattr(outbox, "monotonic", lambda: next(ticks))
    assert deliver(tea, post) == Delivered(sent=2)
    monkeypatch.undo()
    left = Message.objects.get(state="queued")
    assert (left.attempts, left.due_at) == (0, tea.now)
    assert deliver(tea, post) == Delivered(sent=1)


def test_a_failure_that_nobody_foresaw_is_tried_again_and_noted(tea):
    class Odd(BaseEmailBackend):
        def send_messages(self, _messages):
            raise RuntimeError("quota of the provider")

    tea.order({"TEA": 1})
    assert outbox.deliver(tea.now, connection=Odd()) == Delivered(retried=1)
    assert Message.objects.get().note == "RuntimeError: quota of the provider"


def test_what_cannot_be_written_down_for_the_server_fails_at_once(tea):
    class Strict(BaseEmailBackend):
        def send_messages(self, _messages):
            raise ValueError("Invalid address")

    tea.order({"TEA": 1})
    assert outbox.deliver(tea.now, connection=Strict()) == Delivered(failed=1)


def test_whoever_was_too_slow_decides_nothing_about_a_message_that_another_has_taken(tea, post, monkeypatch):
    tea.order({"TEA": 101})
    number = tea.raises()
    order = Message.objects.filter(kind="purchase_order")
    Message.objects.exclude(kind="purchase_order").update(state="sent")
    write = mail.write

    def overtaken(news):
        order.update(attempts=2)
        return write(news)

    monkeypatch.setattr(mail, "write", overtaken)
    post.refusals["acme@maker.example"] = "550 no such mailbox"
    assert deliver(tea, post) == Delivered()
    assert (order.get().state, tea.state(number)) == ("queued", "sent")


def test_delivery_refuses_to_run_inside_a_transaction(tea, post):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        deliver(tea, post)


KILLED = """
import sys, time
from datetime import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.core.mail import get_connection
from onorder.delivery import outbox

def dies_here(*_args, **_how):
    print("accepted", flush=True)
    time.sleep(60)

outbox._mark = dies_here
backend = "django.core.mail.backends.smtp.EmailBackend"
connection = get_connection(backend, host="127.0.0.1", port=sys.argv[3])
outbox.deliver(datetime.fromisoformat(sys.argv[2]), connection=connection)
"""


def test_killed_between_acceptance_and_mark_it_goes_again_under_the_same_id(tea, post):
    tea.order({"TEA": 1})
    tea.order({"TEA": 1})
    arguments = [str(connection.settings_dict["NAME"]), tea.now.isoformat(), str(post.port)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "onorder.config.settings"}
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], env=environment, cwd=root, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout.readline() == "accepted\n"
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    assert len(post.accepted) == 1

    tea.wait(minutes=9, seconds=59)
    assert deliver(tea, post) == Delivered()
    tea.wait(seconds=1)
    assert deliver(tea, post) == Delivered(sent=2)

    first, again, other = post.accepted
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Date"] == again["Date"]
    assert first.envelope_to == again.envelope_to
    assert deliver(tea, post) == Delivered()
