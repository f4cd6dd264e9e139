"""The texts of each language: complete, certain, with the values of the originals, and compiled as they are written."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

import onorder

PACKAGE = Path(onorder.__file__).parent
CATALOGUES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/django.po"), key=str)
KEYWORDS = DEFAULT_KEYWORDS | {
    **dict.fromkeys(("_", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext_lazy",), (1, 2)),
    **dict.fromkeys(("pgettext_lazy",), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext_lazy",), ((1, "c"), 2, 3)),
}


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def written(request):
    with request.param.open("rb") as file:
        return read_po(file)


def texts(message):
    """The original and the translation, each as its forms."""
    both = (message.id, message.string)
    return tuple(tuple(forms) if isinstance(forms, tuple | list) else (forms,) for forms in both)


def context(message):
    """Compiled ones are read as bytes."""
    return message.context.decode() if isinstance(message.context, bytes) else message.context


def entries(catalogue):
    return {
        (texts(message)[0], context(message)): texts(message)[1]
        for message in catalogue
        if message.id and all(texts(message)[1]) and not message.fuzzy
    }


def values(text):
    """What is filled in: by name, however it is formatted."""
    named = re.findall(r"%\((\w+)\)|(?<!{){(\w+)[^{}]*}(?!})", text)
    return {percent or brace for percent, brace in named}


def said_in_the_source():
    """Every text that is marked for translation, as (id, context)."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix == ".html":
            # Made Python by the same means as for gettext; a line's indent is none of Python's.
            source = "\n".join(line.lstrip() for line in templatize(path.read_text()).splitlines())
        elif path.suffix == ".py":
            source = path.read_text()
        else:
            continue
        for _, text, _, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            yield text, context


def test_every_language_that_is_offered_has_its_texts():
    translated = {path.parts[-3] for path in CATALOGUES}
    assert {code for code, _ in settings.LANGUAGES} == translated | {"en-gb"}


def test_what_is_compiled_is_what_is_written(written, request):
    path = request.node.callspec.params["written"].with_suffix(".mo")
    with path.open("rb") as file:
        assert entries(read_mo(file)) == entries(written), "`make messages` compiles it"


def test_nothing_is_missing_and_nothing_is_guessed(written):
    missing = [message.id for message in written if message.id and not all(texts(message)[1])]
    guessed = [message.id for message in written if message.id and message.fuzzy]
    assert (missing, guessed) == ([], [])


def test_every_text_of_the_product_is_in_it(written):
    known = {(message.id, message.context) for message in written}
    assert {text for text in said_in_the_source() if text not in known} == set(), "`make messages` gathers them"


def test_a_plural_is_marked_as_one():
    """Two texts of one form each are never found as the two forms of one."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name.startswith(("ngettext", "npgettext")) and not isinstance(node.args[0], ast.Constant):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


def test_no_text_is_marked_inside_another():
    """What stands in the braces of an f-string is found by nobody who gathers texts."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        outer = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr))
        for call in (node for one in outer for node in ast.walk(one) if isinstance(node, ast.Call)):
            given = [argument for argument in call.args if isinstance(argument, ast.Constant)]
            if getattr(call.func, "id", "") in KEYWORDS and given:
                found.append(f"{path.name}:{call.lineno}")
    assert found == []


def test_a_translation_fills_in_what_the_original_does(written):
    """A form for one of something may leave the number out; none may ask for what is not given."""
    found = []
    for message in written:
        original, translated = texts(message)
        given = set().union(*map(values, original))
        if message.id and all(translated):
            *for_few, for_many = map(values, translated)
            if for_many != values(original[-1]) or any(few - given for few in for_few):
                found.append(message.id)
    assert found == []
