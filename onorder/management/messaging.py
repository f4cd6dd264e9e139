"""`onorder messages`: what leaves next, what failed, and another chance for it. `onorder bounce`: what came back."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from django.utils import timezone

from onorder.actions.messages import Again, queue_again
from onorder.delivery import bounces
from onorder.management import output
from onorder.management.output import Json
from onorder.queries.outbox import outbox
from onorder.rules.lifecycle import MessageState

BY = "command line"
_CHUNK = 64 * 1024


def messages(
    message: Annotated[list[int] | None, typer.Argument(metavar="NUMBER", help="Only these messages.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed for good, or came back.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Queue them again: all that failed, or those named.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows.")] = 50,
    json: Json = False,
) -> None:
    """The messages to customers and suppliers, newest first; with --again, what failed is due once more."""
    if again:
        done = queue_again(message or None, by=BY, now=timezone.now())
        output.as_json(done) if json else print(_said(done))
        return
    states = (MessageState.FAILED, MessageState.BOUNCED) if failed else ()
    rows = outbox(states=states, keys=message or (), limit=limit)
    if json:
        output.as_json(rows)
        return
    output.as_table(
        "Messages, newest first",
        ("No.", "Kind", "About", "To", "By", "State", "Due", "Sent", "Attempts", "Why"),
        (
            (
                str(row.id),
                row.kind,
                row.about,
                row.to,
                row.channel,
                row.state,
                row.due_at,
                row.sent_at,
                row.attempts,
                row.note,
            )
            for row in rows
        ),
        empty="No message has failed."
        if failed
        else "There is no message. Each event that concerns somebody makes one.",
    )


def bounce() -> None:
    """Read a mail that came back from the standard input, and note what it says: for a mail server to call.

    It always succeeds, whatever the mail is: a mail server would answer a failure with another mail.
    """
    raw = sys.stdin.buffer.read(bounces.MOST_BYTES)
    while sys.stdin.buffer.read(_CHUNK):  # A mail server that cannot hand over all of it would keep it.
        pass
    bounces.take(raw, now=timezone.now())


def _said(done: Again) -> str:
    if not (done.queued or done.overtaken):
        return "No message has failed: nothing to queue again."
    said = f"Queued again: {len(done.queued):,}. The worker sends them in its next round."
    if done.overtaken:
        why = "their purchase order was sent again, answered or called off since"
        said += f" Left as they are: {len(done.overtaken):,}, because {why}."
    return said


COMMANDS = {"messages": messages, "bounce": bounce}
