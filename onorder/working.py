"""The worker: does what is due, and catches up with what fell due while it was away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import close_old_connections
from django.utils import timezone

from onorder.actions import collecting, consent, learning, messages, purchasing
from onorder.delivery import mailbox, outbox
from onorder.errors import OnOrderError, WrongState
from onorder.providers import hearing, payouts
from onorder.providers.configured import provider
from onorder.queries import due
from onorder.queue.setup import NotSetUp
from onorder.rules.lifecycle import PurchaseOrderState

T = TypeVar("T")

logger = logging.getLogger(__name__)

BY = "worker"
BETWEEN_ROUNDS = timedelta(seconds=15)
BETWEEN_LOOKS = timedelta(minutes=1)  # Into the mailbox for bounces.


@dataclass(slots=True)
class Round:
    """What one round of the worker did, and which purchase orders it left to a person, for want of an address."""

    raised: int = 0
    sent: int = 0
    reminded: int = 0
    lapsed_lines: int = 0
    late_lines: int = 0
    asked: int = 0
    given_up: int = 0
    heartbeats: int = 0
    messages: int = 0
    messages_failed: int = 0
    paid_out: int = 0
    payouts_failed: int = 0
    payments_found: int = 0
    without_address: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether it did nothing. What waits for a person is nothing to come back for at once."""
        return replace(self, without_address=()) == Round()


def work(now: datetime, *, deliver: bool = True) -> Round:
    """Do everything that is due once. Whatever two workers do at once is done once: each action judges again under its
    lock, and who comes second is told so.

    Args:
        deliver: send the messages too, and ask the provider for cards.
    """
    done = Round()
    if due.is_learning_due(now):
        learning.learn(by=BY, now=now)
    for at in due.due_buffers(now):
        raised = _attempt(partial(purchasing.fire, at.supplier, location=at.location, by=BY, now=now))
        done.raised += bool(raised and raised.number)
        done.sent += bool(raised and raised.state == PurchaseOrderState.SENT)
    for number in due.purchase_orders_to_send(now):
        done.sent += _did(partial(purchasing.send, number, by=BY, now=now))
    done.without_address = tuple(due.without_address(now))
    for number in due.unanswered(now):
        done.reminded += _did(partial(purchasing.remind, number, by=BY, now=now))
    for number in due.lapsing(now):
        lapsed = _attempt(partial(consent.lapse, number, by=BY, now=now))
        done.lapsed_lines += lapsed.lines if lapsed else 0
    for location in due.dates_to_check(now):  # After what is over: nobody is asked about that again.
        late = _attempt(partial(learning.announce_delays, location, by=BY, now=now))
        done.late_lines += late or 0
    for number in due.settled():
        _attempt(partial(collecting.ask_no_more, number, by=BY, now=now))
    for number in due.unasked(now):
        done.asked += bool(_attempt(partial(collecting.ask, number, by=BY, now=now)))
    for number in due.unreminded(now):
        done.reminded += bool(_attempt(partial(collecting.remind, number, by=BY, now=now)))
    for number, _since in due.unpaid(now) if due.gives_up_unpaid() else ():
        done.given_up += bool(_attempt(partial(collecting.give_up_on, number, by=BY, now=now)))
    for location in due.silence_to_break(now):  # After the delays: who was just told of one has heard something.
        done.heartbeats += _attempt(partial(messages.keep_in_touch, location, by=BY, now=now)) or 0
    if deliver:
        delivered = outbox.deliver(now)
        done.messages, done.messages_failed = delivered.sent, delivered.failed
        _ask_provider(done, now)
    return done


def _ask_provider(done: Round, now: datetime) -> None:
    """Give money back to the cards that it came from, and ask about payments of which nobody has told us."""
    cards = provider()
    if cards is None:
        return
    carried = payouts.carry_out(cards, now)
    done.paid_out, done.payouts_failed = carried.done, carried.failed
    done.payments_found = hearing.look(cards, now).news


def take_figures(now: datetime) -> None:
    """Once a day, sum up what the desk shows of the last month. Nobody's order waits for it."""
    if due.is_summing_up_due(now):
        learning.sum_up(by=BY, now=now)


def look_into_mailbox(now: datetime) -> None:
    """Note what came back, where a mailbox for that is set."""
    if mailbox.is_set_up():
        mailbox.look(now=now)


def run_worker(stop: threading.Event, *, between: timedelta = BETWEEN_ROUNDS) -> None:
    """Work until told to stop. A round that fails is logged and tried again; nothing it left half done remains.

    What waits for a person is logged once, when it is first found.
    """
    left: set[str] = set()
    looked_at: datetime | None = None
    while not stop.is_set():
        try:
            done = work(timezone.now())
            take_figures(timezone.now())
            if looked_at is None or timezone.now() - looked_at >= BETWEEN_LOOKS:
                looked_at = timezone.now()
                look_into_mailbox(looked_at)
            busy = not done.is_idle
            if new := set(done.without_address) - left:
                logger.warning("left to a person, for want of their supplier's address: %s", ", ".join(sorted(new)))
            left = set(done.without_address)
        except NotSetUp:
            busy = False
        except Exception:
            logger.exception("a round of the worker failed; it is tried again")
            busy = False
        close_old_connections()
        if not busy:
            stop.wait(between.total_seconds())


def _did(act: Callable[[], None]) -> bool:
    """Whether this worker did it: not another one a moment before, nor is it left to a person since."""
    try:
        act()
    except (WrongState, purchasing.WithoutAddress):
        return False
    return True


def _attempt(act: Callable[[], T]) -> T | None:
    """The result, or None where the facts no longer allow it."""
    try:
        return act()
    except OnOrderError as refusal:
        logger.info("not done: %s", refusal.code)
        return None
