"""Money goes back to the cards that it came from, each at most what it gave; and no account is ever noted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.lifecycle import PayBy
from onorder.rules.payouts import Captured, names_an_account, split

amounts = st.integers(min_value=1, max_value=12)
captures = st.lists(st.tuples(st.booleans(), amounts, st.integers(0, 12)), max_size=6).map(
    lambda rows: [
        Captured(n, f"{'stripe:pi_' if card else 'paid-'}{n}", amount, min(back, amount))
        for n, (card, amount, back) in enumerate(rows)
    ]
)


def penny_by_penny(amount, captured, rest):
    """The rule in its most stupid form: each penny takes one that the last card still has, or goes the other way."""
    pennies = [
        one.payment for one in reversed(captured) if "pi_" in one.key for _ in range(one.amount_minor - one.back_minor)
    ]
    beside = [None] * max(amount - len(pennies), 0) if rest else []
    return pennies[:amount] + beside


@given(amount=amounts, captured=captures, rest=st.sampled_from([None, PayBy.TRANSFER, PayBy.AT_SHOP]))
def test_a_refund_is_split_as_if_penny_by_penny(amount, captured, rest):
    parts = split(amount, captured, rest=rest)
    assert [part.capture for part in parts for _ in range(part.amount_minor)] == penny_by_penny(amount, captured, rest)
    assert all(part.way == (rest if part.capture is None else PayBy.CARD) for part in parts)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("GB29NWBK60161331926819", True),
        ("to DE89 3704 0044 0532 0130 00 on Monday", True),
        ("iban: no9386011117947", True),
        ("GB28 NWBK 6016 1331 9268 19", False),  # Its check digits are wrong: a number of something else.
        ("SEPA 2026-03-02, batch 17", False),
        ("PO 10482 RF18 5390 0754 7034", False),  # A creditor's reference is no account.
        ("", False),
    ],
)
def test_an_account_is_known_by_its_check_digits(text, is_one):
    assert names_an_account(text) == is_one
