"""Messages in German, where the short form of a month ends in a stop, as the sentence does in which it comes last."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from onorder.delivery import mail, shapes, short, to_customers, to_suppliers
from onorder.queries.messages import CustomerNews
from onorder.queries.returns import Grounds
from onorder.rules.second_thoughts import Why, Withdrawal

APRIL, LATER = date(2026, 4, 1), date(2026, 4, 17)
LAWS = (
    Withdrawal(is_open=True, until=LATER, why=Why.WITHIN_PERIOD),
    Withdrawal(is_open=False, until=APRIL, why=Why.PERIOD_OVER),
)


@pytest.fixture(autouse=True)
def in_april(monkeypatch):
    """Everything that is made up happens in a month of which there is a short form."""
    monkeypatch.setattr(shapes, "_DAY", APRIL)
    monkeypatch.setattr(shapes, "_LATER", LATER)


def in_german(news):
    to = replace(news.to, language="de")
    if not isinstance(news, CustomerNews):
        return replace(news, to=to)
    grounds = tuple(Grounds("accepted", True, law) for law in LAWS)
    return replace(news, to=to, number="+4915112345678", grounds=grounds)


@pytest.mark.parametrize("kind", [*to_customers.KINDS, *to_suppliers.KINDS])
def test_no_sentence_ends_in_two_stops(kind):
    made = shapes.made_up(kind)
    for news in map(in_german, [made, *(shape.news for shape in shapes.told_apart(made))]):
        written = mail.preview(news)
        said = [written.subject, written.text, re.sub(r"<[^>]*>", "", written.html)]
        if isinstance(news, CustomerNews):
            said.append(short.preview(news))
        assert [found for text in said for found in re.findall(r".*\.\..*", text)] == []
