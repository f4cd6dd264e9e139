"""Every colour of a text on every ground it stands on: at least 4.5 to 1; of a shape: at least 3 to 1 (WCAG 2.2, 1.4.3
and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "onorder/look/static/look/look.css").read_text()
TOKENS = {
    name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
}
STATES = ("waiting", "order", "allocated", "shipped", "late", "closed")
GROUNDS = ("page", "card", "sunk")
TEXTS = [(text, ground) for text in ("text", "muted", "accent") for ground in GROUNDS]
TEXTS += [(f"{state}-text", ground) for state in STATES for ground in ("card", f"{state}-tint")]
TEXTS += [("on-ink", "ink"), ("accent", "accent-tint"), ("text", "accent-tint")]
TEXTS += [(text, f"{state}-tint") for state in STATES for text in ("text", "muted")]
SHAPES = [("edge", "card"), ("edge", "page"), *((f"{state}-solid", "card") for state in STATES)]


def luminance(colour):
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXTS), (3, SHAPES)], ids=["texts", "shapes"])
def test_contrast(scheme, least, pairs):
    poor = [(one, two) for one, two in pairs if contrast(TOKENS[one][scheme], TOKENS[two][scheme]) < least]
    assert poor == []
