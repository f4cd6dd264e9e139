"""Every action says what is wrong and what to do, and leaves the database as it was."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from onorder.actions import (
    amending,
    answers,
    cancellations,
    catalog,
    customers,
    learning,
    messages,
    orders,
    payments,
    people,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.actions import shop as shops
from onorder.errors import OnOrderError
from onorder.models import Customer, Message, Person
from onorder.rules.entering import CodeAskedOf
from onorder.rules.lifecycle import Accept, BelowMinimum, ShippingPolicy
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Terms
from onorder.rules.wording import Texts
from tests.fingerprint import fingerprint
from tests.shop import Shop

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
SOON, PAST = date(2026, 3, 20), date(2026, 3, 1)
WHO = {"by": "charlie", "now": NOW}
BOB = orders.NewCustomer("bob")


def a_customer():
    return Customer.objects.order_by("pk").values_list("pk", flat=True).first()


def _messages(**of):
    return list(Message.objects.filter(**of).values_list("pk", flat=True))


def order(number="N", lines=(("TEA", 1),), **more):
    return orders.NewOrder(number, BOB, [orders.NewLine(sku, units) for sku, units in lines], **more)


def settings(name):
    days = shops.OpenDays("01234")
    return shops.Settings(name, "", "en_GB", "UTC", days, 1, days, 1, days, 0)


#: What somebody tries, and what they must be told. SO-1 waits for tea and got a mug; PO-1 is sent; PO-2 is a draft;
#: PO-3 is queued, for a supplier without an e-mail address.
TRIES = {
    # Messages.
    "a text for nothing": (lambda: messages.write_text("rumour", "en", Texts("x"), **WHO), "no kind of message rumour"),
    "a text with a hole": (
        lambda: messages.write_text("placed", "en", Texts(headline="{nmae}"), **WHO),
        "nothing to put in for {nmae}",
    ),
    "no text in no language": (lambda: messages.reset_text("placed", "de-AT", **WHO), "no language de-AT"),
    "silence nowhere": (lambda: messages.keep_in_touch("MOON", **WHO), "no location MOON"),
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
    "no barcode": (lambda: catalog.attach_barcode("TEA", " ", **WHO), "is no barcode"),
    "a barcode of nothing": (lambda: catalog.attach_barcode("NO", "1", **WHO), "no SKU NO"),
    "an unknown parcel": (lambda: shipping.track("NO", carrier="", tracking="", **WHO), "no parcel NO"),
    "a note about nothing": (lambda: orders.note("SO-1", " ", **WHO), "an empty note says nothing"),
    "a note about an unknown order": (lambda: orders.note("NO", "hm", **WHO), "no order NO"),
    "sent nowhere": (lambda: orders.send_elsewhere("SO-1", " ", **WHO), "no address is given"),
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
    # Purchasing.
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
    # People.
    "to invite nobody": (lambda: people.invite(" ", "x@shop.example", ["buyer"], **WHO), "has no name"),
    "to invite to nothing": (lambda: people.invite("Wendy", "w@shop.example", [], **WHO), "none that there is"),
    "to invite as a king": (lambda: people.invite("Wendy", "w@shop.example", ["king"], **WHO), "none that there is"),
    "to invite twice": (lambda: people.invite("Ben", "BEN@shop.example", ["buyer"], **WHO), "works here already"),
    "a link for nobody": (lambda: people.hand_out_link("nobody", **WHO), "no person nobody"),
    "a link for who has left": (lambda: people.hand_out_link("dora", **WHO), "no person dora"),
    "no owner any more": (lambda: people.set_roles("alice", ["buyer"], **WHO), "Alice is the last owner"),
    "to send the last owner away": (lambda: people.deactivate("alice", **WHO), "Alice is the last owner"),
    "to let nobody in again": (lambda: people.reactivate("nobody", **WHO), "no person nobody"),
    "an account without a name": (lambda: people.set_account("ben", " ", "", people.Ways(), **WHO), "has no name"),
    "somebody else's address": (
        lambda: people.set_account("ben", "Ben", "alice@shop.example", people.Ways(), **WHO),
        "works here already",
    ),
    "a zone of nowhere": (lambda: people.Ways(time_zone="Moon/Base"), "'Moon/Base' is not known"),
    "a password for who has left": (lambda: people.set_password("dora", "x", **WHO), "no person dora"),
    "to enter after leaving": (lambda: people.enter("dora", **WHO), "no person dora"),
    "to enter with a used code": (lambda: people.enter("alice", step=5, **WHO), "This code was used already."),
    "to enter with no recovery code": (lambda: people.enter("alice", recovery="x", **WHO), "was used already"),
    "codes for nobody": (lambda: people.turn_on_codes("nobody", "s", 1, [], **WHO), "no person nobody"),
    "no codes for nobody": (lambda: people.turn_off_codes("nobody", **WHO), "no person nobody"),
    "recovery from nothing": (lambda: people.renew_recovery_codes("ben", [], **WHO), "no second factor of ben"),
    "to log nobody out": (lambda: people.end_sessions("nobody", **WHO), "no person nobody"),
    "to lift no lockout": (lambda: people.lift_lockout(10**9, **WHO), "no lockout"),
    "sessions for ever": (lambda: people.set_entry(CodeAskedOf.NOBODY, 10_000, **WHO), "not a number of days"),
    # The shop.
    "a transfer to nowhere": (
        lambda: shops.set_payment_ways(shops.PaymentWays(True), **WHO),
        "nobody would know where to",
    ),
    "an hour that is none": (
        lambda: shops.set_message_ways(shops.MessageWays(gathers_at=24), **WHO),
        "24 is none of the day",
    ),
    "a shop that never works": (lambda: shops.OpenDays(""), "open on no day of the week"),
    "holidays of nowhere": (lambda: shops.OpenDays("0", "ZZ"), "no public holidays are known"),
    "settings without a name": (lambda: shops.set_settings(settings(" "), **WHO), "has no name"),
    "a location twice": (lambda: shops.add_location("main", "Again", **WHO), "a location main already"),
    "a location without a name": (lambda: shops.add_location("NORTH", " ", **WHO), "no code or no name"),
    # Messages.
    "to send again what nobody wrote": (lambda: messages.queue_again([10**9], **WHO), "no message 1000000000"),
    "to send again what did not fail": (
        lambda: messages.queue_again(_messages(kind="placed"), **WHO),
        "is queued, so it cannot be queued again",
    ),
    "to send again what was sent again": (
        lambda: messages.queue_again(_messages(state="failed"), **WHO),
        "is overtaken: PO-1 was sent again",
    ),
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
    # Shipping.
    "to ship an unknown order": (lambda: shipping.ship([shipping.Parcel("NO")], **WHO), "no order NO"),
    "to ship what is not here": (lambda: shipping.ship([shipping.Parcel("SO-1")], **WHO), "Nothing of SO-1 may go"),
    "to ship something else than may go": (
        lambda: shipping.ship([shipping.Parcel("SO-M", packed={"MUG": 2})], **WHO),
        "not what may go any more: that is 1 × MUG",
    ),
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
    "to pay nothing": (lambda: payments.capture("SO-1", 0, key="k", **WHO), "not an amount"),
    "to pay for nothing": (lambda: payments.capture("NO", 1, key="k", **WHO), "no order NO"),
    "to refund more than is held": (lambda: payments.refund("SO-1", 501, key="k", **WHO), "holds 500 GBP"),
    "to pay no supplier": (lambda: payments.pay_supplier("PO-9", 1, key="k", **WHO), "no purchase order PO-9"),
    "more back than was paid": (lambda: payments.refunded_by_supplier("PO-1", 1, key="k", **WHO), "only 0 was paid"),
    # Settings.
    "a second shop": (lambda: shops.open_shop(shops.NewShop("B", "GBP"), **WHO), "has a shop already"),
    "terms of two things": (lambda: shops.set_terms(Terms(), sku="TEA", product="tea", **WHO), "more than one scope"),
    "a fee of nothing": (
        lambda: shops.set_terms(Terms(cancelling=Cancelling.FEE_AFTER), **WHO),
        "no fee for cancelling",
    ),
    "a cap of nothing": (lambda: shops.set_terms(Terms(accept=Accept.CAPPED), **WHO), "without a cap"),
    "terms of the unknown": (lambda: shops.set_terms(Terms(), sku="NO", **WHO), "no SKU NO"),
    "terms of several that are unknown": (
        lambda: shops.set_terms_of_skus({"TEA": Terms(cap=1), "NO": Terms()}, **WHO),
        "no SKU NO",
    ),
    "several capped without a cap": (
        lambda: shops.set_terms_of_skus({"TEA": Terms(accept=Accept.CAPPED)}, **WHO),
        "without a cap",
    ),
    "a price below zero": (lambda: catalog.NewVariant("A", "a", "A", -1, "GBP"), "negative price"),
    "a barcode of another": (
        lambda: catalog.put_variants([catalog.NewVariant("A", "a", "A", 1, "GBP", barcode="111")], **WHO),
        "has the barcode 111 of TIN",
    ),
    "one barcode twice": (
        lambda: catalog.put_variants([catalog.NewVariant(s, "a", "A", 1, "GBP", barcode="9") for s in "AB"], **WHO),
        "has the barcode 9 of A",
    ),
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


@pytest.fixture
def busy_shop(furnished, db):
    """Bob waits for tea, which is on a sent purchase order; another purchase order is a draft."""
    return furnished


@pytest.fixture(scope="module")
def furnished(built_once):
    shop = Shop()
    alice, _ben, dora = (
        User.objects.create_user(name, f"{name}@shop.example", "x", first_name=name.title())
        for name in ("alice", "ben", "dora")
    )
    alice.groups.add(Group.objects.get_or_create(name="owner")[0])
    Person.objects.create(user=alice, code_salt="salt", code_since=NOW, code_step=5)
    User.objects.filter(pk=dora.pk).update(is_active=False)
    shop.supplier("IDLE")
    shop.sells("TEA")
    shop.sells("MUG", here=1)
    shop.supplier("ASKS", suppliers.Policy(order_weekdays="4", sends_itself=False))
    shop.sells("CUP", supplier="ASKS")
    shop.supplier("SHY", email="")
    shop.sells("BOX", supplier="SHY")
    shop.sells("JAR", supplier=None)
    shop.sells("POT")
    catalog.put_variants([catalog.NewVariant("TIN", "tin", "Tin", 1, "GBP", barcode="111")], by="alice", now=shop.now)
    shop.order({"TEA": 3}, together=True)
    shop.raises()
    shop.order({"CUP": 1}, number="SO-C")
    shop.now = datetime(2026, 3, 6, 18, tzinfo=UTC)
    assert shop.fires("ASKS").state == "draft"
    shop.order({"BOX": 1}, number="SO-B")
    Message.objects.filter(kind="purchase_order").update(state="failed", note="no such mailbox")
    assert purchasing.raise_order("SHY", by="ben", now=shop.now).number == "PO-3"
    shop.terms(sku="CUP", accept=Accept.NEVER)
    shop.terms(sku="POT", longest_wait_days=3)
    shop.order({"MUG": 1}, number="SO-M")
    shipping.hold("SO-C", "a doubt", by="dora", now=shop.now)
    payments.capture("SO-1", 500, key="paid", by="bob", now=shop.now)
    return shop


@pytest.mark.parametrize("what", TRIES)
def test_it_is_refused_with_a_sentence_and_nothing_changes(busy_shop, what):
    attempt, sentence = TRIES[what]
    before = fingerprint()
    with pytest.raises(OnOrderError) as refusal:
        attempt()
    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert type(refusal.value).code != OnOrderError.code
    assert fingerprint() == before


def test_every_action_is_tried_with_something_wrong():
    """All of them but those that nobody can give anything wrong."""
    source = Path(__file__).read_text()
    modules = (
        amending,
        answers,
        cancellations,
        catalog,
        messages,
        orders,
        payments,
        people,
        purchasing,
        receiving,
        return_decisions,
        returns,
        shipping,
        stock,
    )
    for module in (*modules, suppliers, shops):
        for name, action in vars(module).items():
            if inspect.isfunction(action) and action.__module__ == module.__name__ and not name.startswith("_"):
                assert f".{name}(" in source or name in {"put_suppliers", "send_link"}, (
                    f"{module.__name__}.{name} is never refused"
                )
