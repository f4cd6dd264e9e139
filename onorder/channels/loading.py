"""A file of another system comes in: all of it is checked first, then it or its good rows are loaded by the actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from onorder.actions import catalog, orders, payments, stock, suppliers
from onorder.actions.shop import set_terms
from onorder.channels import orders as order_files
from onorder.channels import products as product_files
from onorder.channels import stock as stock_files
from onorder.channels import suppliers as supplier_files
from onorder.channels.tables import Problem, Row, Table
from onorder.errors import BadInput, Phrase
from onorder.ledger.changes import Changes
from onorder.models import Location, Shop, Supplier, Variant
from onorder.queries.refusals import unsellable
from onorder.queue.setup import NotSetUp

MOST_ORDERS = 50_000  # In one file: all are taken in one transaction, or none.


class Kind(StrEnum):
    """What stands in a file."""

    PRODUCTS = "products"
    SUPPLIERS = "suppliers"
    STOCK = "stock"
    ORDERS = "orders"


class Format(StrEnum):
    """Whose columns it has."""

    ONORDER = "onorder"
    SHOPIFY = "shopify"


#: The formats that each kind of file comes in.
FORMATS: dict[Kind, tuple[Format, ...]] = {
    Kind.PRODUCTS: tuple(Format),
    Kind.SUPPLIERS: (Format.ONORDER,),
    Kind.STOCK: (Format.ONORDER,),
    Kind.ORDERS: tuple(Format),
}


@dataclass(slots=True)
class Report:
    """What became of a file. `rows`: those with as many fields as the header, `good_rows` those without a problem;
    `problems` by line."""

    file: str
    rows: int = 0
    good_rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stored: bool = False
    passed_over: dict[str, str] = field(default_factory=dict)
    ignored_columns: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def count(self, changes: Changes) -> None:
        self.added += changes.added
        self.changed += changes.changed
        self.unchanged += changes.unchanged

    @property
    def bad_rows(self) -> int:
        """Rows that something is wrong with."""
        return len({problem.line for problem in self.problems})


#: Shows how far something long has come: the items it is given, and what is done with them.
Watch = Callable[[Sequence[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class _Loading:
    """By whom and when a file is loaded, and whether what a row's order is refused for is passed over."""

    report: Report
    skip_bad: bool
    watch: Watch
    by: str
    now: datetime

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.by, "now": self.now}


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file whose every problem is known, and what loads its good rows."""

    table: Table
    load: Callable[[_Loading], None]
    passed_over: dict[str, str] = field(default_factory=dict)


def _unwatched(items: Sequence[Any], what: str) -> Iterable[Any]:
    return items


def bring_in(
    kind: Kind,
    file: Path,
    *,
    format: Format = Format.ONORDER,
    dry_run: bool = False,
    skip_bad: bool = False,
    watch: Watch = _unwatched,
    by: str,
    now: datetime,
) -> Report:
    """Check a file, what the database would refuse included; and load it, unless something is wrong with it.

    Loading a file again changes nothing.

    Args:
        dry_run: only check it.
        skip_bad: load the good rows, whatever is wrong with the others.

    Raises:
        NotSetUp: there is no shop.
        BadInput: it cannot be read, or lacks columns.
    """
    checked = _CHECKS[kind](file, format, now)
    bad = checked.table.bad_lines()
    report = Report(
        str(file),
        rows=len(checked.table.rows),
        good_rows=sum(row.line not in bad for row in checked.table.rows),
        passed_over=checked.passed_over,
        ignored_columns=checked.table.ignored,
        problems=sorted(checked.table.problems, key=lambda problem: (problem.line, problem.column)),
    )
    if not dry_run and (skip_bad or not report.problems):
        checked.load(_Loading(report, skip_bad, watch, by, now))
        report.stored = True
    return report


def _products(file: Path, format: Format, now: datetime) -> _Checked:
    read = product_files.read_onorder if format == Format.ONORDER else product_files.read_shopify
    came = read(file, currency=_shop().currency)
    bad = came.table.bad_lines()

    def load(loading: _Loading) -> None:
        good = [variant for line, variant in came.variants if line not in bad]
        loading.report.count(catalog.put_variants(good, **loading.who))
        for line, sku, terms in came.terms:
            if line not in bad:
                set_terms(terms, sku=sku, **loading.who)

    return _Checked(came.table, load)


def _suppliers(file: Path, format: Format, now: datetime) -> _Checked:
    shop = _shop()
    came = supplier_files.read_onorder(file, currency=shop.currency, time_zone=shop.time_zone)
    known = _known_skus({offer.sku for _, offer in came.offers})
    for line, offer in came.offers:
        if offer.sku not in known:
            came.table.problem(Row(line, {}), "sku", Phrase("{sku} is not known: import products first", sku=offer.sku))
    bad = came.table.bad_lines()
    good = [supplier for line, supplier in came.suppliers if line not in bad]
    codes = {supplier.code for supplier in good} | set(Supplier.objects.values_list("code", flat=True))
    for line, offer in came.offers:
        if line not in bad and offer.supplier not in codes:
            came.table.problem(
                Row(line, {}), "code", Phrase("{supplier} has a bad row: correct that first", supplier=offer.supplier)
            )

    def load(loading: _Loading) -> None:
        bad = came.table.bad_lines()
        loading.report.count(suppliers.put_suppliers(good, **loading.who))
        offers = [offer for line, offer in came.offers if line not in bad]
        loading.report.count(suppliers.put_offers(offers, **loading.who))

    return _Checked(came.table, load)


def _stock(file: Path, format: Format, now: datetime) -> _Checked:
    _shop()
    came = stock_files.read_onorder(file)
    known = _known_skus({counted.sku for of in came.counts.values() for _, counted in of})
    places = {None, *Location.objects.values_list("code", flat=True)}
    for place, counts in came.counts.items():
        for line, counted in counts:
            if counted.sku not in known:
                came.table.problem(
                    Row(line, {}), "sku", Phrase("{sku} is not known: import products first", sku=counted.sku)
                )
            if place not in places:
                came.table.problem(
                    Row(line, {}), "location", Phrase("{location} is not known: correct it", location=place)
                )

    def load(loading: _Loading) -> None:
        bad = came.table.bad_lines()
        for place, counts in came.counts.items():
            good = [counted for line, counted in counts if line not in bad]
            if good:
                why = f"counted in {file.name}"[:200]
                loading.report.count(stock.count_many(good, location=place, why=why, **loading.who))

    return _Checked(came.table, load)


def _orders(file: Path, format: Format, now: datetime) -> _Checked:
    shop = _shop()
    read = order_files.read_onorder if format == Format.ONORDER else order_files.read_shopify
    came = read(file, currency=shop.currency, zone=ZoneInfo(shop.time_zone))
    if len(came.orders) > MOST_ORDERS:
        raise BadInput(
            what="{file}", problem="has over {most:,} orders", remedy="Split it.", file=file, most=MOST_ORDERS
        )
    known = _known_skus({line.sku for one in came.orders for line in one.order.lines})
    for one in came.orders:
        if strangers := sorted({line.sku for line in one.order.lines} - known):
            what = Phrase(
                "order {number}: {skus} not known: import products first",
                number=one.order.number,
                skus=", ".join(strangers),
            )
            came.table.problem(Row(min(one.lines), {}), "sku", what)
    bad = came.table.bad_lines()
    good = [one for one in came.orders if not one.lines & bad]
    for number, problem in unsellable([one.order for one in good], now=now).items():
        line = next(min(one.lines) for one in good if one.order.number == number)
        came.table.problem(Row(line, {}), "sku", Phrase("order {number}: {why}", number=number, why=problem))
    return _Checked(came.table, partial(_take, came.table, good), came.passed_over)


def _take(table: Table, found: list[order_files.Came], loading: _Loading) -> None:
    bad = table.bad_lines()
    good = [one for one in found if not one.lines & bad]
    outcome = orders.place_many([one.order for one in good], **loading.who, skip_refused=loading.skip_bad)
    new = {placed.number for placed in outcome.placed if placed.is_new}
    loading.report.added, loading.report.unchanged = len(new), len(outcome.placed) - len(new)
    paid = [one for one in good if one.paid_minor]
    for one in loading.watch(paid, "Booking payments"):
        payments.capture(one.order.number, one.paid_minor, key=f"import:{one.order.own_key}", **loading.who)


_CHECKS: dict[Kind, Callable[[Path, Format, datetime], _Checked]] = {
    Kind.PRODUCTS: _products,
    Kind.SUPPLIERS: _suppliers,
    Kind.STOCK: _stock,
    Kind.ORDERS: _orders,
}


def _shop() -> Shop:
    shop = Shop.objects.filter(pk=1).first()
    if shop is None:
        raise NotSetUp
    return shop


def _known_skus(skus: Iterable[str]) -> set[str]:
    wanted = list(skus)
    found: set[str] = set()
    for start in range(0, len(wanted), 10_000):
        found |= set(Variant.objects.filter(sku__in=wanted[start : start + 10_000]).values_list("sku", flat=True))
    return found
