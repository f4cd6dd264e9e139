"""The mailbox for bounces, on a real IMAP server of this machine."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
import threading
import time

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from onorder import working
from onorder.delivery import mailbox, outbox
from onorder.delivery.mailbox import Looked
from onorder.models import Message
from tests.delivery.test_bounces import report


class Mailbox:
    """An IMAP server with one user."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        how = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "--no-service", "managesieve"]
        who = ["dict", "--demo-user", "bounces", "--demo-password", "pass/word"]
        start = "from pymap.main import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", start, *how, *who], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the mailbox does not open")

    @property
    def url(self):
        return f"imap://bounces:pass%2Fword@127.0.0.1:{self.port}"

    def asks(self, act):
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as server:
            server.login("bounces", "pass/word")
            return act(server)

    def puts(self, raw):
        self.asks(lambda server: server.append("INBOX", None, None, raw))

    def unread(self):
        def count(server):
            server.select("INBOX", readonly=True)
            return len(server.search(None, "UNSEEN")[1][0].split()), len(server.search(None, "ALL")[1][0].split())

        return self.asks(count)

    def closes(self):
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def box(settings):
    box = Mailbox()
    settings.BOUNCES_URL = box.url
    yield box
    box.closes()


@pytest.fixture
def sent(lasting_shop, post):
    lasting_shop.sells("TEA", here=5)
    lasting_shop.order({"TEA": 1})
    outbox.deliver(lasting_shop.now, connection=post.connection())
    return post.accepted[0]


def test_what_is_there_is_read_once_and_stays(lasting_shop, sent, box):
    box.puts(report(sent))
    box.puts(b"From: eve@x.example\r\nSubject: buy\r\n\r\nnow\r\n")
    assert box.unread() == (2, 2)
    assert mailbox.look(now=lasting_shop.now) == Looked(read=2, reports=1)
    assert Message.objects.get().state == "bounced"
    assert box.unread() == (0, 2)
    assert mailbox.look(now=lasting_shop.now) == Looked()


def test_no_more_than_so_many_at_once(lasting_shop, sent, box, monkeypatch):
    monkeypatch.setattr(mailbox, "MOST", 1)
    box.puts(b"Subject: one\r\n\r\n1\r\n")
    box.puts(report(sent))
    assert [mailbox.look(now=lasting_shop.now).read for _ in range(3)] == [1, 1, 0]
    assert Message.objects.get().state == "bounced"


def test_a_mailbox_that_is_not_there_is_logged_and_stops_nothing(lasting_shop, box, settings, caplog):
    box.closes()
    assert mailbox.look(now=lasting_shop.now) == Looked()
    assert "cannot be looked into: ConnectionRefusedError" in caplog.text


@pytest.mark.parametrize("change", [("pass%2Fword", "wrong"), ("", "/No such folder")])
def test_whoever_is_not_let_in_hears_nothing_and_the_log_no_secret(lasting_shop, box, settings, caplog, change):
    old, new = change
    settings.BOUNCES_URL = box.url.replace(old, new) if old else box.url + new
    assert mailbox.look(now=lasting_shop.now) == Looked()
    assert "cannot be looked into: error" in caplog.text
    assert "pass/word" not in caplog.text and "wrong" not in caplog.text


@pytest.mark.parametrize(
    "url", ["imap://a:b@mail.example.org", "imaps://mail.example.org", "pop://a:b@localhost", "secret"]
)
def test_an_address_that_is_not_safe_or_none_is_refused_and_never_said(settings, url):
    settings.BOUNCES_URL = url
    with pytest.raises(ImproperlyConfigured) as refused:
        mailbox.look(now=None)
    assert url not in str(refused.value)


def test_the_worker_looks_into_it(lasting_shop, sent, box):
    box.puts(report(sent))
    stop = threading.Event()

    def work():
        try:
            working.run_worker(stop)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    until = time.monotonic() + 60
    while Message.objects.filter(state="bounced").count() == 0 and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    worker.join(60)
    assert Message.objects.filter(kind="placed", state="bounced").exists()


def test_without_one_nobody_looks(lasting_shop, settings):
    settings.BOUNCES_URL = ""
    working.look_into_mailbox(lasting_shop.now)
