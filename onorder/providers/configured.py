"""The provider that the environment names."""

from __future__ import annotations

from django.conf import settings

from onorder.providers.provider import Provider
from onorder.providers.stripe import Stripe


def provider() -> Provider | None:
    """The provider for cards; None as long as it could not be asked, or we could not know that it is it who tells us
    something."""
    if not settings.STRIPE_SECRET_KEY or not settings.STRIPE_WEBHOOK_SECRETS:
        return None
    return Stripe(
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_secrets=tuple(settings.STRIPE_WEBHOOK_SECRETS),
        api=settings.STRIPE_API,
        pages=settings.STRIPE_PAGES.rstrip("/"),
    )
