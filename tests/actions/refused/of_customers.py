"""What Charlie tries with orders, customers and their parcels, and what he must be told."""

from __future__ import annotations

from onorder.actions import cancellations, customers, orders, packing, payments, return_decisions, returns, shipping
from onorder.rules.lifecycle import ShippingPolicy
from tests.actions.refused.charlie import PAST, SOON, WHO, a_customer, order

TRIES = {
    # Orders.
    "an unknown SKU": (lambda: orders.place(order(lines=[("NO", 1)]), **WHO), "no SKU NO"),
    "no quantity": (lambda: orders.place(order(lines=[("TEA", 0)]), **WHO), "0 is not a quantity"),
    "too many": (lambda: orders.place(order(lines=[("TEA", 10**7)]), **WHO), "not a quantity"),
    "no lines": (lambda: orders.place(order(lines=[]), **WHO), "has no lines"),
    "no number": (lambda: orders.place(order(" "), **WHO), "has no number"),
    "no customer": (lambda: orders.NewCustomer(" "), "has no reference"),
    "a negative price": (lambda: orders.NewLine("TEA", 1, -1), "is not a price"),
    "a negative discount": (lambda: order(discount_minor=-1), "negative"),
    "another currency": (lambda: orders.place(order(currency="EUR"), **WHO), "priced in GBP, the order is in EUR"),
    "an unknown location": (lambda: orders.place(order(location="MOON"), **WHO), "no location MOON"),
    "another order's number": (lambda: orders.place(order("SO-1", key="other"), **WHO), "belongs to another order"),
    "sold out": (lambda: orders.place(order(lines=[("CUP", 1)]), **WHO), "0 can be sold"),
    "no supplier": (lambda: orders.place(order(lines=[("JAR", 1)]), **WHO), "nobody knows when it would come"),
    "too long to wait": (lambda: orders.place(order(lines=[("POT", 1)]), **WHO), "beyond the 3 days its terms allow"),
    "one of several refused": (
        lambda: orders.place_many([order("A"), order("B", lines=[("CUP", 1)])], **WHO),
        "1 of 2 orders cannot be taken",
    ),
    "several locations": (
        lambda: orders.place_many([order("A"), order("B", location="MAIN")], **WHO),
        "several locations",
    ),
    "more for an unknown order": (lambda: orders.add("NO", "TEA", 1, key="k", **WHO), "no order NO"),
    "more of nothing": (lambda: orders.add("SO-1", "TEA", 0, key="k", **WHO), "not a quantity"),
    "more than is sold": (lambda: orders.add("SO-1", "CUP", 1, key="k", **WHO), "0 can be sold"),
    "to swap for itself": (lambda: orders.swap("SO-1", "TEA", "TEA", 1, key="k", **WHO), "swapped for itself"),
    "to swap for nothing": (lambda: orders.swap("SO-1", "TEA", "NO", 1, key="k", **WHO), "no SKU NO"),
    "to swap nothing": (lambda: orders.swap("SO-1", "TEA", "MUG", 0, key="k", **WHO), "not a quantity"),
    "to swap more than waits": (
        lambda: orders.swap("SO-1", "TEA", "MUG", 9, key="k", **WHO),
        "waits for 3 units",
    ),
    "to swap for what is not sold": (lambda: orders.swap("SO-1", "TEA", "CUP", 1, key="k", **WHO), "0 can be sold"),
    "to swap on an unknown order": (lambda: orders.swap("NO", "TEA", "MUG", 1, key="k", **WHO), "no order NO"),
    "a day for an unknown order": (lambda: orders.promise_anew("NO", "TEA", SOON, why="x", **WHO), "no order NO"),
    "a day for what is not on it": (
        lambda: orders.promise_anew("SO-1", "CUP", SOON, why="x", **WHO),
        "no line on order",
    ),
    "a day that has passed": (lambda: orders.promise_anew("SO-1", "TEA", PAST, why="x", **WHO), "has passed"),
    "a day without a reason": (lambda: orders.promise_anew("SO-1", "TEA", SOON, why=" ", **WHO), "no reason is given"),
    "a note about nothing": (lambda: orders.note("SO-1", " ", **WHO), "an empty note says nothing"),
    "a note about an unknown order": (lambda: orders.note("NO", "hm", **WHO), "no order NO"),
    "sent nowhere": (lambda: orders.send_elsewhere("SO-1", " ", **WHO), "no address is given"),
    # Customers.
    "an unknown customer": (
        lambda: customers.correct(0, name="", email="", phone="", language="", **WHO),
        "no customer 0",
    ),
    "a choice of nobody": (
        lambda: customers.choose_messages(0, customers.Wanted(), **WHO),
        "no customer 0",
    ),
    "no way to be written to": (
        lambda: customers.choose_messages(a_customer(), customers.Wanted(False), **WHO),
        "No way",
    ),
    "texts of a shop that sends none": (
        lambda: customers.choose_messages(a_customer(), customers.Wanted(by_text=True), **WHO),
        "sends no text messages",
    ),
    "to reach nobody again": (lambda: customers.reach_again(0, **WHO), "no customer 0"),
    # Cancellations.
    "to cancel an unknown order": (lambda: cancellations.cancel("NO", **WHO), "no order NO"),
    "to cancel what is not on it": (lambda: cancellations.cancel("SO-1", {"CUP": 1}, **WHO), "no line on order SO-1"),
    "to cancel more than there is": (lambda: cancellations.cancel("SO-1", {"TEA": 9}, **WHO), "3 units of TEA"),
    "to cancel nothing": (lambda: cancellations.cancel("SO-1", {"TEA": 0}, **WHO), "0 units cannot be cancelled"),
    # Parcels.
    "an unknown parcel": (lambda: shipping.track("NO", carrier="", tracking="", **WHO), "no parcel NO"),
    "to ship an unknown order": (lambda: shipping.ship([shipping.Parcel("NO")], **WHO), "no order NO"),
    "to ship what is not here": (lambda: shipping.ship([shipping.Parcel("SO-1")], **WHO), "Nothing of SO-1 may go"),
    "to ship something else than may go": (
        lambda: shipping.ship([shipping.Parcel("SO-M", packed={"MUG": 2})], **WHO),
        "not what may go any more: that is 1 × MUG",
    ),
    "to pack an unknown order": (lambda: packing.pack([shipping.Parcel("NO")], **WHO), "no order NO"),
    "to pack what is not here": (lambda: packing.pack([shipping.Parcel("SO-1")], **WHO), "Nothing of SO-1 may go"),
    "to open what is not packed": (lambda: packing.unpack("SO-1", **WHO), "No packed parcel of SO-1"),
    "to open an unknown parcel": (lambda: packing.unpack("NO", **WHO), "no order NO"),
    "to hold an unknown order": (lambda: shipping.hold("NO", "a doubt", **WHO), "no order NO"),
    "to hold for no reason": (lambda: shipping.hold("SO-1", " ", **WHO), "is held for no reason"),
    "to hold twice": (lambda: shipping.hold("SO-C", "again", **WHO), "SO-C is held already: a doubt"),
    "to release an unknown order": (lambda: shipping.release("NO", **WHO), "no order NO"),
    "to release what is not held": (lambda: shipping.release("SO-1", **WHO), "SO-1 is not held"),
    "in no parcel": (
        lambda: shipping.set_shipping_policy("SO-1", ShippingPolicy.UP_TO, most_parcels=0, **WHO),
        "no parcel",
    ),
    "to split an unknown order": (
        lambda: shipping.set_shipping_policy("NO", ShippingPolicy.TOGETHER, **WHO),
        "no order NO",
    ),
    "to lend to nobody": (lambda: shipping.lend("TEA", to="NO", **WHO), "no line of TEA"),
    "to lend what nobody has": (lambda: shipping.lend("TEA", to="SO-1", **WHO), "No unit of TEA can be lent"),
    # Returns.
    "back from nobody": (lambda: returns.take_back("NO", "TEA", 1, restock=True, key="k", **WHO), "no order NO"),
    "back what never left": (
        lambda: returns.take_back("SO-1", "TEA", 1, restock=True, key="k", **WHO),
        "0 units of TEA with the customer",
    ),
    "back nothing": (lambda: returns.take_back("SO-1", "TEA", 0, restock=True, key="k", **WHO), "cannot come back"),
    "a return of the unknown": (
        lambda: returns.request("SO-1", {"NO": 1}, why="", wants="refund", key="k", **WHO),
        "no line on order SO-1 for NO",
    ),
    "a return of nothing": (
        lambda: returns.request("SO-1", {}, why="", wants="refund", key="k", **WHO),
        "nothing is to come back",
    ),
    "to receive an unknown return": (lambda: returns.receive("R-9", key="k", **WHO), "no return R-9"),
    "to decide an unknown return": (
        lambda: return_decisions.decide("R-9", "TEA", "restock", key="k", **WHO),
        "no return R-9",
    ),
    # Money.
    "to pay nothing": (lambda: payments.capture("SO-1", 0, key="k", **WHO), "not an amount"),
    "to pay for nothing": (lambda: payments.capture("NO", 1, key="k", **WHO), "no order NO"),
    "to refund more than is held": (lambda: payments.refund("SO-1", 501, key="k", **WHO), "holds 500 GBP"),
}
