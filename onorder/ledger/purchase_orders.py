"""Purchase orders as plain values, and their steps along the lifecycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onorder.errors import NotFound, WrongState
from onorder.ledger import rows
from onorder.models import PurchaseOrder, PurchaseOrderLine
from onorder.rules.buffering import PurchaseLine
from onorder.rules.lifecycle import PURCHASE_ORDER_STEPS


@dataclass(frozen=True, slots=True)
class Head:
    """A purchase order without its lines, as it was when it was read; `email` is its supplier's."""

    id: int
    number: str
    supplier: int
    location: int
    state: str
    version: int
    sent_at: datetime | None
    email: str

    def refuse(self, step: str) -> WrongState:
        """The refusal that its state does not allow this step."""
        return WrongState(what="Purchase order", name=self.number, state=self.state.replace("_", " "), step=step)


_HEAD = (
    "SELECT po.id, po.number, po.supplier_id, po.location_id, po.state, po.version, po.sent_at, supplier.email"
    " FROM onorder_purchaseorder AS po JOIN onorder_supplier AS supplier ON supplier.id = po.supplier_id"
    " WHERE po.number = %s"
)


def find(number: str) -> Head:
    """A purchase order by its number. One statement.

    Raises:
        NotFound: there is none.
    """
    found = rows.select(_HEAD, (number,), instants=(6,))
    if not found:
        raise NotFound(what="purchase order", name=number)
    return Head(*found[0])


def variants(purchase_order: int) -> dict[str, int]:
    """The variants on a purchase order, by SKU. One statement."""
    return dict(
        rows.select(
            "SELECT DISTINCT variant.sku, variant.id FROM onorder_purchaseorderline AS line"
            " JOIN onorder_variant AS variant ON variant.id = line.variant_id WHERE line.purchase_order_id = %s",
            (purchase_order,),
        )
    )


def has_open_lines(purchase_order: int) -> bool:
    """Whether something is still to come on it. One statement."""
    open_line = "SELECT 1 FROM onorder_purchaseorderline WHERE purchase_order_id = %s AND outstanding > 0 LIMIT 1"
    return bool(rows.select(open_line, (purchase_order,)))


def advance(purchase_order: int, step: str, **changes: Any) -> None:
    """Take a purchase order one step along its lifecycle, or say why not.

    One UPDATE that names the states it may come from: of two people who do this at once, one wins, the other is told.

    Raises:
        NotFound: there is no such purchase order.
        WrongState: its state does not allow this step.
    """
    sources, target = PURCHASE_ORDER_STEPS[step]
    condition, parameter = rows.among("state", [str(source) for source in sources])
    changes = {"state": target} | changes
    if rows.change(PurchaseOrder, changes, where=f"id = %s AND {condition}", parameters=(purchase_order, parameter)):
        return
    found = rows.select("SELECT number, state FROM onorder_purchaseorder WHERE id = %s", (purchase_order,))
    if not found:
        raise NotFound(what="purchase order", name=purchase_order)
    ((number, state),) = found
    raise WrongState(what="Purchase order", name=number, state=state.replace("_", " "), step=step)


def add_lines(purchase_order: int, supplier: int, lines: Sequence[PurchaseLine]) -> None:
    """Write what is bought on a purchase order, each line with the supplier's own name of it. Two statements."""
    condition, parameter = rows.among("variant_id", [line.variant for line in lines])
    statement = f"SELECT variant_id, supplier_sku FROM onorder_offer WHERE supplier_id = %s AND {condition}"
    skus = dict(rows.select(statement, (supplier, parameter)))
    rows.insert(
        PurchaseOrderLine,
        ("purchase_order", "variant", "supplier_sku", "ordered", "outstanding", "needed", "unit_cost_minor"),
        [
            (
                purchase_order,
                ln.variant,
                skus.get(ln.variant, ""),
                ln.quantity,
                ln.quantity,
                ln.needed,
                ln.unit_cost_minor,
            )
            for ln in lines
        ],
    )
