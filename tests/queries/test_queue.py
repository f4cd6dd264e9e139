"""The whole queue, a page at a time."""

from __future__ import annotations

from onorder.queries.queue import Place, waiting_lines


def test_lines_that_joined_at_one_instant_are_each_on_one_page(shop):
    shop.sells("TEA")
    for _ in range(5):
        shop.order({"TEA": 1})
    first = waiting_lines(now=shop.now, limit=2)
    rest = waiting_lines(now=shop.now, after=Place(first[-1].queued_at, first[-1].line))
    assert [row.order for row in [*first, *rest]] == ["SO-1", "SO-2", "SO-3", "SO-4", "SO-5"]


def test_only_those_who_were_told_a_day_before_another(shop):
    shop.sells("TEA")
    shop.order({"TEA": 1})
    told = shop.line("SO-1", "TEA").promised_on
    assert waiting_lines(now=shop.now, told_before=told) == []
    assert len(waiting_lines(now=shop.now, told_before=told.replace(year=told.year + 1))) == 1
