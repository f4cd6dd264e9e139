"""Two hundred people want the last ten; twenty more may wait. Everybody gets what they were told, or nothing."""

from __future__ import annotations

from functools import partial

import pytest

from onorder.models import OrderLine
from onorder.queries import invariants
from onorder.rules.lifecycle import Accept
from tests.races.buyers import buy, without_comparing
from tests.races.processes import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def a_rush(shop, buyers, processes):
    """So many buyers, in so many processes; those of each look before anybody has bought."""
    shop.sells("TEA", here=10)
    shop.terms(sku="TEA", accept=Accept.CAPPED, cap=20)
    each = buyers // processes
    names = [[f"buyer-{n}-{k}" for k in range(each)] for n in range(processes)]
    return [partial(buy, customers, "TEA", shop.now) for customers in names]


def told_wrong(bought):
    """Of those who got something, who was told another day than holds, or that it is here when it waits."""
    lines = {line.order_id: line for line in OrderLine.objects.all()}
    return [
        one for one in bought if lines[one.order].promised_on > one.by or (lines[one.order].waiting and not one.waits)
    ]


def test_two_hundred_buyers_of_the_last_ten(lasting_shop):
    done = at_once(*a_rush(lasting_shop, 200, 8))
    assert [one.failed for one in done if one.failed] == []
    bought = [one for of in done for one in of.value]
    assert len(bought) == 30
    assert sum(one.waits for one in bought) == 20
    assert told_wrong(bought) == []
    assert max(one.asked for one in bought) == 2  # Whom the last ten escaped was asked once more, not for ever.
    assert list(invariants.broken()) == []


def test_without_comparing_somebody_is_told_wrong(lasting_shop):
    done = at_once(*a_rush(lasting_shop, 40, 2), disarm=without_comparing)
    assert told_wrong([one for of in done for one in of.value]) != []
