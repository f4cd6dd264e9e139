"""One step along a lifecycle."""

from __future__ import annotations

from typing import Any

from onorder.errors import NotFound, WrongState
from onorder.models import PurchaseOrder
from onorder.rules.lifecycle import PURCHASE_ORDER_STEPS


def advance(purchase_order: int, step: str, **changes: Any) -> None:
    """Take a purchase order one step along its lifecycle, or say why not.

    One UPDATE that names the states it may come from: of two people who do this at once, one wins, the other is told.

    Raises:
        NotFound: there is no such purchase order.
        WrongState: its state does not allow this step.
    """
    sources, target = PURCHASE_ORDER_STEPS[step]
    found = PurchaseOrder.objects.filter(pk=purchase_order)
    if found.filter(state__in=[str(source) for source in sources]).update(state=str(target), **changes):
        return
    state = found.values_list("number", "state").first()
    if state is None:
        raise NotFound(what="purchase order", name=purchase_order)
    raise WrongState(what="Purchase order", name=state[0], state=state[1].replace("_", " "), step=step)
