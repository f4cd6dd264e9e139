"""Stripe: its hosted page for cards, refunds, and the events that it sends. Nothing of a card ever comes to us."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from onorder.providers import signing, stripe_events
from onorder.providers.provider import Down, GivenBack, Page, Refused, Wanted
from onorder.providers.stripe_events import refund_state, theirs
from onorder.rules.cards import Heard
from onorder.rules.lifecycle import PayoutState

VERSION: Final = "2025-03-31.basil"
ANSWERS_WITHIN: Final = 10  # Seconds.
_LONGEST_ANSWER: Final = 1_000_000
_LONGEST_PAGE: Final = 4_000
#: What may be another answer later: too many at once, two at once, our own keys that somebody will put right.
_FOR_A_TIME: Final = frozenset({401, 403, 408, 409, 429})
_MOST_REFUNDS: Final = 100
#: Languages that its pages speak, by the beginning of ours.
_LANGUAGES: Final = frozenset({"de", "en", "es", "fr", "it", "nl", "pl", "pt", "da", "sv", "fi", "nb", "cs"})

_Fields = Mapping[str, Any]


class _StaysHere(HTTPRedirectHandler):
    """A redirect would take our key along to somewhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Stripe:
    """Stripe, by its own HTTP interface.

    Args:
        api: its address; another one in tests.
        pages: the origin of its pages, or a domain of the shop's that leads there.
    """

    secret_key: str
    webhook_secrets: Sequence[str]
    api: str
    pages: str

    def open_page(self, wanted: Wanted) -> Page:
        said = self._ask("checkout/sessions", _page_fields(wanted), key=wanted.key)
        reference, url = str(said.get("id", "")), str(said.get("url") or "")
        if not reference or len(url) > _LONGEST_PAGE or urlsplit(url).scheme not in ("https", "http"):
            raise Down("no_page")
        return Page(reference, url)

    def close_page(self, reference: str) -> None:
        self._ask(f"checkout/sessions/{quote(reference, safe='')}/expire", {})

    def look(self, reference: str, now: datetime) -> Heard:
        said = self._ask(f"checkout/sessions/{quote(reference, safe='')}")
        try:
            return stripe_events.page_as_it_is(said, now)
        except (KeyError, TypeError, ValueError) as nonsense:
            raise Down("nonsense") from nonsense

    def give_back(self, intent: str, amount_minor: int, currency: str, *, payout: str, key: str) -> GivenBack:
        fields = {
            "payment_intent": intent,
            "amount": theirs(amount_minor, currency),
            "reason": "requested_by_customer",
            "metadata": {"payout": payout},
        }
        return _refund(self._ask("refunds", fields, key=key))

    def given_back(self, intent: str, payout: str) -> GivenBack | None:
        said = self._ask(f"refunds?{urlencode({'payment_intent': intent, 'limit': _MOST_REFUNDS})}")
        refunds = said.get("data")
        for one in refunds if isinstance(refunds, list) else ():
            if (one.get("metadata") or {}).get("payout") == payout and refund_state(one) != PayoutState.FAILED:
                return _refund(one)
        return None

    def read(self, body: bytes, signature: str, now: datetime) -> Heard:
        signing.check(body, signature, self.webhook_secrets, now)
        try:
            return stripe_events.heard(json.loads(body))
        except (KeyError, TypeError, AttributeError) as nonsense:
            raise ValueError("an event that makes no sense") from nonsense

    def _ask(self, path: str, fields: _Fields | None = None, *, key: str = "") -> dict[str, Any]:
        """Ask for something, or (with fields) have something done.

        Raises:
            Down: no answer, or one that may be another later.
            Refused: it will not, for good.
        """
        body = None if fields is None else urlencode(list(_flat(fields))).encode()
        headers = {"Authorization": f"Bearer {self.secret_key}", "Stripe-Version": VERSION}
        if key and body is not None:  # The same key with other fields would be refused: that is another thing.
            headers["Idempotency-Key"] = f"{key}-{sha256(body).hexdigest()[:12]}"
        request = Request(f"{self.api.rstrip('/')}/v1/{path}", data=body, headers=headers)
        try:
            with _opener().open(request, timeout=ANSWERS_WITHIN) as answer:
                return _read(answer)
        except HTTPError as error:
            with error:
                raise _problem(error) from None
        except (URLError, HTTPException, OSError) as lost:
            raise Down("no_answer", str(getattr(lost, "reason", lost)) or type(lost).__name__) from lost


def _opener() -> OpenerDirector:
    return build_opener(_StaysHere)


def _read(answer: Any) -> dict[str, Any]:
    try:
        said = json.loads(answer.read(_LONGEST_ANSWER))
    except ValueError as nonsense:
        raise Down("nonsense") from nonsense
    if not isinstance(said, dict):
        raise Down("nonsense")
    return said


def _problem(error: HTTPError) -> Down | Refused:
    """What an answer that is none means. Only what says of itself that it is a refusal is one."""
    try:
        said = json.loads(error.read(_LONGEST_ANSWER))["error"]
        code, words = str(said.get("code") or said["type"]), str(said.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError, OSError, HTTPException):
        return Down(f"status_{error.code}")
    is_for_good = 400 <= error.code < 500 and error.code not in _FOR_A_TIME
    return Refused(code, words) if is_for_good else Down(code, words)


def _page_fields(wanted: Wanted) -> _Fields:
    language = wanted.language[:2].lower()
    product = {"name": wanted.order}
    price = {
        "currency": wanted.currency.lower(),
        "unit_amount": theirs(wanted.amount_minor, wanted.currency),
        "product_data": product,
    }
    fields = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": wanted.number,
        "metadata": {"order": wanted.number, "page": wanted.key},
        "payment_intent_data": {"description": wanted.order, "metadata": {"order": wanted.number}},
        "adaptive_pricing": {"enabled": "false"},  # What is paid is what was asked, in its currency.
        "expires_at": int(wanted.closes_at.timestamp()),
        "locale": language if language in _LANGUAGES else "auto",
        "success_url": wanted.paid,
        "cancel_url": wanted.left,
    }
    return fields | ({"customer_email": wanted.email} if wanted.email else {})


def _refund(said: Mapping[str, Any]) -> GivenBack:
    reference = str(said.get("id", ""))
    if not reference:
        raise Down("nonsense")
    return GivenBack(reference, refund_state(said), str(said.get("failure_reason") or ""))


def _flat(fields: _Fields | Sequence[Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Nested fields as a form sends them.

    >>> list(_flat({"mode": "payment", "items": [{"price": {"amount": 5}}]}))
    [('mode', 'payment'), ('items[0][price][amount]', '5')]
    """
    named = fields.items() if isinstance(fields, Mapping) else enumerate(fields)
    for name, value in named:
        path = f"{within}[{name}]" if within else str(name)
        if isinstance(value, Mapping | list):
            yield from _flat(value, path)
        else:
            yield path, str(value)
