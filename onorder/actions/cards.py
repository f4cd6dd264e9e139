"""Customers pay by card on their provider's pages: what is asked there, and what the provider says of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from onorder.errors import BadInput, NotFound
from onorder.ledger import money, orders, payouts
from onorder.ledger.journal import Journal
from onorder.models import CardNotice, CardPage, Order, OrderLine, Payment, Payout
from onorder.rules.cards import PAGE_STEPS, Asked, Concern, Heard, What, concern, is_as_asked
from onorder.rules.lifecycle import CardPageState, PaymentKind, PayoutState
from onorder.rules.payouts import capture_key, intent_of

#: For so long a page is offered again; the provider closes it a little later.
OFFERED_FOR: Final = timedelta(hours=20)

_NOTE_LENGTH: Final = CardNotice._meta.get_field("note").max_length or 0
#: What an event tells an order's history, by what was heard.
_SAYS: Final = {What.DECLINED: "card_declined", What.DISPUTED: "card_disputed"}


@dataclass(frozen=True, slots=True)
class Offered:
    """A page on which an order may be paid: `url` once the provider has given one, and which others are in its way.

    `others`: pages of the same order that ask for something else, by the provider's names of them.
    """

    key: str
    number: str
    email: str
    language: str
    amount_minor: int
    currency: str
    asked_at: datetime
    url: str
    others: tuple[str, ...]


@transaction.atomic(durable=True)
def offer(order: int, amount_minor: int, *, by: str, now: datetime) -> Offered:
    """Offer a page on which an amount of an order (by primary key) may be paid by card.

    The one that is open already, if it is for the same amount: asking twice never leads to two payments.

    Raises:
        NotFound: there is no such order.
        BadInput: not a positive amount.
    """
    head = Order.objects.select_related("customer").select_for_update(of=("self",), no_key=True).filter(pk=order)
    found = head.first()
    if found is None:
        raise NotFound(what="order", name=order)
    if amount_minor < 1:
        raise BadInput(
            what="{number}",
            problem="{amount} is not an amount of money",
            remedy="Give more than zero.",
            number=found.number,
            amount=amount_minor,
        )
    open_pages = list(CardPage.objects.filter(order=order, state=CardPageState.OPEN).order_by("-pk"))
    same = next((one for one in open_pages if _may_be_offered(one, amount_minor, now)), None)
    if same is None:
        same = CardPage.objects.create(
            key=secrets.token_hex(16), order=found, amount_minor=amount_minor, currency=found.currency, asked_at=now
        )
    return Offered(
        key=same.key,
        number=found.number,
        email=found.customer.email,
        language=found.customer.language,
        amount_minor=amount_minor,
        currency=found.currency,
        asked_at=same.asked_at,
        url=same.url,
        others=tuple(one.reference for one in open_pages if one.pk != same.pk and one.reference),
    )


@transaction.atomic(durable=True)
def opened(key: str, reference: str, url: str, *, by: str, now: datetime) -> None:
    """Note what the provider calls a page that was offered, and where it is. Safe to repeat.

    Raises:
        NotFound: no page was offered under this key.
    """
    page = CardPage.objects.select_for_update(no_key=True).filter(key=key).first()
    if page is None:
        raise NotFound(what="page for cards", name=key)
    if page.reference != reference:
        page.reference, page.url = reference, url
        page.save(update_fields=["reference", "url"])


@transaction.atomic(durable=True)
def hear(heard: Heard, *, by: str, now: datetime) -> bool:
    """Note what the provider says has happened, once, and whether a person should look at it. Whether it was news.

    What was paid is booked before (`actions.payments.capture`), if it is as it was asked.
    """
    page = _page(heard)
    order = page.order_id if page else _order(heard)
    notice, is_news = CardNotice.objects.get_or_create(
        reference=heard.reference,
        defaults={
            "name": heard.name,
            "at": heard.at,
            "heard_at": now,
            "order_id": order,
            "intent": heard.intent,
            "amount_minor": heard.amount_minor,
            "currency": heard.currency,
            "note": heard.note[:_NOTE_LENGTH],
        },
    )
    if not is_news:
        return False
    journal = Journal(by=by, at=now)
    if heard.what == What.REFUND:
        _refund(heard, journal)
    found = _given_back(heard, order, notice) if heard.what == What.GIVEN_BACK else _concern(heard, page)
    if found:
        notice.concern = found
        notice.save(update_fields=["concern", "amount_minor"])
        if order and heard.what in _SAYS:
            data = {"amount_minor": heard.amount_minor, "currency": heard.currency}
            journal.record(_SAYS[heard.what], f"order:{order}", data)
    journal.write()
    return True


@transaction.atomic(durable=True)
def settle(notice: int, *, by: str, now: datetime) -> None:
    """Note that somebody has looked at what the provider said, and nobody else needs to. Done twice, it is done once.

    Raises:
        NotFound: there is no such thing to be looked at.
    """
    if not _with_concern(notice).filter(settled_at=None).update(settled_at=now, settled_by=by):
        _must_exist(notice)


@transaction.atomic(durable=True)
def book_given_back(notice: int, *, by: str, now: datetime) -> bool:
    """Book as a refund what went back by the provider's own pages, and tell its customer: it is not paid out again.
    Whether it was booked now; what somebody has settled stays as it is.

    Raises:
        NotFound: nothing went back by this notice.
        NotHeld: the order holds less, because the same is booked already: see its refunds.
    """
    given_back = CardNotice.objects.filter(pk=notice, concern=Concern.GIVEN_BACK).select_related("order")
    found = given_back.first()
    if found is None or found.order is None:
        raise NotFound(what="notice of the provider", name=notice)
    order = orders.find(found.order.number)
    money.lock(order)
    if not _with_concern(notice).filter(settled_at=None).update(settled_at=now, settled_by=by):
        return False
    journal = Journal(by=by, at=now)
    entry = money.give_back(order, found.amount_minor, journal)
    journal.write()
    paid = Payment.objects.get(key=capture_key(found.intent))
    key = f"given_back:{notice}"
    money.book(PaymentKind.REFUNDED, order, found.amount_minor, entry, key=key, at=now, back_on=paid)
    return True


@transaction.atomic(durable=True)
def unsettle(notice: int, *, by: str, now: datetime) -> None:
    """Have somebody look at it after all. Safe to repeat.

    Raises:
        NotFound: there is no such thing to be looked at.
    """
    if not _with_concern(notice).exclude(settled_at=None).update(settled_at=None, settled_by=""):
        _must_exist(notice)


@transaction.atomic(durable=True)
def looked(key: str, *, by: str, now: datetime) -> None:
    """Note that the provider was asked what became of a page, and it is as it was.

    Raises:
        NotFound: no page was offered under this key.
    """
    if not CardPage.objects.filter(key=key).update(looked_at=now):
        raise NotFound(what="page for cards", name=key)


def _may_be_offered(page: CardPage, amount_minor: int, now: datetime) -> bool:
    return page.amount_minor == amount_minor and now < page.asked_at + OFFERED_FOR


def _page(heard: Heard) -> CardPage | None:
    """The page that it is about, locked: by the provider's name or, if we never learned that, by ours."""
    if not (heard.page or heard.page_key):
        return None
    named = Q(reference=heard.page) if heard.page else Q(pk=None)
    pages = CardPage.objects.select_related("order").select_for_update(of=("self",), no_key=True)
    return pages.filter(named | Q(key=heard.page_key)).order_by("pk").first()


def _order(heard: Heard) -> int | None:
    """The order that a payment by card was for."""
    paid = Payment.objects.filter(key=capture_key(heard.intent)) if heard.intent else Payment.objects.none()
    return paid.values_list("order_id", flat=True).first()


def _concern(heard: Heard, page: CardPage | None) -> Concern | None:
    asked = Asked(page.order.number, page.amount_minor, page.currency) if page else None
    moved = _step(heard, page) if page and (heard.what != What.PAID or is_as_asked(heard, asked)) else False
    held, worth = _held_and_worth(page.order) if page and moved and heard.what == What.PAID else (0, 0)
    return concern(heard, asked, held_minor=held, worth_minor=worth)


def _step(heard: Heard, page: CardPage) -> bool:
    """Take the page along; whether it went."""
    if heard.what not in PAGE_STEPS:
        return False
    sources, target = PAGE_STEPS[heard.what]
    there = CardPage.objects.filter(pk=page.pk, state__in=[str(source) for source in sources])
    return bool(there.update(state=target))


def _held_and_worth(order: Order) -> tuple[int, int]:
    """What an order holds, and what all that is not cancelled of it costs."""
    lines = OrderLine.objects.filter(order=order.pk)
    worth = lines.aggregate(n=Sum((F("ordered") - F("cancelled")) * F("unit_price_minor"), default=0))["n"]
    return order.captured_minor - order.refunded_minor, worth + order.shipping_minor - order.discount_minor


def _given_back(heard: Heard, order: int | None, notice: CardNotice) -> Concern | None:
    """Whether more of a payment went back than we gave, or are giving, and than we knew of. The notice keeps how much.

    Of a payment that is none of ours, nothing is said: others may use the same account.
    """
    if order is None:
        return None
    ours = Payout.objects.filter(capture__key=capture_key(heard.intent)).exclude(state=PayoutState.FAILED)
    given = ours.filter(Q(attempts__gt=0) | ~Q(reference=""), by="").aggregate(n=Sum("amount_minor", default=0))["n"]
    before = CardNotice.objects.filter(intent=heard.intent, concern=Concern.GIVEN_BACK)
    known = before.aggregate(n=Sum("amount_minor", default=0))["n"]
    notice.amount_minor = heard.amount_minor - given - known
    return Concern.GIVEN_BACK if notice.amount_minor > 0 else None


def _refund(heard: Heard, journal: Journal) -> None:
    """How one of our refunds stands, by the provider's word."""
    key = int(heard.payout) if heard.payout.isascii() and heard.payout.isdecimal() and len(heard.payout) < 19 else 0
    rows = Payout.objects.select_for_update(of=("self",), no_key=True).select_related("payment", "capture")
    found = rows.filter(pk=key).first()
    if found is None or found.capture is None or intent_of(found.capture.key) != heard.intent:
        return  # Not ours: made at the provider's, or by another installation that uses the same account.
    if heard.payout_state == PayoutState.DONE and found.state == PayoutState.TO_DO:
        payouts.finish(found, heard.refund, journal, by_hand=False)
    if heard.payout_state == PayoutState.FAILED and _is_this(found, heard):
        payouts.fail(found, heard.note, journal, reference=heard.refund)


def _is_this(payout: Payout, heard: Heard) -> bool:
    """Whether it is the refund that we know of or, if we do not yet, the first that we asked for; one that failed
    before somebody had it tried again says nothing new."""
    if payout.reference:
        return payout.reference == heard.refund
    return payout.attempts > 0 and not payout.asked_again


def _with_concern(notice: int) -> QuerySet[CardNotice]:
    return CardNotice.objects.filter(pk=notice).exclude(concern="")


def _must_exist(notice: int) -> None:
    if not _with_concern(notice).exists():
        raise NotFound(what="notice of the provider", name=notice)
