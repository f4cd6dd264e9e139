"""Around an action, for those who look before they decide.

What would happen: the thing itself is done, looked at, and taken back, so that no second calculation can differ. And
what was decided holds only for what was looked at: of two people on one thing, the second is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from onorder.errors import OnOrderError
from onorder.queries.happened import Happened

T = TypeVar("T")


class HappenedSince(OnOrderError):
    code = "happened_since"
    sentence = "{name} is not what you looked at any more: {happened}."
    remedy = "Nothing was done. Look at it again, then decide."


def tried(action: Callable[..., Any], *arguments: Any, look: Callable[[Any], T], **named: Any) -> T:
    """What is to be seen after an action, which is then undone. Nothing stays, nothing is sent.

    It holds the action's locks while it looks, so `look` must be quick.

    Args:
        look: called with what the action returned, inside its transaction.

    Raises:
        OnOrderError: whatever the action itself would refuse.
    """
    with transaction.atomic(durable=True):
        outcome = action.__wrapped__(*arguments, **named)  # type: ignore[attr-defined]
        seen = look(outcome)
        transaction.set_rollback(True)
    return seen


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
