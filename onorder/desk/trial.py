"""What would happen: the thing itself is done, looked at, and taken back, so that no second calculation can differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

T = TypeVar("T")


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
