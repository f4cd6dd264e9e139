"""Reasons that the product itself wrote down, in English, with what it did: read back in the reader's language."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext, gettext_noop

from onorder.rules.lifecycle import PURCHASE_ORDER_STEPS

#: As the actions write them; a test compares.
TEMPLATES: Final = (
    gettext_noop("answer to {number}"),
    gettext_noop("counted in {file}"),
    gettext_noop("{hours} h {minutes} min after its deadline"),
    gettext_noop("{number} was amended"),
    gettext_noop("{number} was {step}"),
    gettext_noop("{units} units are below the minimum; they wait for the next order day"),
)
_A_RECEIPT: Final = re.compile(r"receipt:\d+")
_FIELDS: Final = {
    "step": "|".join(map(re.escape, PURCHASE_ORDER_STEPS)),
    "file": ".+",
    **dict.fromkeys(("hours", "minutes", "units"), r"\d+"),
}


def kept_reason(why: str) -> str:
    """A reason as it was written down, in the reader's language if it is one of ours; a person's stays as it is.

    What only leads to a receipt says nothing to anybody.

    >>> kept_reason("PO-7 was taken back"), kept_reason("They {cannot} wait"), kept_reason("receipt:188")
    ('PO-7 was taken back', 'They {cannot} wait', '')
    """
    if _A_RECEIPT.fullmatch(why):
        return ""
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(why):
            values = found.groupdict()
            if step := values.get("step"):
                values["step"] = gettext(step)
            return gettext(template).format(**values)
    return why


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", template)
    return re.compile("".join(_field(part) if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def _field(name: str) -> str:
    of = _FIELDS.get(name, r"\S+")
    return f"(?P<{name}>{of})"


_PATTERNS: Final = tuple((template, _pattern(template)) for template in TEMPLATES)
