"""`onorder demo`: a real shop's orders, replayed through the product, then served."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from onorder.actions import learning
from onorder.demo import catalogue, source
from onorder.demo.guests import guests_order
from onorder.demo.morning import leave_to_people
from onorder.demo.replay import CUT_OFFS_OVER, OPENING, Replay, at
from onorder.demo.storefront import open_store
from onorder.errors import BadInput
from onorder.management import output
from onorder.management.checking import all_broken
from onorder.management.output import Json
from onorder.queries.invariants import INVARIANTS, Broken
from onorder.queries.performance import Performance, performance
from onorder.queue.outlook import PROMISED

USER, PASSWORD = "demo", "demo-demo-demo"


def demo(
    days: Annotated[int | None, typer.Option(min=1, help="Only the first so many days.")] = None,
    orders: Annotated[Path | None, typer.Option(help="Replay this file (.csv, .csv.gz) with the same columns.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = True,
    json: Json = False,
    seed: Annotated[int, typer.Option(help="Of the made-up suppliers and delivery times.")] = 1,
    host: Annotated[str, typer.Option(help="To serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="To serve on.")] = 8000,
) -> None:
    """Fill a fresh database with a real shop's orders, replayed day by day, and show what came of them.

    Orders and cancellations are real (three months of a UK gift retailer); suppliers, costs and stock are made up, and
    deliveries take as long as they are drawn from the spread of real ones. The days are moved so that they end now.
    Messages go to the folder `mailbox`, drawn pictures of the store to `media`. A file for --orders needs the columns
    order_id, placed_at, customer_id, sku, description, quantity and unit_price (GBP).
    """
    shop_source = (source.from_file(orders) if orders else source.real()).first(days)
    opened_at = timezone.now()
    today = opened_at.astimezone(source.ZONE).date()
    shop_source, weeks = shop_source.moved_to_end(today)
    _fresh_database()
    replay = Replay(shop_source, catalogue.made_up(shop_source, seed), source.lead_time_shape(), seed, pays=True)
    last = _replay(replay)
    for _day in replay.quiet_days(until=today):
        pass
    now = max(at(last, CUT_OFFS_OVER), min(at(today, OPENING), opened_at))
    learning.sum_up(by=USER, now=now)
    leave_to_people(replay, now)
    open_store()
    guests_order(now)
    figures, broken = performance(now=now), all_broken()
    if json:
        output.as_json(asdict(figures) | {"kept_share": figures.kept_share, "weeks_moved": weeks, "broken": broken})
    else:
        _print(figures, broken, last, weeks)
    if broken:
        raise typer.Exit(1)
    if serve:
        _serve(host, port)


def _fresh_database() -> None:
    """Empty tables. A database that holds a shop which is not the demonstration's is never touched."""
    database = settings.DATABASES["default"]
    if "onorder_shop" in connection.introspection.table_names():
        from onorder.models import Shop

        name = Shop.objects.filter(pk=1).values_list("name", flat=True).first()
        if name not in (None, Replay.SHOP):
            raise BadInput(
                what="Database {database}",
                problem="holds the shop {name!r}",
                remedy="The demonstration wants a database of its own: go to another folder.",
                database=database["NAME"],
                name=name,
            )
    call_command("migrate", interactive=False, verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    _let_in()


def _let_in() -> None:
    """Somebody for each role, named after it, and one who may see the records, too. All have the same password."""
    from django.contrib.auth.models import Group, User

    from onorder.rules.entering import Role

    User.objects.create_superuser(USER, password=PASSWORD, first_name="Demo")
    for role in Role:
        user = User.objects.create_user(str(role), f"{role}@demo.example", PASSWORD, first_name=role.title())
        user.groups.add(Group.objects.get_or_create(name=role)[0])


def _replay(replay: Replay) -> date:
    replay.open()
    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"), TimeElapsedColumn(),
        console=stderr,
    )  # fmt: skip
    last = None
    with bar if stderr.is_terminal else nullcontext():
        task = bar.add_task("Replaying", total=replay.number_of_days)
        for day in replay.days():
            bar.update(task, advance=1, description=f"{day.on:%a %-d %b}")
            last = day.on
    assert last is not None
    return last


def _print(figures: Performance, broken: list[Broken], last: date, weeks: int) -> None:
    kept = f"{figures.kept_share:.1%}" if figures.kept_share is not None else "none due yet"
    moved = f"Days moved by {weeks} weeks; the last is {last:%A %-d %B %Y}." if weeks else ""
    f = figures
    rows = [
        ("Orders", f"{f.orders:,}", f"{f.lines:,} lines, {f.units:,} units"),
        ("Units waiting", f"{f.units_waiting:,}", f"{f.units_shipped:,} shipped, {f.units_cancelled:,} cancelled"),
        ("Units returned", f"{f.units_returned:,}", "restocked for the oldest waiting line"),
        ("Purchase orders", f"{f.purchase_orders:,}", f"{f.units_per_purchase_order:,.0f} units each"),
        ("Surplus", f"{f.surplus_units:,} units", "from rounding to minimum and multiple"),
        ("Mean wait", f"{f.mean_wait_days:.1f} days", f"of {f.lines_that_waited:,} lines that were not in stock"),
        ("P90 wait", f"{f.p90_wait_days:.1f} days", "nine of ten shipped within"),
        ("Promises kept", kept, f"of {f.promises_due:,} due on lines that waited; aimed at {PROMISED:.0%}"),
        ("Delays told", f"{f.delays_told:,}", ""),
        ("Parcels", f"{f.parcels:,}", ""),
        ("Messages", f"{f.messages:,}", f"{f.messages_sent:,} in the folder mailbox"),
        ("Invariants", f"{len(INVARIANTS)} checked", f"{len(broken)} problems"),
    ]
    output.as_table("What happened", ("", "", ""), rows, empty="")
    if moved:
        print(moved)
    for problem in broken:
        print(f"invariant {problem.invariant}: {problem.subject}: {problem.problem}", file=sys.stderr)


def _serve(host: str, port: int) -> None:
    from onorder.management.serving import serve
    from onorder.rules.entering import Role

    print(f"Log in at http://{host}:{port}/ as {USER} with the password {PASSWORD}. Ctrl-C ends it.")
    print(f"Or, with the same password, as one of those who work there: {', '.join(Role)}.", flush=True)
    serve(host=host, port=port)


COMMANDS = {"demo": demo}
