"""What the provider for cards says: believed only if it is signed now, booked once, and shown to a person if it does
not add up."""

from __future__ import annotations

import itertools
import json

import pytest
from django.test import Client

from onorder.actions import cards, payments
from onorder.errors import NotFound
from onorder.models import CardNotice, CardPage, Order, Payment, Payout
from onorder.providers import hearing
from onorder.providers.configured import provider
from onorder.queries import today
from onorder.queries.today import Kind
from onorder.store.hooks import MOST_BYTES
from tests.stripe import WEBHOOK_SECRET, event, posts

COMPLETED = "checkout.session.completed"


@pytest.fixture
def asked(shop, stripe):
    """£25.00 are asked for SO-1 on a page."""
    shop.sells("MUG", here=9, price=1_250)
    shop.order({"MUG": 2}, channel="store")
    asks(shop)
    return shop


def asks(shop, number="SO-1", amount=2_500, reference="cs_test_1"):
    order = Order.objects.get(number=number)
    offered = cards.offer(order.pk, amount, by="storefront", now=shop.now)
    cards.opened(offered.key, reference, "https://pay.example/1", by="storefront", now=shop.now)
    return offered.key


@pytest.fixture
def hears(client, asked):
    def heard(said, status=200, **how):
        answer = posts(client, said, now=asked.now, **how)
        assert answer.status_code == status
        return answer

    return heard


def concerns():
    return list(CardNotice.objects.exclude(concern="").order_by("pk").values_list("concern", flat=True))


# Who says it.


def test_what_is_paid_is_booked(asked, hears, client):
    hears(event(COMPLETED))
    payment = Payment.objects.get()
    assert (payment.key, payment.amount_minor, payment.kind) == ("stripe:pi_1", 2_500, "captured")
    assert Order.objects.get().captured_minor == 2_500
    assert CardPage.objects.get().state == "paid"
    notice = CardNotice.objects.get()
    assert (notice.reference, notice.name, notice.concern) == ("evt_1", COMPLETED, "")
    assert not client.cookies and asked.is_sound()


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_of_somebody_else"},
        {"age": 301},
        {"age": -301},
        {"tampered": lambda body: body.replace(b"2500", b"9500")},
        {"tampered": lambda body: body + b" "},
    ],
)
def test_what_is_not_signed_now_by_them_is_nothing(hears, how):
    hears(event(COMPLETED), status=400, **how)
    assert not Payment.objects.exists() and not CardNotice.objects.exists()


@pytest.mark.parametrize("header", ["", "t=,v1=", "v1=abc", "t=1,t=2,v1=abc", "t=²,v1=é", "t=1772442000", "nonsense"])
def test_nonsense_for_a_signature(client, asked, header):
    answer = client.post("/hooks/stripe", b"{}", content_type="application/json", headers={"Stripe-Signature": header})
    assert answer.status_code == 400 and answer.content == b""


def test_a_secret_that_is_being_replaced_still_counts(hears, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", WEBHOOK_SECRET]
    hears(event(COMPLETED))
    assert Payment.objects.count() == 1


def test_an_age_within_the_tolerance_is_no_repeat(hears):
    hears(event(COMPLETED), age=299)
    assert Payment.objects.count() == 1


def test_without_secrets_there_is_no_such_address(asked, hears, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    hears(event(COMPLETED), status=404)


def test_what_is_too_large_is_not_read(hears):
    hears(b"x" * (MOST_BYTES + 1), status=413)


def test_only_a_post_and_no_token_of_ours_is_needed(asked):
    assert Client().get("/hooks/stripe").status_code == 405
    answer = posts(Client(enforce_csrf_checks=True), event(COMPLETED), now=asked.now)
    assert answer.status_code == 200 and Payment.objects.count() == 1


@pytest.mark.parametrize(
    "body", [b"\xff", b"[]", b"1", b"{}", json.dumps({"id": "", "type": COMPLETED, "created": 1}).encode()]
)
def test_signed_nonsense_is_refused_and_stops_nothing(hears, body):
    hears(body, status=400)
    assert not CardNotice.objects.exists()


# Twice, late, out of order.


def test_the_same_twice_is_one(asked, hears):
    hears(event(COMPLETED))
    hears(event(COMPLETED))
    hears(event("checkout.session.async_payment_succeeded", key="evt_2"))  # Another word for the same payment.
    assert (Payment.objects.count(), CardNotice.objects.count()) == (1, 2)
    assert concerns() == [] and asked.is_sound()


def test_if_we_die_between_booking_and_noting_the_repeat_notes_it(asked, hears):
    payments.capture("SO-1", 2_500, key="stripe:pi_1", by="stripe", now=asked.now)
    hears(event(COMPLETED))
    assert (Payment.objects.count(), CardPage.objects.get().state, concerns()) == (1, "paid", [])


PENDING = event(COMPLETED, key="evt_p", payment_status="unpaid")
SUCCEEDED = event("checkout.session.async_payment_succeeded", key="evt_s")
EXPIRED = event("checkout.session.expired", key="evt_e")
FAILED = event("checkout.session.async_payment_failed", key="evt_f")


@pytest.mark.parametrize("order", list(itertools.permutations([PENDING, SUCCEEDED, EXPIRED])))
def test_in_any_order_what_is_paid_is_paid_once(asked, hears, order):
    for said in order:
        hears(said)
    assert (CardPage.objects.get().state, Payment.objects.count()) == ("paid", 1)
    assert asked.is_sound()


def test_a_page_that_was_left_can_be_paid_no_more(hears):
    hears(EXPIRED)
    assert (CardPage.objects.get().state, Payment.objects.count(), concerns()) == ("expired", 0, [])


def test_a_bank_that_declines_is_a_persons_matter(asked, hears):
    hears(PENDING)
    assert (CardPage.objects.get().state, concerns()) == ("waiting", [])
    hears(FAILED)
    assert (CardPage.objects.get().state, concerns()) == ("failed", ["declined"])
    assert asked.events("card_declined")


def test_the_page_is_known_by_our_own_key_if_we_never_learned_theirs(asked, hears):
    page = CardPage.objects.get()
    CardPage.objects.update(reference="", url="")
    hears(event(COMPLETED, metadata={"page": page.key}))
    assert Payment.objects.get().order == page.order


# What does not add up.


@pytest.mark.parametrize("other", [{"amount_total": 2_499}, {"amount_total": 250_000}, {"currency": "usd"}])
def test_another_amount_than_was_asked_is_not_booked(asked, hears, other):
    hears(event(COMPLETED, **other))
    assert not Payment.objects.exists()
    assert concerns() == ["other_amount"] and CardPage.objects.get().state == "open"


def test_money_for_nothing_we_know_is_noted_and_shown(asked, hears):
    hears(event(COMPLETED, id="cs_of_another", metadata={}))
    assert concerns() == ["unknown"] and not Payment.objects.exists()
    (task,) = [task for task in today.tasks(now=asked.now) if task.kind == Kind.CARDS]
    assert task.n == 1


def test_paid_after_it_was_cancelled_is_booked_and_shown(asked, hears):
    asked.cancels("SO-1")
    hears(event(COMPLETED))
    assert Order.objects.get().captured_minor == 2_500
    assert concerns() == ["too_much"]


def test_paid_in_two_tabs_is_booked_twice_and_shown(asked, hears):
    hears(event(COMPLETED))
    asks(asked, reference="cs_test_2")
    hears(event(COMPLETED, key="evt_2", id="cs_test_2", payment_intent="pi_2"))
    assert Order.objects.get().captured_minor == 5_000 and concerns() == ["too_much"]


def test_a_dispute_is_shown_with_its_day(asked, hears):
    hears(event(COMPLETED))
    hears(event("charge.dispute.created", key="evt_2"))
    notice = CardNotice.objects.get(concern="disputed")
    assert notice.order == Order.objects.get() and notice.note == "product_not_received, 2026-03-13"
    assert asked.events("card_disputed")


def test_what_we_do_not_know_is_noted_and_nothing_more(hears):
    hears(event("customer.created"))
    assert CardNotice.objects.get().name == "customer.created" and concerns() == []


# What goes back.


@pytest.fixture
def refunded(asked, hears):
    """Of the £25.00, £5.00 are to go back."""
    hears(event(COMPLETED, key="evt_paid"))
    payments.refund("SO-1", 500, key="r", by="dora", now=asked.now)
    return Payout.objects.get()


def test_a_refund_that_fails_later_is_a_persons_matter(asked, hears, refunded):
    Payout.objects.update(state="done", done_at=asked.now, reference="re_1", attempts=1)
    hears(event("refund.failed", metadata={"payout": str(refunded.pk)}))
    refunded.refresh_from_db()
    assert (refunded.state, refunded.note, refunded.done_at) == ("failed", "lost_or_stolen_card", None)
    assert Kind.PAYOUT_FAILED in {task.kind for task in today.tasks(now=asked.now)}


def test_a_failure_of_before_does_not_stop_what_is_tried_again(asked, hears, refunded):
    from onorder.actions import payouts

    Payout.objects.update(state="done", done_at=asked.now, reference="re_1", attempts=1)
    failed = {"metadata": {"payout": str(refunded.pk)}}
    hears(event("refund.failed", **failed))
    payouts.try_again(refunded.pk, by="dora", now=asked.now)
    hears(event("refund.updated", key="evt_2", status="failed", failure_reason="unknown", **failed))
    refunded.refresh_from_db()
    assert refunded.state == "to_do"


def test_its_word_before_our_own_mark_is_enough(asked, hears, refunded):
    Payout.objects.update(attempts=1)
    hears(event("refund.updated", metadata={"payout": str(refunded.pk)}))
    hears(event("charge.refunded", key="evt_2"))
    refunded.refresh_from_db()
    assert (refunded.state, refunded.reference, refunded.by) == ("done", "re_1", "") and concerns() == []


@pytest.mark.parametrize("other", [{"payment_intent": "pi_9"}, {"metadata": {}}, {"metadata": {"payout": "x"}}])
def test_a_refund_of_somebody_else_changes_nothing_here(hears, refunded, other):
    changes = {"metadata": {"payout": str(refunded.pk)}} | other
    hears(event("refund.failed", **changes))
    refunded.refresh_from_db()
    assert refunded.state == "to_do"


def test_what_a_person_paid_out_meanwhile_stays_paid_out(asked, hears, refunded):
    from onorder.actions import payouts

    Payout.objects.update(state="failed", reference="re_1")
    payouts.paid_out(refunded.pk, "at the till", by="dora", now=asked.now)
    hears(event("refund.failed", metadata={"payout": str(refunded.pk)}))
    refunded.refresh_from_db()
    assert (refunded.state, refunded.by) == ("done", "dora")


def test_money_that_went_back_by_their_own_pages_is_shown_with_how_much_and_once(asked, hears, refunded):
    hears(event("charge.refunded", key="evt_1", amount_refunded=300))  # Before we have asked for anything.
    notice = CardNotice.objects.get(concern="given_back")
    assert (notice.amount_minor, notice.order) == (300, Order.objects.get())
    Payout.objects.update(attempts=1)
    hears(event("charge.refunded", key="evt_2", amount_refunded=800))  # Ours came to it.
    assert concerns() == ["given_back"]
    hears(event("charge.refunded", key="evt_3", amount_refunded=900))
    assert list(CardNotice.objects.filter(concern="given_back").values_list("amount_minor", flat=True)) == [300, 100]


def test_what_went_back_by_their_own_pages_is_booked_and_does_not_go_out_again(asked, hears):
    hears(event(COMPLETED))
    hears(event("charge.refunded", key="evt_back", amount_refunded=800))
    notice = CardNotice.objects.get(concern="given_back")
    assert cards.book_given_back(notice.pk, by="dora", now=asked.now)
    assert not cards.book_given_back(notice.pk, by="eve", now=asked.now)  # A double click.
    order, payout = Order.objects.get(), Payout.objects.get()
    assert (order.captured_minor, order.refunded_minor) == (2_500, 800)
    assert (payout.state, payout.amount_minor, payout.capture.key) == ("done", 800, "stripe:pi_1")
    notice.refresh_from_db()
    assert notice.settled_by == "dora"
    hears(event("charge.refunded", key="evt_more", amount_refunded=900))  # More of it, and no more than that.
    assert list(CardNotice.objects.filter(settled_at=None, concern="given_back").values_list("amount_minor")) == [
        (100,)
    ]
    payments.refund("SO-1", 1_700, key="rest", by="dora", now=asked.now)  # The card gives what it has left.
    assert Payout.objects.get(state="to_do").amount_minor == 1_700
    assert asked.is_sound()


def test_what_is_booked_already_is_not_booked_twice(asked, hears):
    hears(event(COMPLETED))
    hears(event("charge.refunded", key="evt_back", amount_refunded=2_500))
    payments.refund("SO-1", 2_500, key="by hand", by="dora", now=asked.now)
    notice = CardNotice.objects.get(concern="given_back")
    with pytest.raises(payments.NotHeld):
        cards.book_given_back(notice.pk, by="dora", now=asked.now)
    notice.refresh_from_db()
    assert notice.settled_at is None
    with pytest.raises(NotFound):
        cards.book_given_back(99, by="dora", now=asked.now)


def test_money_of_others_in_the_same_account_is_not_ours_to_look_at(hears):
    hears(event("charge.refunded", payment_intent="pi_of_another"))
    assert concerns() == []


# When nobody says anything.


def test_a_word_that_was_lost_is_asked_for(asked, stripe):
    stripe.sessions["cs_test_1"] = event(COMPLETED)["data"]["object"]
    assert hearing.look(provider(), asked.now) == hearing.Looked()  # Not at once: it usually comes.
    asked.wait(minutes=15)
    assert hearing.look(provider(), asked.now) == hearing.Looked(1, 1)
    assert Order.objects.get().captured_minor == 2_500
    asked.wait(hours=2)
    assert hearing.look(provider(), asked.now) == hearing.Looked()


def test_and_what_comes_late_after_all_is_known(asked, stripe, hears):
    stripe.sessions["cs_test_1"] = event(COMPLETED)["data"]["object"]
    asked.wait(minutes=15)
    hearing.look(provider(), asked.now)
    hears(event(COMPLETED))
    assert Payment.objects.count() == 1 and concerns() == []


@pytest.mark.parametrize(
    ("status", "paid", "state"),
    [("open", "unpaid", "open"), ("complete", "unpaid", "waiting"), ("expired", "unpaid", "expired")],
)
def test_a_page_is_taken_as_it_is(asked, stripe, status, paid, state):
    page = event(COMPLETED)["data"]["object"]
    stripe.sessions["cs_test_1"] = page | {"status": status, "payment_status": paid}
    asked.wait(minutes=20)
    hearing.look(provider(), asked.now)
    assert CardPage.objects.get().state == state
    asked.wait(minutes=20)
    hearing.look(provider(), asked.now)
    assert sum(method == "GET" for method, *_ in stripe.asked) == 1  # Once an hour is enough.


def test_a_provider_that_is_down_is_asked_later(asked, stripe):
    stripe.sessions["cs_test_1"] = event(COMPLETED)["data"]["object"]
    stripe.fails = [503]
    asked.wait(minutes=20)
    assert hearing.look(provider(), asked.now) == hearing.Looked()
    asked.wait(hours=1)
    assert hearing.look(provider(), asked.now).news == 1


# Seen to.


def test_what_somebody_has_seen_to_is_off_the_list_and_comes_back(asked, hears):
    hears(event(COMPLETED, id="cs_of_another", metadata={}))
    key = CardNotice.objects.get().pk
    cards.settle(key, by="dora", now=asked.now)
    cards.settle(key, by="alice", now=asked.now)
    assert CardNotice.objects.get().settled_by == "dora"
    assert Kind.CARDS not in {task.kind for task in today.tasks(now=asked.now)}
    for _ in range(2):
        cards.unsettle(key, by="dora", now=asked.now)
    assert Kind.CARDS in {task.kind for task in today.tasks(now=asked.now)}
