"""`onorder delivered`: what carriers say came."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from onorder.channels.deliveries import Report, bring_in
from onorder.management import output
from onorder.management.output import Json

BY = "carrier"


def delivered(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".csv, .csv.gz or .json: parcel or tracking, delivered.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Note the good rows, and report the others.")] = False,
    json: Json = False,
) -> None:
    """Note parcels as delivered, by a file of their carrier. Their customers are told, each once."""
    report = bring_in(file, dry_run=dry_run, skip_bad=skip_bad, by=BY, now=timezone.now())
    output.as_json(report) if json else _say(report)
    if report.problems and not skip_bad:
        raise typer.Exit(1)


def _say(report: Report) -> None:
    output.as_problems(report.problems)
    if report.stored:
        print(f"{len(report.delivered):,} parcels have come, of {report.known:,} it was known.")
    elif report.problems:
        said = output.counted(len(report.problems), "problem")
        print(f"{said}; nothing was noted. Correct what is wrong, or note the rest with --skip-bad.")
    else:
        print("Nothing is wrong with it. Nothing was noted.")


COMMANDS = {"delivered": delivered}
