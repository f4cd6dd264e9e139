"""Text messages leave the house: what a provider of them is, one that is real, and a folder for whoever tries it out.

Which one is used says ONORDER_TEXTS_URL:

    folder:///path                            a file for each text
    twilio://SID:TOKEN@api.twilio.com?from=…  Twilio; `from` is a number or a messaging service, else the shop's name
    twilio+http://SID:TOKEN@127.0.0.1:8080    the same, somewhere else and without encryption: for tests
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    import httpx  # Where it is needed it is loaded there: that takes longer than most commands.

ANSWERS_WITHIN: Final = 20.0  # Seconds.
_LONGEST_SID: Final = 64


@dataclass(frozen=True, slots=True)
class Text:
    """One text message.

    Args:
        to: E.164.
        key: the same for every attempt, and no other text's.
        at: the instant of its event.
        hears_at: the address at which we want to hear what became of it; empty for nowhere.
    """

    to: str
    body: str
    sender: str
    key: str
    at: datetime
    hears_at: str = ""


class Refused(Exception):
    """The provider will never take this text; it says why, and gives its `code` for that, if it has one."""

    def __init__(self, said: str, code: str = "") -> None:
        super().__init__(said)
        self.code = code


class NotNow(Exception):
    """This text was not taken, or nobody knows whether it was: it may be tried again later."""


class ProviderDown(Exception):
    """The provider takes no text at the moment, whichever."""


class Provider(Protocol):
    """Whoever carries text messages."""

    def send(self, text: Text, *, is_repeat: bool) -> str:
        """Hand over one text; what the provider knows it by from now on. `is_repeat`: it was tried before, and may have
        been taken.

        Raises:
            Refused, NotNow, ProviderDown: it was not taken.
        """

    def close(self) -> None:
        """Hang up."""


def is_set_up() -> bool:
    """Whether somebody carries text messages from here."""
    return bool(settings.TEXTS_URL)


def provider() -> Provider:
    """Whoever carries them.

    Raises:
        ImproperlyConfigured: nobody does, or ONORDER_TEXTS_URL cannot be read. It never says what stands in it.
    """
    parts = urlsplit(settings.TEXTS_URL)
    if parts.scheme == "folder" and parts.path:
        return Folder(Path(unquote(parts.path)))
    if parts.username and parts.password and _is_twilio(parts):
        base = f"{'http' if parts.scheme.endswith('http') else 'https'}://{parts.netloc.rpartition('@')[2]}"
        sender = parse_qs(parts.query.replace("+", "%2B")).get("from", [""])[0]
        return Twilio(unquote(parts.username), unquote(parts.password), base=base, sender=sender)
    raise ImproperlyConfigured(
        "ONORDER_TEXTS_URL is not set, or cannot be read: write folder:///path or twilio://SID:TOKEN@api.twilio.com"
    )


def twilio_token() -> str:
    """What Twilio signs with; empty where it is not Twilio that carries them."""
    parts = urlsplit(settings.TEXTS_URL)
    return unquote(parts.password) if parts.password and _is_twilio(parts) else ""


def _is_twilio(parts: SplitResult) -> bool:
    return parts.scheme in ("twilio", "twilio+http") and bool(parts.username and parts.password and parts.hostname)


class Folder:
    """Puts each text into a file of its own: nothing leaves the machine. The same text twice is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, text: Text, *, is_repeat: bool) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{text.at.astimezone(UTC):%Y%m%d-%H%M%S}-{text.key[:12]}.txt"
            written = f"From: {text.sender}\nTo: {text.to}\n\n{text.body}\n"
            (self._folder / name).write_text(written, encoding="utf-8")
        except OSError as full:
            raise ProviderDown(f"{type(full).__name__}: {full.strerror}") from full
        return ""

    def close(self) -> None:
        """There is nothing to hang up."""


class Twilio:
    """Twilio's Messages resource.

    It knows no key by which a repeat is recognised. So before a text is sent again of which nobody knows whether it was
    taken, its messages to the same number since the event are looked through: the same words went out already.

    Source: https://www.twilio.com/docs/messaging/api/message-resource (2010-04-01).
    """

    #: Our own account, settings or pace are wrong, not the text: 4xx that somebody will put right, or that passes.
    _OURS: Final = frozenset({401, 403, 404, 408, 409, 425, 429})

    def __init__(self, account: str, token: str, *, base: str, sender: str = "") -> None:
        import httpx

        self._sender = sender
        self._address = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._client = httpx.Client(base_url=base, auth=(account, token), timeout=ANSWERS_WITHIN)

    def send(self, text: Text, *, is_repeat: bool) -> str:
        taken = self._taken(text) if is_repeat else None
        if taken is not None:
            return taken
        sender = self._sender or text.sender
        name = "MessagingServiceSid" if sender.startswith("MG") and len(sender) == 34 else "From"
        said = {"To": text.to, "Body": text.body, name: sender}
        if text.hears_at.startswith("https://"):
            said["StatusCallback"] = text.hears_at
        return _sid(self._ask("POST", data=said))

    def close(self) -> None:
        self._client.close()

    def _taken(self, text: Text) -> str | None:
        """What it knows a text by that went out already; None if it did not."""
        since = (text.at.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        found = self._ask("GET", params={"To": text.to, "DateSent>": since, "PageSize": "200"})
        sent = found.get("messages", [])
        lost = ("failed", "undelivered")
        ours = (one for one in sent if one.get("body") == text.body and one.get("status") not in lost)
        return next(map(_sid, ours), None)

    def _ask(self, method: str, **what: Any) -> dict[str, Any]:
        import httpx

        try:
            answer = self._client.request(method, self._address, **what)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as down:
            raise ProviderDown(type(down).__name__) from down
        except httpx.HTTPError as lost:
            raise NotNow(type(lost).__name__) from lost
        if answer.is_success:
            return _read(answer)
        read = _read(answer)
        said = f"The provider said {answer.status_code} {read.get('message', '')}".strip()
        if answer.status_code in self._OURS or answer.is_redirect:
            raise ProviderDown(said)
        if answer.is_client_error:
            raise Refused(said, str(read.get("code", "")))
        raise NotNow(said)


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(answer.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sid(message: dict[str, Any]) -> str:
    return str(message.get("sid", ""))[:_LONGEST_SID]
