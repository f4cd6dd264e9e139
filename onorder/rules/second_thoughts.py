"""What a customer who thinks better of it may do: by law, because it is late, or by the terms it was sold under.

Whoever has a right by law is never told of the shop's terms: the order of asking is delay, law, terms.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from onorder.rules.calendars import MONDAY_TO_FRIDAY, Calendar
from onorder.rules.consent import Standing, State, refund_by
from onorder.rules.jurisdictions import Exemption, Jurisdiction, RefundFrom, RightToWithdraw
from onorder.rules.money import share_minor


class Why(StrEnum):
    """The reason for what a customer may do, or may not."""

    DELAY = "delay"
    BEFORE_DELIVERY = "before_delivery"
    WITHIN_PERIOD = "within_period"
    NOT_INFORMED = "not_informed"
    NO_SUCH_RIGHT = "no_such_right"
    EXEMPT = "exempt"
    PERIOD_OVER = "period_over"
    TERMS = "terms"
    NOT_BOUGHT = "not_bought"
    BOUGHT = "bought"
    SHIPPED = "shipped"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Whether the customer may change their mind by law, and why.

    `until`: the last day; None while nobody can say, because something is still to come. `exemption`: if that is why.
    """

    is_open: bool
    until: date | None
    why: Why
    exemption: Exemption | None = None


def may_withdraw(
    law: Jurisdiction,
    today: date,
    *,
    delivered: Sequence[date | None],
    informed_on: date | None,
    exemption: Exemption | None = None,
    working: Calendar = MONDAY_TO_FRIDAY,
) -> Withdrawal:
    """Whether a customer may withdraw from what was bought at a distance, without a reason.

    From the order on, long before anything arrives (directive, recital 40), until 14 days after the last piece of the
    order has (art. 9(2)(b); reg. 30). If they were told of it late, until 14 days after that; if never, 12 months
    longer (art. 10; reg. 31).

    Args:
        delivered: for each piece of the order the day it was delivered, None if it was not yet. All of the order: the
            period begins with the last one, even for what came first.
        informed_on: the day on which the customer was told of the right, usually that of the order; None is never.
        exemption: what exempts these goods, where something does; "unsealed" only once the seal is broken.
        working: the working days that a period may end on, where the law says so.

    >>> from onorder.rules.jurisdictions import EUROPEAN_UNION
    >>> told, came = date(2026, 3, 2), [date(2026, 3, 10), date(2026, 3, 20)]
    >>> may_withdraw(EUROPEAN_UNION, date(2026, 4, 3), delivered=came, informed_on=told).until
    datetime.date(2026, 4, 3)
    """
    right = law.withdrawal
    if right is None:
        return Withdrawal(False, None, Why.NO_SUCH_RIGHT)
    if exemption in right.exemptions:
        return Withdrawal(False, None, Why.EXEMPT, exemption)
    days = [day for day in delivered if day is not None and day <= today]
    if len(days) < len(delivered) or not days:
        return Withdrawal(True, None, Why.BEFORE_DELIVERY)
    until = _withdrawal_ends(right, max(days), informed_on, today)
    if right.to_working_day:
        until = working.next_open(until)
    if today > until:
        return Withdrawal(False, until, Why.PERIOD_OVER)
    is_informed = informed_on is not None and informed_on <= today
    return Withdrawal(True, until, Why.WITHIN_PERIOD if is_informed else Why.NOT_INFORMED)


def send_back_by(right: RightToWithdraw, told_on: date) -> date:
    """The last day on which the customer sends the goods back (directive, art. 14(1); reg. 35(4))."""
    return told_on + timedelta(right.send_back_days)


def refund_after_withdrawal_by(
    law: Jurisdiction, told_on: date, *, was_delivered: bool, back_on: date | None = None, proof_on: date | None = None
) -> date | None:
    """The last day for the refund after a withdrawal; None while it may be withheld for goods that are not on the way.

    Args:
        told_on: the day the customer told us.
        was_delivered: whether there is anything to come back, and we do not collect it ourselves.
        back_on: the day the goods were back.
        proof_on: the day on which the customer showed that they were sent. The earlier of the two counts.

    >>> from onorder.rules.jurisdictions import EUROPEAN_UNION as eu, UNITED_KINGDOM as uk
    >>> told, back = date(2026, 3, 2), date(2026, 3, 9)
    >>> [refund_after_withdrawal_by(law, told, was_delivered=True, back_on=back).day for law in (eu, uk)]
    [16, 23]
    """
    if not was_delivered:
        return refund_by(law, told_on)
    signs = [day for day in (back_on, proof_on) if day is not None]
    if not signs:
        return None
    if law.withdrawal and law.withdrawal.refund_from == RefundFrom.GOODS:
        return refund_by(law, min(signs))
    return max(refund_by(law, told_on), min(signs))


class Stage(StrEnum):
    """How far a line has come: only wanted, on a purchase order that was sent, set aside in the warehouse, gone."""

    WANTED = "wanted"
    BOUGHT = "bought"
    SET_ASIDE = "set_aside"
    SHIPPED = "shipped"


class Cancelling(StrEnum):
    """What the terms say of a cancellation.

    `free`: until it ships. `until_bought`: until the supplier has the order, then no more. `fee_after`: from then on
    for a fee. `exchange_only`: from then on against other goods. `final_sale`: never.
    """

    FREE = "free"
    UNTIL_BOUGHT = "until_bought"
    FEE_AFTER = "fee_after"
    EXCHANGE_ONLY = "exchange_only"
    FINAL_SALE = "final_sale"


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """The shop's own terms. `fee_basis_points`: the fee as a share of the value of what is cancelled."""

    cancelling: Cancelling = Cancelling.FREE
    fee_basis_points: int = 0


class Verdict(StrEnum):
    """What the customer may do now."""

    FREE = "free"
    FEE = "fee"
    EXCHANGE = "exchange"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the customer may do now, what of their money the shop keeps, and why.

    `until`: the last day of it; None if no day is known to end it.
    """

    verdict: Verdict
    why: Why
    fee_minor: int = 0
    until: date | None = None


def may_cancel(
    terms: CancellationTerms,
    stage: Stage,
    standing: Standing,
    withdrawal: Withdrawal,
    today: date,
    *,
    value_minor: int,
    paid_minor: int,
) -> Allowed:
    """What a customer may do today with units of a line that they no longer want.

    Whoever may go because it is late, or by law, goes free whatever the terms say: no fee, no exchange, no final sale.
    A notice that is due and not sent counts as sent: the customer does not lose by our being slow.

    Args:
        value_minor: what these units cost the customer, discounts taken off.
        paid_minor: what was paid for them so far. No fee is higher: nobody is billed for leaving.

    >>> on_time, no_law = Standing(State.ON_TIME, date(2026, 3, 20)), Withdrawal(False, None, Why.NO_SUCH_RIGHT)
    >>> fee = CancellationTerms(Cancelling.FEE_AFTER, fee_basis_points=1_500)
    >>> may_cancel(fee, Stage.BOUGHT, on_time, no_law, date(2026, 3, 9), value_minor=2_000, paid_minor=2_000).fee_minor
    300
    """
    if standing.is_refunded:
        return Allowed(Verdict.NO, Why.OVER)
    is_gone = stage == Stage.SHIPPED or standing.state == State.SHIPPED
    if not is_gone and _is_late(standing, today):
        return Allowed(Verdict.FREE, Why.DELAY)
    if withdrawal.is_open:
        return Allowed(Verdict.FREE, withdrawal.why, until=withdrawal.until)
    if is_gone:
        exchange = terms.cancelling == Cancelling.EXCHANGE_ONLY
        return Allowed(Verdict.EXCHANGE if exchange else Verdict.NO, Why.SHIPPED)
    return _by_terms(terms, stage, value_minor, paid_minor)


def _by_terms(terms: CancellationTerms, stage: Stage, value_minor: int, paid_minor: int) -> Allowed:
    is_bought = stage != Stage.WANTED
    match terms.cancelling:
        case Cancelling.FREE:
            return Allowed(Verdict.FREE, Why.TERMS)
        case Cancelling.FINAL_SALE:
            return Allowed(Verdict.NO, Why.TERMS)
        case _ if not is_bought:
            return Allowed(Verdict.FREE, Why.NOT_BOUGHT)
        case Cancelling.UNTIL_BOUGHT:
            return Allowed(Verdict.NO, Why.BOUGHT)
        case Cancelling.EXCHANGE_ONLY:
            return Allowed(Verdict.EXCHANGE, Why.BOUGHT)
        case Cancelling.FEE_AFTER:
            fee = min(share_minor(value_minor, terms.fee_basis_points), paid_minor)
            return Allowed(Verdict.FEE if fee else Verdict.FREE, Why.BOUGHT, fee)


def _is_late(standing: Standing, today: date) -> bool:
    if standing.state == State.NOTICE_DUE:
        return True
    return standing.may_end_from is not None and standing.may_end_from <= today


def _withdrawal_ends(right: RightToWithdraw, last: date, informed_on: date | None, today: date) -> date:
    """Art. 10: never told, 12 months after the first end; told within them, 14 days after that, if it is later."""
    ends = last + timedelta(right.days)
    longest = _months_after(ends, right.uninformed_months)
    if informed_on is None or informed_on > today:
        return longest
    told_in_time = informed_on <= _months_after(last, right.uninformed_months)
    return max(ends, informed_on + timedelta(right.days)) if told_in_time else longest


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last one if it has none (Regulation 1182/71, art. 3(2)(c))."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
