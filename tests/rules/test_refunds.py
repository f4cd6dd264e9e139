from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onorder.rules.money import share_minor
from onorder.rules.refunds import Ledger, Refund, Sale, Sold, owed, refund, values, worth

THREE = Sale((Sold(1_000, 1), Sold(500, 2), Sold(1_000, 1)), discount_minor=100, shipping_minor=395)
TOTAL = 3_000 - 100 + 395
PAID_IN_FULL = st.just(10_000)


@st.composite
def sales(draw, asked=PAID_IN_FULL):
    lines = draw(st.lists(st.builds(Sold, st.integers(0, 5_000), st.integers(1, 6), asked), min_size=1, max_size=5))
    gross = sum(line.unit_minor * line.units for line in lines)
    return Sale(tuple(lines), draw(st.integers(0, gross)), draw(st.integers(0, 900)))


@st.composite
def partings(draw, sale):
    """Every unit of the sale, in an order and in portions that come as they may."""
    units = draw(st.permutations([n for n, line in enumerate(sale.lines) for _ in range(line.units)]))
    portions = []
    while units:
        size = draw(st.integers(1, len(units)))
        portions.append([units[:size].count(n) for n in range(len(sale.lines))])
        units = units[size:]
    return portions


def asked(sale):
    """What the customer was asked for so far."""
    lines = zip(values(sale), sale.lines, strict=True)
    return sale.shipping_minor + sum(share_minor(value, line.asked_basis_points) for value, line in lines)


def test_a_discount_is_spread_once_and_its_remainder_goes_with_the_last_unit():
    assert values(THREE) == [966, 967, 967]
    ledger, gone, paid = Ledger(TOTAL), [0, 0, 0], []
    for going in ([0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]):
        back = refund(THREE, ledger, gone=gone, going=going)
        paid.append(back.minor)
        ledger = Ledger(TOTAL, refunded_minor=sum(paid))
        gone = [a + b for a, b in zip(gone, going, strict=True)]
    assert paid == [483, 966, 484, 967 + 395]


def test_delivery_comes_back_with_the_last_unit_and_not_before():
    assert refund(THREE, Ledger(TOTAL), gone=(0, 0, 0), going=(1, 2, 1)).minor == TOTAL
    assert refund(THREE, Ledger(TOTAL), gone=(0, 0, 0), going=(1, 2, 0)).minor == 966 + 967


def test_art_13_2_after_a_withdrawal_only_the_standard_delivery():
    def back(shipping):
        return refund(THREE, Ledger(TOTAL), gone=(0, 0, 0), going=(1, 2, 1), shipping_back_minor=shipping).minor

    assert (back(200), back(0), back(395), back(999)) == (TOTAL - 195, TOTAL - 395, TOTAL, TOTAL)


def test_of_a_deposit_each_line_gets_its_own_part_back():
    sale = Sale((Sold(5_000, 1), Sold(5_000, 1, asked_basis_points=2_000)))
    assert refund(sale, Ledger(6_000), gone=(0, 0), going=(1, 0)).minor == 5_000
    assert refund(sale, Ledger(6_000), gone=(0, 0), going=(0, 1)).minor == 1_000


def test_who_paid_the_balance_later_gets_it_back_whatever_went_before():
    deposit = Sale((Sold(5_000, 1, 2_000),) * 3)
    first = refund(deposit, Ledger(3_000), gone=(0, 0, 0), going=(1, 0, 0))
    assert first.minor == 1_000
    full = Sale((Sold(5_000, 1),) * 3)
    second = refund(full, Ledger(11_000, refunded_minor=1_000), gone=(1, 0, 0), going=(0, 1, 0))
    third = refund(full, Ledger(11_000, refunded_minor=6_000), gone=(1, 1, 0), going=(0, 0, 1))
    assert (second.minor, third.minor) == (5_000, 5_000)


def test_what_was_given_out_of_goodwill_does_not_make_a_unit_worth_less_while_the_money_lasts():
    sale = Sale((Sold(5_000, 1), Sold(5_000, 1)))
    assert refund(sale, Ledger(10_000, 500, goodwill_minor=500), gone=(0, 0), going=(1, 0)).minor == 5_000
    assert refund(sale, Ledger(10_000, 5_500, goodwill_minor=500), gone=(1, 0), going=(0, 1)).minor == 4_500
    assert refund(sale, Ledger(10_000, 9_000, goodwill_minor=9_000), gone=(0, 0), going=(1, 0)).minor == 1_000


def test_a_fee_is_kept_and_never_more_than_there_is():
    assert refund(THREE, Ledger(TOTAL), gone=(0, 0, 0), going=(1, 0, 0), fee_minor=150) == Refund(816, 150)
    assert refund(THREE, Ledger(TOTAL), gone=(0, 0, 0), going=(1, 0, 0), fee_minor=9_999) == Refund(0, 966)


def test_nothing_goes_back_for_nothing():
    assert refund(THREE, Ledger(TOTAL), gone=(1, 1, 1), going=(0, 0, 0)) == Refund(0)
    assert refund(THREE, Ledger(TOTAL), gone=(1, 2, 1), going=(0, 0, 0)) == Refund(0)
    assert refund(THREE, Ledger(0), gone=(0, 0, 0), going=(1, 2, 1)) == Refund(0)
    gift = Sale((Sold(0, 1), Sold(0, 1)))
    assert refund(gift, Ledger(10), gone=(0, 0), going=(1, 0)) == Refund(0)


@pytest.mark.parametrize(("gone", "going"), [((0, 2, 0), (0, 1, 0)), ((0, -1, 0), (0, 1, 0)), ((0, 1, 0), (0, -1, 1))])
def test_units_that_were_not_sold_cannot_go(gone, going):
    with pytest.raises(ValueError, match="cannot go"):
        refund(THREE, Ledger(TOTAL), gone=gone, going=going)


@pytest.mark.parametrize(("gone", "going"), [((0, 0), (1, 2, 1)), ((0, 0, 0), (1, 2)), ((1, 2), (0, 0))])
def test_each_line_is_spoken_of(gone, going):
    with pytest.raises(ValueError, match="zip"):
        refund(THREE, Ledger(TOTAL), gone=gone, going=going)


@pytest.mark.parametrize("money", [(-1, 0, 0, 0), (100, 101, 0, 0), (100, 60, 0, 41), (100, 10, 11, 0), (9, 0, 0, -1)])
def test_a_ledger_in_which_more_went_out_than_came_in_is_a_bug_of_the_caller(money):
    with pytest.raises(ValueError):
        Ledger(*money)


@pytest.mark.parametrize("sale", [((Sold(5, 1),), 6), ((Sold(5, 1),), -1), ((Sold(-5, 1),), 0), ((Sold(5, 0),), 0)])
def test_a_discount_above_the_lines_is_a_bug_of_the_caller(sale):
    with pytest.raises(ValueError):
        Sale(*sale)


@given(value=st.integers(0, 10_000), units=st.integers(1, 9), data=st.data())
def test_the_units_of_a_line_are_worth_its_value_together(value, units, data):
    before = data.draw(st.integers(0, units))
    parts = [worth(value, units, 0, before), worth(value, units, before, units - before)]
    assert sum(parts) == value and min(parts) >= 0


@given(sale=sales(asked=st.integers(0, 10_000)), data=st.data())
def test_all_refunds_and_fees_add_up_to_what_was_paid_and_never_more(sale, data):
    captured = data.draw(st.just(asked(sale)) | st.integers(0, asked(sale)))
    goodwill = data.draw(st.integers(0, captured))
    refunded, kept, gone = goodwill, 0, [0] * len(sale.lines)
    for going in data.draw(partings(sale)):
        ledger = Ledger(captured, refunded, goodwill, kept)
        fee = data.draw(st.integers(0, 500))
        back = refund(sale, ledger, gone=gone, going=going, fee_minor=fee)
        assert back.minor >= 0 and 0 <= back.fee_minor <= fee
        refunded, kept = refunded + back.minor, kept + back.fee_minor
        gone = [a + b for a, b in zip(gone, going, strict=True)]
        assert refunded + kept <= captured
    assert refunded + kept == captured


@given(sale=sales(), data=st.data())
def test_of_what_was_paid_in_full_each_unit_brings_what_it_was_worth(sale, data):
    captured = asked(sale)
    refunded, gone = 0, [0] * len(sale.lines)
    for going in data.draw(partings(sale)):
        back = refund(sale, Ledger(captured, refunded), gone=gone, going=going).minor
        lines = zip(values(sale), sale.lines, gone, going, strict=True)
        of_units = sum(worth(value, line.units, before, now) for value, line, before, now in lines)
        refunded += back
        gone = [a + b for a, b in zip(gone, going, strict=True)]
        is_last = gone == [line.units for line in sale.lines]
        assert back == of_units + (sale.shipping_minor if is_last else 0)


@st.composite
def asked_for(draw):
    """A sale whose units wait or are here, with what was paid of it."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        units = draw(st.integers(1, 5))
        waiting = draw(st.integers(0, units))
        lines.append(Sold(draw(st.integers(0, 3_000)), units, draw(st.integers(0, 10_000)), waiting))
    return Sale(tuple(lines), shipping_minor=draw(st.integers(0, 900)))


@given(data=st.data(), sale=asked_for(), paid=st.integers(0, 50_000), by_asking=st.booleans(), come_back=st.booleans())
def test_no_way_of_coming_apart_gives_back_more_than_was_paid_or_keeps_any_of_it(
    data, sale, paid, by_asking, come_back
):
    gone, refunded, kept = [0] * len(sale.lines), 0, 0
    for going in data.draw(partings(sale)):
        fee = data.draw(st.integers(0, 500))
        back = owed(
            sale, paid, refunded, gone=gone, going=going, kept_minor=kept, fee_minor=fee, by_asking=by_asking,
            come_back=come_back,
        )  # fmt: skip
        assert back.minor >= 0 and 0 <= back.fee_minor <= fee
        gone = [a + b for a, b in zip(gone, going, strict=True)]
        is_last = gone == [line.units for line in sale.lines]
        of_these = sum(
            worth(value, line.units, after - few, few)
            for line, value, after, few in zip(sale.lines, values(sale), gone, going, strict=True)
        )
        assert is_last or back.minor + back.fee_minor <= of_these
        refunded, kept = refunded + back.minor, kept + back.fee_minor
        assert refunded + kept <= paid
    assert refunded + kept == paid


def test_what_is_asked_of_the_rest_stays_and_what_is_over_goes_back():
    sale = Sale((Sold(1_000, 1, 2_000, waiting=0), Sold(500, 2, 10_000)))

    def back(paid, going=(1, 0)):
        return owed(sale, paid, 0, gone=(0, 0), going=going, by_asking=True).minor

    assert (back(1_200), back(2_000), back(1_000), back(700)) == (200, 1_000, 0, 0)
    assert back(2_000, going=(0, 1)) == 500


def test_what_comes_back_was_paid_in_full_and_what_waits_on_deposit_alone():
    sale = Sale((Sold(1_000, 3, 2_000, waiting=2),))
    assert owed(sale, 1_400, 0, gone=(0,), going=(1,), by_asking=True, come_back=True).minor == 1_000
    assert owed(sale, 1_400, 0, gone=(0,), going=(1,), by_asking=True).minor == 200


def test_what_is_still_due_for_units_before_stays_untouched():
    paid = Sale((Sold(1_000, 3),))
    assert owed(paid, 3_000, 0, gone=(1,), going=(1,), settles_later=True) == Refund(1_000)
    assert owed(paid, 3_000, 0, gone=(2,), going=(1,), settles_later=True) == Refund(3_000)  # Nothing is left to keep.
    assert owed(paid, 3_000, 1_500, gone=(1,), going=(1,), settles_later=True) == Refund(1_000)
