"""E-mail addresses: when two are the same, and what is kept where the address itself need not be."""

from __future__ import annotations

from hashlib import sha256


def folded(email: str) -> str:
    """An address as two are compared.

    >>> folded(" Ann@Mail.Example ")
    'ann@mail.example'
    """
    return email.strip().lower()


def digest(text: str) -> str:
    """What is kept instead of a secret: it says whether somebody has it, and not what it is."""
    return sha256(text.encode()).hexdigest()


def digest_of(email: str) -> str:
    """The same of an address, however it is written.

    >>> digest_of("Ann@Mail.Example") == digest_of("ann@mail.example ")
    True
    """
    return digest(folded(email))
