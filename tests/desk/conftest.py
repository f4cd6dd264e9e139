from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.utils import timezone

from onorder.desk import sessions
from onorder.desk.rights import Role
from tests.shop import MONDAY

PASSWORD = "sell before you stock"


class Clock:
    """The time that the pages read: the shop's, where there is one."""

    shop = None

    def __call__(self):
        return self.shop.now if self.shop else MONDAY


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    cache.clear()
    monkeypatch.setattr(sessions, "idle", lambda: timedelta(days=3650))  # Weeks pass between two lines of a test.
    found = Clock()
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def shop(shop, clock):
    clock.shop = shop
    return shop


@pytest.fixture
def lasting_shop(lasting_shop, clock):
    clock.shop = lasting_shop
    return lasting_shop


def person(role: Role, name: str = "") -> User:
    """Somebody of this role, named after it."""
    user, is_new = User.objects.get_or_create(username=name or f"{role}")
    if is_new:
        user.set_password(PASSWORD)
        user.save()
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    return user


@pytest.fixture
def log_in(db):
    """`log_in(Role.BUYER)`: a client who is one."""
    from django.test import Client

    def logged_in(role: Role) -> Client:
        client = Client()
        client.force_login(person(role))
        return client

    return logged_in


@pytest.fixture
def buyer(log_in):
    return log_in(Role.BUYER)


@pytest.fixture
def owner(log_in):
    return log_in(Role.OWNER)


@pytest.fixture
def text(client):
    """What a page says, without its tags: `text(client, "/queue")`."""
    import html
    import re

    def read(who, path):
        answer = who.get(path)
        assert answer.status_code == 200, answer
        plain = re.sub(r"(?s)<(script|style|svg|dialog).*?</\1>|<[^>]+>", " ", answer.content.decode())
        return re.sub(r"\s+", " ", html.unescape(plain)).replace(" .", ".").replace(" ,", ",")

    return read


# A real browser.


#: What htmx calls an error when somebody leaves a page that is just asking whether something happened.
_LEFT_WHILE_ASKING = ("htmx:sendAbort", "htmx:afterRequest")


def _is_wrong(said):
    return said.type in ("error", "warning") and not said.text.startswith(_LEFT_WHILE_ASKING)


@pytest.fixture
def opens(browser, live_server):
    """`opens("/queue", role=Role.BUYER)`: a browser of somebody who is logged in, on that page.

    At the end nothing was fetched from elsewhere, and nothing went wrong in the page or broke its policy.
    """
    contexts, wrong = [], []

    def page_of(path, *, role=Role.OWNER, width=1440, height=900, scheme="light", script=True):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        contexts.append(context)
        if role:
            from django.test import Client

            client = Client()
            client.force_login(person(role))
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((live_server.url, "data:")) else wrong.append(asked.url),
        )
        page.goto(live_server.url + path)
        return page

    page_of.wrong = wrong
    yield page_of
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def hurried(browser, monkeypatch):
    """Pages look five times a second."""
    from onorder.desk import buffers, queue, receiving

    for module in (buffers, queue, receiving):
        original = module.render

        def faster(request, template, context=None, status=None, original=original):
            answer = original(request, template, context, status=status)
            answer.content = answer.content.replace(b"data-live=", b'data-seconds="0.2" data-live=')
            return answer

        monkeypatch.setattr(module, "render", faster)


# Logging in.


@pytest.fixture
def mail_at_once(monkeypatch):
    """Mail that is sent beside the request is sent before its answer."""
    from onorder.desk import links

    class AtOnce:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr(links, "Thread", AtOnce)


@pytest.fixture
def named(db):
    """`named("alice", Role.OWNER)`: somebody with this name, an address of theirs, and the password of all tests."""

    def make(name: str, role: Role = Role.BUYER) -> User:
        user = person(role, name)
        user.first_name, user.email = name.title(), f"{name}@shop.example"
        user.save()
        return user

    return make


def enters(client, name, password=PASSWORD, **more):
    """Somebody types their name and password."""
    return client.post("/login", {"username": name, "password": password, **more.pop("form", {})}, **more)
