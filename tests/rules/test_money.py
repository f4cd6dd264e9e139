from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.money import add, digits, format_minor, parse_minor, pro_rate, share_minor

amounts = st.integers(min_value=-(10**12), max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=10**6), max_size=30)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("7.95", "GBP", 795),
        ("7.9", "GBP", 790),
        ("7", "GBP", 700),
        ("0.07", "GBP", 7),
        (" 1234567.89 ", "EUR", 123456789),
        ("1200", "JPY", 1200),
        ("0.125", "BHD", 125),
        ("1.15", "GBP", 115),  # As a float it would be 114.99...
    ],
)
def test_an_amount_in_minor_units(text, currency, minor):
    assert parse_minor(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,234.56",
        "1.234,56",
        "1 234",
        "-7.95",
        "+7.95",
        "nan",
        "inf",
        "1e3",
        "7.",
        ".5",
        "£7",
        "1_000",
        "٧",
        "7.9.5",
    ],
)
def test_what_is_not_a_plain_amount_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"is not an amount; write it as 1234\.56"):
        parse_minor(text, "GBP")


@pytest.mark.parametrize(
    ("text", "currency", "places"), [("7.955", "GBP", 2), ("7.950", "GBP", 2), ("7.0", "JPY", 0), ("7.1234", "BHD", 3)]
)
def test_more_digits_than_the_currency_has_are_refused(text, currency, places):
    with pytest.raises(ValueError, match=f"finer than {currency} goes, which has {places} digits"):
        parse_minor(text, currency)


@pytest.mark.parametrize("code", ["", "gbp", "POUND", "ZZZ"])
def test_an_unknown_currency_is_refused(code):
    with pytest.raises(ValueError, match="write its ISO code"):
        digits(code)


@given(st.integers(min_value=0, max_value=10**14), st.sampled_from(["GBP", "JPY", "BHD"]))
def test_an_amount_written_out_reads_back(minor, currency):
    places = digits(currency)
    whole, rest = divmod(minor, 10**places)
    assert parse_minor(f"{whole}.{rest:0{places}}" if places else f"{whole}", currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (123456, "GBP", "en_GB", "£1,234.56"),
        (123456, "EUR", "de_DE", "1.234,56€"),
        (1200, "JPY", "en_GB", "JP¥1,200"),
        (-5, "GBP", "en_GB", "-£0.05"),
        (1250, "BHD", "en_GB", "BHD1.250"),
    ],
)
def test_an_amount_as_its_reader_writes_it(minor, currency, locale, text):
    assert format_minor(minor, currency, locale).replace("\xa0", "") == text  # Spaces differ by version of the locale.


@given(amounts, weights.filter(bool))
def test_parts_add_up_and_none_is_a_whole_unit_off(total, parts):
    shares = pro_rate(total, parts)
    whole = sum(parts) or len(parts)
    exact = [Fraction(total * (weight if any(parts) else 1), whole) for weight in parts]
    assert sum(shares) == total
    assert all(abs(share - fair) < 1 for share, fair in zip(shares, exact, strict=True))


@given(amounts, weights.filter(any))
def test_a_larger_weight_never_gets_the_smaller_part(total, parts):
    by_weight = sorted(zip(parts, map(abs, pro_rate(total, parts)), strict=True))
    assert all(few <= many for (light, few), (heavy, many) in pairwise(by_weight) if light < heavy)


@pytest.mark.parametrize(
    ("total", "parts", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),  # Equal weights: to the first.
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10, [1, 1, 2, 1], [2, 2, 4, 2]),
        (1, [1, 3], [0, 1]),  # Most cut off.
        (2, [1, 3], [0, 2]),  # As much cut off (a half): to the larger weight.
        (5, [0, 0], [3, 2]),
        (7, [0, 2], [0, 7]),
        (5, [], []),
        (0, [2, 3], [0, 0]),
    ],
)
def test_who_gets_the_remainder(total, parts, shares):
    assert pro_rate(total, parts) == shares


def test_a_negative_weight_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="weight is negative"):
        pro_rate(5, [2, -1])


@pytest.mark.parametrize(
    ("amount", "basis_points", "share"),
    [
        (1_000, 2_500, 250),
        (1_005, 5_000, 503),
        (-1_005, 5_000, -503),
        (9, 500, 0),
        (10, 500, 1),
        (4_999, 1, 0),
        (795, 10_000, 795),
    ],
)
def test_a_share_is_rounded_half_up(amount, basis_points, share):
    assert share_minor(amount, basis_points) == share


def test_amounts_in_one_currency_add_up():
    assert add([(795, "GBP"), (-95, "GBP")]) == (700, "GBP")


@pytest.mark.parametrize("mixed", [[], [(1, "GBP"), (1, "EUR")]])
def test_mixed_currencies_have_no_sum(mixed):
    with pytest.raises(ValueError, match="have no sum"):
        add(mixed)
