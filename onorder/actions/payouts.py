"""Refunds go out: by the worker to the cards they came from, by a person in any other way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import payouts
from onorder.ledger.journal import Journal
from onorder.models import Payout
from onorder.rules.lifecycle import PayBy, PayoutState
from onorder.rules.payouts import names_an_account


class OnItsWay(OnOrderError):
    code = "on_its_way"
    sentence = "This refund of order {order} goes back to a card by itself."
    remedy = "Wait for it: if it fails, it says so here."


class PayoutNotFailed(OnOrderError):
    code = "payout_not_failed"
    sentence = "This refund of order {order} has not failed."
    remedy = "Look at it again: somebody may have been faster."


class NotPaidOutByHand(OnOrderError):
    code = "not_paid_out_by_hand"
    sentence = "Nobody has marked this refund of order {order} as paid out."
    remedy = "Look at it again: somebody may have been faster."


@transaction.atomic(durable=True)
def paid_out(payout: int, reference: str = "", *, by: str, now: datetime) -> None:
    """Note that a refund was paid out by hand, under a reference by which it can be found. Done twice, it is done once.

    Raises:
        NotFound: there is no such refund.
        OnItsWay: the worker pays it out.
        BadInput: the reference is the number of an account, which is not kept.
    """
    reference = _without_account(reference)
    found = _locked(payout)
    if found.state == PayoutState.DONE:
        return
    if found.way == PayBy.CARD and found.state == PayoutState.TO_DO:
        raise OnItsWay(order=found.payment.order.number)  # type: ignore[union-attr]
    journal = Journal(by=by, at=now)
    payouts.finish(found, reference, journal, by_hand=True)
    journal.write()


@transaction.atomic(durable=True)
def not_paid_out(payout: int, *, by: str, now: datetime) -> None:
    """Take back that a refund was paid out by hand: it is to be done again, or has failed as before.

    Raises:
        NotFound: there is no such refund.
        NotPaidOutByHand: nobody said so, or it was taken back already.
    """
    found = _locked(payout)
    if found.state != PayoutState.DONE or not found.by:
        raise NotPaidOutByHand(order=found.payment.order.number)  # type: ignore[union-attr]
    journal = Journal(by=by, at=now)
    before = PayoutState.FAILED if found.way == PayBy.CARD else PayoutState.TO_DO
    payouts.open_again(found, before, journal)
    journal.write()


@transaction.atomic(durable=True)
def try_again(payout: int, *, by: str, now: datetime) -> None:
    """Have the worker try once more to pay a refund back to its card.

    Raises:
        NotFound: there is no such refund.
        PayoutNotFailed: it did not fail, or is tried again already.
    """
    found = _locked(payout)
    if found.state != PayoutState.FAILED:
        raise PayoutNotFailed(order=found.payment.order.number)  # type: ignore[union-attr]
    journal = Journal(by=by, at=now)
    again = {"attempts": 0, "asked_again": found.asked_again + 1, "due_at": now, "note": "", "reference": ""}
    payouts.open_again(found, PayoutState.TO_DO, journal, **again)
    journal.write()


@transaction.atomic(durable=True)
def annotate(payout: int, note: str, *, by: str, now: datetime) -> None:
    """Note something about a refund for whoever pays it out: that its customer was asked for an account, say.

    Raises:
        NotFound: there is no such refund.
        BadInput: the note has the number of an account in it, which is not kept.
    """
    note = _without_account(note)
    found = _locked(payout)
    if found.note == note:
        return
    found.note = note
    found.save(update_fields=["note"])
    journal = Journal(by=by, at=now)
    journal.record("payout_noted", f"order:{found.payment.order_id}", {"note": note})
    journal.write()


@transaction.atomic(durable=True)
def went_to_card(payout: int, reference: str, *, by: str, now: datetime) -> None:
    """Note that the provider has given a refund back to its card, and calls it so. Safe to repeat.

    Raises:
        NotFound: there is no such refund.
    """
    found = _locked(payout)
    journal = Journal(by=by, at=now)
    payouts.finish(found, reference, journal, by_hand=False)
    journal.write()


@transaction.atomic(durable=True)
def refused_by_card(payout: int, why: str, *, by: str, now: datetime) -> None:
    """Note that a refund cannot go back to its card, so that a person pays it out. Safe to repeat.

    Raises:
        NotFound: there is no such refund.
    """
    found = _locked(payout)
    if found.state == PayoutState.DONE:
        return
    journal = Journal(by=by, at=now)
    payouts.fail(found, why, journal)
    journal.write()


def _locked(payout: int) -> Payout:
    rows = Payout.objects.select_for_update(of=("self",), no_key=True).select_related("payment__order")
    found = rows.filter(pk=payout).first()
    if found is None:
        raise NotFound(what="refund", name=payout)
    return found


def _without_account(text: str) -> str:
    text = text.strip()
    if names_an_account(text):
        raise BadInput(
            what="Reference",
            problem="it has the number of a bank account in it",
            remedy="Write how the payment can be found at your bank: accounts of customers are not kept here.",
        )
    return text
