"""Where somebody is logged in: sessions as rows that can be listed, seen to be idle, and ended one by one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from onorder.guessing import address
from onorder.models import Session, Shop

SEEN_EVERY = timedelta(minutes=5)  # That somebody was seen is written no more often.
_ENTERING = timedelta(hours=1)  # How long a session of nobody is kept.
_DEFAULT_DAYS = 14


class SessionStore(DatabaseStore):
    """Django's sessions in a table of our own, which knows whose each is."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Any]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        row = cast("Session", super().create_model_instance(data))
        user = data.get(SESSION_KEY)
        row.user_id = int(user) if user else None
        row.began_at = datetime.fromisoformat(data["began"]) if "began" in data else now
        row.seen_at = now
        row.expire_date = now + (idle() if user else _ENTERING)
        row.address, row.browser = data.get("address", "")[:45], data.get("browser", "")[:300]
        return row

    def _get_session_from_db(self) -> Session | None:
        self.row = super()._get_session_from_db()  # type: ignore[misc]
        return self.row


def idle() -> timedelta:
    """After so long without a request a session ends. One statement."""
    days = Shop.objects.filter(pk=1).values_list("session_days", flat=True).first()
    return timedelta(days=days or _DEFAULT_DAYS)


def begin(request: HttpRequest, now: datetime) -> None:
    """Note from where somebody has just logged in."""
    request.session["began"] = now.isoformat()
    request.session["address"] = address(request)
    request.session["browser"] = request.headers.get("User-Agent", "")[:300]


def touch(session: SessionBase, now: datetime) -> None:
    """Note that somebody was here; at most one write in five minutes. Not by saving what is in the session, for two
    requests at once would undo each other."""
    row = getattr(session, "row", None)
    if row is not None and row.user_id and now - row.seen_at > SEEN_EVERY:
        Session.objects.filter(pk=row.pk).update(seen_at=now, expire_date=now + idle())


def forget_expired(now: datetime) -> None:
    """Delete what nobody can use any more."""
    Session.objects.filter(expire_date__lt=now).delete()


_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def browser_words(agent: str) -> str:
    """What a browser says of itself, as people say it.

    >>> browser_words("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox on Linux'
    >>> browser_words("curl/8.5.0")
    'Another program'
    """
    browser = next((name for name, mark in _BROWSERS if re.search(mark, agent)), "")
    system = next((name for name, mark in _SYSTEMS if re.search(mark, agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Another program")
