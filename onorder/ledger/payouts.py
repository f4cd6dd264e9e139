"""Refunds on their way out: in which ways a booked one goes back, and how each part of it ends."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Sum

from onorder.ledger.journal import Journal
from onorder.ledger.orders import Head
from onorder.models import Event, Order, Payment, Payout
from onorder.rules.lifecycle import PayBy, PaymentKind, PayoutState
from onorder.rules.payouts import STORE, Captured, rest_way, split

_NOTE_LENGTH = Payout._meta.get_field("note").max_length or 0
_REFERENCE_LENGTH = Payout._meta.get_field("reference").max_length or 0


def begin(refund: Payment, order: Head) -> None:
    """Note in which ways a refund goes back, whose order is locked. Four statements at the most, however many cards.

    Of an order that came in another way than by the storefront, only what a card of ours gave: the rest is paid back
    by the system that took it.
    """
    captures = Payment.objects.filter(order=order.id, kind=PaymentKind.CAPTURED).order_by("pk")
    counted = captures.annotate(back=Sum("given_back__amount_minor", default=0, filter=_NOT_BY_HAND))
    captured = [Captured(*row) for row in counted.values_list("pk", "key", "amount_minor", "back")]
    is_ours = Order.objects.filter(pk=order.id, channel=STORE).exists()
    rest = rest_way(_pays_by(order)) if is_ours else None
    Payout.objects.bulk_create(
        Payout(
            payment=refund,
            capture_id=part.capture,
            way=part.way,
            amount_minor=part.amount_minor,
            due_at=refund.at,
        )
        for part in split(refund.amount_minor, captured, rest=rest)
    )


def gone(refund: Payment, capture: Payment) -> None:
    """Note that a refund has gone back to the card of a payment already. One statement."""
    Payout.objects.create(
        payment=refund,
        capture=capture,
        way=PayBy.CARD,
        state=PayoutState.DONE,
        amount_minor=refund.amount_minor,
        due_at=refund.at,
        done_at=refund.at,
    )


#: What a person paid out in another way has left the card what it had.
_NOT_BY_HAND = ~Q(given_back__state=PayoutState.DONE) | Q(given_back__by="")


def finish(payout: Payout, reference: str, journal: Journal, *, by_hand: bool) -> bool:
    """Note that it has gone; whether it had not before. One statement."""
    changes: dict[str, Any] = {"state": PayoutState.DONE, "done_at": journal.at, "by": journal.by if by_hand else ""}
    changes |= {"reference": reference[:_REFERENCE_LENGTH]} if reference else {}
    if not Payout.objects.filter(pk=payout.pk).exclude(state=PayoutState.DONE).update(**changes):
        return False
    journal.record(
        "paid_out", f"order:{payout.payment.order_id}", _data(payout) | ({"note": reference} if reference else {})
    )
    return True


def fail(payout: Payout, note: str, journal: Journal, *, reference: str = "") -> bool:
    """Note that it did not go, whatever was said before, so that a person sees to it; whether that was news. What
    a person has paid out meanwhile stays so. One statement."""
    failed = Payout.objects.filter(pk=payout.pk, by="").exclude(state=PayoutState.FAILED)
    changes: dict[str, Any] = {"state": PayoutState.FAILED, "done_at": None, "note": note[:_NOTE_LENGTH]}
    changes |= {"reference": reference[:_REFERENCE_LENGTH]} if reference else {}
    if not failed.update(**changes):
        return False
    journal.record("payout_failed", f"order:{payout.payment.order_id}", _data(payout), why=note[:_NOTE_LENGTH])
    return True


def open_again(payout: Payout, state: PayoutState, journal: Journal, **changes: Any) -> None:
    """Take back that it has gone, or that it failed."""
    Payout.objects.filter(pk=payout.pk).update(state=state, done_at=None, by="", **changes)
    journal.record("payout_open", f"order:{payout.payment.order_id}", _data(payout))


def _data(payout: Payout) -> dict[str, Any]:
    return {"amount_minor": payout.amount_minor, "currency": payout.payment.currency, "way": payout.way}


def _pays_by(order: Head) -> str:
    """How its customer chose to pay when buying; empty if they were not asked."""
    accepted = Event.objects.filter(subject=order.subject, kind="accepted").values_list("data", flat=True).first()
    return str(accepted.get("pays_by", "")) if accepted else ""
