"""A count in progress is kept on the server as well, so that another device, and other people, know of it.

The browser's own copy is the one that counts; this one follows it as far as there is a connection. One device writes
it at a time: another one of the same person is asked first whether it goes on with what stands here or begins anew, so
that neither undoes the other unseen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest

from onorder.models import Counting
from onorder.queries.counting import KEPT_FOR, Draft, is_void
from onorder.queries.receiving import ToReceive

Counts = Mapping[str, tuple[int, int, str]]

#: What a browser without script is called: it has nothing to keep a name of its own in.
PLAIN: Final = "plain"


def keep(request: HttpRequest, found: ToReceive, counts: Counts, now: datetime) -> bool:
    """Note what this page has counted so far. One statement; up to three more for the first unit.

    Returns:
        Whether it stands there now. Not if another device wrote it last and this one has not said which of the two
        holds; a browser without script was given what stood there, and goes on with it.
    """
    given = request.POST
    device, turn = given.get("device", "")[:32] or PLAIN, _whole(given.get("turn", ""))
    whose: dict[str, Any] = {"purchase_order_id": found.id, "person_id": request.user.pk}
    own = Counting.objects.filter(**whose)
    in_order = Q(device=device, turn__lt=turn) | Q(device=given.get("takes", "")[:32])
    values = {"key": found.key, "device": device, "turn": turn, "counts": dict(counts), "changed_at": now}
    if own.filter(Q() if device == PLAIN else in_order | Q(is_void())).update(**values):
        return True
    if own.exists():
        return False
    if counts:
        Counting.objects.filter(changed_at__lte=now - KEPT_FOR).delete()
        Counting.objects.bulk_create([Counting(**whose, **values)], ignore_conflicts=True)
    return True


def forget(request: HttpRequest, found: ToReceive) -> None:
    """It is booked: the draft has done its work. One statement."""
    Counting.objects.filter(purchase_order=found.id, person=request.user.pk).delete()


def forget_booked(request: HttpRequest, found: ToReceive) -> bool:
    """Forget the draft if its person has booked under its key while it was being noted. One statement.

    None is left then: a booking forgets the draft once it is stored. If it did so before there was one, this finds what
    it stored; if it is stored after this has looked, it still has to forget.

    Returns:
        Whether they have.
    """
    own = Counting.objects.filter(purchase_order=found.id, person=request.user.pk)
    gone, _of_what = own.filter(is_void()).delete()
    return bool(gone)


def own(request: HttpRequest, drafts: list[Draft]) -> Draft | None:
    """The draft of whoever asks."""
    return next((one for one in drafts if one.person == request.user.pk), None)


def fields(counts: Counts) -> str:
    """A count as the page's fields hold it, for its script."""
    values: dict[str, str] = {}
    for sku, (good, bad, why) in counts.items():
        named = {f"good:{sku}": str(good or ""), f"bad:{sku}": str(bad or ""), f"why:{sku}": why}
        values |= {name: value for name, value in named.items() if value}
    return json.dumps(values, sort_keys=True)


def _whole(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
