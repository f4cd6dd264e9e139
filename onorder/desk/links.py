"""Links that let somebody set a password: signed, for one use, for a time; and the mail that carries them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Thread

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from onorder.delivery.letters import clean

logger = logging.getLogger(__name__)


class Purpose(StrEnum):
    """Why somebody has a link."""

    WELCOME = "welcome"
    RESET = "reset"


LASTS = {Purpose.WELCOME: timedelta(days=3), Purpose.RESET: timedelta(hours=1)}


def token(user: User, purpose: Purpose, now: datetime) -> str:
    """What stands in the link. It is worth nothing after its time, after a login, and once it has been used."""
    until = int((now + LASTS[purpose]).timestamp())
    return _signer().sign_object({"u": user.pk, "p": purpose, "t": until, "m": _mark(user)}, compress=False)


def read(written: str, now: datetime) -> tuple[User, Purpose] | None:
    """Whose link this is, and why they have it; None for one that is over, was used, or that nobody wrote."""
    try:
        said = _signer().unsign_object(written)
        user, purpose, until, mark = said["u"], Purpose(said["p"]), said["t"], said["m"]
    except (BadSignature, KeyError, TypeError, ValueError):
        return None
    found = User.objects.filter(pk=user, is_active=True).first()
    if found is None or until < now.timestamp() or not constant_time_compare(mark, _mark(found)):
        return None
    return found, purpose


def path(user: User, purpose: Purpose, now: datetime) -> str:
    return reverse("choose-password", args=[token(user, purpose, now)])


def address(request: HttpRequest, path: str) -> str:
    """The whole address of a page, for a mail. Empty if nobody can say it.

    The first of the origins that are set. Without them the host that the request names, if it is one that is allowed
    by name: where every host is, whoever asks could have a link to a site of their own sent to somebody else.
    """
    if settings.CSRF_TRUSTED_ORIGINS and "*" not in settings.CSRF_TRUSTED_ORIGINS[0]:
        return f"{settings.CSRF_TRUSTED_ORIGINS[0].rstrip('/')}{path}"
    if any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        logger.warning("no link is sent by mail: set ONORDER_ORIGINS to the address of the desk")
        return ""
    return request.build_absolute_uri(path)


def is_mail_set_up() -> bool:
    """Whether mail leaves this machine, and is not just put into a folder."""
    return not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def send_later(to: str, subject: str, text: str) -> None:
    """Send a mail beside the request, so that its time tells nobody whether there was one."""
    mail = EmailMessage(subject=clean(subject), body=text, to=[clean(to)], headers={"Auto-Submitted": "auto-generated"})
    Thread(target=_send, args=(mail,), daemon=True).start()


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except Exception:
        logger.exception("a mail about a password could not be sent")


def _signer() -> Signer:
    return Signer(salt="onorder.password-link")


def _mark(user: User) -> str:
    """Changes with the password, with the address and with every login."""
    state = f"{user.pk}/{user.password}/{user.email}/{user.last_login.isoformat() if user.last_login else ''}"
    return salted_hmac("onorder.password-link.mark", state, algorithm="sha256").hexdigest()[:32]
