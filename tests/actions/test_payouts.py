"""A refund that is booked is paid out: to the cards by the worker, in any other way by a person; each once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder import working
from onorder.actions import orders, payments, payouts
from onorder.errors import BadInput, NotFound
from onorder.models import Event, Order, Payout
from onorder.providers.configured import provider
from onorder.providers.payouts import LEASE, CarriedOut, carry_out
from onorder.queries import payouts as queries
from onorder.queries import today
from onorder.queries.payouts import Show
from onorder.queries.quote import quote
from onorder.queries.today import Kind
from onorder.rules.retrying import MOST_ATTEMPTS
from tests.fingerprint import fingerprint

WHO = {"by": "dora"}


def buys(shop, pays_by="transfer", units=4, channel="store"):
    """Somebody buys mugs at £12.50 in the storefront, and chose how to pay; the order's number."""
    seen = quote({"MUG": units}, now=shop.now).together
    agreed = replace(seen, words="Yes", language="en", pays_by=pays_by)
    lines = [orders.NewLine("MUG", units)]
    key = f"{channel}-{Order.objects.count()}"
    ann = orders.NewCustomer("ann", "ann@mail.example", "Ann")
    new = orders.NewOrder("", ann, lines, key=key, channel=channel, accepted=agreed)
    return orders.place(new, by="storefront", now=shop.now).number


def pays(shop, number, amount, key):
    payments.capture(number, amount, key=key, by="stripe", now=shop.now)


def gives_back(shop, number, amount, key="r"):
    payments.refund(number, amount, why="sorry", key=key, now=shop.now, **WHO)


def rows():
    found = Payout.objects.order_by("pk")
    return list(found.values_list("way", "amount_minor", "capture__key", "state"))


def only():
    return Payout.objects.get()


@pytest.fixture
def mugs(shop):
    shop.sells("MUG", here=50, price=1_250)
    return shop


# In which way.


@pytest.mark.parametrize(
    ("pays_by", "way"), [("transfer", "transfer"), ("at_shop", "at_shop"), ("card", "transfer"), ("", "transfer")]
)
def test_it_goes_back_in_the_way_that_was_chosen_and_no_card_gets_what_it_did_not_give(mugs, pays_by, way):
    number = buys(mugs, pays_by)
    pays(mugs, number, 5_000, "booked-by-hand")
    gives_back(mugs, number, 700)
    assert rows() == [(way, 700, None, "to_do")]
    assert mugs.is_sound()


def test_it_goes_back_to_the_cards_the_last_one_first_and_the_rest_beside_them(mugs):
    number = buys(mugs, "card")
    pays(mugs, number, 1_000, "stripe:pi_1")
    pays(mugs, number, 600, "cash")
    pays(mugs, number, 3_400, "stripe:pi_2")
    gives_back(mugs, number, 4_000, "r1")
    gives_back(mugs, number, 1_000, "r2")
    assert rows() == [
        ("card", 3_400, "stripe:pi_2", "to_do"),
        ("card", 600, "stripe:pi_1", "to_do"),
        ("card", 400, "stripe:pi_1", "to_do"),
        ("transfer", 600, None, "to_do"),
    ]


def test_it_costs_the_same_over_many_cards(mugs):
    def statements(cards):
        number = buys(mugs, "card")
        for n in range(cards):
            pays(mugs, number, 100, f"stripe:{number}-{n}")
        with CaptureQueriesContext(connection) as captured:
            gives_back(mugs, number, 100 * cards, f"r{number}")
        return len(captured)

    statements(1)
    assert statements(1) == statements(30)


def test_an_order_of_another_channel_is_paid_back_by_the_system_that_took_it(mugs):
    mugs.order({"MUG": 1}, number="SO-1", channel="shopify")
    pays(mugs, "SO-1", 1_250, "import:1")
    gives_back(mugs, "SO-1", 500)
    assert rows() == []


def test_but_what_a_card_of_ours_gave_goes_back_to_it(mugs):
    mugs.order({"MUG": 1}, number="SO-1")
    pays(mugs, "SO-1", 1_000, "stripe:pi_1")
    pays(mugs, "SO-1", 250, "at the counter")
    gives_back(mugs, "SO-1", 1_250)
    assert rows() == [("card", 1_000, "stripe:pi_1", "to_do")]


def test_a_refund_booked_twice_is_paid_out_once(mugs):
    number = buys(mugs)
    pays(mugs, number, 5_000, "paid")
    gives_back(mugs, number, 700)
    gives_back(mugs, number, 700)
    assert len(rows()) == 1


def test_a_refund_that_is_refused_leaves_no_payout(mugs):
    number = buys(mugs)
    before = fingerprint()
    with pytest.raises(payments.NotHeld):
        gives_back(mugs, number, 700)
    assert fingerprint() == before


def test_goods_that_come_back_are_paid_out_too(mugs):
    number = buys(mugs, units=2)
    pays(mugs, number, 2_500, "stripe:pi_1")
    mugs.ships(number)
    back = mugs.asks_back(number, {"MUG": 1})
    mugs.gets_back(back)
    mugs.decides(back, "MUG", "restock")
    assert rows() == [("card", 1_250, "stripe:pi_1", "to_do")]


# By hand.


@pytest.fixture
def transfer(mugs):
    """£7.00 are to be transferred back."""
    number = buys(mugs)
    pays(mugs, number, 5_000, "paid")
    gives_back(mugs, number, 700)
    return mugs


def test_paid_out_by_hand_once_and_taken_back(transfer):
    for reference in ("2026-17", "another"):  # The second says what is done already.
        payouts.paid_out(only().pk, reference, now=transfer.now, **WHO)
    done = only()
    assert (done.state, done.reference, done.by, done.done_at) == ("done", "2026-17", "dora", transfer.now)
    assert [event.data["note"] for event in transfer.events("paid_out")] == ["2026-17"]
    payouts.not_paid_out(done.pk, now=transfer.now, **WHO)
    assert (only().state, only().done_at, only().by) == ("to_do", None, "")
    assert Order.objects.get().refunded_minor == 700  # What was booked stays booked.


@pytest.mark.parametrize("text", ["to GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000"])
def test_no_account_of_a_customer_is_kept(transfer, text):
    before = fingerprint()
    with pytest.raises(BadInput, match="bank account"):
        payouts.paid_out(only().pk, text, now=transfer.now, **WHO)
    with pytest.raises(BadInput, match="bank account"):
        payouts.annotate(only().pk, text, now=transfer.now, **WHO)
    assert fingerprint() == before


def test_a_note_for_whoever_pays(transfer):
    for _ in range(2):
        payouts.annotate(only().pk, " asked on Monday ", now=transfer.now, **WHO)
    assert only().note == "asked on Monday" and len(transfer.events("payout_noted")) == 1


def test_what_is_not_as_it_seemed_is_refused_and_nothing_changes(transfer):
    before = fingerprint()
    key = only().pk
    for refused in (
        lambda: payouts.not_paid_out(key, now=transfer.now, **WHO),
        lambda: payouts.try_again(key, now=transfer.now, **WHO),
    ):
        with pytest.raises((payouts.NotPaidOutByHand, payouts.PayoutNotFailed)):
            refused()
    for action in (payouts.paid_out, payouts.not_paid_out, payouts.try_again):
        with pytest.raises(NotFound):
            action(0, now=transfer.now, **WHO)
    for action in (payouts.annotate, payouts.went_to_card, payouts.refused_by_card):
        with pytest.raises(NotFound):
            action(0, "x", now=transfer.now, **WHO)
    assert fingerprint() == before


def test_today_names_it_until_it_is_done(transfer):
    (task,) = [task for task in today.tasks(now=transfer.now) if task.kind == Kind.PAYOUT]
    assert (task.subject, task.n, task.name, task.key) == (Order.objects.get().number, 700, "GBP", only().pk)
    payouts.paid_out(task.key, now=transfer.now, **WHO)
    assert Kind.PAYOUT not in {task.kind for task in today.tasks(now=transfer.now)}


# To a card.


@pytest.fixture
def card(mugs, stripe):
    """£7.00 are to go back to a card that gave £50.00."""
    number = buys(mugs, "card")
    pays(mugs, number, 5_000, "stripe:pi_1")
    gives_back(mugs, number, 700)
    return mugs


def carries(shop):
    return carry_out(provider(), shop.now)


def test_the_worker_gives_it_back(card, stripe):
    done = working.work(card.now)
    assert (done.paid_out, done.payouts_failed) == (1, 0)
    (fields,) = stripe.made("/v1/refunds")
    assert (fields["payment_intent"], fields["amount"], fields["metadata[payout]"]) == ("pi_1", "700", str(only().pk))
    assert stripe.keys("/v1/refunds")[0].startswith(f"r:{only().pk}:0-")
    assert (only().state, only().reference, only().by) == ("done", "re_1", "")
    assert working.work(card.now).paid_out == 0
    assert card.is_sound()


def test_what_is_on_its_way_there_is_not_for_a_person(card, stripe):
    before = fingerprint()
    with pytest.raises(payouts.OnItsWay):
        payouts.paid_out(only().pk, now=card.now, **WHO)
    assert fingerprint() == before
    assert [len(queries.payout_rows(show=show)) for show in Show] == [0, 1, 0]
    carries(card)
    with pytest.raises(payouts.NotPaidOutByHand):
        payouts.not_paid_out(only().pk, now=card.now, **WHO)


def test_a_refund_over_two_cards_is_two_at_the_provider(card, stripe):
    number = Order.objects.get().number
    pays(card, number, 300, "stripe:pi_2")
    gives_back(card, number, 4_000, "r2")
    carries(card)
    assert [(one["payment_intent"], one["amount"]) for one in stripe.refunds.values()] == [
        ("pi_1", 700),
        ("pi_2", 300),
        ("pi_1", 3_700),
    ]


def test_what_is_still_pending_there_has_gone(card, stripe):
    stripe.refund_status = "pending"
    assert carries(card) == CarriedOut(done=1)


def test_a_provider_that_is_down_is_waited_for_ever_longer(card, stripe):
    stripe.fails = [500, 503, 429]
    pauses = []
    for _ in range(3):
        assert carries(card) == CarriedOut(retried=1)
        pauses.append((only().due_at - card.now).total_seconds() / 60)
        assert carries(card) == CarriedOut()
        card.now = only().due_at
    assert pauses == [2, 4, 8]
    assert carries(card) == CarriedOut(done=1)
    assert len(stripe.refunds) == 1


def test_an_answer_that_was_lost_is_not_paid_twice(card, stripe):
    stripe.fails = ["drops"]
    assert carries(card) == CarriedOut(retried=1)
    stripe._known.clear()  # A day later, the provider has forgotten the key.
    card.now = only().due_at
    assert carries(card) == CarriedOut(done=1)
    assert len(stripe.refunds) == 1 and only().reference == "re_1"


def test_after_the_last_attempt_it_is_a_persons(card, stripe):
    stripe.fails = [500] * MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS - 1):
        assert carries(card) == CarriedOut(retried=1)
        card.now = only().due_at
    assert carries(card) == CarriedOut(failed=1)
    assert (only().state, only().note) == ("failed", "status_500")
    assert Kind.PAYOUT_FAILED in {task.kind for task in today.tasks(now=card.now)}


@pytest.mark.parametrize(
    ("trouble", "note"), [((400, "charge_already_refunded"), "charge_already_refunded: It says no")]
)
def test_what_the_provider_refuses_is_a_persons_at_once(card, stripe, trouble, note):
    stripe.fails = [trouble]
    assert carries(card) == CarriedOut(failed=1)
    assert only().note.startswith(note) and len(card.events("payout_failed")) == 1


def test_keys_that_are_wrong_are_not_the_refunds_fault(card, stripe, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_of_yesterday"
    assert carries(card) == CarriedOut(retried=1)


def test_a_card_that_fails_there_at_once(card, stripe):
    stripe.refund_status = "failed"
    assert carries(card) == CarriedOut(failed=1)


def test_a_person_has_it_tried_again_and_nothing_is_paid_twice(card, stripe):
    stripe.fails = [(400, "insufficient_funds")]
    carries(card)
    payouts.try_again(only().pk, now=card.now, **WHO)
    assert carries(card) == CarriedOut(done=1)
    assert stripe.keys("/v1/refunds")[1].startswith(f"r:{only().pk}:1-") and len(stripe.refunds) == 1
    with pytest.raises(payouts.PayoutNotFailed):
        payouts.try_again(only().pk, now=card.now, **WHO)


def test_a_refund_that_failed_there_is_made_anew(card, stripe):
    stripe.refund_status = "failed"
    carries(card)
    stripe.refund_status = "succeeded"
    payouts.try_again(only().pk, now=card.now, **WHO)
    assert carries(card) == CarriedOut(done=1)
    assert only().reference == "re_2"


def test_or_pays_it_out_in_another_way_and_the_card_can_give_again(card, stripe):
    stripe.fails = [(400, "expired_or_canceled_card")]
    carries(card)
    payouts.paid_out(only().pk, "till 17", now=card.now, **WHO)
    assert (only().state, only().by) == ("done", "dora")
    payouts.not_paid_out(only().pk, now=card.now, **WHO)
    assert only().state == "failed"
    payouts.paid_out(only().pk, "till 17", now=card.now, **WHO)
    number = Order.objects.get().number
    pays(card, number, 700, "cash")
    gives_back(card, number, 5_000, "r2")
    assert rows()[1:] == [("card", 5_000, "stripe:pi_1", "to_do")]


def test_one_that_dies_with_it_in_hand_leaves_it_to_the_next(card, stripe):
    Payout.objects.update(due_at=card.now + LEASE, attempts=1)
    assert carries(card) == CarriedOut()
    card.now += LEASE
    assert carries(card) == CarriedOut(done=1)


def test_without_a_provider_it_waits(card, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert working.work(card.now).paid_out == 0
    assert only().state == "to_do"


def test_each_step_has_its_event(card, stripe):
    carries(card)
    kinds = list(
        Event.objects.filter(subject=f"order:{Order.objects.get().pk}").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds[-3:] == ["captured", "refunded", "paid_out"]
