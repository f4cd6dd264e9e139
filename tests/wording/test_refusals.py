"""Refusals are said in the reader's language, and what somebody typed is never taken for a part of them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

import onorder
from onorder.errors import BadInput, NotFound, OnOrderError, Phrase, WrongState, joined
from onorder.rules.lifecycle import MESSAGE_STEPS, PURCHASE_ORDER_STEPS, MessageState, PurchaseOrderState
from onorder.wording import refusal_texts, refusals

PACKAGE = Path(onorder.__file__).parent
ELSEWHERE = ("bench", "management", "demo")  # Said on a terminal, in English.
#: Steps that no table has.
STEPS = {"amended", "answered", "dispatched", "received"}


def every_refusal(of=OnOrderError):
    for found in of.__subclasses__():
        yield found
        yield from every_refusal(found)


def all_refusals():
    for module in pkgutil.walk_packages(onorder.__path__, "onorder."):
        if not module.name.endswith(("__main__", "wsgi")) and ".migrations" not in module.name:
            importlib.import_module(module.name)
    return [refusal for refusal in every_refusal() if refusal.__module__.startswith("onorder.")]


def is_elsewhere(module):
    return module.split(".")[1] in ELSEWHERE


def calls():
    """Every phrase and every refusal that is made: where, its call, and the arguments that are words of ours."""
    worded = {refusal.__name__: set(refusal.worded) for refusal in all_refusals() if refusal.worded}
    del worded["WrongState"]  # Its states and steps are those of the lifecycle.
    for path in sorted(set(PACKAGE.rglob("*.py")) - {PACKAGE / "errors.py"}):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name == "Phrase":
                yield path, node, node.args
            elif name in worded:
                yield path, node, [keyword.value for keyword in node.keywords if keyword.arg in worded[name]]


def literals(argument):
    """The texts that an argument may be; None if it is made elsewhere."""
    match argument:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=ast.Constant(value=str(one)), orelse=ast.Constant(value=str(other))):
            return [one, other]
    return None


def has_words(text):
    return re.search(r"[a-z]", re.sub(r"{[^}]*}", "", text), re.IGNORECASE)


def test_every_sentence_is_marked_for_translation():
    said = {
        text
        for refusal in all_refusals()
        if not is_elsewhere(refusal.__module__)
        for text in (refusal.sentence, refusal.remedy)
    }
    for path, _, arguments in calls():
        if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE:
            said |= {text for argument in arguments for text in literals(argument) or ()}
    said |= {"Purchase order", "Message"} | STEPS | PURCHASE_ORDER_STEPS.keys() | MESSAGE_STEPS.keys()
    said |= {state.replace("_", " ") for state in (*PurchaseOrderState, *MessageState)}
    assert {text for text in said if has_words(text)} == set(refusal_texts.TEXTS)
    assert list(refusal_texts.TEXTS) == sorted(set(refusal_texts.TEXTS))


def test_nothing_but_our_own_words_is_a_template():
    """A value in an f-string, or a name, could be what somebody typed: a brace in it would be taken for a field."""
    found = []
    for path, call, arguments in calls():
        given = {keyword.arg for keyword in call.keywords}
        for argument in arguments:
            texts = literals(argument)
            if texts is None:
                by = ast.unparse(argument)
                if not re.match(r"(Phrase|joined)\(", by) and not _is_a_phrase(by, path):
                    found.append(f"{path.name}:{call.lineno}: {by}")
            for text in texts or ():
                fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
                if fields - given:
                    found.append(f"{path.name}:{call.lineno}: {text!r} without {fields - given}")
    assert found == [], "\n".join(found)


def _is_a_phrase(name, path):
    """Whether a name in this file is declared or made as one."""
    return re.search(rf"\b{re.escape(name)}(: Phrase\b| = (Phrase|joined)\()", path.read_text()) is not None


@pytest.mark.parametrize("typed", ["{TEA}", "{0}", "{}", "}{", "{sku.__class__}", "{sku!r:>9}", "%(n)s"])
def test_what_somebody_typed_is_never_a_template(typed):
    count = BadInput(what="Count of {sku}", problem="{sku} is none", remedy="Count {sku} again.", sku=typed)
    assert str(count) == refusals.words(count) == f"Count of {typed}: {typed} is none. Count {typed} again."
    assert str(BadInput(what=typed, problem="is none")) == f"{typed}: is none."  # Carelessly, but not in vain.
    missing = NotFound(what="line of {sku} on order", name=typed, sku=typed)
    assert str(missing) == f"There is no line of {typed} on order {typed}. Check the spelling, or import it first."
    assert refusals.words(missing) == str(missing)
    assert refusals.said(joined("; ", [typed, Phrase("{sku}: gone", sku=typed)])) == f"{typed}; {typed}: gone"


def test_without_a_translation_they_say_what_they_said():
    for refusal in (
        NotFound(what="SKU", name="TEA"),
        BadInput(what="Hold", problem="too long", remedy="Give less."),
        WrongState(what="Purchase order", name="PO-1", state="sent", step="queued"),
    ):
        assert refusals.words(refusal) == str(refusal)
    assert refusals.words(BadInput(what="Hold", problem="too long")) == "Hold: too long."
    assert refusals.said("as it is {sku}") == "as it is {sku}"
    assert refusals.said(Phrase("")) == ""


def test_what_it_is_made_of_is_said_in_the_same_language(monkeypatch):
    german = {
        "There is no {what} {name}.": "{what} {name} gibt es nicht.",
        "line of {sku} on order": "Eine Zeile mit {sku} in Bestellung",
        "from {day:%-d %B %Y} on, {most:,} at most": "ab {day}, höchstens {most:,}",
    }
    monkeypatch.setattr(refusals, "gettext", lambda text: german.get(text, text))
    missing = NotFound(what="line of {sku} on order", name=17, sku="order")
    assert refusals.words(missing).startswith("Eine Zeile mit order in Bestellung 17 gibt es nicht. ")
    with override("de"):
        until = Phrase("from {day:%-d %B %Y} on, {most:,} at most", day=date(2026, 12, 5), most=1234567)
        assert str(until) == "from 5 December 2026 on, 1,234,567 at most"
        assert refusals.said(until) == "ab 5. Dezember 2026, höchstens 1.234.567"
        assert refusals.said(joined("; ", [until])) == refusals.said(until)
