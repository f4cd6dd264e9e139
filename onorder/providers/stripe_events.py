"""Stripe's events and objects in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from onorder.rules.cards import Heard, What
from onorder.rules.lifecycle import PayoutState
from onorder.rules.money import digits

#: Currencies that Stripe counts in other units than everybody: digits after the point.
_DIGITS: Final = MappingProxyType(
    {
        **dict.fromkeys(("ISK", "UGX", "HUF", "TWD"), 2),
        **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF"), 0),
        **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
        **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
    }
)
_Object = Mapping[str, Any]


def theirs(minor_units: int, currency: str) -> int:
    """Our minor units as Stripe counts them.

    >>> theirs(1250, "GBP"), theirs(500, "JPY"), theirs(5, "ISK")
    (1250, 500, 500)
    """
    return _scaled(minor_units, _digits(currency) - digits(currency))


def minor(amount: int, currency: str) -> int:
    """Stripe's units as our minor ones.

    >>> minor(1250, "GBP"), minor(500, "ISK")
    (1250, 5)
    """
    return _scaled(amount, digits(currency) - _digits(currency))


def heard(event: _Object) -> Heard:
    """An event.

    Raises:
        KeyError, TypeError, ValueError: it has not the form of one.
    """
    name, about = str(event["type"]), event["data"]["object"]
    at = datetime.fromtimestamp(int(event["created"]), UTC)
    read = _READ.get(name)
    if read is None:
        return Heard(_named(event["id"]), name[:80], What.OTHER, at)
    return Heard(_named(event["id"]), name, at=at, **read(about))


def page_as_it_is(session: _Object, now: datetime) -> Heard:
    """What has become of a page, as if an event had said it: once for each thing that becomes of it."""
    what = What.OTHER
    if session["payment_status"] == "paid":
        what = What.PAID
    elif session["status"] == "expired":
        what = What.EXPIRED
    elif session["status"] == "complete":
        what = What.PENDING
    return Heard(f"{_named(session['id'])}:{what}", "looked at", at=now, **_session(session, what))


def refund_state(refund: _Object) -> PayoutState | None:
    """Whether a refund has gone; None while it is on its way."""
    match refund.get("status"):
        case "succeeded":
            return PayoutState.DONE
        case "failed" | "canceled":
            return PayoutState.FAILED
    return None


def _completed(session: _Object) -> dict[str, Any]:
    return _session(session, What.PAID if session["payment_status"] == "paid" else What.PENDING)


def _session(session: _Object, what: What) -> dict[str, Any]:
    return {
        "what": what,
        "page": _named(session["id"]),
        "page_key": _text((session.get("metadata") or {}).get("page")),
        "intent": _name(session.get("payment_intent")),
        "order": _text(session.get("client_reference_id")),
        **_amount(session["amount_total"], session["currency"]),
    }


def _charge(charge: _Object) -> dict[str, Any]:
    amount = _amount(charge["amount_refunded"], charge["currency"])
    return {"what": What.GIVEN_BACK, "intent": _name(charge.get("payment_intent")), **amount}


def _refund(refund: _Object) -> dict[str, Any]:
    return {
        "what": What.REFUND,
        "intent": _name(refund.get("payment_intent")),
        "refund": _named(refund["id"]),
        "payout": _text((refund.get("metadata") or {}).get("payout")),
        "payout_state": refund_state(refund),
        "note": _text(refund.get("failure_reason") or ""),
        **_amount(refund["amount"], refund["currency"]),
    }


def _dispute(dispute: _Object) -> dict[str, Any]:
    due = (dispute.get("evidence_details") or {}).get("due_by")
    until = f", {datetime.fromtimestamp(int(due), UTC):%Y-%m-%d}" if due else ""
    return {
        "what": What.DISPUTED,
        "intent": _name(dispute.get("payment_intent")),
        "note": f"{_text(dispute.get('reason'))}{until}",
        **_amount(dispute["amount"], dispute["currency"]),
    }


def _amount(amount: Any, currency: Any) -> dict[str, Any]:
    code = str(currency).upper()
    return {"amount_minor": minor(int(amount), code), "currency": code}


def _name(written: Any) -> str:
    """The name of an object, whether or not it was sent with everything that it has."""
    return _text(written.get("id") if isinstance(written, Mapping) else written)


def _named(written: Any) -> str:
    name = _text(written)
    if not name:
        raise ValueError("something without a name")
    return name


def _text(written: Any) -> str:
    return written[:255] if isinstance(written, str) else ""


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)


def _scaled(amount: int, by: int) -> int:
    scale: int = 10 ** abs(by)
    return amount * scale if by >= 0 else amount // scale


_READ: Final[Mapping[str, Callable[[_Object], dict[str, Any]]]] = MappingProxyType(
    {
        "checkout.session.completed": _completed,
        "checkout.session.async_payment_succeeded": lambda session: _session(session, What.PAID),
        "checkout.session.async_payment_failed": lambda session: _session(session, What.DECLINED),
        "checkout.session.expired": lambda session: _session(session, What.EXPIRED),
        "charge.refunded": _charge,
        "refund.updated": _refund,
        "refund.failed": _refund,
        "charge.dispute.created": _dispute,
    }
)
