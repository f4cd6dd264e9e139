"""How customers stand, before and after something is done."""

from __future__ import annotations

from onorder.actions import amending
from onorder.models import PurchaseOrder
from onorder.queries.standing import effects, standing
from onorder.trying import tried


def test_who_falls_behind_if_a_purchase_order_is_cancelled_late(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = shop.raises()
    shop.wait(days=9)
    variants = [shop.level("TEA").variant_id]
    before = standing(variants, now=shop.now)
    after = tried(
        amending.cancel,
        number,
        why="",
        by="ben",
        now=shop.now,
        look=lambda units: (units, standing(variants, now=shop.now)),
    )
    assert after[0] == 3
    found = effects(before, after[1])
    assert found.later == ("SO-1",) and found.sooner == ()
    assert PurchaseOrder.objects.get(number=number).state == "sent"  # It was a trial.
    assert shop.events("cancellation") == [] and shop.is_sound()


def test_nothing_done_is_no_difference(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    now = standing([shop.level("TEA").variant_id], now=shop.now)
    assert effects(now, now) == effects({}, {})


def test_who_falls_behind_is_known_although_they_are_told_of_it(shop):
    """The same action tells them the new day, which is the one that they are held against afterwards."""
    shop.sells("TEA")
    shop.order({"TEA": 3})
    number = shop.raises()
    shop.wait(days=19)
    variants = [shop.level("TEA").variant_id]
    before = standing(variants, now=shop.now)
    amending.cancel(number, why="", by="ben", now=shop.now)
    after = standing(variants, now=shop.now)
    assert "delayed" in shop.told("SO-1") and not any(one.is_behind for one in after.values())
    assert effects(before, after).behind == ("SO-1",)
