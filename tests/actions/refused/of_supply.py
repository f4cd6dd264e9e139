"""What Charlie tries with purchase orders, suppliers and stock, and what he must be told."""

from __future__ import annotations

from datetime import date

from onorder.actions import amending, answers, learning, payments, purchasing, receiving, stock, suppliers
from onorder.rules.lifecycle import BelowMinimum
from tests.actions.refused.charlie import NOW, WHO

TRIES = {
    # Purchase orders.
    "to fire an unknown buffer": (lambda: purchasing.fire("NO", **WHO), "no supplier NO"),
    "to fire at an unknown place": (lambda: purchasing.fire("ACME", location="MOON", **WHO), "no location MOON"),
    "to raise nothing": (lambda: purchasing.raise_order("IDLE", **WHO), "Nothing waits in the buffer of IDLE"),
    "to approve what is sent": (lambda: purchasing.approve("PO-1", **WHO), "PO-1 is sent"),
    "to send a draft": (lambda: purchasing.send("PO-2", **WHO), "PO-2 is draft"),
    "to send nothing": (lambda: purchasing.send("PO-9", **WHO), "no purchase order PO-9"),
    "to send where there is no address": (lambda: purchasing.send("PO-3", **WHO), "SHY has no e-mail address"),
    "to amend what is not on it": (lambda: amending.amend("PO-1", {"CUP": 1}, why="", **WHO), "no line on PO-1"),
    "to amend to less than nothing": (lambda: amending.amend("PO-1", {"TEA": -1}, why="", **WHO), "not a quantity"),
    "to close a draft": (lambda: amending.close_short("PO-2", why="", **WHO), "PO-2 is draft"),
    "to cancel no purchase order": (lambda: amending.cancel("PO-9", why="", **WHO), "no purchase order PO-9"),
    "to hold back what is sent": (
        lambda: purchasing.hold_back("PO-1", **WHO),
        "PO-1 is sent, so it cannot be held back",
    ),
    "to take back what is sent": (lambda: amending.take_back("PO-1", **WHO), "PO-1 is sent, so it cannot be taken"),
    "to remind of a draft": (lambda: purchasing.remind("PO-2", **WHO), "PO-2 is draft"),
    "a draft bounces": (lambda: purchasing.bounce("PO-2", why="", **WHO), "PO-2 is draft"),
    "to hold nobody": (lambda: purchasing.hold("NO", until=NOW, why="", **WHO), "no supplier NO"),
    # Answers.
    "to answer a draft": (lambda: answers.answer("PO-2", [], key="k", **WHO), "PO-2 is draft"),
    "to answer nothing": (lambda: answers.answer("PO-9", [], key="k", **WHO), "no purchase order PO-9"),
    "to say that a draft has left": (
        lambda: answers.dispatched("PO-2", on=date(2026, 3, 2), **WHO),
        "PO-2 is draft",
    ),
    "to answer what is not on it": (
        lambda: answers.answer("PO-1", [answers.Said("CUP")], key="k", **WHO),
        "no open line on PO-1 for CUP",
    ),
    "to answer with less than nothing": (lambda: answers.Said("TEA", quantity=-1), "not a quantity"),
    "a rest of nothing": (lambda: answers.Said("TEA", rest_on=date(2026, 4, 1)), "a rest needs a first quantity"),
    # Receiving.
    "to receive nothing": (lambda: receiving.receive("PO-1", [], key="k", **WHO), "counts nothing"),
    "to receive on nothing": (lambda: receiving.receive("PO-9", [receiving.Count("TEA", 1)], key="k", **WHO), "PO-9"),
    "to receive a draft": (
        lambda: receiving.receive("PO-2", [receiving.Count("CUP", 1)], key="k", **WHO),
        "PO-2 is draft",
    ),
    "to receive a stranger": (
        lambda: receiving.receive("PO-1", [receiving.Count("MUG", 1)], key="k", **WHO),
        "PO-1 has no line for MUG",
    ),
    "to reject without a reason": (lambda: receiving.Count("TEA", 0, 1), "without a reason"),
    "to count less than nothing": (lambda: receiving.Count("TEA", -1), "is not a count"),
    "to find what is unknown": (
        lambda: receiving.receive_blind([receiving.Count("NO", 1)], key="k", **WHO),
        "no SKU NO",
    ),
    # Stock.
    "to count the unknown": (lambda: stock.count_many([stock.Counted("NO", 1)], **WHO), "no SKU NO"),
    "to count below zero": (lambda: stock.Counted("TEA", -1), "is not a count"),
    "to count on the moon": (
        lambda: stock.count_many([stock.Counted("TEA", 1)], location="MOON", **WHO),
        "no location MOON",
    ),
    "to write off without a reason": (
        lambda: stock.write_off("MUG", 1, why=" ", key="k", **WHO),
        "needs a quantity and a reason",
    ),
    "to write off what is not here": (
        lambda: stock.write_off("TEA", 1, why="wet", key="k", **WHO),
        "Only 0 units of TEA",
    ),
    # Money.
    "to pay no supplier": (lambda: payments.pay_supplier("PO-9", 1, key="k", **WHO), "no purchase order PO-9"),
    "more back than was paid": (lambda: payments.refunded_by_supplier("PO-1", 1, key="k", **WHO), "only 0 was paid"),
    # Suppliers.
    "a policy without a date": (lambda: suppliers.Policy(), "cannot promise a date"),
    "to roll for ever": (
        lambda: suppliers.Policy(order_weekdays="1", below_minimum=BelowMinimum.ROLL),
        "could roll over for ever",
    ),
    "a week without an anchor": (lambda: suppliers.Policy(order_weekdays="1", every_weeks=2), "which weeks count"),
    "an eighth day": (lambda: suppliers.Policy(order_weekdays="8"), "are not days of the week"),
    "nowhere": (lambda: suppliers.Policy(order_weekdays="1", time_zone="Nowhere/Town"), "is not known"),
    "an unknown country": (
        lambda: suppliers.NewSupplier("X", "X", "GBP", suppliers.Policy(order_weekdays="1"), country="XX"),
        "XX",
    ),
    "an offer of nothing": (lambda: suppliers.NewOffer("ACME", "TEA", 1, minimum_quantity=0), "too small"),
    "a break at one": (lambda: suppliers.NewOffer("ACME", "TEA", 1, breaks=((1, 1),)), "below two units"),
    "an offer of nobody": (lambda: suppliers.put_offers([suppliers.NewOffer("NO", "TEA", 1)], **WHO), "no supplier NO"),
    "an offer of what is unknown": (
        lambda: suppliers.put_offers([suppliers.NewOffer("ACME", "NO", 1)], **WHO),
        "no SKU NO",
    ),
    "a policy of nobody": (
        lambda: suppliers.set_policy("NO", suppliers.Policy(order_weekdays="1"), **WHO),
        "no supplier NO",
    ),
    "the only offer of what is waited for": (
        lambda: suppliers.withdraw_offer("ACME", "TEA", **WHO),
        "3 units of TEA are waited for, and nobody but ACME offers it",
    ),
    "an end of what was never offered": (
        lambda: suppliers.withdraw_offer("IDLE", "TEA", **WHO),
        "no offer of TEA by IDLE",
    ),
    "details of nobody": (lambda: suppliers.set_details("NO", suppliers.Details("No"), **WHO), "no supplier NO"),
    "a supplier without a name": (lambda: suppliers.Details(" "), "has no name"),
    "a supplier that never works": (lambda: suppliers.Details("A", weekdays=""), "are not days of the week"),
    "to open what is not closed": (lambda: suppliers.open_again("ACME", 1, **WHO), "no closure of ACME"),
    "closed before it began": (
        lambda: suppliers.close("ACME", date(2026, 3, 2), date(2026, 3, 1), why="", **WHO),
        "ends before it begins",
    ),
    "dates of nowhere": (lambda: learning.announce_delays("MOON", **WHO), "no location MOON"),
}
