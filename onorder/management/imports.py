"""`onorder import`: files of other systems come in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from onorder.channels.loading import Format, Kind, Report, bring_in
from onorder.management import output
from onorder.management.output import Json

app = typer.Typer(no_args_is_help=True, help="Load products, suppliers, stock and orders from files.")

BY = "import"

File = Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .csv.gz, in UTF-8.")]
Formatted = Annotated[Format, typer.Option("--format", help="Whose columns.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Load the good rows, and report the others.")]


@app.command()
def products(
    file: File,
    format: Formatted = Format.ONORDER,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    json: Json = False,
) -> None:
    """Products and variants, and on what terms they are sold without stock."""
    _bring_in(Kind.PRODUCTS, file, format, dry_run, skip_bad, json)


@app.command()
def suppliers(file: File, dry_run: DryRun = False, skip_bad: SkipBad = False, json: Json = False) -> None:
    """Suppliers, the rules by which their buffers are bought, and what they offer."""
    _bring_in(Kind.SUPPLIERS, file, Format.ONORDER, dry_run, skip_bad, json)


@app.command()
def stock(file: File, dry_run: DryRun = False, skip_bad: SkipBad = False, json: Json = False) -> None:
    """What was counted, by SKU. More goes to the oldest waiting lines."""
    _bring_in(Kind.STOCK, file, Format.ONORDER, dry_run, skip_bad, json)


@app.command()
def orders(
    file: File,
    format: Formatted = Format.ONORDER,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    json: Json = False,
) -> None:
    """Orders, taken in the order in which they were placed; each queues when it is imported."""
    _bring_in(Kind.ORDERS, file, format, dry_run, skip_bad, json)


def _bring_in(kind: Kind, file: Path, format: Format, dry_run: bool, skip_bad: bool, json: bool) -> None:
    report = bring_in(
        kind,
        file,
        format=format,
        dry_run=dry_run,
        skip_bad=skip_bad,
        watch=output.progress,
        by=BY,
        now=timezone.now(),
    )
    _say(report, json)
    if report.problems and not skip_bad:
        raise typer.Exit(1)


def _say(report: Report, json: bool) -> None:
    if json:
        output.as_json(report)
        return
    output.as_problems(report.problems)
    if report.ignored_columns:
        print(f"Columns that nobody reads: {', '.join(report.ignored_columns)}.")
    for why in sorted(set(report.passed_over.values())):
        print(f"{sum(reason == why for reason in report.passed_over.values()):,} orders passed over: {why}.")
    if report.stored:
        print(f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged.")
    elif report.problems:
        said = output.counted(len(report.problems), "problem")
        print(f"{said}; nothing was stored. Correct what is wrong, or load the rest with --skip-bad.")
    else:
        print("Nothing is wrong with it. Nothing was stored.")
