"""Refusals are said in the reader's language."""

from __future__ import annotations

import importlib
import pkgutil

import onorder
from onorder.desk import refusals
from onorder.errors import BadInput, NotFound, OnOrderError

ELSEWHERE = ("onorder.bench", "onorder.management", "onorder.demo")  # Said on a terminal, in English.


def every_refusal(of=OnOrderError):
    for found in of.__subclasses__():
        yield found
        yield from every_refusal(found)


def test_every_sentence_is_marked_for_translation():
    for module in pkgutil.walk_packages(onorder.__path__, "onorder."):
        if not module.name.endswith(("__main__", "wsgi")) and ".migrations" not in module.name:
            importlib.import_module(module.name)
    said = {
        text
        for refusal in every_refusal()
        if refusal.__module__.startswith("onorder.") and not refusal.__module__.startswith(ELSEWHERE)
        for text in (refusal.sentence, refusal.remedy)
        if text and refusal is not BadInput
    }
    assert said == set(refusals.TEXTS)


def test_without_a_translation_they_say_what_they_said():
    for refusal in (NotFound(what="SKU", name="TEA"), BadInput(what="Hold", problem="too long", remedy="Give less.")):
        assert refusals.words(refusal) == str(refusal)
    assert refusals.words(BadInput(what="Hold", problem="too long")) == "Hold: too long."
