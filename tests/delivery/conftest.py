from __future__ import annotations

import socket
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import get_connection

from onorder.models import Shop
from tests.twilio import Carrier


class Post:
    """A mail server on this machine: what it accepted, and what it has against whom."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.accepted: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}  # Recipient: what the server answers to them.
        self.refuses_text = ""  # Answered to whatever is sent, after it was read.
        self.hangs_up = 0  # So many times it breaks off in the middle of a message.
        self.hangs_up_on: set[str] = set()  # ... and always, for these recipients.
        self.connections = 0
        self._controller = None

    def opens(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def closes(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    def connection(self):
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return get_connection(backend, host="127.0.0.1", port=self.port, timeout=10)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.accepted if address in mail["To"]]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if refusal := self.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.hangs_up or self.hangs_up_on & set(envelope.rcpt_tos):
            self.hangs_up = max(self.hangs_up - 1, 0)
            server.transport.abort()
            return "421 gone"
        if self.refuses_text:
            return self.refuses_text
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail.envelope_to = envelope.rcpt_tos
        self.accepted.append(mail)
        return "250 Message accepted for delivery"


@pytest.fixture
def post():
    """The mail server, up."""
    post = Post()
    post.opens()
    yield post
    post.closes()


@pytest.fixture
def carrier(settings):
    """The provider of text messages, up and set."""
    carrier = Carrier()
    settings.TEXTS_URL = f"twilio+http://AC1:to%2Fken@{carrier.address}?from=+15005550006"
    yield carrier
    carrier.closes()


@pytest.fixture
def tea(lasting_shop, settings):
    """A shop that sends texts, and has tea."""
    settings.PUBLIC_URL = "https://shop.example"
    Shop.objects.update(takes_texts=True)
    lasting_shop.sells("TEA", here=100)
    return lasting_shop


def at_once(*work):
    """Run these in threads, each with its own connection to the database, starting together; their results."""
    from django.db import connection

    barrier = threading.Barrier(len(work))
    results = [None] * len(work)

    def run(place, act):
        try:
            barrier.wait(10)
            results[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
