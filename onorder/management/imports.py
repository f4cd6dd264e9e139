"""`onorder import`: files of other systems come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.utils import timezone

from onorder.actions import catalog, orders, payments, stock, suppliers
from onorder.actions.shop import set_terms
from onorder.channels import orders as order_files
from onorder.channels import products as product_files
from onorder.channels import stock as stock_files
from onorder.channels import suppliers as supplier_files
from onorder.channels.tables import Problem, Row, Table
from onorder.errors import BadInput
from onorder.ledger.changes import Changes
from onorder.management import output
from onorder.management.output import Json
from onorder.models import Location, Shop, Supplier, Variant
from onorder.queries.refusals import unsellable
from onorder.queue.setup import NotSetUp

app = typer.Typer(no_args_is_help=True, help="Load products, suppliers, stock and orders from files.")

BY = "import"
MOST_ORDERS = 50_000  # In one file: all are taken in one transaction, or none.
SHOWN = 50


class Format(StrEnum):
    ONORDER = "onorder"
    SHOPIFY = "shopify"


File = Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .csv.gz, in UTF-8.")]
Formatted = Annotated[Format, typer.Option("--format", help="Whose columns.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Load the good rows, and report the others.")]


@dataclass(slots=True)
class Report:
    """What became of a file."""

    file: str
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


@app.command()
def products(
    file: File,
    format: Formatted = Format.ONORDER,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    json: Json = False,
) -> None:
    """Products and variants, and on what terms they are sold without stock."""
    read = product_files.read_onorder if format == Format.ONORDER else product_files.read_shopify
    came = read(file, currency=_shop().currency)
    report = _checked(file, came.table, dry_run, skip_bad, json)
    now, bad = timezone.now(), came.table.bad_lines()
    if report.stored:
        good = [variant for line, variant in came.variants if line not in bad]
        report.count(catalog.put_variants(good, by=BY, now=now))
        for line, sku, terms in came.terms:
            if line not in bad:
                set_terms(terms, sku=sku, by=BY, now=now)
    _say(report, json)


@app.command(name="suppliers")
def import_suppliers(file: File, dry_run: DryRun = False, skip_bad: SkipBad = False, json: Json = False) -> None:
    """Suppliers, the rules by which their buffers are bought, and what they offer."""
    shop = _shop()
    came = supplier_files.read_onorder(file, currency=shop.currency, time_zone=shop.time_zone)
    known = _known_skus({offer.sku for _, offer in came.offers})
    for line, offer in came.offers:
        if offer.sku not in known:
            came.table.problem(Row(line, {}), "sku", f"{offer.sku} is not known: import products first")
    bad = came.table.bad_lines()
    good = [supplier for line, supplier in came.suppliers if line not in bad]
    codes = {supplier.code for supplier in good} | set(Supplier.objects.values_list("code", flat=True))
    for line, offer in came.offers:
        if line not in bad and offer.supplier not in codes:
            came.table.problem(Row(line, {}), "code", f"{offer.supplier} has a bad row: correct that first")
    report = _checked(file, came.table, dry_run, skip_bad, json)
    if report.stored:
        now, bad = timezone.now(), came.table.bad_lines()
        report.count(suppliers.put_suppliers(good, by=BY, now=now))
        report.count(suppliers.put_offers([offer for line, offer in came.offers if line not in bad], by=BY, now=now))
    _say(report, json)


@app.command(name="stock")
def import_stock(file: File, dry_run: DryRun = False, skip_bad: SkipBad = False, json: Json = False) -> None:
    """What was counted, by SKU. More goes to the oldest waiting lines."""
    _shop()
    came = stock_files.read_onorder(file)
    known = _known_skus({counted.sku for of in came.counts.values() for _, counted in of})
    places = {None, *Location.objects.values_list("code", flat=True)}
    for place, counts in came.counts.items():
        for line, counted in counts:
            if counted.sku not in known:
                came.table.problem(Row(line, {}), "sku", f"{counted.sku} is not known: import products first")
            if place not in places:
                came.table.problem(Row(line, {}), "location", f"{place} is not known: correct it")
    report = _checked(file, came.table, dry_run, skip_bad, json)
    if report.stored:
        now, bad = timezone.now(), came.table.bad_lines()
        for place, counts in came.counts.items():
            good = [counted for line, counted in counts if line not in bad]
            if good:
                report.count(stock.count_many(good, location=place, why=f"counted in {file.name}", by=BY, now=now))
    _say(report, json)


@app.command(name="orders")
def import_orders(
    file: File,
    format: Formatted = Format.ONORDER,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    json: Json = False,
) -> None:
    """Orders, taken in the order in which they were placed; each queues when it is imported."""
    shop = _shop()
    read = order_files.read_onorder if format == Format.ONORDER else order_files.read_shopify
    came = read(file, currency=shop.currency, zone=ZoneInfo(shop.time_zone))
    if len(came.orders) > MOST_ORDERS:
        raise BadInput(what=str(file), problem=f"has over {MOST_ORDERS:,} orders", remedy="Split it.")
    now = timezone.now()
    known = _known_skus({line.sku for one in came.orders for line in one.order.lines})
    for one in came.orders:
        if strangers := sorted({line.sku for line in one.order.lines} - known):
            what = f"order {one.order.number}: {', '.join(strangers)} not known: import products first"
            came.table.problem(Row(min(one.lines), {}), "sku", what)
    bad = came.table.bad_lines()
    good = [one for one in came.orders if not one.lines & bad]
    for number, problem in unsellable([one.order for one in good], now=now).items():
        line = next(min(one.lines) for one in good if one.order.number == number)
        came.table.problem(Row(line, {}), "sku", f"order {number}: {problem}")
    report = _checked(file, came.table, dry_run, skip_bad, json)
    report.passed_over = came.passed_over
    if report.stored:
        bad = came.table.bad_lines()
        good = [one for one in good if not one.lines & bad]
        outcome = orders.place_many([one.order for one in good], by=BY, now=now, skip_refused=skip_bad)
        new = {placed.number for placed in outcome.placed if placed.is_new}
        report.added, report.unchanged = len(new), len(outcome.placed) - len(new)
        paid = [one for one in good if one.paid_minor]
        for one in output.progress(paid, "Booking payments"):
            key = f"import:{one.order.own_key}"
            payments.capture(one.order.number, one.paid_minor, key=key, by=BY, now=now)
    _say(report, json)


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


def _checked(file: Path, table: Table, dry_run: bool, skip_bad: bool, json: bool) -> Report:
    """The report so far; with bad rows that nobody said to skip, the end of the command."""
    report = Report(str(file), ignored_columns=table.ignored, problems=sorted(table.problems, key=_line))
    if report.problems and not skip_bad:
        _say(report, json)
        raise typer.Exit(1)
    report.stored = not dry_run
    return report


def _line(problem: Problem) -> tuple[int, str]:
    return problem.line, problem.column


def _say(report: Report, json: bool) -> None:
    if json:
        output.as_json(report)
        return
    for problem in report.problems[:SHOWN]:
        column = f", {problem.column}" if problem.column else ""
        print(f"line {problem.line}{column}: {problem.what}")
    if len(report.problems) > SHOWN:
        print(f"... and {len(report.problems) - SHOWN:,} more problems (--json lists all).")
    if report.ignored_columns:
        print(f"Columns that nobody reads: {', '.join(report.ignored_columns)}.")
    for why in sorted(set(report.passed_over.values())):
        print(f"{sum(reason == why for reason in report.passed_over.values()):,} orders passed over: {why}.")
    if report.stored:
        print(f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged.")
    elif report.problems:
        print(f"{len(report.problems):,} problems; nothing was stored. Correct them, or load the rest with --skip-bad.")
    else:
        print("Nothing is wrong with it. Nothing was stored.")
