"""The twelve invariants of the domain, each as queries that find what breaks it on live data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

from onorder.ledger.journal import ALLOCATED, ON_HAND
from onorder.rules.payouts import STORE


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that breaks an invariant: which one, what it is ("level:5"), and how."""

    invariant: int
    subject: str
    problem: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law of the domain, and the statements that find what breaks it: each gives (subject, problem)."""

    number: int
    law: str
    statements: tuple[str, ...]


_WAITING = (
    "SELECT variant_id, location_id, sum(waiting) AS waiting FROM onorder_orderline"
    " WHERE waiting > 0 GROUP BY variant_id, location_id"
)
_INCOMING = (
    "SELECT line.variant_id, po.location_id, sum(line.outstanding) AS incoming FROM onorder_purchaseorderline AS line"
    " JOIN onorder_purchaseorder AS po ON po.id = line.purchase_order_id WHERE line.outstanding > 0"
    " GROUP BY line.variant_id, po.location_id"
)
_ALLOCATED_LINES = (
    "SELECT variant_id, location_id, sum(allocated) AS allocated FROM onorder_orderline"
    " WHERE allocated > 0 GROUP BY variant_id, location_id"
)
_MOVES = (
    f"SELECT variant_id, location_id, {ON_HAND} AS on_hand, {ALLOCATED} AS allocated FROM onorder_stockmove"
    " GROUP BY variant_id, location_id"
)
#: The oldest line that waits on each level that has units set aside. Who lent a unit waits by its own consent; what
#: replaces something joins where that stood, before lines that have their units already and keep them.
_OLDEST_WAITING = (
    "SELECT level.variant_id, level.location_id, (SELECT line.id FROM onorder_orderline AS line"
    " WHERE line.variant_id = level.variant_id AND line.location_id = level.location_id AND line.waiting > 0"
    " AND NOT EXISTS (SELECT 1 FROM onorder_loan AS loan WHERE loan.lender_id = line.id)"
    " AND NOT EXISTS (SELECT 1 FROM onorder_return AS back WHERE back.replacement_id = line.id)"
    " ORDER BY line.queued_at, line.id LIMIT 1) AS line_id"
    " FROM onorder_stocklevel AS level WHERE level.waiting > 0 AND level.allocated > 0"
)
_BEFORE = "sum(CASE WHEN line.queued_at < level.buffered_at THEN line.waiting ELSE 0 END)"
_BY_THEN = "coalesce(sum(line.waiting), 0)"

INVARIANTS = (
    Invariant(
        1,
        "No free stock while a line waits for that variant at that location.",
        (
            "SELECT 'level:' || id, (on_hand - allocated) || ' free, ' || waiting || ' waiting'"
            " FROM onorder_stocklevel WHERE waiting > 0 AND on_hand > allocated",
        ),
    ),
    Invariant(
        2,
        "No unit is set aside for a younger line while an older one waits, except a named exception.",
        (
            f"WITH oldest AS MATERIALIZED ({_OLDEST_WAITING})"
            " SELECT 'line:' || young.id, 'has units while line ' || old.id || ' before it waits' FROM oldest"
            " JOIN onorder_orderline AS old ON old.id = oldest.line_id"
            " JOIN onorder_orderline AS young ON young.variant_id = oldest.variant_id"
            " AND young.location_id = oldest.location_id AND young.allocated > 0"
            " AND (young.queued_at, young.id) > (old.queued_at, old.id)"
            # Who borrowed a unit has it out of turn.
            " WHERE NOT EXISTS (SELECT 1 FROM onorder_loan AS loan WHERE loan.borrower_id = young.id)",
            # Since it has waited in its place, nobody behind a replacement was given anything.
            "SELECT 'line:' || young.id, 'was given units while line ' || old.id || ' before it waits' FROM onorder_return"
            " AS back JOIN onorder_orderline AS old ON old.id = back.replacement_id AND old.waiting > 0"
            " JOIN onorder_orderline AS young ON young.variant_id = old.variant_id AND young.location_id ="
            " old.location_id AND young.allocated > 0 AND (young.queued_at, young.id) > (old.queued_at, old.id)"
            " WHERE EXISTS (SELECT 1 FROM onorder_stockmove AS move JOIN onorder_event AS event ON event.id = move.event_id"
            "  WHERE move.line_id = young.id AND move.kind = 'allocated' AND event.at > back.decided_at)"
            " AND NOT EXISTS (SELECT 1 FROM onorder_loan AS loan WHERE loan.borrower_id = young.id OR loan.lender_id = old.id)",
        ),
    ),
    Invariant(
        3,
        "0 <= allocated <= on hand; allocated is the sum over lines and moves; on hand is the sum over moves.",
        (
            f"SELECT 'level:' || level.id, 'on hand ' || level.on_hand || ', by moves ' || coalesce(moves.on_hand, 0)"
            f" || '; allocated ' || level.allocated || ', by moves ' || coalesce(moves.allocated, 0)"
            f" FROM onorder_stocklevel AS level LEFT JOIN ({_MOVES}) AS moves"
            f" ON moves.variant_id = level.variant_id AND moves.location_id = level.location_id"
            f" WHERE level.on_hand <> coalesce(moves.on_hand, 0) OR level.allocated <> coalesce(moves.allocated, 0)"
            f" OR level.allocated > level.on_hand OR level.allocated < 0",
            f"SELECT 'level:' || level.id, 'allocated ' || level.allocated || ', by lines ' || coalesce(of_lines.allocated, 0)"
            f" FROM onorder_stocklevel AS level LEFT JOIN ({_ALLOCATED_LINES}) AS of_lines"
            f" ON of_lines.variant_id = level.variant_id AND of_lines.location_id = level.location_id"
            f" WHERE level.allocated <> coalesce(of_lines.allocated, 0)",
        ),
    ),
    Invariant(
        4,
        "Each line: ordered = cancelled + waiting + allocated + shipped; returned <= shipped.",
        (
            "SELECT 'line:' || id, 'ordered ' || ordered || ', elsewhere ' || (cancelled + waiting + allocated + shipped)"
            " FROM onorder_orderline WHERE ordered <> cancelled + waiting + allocated + shipped OR returned > shipped",
            # What was taken back, by the returns, and never more asked for than is out.
            "SELECT 'line:' || line.id, 'shipped ' || line.shipped || ', returned ' || line.returned || '; by its returns '"
            " || coalesce(back.taken, 0) || ' taken, ' || coalesce(back.open, 0) || ' open' FROM onorder_orderline AS line"
            " LEFT JOIN (SELECT line_id,"
            "  sum(CASE WHEN state IN ('restocked', 'written_off') THEN quantity ELSE 0 END) AS taken,"
            "  sum(CASE WHEN state IN ('requested', 'received') THEN quantity ELSE 0 END) AS open"
            "  FROM onorder_return GROUP BY line_id) AS back ON back.line_id = line.id"
            " WHERE line.returned <> coalesce(back.taken, 0) OR line.returned + coalesce(back.open, 0) > line.shipped",
        ),
    ),
    Invariant(
        5,
        "What is on order and what stands in the buffer cover what waits.",
        (
            "SELECT 'level:' || level.id, (level.waiting - level.incoming) || ' units wait and no supplier buys them'"
            " FROM onorder_stocklevel AS level WHERE level.waiting > level.incoming"
            " AND (level.supplier_id IS NULL OR level.buffered_at IS NULL)",
        ),
    ),
    Invariant(
        6,
        "Each purchase order line: ordered = received + outstanding + cancelled, and what was received is on receipts.",
        (
            "SELECT 'purchase_order_line:' || id, 'ordered ' || ordered || ', elsewhere '"
            " || (received + outstanding + cancelled) FROM onorder_purchaseorderline"
            " WHERE ordered <> received + outstanding + cancelled",
            "SELECT 'purchase_order:' || po.id, po.state || ' with ' || line.outstanding || ' units outstanding'"
            " FROM onorder_purchaseorderline AS line JOIN onorder_purchaseorder AS po ON po.id = line.purchase_order_id"
            " WHERE line.outstanding > 0 AND po.state IN ('closed', 'cancelled', 'rejected')",
            "SELECT 'purchase_order:' || booked.po, 'received ' || booked.units || ', on receipts '"
            ' || coalesce(counted.units, 0) FROM (SELECT purchase_order_id AS po, sum(received + "over") AS units'
            "  FROM onorder_purchaseorderline GROUP BY purchase_order_id) AS booked"
            " LEFT JOIN (SELECT receipt.purchase_order_id AS po, sum(line.accepted) AS units"
            "  FROM onorder_receiptline AS line JOIN onorder_receipt AS receipt ON receipt.id = line.receipt_id"
            "  GROUP BY receipt.purchase_order_id) AS counted ON counted.po = booked.po"
            " WHERE booked.units <> coalesce(counted.units, 0)",
        ),
    ),
    Invariant(
        7,
        "Money held for an order = captured - refunded, by the ledger, and not negative; so are the fees kept of it.",
        (
            "SELECT 'order:' || ord.id, 'captured ' || ord.captured_minor || ', refunded ' || ord.refunded_minor"
            " || ', kept ' || ord.kept_minor || '; by the ledger ' || coalesce(paid.captured, 0) || ', '"
            " || coalesce(paid.refunded, 0) || ' and ' || coalesce(paid.kept, 0)"
            " FROM onorder_order AS ord LEFT JOIN (SELECT order_id,"
            "  sum(CASE kind WHEN 'captured' THEN amount_minor ELSE 0 END) AS captured,"
            "  sum(CASE kind WHEN 'refunded' THEN amount_minor ELSE 0 END) AS refunded,"
            "  sum(CASE kind WHEN 'fee' THEN amount_minor ELSE 0 END) AS kept"
            "  FROM onorder_payment WHERE order_id IS NOT NULL GROUP BY order_id) AS paid ON paid.order_id = ord.id"
            " WHERE ord.captured_minor <> coalesce(paid.captured, 0) OR ord.refunded_minor <> coalesce(paid.refunded, 0)"
            " OR ord.kept_minor <> coalesce(paid.kept, 0) OR ord.refunded_minor > ord.captured_minor",
        ),
    ),
    Invariant(
        8,
        "Every change has an event, and every event that concerns a customer has one message or a reason why not.",
        (
            "SELECT 'event:' || event.id, event.kind || ' without a message' FROM onorder_event AS event"
            " LEFT JOIN onorder_message AS message ON message.event_id = event.id WHERE message.id IS NULL AND event.kind"
            " IN ('placed', 'added', 'swapped', 'ordered', 'confirmed', 'on_its_way', 'delayed', 'promised_anew', 'arrived',"
            " 'packed', 'shipped', 'delivered', 'cancelled', 'lapsed', 'unpaid', 'balance_due', 'payment_reminded', 'refunded', 'returned', 'return_requested',"
            " 'return_received', 'return_refused', 'replaced')",
            "SELECT 'order:' || ord.id, 'has no event of being placed' FROM onorder_order AS ord WHERE NOT EXISTS"
            " (SELECT 1 FROM onorder_event AS event WHERE event.subject = 'order:' || ord.id AND event.kind = 'placed')",
        ),
    ),
    Invariant(
        9,
        "A line's place in the queue is never before its order was taken, nor after what it was when it joined.",
        (
            "SELECT 'line:' || line.id, 'queued at ' || line.queued_at || ', but no event of its order is of then'"
            " FROM onorder_orderline AS line WHERE line.waiting > 0 AND NOT EXISTS (SELECT 1 FROM onorder_event AS event"
            " WHERE event.subject = 'order:' || line.order_id AND event.kind IN ('placed', 'added', 'swapped')"
            " AND event.at = line.queued_at)",
        ),
    ),
    Invariant(
        10,
        "Counting every counter afresh from the facts gives the stored value.",
        (
            f"SELECT 'level:' || level.id, 'waiting ' || level.waiting || ', by lines ' || coalesce(of_lines.waiting, 0)"
            f" FROM onorder_stocklevel AS level LEFT JOIN ({_WAITING}) AS of_lines"
            f" ON of_lines.variant_id = level.variant_id AND of_lines.location_id = level.location_id"
            f" WHERE level.waiting <> coalesce(of_lines.waiting, 0)",
            f"SELECT 'level:' || level.id, 'incoming ' || level.incoming || ', by purchase orders '"
            f" || coalesce(open_lines.incoming, 0) FROM onorder_stocklevel AS level LEFT JOIN ({_INCOMING}) AS open_lines"
            f" ON open_lines.variant_id = level.variant_id AND open_lines.location_id = level.location_id"
            f" WHERE level.incoming <> coalesce(open_lines.incoming, 0)",
            # With the unit that a level stands in the buffer for, more wait than are on order; before it, no more do.
            "SELECT 'level:' || level.id, 'in the buffer since ' || level.buffered_at || ', with ' || level.incoming"
            f" || ' units on order, ' || {_BEFORE} || ' waiting before and ' || {_BY_THEN} || ' by then'"
            " FROM onorder_stocklevel AS level LEFT JOIN onorder_orderline AS line ON line.variant_id = level.variant_id"
            " AND line.location_id = level.location_id AND line.waiting > 0 AND line.queued_at <= level.buffered_at"
            " WHERE level.buffered_at IS NOT NULL GROUP BY level.id, level.buffered_at, level.incoming"
            f" HAVING {_BY_THEN} <= level.incoming OR {_BEFORE} > level.incoming",
        ),
    ),
    Invariant(
        11,
        "What its customer gave up, or silence ended, is cancelled; of an order that ended so as a whole no money is held.",
        (
            "SELECT 'line:' || line.id, (line.waiting + line.allocated) || ' units left although it is over'"
            " FROM onorder_delaynotice AS notice JOIN onorder_orderline AS line ON line.id = notice.line_id"
            " WHERE (notice.ended_on IS NOT NULL OR notice.reply IN ('cancelled', 'withdrawn'))"
            " AND line.waiting + line.allocated > 0",
            "SELECT 'order:' || ord.id, (ord.captured_minor - ord.refunded_minor) || ' held for what is over'"
            " FROM onorder_order AS ord WHERE ord.captured_minor > ord.refunded_minor + ord.kept_minor AND ord.id IN"
            " (SELECT line.order_id FROM onorder_delaynotice AS notice"
            "  JOIN onorder_orderline AS line ON line.id = notice.line_id WHERE notice.ended_on IS NOT NULL)"
            " AND NOT EXISTS (SELECT 1 FROM onorder_orderline AS line WHERE line.order_id = ord.id"
            "  AND (line.shipped > 0 OR line.waiting > 0 OR line.allocated > 0 OR NOT EXISTS"
            "  (SELECT 1 FROM onorder_delaynotice AS notice"
            "   WHERE notice.line_id = line.id AND notice.ended_on IS NOT NULL)))",
        ),
    ),
    Invariant(
        12,
        "What is paid out of a refund is what was booked, and no card gets back more than it gave.",
        (
            "SELECT 'payment:' || refund.id, sum(part.amount_minor) || ' to be paid out of ' || refund.amount_minor"
            " FROM onorder_payout AS part JOIN onorder_payment AS refund ON refund.id = part.payment_id"
            " JOIN onorder_order AS ord ON ord.id = refund.order_id"
            " GROUP BY refund.id, refund.amount_minor, ord.channel"
            " HAVING sum(part.amount_minor) > refund.amount_minor"
            f" OR ord.channel = '{STORE}' AND sum(part.amount_minor) < refund.amount_minor",
            "SELECT 'payment:' || paid.id, sum(part.amount_minor) || ' goes back of ' || paid.amount_minor"
            " FROM onorder_payout AS part JOIN onorder_payment AS paid ON paid.id = part.capture_id"
            " WHERE NOT (part.state = 'done' AND part.by <> '')"
            " GROUP BY paid.id, paid.amount_minor HAVING sum(part.amount_minor) > paid.amount_minor",
        ),
    ),
)


def broken(progress: Callable[[Invariant], None] | None = None) -> Iterator[Broken]:
    """Everything that breaks an invariant now. A fixed number of statements.

    Read in one transaction on PostgreSQL this sees one instant; the caller opens it.
    """
    for invariant in INVARIANTS:
        if progress:
            progress(invariant)
        for statement in invariant.statements:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                for subject, problem in cursor.fetchall():
                    yield Broken(invariant.number, subject, str(problem))
