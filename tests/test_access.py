"""Links that customers get: each opens one thing, for a time, and nothing that was changed opens anything."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from onorder.access import LASTS, LinkOver, Purpose, read, token

MONDAY = date(2026, 3, 2)


@given(order=st.integers(1, 10**12), days=st.integers(0, LASTS[Purpose.JOURNEY]))
def test_a_link_opens_its_order_until_its_last_day(order, days):
    assert read(token(order, MONDAY), today=MONDAY + timedelta(days)) == order


def test_a_link_is_over_a_day_later():
    with pytest.raises(LinkOver):
        read(token(7, MONDAY), today=MONDAY + timedelta(LASTS[Purpose.JOURNEY] + 1))


def test_the_same_message_carries_the_same_link():
    assert token(7, MONDAY) == token(7, MONDAY) != token(7, MONDAY + timedelta(1))


@given(place=st.integers(0, 30), other=st.characters(codec="ascii"))
def test_a_changed_link_opens_nothing(place, other):
    written = token(7, MONDAY)
    changed = written[:place] + other + written[place + 1 :]
    if changed != written:
        with pytest.raises(LinkOver):
            read(changed, today=MONDAY)


@pytest.mark.parametrize("written", ["", ".", "7-8ad", "7-8ad.", "x" * 5_000, Signer(salt="another").sign("7-8ad")])
def test_what_nobody_here_signed_opens_nothing(written):
    with pytest.raises(LinkOver):
        read(written, today=MONDAY)
