"""What customers still have to pay before a parcel of theirs leaves, in one place and in one statement.

It is asked of the orders whose money the shop itself sees to, and that are paid before they leave
(`onorder.rules.lifecycle.PREPAID`); of all others nothing is known to be owed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from onorder.ledger import rows
from onorder.rules.deposits import Balance, Patience, balance, paid_minor
from onorder.rules.lifecycle import PREPAID

_PREPAID = "sales.pays_by IN ({})".format(", ".join(f"'{way}'" for way in sorted(PREPAID)))


def _of_lines(each: str) -> str:
    """The sum over the lines of an order `sales`."""
    return (
        f"(SELECT CAST(coalesce(sum({each}), 0) AS bigint) FROM onorder_orderline AS owed"
        " WHERE owed.order_id = sales.id)"
    )


#: `onorder.rules.deposits.asked_minor`, as SQL over an order `sales`.
ASKED: Final = (
    _of_lines(
        "owed.unit_price_minor * (owed.allocated + owed.shipped - owed.returned)"
        " + (owed.unit_price_minor * owed.waiting * owed.deposit_basis_points + 5000) / 10000"
    )
    + " + sales.shipping_minor - sales.discount_minor"
)
_GONE = _of_lines("owed.unit_price_minor * (owed.cancelled + owed.returned)")
_TOTAL = (
    _of_lines("owed.unit_price_minor * (owed.ordered - owed.cancelled - owed.returned)")
    + " + sales.shipping_minor - sales.discount_minor"
)
#: `onorder.rules.deposits.paid_minor`, the same way.
PAID: Final = (
    "sales.captured_minor - sales.kept_minor"
    f" - CASE WHEN sales.refunded_minor < {_GONE} THEN sales.refunded_minor ELSE {_GONE} END"
)

#: True of an order `sales` whose next parcel nobody has to pay for any more.
PAID_FOR: Final = f"(NOT {_PREPAID} OR {PAID} >= {ASKED})"


@dataclass(frozen=True, slots=True)
class Owing:
    """The money of an order that is paid before it leaves, in minor units of `currency`.

    `asked_on`: the day since which its customer knows that something is to be paid; `reminded_on`: told again.
    """

    order: int
    number: str
    currency: str
    total_minor: int
    asked_minor: int
    paid_minor: int
    asked_on: date | None
    reminded_on: date | None

    @property
    def due_minor(self) -> int:
        """What has to be paid before the next parcel leaves."""
        return max(self.asked_minor - self.paid_minor, 0)

    def balance(self, today: date, patience: Patience) -> Balance:
        """Where it stands today."""
        return balance(
            self.total_minor,
            self.asked_minor,
            self.paid_minor,
            asked_on=self.asked_on,
            reminded_on=self.reminded_on,
            today=today,
            patience=patience,
        )


def of_orders(orders: Collection[int]) -> dict[int, Owing]:
    """Those of these orders (by primary key) that are paid before they leave. One statement."""
    condition, parameter = rows.among("sales.id", orders)
    found = rows.select(f"{_SELECT} AND {condition}", (parameter,), days=_DAYS)
    return {row[0]: _owing(*row) for row in found}


def no_longer_asked(order: int) -> bool:
    """Where everything that was asked for is paid, or no longer wanted, nothing is asked for; whether that was news.
    One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE onorder_order AS sales SET asked_on = NULL, reminded_on = NULL WHERE sales.id = %s AND {_SETTLED}",
            (order,),
        )
        return bool(cursor.rowcount)


def settled() -> list[str]:
    """Orders (by number) that were asked for money, and owe none any more: it was sent back, swapped or cancelled. One
    statement."""
    return [number for (number,) in rows.select(f"SELECT sales.number FROM onorder_order AS sales WHERE {_SETTLED}")]


_SETTLED = f"sales.asked_on IS NOT NULL AND {PAID_FOR}"


_SELECT = (
    "SELECT sales.id, sales.number, sales.currency, sales.captured_minor, sales.refunded_minor, sales.kept_minor,"
    f" sales.asked_on, sales.reminded_on, {_TOTAL}, {ASKED}, {_GONE} FROM onorder_order AS sales WHERE {_PREPAID}"
)
_DAYS = (6, 7)


def _owing(
    order: int, number: str, currency: str, captured: int, refunded: int, kept: int, asked_on: date | None,
    reminded_on: date | None, total: int, asked: int, gone: int,
) -> Owing:  # fmt: skip
    paid = paid_minor(captured, refunded, kept, gone)
    return Owing(order, number, currency, max(total, 0), max(asked, 0), paid, asked_on, reminded_on)
