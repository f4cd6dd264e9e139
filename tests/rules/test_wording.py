"""What a shop may write in its own words, and that a value stays a value."""

from __future__ import annotations

import pytest

from onorder.rules.wording import (
    PLACEHOLDERS,
    LoneBrace,
    MoreThanOneLine,
    NamesNoOrder,
    Texts,
    TextTooLong,
    UnknownPlaceholder,
    checked,
    checked_part,
    filled,
)


@pytest.mark.parametrize(
    ("part", "text", "refusal"),
    [
        ("opening", "Hello {nmae}", UnknownPlaceholder),
        ("opening", "Hello {Name}", UnknownPlaceholder),
        ("opening", "Hello { name }", UnknownPlaceholder),
        ("opening", "Hello {}", UnknownPlaceholder),
        ("opening", "Hello {name.__class__}", UnknownPlaceholder),
        ("opening", "{amount} goes back", UnknownPlaceholder),  # Of another kind of message.
        ("opening", "Hello {name", LoneBrace),
        ("opening", "Hello name}", LoneBrace),
        ("opening", "Hello {{name}}", LoneBrace),
        ("closing", "one\ntwo {", LoneBrace),
        ("subject", "{order}\nBcc: eve@x.example", MoreThanOneLine),
        ("subject", "{order}\u2028and more", MoreThanOneLine),
        ("headline", "One\r\ntwo", MoreThanOneLine),
        ("subject", "Good news", NamesNoOrder),
        ("subject", "{order}" + "x" * 114, TextTooLong),
        ("headline", "x" * 121, TextTooLong),
        ("opening", "x" * 601, TextTooLong),
        ("closing", "x" * 901, TextTooLong),
    ],
)
def test_what_could_not_be_said_is_refused(part, text, refusal):
    with pytest.raises(refusal):
        checked("placed", Texts(**{part: text}))


def test_what_is_as_long_as_fits_is_taken():
    texts = Texts("{order}" + "x" * 113, "x" * 120, "x" * 600, "x" * 900)
    assert checked("placed", texts) == texts


def test_texts_are_kept_tidy():
    texts = Texts("  {order}:\tours ", "\u202eHeadline", " One.\n\nTwo. ", "\nFirst\n\n  second \x00\n")
    assert checked("placed", texts) == Texts("{order}: ours", "Headline", "One. Two.", "First\nsecond")


@pytest.mark.parametrize("nothing", ["", "  ", "\n\t", "\u200e", "\x07"])
def test_what_shows_nothing_is_the_products_own_text(nothing):
    texts = checked("placed", Texts(nothing, nothing, nothing, nothing))
    assert not texts


def test_a_refusal_names_what_there_is():
    with pytest.raises(UnknownPlaceholder, match=r"for \{nmae\}\. Use one of \{name\}, \{order\}, \{shop\}, "):
        checked_part("placed", "headline", "{nmae}")


def test_a_value_is_not_looked_at_again():
    values = {"name": "{order} {name} %(x)s \\1", "order": "SO-1"}
    assert filled("{name} has {order}", values) == "{order} {name} %(x)s \\1 has SO-1"


def test_without_a_value_the_whole_text_is_left_to_the_product():
    assert filled("It ships {when}.", {"when": ""}) == filled("It ships {when}.", {}) == ""
    assert filled("It ships.", {}) == "It ships."


def test_every_kind_knows_whom_it_goes_to_and_what_about():
    assert all({"name", "order", "shop"} <= set(known) for known in PLACEHOLDERS.values())
