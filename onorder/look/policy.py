"""What a page may load and where its forms may lead, as the content security policy says it."""

from __future__ import annotations


def policy(*, leads_to: str = "") -> str:
    """Nothing from elsewhere, and no script or style that stands in the page.

    Args:
        leads_to: another origin to which a form of this page leads, such as that of a provider for cards.

    >>> "form-action 'self' https://pay.example;" in policy(leads_to="https://pay.example")
    True
    """
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            f"form-action 'self' {leads_to}".strip(),
            "frame-ancestors 'none'",
        )
    )
