"""The steps of a purchase order: approved, sent, chased, ended. Each says before what it does, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.actions import amending, messages, purchasing
from onorder.desk.asking import Effect
from onorder.desk.done import done
from onorder.desk.purchase_order_effects import effects, trial
from onorder.desk.rights import Right, back, does, page, rights_of
from onorder.desk.seen import PURCHASE_ORDERS, seen
from onorder.desk.tags import number as counted
from onorder.errors import NotFound, OnOrderError
from onorder.queries.purchase_order import Detail, purchase_order
from onorder.wording.refusals import words

#: For so long an approval can be taken back.
UNDO = timedelta(minutes=5)
LONGEST_WHY = 200


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is asked before it is done. Its texts may name the `%(number)s` and the `%(supplier)s`.

    Args:
        name: of its URL; the page that asks is at "ask-" and this.
        action: called with the number of the purchase order.
        title, keep, does, done: the question, the two answers, and what is said afterwards.
        first: what happens in any case: an icon and a sentence.
        asks_why: whether a reason is taken down.
        is_bad: whether it is a pity.
        ignoring: kinds of events that do not stop it; None for those that are harmless (`onorder.desk.seen`).
    """

    name: str
    action: Callable[..., Any]
    title: str
    keep: str
    does: str
    done: str
    first: tuple[tuple[str, str], ...] = ()
    asks_why: bool = False
    is_bad: bool = False
    named: Mapping[str, Any] = field(default_factory=dict)
    ignoring: Collection[str] | None = None


STEPS = (
    Step(
        "send",
        purchasing.send,
        gettext_noop("Send %(number)s now?"),
        gettext_noop("Let it wait"),
        gettext_noop("Send it now"),
        gettext_noop("%(number)s is on its way to %(supplier)s."),
        (("send", gettext_noop("What was sent cannot be called back. It can be amended or cancelled.")),),
    ),
    Step(
        "by-other-means",
        purchasing.send,
        gettext_noop("Have you told %(supplier)s of %(number)s yourself?"),
        gettext_noop("Not yet"),
        gettext_noop("I have told them"),
        gettext_noop("%(number)s counts as sent: you have told %(supplier)s yourself."),
        (("file-down", gettext_noop("No e-mail leaves. Give them the document, or tell them what is on it.")),),
        named={"by_other_means": True},
    ),
    Step(
        "remind",
        purchasing.remind,
        gettext_noop("Remind %(supplier)s of %(number)s?"),
        gettext_noop("Wait for their answer"),
        gettext_noop("Remind them"),
        gettext_noop("%(supplier)s is reminded of %(number)s."),
        (("bell", gettext_noop("They are asked to confirm it, with the order attached again.")),),
        ignoring=frozenset(),
    ),
    Step(
        "bounce",
        purchasing.bounce,
        gettext_noop("Did %(number)s not reach %(supplier)s?"),
        gettext_noop("It reached them"),
        gettext_noop("It did not reach them"),
        gettext_noop("%(number)s is noted as bounced. Correct the address, then send it again."),
        (("mail-x", gettext_noop("It stands on top of the list until somebody sends it again.")),),
        asks_why=True,
    ),
    Step(
        "take-back",
        amending.take_back,
        gettext_noop("Take %(number)s back?"),
        gettext_noop("Keep the order"),
        gettext_noop("Take it back"),
        gettext_noop("%(number)s is taken back; it was never sent."),
        (("inbox", gettext_noop("It never leaves. What customers wait for can be raised again at any time.")),),
        is_bad=True,
    ),
    Step(
        "close-short",
        amending.close_short,
        gettext_noop("Expect nothing more on %(number)s?"),
        gettext_noop("Keep expecting it"),
        gettext_noop("Close it short"),
        gettext_noop("%(number)s is closed: nothing more is expected on it."),
        (("package-x", gettext_noop("What arrives on it later is received without a purchase order.")),),
        asks_why=True,
        is_bad=True,
    ),
    Step(
        "cancel",
        amending.cancel,
        gettext_noop("Cancel %(number)s?"),
        gettext_noop("Keep the order"),
        gettext_noop("Cancel the order"),
        gettext_noop("%(number)s is cancelled. Every customer's order stands."),
        asks_why=True,
        is_bad=True,
    ),
)


def _asks(step: Step) -> Callable[..., HttpResponse]:
    @page(Right.BUY)
    def ask(request: HttpRequest, number: str) -> HttpResponse:
        now, by = timezone.now(), request.user.get_username()
        detail = purchase_order(number, now=now, named=0)
        refused, found = "", []
        try:
            found = _tried(step, detail, by=by, now=now, costs=Right.SEE_COSTS in rights_of(request.user))
        except OnOrderError as refusal:
            refused = words(refusal)
        texts = {"number": detail.number, "supplier": detail.supplier_name}
        context = {
            "order": detail,
            "step": step,
            "url": reverse(f"purchase-orders.{step.name}", args=[detail.number]),
            "title": _(step.title) % texts,
            "keep": _(step.keep),
            "does": _(step.does),
            "effects": found,
            "refused": refused,
            "longest_why": LONGEST_WHY,
        }
        return render(request, "desk/purchase_order_ask.html", context)

    return ask  # type: ignore[return-value]


def _tried(step: Step, detail: Detail, *, by: str, now: datetime, costs: bool) -> list[Effect]:
    why = {"why": ""} if step.asks_why else {}
    change = trial(step.action, detail, by=by, now=now, **step.named, **why)
    return [*(Effect(_(said), icon) for icon, said in step.first), *effects(change, detail, costs=costs)]


def _does(step: Step) -> Callable[..., HttpResponse]:
    @does(Right.BUY)
    def act(request: HttpRequest, number: str) -> HttpResponse:
        now, by = timezone.now(), request.user.get_username()
        why = {"why": request.POST.get("why", "").strip()[:LONGEST_WHY]} if step.asks_why else {}
        PURCHASE_ORDERS.do(
            step.action, number, seen=seen(request), ignoring=step.ignoring, by=by, now=now, **step.named, **why
        )
        texts = {"number": number, "supplier": purchase_order(number, now=now, named=0).supplier_name}
        came = back(request)
        to = came if came.startswith(reverse("buffers")) else reverse("purchase-orders.one", args=[number])
        return done(request, _(step.done) % texts, to=to)

    return act  # type: ignore[return-value]


@does(Right.BUY)
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Let a draft leave, in a few minutes: until then it can be held back again."""
    now, by = timezone.now(), request.user.get_username()
    PURCHASE_ORDERS.do(purchasing.approve, number, seen=seen(request), undo=UNDO, by=by, now=now)
    minutes = int(UNDO.total_seconds()) // 60
    leaves = ngettext("It leaves in %(n)s minute.", "It leaves in %(n)s minutes.", minutes) % {"n": counted(minutes)}
    if not purchase_order(number, now=now, named=0).email:
        leaves = _("Its supplier has no e-mail address: tell them yourself.")
    said = _("%(number)s is approved. %(leaves)s") % {"number": number, "leaves": leaves}
    undo = reverse("purchase-orders.hold-back", args=[number])
    return done(request, said, undo=undo, to=reverse("purchase-orders.one", args=[number]))


@does(Right.BUY)
def hold_back(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what is queued until somebody approves it."""
    now, by = timezone.now(), request.user.get_username()
    PURCHASE_ORDERS.do(purchasing.hold_back, number, seen=seen(request), by=by, now=now)
    said = _("%(number)s is held back until somebody approves it.") % {"number": number}
    undo = reverse("purchase-orders.approve", args=[number])
    return done(request, said, undo=undo, to=reverse("purchase-orders.one", args=[number]))


@does(Right.BUY)
def send_message_again(request: HttpRequest, number: str, key: int) -> HttpResponse:
    """Have a message about it delivered after all."""
    now = timezone.now()
    detail = purchase_order(number, now=now, named=0)
    if key not in {message.id for message in detail.messages}:
        raise NotFound(what="message about {number}", name=key, number=number)
    messages.queue_again([key], by=request.user.get_username(), now=now)
    said = _("The message to %(supplier)s is sent again.") % {"supplier": detail.supplier_name}
    return done(request, said, to=reverse("purchase-orders.one", args=[number]))


urlpatterns = [
    path("purchase-orders/<number>/approve", approve, name="purchase-orders.approve"),
    path("purchase-orders/<number>/hold-back", hold_back, name="purchase-orders.hold-back"),
    path(
        "purchase-orders/<number>/messages/<int:key>/again",
        send_message_again,
        name="purchase-orders.send-message-again",
    ),
    *(
        pattern
        for step in STEPS
        for pattern in (
            path(f"purchase-orders/<number>/{step.name}/ask", _asks(step), name=f"purchase-orders.ask-{step.name}"),
            path(f"purchase-orders/<number>/{step.name}", _does(step), name=f"purchase-orders.{step.name}"),
        )
    ),
]
