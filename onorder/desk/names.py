"""SKUs and suppliers' codes as parts of an address, whatever they are made of."""

from __future__ import annotations

from django.urls import register_converter

#: Words that stand where a name could: `/catalogue/new` is a page, and the SKU "new" is at `/catalogue/~new`.
TAKEN = frozenset({"new", "import", "several", "collections", "pack", "paper", "sent", "ship", "what"})


class Name:
    """A name as one part of an address: a slash in it is `~s`, a tilde `~t`; and what an address would not carry as it
    is (a page's own word, or nothing but points) stands behind a tilde.

    >>> [Name().to_url(name) for name in ("TEA-1", "A/B", "new", "..", "5~6")]
    ['TEA-1', 'A~sB', '~new', '~..', '5~t6']
    >>> [Name().to_python(name) for name in ("TEA-1", "A~sB", "~new", "~..", "5~t6")]
    ['TEA-1', 'A/B', 'new', '..', '5~6']
    """

    regex = rf"(?!(?:{'|'.join(sorted(TAKEN))})(?:/|\Z))[^/]+"

    def to_python(self, part: str) -> str:
        plain = part[1:] if part.startswith("~") and self._needs_a_tilde(part[1:]) else part
        return plain.replace("~s", "/").replace("~t", "~")

    def to_url(self, name: str) -> str:
        written = str(name).replace("~", "~t").replace("/", "~s")
        return f"~{written}" if self._needs_a_tilde(written) else written

    @staticmethod
    def _needs_a_tilde(written: str) -> bool:
        return written in TAKEN or not written.strip(".")


register_converter(Name, "name")
