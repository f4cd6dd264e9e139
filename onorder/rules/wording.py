"""Texts that a shop writes itself: what may stand in them, and how the values get in.

A text is plain words with the names of placeholders in braces. Nothing in it is executed, and what a value contains is
never looked at again. A text that was accepted for a kind of message can be filled for every message of that kind: each
name in it is one that the kind knows, and where a message has no such value, the product's own text stands instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from onorder.errors import OnOrderError

_EVERY = ("name", "order", "shop")
_ABOUT = (*_EVERY, "what", "when")
_PAPER = (*_EVERY, "units", "total", "place")

#: The names that each kind of message knows. What they mean is said in `onorder.desk.message_words`.
PLACEHOLDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("placed", "added", "swapped", "replaced", "ordered", "confirmed", "on_its_way"), _ABOUT),
        **dict.fromkeys(("delayed", "promised_anew", "arrived", "cancelled", "lapsed", "returned"), _ABOUT),
        **dict.fromkeys(("return_requested", "return_received", "return_refused"), (*_ABOUT, "return")),
        "packed": _ABOUT,
        **dict.fromkeys(("shipped", "delivered"), (*_ABOUT, "carrier", "tracking")),
        "refunded": (*_EVERY, "amount", "when"),
        **dict.fromkeys(("balance_due", "payment_reminded"), (*_EVERY, "amount", "day")),
        "captured": (*_EVERY, "amount", "when"),
        "unpaid": _ABOUT,
        "heartbeat": _ABOUT,
        "link": (*_EVERY, "when"),
        "account": _EVERY,
        "purchase_order": _PAPER,
        "amendment": (*_PAPER, "amendment"),
        "reminder": (*_PAPER, "day"),
        "cancellation": (*_EVERY, "units"),
    }
)
#: So many characters fit. A longer subject is cut off by what shows it.
LONGEST: Final[Mapping[str, int]] = MappingProxyType({"subject": 120, "headline": 120, "opening": 600, "closing": 900})

_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_ONE_LINE = frozenset({"subject", "headline"})


class UnknownPlaceholder(OnOrderError):
    code = "unknown_placeholder"
    sentence = "This message has nothing to put in for {placeholder}."
    remedy = "Use one of {known}, or write it out."


class LoneBrace(OnOrderError):
    code = "lone_brace"
    sentence = "A brace has no partner."
    remedy = "Braces stand only around a name, such as {example}; write round brackets elsewhere."


class MoreThanOneLine(OnOrderError):
    code = "more_than_one_line"
    sentence = "The {part} has more than one line."
    remedy = "Put it into one."


class TextTooLong(OnOrderError):
    code = "text_too_long"
    sentence = "The {part} has {length} characters; {most} fit."
    remedy = "Shorten it."


class NamesNoOrder(OnOrderError):
    code = "names_no_order"
    sentence = "The subject does not say which order it is about."
    remedy = "Put {placeholder} into it."


@dataclass(frozen=True, slots=True)
class Texts:
    """What a shop says in its own words in one kind of message. What is empty is the product's own text."""

    subject: str = ""
    headline: str = ""
    opening: str = ""  # The first sentences, before those that the facts write.
    closing: str = ""  # A line for each sentence, or for each paragraph.

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in PARTS)


PARTS: Final = tuple(part.name for part in fields(Texts))


def checked(kind: str, texts: Texts) -> Texts:
    """The texts as they are stored: tidy, and such that every message of this kind can be written with them.

    Raises:
        UnknownPlaceholder, LoneBrace, MoreThanOneLine, TextTooLong, NamesNoOrder: the first thing that is wrong.
    """
    return Texts(**{part: checked_part(kind, part, getattr(texts, part)) for part in PARTS})


def checked_part(kind: str, part: str, text: str) -> str:
    """One of the texts, as `checked` does.

    >>> checked_part("placed", "subject", "  {order}: it is \\tours to pack ")
    '{order}: it is ours to pack'
    """
    if part in _ONE_LINE and len(text.strip().splitlines()) > 1:
        raise MoreThanOneLine(part=part)
    tidy = "\n".join(clean_lines(text)) if part == "closing" else clean(text)
    if len(tidy) > LONGEST[part]:
        raise TextTooLong(part=part, length=len(tidy), most=LONGEST[part])
    known = PLACEHOLDERS[kind]
    for name in _IN_BRACES.findall(tidy):
        if name not in known:
            raise UnknownPlaceholder(placeholder=f"{{{name[:40]}}}", known=", ".join(f"{{{one}}}" for one in known))
    if "{" in (rest := _IN_BRACES.sub("", tidy)) or "}" in rest:
        raise LoneBrace(example="{order}")
    if part == "subject" and tidy and "{order}" not in tidy:
        raise NamesNoOrder(placeholder="{order}")
    return tidy


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; empty if one that it names is missing or empty. Once over: a value stays a value.

    >>> filled("{order} for {name}", {"order": "SO-1", "name": "{order}"})
    'SO-1 for {order}'
    >>> filled("Dear {name},", {"order": "SO-1"})
    ''
    """
    if not all(values.get(name) for name in _IN_BRACES.findall(text)):
        return ""
    return _IN_BRACES.sub(lambda found: values[found[1]], text)


#: Marks that turn the direction of a text, with which a name could dress up as another; and what is no character.
_UNWANTED = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff")


def clean(text: str) -> str:
    """One line of it: line breaks and runs of space become one space, control characters go.

    Nothing from outside can start a new header, hide a second line or break the XML of a template.

    >>> clean("Ann\\r\\nBcc: eve@example.org")
    'Ann Bcc: eve@example.org'
    """
    kept = (" " if c.isspace() else c for c in text if c.isspace() or _is_visible(c))
    return " ".join("".join(kept).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """The lines of an address that have something in them, each clean."""
    return tuple(line for raw in text.splitlines() if (line := clean(raw)))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _UNWANTED
