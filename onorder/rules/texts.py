"""What fits into a text message, and what a phone shows of it.

Source: 3GPP TS 23.038 (the GSM 7-bit alphabet and its extension); TS 23.040 (what joins the parts of a longer text).
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The letters that a text of 160 can be made of; each of `_EXTENDED` takes the room of two.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€")
#: What is written otherwise so that one unusual sign does not halve what fits.
_OTHERWISE: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚′", "'"),
        **dict.fromkeys("“”„″«»", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "×": "x",
        "…": "...",
        "•": "-",
    }
)
_ONE, _EACH = 160, 153  # Letters in one text, and in each part of a longer one.
_ONE_WIDE, _EACH_WIDE = 70, 67  # ... where one of them is not in the alphabet.
_LONGEST_SENDER: Final = 11


def plain(text: str) -> str:
    """The text in signs that every phone has, as far as they say the same.

    >>> plain("2 × Mug – it’s here…")
    "2 x Mug - it's here..."
    """
    return text.translate(_OTHERWISE)


def parts(text: str) -> int:
    """How many texts it is sent, and paid for, as.

    >>> parts("a" * 160), parts("a" * 161), parts("ж" * 70), parts("ж" * 71)
    (1, 2, 1, 2)
    """
    if set(text) <= _BASIC | _EXTENDED:
        room = len(text) + sum(text.count(sign) for sign in _EXTENDED)
        return 1 if room <= _ONE else -(-room // _EACH)
    room = len(text.encode("utf-16-le")) // 2
    return 1 if room <= _ONE_WIDE else -(-room // _EACH_WIDE)


def sender(shop: str) -> str:
    """The name that a phone shows instead of a number: at most eleven letters, digits and spaces, one of them a letter.
    Empty if none can be made of the shop's.

    >>> sender("Alice's Tea & Pottery"), sender("Zoë"), sender("2026")
    ('Alices Tea', 'Zoe', '')
    """
    bare = unicodedata.normalize("NFKD", shop)
    kept = "".join(letter for letter in bare if letter.isascii() and (letter.isalnum() or letter == " "))
    name = " ".join(kept.split())[:_LONGEST_SENDER].strip()
    return name if any(letter.isalpha() for letter in name) else ""


def fitted(head: str, more: str, end: str, most: int) -> str:
    """One text of at most so many letters: `end` whole, of `head` what there is room for, `more` if all of it fits.

    >>> fitted("It is here.", "It is packed next.", "https://x.example", 60)
    'It is here. It is packed next. https://x.example'
    >>> fitted("It is here.", "It is packed next.", "https://x.example", 40)
    'It is here. https://x.example'
    >>> fitted("It is here.", "", "https://x.example", 25)
    'It... https://x.example'
    """
    whole = " ".join(filter(None, (head, more, end)))
    if len(whole) <= most:
        return whole
    short = " ".join(filter(None, (head, end)))
    if len(short) <= most:
        return short
    room = most - len(end) - 4
    return f"{head[: max(room, 0)].rsplit(' ', 1)[0].rstrip(' .,;:')}... {end}"
