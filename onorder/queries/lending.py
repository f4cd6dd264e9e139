"""Whether somebody could lend an order what it waits for, said before anybody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from onorder.ledger import lines as order_lines
from onorder.ledger.levels import look_at_levels
from onorder.models import Loan, Order, OrderLine, PurchaseOrderLine
from onorder.queue import setup as settings
from onorder.queue.lending import NoLender, lender_for
from onorder.queue.outlook import Outlook


@dataclass(frozen=True, slots=True)
class CouldLend:
    """An order that could lend: what repays it, and when; and the day that its whole order ships, loan or no loan."""

    order: str
    units: int
    repaid_from: str
    repaid_on: date
    complete_on: date


def could_lend(line: int, *, now: datetime) -> CouldLend | str:
    """Who could lend what a line waits for; else why nobody can, as the rest of a sentence. At most fifteen statements.

    An answer of this moment: only the lending transaction decides.
    """
    (borrower,) = order_lines.read(OrderLine.objects.filter(pk=line))
    levels = look_at_levels({borrower.variant}, location=borrower.location)
    found = lender_for(borrower, Outlook(settings.current(), list(levels.values()), now=now))
    if isinstance(found, NoLender):
        return found.why
    return CouldLend(
        order=Order.objects.values_list("number", flat=True).get(pk=found.line.order),
        units=borrower.waiting,
        repaid_from=_number(found.repaid_from),
        repaid_on=found.repaid_on,
        complete_on=found.complete_on,
    )


def lent_last(borrower: str) -> tuple[str, str]:
    """The last loan to an order: who lent, and the purchase order that repays it. One statement.

    Raises:
        Loan.DoesNotExist: nobody ever lent to it.
    """
    loans = Loan.objects.filter(borrower__order__number=borrower).order_by("-pk")
    found = loans.values_list("lender__order__number", "repaid_from__purchase_order__number").first()
    if found is None:
        raise Loan.DoesNotExist
    return found


def _number(purchase_order_line: int) -> str:
    found: str = PurchaseOrderLine.objects.values_list("purchase_order__number", flat=True).get(pk=purchase_order_line)
    return found
