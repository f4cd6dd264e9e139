"""The main job by hand, and by itself: fire, approve, send, paper, receive, ship; worker."""

from __future__ import annotations

import csv
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from onorder import working
from onorder.actions import purchasing, receiving, shipping
from onorder.delivery import documents
from onorder.errors import BadInput
from onorder.ledger import purchase_orders
from onorder.management import output
from onorder.management.output import Json
from onorder.queries import due, parcels
from onorder.queries.buffers import buffer_rows
from onorder.queries.purchase_orders import outstanding
from onorder.rules.lifecycle import PurchaseOrderState

BY = "command line"
AT_ONCE = 500


def fire(
    supplier: Annotated[
        str | None, typer.Argument(help="Code; raise this buffer now, whatever its policy says.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Raise every buffer now, whatever its policy says.")] = False,
    location: Annotated[str | None, typer.Option(help="Code of the location; default the shop's.")] = None,
    json: Json = False,
) -> None:
    """Turn buffers into purchase orders: those that are due, or by hand the one (or all) you name."""
    now = timezone.now()
    if supplier and all_:
        raise typer.BadParameter("name a supplier or give --all, not both")
    if supplier:
        raised = [purchasing.raise_order(supplier, location=location, by=BY, now=now)]
    elif all_:
        raised = [
            purchasing.raise_order(row.supplier, location=row.location, by=BY, now=now)
            for row in output.progress(buffer_rows(now=now), "Raising")
        ]
    else:
        raised = [
            purchasing.fire(at.supplier, location=at.location, by=BY, now=now)
            for at in output.progress(due.due_buffers(now), "Judging")
        ]
    to_send = due.purchase_orders_to_send(now)
    for number in to_send:
        purchasing.send(number, by=BY, now=now)
    sent = [one.number for one in raised if one.state == PurchaseOrderState.SENT] + to_send
    left = due.without_address(now)
    if json:
        output.as_json({"raised": raised, "sent": sent, "without_address": left})
        return
    rows = [
        (one.number or "", one.step, one.reason, one.units, "sent" if one.number in sent else one.state)
        for one in raised
    ]
    nothing = "No buffer is due. `onorder buffers` says when the next one is."
    output.as_table("Buffers", ("PO", "Step", "Reason", "Units", "State"), rows, empty=nothing)
    _say_what_is_left(left)


def send(
    purchase_order: Annotated[str, typer.Argument(metavar="PO", help="Number of the purchase order.")],
    by_other_means: Annotated[
        bool, typer.Option("--by-other-means", help="You have told the supplier yourself: no e-mail leaves.")
    ] = False,
) -> None:
    """Send a purchase order that is queued (or bounced) now, whether its time has come or not."""
    purchasing.send(purchase_order, by_other_means=by_other_means, by=BY, now=timezone.now())
    print(f"{purchase_order} is sent." if by_other_means else f"{purchase_order} is sent: its e-mail leaves next.")


def approve(
    purchase_order: Annotated[str, typer.Argument(metavar="PO", help="Number of the purchase order.")],
) -> None:
    """Let a drafted purchase order leave."""
    purchasing.approve(purchase_order, by=BY, now=timezone.now())
    print(f"{purchase_order} leaves with the worker's next round, or now with `onorder send {purchase_order}`.")


def paper(
    purchase_order: Annotated[str, typer.Argument(metavar="PO", help="Number of the purchase order.")],
    folder: Annotated[Path, typer.Option(help="Where the two files go.")] = Path(),
) -> None:
    """Write a purchase order as it stands to a PDF and a CSV file, to print or to upload."""
    key = purchase_orders.find(purchase_order).id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{purchase_order}.pdf").write_bytes(documents.purchase_order_pdf(key))
        (folder / f"{purchase_order}.csv").write_text(documents.purchase_order_csv(key), newline="", encoding="utf-8")
    except OSError as refused:
        why = refused.strerror or "cannot be written"
        raise BadInput(
            what="{folder}", problem="{why}", remedy="Name another folder.", folder=folder, why=why
        ) from None
    print(f"{folder / purchase_order}.pdf and .csv are written.")


def receive(
    purchase_order: Annotated[str, typer.Argument(metavar="PO", help="Number of the purchase order.")],
    file: Annotated[Path | None, typer.Argument(help="CSV: sku, accepted, rejected, reason.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything that is still outstanding on it arrived.")] = False,
    key: Annotated[str | None, typer.Option(help="Name of this receipt; the same name is booked once.")] = None,
    json: Json = False,
) -> None:
    """Book goods that arrived, and hand them to the oldest waiting lines."""
    if (file is None) == (not all_):
        raise typer.BadParameter("give a file with what was counted, or --all")
    counted = (
        _read_counts(file) if file else [receiving.Count(sku, units) for sku, units in outstanding(purchase_order)]
    )
    if not counted:
        raise BadInput(
            what="{number}", problem="has nothing outstanding", remedy="Check its number.", number=purchase_order
        )
    key = key or f"{purchase_order}:{file.name if file else 'all'}:{_fingerprint(counted)}"
    received = receiving.receive(purchase_order, counted, key=key, by=BY, now=timezone.now())
    if json:
        output.as_json(received)
    elif received.is_new:
        print(f"{received.accepted:,} units booked on {purchase_order}, {received.rejected:,} rejected.")
    else:
        print("This receipt was booked before; nothing changed. Another delivery of the same? Give it a --key.")


def ship(
    order: Annotated[list[str] | None, typer.Argument(help="Numbers of orders.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Everything that may go now.")] = False,
    carrier: Annotated[str, typer.Option(help="Who takes them.")] = "",
    tracking: Annotated[str, typer.Option(help="Tracking number, for one parcel.")] = "",
    json: Json = False,
) -> None:
    """Hand parcels to the carrier: of each order what may go now."""
    if bool(order) == ready:
        raise typer.BadParameter("name orders, or give --ready")
    numbers = order or [parcel.order for parcel in parcels.ready()]
    now = timezone.now()
    shipped = []
    batches = [numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE)]
    for batch in output.progress(batches, "Shipping"):
        going = [shipping.Parcel(number, carrier, tracking) for number in batch]
        shipped += shipping.ship(going, by=BY, now=now, skip_unready=ready)
    if json:
        output.as_json(shipped)
        return
    rows = [(one.number, one.order, one.units, one.to_follow) for one in shipped]
    nothing = "No parcel is ready. `onorder queue` says what they wait for."
    output.as_table("Shipped", ("Parcel", "Order", "Units", "To follow"), rows, empty=nothing)


def worker(
    once: Annotated[bool, typer.Option("--once", help="One round, then leave.")] = False,
    json: Json = False,
) -> None:
    """Do what is due: raise and send purchase orders, deliver messages, remind, learn. Several may run at once."""
    if once:
        done = working.work(timezone.now())
        working.take_figures(timezone.now())
        working.look_into_mailbox(timezone.now())
        output.as_json(done) if json else print(
            f"{done.raised} purchase orders raised, {done.sent} sent, {done.reminded} reminders,"
            f" {done.late_lines} late lines, {done.heartbeats} signs of life,"
            f" {done.messages} messages ({done.messages_failed} failed),"
            f" {done.paid_out} refunds to cards ({done.payouts_failed} failed)."
        )
        if not json:
            _say_what_is_left(done.without_address)
        return
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    working.run_worker(stop)


def _say_what_is_left(without_address: Sequence[str]) -> None:
    if without_address:
        print(
            f"Left to you, because their suppliers have no e-mail address: {', '.join(without_address)}."
            " Tell them, then `onorder send PO --by-other-means`."
        )


def _read_counts(file: Path) -> list[receiving.Count]:
    counted: list[receiving.Count] = []
    problems: list[str] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            if not {"sku", "accepted"} <= set(reader.fieldnames or ()):
                raise BadInput(
                    what="{file}", problem="has no columns sku and accepted", remedy="Add a header line.", file=file
                )
            for row in reader:
                try:
                    counted.append(_count(row))
                except (ValueError, BadInput) as wrong:
                    problems.append(f"line {reader.line_num}: {wrong}")
    except OSError as missing:
        why = missing.strerror or "cannot be read"
        raise BadInput(what="{file}", problem="{why}", remedy="Check the name.", file=file, why=why) from None
    except UnicodeDecodeError:
        raise BadInput(
            what="{file}", problem="is not UTF-8 text", remedy="Save it as CSV in UTF-8.", file=file
        ) from None
    if problems:
        raise BadInput(
            what="{file}", problem="{said}", remedy="Nothing was booked.", file=file, said="; ".join(problems[:20])
        )
    return counted


def _count(row: dict[str, str | None]) -> receiving.Count:
    return receiving.Count(
        sku=(row["sku"] or "").strip(),
        accepted=int(row["accepted"] or 0),
        rejected=int(row.get("rejected") or 0),
        why_rejected=(row.get("reason") or "").strip(),
    )


def _fingerprint(counted: list[receiving.Count]) -> str:
    from hashlib import sha256

    return sha256(repr(counted).encode()).hexdigest()[:16]


COMMANDS = {
    "fire": fire,
    "approve": approve,
    "send": send,
    "paper": paper,
    "receive": receive,
    "ship": ship,
    "worker": worker,
}
