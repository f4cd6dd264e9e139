"""`onorder queue` and `onorder buffers`: look at it."""

from __future__ import annotations

from typing import Annotated

import typer
from django.utils import timezone

from onorder.management import output
from onorder.management.output import Json
from onorder.queries.buffers import buffer_rows
from onorder.queries.queue import waiting_lines
from onorder.rules.money import format_minor


def queue(
    sku: Annotated[str | None, typer.Option(help="Only this SKU.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Only what this supplier brings (its code).")] = None,
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows.")] = 50,
    json: Json = False,
) -> None:
    """Who waits, oldest first: where their units will come from, and when."""
    rows = waiting_lines(now=timezone.now(), sku=sku, supplier=supplier, order=order, limit=limit)
    if json:
        output.as_json(rows)
        return
    output.as_table(
        "The queue, oldest first",
        ("Order", "Customer", "SKU", "Product", "Waiting", "From", "Promised", "Expected", "Slack"),
        (
            (
                row.order,
                row.customer,
                row.sku,
                row.product,
                row.waiting,
                ", ".join(f"{units} {source}" for source, units in row.sources),
                row.promised_on,
                row.expected_on,
                row.slack_days(),
            )
            for row in rows
        ),
        empty="Nobody waits. When a customer buys what is not here, it appears in this list.",
    )


def buffers(
    supplier: Annotated[str | None, typer.Option(help="Only this supplier (its code).")] = None,
    json: Json = False,
) -> None:
    """What waits to be bought, by supplier: how far from the minimum, and when it fires."""
    rows = buffer_rows(now=timezone.now(), suppliers=[supplier] if supplier else None)
    if json:
        output.as_json(rows)
        return
    output.as_table(
        "Buffers, what fires next first",
        ("Supplier", "At", "Units", "Minimum", "Value", "Would buy", "Surplus", "Oldest", "Due", "Now"),
        (
            (
                row.name,
                row.location,
                row.units,
                row.minimum_units or None,
                format_minor(row.value_minor, row.currency, "en_GB"),
                row.purchase_units,
                row.surplus,
                row.oldest_at,
                row.due_at,
                row.would if row.would == "wait" else f"{row.would}: {row.reason}",
            )
            for row in rows
        ),
        empty="Every buffer is empty: what customers wait for is on order.",
    )


COMMANDS = {"queue": queue, "buffers": buffers}
