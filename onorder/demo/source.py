"""The real orders and cancellations of the demonstration, or of another file with the same columns."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from onorder.errors import BadInput
from onorder.rules.money import parse_minor

CURRENCY = "GBP"
ZONE = ZoneInfo("Europe/London")
ORDER_COLUMNS = ("order_id", "placed_at", "customer_id", "sku", "description", "quantity", "unit_price")


@dataclass(frozen=True, slots=True)
class SourceLine:
    sku: str
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order as it was; a guest has no customer."""

    number: str
    placed_at: datetime
    customer: str
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class SourceCancellation:
    """Units of an order that were cancelled or returned; the source does not tell which."""

    number: str
    at: datetime
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Source:
    """What is replayed: orders and cancellations by time, and what each SKU is called."""

    orders: list[SourceOrder]
    cancellations: list[SourceCancellation]
    names: dict[str, str]

    def first(self, days: int | None) -> Source:
        """The first `days` days of it; all for None."""
        if days is None:
            return self
        end = self.orders[0].placed_at.astimezone(ZONE).date() + timedelta(days=days)
        orders = [order for order in self.orders if order.placed_at.astimezone(ZONE).date() < end]
        sold = {line.sku for order in orders for line in order.lines}
        cancelled = [one for one in self.cancellations if one.at.astimezone(ZONE).date() < end]
        return Source(orders, cancelled, {sku: name for sku, name in self.names.items() if sku in sold})

    def moved_to_end(self, on: date) -> tuple[Source, int]:
        """The same in other weeks, so that its last day is the latest on or before `on` that keeps the weekdays."""
        last = self.orders[-1].placed_at.astimezone(ZONE).date()
        weeks = (on - last).days // 7
        return Source(
            [SourceOrder(o.number, _later(o.placed_at, weeks), o.customer, o.lines) for o in self.orders],
            [SourceCancellation(c.number, _later(c.at, weeks), c.sku, c.quantity) for c in self.cancellations],
            self.names,
        ), weeks


def real() -> Source:
    """The three months that travel with the product."""
    data = files("onorder.demo") / "data"
    orders, names = _orders(_rows((data / "online_retail_orders.csv.gz").read_bytes(), "the orders"))
    return Source(orders, _cancellations(_rows((data / "online_retail_cancellations.csv.gz").read_bytes(), "")), names)


def from_file(path: Path) -> Source:
    """Another shop's orders, in the same columns; without cancellations.

    Raises:
        BadInput: the file cannot be read, or rows in it are wrong; the first twenty are named by line.
    """
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        why = wrong.strerror or "cannot be read"
        raise BadInput(what="{file}", problem="{why}", remedy="Check the name.", file=path, why=why) from None
    orders, names = _orders(_rows(raw, str(path)), str(path))
    return Source(orders, [], names)


def lead_time_shape() -> list[float]:
    """How long real deliveries took, each as a multiple of its vendor's median: for vendors with five or more."""
    data = files("onorder.demo") / "data"
    taken: dict[str, dict[tuple[str, str], float]] = {}
    for _, row in _rows((data / "supplier_deliveries.csv.gz").read_bytes(), ""):
        days = (date.fromisoformat(row["delivered_on"]) - date.fromisoformat(row["po_sent_on"])).days
        if days > 0:
            taken.setdefault(row["vendor"], {})[row["po_number"], row["delivery_id"]] = float(days)
    enough = [list(of.values()) for of in taken.values() if len(of) >= 5]
    return sorted(days / median(of) for of in enough for days in of)


Row = tuple[int, dict[str, str]]


def _rows(raw: bytes, name: str) -> Iterator[Row]:
    try:
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError):
        raise BadInput(
            what="{name}", problem="is not CSV in UTF-8", remedy="Save it as .csv or .csv.gz.", name=name
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        yield reader.line_num, row


def _orders(rows: Iterator[Row], name: str = "") -> tuple[list[SourceOrder], dict[str, str]]:
    found: dict[str, tuple[datetime, str, list[SourceLine]]] = {}
    names: dict[str, str] = {}
    problems: list[str] = []
    for number, row in rows:
        if missing := [column for column in ORDER_COLUMNS if row.get(column) is None]:
            raise BadInput(
                what="{name}",
                problem="has no column {columns}",
                remedy="See `onorder demo --help`.",
                name=name,
                columns=", ".join(missing),
            )
        try:
            placed_at = _instant(row["placed_at"])
            line = _line(row)
        except ValueError as wrong:
            problems.append(f"line {number}: {wrong}")
            continue
        names.setdefault(line.sku, row["description"].strip() or line.sku)
        _, _, lines = found.setdefault(row["order_id"], (placed_at, row["customer_id"].strip(), []))
        lines.append(line)
    if problems:
        more = f" and {len(problems) - 20} more" if len(problems) > 20 else ""
        said = "; ".join(problems[:20]) + more
        raise BadInput(what="{name}", problem="{said}", remedy="Correct these lines.", name=name, said=said)
    if not found:
        raise BadInput(what="{name}", problem="has no orders", remedy="Give a file with at least one.", name=name)
    orders = [SourceOrder(number, at, who, tuple(lines)) for number, (at, who, lines) in found.items()]
    return sorted(orders, key=lambda order: (order.placed_at, order.number)), names


def _line(row: dict[str, str]) -> SourceLine:
    sku = row["sku"].strip()
    quantity = int(row["quantity"])
    if not sku or quantity < 1:
        raise ValueError(f"sku {sku!r} with quantity {quantity}; both must be there, the quantity at least 1")
    price = parse_minor(row["unit_price"], CURRENCY)
    if price < 0:
        raise ValueError(f"a price of {row['unit_price']} is below zero")
    return SourceLine(sku, quantity, price)


def _cancellations(rows: Iterator[Row]) -> list[SourceCancellation]:
    found = [
        SourceCancellation(row["matched_order_id"], _instant(row["cancelled_at"]), row["sku"], int(row["quantity"]))
        for _, row in rows
        if row["matched_order_id"]
    ]
    return sorted(found, key=lambda one: (one.at, one.number, one.sku))


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def _later(at: datetime, weeks: int) -> datetime:
    """The same wall time some weeks later, whatever the clocks did meanwhile."""
    return (at.astimezone(ZONE).replace(tzinfo=None) + timedelta(weeks=weeks)).replace(tzinfo=ZONE).astimezone(UTC)
