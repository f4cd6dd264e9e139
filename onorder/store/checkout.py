"""The order form: what ships now and later, where to, how it is paid, and the dates agreed to; and the thank-you after.

What was shown travels in the form, signed, with the key that makes it one order however often it is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Self

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onorder import access, guessing
from onorder.actions import orders
from onorder.errors import NotFound
from onorder.models import Shop
from onorder.queries.accepted import Receipt, receipt
from onorder.queries.account import Mine, last_address
from onorder.queries.owing import owing
from onorder.queries.quote import Quote, quote
from onorder.queue import setup as settings
from onorder.rules.accepting import Accepted, AcceptedLine, changes
from onorder.rules.entering import Lane
from onorder.rules.payouts import STORE
from onorder.store import checkout_words as words
from onorder.store.addresses import parts_of
from onorder.store.basket import shop_of
from onorder.store.cards import DOWN, SeeOther
from onorder.store.carried import carried, carry, without
from onorder.store.checkout_form import APART, TOGETHER, OrderForm, countries
from onorder.store.entered import mine_of
from onorder.store.links import nowhere, with_form
from onorder.store.pay import came_back
from onorder.store.payments import Card, ToPay, leading, open_ways, way_of
from onorder.wording.dates import locale

CHANNEL: Final = STORE
_SALT: Final = "store.order"
_LASTS: Final = 7 * 24 * 3600  # Seconds for which a form that lies open may be sent. What it says is compared anyway.


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one order form shows, by way of shipping, and the key of the order that it becomes."""

    key: str
    ways: Mapping[str, Accepted]

    @classmethod
    def of(cls, found: Quote, key: str) -> Self:
        shown = {TOGETHER: found.together, APART: found.apart}
        return cls(key, {way: accepted for way, accepted in shown.items() if accepted})

    @property
    def units(self) -> dict[str, int]:
        """What is ordered, by SKU."""
        return {line.sku: line.now + line.later for line in next(iter(self.ways.values())).lines}

    def chosen(self, way: str) -> tuple[str, Accepted]:
        """The way of that name; the only one that there is for any other."""
        name = way if way in self.ways else next(iter(self.ways))
        return name, self.ways[name]

    def signed(self) -> str:
        ways = {way: accepted.as_data() for way, accepted in self.ways.items()}
        return signing.dumps({"key": self.key, "ways": ways}, salt=_SALT, compress=True)

    @classmethod
    def read(cls, signed: str) -> Self | None:
        """The sheet that a form brings back; None if it is none of ours, or very old."""
        try:
            data = signing.loads(signed, salt=_SALT, max_age=_LASTS)
        except signing.BadSignature:
            return None
        return cls(data["key"], {way: Accepted.from_data(accepted) for way, accepted in data["ways"].items()})


@dataclass(frozen=True, slots=True)
class Option:
    """A way of shipping as the page offers it: when it arrives, what it costs, what is said yes to."""

    name: str
    shown: Accepted
    how: str
    consent: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """The order form; sent, the order is placed if everything is still as it was shown, or better."""
    shop, now = shop_of(request), timezone.now()
    return leading(_order(request, shop, now), shop)


def _order(request: HttpRequest, shop: Shop, now: datetime) -> HttpResponse:
    sheet = Sheet.read(request.POST.get("sheet", "")) if request.method == "POST" else None
    if sheet is None:
        return _fresh(request, shop, carried(request), now)
    form = OrderForm(request.POST, shop=shop, is_asked=sheet.chosen("")[1].waits, may_choose=len(sheet.ways) > 1)
    if not form.is_valid():
        return _again(request, shop, form, sheet, now)
    turn = [guessing.Counted(Lane.ORDERING, guessing.neighbourhood(str(request.META.get("REMOTE_ADDR", ""))))]
    if guessing.take_turn(turn, now):
        form.add_error(None, _("Many orders came from your network just now. Please send it again in two minutes."))
        return _again(request, shop, form, sheet, now, status=429)
    try:
        placed = _place(form, sheet, now)
    except (orders.ChangedSince, orders.OrdersRefused, NotFound):
        guessing.give_back(turn)
        return _again(request, shop, form, sheet, now)
    return _placed(request, form, sheet, placed, now)


@never_cache
@require_safe
def placed(request: HttpRequest, token: str) -> HttpResponse:
    """Thanks, the number, what comes when, how it is paid, and where to follow it."""
    shop, now = shop_of(request), timezone.now()
    today = settings.current().today(now)
    try:
        key = access.read(token, today=today)
        found = receipt(key)
    except (access.LinkOver, NotFound):
        return nowhere(request)
    agreed = found.agreement.accepted
    way = way_of(agreed.pays_by)
    came = came_back(request, key, now)
    context = {
        "receipt": found,
        "now": [(name, line) for name, line in found.agreement.lines if line.now],
        "later": [(name, line) for name, line in found.agreement.lines if line.later],
        "way": way,
        "details": way.details(_to_pay(request, key, found, today), shop) if way else (),
        "came": came,
        "owed": owing(key),
        "pay": _pay_page(key, today),
        "how": words.how(agreed, today),
        "journey": f"/j/{token}",
    }
    return with_form(leading(render(request, "store/placed.html", context), shop))


def _fresh(request: HttpRequest, shop: Shop, basket: Mapping[str, int], now: datetime) -> HttpResponse:
    """The form as it is first seen. What cannot be ordered has to be settled in the basket first."""
    found = quote(basket, now=now)
    if found.unsold or not found.lines:
        return redirect("store.basket")
    suggests = APART if found.apart and found.is_proposed_apart else TOGETHER
    sheet = Sheet.of(found, secrets.token_urlsafe(18))
    mine = mine_of(request, now)
    known = _known(mine) if mine else {}
    form = OrderForm(shop=shop, is_asked=True, may_choose=bool(found.apart), suggests=suggests, known=known)
    return render(request, "store/order.html", _context(shop, form, found, sheet, now) | {"mine": mine})


def _known(mine: Mine) -> dict[str, str]:
    """What the form need not ask whoever is let in: who they are, and where their last order went."""
    names = {name: code for code, name in countries(str(locale()))}
    last = parts_of(last_address(mine), names)
    who = {"name": mine.name, "email": mine.email, "phone": mine.phone}
    return last | {field: text for field, text in who.items() if text}


def _again(
    request: HttpRequest, shop: Shop, form: OrderForm, was: Sheet, now: datetime, status: int = 200
) -> HttpResponse:
    """The form with what was written, and with what is true now. If that is worse, it has to be agreed to anew."""
    found = quote(was.units, now=now)
    if found.unsold or not found.lines:
        return redirect("store.basket")
    sheet = Sheet.of(found, was.key)
    today = settings.current().today(now)
    names = {line.sku: line.name for line in found.lines}
    way, shown = was.chosen(form["way"].value() or "")
    true = sheet.chosen(way)[1]
    worse = words.changed(shown, true, names, found.currency, today)
    context = _context(shop, form, found, sheet, now)
    agreed = bool(form["agrees"].value()) and not any(
        changes(before, sheet.chosen(name)[1]) for name, before in was.ways.items()
    )
    return render(request, "store/order.html", context | {"worse": worse, "is_agreed": agreed}, status=status)


def _context(shop: Shop, form: OrderForm, found: Quote, sheet: Sheet, now: datetime) -> dict[str, Any]:
    today = settings.current().today(now)
    options = [
        Option(name, shown, words.how(shown, today), words.consent(shown, today)) for name, shown in sheet.ways.items()
    ]
    chosen = sheet.chosen(form["way"].value() or "")[0]
    return {
        "form": form,
        "quote": found,
        "lines_now": [(line, _terms(line.offered, waits=False)) for line in found.now],
        "lines_later": [(line, _terms(line.offered, waits=True)) for line in found.later],
        "sheet": sheet.signed(),
        "options": options,
        "chosen": chosen,
        "waits": any(option.shown.waits for option in options),
        "countries": countries(str(locale())),
        "country": form["country"].value(),
        "pays": [(way, way.name(), way.explanation()) for way in open_ways(shop)],
        "pay": form["pay"].value(),
        "first_wrong": form.first_wrong if form.is_bound else "",
    }


def _terms(line: AcceptedLine, *, waits: bool) -> str:
    return " ".join(words.terms_words(line.terms, waits=waits))


def _place(form: OrderForm, sheet: Sheet, now: datetime) -> orders.Placed:
    own, today = form.cleaned_data, settings.current().today(now)
    shown = sheet.chosen(own["way"])[1]
    language = get_language() or ""
    agreed = replace(shown, words=words.consent(shown, today), language=language, pays_by=own["pay"])
    email = own["email"].strip()
    new = orders.NewOrder(
        number="",
        customer=orders.NewCustomer(email.casefold(), email, own["name"], own["phone"], language),
        lines=[orders.NewLine(sku, units) for sku, units in sheet.units.items()],
        key=f"{CHANNEL}:{sheet.key}",
        channel=CHANNEL,
        address=form.address,
        accepted=agreed,
    )
    return orders.place(new, by="storefront", now=now)


def _placed(request: HttpRequest, form: OrderForm, sheet: Sheet, done: orders.Placed, now: datetime) -> HttpResponse:
    """On to the thanks, or to the page where it is paid. What else is in the basket stays there."""
    today = settings.current().today(now)
    address = _thanks(done.order, today)
    way = way_of(form.cleaned_data["pay"])
    to_pay = _to_pay(request, done.order, receipt(done.order), today)
    elsewhere = way.begin(to_pay) if way else ""
    if isinstance(way, Card) and to_pay.due_minor and not elsewhere:
        address = f"{address}?{DOWN}"
    answer: HttpResponse = SeeOther(elsewhere) if elsewhere else redirect(address)
    if done.is_new:
        carry(answer, without(carried(request), sheet.units))
    return answer


def _to_pay(request: HttpRequest, key: int, found: Receipt, today: date) -> ToPay:
    back = request.build_absolute_uri(_thanks(key, today))
    left = request.build_absolute_uri(_pay_page(key, today))
    return ToPay(key, found.number, owing(key), found.currency, back, left)


def _thanks(order: int, today: date) -> str:
    return reverse("store.placed", args=[access.token(order, today)])


def _pay_page(order: int, today: date) -> str:
    return reverse("store.pay", args=[access.token(order, today, access.Purpose.PAY)])


urlpatterns = [
    path("order", order, name="store.order"),
    path("order/placed/<str:token>", placed, name="store.placed"),
]
