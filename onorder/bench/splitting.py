"""What a step changed, split into the transactions that the step took: the bare database commits as often as we do.

Every row that a step writes belongs to an event, an order, a purchase order or a receipt, and each of those to one
transaction of the step. Transactions are numbered from 0 in the order in which they were committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from onorder.bench.bare import Changes, NotTheSame, Row, Transaction, Write
from onorder.ledger.journal import EFFECTS
from onorder.rules.lifecycle import MoveKind

AllChanges = Mapping[str, Changes]

#: Which transaction a row belongs to.
Owner = Callable[[Row], int]

_LEVEL = "onorder_stocklevel"


def intake(changes: AllChanges, levels_before: Iterable[Row], *, size: int) -> list[Transaction]:
    """Orders taken, `size` in each transaction."""
    orders = changes["onorder_order"]
    place = {row[0]: rank // size for rank, row in enumerate(orders.inserted)}
    customers = {row[orders.place("customer_id")]: place[row[0]] for row in orders.inserted}
    events = _events(changes, lambda subject, why, kind: place[_key(subject)])
    owners = {
        "onorder_order": _by(orders, "id", place),
        "onorder_customer": _by(changes["onorder_customer"], "id", customers),
        "onorder_orderline": _by(changes["onorder_orderline"], "order_id", place),
    }
    return _with_levels(changes, owners, events, levels_before)


def buying(changes: AllChanges) -> list[Transaction]:
    """Each buffer raised in one transaction, and its purchase order sent in the next."""
    orders = changes["onorder_purchaseorder"]
    raised = {row[0]: 2 * rank for rank, row in enumerate(orders.inserted)}
    numbers = {row[orders.place("number")]: raised[row[0]] for row in orders.inserted}
    suppliers = {row[orders.place("supplier_id")]: raised[row[0]] for row in orders.inserted}

    def event(subject: str, why: str, kind: str) -> int:
        if kind == "raised":
            return raised[_key(subject)]
        return 1 + (raised[_key(subject)] if subject.startswith("purchase_order:") else numbers[why])

    owners = {
        "onorder_purchaseorder": _by(orders, "id", raised),
        "onorder_purchaseorderline": _by(changes["onorder_purchaseorderline"], "purchase_order_id", raised),
        "onorder_buffer": _by(changes["onorder_buffer"], "supplier_id", suppliers),
        _LEVEL: _by(changes[_LEVEL], "supplier_id", suppliers),
    }
    transactions = _split(changes, owners, _events(changes, event))
    for row in orders.inserted:  # They were queued when raised, and sent in the transaction after that.
        sent = (row[orders.place("state")], row[orders.place("sent_at")], row[0])
        write = Write("onorder_purchaseorder", ("state", "sent_at", "id"), [sent], is_update=True)
        transactions[raised[row[0]] + 1].append(write)
    return transactions


def receiving(changes: AllChanges) -> list[Transaction]:
    """Each purchase order received in one transaction."""
    receipts = changes["onorder_receipt"]
    place = {row[0]: rank for rank, row in enumerate(receipts.inserted)}
    orders = {row[receipts.place("purchase_order_id")]: place[row[0]] for row in receipts.inserted}
    po = changes["onorder_purchaseorder"]
    suppliers = {row[po.place("supplier_id")]: orders[row[0]] for row in po.updated}
    events = _events(
        changes, lambda subject, why, kind: place[_key(subject if subject.startswith("receipt:") else why)]
    )
    moves = changes["onorder_stockmove"]
    lines = {row[moves.place("line_id")]: events[row[moves.place("event_id")]] for row in moves.inserted}
    owners = {
        "onorder_receipt": _by(receipts, "id", place),
        "onorder_receiptline": _by(changes["onorder_receiptline"], "receipt_id", place),
        "onorder_purchaseorder": _by(po, "id", orders),
        "onorder_purchaseorderline": _by(changes["onorder_purchaseorderline"], "purchase_order_id", orders),
        "onorder_orderline": _by(changes["onorder_orderline"], "id", lines),
        _LEVEL: _by(changes[_LEVEL], "supplier_id", suppliers),
    }
    return _split(changes, owners, events)


def shipping(changes: AllChanges, levels_before: Iterable[Row], *, size: int) -> list[Transaction]:
    """One parcel for each order, `size` in each transaction."""
    shipments = changes["onorder_shipment"]
    orders = {row[shipments.place("order_id")]: rank // size for rank, row in enumerate(shipments.inserted)}
    owners = {
        "onorder_shipment": _by(shipments, "order_id", orders),
        "onorder_orderline": _by(changes["onorder_orderline"], "order_id", orders),
    }
    events = _events(changes, lambda subject, why, kind: orders[_key(subject)])
    return _with_levels(changes, owners, events, levels_before)


def _key(subject: str) -> int:
    return int(subject.partition(":")[2])


def _events(changes: AllChanges, owner: Callable[[str, str, str], int]) -> dict[int, int]:
    """The transaction of each event, found from its subject, why and kind."""
    events = changes["onorder_event"]
    subject, why, kind = map(events.place, ("subject", "why", "kind"))
    return {row[0]: owner(row[subject], row[why], row[kind]) for row in events.inserted}


def _by(change: Changes, column: str, owners: Mapping[int, int]) -> Owner:
    place = change.place(column)
    return lambda row: owners[row[place]]


def _split(changes: AllChanges, owners: Mapping[str, Owner], events: Mapping[int, int]) -> list[Transaction]:
    found: dict[int, dict[tuple[str, bool], Write]] = {}
    for table, change in changes.items():
        owner = owners.get(table)
        if owner is None:
            owner = _by(change, "id" if table == "onorder_event" else "event_id", events)
        updated = tuple(map(change.place, change.changed))
        for row in change.inserted:
            _write(found, owner(row), change, change.columns, is_update=False).rows.append(row)
        for row in change.updated:
            write = _write(found, owner(row), change, (*change.changed, "id"), is_update=True)
            write.rows.append((*(row[place] for place in updated), row[0]))
    return [list(found.get(number, {}).values()) for number in range(max(found) + 1)]


def _write(
    found: dict[int, dict[tuple[str, bool], Write]],
    number: int,
    change: Changes,
    columns: tuple[str, ...],
    *,
    is_update: bool,
) -> Write:
    writes = found.setdefault(number, {})
    key = (change.table, is_update)
    if key not in writes:
        writes[key] = Write(change.table, columns, [], is_update)
    return writes[key]


def _with_levels(
    changes: AllChanges, owners: Mapping[str, Owner], events: Mapping[int, int], levels_before: Iterable[Row]
) -> list[Transaction]:
    """The same where one level changes in several transactions: each leaves it as its own lines and moves did.

    All orders come at one instant, so that a level stands in its buffer since then as soon as anybody waits.
    """
    transactions = _split({table: c for table, c in changes.items() if table != _LEVEL}, owners, events)
    levels = changes[_LEVEL]
    column = partial(map, levels.place)
    final = {row[levels.place("variant_id")]: row for row in levels.updated}
    variant, waiting, on_hand, allocated, since = column(
        ("variant_id", "waiting", "on_hand", "allocated", "buffered_at")
    )
    now = {row[variant]: list(row) for row in levels_before}
    changed = tuple(column(levels.changed))
    for writes in transactions:
        touched: dict[int, None] = {}
        for of, here, set_aside, waits in _effects(writes, changes):
            now[of][on_hand] += here
            now[of][allocated] += set_aside
            now[of][waiting] += waits
            touched[of] = None
        for of in touched:
            now[of][since] = final[of][since]
        rows = [(*(now[of][place] for place in changed), now[of][0]) for of in touched]
        writes.append(Write(_LEVEL, (*levels.changed, "id"), rows, is_update=True))
    if wrong := [row[0] for of, row in final.items() if tuple(now[of]) != row]:
        raise NotTheSame(table=_LEVEL, problem=f"levels {wrong[:5]} do not follow from their lines and moves")
    return transactions


def _effects(writes: Transaction, changes: AllChanges) -> Iterable[tuple[int, int, int, int]]:
    """What the lines and moves of a transaction do to levels: variant, on hand, allocated, waiting."""
    for write in writes:
        if write.table == "onorder_stockmove":
            of, kind, quantity = map(changes[write.table].place, ("variant_id", "kind", "quantity"))
            for row in write.rows:
                here, set_aside = EFFECTS[MoveKind(row[kind])]
                yield row[of], here * row[quantity], set_aside * row[quantity], 0
        elif write.table == "onorder_orderline" and not write.is_update:
            of, waits = map(changes[write.table].place, ("variant_id", "waiting"))
            for row in write.rows:
                yield row[of], 0, 0, row[waits]
