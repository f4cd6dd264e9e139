"""What became of a text message, as Twilio tells us: believed only if it is signed.

Twilio is asked for word of each text when it takes it (`StatusCallback`), at an address of ours that names the message.
Its signature covers that address and every field, so nobody can speak of a message but Twilio, and Twilio only of those
for which we asked. It has no time in it: what was said once may be sent again by whoever overheard it, and changes
nothing more then.

Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security (how it signs),
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (what it says).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

from onorder import access
from onorder.actions import bounces
from onorder.actions.bounces import CameBack
from onorder.delivery import texting
from onorder.errors import NotFound
from onorder.rules.bouncing import Verdict, text_verdict

logger = logging.getLogger(__name__)

BY: Final = "text provider"
#: The fields of a form, as often as each of them is there.
Fields = Mapping[str, Sequence[str]]

_SID: Final = re.compile(r"[A-Za-z0-9]{1,64}")
_CODE: Final = re.compile(r"[0-9]{0,9}")
#: Why a text did not arrive, by the code of its error, and what can be done about it.
#:
#: Source: https://www.twilio.com/docs/api/errors.
_WHY: Final = MappingProxyType(
    {
        "21211": gettext_noop("This is no phone number (21211). Correct it, or write by e-mail."),
        "21610": gettext_noop("They answered STOP and get no more texts from us (21610). Write by e-mail."),
        "21614": gettext_noop("This is not the number of a mobile phone (21614). Correct it, or write by e-mail."),
        "21635": gettext_noop("This is the number of a landline (21635). Correct it, or write by e-mail."),
        "30002": gettext_noop("Our account with the provider is suspended (30002). Put it right, then send it again."),
        "30003": gettext_noop("The phone was off or out of reach (30003). Send it again, if it still matters."),
        "30004": gettext_noop("This number lets no text of ours through (30004). Write by e-mail."),
        "30005": gettext_noop("Nobody has this number (30005). Correct it, or write by e-mail."),
        "30006": gettext_noop("This number takes no text messages (30006). Correct it, or write by e-mail."),
        "30007": gettext_noop("A filter took it for advertising (30007). Ask the provider why."),
    }
)
_NOBODY_KNOWS: Final = gettext_noop("The text did not arrive, and nobody said why. Send it again, if it still matters.")


class NotSigned(Exception):
    """It does not come from Twilio, or not as it was sent."""


def is_heard() -> bool:
    """Whether word of texts is asked for: Twilio carries them, and can reach us with encryption."""
    return bool(texting.twilio_token()) and _address(0).startswith("https://")


def take(message: int, fields: Fields, signature: str, *, now: datetime) -> CameBack | None:
    """Note what became of a text; None if nothing is to be noted. Safe to repeat. Must not be called in a transaction.

    Args:
        message: the key in the address at which it is said.

    Raises:
        NotSigned: Twilio did not say it.
        ValueError: Twilio said it, but it makes no sense.
    """
    token = texting.twilio_token()
    if not token or not is_signed(_address(message), fields, signature, token):
        raise NotSigned
    sid, status, to, code = (_field(fields, name) for name in ("MessageSid", "MessageStatus", "To", "ErrorCode"))
    if not (_SID.fullmatch(sid) and status and _CODE.fullmatch(code)):
        raise ValueError("a report without a message, a status or an error")
    verdict = text_verdict(status, code)
    if verdict == Verdict.ARRIVED:
        return None
    try:
        done = bounces.text_lost(message, verdict, sent_as=sid, to=to, why=words(code), by=BY, now=now)
    except NotFound:
        logger.info("a report about a text that nobody here sent is passed over")
        return None
    logger.info("message %d: the report of its provider says %s", message, verdict)
    return done


def words(code: str) -> str:
    """Why a text did not arrive, and what to do; of a code that is not known here, the code."""
    if not code:
        return _NOBODY_KNOWS
    return _WHY.get(code, f"The text did not arrive: https://www.twilio.com/docs/api/errors/{code} says why.")


def is_signed(address: str, fields: Fields, signature: str, token: str) -> bool:
    """Whether Twilio signed these fields for this address with our token.

    It signs the address and, in the order of their names, each field's name and value, by HMAC-SHA1. The port is in
    that address or not, however it is written here.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security, and twilio-python,
    `twilio/request_validator.py`, for fields that are there twice and for ports.

    >>> fields = {"CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"]}
    >>> fields |= {"From": ["+14158675309"], "To": ["+18005551212"]}
    >>> is_signed("https://mycompany.com/myapp.php?foo=1&bar=2", fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    True
    """
    said = "".join(f"{name}{value}" for name in sorted(fields) for value in sorted(set(fields[name])))
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(_signature(f"{one}{said}", token), given) for one in _spellings(address))


def _signature(text: str, token: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), text.encode("utf-8", "replace"), hashlib.sha1))


def _spellings(address: str) -> Iterator[str]:
    """The address as it is, without a port, and with the port that goes without saying."""
    parts = urlsplit(address)
    bare = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    usual = 443 if parts.scheme == "https" else 80
    for place in dict.fromkeys((parts.netloc, bare, f"{bare}:{usual}")):
        yield parts._replace(netloc=place).geturl()


def _address(message: int) -> str:
    """Where Twilio says what became of a message; the public address, whatever a proxy makes of it."""
    return access.address("store.texts", str(message))


def _field(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()
