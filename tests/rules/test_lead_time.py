from __future__ import annotations

from math import exp, log
from random import Random
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_ndtr

from onorder.rules import lead_time
from onorder.rules.lead_time import (
    Delivery,
    LeadTime,
    Prior,
    Slip,
    fit,
    pool,
    slip_days,
    slip_or_convention,
    slip_quantile,
    typed_prior,
    typing_bias,
)

TEN = Prior(log(10), 0.4)
TODAYS = [Delivery(8, 0), Delivery(9, 0), Delivery(12, 0)]
AGED = [Delivery(8, 30), Delivery(9, 200), Delivery(12, 400)]

ages = st.floats(0, 1_000)
leads = st.builds(LeadTime, m=st.floats(0, 5), s=st.floats(0.05, 1.5), n=st.floats(0, 100))
deliveries = st.lists(st.builds(Delivery, st.floats(0.1, 400), ages), max_size=30)


@pytest.mark.parametrize(
    ("complete", "open_", "m", "s", "quantiles", "whole"),
    [
        ([], [], 2.302585, 0.447214, (10.0000, 14.5701, 17.7381), 18),
        (TODAYS, [], 2.281702, 0.404284, (9.7933, 13.7626, 16.4416), 16),
        (AGED, [], 2.270180, 0.414382, (9.6811, 13.7211, 16.4649), 16),
        (AGED, [Delivery(15, 21)], 2.359580, 0.428740, (10.5865, 15.1867, 18.3391), 18),
        ([Delivery(6, 0)] * 20, [], 1.876897, 0.295142, (6.5332, 8.3754, 9.5366), 10),
    ],
)
def test_reference_values_of_the_fit(complete, open_, m, s, quantiles, whole):
    lead = fit(complete, open_, TEN)
    assert (lead.m, lead.s) == (pytest.approx(m, abs=5e-7), pytest.approx(s, abs=5e-7))
    assert [lead.quantile(p) for p in (0.5, 0.8, 0.9)] == pytest.approx(quantiles, abs=5e-5)
    assert lead.whole_days(0.9) == whole


@pytest.mark.parametrize(
    ("age", "remaining"),
    [
        (5, (5.3457, 9.8603, 13.0204)),
        (10, (3.5208, 7.7381, 10.8674)),
        (17, (3.1305, 7.3018, 10.5310)),
        (25, (3.2469, 7.6829, 11.1645)),
    ],
)
def test_reference_values_of_the_remaining_time(age, remaining):
    lead = LeadTime(log(10), 0.4472136, n=0)
    assert [lead.remaining(p, age) for p in (0.5, 0.8, 0.9)] == pytest.approx(remaining, abs=5e-5)


def vectors(complete, open_, prior):
    """The estimator as it is printed, on arrays."""
    x = np.array([d.lead for d in [*complete, *open_]])
    a = np.array([d.days_since_sent for d in [*complete, *open_]])
    censored = np.arange(len(x)) >= len(complete)
    y, w = np.log(np.maximum(x, 0.5)), 2 ** (-a / 365)
    m, sd = prior.mu, prior.sd
    for _ in range(3):
        z = (y - m) / sd
        r = np.exp(-(z**2) / 2 - np.log(np.sqrt(2 * np.pi)) - log_ndtr(-z))
        e = np.where(censored, m + sd * r, y)
        v = np.where(censored, sd**2 * np.clip(1 + z * r - r**2, 0, 1), 0)
        m = (sum(w * e) + 4 * prior.mu) / (sum(w) + 4)
        sd = np.sqrt((sum(w * ((e - m) ** 2 + v)) + 20 * prior.sd**2) / (sum(w) + 20))
    n = sum(w[~censored])
    return m, sd * np.sqrt(1 + 1 / (n + 4)), n


@given(deliveries, deliveries, st.builds(Prior, st.floats(0, 5), st.floats(0.05, 1)))
def test_the_fit_is_the_one_on_arrays(complete, open_, prior):
    lead = fit(complete, open_, prior)
    assert (lead.m, lead.s, lead.n) == pytest.approx(vectors(complete, open_, prior), rel=1e-6, abs=1e-9)


def test_the_older_an_open_order_the_slower_the_supplier_looks():
    medians = [fit(AGED, [Delivery(age, 30)], TEN).quantile(0.5) for age in (1, 6, 12, 24, 48)]
    assert medians == sorted(medians)
    assert medians[-1] > 1.2 * medians[0]


def test_what_is_typed_in_afterwards_or_sent_today_teaches_nothing():
    assert fit([*AGED, Delivery(0, 3), Delivery(-2, 9)], [Delivery(0, 0)], TEN) == fit(AGED, [], TEN)


def test_a_delivery_on_the_same_day_counts_as_half_a_day():
    assert fit([Delivery(0.01, 0)], [], TEN) == fit([Delivery(0.5, 0)], [], TEN)


def test_a_delivery_of_a_year_ago_counts_half():
    assert fit([Delivery(8, 365)] * 2, [], TEN) == fit([Delivery(8, 0)], [], TEN)
    assert fit([Delivery(8, 365)], [], TEN).n == 0.5


def test_confidence_takes_five_deliveries():
    assert not fit([Delivery(6, 0)] * 4, [Delivery(6, 0)] * 9, TEN).is_confident
    assert fit([Delivery(6, 0)] * 5, [], TEN).is_confident


def test_numbers_are_plain_floats():
    lead = fit(np.array(AGED), [Delivery(np.float64(15), np.int64(21))], TEN)
    results = [lead.m, lead.s, lead.n, lead.quantile(0.9), lead.remaining(0.9, 4), lead.at_most(4)]
    assert {type(x) for x in results} == {float}


@pytest.mark.parametrize("z", [-30.0, -3.0, 0.0, 3.0, 29.9, 30.1, 40.0, 60.0, 500.0])
def test_the_mean_beyond_a_point_far_out(z):
    assert lead_time._inverse_mills(z) == pytest.approx(exp(-z * z / 2 - log(2 * np.pi) / 2 - log_ndtr(-z)), rel=1e-9)


@given(leads, st.floats(0.01, 0.99))
def test_whole_days_are_the_fewest_that_hold_the_share(lead, p):
    days = lead.whole_days(p)
    assert days >= 1
    assert lead.at_most(days) >= p - 1e-9
    assert lead.at_most(days - 1) < p + 1e-9


def test_nothing_sent_today_arrives_today():
    assert LeadTime(log(0.5), 0.1, 9).at_most(0) == 0.0
    assert LeadTime(log(0.5), 0.1, 9).whole_days(0.9) == 1


@given(leads, st.floats(0.05, 0.95), st.floats(0.5, 60))
def test_the_remaining_time_is_the_quantile_beyond_the_age(lead, p, age):
    remaining = lead.remaining(p, age)
    log_lead = NormalDist(lead.m, lead.s)
    open_now = 1 - log_lead.cdf(log(age))
    if open_now > 1e-4:
        come = log_lead.cdf(log(age + remaining)) - log_lead.cdf(log(age))
        assert come / open_now == pytest.approx(p, abs=1e-6)


def test_the_remaining_time_is_never_negative():
    assert LeadTime(log(5), 0.1, 9).remaining(0.5, 5_000) == 0.0


def test_an_overdue_order_is_promised_at_eight_in_ten_until_nobody_can_tell():
    lead = LeadTime(log(10), 0.4472136, n=9)
    assert lead.remaining_promise(17) == pytest.approx(7.3018, abs=5e-5)
    last = exp(log(10) + 0.4472136 * NormalDist().inv_cdf(0.99))
    assert lead.remaining_promise(last - 0.01) is not None
    assert lead.remaining_promise(last + 0.01) is None


def test_a_supplier_that_varies_widely_is_not_promised_for_months():
    lead = LeadTime(log(10), 1.5, n=9)
    assert lead.remaining(0.8, 60) > 40
    assert lead.remaining_promise(60) == pytest.approx(40)


@pytest.mark.parametrize("make", [lambda: Prior(2, 0), lambda: LeadTime(2, 0, 1), lambda: LeadTime(2, float("nan"), 1)])
def test_a_spread_is_positive(make):
    with pytest.raises(ValueError, match="not positive"):
        make()


# The pool and what suppliers state


def drawn(mu, sd, number, *, seed, days_since_sent=0.0):
    random = Random(seed)
    return [Delivery(exp(random.gauss(mu, sd)), days_since_sent) for _ in range(number)]


def test_there_is_no_pool_before_the_first_delivery():
    assert pool([]) is None
    assert pool([([], [Delivery(4, 4)]), ([Delivery(0, 3)], [])]) is None


def test_the_pool_finds_the_mean_of_suppliers_and_the_spread_within_them():
    found = pool([(drawn(mu, 0.3, 200, seed=n), []) for n, mu in enumerate((2.0, 2.5, 3.0))])
    assert found.mu == pytest.approx(2.5, abs=0.05)
    assert found.sd == pytest.approx(0.3, abs=0.02)


def pool_on_arrays(suppliers):
    """The pool as it is printed, on arrays."""
    x = np.array([d.lead for known, open_ in suppliers for d in [*known, *open_]])
    a = np.array([d.days_since_sent for known, open_ in suppliers for d in [*known, *open_]])
    of = np.array([n for n, (known, open_) in enumerate(suppliers) for _ in [*known, *open_]])
    censored = np.array([i >= len(known) for known, open_ in suppliers for i in range(len(known) + len(open_))])
    y, w = np.log(np.maximum(x, 0.5)), 2 ** (-a / 730)
    mu = y[~censored].mean()
    sd = max(0.05, y[~censored].std())
    m = np.full(len(suppliers), mu)
    for _ in range(3):
        z = (y - m[of]) / sd
        r = np.exp(-(z**2) / 2 - np.log(np.sqrt(2 * np.pi)) - log_ndtr(-z))
        e = np.where(censored, m[of] + sd * r, y)
        v = np.where(censored, sd**2 * np.clip(1 + z * r - r**2, 0, 1), 0)
        weight = np.bincount(of, w, len(suppliers))
        m = (np.bincount(of, w * e, len(suppliers)) + 4 * mu) / (weight + 4)
        mu = np.average(m, weights=np.minimum(weight, 10))
        sd = max(0.05, np.sqrt(sum(w * ((e - m[of]) ** 2 + v)) / sum(w)))
    return mu, sd


@given(st.lists(st.tuples(deliveries, deliveries), max_size=4))
def test_the_pool_is_the_one_on_arrays(suppliers):
    suppliers = [(drawn(2.0, 0.5, 30, seed=1), []), *suppliers]
    found = pool(suppliers)
    assert (found.mu, found.sd) == pytest.approx(pool_on_arrays(suppliers), rel=1e-6)


def test_one_big_supplier_is_not_the_pool():
    fast = drawn(2.0, 0.2, 1_000, seed=1)
    slow = [(drawn(3.0, 0.2, 10, seed=n), []) for n in range(2, 5)]
    assert pool([(fast, []), *slow]).mu == pytest.approx(2.75, abs=0.1)


def test_a_new_supplier_with_nothing_but_open_orders_hardly_moves_the_pool():
    known = [(drawn(2.5, 0.3, 40, seed=1), [])]
    assert pool([*known, ([], [Delivery(1, 1)])]).mu == pytest.approx(pool(known).mu, abs=0.02)


def test_open_orders_lengthen_the_pool():
    known = drawn(2.0, 0.3, 40, seed=1)
    assert pool([(known, [Delivery(12, 12)] * 20)]).mu > pool([(known, [])]).mu + 0.1


def test_the_pool_forgets_half_in_two_years():
    old, new = drawn(3.0, 0.2, 40, seed=1, days_since_sent=730), drawn(2.0, 0.2, 40, seed=2)
    assert pool([(old + new, [])]).mu == pytest.approx((2.0 + 3.0 / 2) / 1.5, abs=0.06)


@pytest.mark.parametrize(("number", "sd"), [(29, 0.5), (30, 0.05)])
def test_the_spread_is_the_conventional_one_until_thirty_deliveries(number, sd):
    found = pool([([Delivery(8, 0)] * number, [])])
    assert (found.mu, found.sd) == (pytest.approx(log(8)), pytest.approx(sd))


@pytest.mark.parametrize(("sd", "times"), [(0.4, 1.77), (0.5, 2.05), (0.6, 2.36)])
def test_nine_in_ten_come_within_about_twice_the_stated_time(sd, times):
    assert fit([], [], typed_prior(10, sd=sd)).quantile(0.9) == pytest.approx(10 * times, abs=0.05)


def test_a_stated_time_moves_by_what_the_shop_learned_of_such():
    assert typed_prior(10, bias=log(1.5)) == Prior(pytest.approx(log(15)), 0.5)
    with pytest.raises(ValueError, match="not positive"):
        typed_prior(0)


def test_the_bias_of_stated_times_is_learned_slowly():
    assert typing_bias([]) == 0.0
    assert typing_bias([(20, 10, 0)] * 20) == pytest.approx(log(2) / 2)
    assert typing_bias([(20, 10, 730)] * 40) == pytest.approx(log(2) / 2)
    assert typing_bias([(20, 10, 0)] * 20 + [(0, 10, 0), (20, 0, 0)]) == pytest.approx(log(2) / 2)


# Confirmed dates


@pytest.mark.parametrize(("remaining", "days"), [(0, 1), (4, 1), (5, 1), (6, 2), (10, 2), (20, 4), (21, 5), (-3, 1)])
def test_below_five_confirmed_dates_a_fifth_of_the_rest_is_added(remaining, days):
    assert slip_days([Slip(0, 0)] * 4, remaining) == days


def test_a_supplier_that_slips_by_the_same_each_time():
    always_three = slip_quantile([Slip(3, 0)] * 200)
    assert slip_quantile([Slip(3, 0)] * 4) is None
    assert always_three == pytest.approx(3.0, abs=0.5)
    assert slip_days([Slip(3, 0)] * 200, 10) == 3


def test_reference_value_of_the_slip():
    # Mean (5 x 3) / (5 + 4); spread from (5 (3 - 5/3)^2 + 20 x 1) / 25, a day before anything is known; predictive.
    expected = 5 / 3 + ((5 * (4 / 3) ** 2 + 20) / 25 * (1 + 1 / 9)) ** 0.5 * NormalDist().inv_cdf(0.9)
    assert slip_quantile([Slip(3, 0)] * 5) == pytest.approx(expected)
    assert slip_quantile([Slip(3, 365)] * 10) == pytest.approx(expected)


def test_a_supplier_that_wanders_is_not_believed_to_be_sure():
    # Mean 25 / 9, its own spread of sqrt(20) counts twenty times more.
    expected = 25 / 9 + ((5 * (5 - 25 / 9) ** 2 + 100 + 20 * 20) / 25 * (1 + 1 / 9)) ** 0.5 * NormalDist().inv_cdf(0.9)
    assert slip_quantile([Slip(days, 0) for days in (0, 10, 0, 10, 5)]) == pytest.approx(expected)


def test_nobody_is_held_to_a_day_before_the_confirmed_one():
    assert slip_quantile([Slip(-9, 0)] * 50) == 0.0
    assert slip_days([Slip(-9, 0)] * 50, 10) == 0


def test_nine_in_ten_hold_for_a_supplier_that_wanders():
    random = Random(1)
    slips = [Slip(random.gauss(2, 5), 0) for _ in range(400)]
    held = sum(slip.days <= slip_quantile(slips) for slip in slips) / 400
    assert held == pytest.approx(0.9, abs=0.03)


def test_a_known_slip_is_rounded_like_a_lead_time():
    assert [slip_or_convention(q, 50) for q in (None, 0.0, 0.4, 0.6, 1.5, 1.6)] == [10, 0, 0, 1, 1, 2]
