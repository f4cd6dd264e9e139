from __future__ import annotations

import time

import pytest
from django.db import connection

from onorder.bench import hot
from onorder.bench.measuring import exponent, measure, median, peak_bytes, statements
from onorder.models import Customer


def test_a_cost_is_of_the_work_alone():
    held = bytearray(b"x" * 200_000_000)
    before = peak_bytes()
    del held  # What was held before and is gone is not the work's.

    result, cost = measure(lambda: time.sleep(0.05) or "done")

    assert result == "done"
    assert 0.05 <= cost.wall < 1
    assert cost.cpu < 0.05
    assert before - cost.peak_bytes > 150_000_000


def test_the_peak_is_what_the_work_held_most():
    _, little = measure(lambda: None)
    _, much = measure(lambda: bytearray(b"x" * 100_000_000) and None)

    assert much.peak_bytes - little.peak_bytes > 90_000_000


def test_the_first_run_does_not_count():
    waits = iter([0.2, 0.001])

    assert median(lambda: time.sleep(next(waits)), runs=1) < 0.1


def test_a_statement_over_a_set_counts_once(db):
    places = [("A", "a"), ("B", "b")]

    def write():
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO onorder_location (code, name, address) VALUES (%s, %s, '')", places)
        Customer.objects.count()

    assert statements(write) == 2


def test_the_exponent_of_a_square_is_two():
    assert exponent((10, 3.0), (1_000, 30_000.0)) == pytest.approx(2.0)


def test_turns_are_taken_one_by_one():
    seen = []

    hot.in_turns([lambda: seen.append("h")] * 3, [lambda: seen.append("q")] * 3)

    assert seen == ["h", "q"] * 3


def test_a_hot_sku_is_measured_beside_quiet_ones(transactional_db, monkeypatch):
    monkeypatch.setattr(hot, "ORDERS", 3)
    monkeypatch.setattr(hot, "RECEIPTS", 2)
    monkeypatch.setattr(hot, "FEW", 20)

    found = hot.hot(beside="", waiting=50)["hot"]

    assert found.waiting == 50
    assert min(found.order_hot, found.order_quiet, found.receipt_hot, found.receipt_quiet, found.page) > 0
