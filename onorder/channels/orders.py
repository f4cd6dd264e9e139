"""Orders come in: our own columns, and those of Shopify's export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from onorder.actions.orders import NewCustomer, NewLine, NewOrder
from onorder.channels import parsing
from onorder.channels.tables import Row, Table, read
from onorder.errors import OnOrderError, Phrase
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.money import parse_minor

COLUMNS = {
    *("order_id", "placed_at", "customer_id", "email", "customer_name", "sku", "quantity", "unit_price", "currency"),
    *("shipping_policy", "address"),
}
REQUIRED = {"order_id", "sku", "quantity"}
_SHOPIFY = {
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Shipping", "Total"),
    *("Discount Amount", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"),
    *("Shipping Name", "Shipping Street", "Shipping City", "Shipping Zip", "Shipping Country", "Cancelled at", "Id"),
    *("Phone", "Refunded Amount", "Lineitem requires shipping", "Lineitem fulfillment status"),
}
_SHOPIFY_REQUIRED = {"Name", "Lineitem quantity", "Lineitem sku"}


@dataclass(frozen=True, slots=True)
class Came:
    """One order of a file, the lines it stands in, and what was paid for it, in minor units."""

    lines: frozenset[int]
    order: NewOrder
    paid_minor: int = 0


@dataclass(frozen=True, slots=True)
class Orders:
    """What a file says, in the order in which the orders were placed; `passed_over` are those that need nothing."""

    table: Table
    orders: list[Came]
    passed_over: dict[str, str]


def read_onorder(path: Path, *, currency: str, zone: ZoneInfo) -> Orders:
    """Our own format: a row a line. What belongs to the whole order is read from its first row."""
    table = read(path, known=COLUMNS, required=REQUIRED)
    found = Orders(table, [], {})
    for number, rows in _by_number(table, "order_id").items():
        first = rows[0]
        of = first["currency"] or currency
        customer_id, email = first["customer_id"], first["email"]
        reference = customer_id or email or f"guest-{number}"
        lines = [_line(table, row, "sku", "quantity", "unit_price", of) for row in rows]
        _take(
            found,
            rows,
            lambda number=number, first=first, of=of, reference=reference, email=email, lines=lines: NewOrder(  # type: ignore[misc]
                number=number,
                customer=NewCustomer(reference, email, first["customer_name"]),
                lines=[line for line in lines if line],
                currency=of,
                placed_at=table.value(first, "placed_at", parsing.instant(zone), None),
                shipping_policy=table.value(first, "shipping_policy", parsing.one_of(ShippingPolicy), None),
                channel="file",
                address=first["address"],
            ),
        )
    return _in_time(found)


def read_shopify(path: Path, *, currency: str, zone: ZoneInfo) -> Orders:
    """Shopify's order export: a row a line; what belongs to the order stands on its first row only.

    Cancelled and fully fulfilled orders need nothing and are passed over.
    """
    table = read(path, known=_SHOPIFY, required=_SHOPIFY_REQUIRED)
    found = Orders(table, [], {})
    for number, rows in _by_number(table, "Name").items():
        first = rows[0]
        if first["Cancelled at"]:
            found.passed_over[number] = Phrase("cancelled")
        elif first["Fulfillment Status"].lower() == Phrase("fulfilled"):
            found.passed_over[number] = Phrase("fulfilled")
        else:
            _shopify_order(found, number, rows, first["Currency"] or currency, zone)
    return _in_time(found)


def _shopify_order(found: Orders, number: str, rows: list[Row], of: str, zone: ZoneInfo) -> None:
    table, first = found.table, rows[0]

    def money(column: str) -> int:
        return table.value(first, column, lambda text: parse_minor(text, of), 0)

    open_rows = [row for row in rows if row["Lineitem fulfillment status"].lower() != Phrase("fulfilled")]
    if not open_rows:
        found.passed_over[number] = Phrase("fulfilled")
        return
    lines = [_line(table, row, "Lineitem sku", "Lineitem quantity", "Lineitem price", of) for row in open_rows]
    address = "\n".join(
        part
        for part in (
            *(first["Shipping Name"], first["Shipping Street"]),
            f"{first['Shipping Zip']} {first['Shipping City']}".strip(),
            first["Shipping Country"],
        )
        if part
    )
    is_paid = first["Financial Status"].lower() in ("paid", "partially_refunded")
    paid = max(money("Total") - money("Refunded Amount"), 0) if is_paid else 0
    _take(
        found,
        rows,
        lambda: NewOrder(
            number=number,
            key=f"shopify:{first['Id'] or number}",
            customer=NewCustomer(
                first["Email"] or f"guest-{number}", first["Email"], first["Shipping Name"], first["Phone"]
            ),
            lines=[line for line in lines if line],
            currency=of,
            placed_at=table.value(first, "Created at", parsing.instant(zone), None),
            channel="shopify",
            address=address,
            shipping_minor=money("Shipping"),
            discount_minor=money("Discount Amount"),
        ),
        paid,
    )


def _by_number(table: Table, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.rows:
        if table.required(row, column):
            found.setdefault(row[column], []).append(row)
    return found


def _line(table: Table, row: Row, sku: str, quantity: str, price: str, currency: str) -> NewLine | None:
    """One line; None (and a problem) if it cannot be read."""
    name = table.required(row, sku)
    units = table.value(row, quantity, parsing.units(1), 0)
    cost = table.value(row, price, lambda text: parse_minor(text, currency), None)
    if not row[quantity]:
        table.problem(row, quantity, Phrase("is empty: write how many"))
    if not name or not units:
        return None
    try:
        return NewLine(name, units, cost)
    except OnOrderError as wrong:
        table.problem(row, quantity, wrong.args[0])
        return None


def _take(found: Orders, rows: list[Row], make: Callable[[], NewOrder], paid_minor: int = 0) -> None:
    """Add an order of these rows; if one of its rows is bad, all of them are."""
    lines = frozenset(row.line for row in rows)
    try:
        order = make()
    except OnOrderError as wrong:
        if not lines & found.table.bad_lines():
            found.table.problem(rows[0], "", wrong.args[0])
        return
    if not lines & found.table.bad_lines():
        found.orders.append(Came(lines, order, paid_minor))


def _in_time(found: Orders) -> Orders:
    found.orders.sort(key=lambda came: (came.order.placed_at is None, came.order.placed_at or datetime.max))
    return found
