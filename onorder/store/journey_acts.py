"""What a customer changes by themselves, each with what it does said before the button that does it.

A form is an address that can be looked at; the button posts it. What was looked at travels along, so that a second
click, or one that comes after something has happened, does nothing twice and nothing unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from onorder.actions import cancellations, orders, shipping
from onorder.errors import OnOrderError
from onorder.look.tags import money, number
from onorder.queries import orders as queries
from onorder.queries.choices import Choices, Open, choices
from onorder.queries.journey import Journey, JourneyParcel, Where, journey_of
from onorder.rules.lifecycle import ShippingPolicy
from onorder.store.journey import why_not
from onorder.store.journey_words import what, when
from onorder.store.limits import limited
from onorder.store.links import Followed, followed, with_form
from onorder.trying import Guard, HappenedSince, tried
from onorder.wording.dates import day_words

BY: Final = "customer"
LONGEST_ADDRESS: Final = 500
_GUARD: Final = Guard(
    since=queries.happened_since,
    says=lambda one, now: one.kind,  # It is never shown.
    called="{}",
    harmless=frozenset(
        {
            "noted",
            "queued_again",
            "came_back",
            "heartbeat",
            "link",
            "account",
            "tracked",
            "confirmed",
            "on_its_way",
            "delivered",
            "undelivered",
            "missing",
            "missing_settled",
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would happen, in words. `icon`: what it is about."""

    words: str
    icon: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units of something are to go: the name of its field, what was written there, and what may be."""

    field: str
    product: Open
    units: int
    why_not: str


def _page(view: Callable[[HttpRequest, Followed], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A form of an order. Browsers say where a form comes from only to pages that let them: to ours, to nobody else."""

    def shown(request: HttpRequest, found: Followed) -> HttpResponse:
        return with_form(view(request, found))

    return require_http_methods(["GET", "HEAD", "POST"])(csrf_protect(limited(followed(shown))))


def _shown(request: HttpRequest, found: Followed, template: str, more: Mapping[str, Any]) -> HttpResponse:
    """The form; `wrong` in it is what keeps it from being done."""
    context = {"order": found.order, "seen": found.order.seen, "back": found.url(), **more}
    refused = request.method == "POST" and more.get("wrong")
    return render(request, f"store/{template}.html", context, status=422 if refused else 200)


def _seen(request: HttpRequest) -> int:
    """The last event that the form was looked at with; a form that does not say has seen nothing."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def _do(request: HttpRequest, found: Followed, action: Callable[..., Any], *arguments: Any, **named: Any) -> bool:
    """Do it, unless something has happened since; False if this very form was sent before.

    Raises:
        OnOrderError: it cannot be done, or not without looking again.
    """
    number, seen = found.order.number, _seen(request)
    try:
        _GUARD.do(action, number, *arguments, seen=seen, by=BY, now=found.now, **named)
    except HappenedSince:
        kind = _LEAVES[action]
        if seen and any(one.kind == kind and one.by == BY for one in queries.happened_since(number, seen)):
            return False
        raise
    return True


#: What each action leaves behind: by it a second click is told from somebody else's doing.
_LEAVES: Final[Mapping[Callable[..., Any], str]] = {
    cancellations.cancel: "cancelled",
    orders.send_elsewhere: "sent_elsewhere",
    shipping.set_shipping_policy: "shipping_policy",
}


def _again() -> str:
    return _(
        "Something about your order has changed in the meantime, and nothing was done. Look at it again, then decide."
    )


# Another address.


@_page
def address(request: HttpRequest, found: Followed) -> HttpResponse:
    """Where it goes instead."""
    if not choices(found.order, now=found.now).may_move:
        return HttpResponseRedirect(found.url())
    written = request.POST.get("address", "") if request.method == "POST" else found.order.address
    wrong = ""
    if request.method == "POST":
        wrong = _address_wrong(written)
        if not wrong:
            try:
                _do(request, found, orders.send_elsewhere, "\n".join(written.strip().splitlines()))
                return found.done("moved")
            except OnOrderError:
                wrong = _again()
    return _shown(request, found, "journey_address", {"written": written, "wrong": wrong, "effects": _moves(found)})


def _address_wrong(written: str) -> str:
    if not written.strip():
        return _("Write the address that it should go to.")
    if len(written) > LONGEST_ADDRESS:
        return _("That is too long for a label: write at most %(n)s characters.") % {"n": number(LONGEST_ADDRESS)}
    return ""


def _moves(found: Followed) -> list[Effect]:
    effects = [
        Effect(_("%(what)s: to the new address.") % {"what": what(parcel.things)}, "truck")
        for parcel in _coming(journey_of(found.order, now=found.now))
    ]
    if found.order.parcels:
        effects.append(Effect(_("What has left us already goes where you wanted it first."), "package"))
    return effects


# In one parcel, or in parts.


@_page
def parcels(request: HttpRequest, found: Followed) -> HttpResponse:
    """Together instead of in parts, or the other way round."""
    way = choices(found.order, now=found.now).other_way
    done = _done_before(request, found, shipping.set_shipping_policy)
    if way is None and not done:
        return HttpResponseRedirect(found.url())
    policy, most = way or (ShippingPolicy(found.order.shipping_policy), found.order.most_parcels)
    joins, wrong = policy == ShippingPolicy.TOGETHER, ""
    if request.method == "POST":
        if request.POST.get("way") != str(policy) and not done:
            wrong = _again()
        elif done:
            return found.done("together" if request.POST.get("way") == ShippingPolicy.TOGETHER else "parts")
        else:
            try:
                _do(request, found, shipping.set_shipping_policy, policy, most_parcels=most)
                return found.done("together" if joins else "parts")
            except OnOrderError:
                wrong = _again()
    named = {"most_parcels": most, "by": BY, "now": found.now}
    then = tried(shipping.set_shipping_policy, found.order.number, policy, look=_look(found), **named)
    context = {
        "joins": joins,
        "way": policy,
        "wrong": wrong,
        "now": _plan(journey_of(found.order, now=found.now), found),
    }
    return _shown(request, found, "journey_parcels", {**context, "then": _plan(then, found)})


def _done_before(request: HttpRequest, found: Followed, action: Callable[..., Any]) -> bool:
    """Whether this very form was sent before, and did what it says."""
    if request.method != "POST" or not (seen := _seen(request)):
        return False
    kind = _LEAVES[action]
    return any(one.kind == kind and one.by == BY and one.id > seen for one in found.order.happened)


def _look(found: Followed) -> Callable[[Any], Journey]:
    """The order as it is inside a trial."""
    return lambda _: journey_of(queries.one(found.order.number, now=found.now), now=found.now)


def _plan(journey: Journey, found: Followed) -> list[Effect]:
    """What comes when, parcel by parcel."""
    return [Effect(_arrival(parcel, found), "package") for parcel in _coming(journey)]


def _arrival(parcel: JourneyParcel, found: Followed) -> str:
    values = {"what": what(parcel.things), "when": when(parcel, found.today)}
    return (_("%(what)s, %(when)s") if values["when"] else _("%(what)s, on a day that is not known yet")) % values


def _coming(journey: Journey) -> list[JourneyParcel]:
    return [parcel for parcel in journey.parcels if parcel.where != Where.SHIPPED]


# Less of it, or nothing.


@_page
def cancel(request: HttpRequest, found: Followed) -> HttpResponse:
    """How many units of what are to go; then, with what that does, whether they are."""
    may = choices(found.order, now=found.now)
    done = _done_before(request, found, cancellations.cancel)
    if not may.may_cancel and not done:
        return HttpResponseRedirect(found.url())
    sent = request.POST if request.method == "POST" else request.GET
    rows, wrong = _counted(found, may, sent)
    wanted = {row.product.sku: row.units for row in rows if row.units}
    if request.method == "POST":
        if done:
            return found.done("cancelled", _units_before(request, found))
        if wanted and not wrong:
            try:
                _do(request, found, cancellations.cancel, wanted, fee_minor=may.refund(wanted).fee_minor)
                return found.done("cancelled", sum(wanted.values()))
            except OnOrderError:
                wrong = _again()
    if sent and not wanted and not wrong:
        wrong = _("Write beside at least one of them how many you no longer want.")
    effects = _cancel_effects(found, may, wanted) if wanted and not (wrong and request.method == "GET") else []
    return _shown(
        request,
        found,
        "journey_cancel",
        {"rows": rows, "wrong": wrong, "effects": effects, "units": sum(wanted.values())},
    )


def _units_before(request: HttpRequest, found: Followed) -> int:
    """Units that this form cancelled when it was sent the first time."""
    last = next(one for one in found.order.happened if one.kind == "cancelled" and one.by == BY)
    return sum(int(line[1]) for line in last.data.get("lines", ()))


def _counted(found: Followed, may: Choices, sent: Mapping[str, Any]) -> tuple[list[Counted], str]:
    """The rows of the form, and what is wrong in one of them. One unit alone needs no counting."""
    places = {sku: place for place, sku in enumerate(dict.fromkeys(line.sku for line in found.order.lines))}
    alone = len(may.products) == 1 and may.products[0].units == 1
    rows, wrong = [], ""
    for product in may.products:
        field = f"u{places[product.sku]}"
        given = str(sent.get(field, "1" if alone and not sent else "")).strip() or "0"
        units = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else -1
        if not 0 <= units <= product.most:
            values = {"name": product.name, "n": number(product.most)}
            wrong = _("Of %(name)s you can cancel at most %(n)s: write a number from 0 to that.") % values
        reason = why_not(product.stays) if product.stays else ""
        rows.append(Counted(field, product, max(units, 0), reason))
    return rows, wrong


def _cancel_effects(found: Followed, may: Choices, wanted: Mapping[str, int]) -> Sequence[Effect]:
    """What it would do, tried: what goes, what of the money comes back, and what is still to come."""
    named = {"by": BY, "now": found.now}
    try:
        then = tried(cancellations.cancel, found.order.number, wanted, look=_look(found), **named)
    except OnOrderError:
        return []
    units = sum(wanted.values())
    said = ngettext("%(n)s item is cancelled, and you get a mail that says so.",
                    "%(n)s items are cancelled, and you get a mail that says so.", units)  # fmt: skip
    effects = [Effect(said % {"n": number(units)}, "x"), *_money_effects(found, may, wanted)]
    plan = _plan(then, found)
    if not plan:
        return [*effects, Effect(_("Nothing else is to come."), "package")]
    return [*effects, *(Effect(_("Still to come: %(what)s.") % {"what": one.words}, one.icon) for one in plan)]


def _money_effects(found: Followed, may: Choices, wanted: Mapping[str, int]) -> list[Effect]:
    order, refund = found.order, may.refund(wanted)
    if not order.held_minor:
        return []
    effects = []
    if refund.minor:
        values = {"amount": money(refund.minor, order.currency), "day": day_words(may.refund_by, found.today)}
        said = _("%(amount)s goes back to you, the way you paid, by %(day)s at the latest.")
        effects.append(Effect(said % values, "banknote"))
    if refund.fee_minor:
        kept = _("%(amount)s of what you paid stays with us, as agreed, because it was ordered for you already.")
        effects.append(Effect(kept % {"amount": money(refund.fee_minor, order.currency)}, "banknote"))
    return effects


urlpatterns = [
    path("j/<str:token>/address", address, name="journey.address"),
    path("j/<str:token>/parcels", parcels, name="journey.parcels"),
    path("j/<str:token>/cancel", cancel, name="journey.cancel"),
]
