"""Two people on one thing: what somebody decides holds only for what they looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest

from onorder.desk.happened import sentence
from onorder.desk.purchase_order_words import short
from onorder.errors import OnOrderError
from onorder.queries import orders
from onorder.queries.happened import Happened
from onorder.queries.purchase_order import happened
from onorder.queries.purchase_orders import key_of
from onorder.queue import setup as settings

T = TypeVar("T")


class HappenedSince(OnOrderError):
    code = "happened_since"
    sentence = "{name} is not what you looked at any more: {happened}."
    remedy = "Nothing was done. Look at it again, then decide."


def seen(request: HttpRequest) -> int | None:
    """The last event that the form was filled in with; None for a form that does not say."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


@dataclass(frozen=True, slots=True)
class Guard:
    """Holds people to what they looked at, for one kind of thing.

    Args:
        since: what happened to one of them, by its number, after an event; the newest first.
        says: such an event, in a few words.
        called: how people write the number, with a place for it.
        harmless: kinds of events that stop nobody: they change nothing that is decided about.
    """

    since: Callable[[str, int], Sequence[Happened]]
    says: Callable[[Happened, datetime], str]
    called: str
    harmless: frozenset[str]

    def do(
        self,
        action: Callable[..., T],
        number: str,
        *arguments: Any,
        seen: int | None,
        ignoring: Collection[str] | None = None,
        by: str,
        now: datetime,
        **named: Any,
    ) -> T:
        """Do something with it, unless something happened to it since the event `seen`.

        It is looked after the action has taken its locks and before it is committed, so that nothing slips in between.

        Args:
            ignoring: kinds of events that do not stop this; None for those that are harmless.

        Raises:
            HappenedSince: something did; nothing was done.
            OnOrderError: whatever the action refuses.
        """
        with self.held(number, seen=seen, ignoring=ignoring, by=by, now=now):
            return action.__wrapped__(number, *arguments, by=by, now=now, **named)  # type: ignore[attr-defined,no-any-return]

    @contextmanager
    def held(
        self, number: str, *, seen: int | None, ignoring: Collection[str] | None = None, by: str, now: datetime
    ) -> Iterator[None]:
        """The same around an action that does not begin with the number; inside, call what it wraps."""
        passed_over = self.harmless if ignoring is None else ignoring
        with transaction.atomic(durable=True):
            try:
                yield
            except OnOrderError:
                self._look(number, seen, passed_over, by, now)  # Who was faster, and with what, says more.
                raise
            self._look(number, seen, passed_over, by, now)

    def _look(self, number: str, seen: int | None, ignoring: Collection[str], by: str, now: datetime) -> None:
        if seen is None:
            return
        since = [
            one
            for one in self.since(number, seen)
            if not (one.by == by and one.at == now) and one.kind not in ignoring  # What one does oneself is known.
        ]
        if since:
            said = ", ".join(self.says(one, now) for one in since[:3])
            raise HappenedSince(name=self.called.format(number), happened=said)


PURCHASE_ORDERS = Guard(
    since=lambda number, event: happened(key_of(number), after=event),
    says=short,
    called="{}",
    harmless=frozenset({"reminder", "queued_again", "supplier_paid", "supplier_refunded"}),
)
ORDERS = Guard(
    since=orders.happened_since,
    says=lambda one, now: f"{sentence(one, settings.current().today(now))} ({one.by})",
    called="#{}",
    harmless=frozenset({"noted", "queued_again"}),
)
