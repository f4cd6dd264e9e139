"""Killed in the middle: all of an action or nothing of it, whichever statement it had come to."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import F

from onorder.actions import (
    account,
    amending,
    answers,
    bounces,
    cancellations,
    cards,
    catalog,
    collecting,
    consent,
    customers,
    deliveries,
    gathering,
    learning,
    messages,
    orders,
    packing,
    payments,
    payouts,
    people,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.actions.shop import (
    MessageWays,
    OpenDays,
    PaymentWays,
    Settings,
    add_location,
    set_message_ways,
    set_payment_ways,
    set_settings,
    set_terms,
    set_terms_of_skus,
)
from onorder.ledger.journal import BY_TEXT
from onorder.models import (
    CardNotice,
    CardPage,
    Closure,
    Customer,
    Event,
    Guesses,
    Message,
    Order,
    Payout,
    Person,
    Session,
    Shipment,
)
from onorder.models import Shop as ShopRow
from onorder.queries import invariants
from onorder.queue import setup as settings
from onorder.rules.bouncing import Verdict
from onorder.rules.cards import Heard, What
from onorder.rules.consent import Reply
from onorder.rules.entering import CodeAskedOf, Lane, Role
from onorder.rules.lifecycle import Accept, Pace, ShippingPolicy
from onorder.rules.terms import Terms
from onorder.rules.wording import Texts
from tests.fingerprint import fingerprint
from tests.races.processes import killed_at, killed_at_commit
from tests.shop import FRIDAYS, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)

#: Every so many statements of an action it is killed before one of them; deep, before each.
STRIDE = 1 if os.environ.get("ONORDER_HYPOTHESIS") == "deep" else 6


@pytest.fixture
def busy(lasting_shop):
    """A shop in the middle of everything: `shop.sent`, `shop.queued` and `shop.draft` are purchase orders."""
    shop = lasting_shop
    shop.sells("TEA", here=1)
    shop.sells("MUG", here=6)
    shop.supplier("SLOW", suppliers.Policy(order_weekdays="4", approve_above_minor=1))
    shop.sells("POT", supplier="SLOW")
    shop.order({"TEA": 3})
    shop.order({"MUG": 1})
    shop.sells("CUP", here=1)
    shop.sells("PAN")
    shop.order({"CUP": 1, "PAN": 1}, together=True)
    shop.order({"CUP": 1}, number="O4")
    shop.sent = shop.raises()
    shop.ships("SO-2")
    shop.order({"MUG": 2}, number="O5")
    shop.ships("O5")
    payments.capture("O5", 1_000, key="paid-5", by="psp", now=shop.now)
    shop.back = shop.asks_back("O5", {"MUG": 2})
    shop.gets_back(shop.back, {"MUG": 1})
    shop.order({"TEA": 1, "MUG": 1}, number="O1")
    shop.order({"POT": 2}, number="O2")
    payments.capture("O1", 1_000, key="paid", by="psp", now=shop.now)
    _late(shop)
    _by_card(shop)
    _owing(shop)
    shop.sells("BOWL", here=1)
    packing.pack([shipping.Parcel(shop.order({"BOWL": 1}, number="PACKED"))], by="wendy", now=shop.now)
    shipping.hold("O2", "address in doubt", by="dora", now=shop.now)
    shop.draft = purchasing.raise_order("SLOW", by="ben", now=shop.now).number
    shop.queued = purchasing.raise_order("ACME", by="ben", now=shop.now).number
    shop.order({"TEA": 2}, number="O3")
    suppliers.close("ACME", shop.now.date(), shop.now.date(), why="inventory", by="ben", now=shop.now)
    shop.closure = Closure.objects.get().pk
    _people(shop.now)
    _parcels(shop)
    Message.objects.filter(kind="shipped").update(state="failed", note="no such mailbox", attempts=1)
    messages.write_text("shipped", "en", Texts(headline="It left"), by="alice", now=shop.now)
    return shop


def _late(shop):
    """By the law of the Union, the customers of LATE and LATER are asked whether they wait two months longer."""
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    for number in ("LATE", "LATER"):
        shop.order({"MUG": 1, "PAN": 2}, number=number)
        payments.capture(number, 1_500, key=number, by="psp", now=shop.now)
        day = shop.line(number, "PAN").promised_on + timedelta(days=60)
        orders.promise_anew(number, "PAN", day, why="flood", by="dora", now=shop.now)


def _by_card(shop):
    """PAID was paid by two cards: of three refunds one is to go, one went, one did not. One payment needs a look."""
    shop.sells("JAR", here=4)
    shop.order({"JAR": 4}, number="PAID", channel="store")
    for intent in ("pi_1", "pi_2"):
        payments.capture("PAID", 1_000, key=f"stripe:{intent}", by="stripe", now=shop.now)
    for n, state in enumerate(("to_do", "failed", "done")):
        payments.refund("PAID", 100 + n, key=f"r{n}", by="dora", now=shop.now)
        changes = {"done_at": shop.now, "by": "dora"} if state == "done" else {}
        Payout.objects.filter(payment__key=f"r{n}").update(state=state, **changes)
    order = Order.objects.get(number="PAID")
    page = {"order": order, "amount_minor": 500, "currency": "GBP", "asked_at": shop.now}
    CardPage.objects.create(key="page", reference="cs_1", url="https://pay.example/1", **page)
    kept = {"name": "x", "at": shop.now, "heard_at": shop.now, "concern": "unknown"}
    CardNotice.objects.create(reference="evt_a", **kept)
    gone = kept | {"concern": "given_back", "order": order, "intent": "pi_2", "amount_minor": 50, "currency": "GBP"}
    CardNotice.objects.create(reference="evt_c", **gone)
    CardNotice.objects.create(reference="evt_b", settled_at=shop.now, settled_by="dora", **kept)


def _owing(shop):
    """DUE and ASKED are here and leave once they are paid; the second was asked for it, and so was PAID, which has."""
    shop.sells("NUT", here=2)
    for number in ("DUE", "ASKED"):
        shop.order({"NUT": 1}, number=number)
    Order.objects.filter(number__in=["DUE", "ASKED", "PAID"]).update(pays_by="transfer")
    Order.objects.filter(number__in=["ASKED", "PAID"]).update(asked_on=shop.now.date())


def _parcels(shop):
    """`shop.there` is with its customer, `shop.gone` did not come; who ordered SO-2 is let in, and has asked again."""
    for number in ("THERE", "GONE"):
        shop.order({"MUG": 1}, number=number)
    shop.counts("MUG", 20)
    shop.there, shop.gone = (parcel.number for parcel in shop.ships("THERE", "GONE"))
    deliveries.deliver([deliveries.Delivery(shop.there, shop.now)], by="wendy", now=shop.now)
    deliveries.miss(shop.gone, by="customer", now=shop.now)
    for wait in (timedelta(0), timedelta(minutes=3)):
        account.send_link("so-2@mail.example", by="customer", now=shop.now + wait)
    mine, shop.asked = Event.objects.filter(kind="account").order_by("pk").values_list("pk", flat=True)
    account.open_link(mine, "mine", by="customer", now=shop.now)


def _people(now):
    """Alice owns the shop, with a code; Ben buys; Dora has left. Somebody guesses."""
    roles = {role: Group.objects.get_or_create(name=role)[0] for role in Role}
    alice, ben, dora = (User.objects.create_user(name, password="x") for name in ("alice", "ben", "dora"))
    alice.groups.add(roles[Role.OWNER])
    ben.groups.add(roles[Role.BUYER])
    User.objects.filter(pk=dora.pk).update(is_active=False)
    Person.objects.create(user=alice, code_salt="salt", code_since=now)
    Session.objects.create(session_key="s", user=ben, expire_date=now + timedelta(days=9), began_at=now, seen_at=now)
    Guesses.objects.create(pk=1, lane=Lane.ADDRESS, key="192.0.2.7", failures=9, last_at=now, until_at=now)


SETTINGS = Settings("Alice's", "", "en_GB", "UTC", OpenDays("01"), 2, OpenDays("01234"), 1, OpenDays("0"), 3)


def counted(**units):
    return [receiving.Count(sku, few) for sku, few in units.items()]


def new_order(number, *skus):
    return orders.NewOrder(
        number, orders.NewCustomer(number, "n@mail.example"), [orders.NewLine(sku, 6) for sku in skus]
    )


def came_back():
    """A mail to the first customer was taken, and is known by this."""
    sent = Message.objects.filter(customer__email="so-1@mail.example").order_by("pk").first()
    Message.objects.filter(pk=sent.pk).update(state="sent", mail_id="a" * 32)
    return "a" * 32


def text_sent():
    """A text message to the first customer was taken, beside a mail that did not leave because of it."""
    mail = Message.objects.filter(customer__email="so-1@mail.example").order_by("pk").first()
    Message.objects.filter(pk=mail.pk).update(state="suppressed", note=BY_TEXT)
    Customer.objects.filter(pk=mail.customer_id).update(by_text=True, text_number="+447400123456")
    shared = {"event_id": mail.event_id, "kind": mail.kind, "customer_id": mail.customer_id, "is_arranged": True}
    text = Message.objects.create(**shared, channel="text", state="sent", mail_id="SM1", due_at=MONDAY)
    return text.pk


def untexted():
    """A customer to whom no text gets through."""
    Message.objects.filter(pk=text_sent()).update(state="bounced", note="30005")
    key = Customer.objects.get(text_number="+447400123456").pk
    Customer.objects.filter(pk=key).update(text_bounced_at=MONDAY)
    return key


def unreached():
    """A customer whose mail came back."""
    key = a_customer()
    Customer.objects.filter(pk=key).update(email_bounced_at=MONDAY)
    Message.objects.filter(customer=key).update(state="bounced", note="550")
    return key


#: What somebody does, and whether it is safe to do it again (the same again changes nothing).
def a_parcel():
    return Shipment.objects.order_by("pk").values_list("number", flat=True).first()


def a_customer():
    return Customer.objects.order_by("pk").values_list("pk", flat=True).first()


def a_payout(state):
    return Payout.objects.filter(state=state).values_list("pk", flat=True).get()


def a_notice(reference):
    return CardNotice.objects.values_list("pk", flat=True).get(reference=reference)


def an_order(number):
    return Order.objects.values_list("pk", flat=True).get(number=number)


ACTIONS = {
    "place": (lambda s: partial(orders.place, new_order("N", "TEA", "MUG")), True),
    "place_many": (lambda s: partial(orders.place_many, [new_order("N", "TEA"), new_order("M", "POT")]), True),
    "add": (lambda s: partial(orders.add, "O1", "POT", 2, key="more"), True),
    "swap": (lambda s: partial(orders.swap, "O1", "TEA", "POT", 1, key="blue"), True),
    "promise_anew": (
        lambda s: partial(orders.promise_anew, "O1", "TEA", s.now.date() + timedelta(days=90), why="flood"),
        False,
    ),
    "wait_for_it": (lambda s: partial(consent.answer, "LATE", Reply.KEPT, key="k"), True),
    "not_wait_for_it": (lambda s: partial(consent.answer, "LATE", Reply.CANCELLED, key="k"), True),
    "lapse": (lambda s: partial(consent.lapse, "LATE"), True),
    "cancel": (lambda s: partial(cancellations.cancel, "O1"), True),
    "cancel_waiting": (lambda s: partial(cancellations.cancel, "SO-1", {"TEA": 1}), False),
    "raise_order": (lambda s: partial(purchasing.raise_order, "ACME"), False),
    "fire": (lambda s: partial(purchasing.fire, "ACME"), True),
    "approve": (lambda s: partial(purchasing.approve, s.draft), False),
    "hold_back": (lambda s: partial(purchasing.hold_back, s.queued), False),
    "take_back_unsent": (lambda s: partial(amending.take_back, s.queued), False),
    "send": (lambda s: partial(purchasing.send, s.queued), False),
    "send_by_other_means": (lambda s: partial(purchasing.send, s.queued, by_other_means=True), False),
    "remind": (lambda s: partial(purchasing.remind, s.sent), False),
    "bounce": (lambda s: partial(purchasing.bounce, s.sent, why="no such mailbox"), False),
    "write_text": (
        lambda _: partial(messages.write_text, "placed", "en", Texts(subject="{order} is ours now")),
        True,
    ),
    "reset_text": (lambda _: partial(messages.reset_text, "shipped", "en"), True),
    "keep_in_touch": (lambda _: partial(messages.keep_in_touch, "MAIN"), False),
    "send_link": (lambda _: partial(messages.send_link, "SO-1", "SO-1@mail.example"), False),
    "queue_again": (lambda _: messages.queue_again, True),
    "amend": (lambda s: partial(amending.amend, s.sent, {"TEA": 5}, why="more"), False),
    "cancel_purchase_order": (lambda s: partial(amending.cancel, s.sent, why="late"), False),
    "close_short": (lambda s: partial(amending.close_short, s.sent, why="late"), False),
    "hold": (lambda s: partial(purchasing.hold, "ACME", until=s.now + timedelta(days=2), why="stocktaking"), False),
    "answer": (lambda s: partial(answers.answer, s.sent, [answers.Said("TEA", quantity=1)], key="a"), True),
    "dispatched": (lambda s: partial(answers.dispatched, s.sent, on=s.now.date(), tracking="ZX"), True),
    "deliver": (lambda s: partial(deliveries.deliver, [deliveries.Delivery(a_parcel(), s.now)]), True),
    "take_back_a_delivery": (lambda s: partial(deliveries.take_back, s.there), False),
    "miss": (lambda s: partial(deliveries.miss, a_parcel()), True),
    "settle": (lambda s: partial(deliveries.settle, s.gone, why="sent again"), False),
    "send_account_link": (lambda _: partial(account.send_link, "so-1@mail.example"), False),
    "open_account_link": (lambda s: partial(account.open_link, s.asked, "secret"), False),
    "leave": (lambda _: partial(account.leave, "mine", everywhere=True), True),
    "receive": (lambda s: partial(receiving.receive, s.sent, counted(TEA=3), key="dock"), True),
    "receive_blind": (lambda s: partial(receiving.receive_blind, counted(TEA=9, POT=1), key="dock"), True),
    "ship": (lambda s: partial(shipping.ship, [shipping.Parcel("O1")], skip_unready=True), True),
    "pack": (lambda s: partial(packing.pack, [shipping.Parcel("O1")], skip_unready=True), True),
    "unpack": (lambda s: partial(packing.unpack, "PACKED"), False),
    "lend": (lambda s: partial(shipping.lend, "CUP", to="O4"), False),
    "hold_an_order": (lambda s: partial(shipping.hold, "O1", "address in doubt"), False),
    "release": (lambda s: partial(shipping.release, "O2"), False),
    "set_shipping_policy": (lambda s: partial(shipping.set_shipping_policy, "O1", ShippingPolicy.TOGETHER), False),
    "take_back": (lambda s: partial(returns.take_back, "SO-2", "MUG", 1, restock=True, key="r"), True),
    "request": (
        lambda s: partial(returns.request, "SO-2", {"MUG": 1}, why="blue", wants="refund", key="r"),
        True,
    ),
    "receive_a_return": (lambda s: partial(returns.receive, s.back, key="r"), True),
    "decide_for_money": (lambda s: partial(return_decisions.decide, s.back, "MUG", "restock", key="r"), True),
    "decide_for_another": (
        lambda s: partial(return_decisions.decide, s.back, "MUG", "write_off", replace=True, key="r"),
        True,
    ),
    "decide_against": (
        lambda s: partial(return_decisions.decide, s.back, "MUG", "refuse", 1, why="worn", key="r"),
        True,
    ),
    "count_many": (lambda s: partial(stock.count_many, [stock.Counted("TEA", 5), stock.Counted("MUG", 0)]), True),
    "write_off": (lambda s: partial(stock.write_off, "TEA", 1, why="broken", key="w"), True),
    "capture": (lambda s: partial(payments.capture, "O3", 500, key="c"), True),
    "refund": (lambda s: partial(payments.refund, "O1", 500, key="c"), True),
    "refund_to_two_cards": (lambda s: partial(payments.refund, "PAID", 1_100, key="back"), True),
    "ask": (lambda _: partial(collecting.ask, "DUE"), True),
    "remind_to_pay": (lambda _: partial(collecting.remind, "ASKED"), True),
    "ask_no_more": (lambda _: partial(collecting.ask_no_more, "PAID"), True),
    "give_up_on": (lambda _: partial(collecting.give_up_on, "ASKED"), False),
    "paid_out": (lambda _: partial(payouts.paid_out, a_payout("failed"), "till 17"), True),
    "not_paid_out": (lambda _: partial(payouts.not_paid_out, a_payout("done")), False),
    "try_again": (lambda _: partial(payouts.try_again, a_payout("failed")), False),
    "annotate": (lambda _: partial(payouts.annotate, a_payout("failed"), "asked on Monday"), True),
    "went_to_card": (lambda _: partial(payouts.went_to_card, a_payout("to_do"), "re_1"), True),
    "refused_by_card": (lambda _: partial(payouts.refused_by_card, a_payout("to_do"), "expired"), True),
    "offer_a_page": (lambda _: partial(cards.offer, an_order("O1"), 700), True),
    "opened": (lambda _: partial(cards.opened, "page", "cs_2", "https://pay.example/2"), True),
    "hear": (lambda s: partial(cards.hear, Heard("evt_2", "x", What.DECLINED, s.now, page="cs_1")), True),
    "looked": (lambda _: partial(cards.looked, "page"), True),
    "settle_card": (lambda _: partial(cards.settle, a_notice("evt_a")), True),
    "book_given_back": (lambda _: partial(cards.book_given_back, a_notice("evt_c")), True),
    "unsettle": (lambda _: partial(cards.unsettle, a_notice("evt_b")), True),
    "pay_supplier": (lambda s: partial(payments.pay_supplier, s.sent, 500, key="c"), True),
    "invite": (lambda _: partial(people.invite, "Wendy", "wendy@shop.example", ["warehouse"]), False),
    "hand_out_link": (lambda _: partial(people.hand_out_link, "ben"), False),
    "set_roles": (lambda _: partial(people.set_roles, "ben", ["owner", "support"]), True),
    "deactivate": (lambda _: partial(people.deactivate, "ben"), True),
    "reactivate": (lambda _: partial(people.reactivate, "dora"), True),
    "set_account": (
        lambda _: partial(people.set_account, "ben", "Ben", "b@x.example", people.Ways(theme="dark")),
        True,
    ),
    "set_password": (lambda _: partial(people.set_password, "ben", "hashed"), False),
    "enter": (lambda _: partial(people.enter, "alice", step=7), False),
    "turn_on_codes": (lambda _: partial(people.turn_on_codes, "ben", "salt", 1, ["a", "b"]), False),
    "turn_off_codes": (lambda _: partial(people.turn_off_codes, "alice"), True),
    "renew_recovery_codes": (lambda _: partial(people.renew_recovery_codes, "alice", ["a", "b"]), False),
    "end_sessions": (lambda _: partial(people.end_sessions, "ben"), True),
    "lift_lockout": (lambda _: partial(people.lift_lockout, 1), False),
    "set_entry": (lambda _: partial(people.set_entry, CodeAskedOf.OWNERS, 7), False),
    "set_settings": (lambda _: partial(set_settings, SETTINGS), True),
    "set_payment_ways": (lambda _: partial(set_payment_ways, PaymentWays(True, "IBAN GB29", False)), True),
    "add_location": (lambda _: partial(add_location, "NORTH", "In the north"), False),
    "set_terms": (lambda s: partial(set_terms, Terms(accept=Accept.CAPPED, cap=3), sku="TEA"), False),
    "set_terms_of_skus": (
        lambda s: partial(set_terms_of_skus, {"TEA": Terms(cap=3), "POT": Terms(accept=Accept.NEVER)}),
        False,
    ),
    "put_variants": (lambda s: partial(catalog.put_variants, [catalog.NewVariant("JUG", "jug", "", 5, "GBP")]), True),
    "put_suppliers": (
        lambda s: partial(suppliers.put_suppliers, [suppliers.NewSupplier("BEST", "Best", "GBP", FRIDAYS)]),
        True,
    ),
    "put_offers": (
        lambda s: partial(suppliers.put_offers, [suppliers.NewOffer("SLOW", "TEA", 5, rank=0, breaks=((10, 4),))]),
        True,
    ),
    "set_policy": (lambda s: partial(suppliers.set_policy, "ACME", suppliers.Policy(maximum_wait_days=3)), True),
    "withdraw_offer": (lambda s: partial(suppliers.withdraw_offer, "ACME", "MUG"), True),
    "set_details": (lambda s: partial(suppliers.set_details, "ACME", suppliers.Details("Acme", weekdays="012")), True),
    "open_again": (lambda s: partial(suppliers.open_again, "ACME", s.closure), False),
    "close": (lambda s: partial(suppliers.close, "ACME", s.now.date(), s.now.date(), why="holiday"), False),
    "learn": (lambda s: learning.learn, False),
    "attach_barcode": (lambda s: partial(catalog.attach_barcode, "TEA", "4006381333931"), False),
    "track": (lambda s: partial(shipping.track, a_parcel(), carrier="Post", tracking="1"), False),
    "note": (lambda s: partial(orders.note, "O1", "calls back"), False),
    "send_elsewhere": (lambda s: partial(orders.send_elsewhere, "O1", "12 New Lane"), False),
    "correct": (
        lambda s: partial(customers.correct, a_customer(), name="Ann", email="", phone="1", language=""),
        False,
    ),
    "arrange": (lambda _: gathering.arrange, True),
    "come_back": (
        lambda _: partial(bounces.come_back, came_back(), Verdict.DEAD, to=["so-1@mail.example"], why="550"),
        True,
    ),
    "reach_again": (lambda _: partial(customers.reach_again, unreached()), False),
    "text_lost": (
        lambda _: partial(bounces.text_lost, text_sent(), Verdict.DEAD, sent_as="SM1", to="+447400123456", why="30005"),
        True,
    ),
    "text_again": (lambda _: partial(customers.text_again, untexted()), False),
    "choose_messages": (
        lambda _: partial(customers.choose_messages, a_customer(), customers.Wanted(pace=Pace.AT_ONCE)),
        True,
    ),
    "set_message_ways": (lambda _: partial(set_message_ways, MessageWays(takes_texts=True)), True),
    "sum_up": (lambda s: learning.sum_up, False),
    "announce_delays": (lambda s: partial(learning.announce_delays, "MAIN"), False),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_all_or_nothing(busy, name):
    busy.wait(days={"fire": 30, "announce_delays": 30, "keep_in_touch": 30, "lapse": 90}.get(name, 0))
    if name == "keep_in_touch":
        Message.objects.filter(state="queued").update(state="sent", sent_at=F("due_at"))
    prepare, is_safe_to_repeat = ACTIONS[name]
    act = partial(prepare(busy), by="somebody", now=busy.now)
    before = fingerprint()
    last = killed_at_commit(act, after=False)
    assert fingerprint() == before
    for statement in {*range(1, last, STRIDE), last}:
        killed_at(act, statement)
        assert fingerprint() == before, f"killed at statement {statement} of {last}"
    killed_at_commit(act, after=True)
    after = fingerprint()
    assert after != before
    assert list(invariants.broken()) == []
    if is_safe_to_repeat:
        act()
        assert fingerprint() == after
