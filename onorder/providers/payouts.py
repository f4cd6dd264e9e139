"""Refunds leave for the cards that they came from: each once, whatever fails on the way.

The guarantee. A refund is asked for under a key of its own, so the provider does it once however often it is asked. If
we do not know what became of it (no answer, or the process died), the provider is first asked whether it has it. After
`MOST_ATTEMPTS`, or when the provider says no, it is a person's.

How. A short transaction leases refunds: it moves their `due_at` ahead and counts the attempt, so that nobody else takes
them meanwhile, and so that what the provider says of one at once is known to be ours. Then each is asked for, and
marked by a transaction of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from onorder.actions import payouts
from onorder.models import Payout
from onorder.providers.provider import Down, GivenBack, Provider, Refused
from onorder.rules.lifecycle import PayBy, PayoutState
from onorder.rules.payouts import intent_of
from onorder.rules.retrying import MOST_ATTEMPTS, pause

logger = logging.getLogger(__name__)

BY = "worker"
LEASE = timedelta(minutes=10)
_AT_ONCE = 20  # Each may take the provider ten seconds, twice: a slow one must not outlast the lease.


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of the refunds that were due: gone, given to a person, or to be tried again later."""

    done: int = 0
    failed: int = 0
    retried: int = 0


def carry_out(provider: Provider, now: datetime) -> CarriedOut:
    """Have refunds that are due given back to their cards. Must not be called in a transaction.

    What fails for a time is tried again after `pause()`, at most `MOST_ATTEMPTS` times. What the provider refuses fails
    at once, with its words. Several workers may do this at once.
    """
    leased = _lease(now)
    done = failed = retried = 0
    for payout in leased:
        try:
            given = _give_back(provider, payout)
        except Down as down:
            if payout.attempts < MOST_ATTEMPTS:
                _put_off(payout, str(down), now)
                retried += 1
                continue
            payouts.refused_by_card(payout.pk, str(down), by=BY, now=now)
            failed += 1
        except Refused as refused:
            payouts.refused_by_card(payout.pk, str(refused), by=BY, now=now)
            failed += 1
        else:
            if given.state == PayoutState.FAILED:
                payouts.refused_by_card(payout.pk, given.note or given.reference, by=BY, now=now)
                failed += 1
            else:
                payouts.went_to_card(payout.pk, given.reference, by=BY, now=now)
                done += 1
    if failed:
        logger.warning("%d refunds could not go back to their cards; the desk says why", failed)
    return CarriedOut(done, failed, retried)


def _give_back(provider: Provider, payout: Payout) -> GivenBack:
    intent, name = intent_of(payout.capture.key if payout.capture else ""), str(payout.pk)
    if payout.attempts > 1 or payout.asked_again:  # What we asked before may have been done, and its key forgotten.
        known = provider.given_back(intent, name)
        if known is not None:
            return known
    key = f"{payout.payment.key}:{payout.pk}:{payout.asked_again}"
    return provider.give_back(intent, payout.amount_minor, payout.payment.currency, payout=name, key=key)


def _lease(now: datetime) -> list[Payout]:
    """Take refunds that are due: for the time of the lease nobody else does. Their attempts, with this one."""
    with transaction.atomic(durable=True):
        due = Payout.objects.filter(way=PayBy.CARD, state=PayoutState.TO_DO, due_at__lte=now)
        taken = due.order_by("due_at", "pk").select_for_update(skip_locked=True, no_key=True)
        keys = list(taken.values_list("pk", flat=True)[:_AT_ONCE])
        if keys:
            Payout.objects.filter(pk__in=keys).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return list(Payout.objects.filter(pk__in=keys).select_related("payment", "capture").order_by("pk")) if keys else []


def _put_off(payout: Payout, why: str, now: datetime) -> None:
    """Try it again later, unless somebody else has it by now: every lease counts one more attempt."""
    still = Payout.objects.filter(pk=payout.pk, state=PayoutState.TO_DO, attempts=payout.attempts)
    still.update(due_at=now + pause(payout.attempts), note=why[: Payout._meta.get_field("note").max_length])
