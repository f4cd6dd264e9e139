"""The browser that a customer let in: a signed cookie with a secret, of which the database knows a digest."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from onorder.actions.account import SESSION_LASTS
from onorder.queries import account
from onorder.queries.account import Mine

COOKIE: Final = "mine"
_SALT: Final = "store.mine"


def new_secret() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(32)


def secret_of(request: HttpRequest) -> str:
    """The secret that a browser carries; empty if it carries none that we signed, or one that is too old."""
    try:
        return str(signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=SESSION_LASTS))
    except signing.BadSignature:
        return ""


def mine_of(request: HttpRequest, now: datetime) -> Mine | None:
    """Whoever is let in with this browser. No statement for a browser that carries nothing, else two."""
    secret = secret_of(request)
    return account.let_in(secret, now=now) if secret else None


def carry(answer: HttpResponseBase, secret: str) -> None:
    """Let the browser carry a secret from now on; empty: none."""
    if not secret:
        answer.delete_cookie(COOKIE, samesite="Lax")
        return
    options: dict[str, Any] = {"max_age": SESSION_LASTS, "httponly": True, "samesite": "Lax"}
    answer.set_cookie(COOKIE, signing.dumps(secret, salt=_SALT), secure=settings.SESSION_COOKIE_SECURE, **options)
