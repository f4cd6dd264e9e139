"""The desk in another language: whatever a page says can be translated, and what is typed is read as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

import onorder.desk
from onorder.desk.forms import BreaksField, MoneyField, UnitsField
from onorder.desk.rights import Role
from onorder.rules.money import parse_minor
from tests.desk.pages import PAGES, furnish, named

FOLDER = Path(onorder.desk.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))
#: Names, and what stands in a file for machines.
NOT_TRANSLATED = {"OnOrder", "pdf", "csv"}
SHOWN = r"\b(?:aria-label|aria-description|title|placeholder|alt|data-(?:confirm|offline|other|none|many))=\"([^\"]*)\""


def words_outside(template):
    """What a template says without asking for a translation. Honest, not clever: text between tags, and attributes
    that are read out or shown."""
    left = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", template, flags=re.DOTALL)
    left = re.sub(r"{% blocktranslate.*?%}.*?{% endblocktranslate %}", "", left, flags=re.DOTALL)
    left = re.sub(r"<(script|style)\b.*?</\1>|{%.*?%}|{{.*?}}|&\w+;", " ", left, flags=re.DOTALL)
    texts = [*re.findall(SHOWN, left), re.sub(r"<[^>]*>", " ", left)]
    return {word for text in texts for word in re.findall(r"\w{2,}", text)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_whatever_a_page_says_can_be_translated(path):
    assert {word for word in words_outside(path.read_text()) if not word.isdecimal()} <= NOT_TRANSLATED


def test_what_is_not_translated_is_found():
    said = (
        '{# no #}<p class="no">{% translate "no" %} Hello {{ no }}</p><a title="There {{ no }}" href="/no">&nbsp;</a>'
    )
    assert words_outside(said) == {"Hello", "There"}


def test_scripts_say_nothing_of_their_own():
    """What they show comes from the page, in `data-` attributes: no text of theirs has two words in a row."""
    for path in (FOLDER / "static/desk").glob("*.js"):
        code = re.sub(r"^\s*//.*|/\*.*?\*/", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
        texts = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`", code)
        said = [text for three in texts for text in three if re.search(r"\b[A-Z][a-z]+ [a-z]+ [a-z]+", text)]
        assert said == [], path.name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("en-US", "en-gb"), ("fr, de;q=0.5", "de"), ("fr", "en-gb"), ("", "en-gb")],
)
def test_a_page_is_in_the_language_that_the_browser_asks_for(asked, spoken):
    answer = Client(headers={"accept-language": asked}).get("/login")
    assert f'<html lang="{spoken}"' in answer.content.decode()
    assert answer["Content-Language"] == spoken


@pytest.mark.django_db
def test_no_sentence_ends_in_two_stops(shop, log_in, text):
    """In German, where the short form of a month has one itself; in a month of which there is a short form."""
    shop.wait(days=30)
    furnish(shop)
    owner = log_in(Role.OWNER)
    owner.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    pages = {path: text(owner, path) for path in named(PAGES)}
    assert any("1. Apr" in page for page in pages.values())
    assert {path: found for path, page in pages.items() if (found := re.findall(r".{,60}\.\.(?!\.)", page))} == {}


def test_amounts_are_typed_as_the_reader_writes_them():
    cost, breaks = MoneyField(), BreaksField()
    with override("de"):
        assert cost.clean("1.234,50") == 123450
        assert cost.prepare_value(123450) == "1234,50"
        assert breaks.clean("60:9,20 120:8,75") == ((60, 920), (120, 875))
        assert breaks.prepare_value(((60, 920),)) == "60:9,20"
        assert UnitsField().clean("1200") == 1200
    assert cost.clean("1234.50") == 123450
    assert breaks.clean("60:9.20") == ((60, 920),)


def test_what_is_wrong_with_an_amount_is_said_in_the_readers_language(monkeypatch):
    from onorder.wording import refusals

    template = "{text!r} is not an amount; write it as {such}"
    monkeypatch.setattr(refusals, "gettext", {template: "{text!r} ist kein Betrag; etwa {such}"}.get)
    with pytest.raises(Exception, match=re.escape("'{0}' ist kein Betrag; etwa 1234.56.")):
        MoneyField().clean("{0}")
    with pytest.raises(ValueError, match="is not an amount"):
        parse_minor("{0}", "GBP")
