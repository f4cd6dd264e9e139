"""`onorder bench`: how fast the product is, beside the database it writes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from onorder.bench.places import Kind, apart, server
from onorder.bench.reporting import STEPS, MixedReport, StepFigures, mixed_baskets
from onorder.management import output
from onorder.management.output import Json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure the product beside the bare database. Your own database is not touched."""


@app.command()
def mixed(
    orders: Annotated[
        list[int] | None, typer.Option("-n", min=1, help="Orders; several for how the time grows.")
    ] = None,
    database: Annotated[Kind, typer.Option(help="What to measure on.")] = Kind.SQLITE,
    one_by_one: Annotated[bool, typer.Option("--one-by-one", help="Take orders one by one above 20,000 too.")] = False,
    waiting: Annotated[
        int | None, typer.Option(min=1_000, help="Measure one SKU with so many lines waiting, too.")
    ] = None,
    json: Json = False,
) -> None:
    """Mixed baskets: orders of three lines are taken, bought for, received and shipped. See `docs/benchmark.md`."""
    report = mixed_baskets(orders or [200, 2_000], database, one_by_one=one_by_one, waiting=waiting, busy=_busy)
    if json:
        output.as_json(_plain(report))
        return
    title = f"Mixed baskets on {report.database}, {', '.join(f'{k} {v}' for k, v in report.machine.items())}"
    output.as_table(title, _COLUMNS, map(_row, report.steps), empty="Nothing was measured.")
    reads = [(read.read, read.orders, read.seconds * 1e3) for read in report.reads]
    output.as_table("Reading, median", ("Query", "Orders", "ms"), reads, empty="Nothing was read.")
    if report.hot:
        output.as_table("One SKU that everybody waits for, median", _HOT, _hot_rows(report.hot), empty="")


@app.command()
def quarter(
    database: Annotated[Kind, typer.Option(help="What to measure on.")] = Kind.SQLITE,
    days: Annotated[int | None, typer.Option(min=1, help="Only the first so many days.")] = None,
    json: Json = False,
) -> None:
    """A quarter of a real shop, replayed day by day, every invariant checked at the end of each."""
    with _busy("Replaying"), server(database) as pairs, pairs() as pair:
        found = apart("quarter", pair, {"days": days})
    if json:
        output.as_json({"benchmark": "quarter", "database": database} | found)
        return
    shop = found["shop"]
    rows = [
        ("Wall, s", f"{found['wall']:.1f}"),
        ("Checking invariants beside it, s", f"{found['checking']:.1f}"),
        ("CPU, s", f"{found['cpu']:.1f}"),
        ("Peak memory, MB", f"{found['peak_bytes'] / 1e6:.0f}"),
        ("Orders a second", f"{found['orders_per_second']:.0f}"),
        ("Orders, lines", f"{shop['orders']:,}, {shop['lines']:,}"),
        ("Purchase orders", f"{shop['purchase_orders']:,}"),
        ("Surplus, units", f"{shop['surplus_units']:,}"),
        ("Mean wait, days", f"{shop['mean_wait_days']:.1f}"),
        ("P90 wait, days", f"{shop['p90_wait_days']:.1f}"),
        ("Promises kept", f"{found['kept_share']:.1%}" if found["kept_share"] else "none due"),
        ("Invariants", f"checked on {found['days']} days, no problems"),
    ]
    output.as_table(f"A quarter of a real shop on {database}", ("", ""), rows, empty="")


@app.command()
def pages(
    database: Annotated[Kind, typer.Option(help="What to measure on.")] = Kind.SQLITE,
    lines: Annotated[
        int | None, typer.Option(min=3_000, help="Order lines of a made-up shop; without it, the real quarter.")
    ] = None,
    waiting: Annotated[int | None, typer.Option(min=1, help="How many of them wait; a fifth, if not said.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Of the real quarter only the first so many days.")] = None,
    json: Json = False,
) -> None:
    """Every page of the desk: its server time, its statements, its size."""
    part, options = "pages of a quarter", dict[str, object](days=days)
    if lines:
        part, options = "pages of many", dict[str, object](lines=lines, waiting=waiting or lines // 5)
    with _busy("Building the shop"), server(database) as pairs, pairs() as pair:
        found = apart(part, pair, options)
    if json:
        output.as_json({"benchmark": part, "database": database} | options | found)
        return
    rows = [
        (page["path"], f"{1_000 * page['seconds']:.1f}", page["statements"], f"{page['kilobytes']:.0f}")
        for page in found["pages"]
    ]
    title = f"Pages on {database}, {f'{lines:,} order lines' if lines else 'a quarter of a real shop'}"
    output.as_table(title, ("Page", "ms, median", "Statements", "KB"), rows, empty="")


@app.command()
def badge(
    database: Annotated[Kind, typer.Option(help="What to measure on.")] = Kind.SQLITE,
    requests: Annotated[int, typer.Option("-n", min=100, max=200_000, help="Requests of each kind.")] = 5_000,
    connections: Annotated[int, typer.Option(min=1, max=64, help="Connections that ask at once.")] = 4,
    json: Json = False,
) -> None:
    """The badge that other shops show: requests a second of the real server, over loopback."""
    with _busy("Asking"), server(database) as pairs, pairs() as pair:
        found = apart("badge", pair, {"requests": requests, "connections": connections})
    if json:
        output.as_json({"benchmark": "badge", "database": database} | found)
        return
    rows = [(what, f"{rate:,.0f}") for what, rate in found["rates"].items()]
    title = f"Badges on {database}, {requests:,} requests of each kind on {connections} connections"
    output.as_table(title, ("", "Requests a second"), rows, empty="")


_COLUMNS = (
    *("Step", "", "Orders", "Wall s", "CPU s", "Bare s", "Ours/bare", "Grows n^", "µs/order"),
    *("Peak MB", "Transactions", "SQL each", "SQL/order"),
)
_HOT = ("", "Lines waiting", "ms", "Few waiting, ms", "Hot/quiet")


def _row(step: StepFigures) -> tuple[object, ...]:
    return (
        step.step,
        STEPS[step.step],
        step.orders,
        _figures(step.wall),
        _figures(step.cpu),
        _figures(step.bare_wall),
        f"{step.ratio:.2f}",
        "" if step.grows is None else f"{step.grows:.2f}",
        round(step.wall / step.orders * 1e6),
        step.peak_bytes // 1_000_000,
        step.transactions,
        f"{step.statements:.1f}",
        f"{step.statements_per_order:.3g}",
    )


def _hot_rows(hot: Mapping[str, float]) -> Iterable[tuple[object, ...]]:
    for what in ("order", "receipt"):
        busy, quiet = hot[f"{what}_hot"] * 1e3, hot[f"{what}_quiet"] * 1e3
        yield what, int(hot["waiting"]), f"{busy:.2f}", f"{quiet:.2f}", f"{busy / quiet:.2f}"
    yield "first page of the queue", int(hot["waiting"]), f"{hot['page'] * 1e3:.2f}", "", ""


def _plain(report: MixedReport) -> dict[str, object]:
    steps = [asdict(s) | {"ratio": s.ratio, "statements_per_order": s.statements_per_order} for s in report.steps]
    return {"benchmark": "mixed"} | asdict(report) | {"steps": steps}


def _figures(seconds: float) -> str:
    """Three figures that count."""
    return f"{seconds:.3f}" if seconds < 10 else f"{seconds:.1f}"


def _busy(part: str) -> AbstractContextManager[object]:
    stderr = Console(stderr=True)
    return stderr.status(part) if stderr.is_terminal else nullcontext()
