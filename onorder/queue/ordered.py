"""Customers hear that their units are on order, or have left their maker."""

from __future__ import annotations

from datetime import datetime

from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal
from onorder.ledger.levels import Level
from onorder.ledger.purchase_orders import Head
from onorder.queue.lines import Waiting, heads
from onorder.queue.outlook import EXPECTED, Outlook
from onorder.queue.setup import Setup
from onorder.rules.pegging import Demand, Supply, peg

TOLD_BEFORE = {
    "ordered": "the customer knows that it is on order",
    "on_its_way": "the customer knows that it is on its way",
}


def tell_customers(
    order: Head, levels: dict[int, Level], journal: Journal, *, kind: str = "ordered", setup: Setup, now: datetime
) -> None:
    """Tell each customer whose units this purchase order brings, with the day they are expected to ship.

    Args:
        kind: "ordered", of which a customer hears once of each of their orders, or "on_its_way", once of each purchase
            order.

    Five statements at the most; reads the queues of these locked levels as far as what is on order reaches.
    """
    outlook = Outlook(setup, levels.values(), now=now)
    lines_of = rows.select("SELECT id FROM onorder_purchaseorderline WHERE purchase_order_id = %s", (order.id,))
    ours = {key for (key,) in lines_of}
    reach = {v: min(level.waiting, level.incoming) for v, level in levels.items() if level.waiting and level.incoming}
    if not reach:
        return
    waiting: dict[int, list[Waiting]] = {}
    for one in heads(reach, location=order.location):
        waiting.setdefault(one.line.variant, []).append(one)
    of = "" if kind == "ordered" else order.number
    told = _told_before({one.line.order for few in waiting.values() for one in few}, kind, of)
    entries: dict[int, Entry] = {}
    for variant, queue_ in waiting.items():
        lines = {one.line.id: one for one in queue_}
        coming = {one.source: one for one in outlook.coming(variant)}
        supply = [Supply(one.source, one.units) for one in coming.values()]
        for pegged in peg((Demand(key, one.line.waiting) for key, one in lines.items()), supply):
            if pegged.source is None or pegged.source not in ours:
                continue
            one = lines[pegged.line]
            ready = coming[pegged.source].ready(EXPECTED)
            entry = entries.get(one.line.order)
            if entry is None:
                entry = journal.record(kind, f"order:{one.line.order}", {"lines": []}, why=order.number)
                entries[one.line.order] = entry
                journal.tell(entry, one.recipient, unless=TOLD_BEFORE[kind] if one.line.order in told else "")
            entry.data["lines"].append([pegged.line, pegged.quantity, ready.on.isoformat() if ready else None])


def _told_before(orders: set[int], kind: str, purchase_order: str) -> set[int]:
    """Orders whose customers know it already: of anything of theirs, or (with its number) of what this one brings."""
    subjects = {f"order:{order}": order for order in orders}
    condition, parameter = rows.among("subject", subjects)
    statement = f"SELECT DISTINCT subject FROM onorder_event WHERE {condition} AND kind = %s"
    parameters = [parameter, kind]
    if purchase_order:
        statement, parameters = f"{statement} AND why = %s", [*parameters, purchase_order]
    found = rows.select(statement, parameters)
    return {subjects[subject] for (subject,) in found}
