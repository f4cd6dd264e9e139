"""Two people on one thing: what somebody decides holds only for what they looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest

from onorder.desk.purchase_order_words import short
from onorder.errors import OnOrderError
from onorder.queries.purchase_order import Happened, happened
from onorder.queries.purchase_orders import key_of

T = TypeVar("T")

#: What does not change what a purchase order is, or when it comes.
HARMLESS = frozenset({"reminder", "queued_again", "supplier_paid", "supplier_refunded"})


class HappenedSince(OnOrderError):
    code = "happened_since"
    sentence = "{name} is not what you looked at any more: {happened}."
    remedy = "Nothing was done. Look at it again, then decide."


def seen(request: HttpRequest) -> int | None:
    """The last event that the form was filled in with; None for a form that does not say."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def do(
    action: Callable[..., T],
    number: str,
    *arguments: Any,
    seen: int | None,
    ignoring: Collection[str] = HARMLESS,
    by: str,
    now: datetime,
    **named: Any,
) -> T:
    """Do something with a purchase order, unless something happened to it since the event `seen`.

    It is looked after the action has taken its locks and before it is committed, so that nothing slips in between.

    Args:
        ignoring: kinds of events that stop nobody.

    Raises:
        HappenedSince: something did; nothing was done.
        OnOrderError: whatever the action refuses.
    """
    with transaction.atomic(durable=True):
        try:
            outcome: T = action.__wrapped__(number, *arguments, by=by, now=now, **named)  # type: ignore[attr-defined]
        except OnOrderError:
            _look(number, seen, ignoring, by, now)  # Who was faster, and with what, says more.
            raise
        _look(number, seen, ignoring, by, now)
    return outcome


def _look(number: str, seen: int | None, ignoring: Collection[str], by: str, now: datetime) -> None:
    if seen is None:
        return
    since = [
        one for one in happened(key_of(number), after=seen) if not _is_own(one, by, now) and one.kind not in ignoring
    ]
    if since:
        raise HappenedSince(name=number, happened=", ".join(short(one, now) for one in since[:3]))


def _is_own(one: Happened, by: str, now: datetime) -> bool:
    return one.by == by and one.at == now
