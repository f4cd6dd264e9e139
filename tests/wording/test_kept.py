"""Reasons that the product wrote down are read back in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import onorder
from onorder.wording import kept

PACKAGE = Path(onorder.__file__).parent
GERMAN = {
    "{number} was {step}": "{number} wurde {step}",
    "cancelled": "storniert",
    "counted in {file}": "gezählt in {file}",
    "{hours} h {minutes} min after its deadline": "{hours} Std. {minutes} Min. zu spät",
}


@pytest.mark.parametrize("template", kept.TEMPLATES)
def test_the_product_writes_them_like_this(template):
    """Each stands in the source as an f-string, whatever it calls its values."""
    written = re.sub(r"\\{\w+\\}", lambda _: r"\{[^{}]+\}", re.escape(template))
    sources = [path.read_text() for folder in ("actions", "channels") for path in (PACKAGE / folder).glob("*.py")]
    assert any(re.search(rf'f"{written}"', source) for source in sources)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("PO-7 was cancelled", "PO-7 wurde storniert"),
        ("PO-7 was in a hurry", "PO-7 was in a hurry"),
        ("counted in {0} of May.csv", "gezählt in {0} of May.csv"),
        ("2 h 5 min after its deadline", "2 Std. 5 Min. zu spät"),
        ("She {cannot} wait", "She {cannot} wait"),
        ("", ""),
    ],
)
def test_ours_are_translated_and_those_of_people_stay(monkeypatch, why, said):
    monkeypatch.setattr(kept, "gettext", lambda text: GERMAN.get(text, text))
    assert kept.kept_reason(why) == said
