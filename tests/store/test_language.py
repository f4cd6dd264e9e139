"""Whatever a page for customers says can be translated."""

from __future__ import annotations

from pathlib import Path

import pytest

import onorder
from tests.desk.test_language import words_outside

TEMPLATES = sorted(
    path for edge in ("store", "look") for path in (Path(onorder.__file__).parent / edge).rglob("*.html")
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_whatever_a_page_says_can_be_translated(path):
    assert words_outside(path.read_text()) == set()
