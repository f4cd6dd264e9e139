"""Today: what needs a person, each with the one thing to do about it, and the shop in four figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.desk.rights import Right, page, rights_of
from onorder.desk.tags import money, number
from onorder.models import Order, Shop
from onorder.queries import today as queries
from onorder.queries.stamp import stamp
from onorder.queries.today import Kind, Task

#: Seconds for which the figure of the cash may be out of date: it reads every open order.
CASH_KEPT_FOR = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A task as the page shows it.

    Args:
        how: how bad it is: "late", "soon" or "".
        subject: the thing it is about, and `said` what is the case with it, as a sentence.
        at: since when, or until when.
        url, does: where its one action is, and what that says.
        right: who does it.
        location: given if the action is done at once, by a form, for the buffer there.
    """

    icon: str
    how: str
    subject: str
    said: str
    at: date | datetime | None
    url: str
    does: str
    right: Right
    location: str = ""


@page()
def today(request: HttpRequest) -> HttpResponse:
    """Everything that needs a person, most urgent first; before anybody has ordered, what to do first."""
    if not Shop.objects.exists() and Right.PEOPLE in rights_of(request.user):
        return redirect("settings.open")
    if not Order.objects.exists():
        return render(request, "desk/first.html")
    now = timezone.now()
    happened = stamp()
    mine = rights_of(request.user)
    rows = [_row(task) for task in queries.tasks(now=now)]
    return render(
        request,
        "desk/today.html",
        {
            "mine": [row for row in rows if row.right in mine],
            "others": [row for row in rows if row.right not in mine],
            "waiting": queries.units_waiting(),
            "month": queries.month(),
            "cash": cache.get_or_set("desk-cash", queries.cash, CASH_KEPT_FOR) if Right.SEE_COSTS in mine else None,
            "stamp": happened,
            "now": now,
        },
    )


def _row(task: Task) -> Row:
    return _ROWS[task.kind](task)


def _units(n: int) -> str:
    return ngettext("%(n)s unit", "%(n)s units", n) % {"n": number(n)}


def _purchase_order(icon: str, how: str, said: str, does: str) -> Callable[[Task], Row]:
    def row(task: Task) -> Row:
        words = _(said) % {"name": task.name, "units": _units(task.n)}
        url = reverse("purchase-orders.one", args=[task.subject])
        return Row(icon, how, task.subject, words, task.at, url, _(does), Right.BUY)

    return row


def _at_risk(task: Task) -> Row:
    said = ngettext(
        "%(n)s promise is missed if this buffer is left until its deadline.",
        "%(n)s promises are missed if this buffer is left until its deadline.",
        task.n,
    )
    url = reverse("buffers.raise", args=[task.subject])
    words = said % {"n": number(task.n)}
    return Row("triangle-alert", "late", task.name, words, task.at, url, _("Raise now"), Right.BUY, task.location)


def _deadline(task: Task) -> Row:
    said = ngettext(
        "%(n)s buffer orders itself today.", "%(n)s buffers order themselves today, the first at:", task.n
    ) % {"n": number(task.n)}
    return Row("alarm-clock", "", "", said, task.at, reverse("buffers"), _("See the buffers"), Right.BUY)


def _arrives(task: Task) -> Row:
    said = _("from %(name)s is due today: %(units)s.") % {"units": _units(task.n), "name": task.name}
    url = reverse("receiving.one", args=[task.subject])
    return Row("package-open", "", task.subject, said, None, url, _("Receive"), Right.RECEIVE)


def _lapsing(task: Task) -> Row:
    said = (
        _("is late, and the day that its customer agreed to ends: then it is cancelled and refunded. Send it, or ask:")
        if task.n
        else _("is late, and its customer has not answered: it is cancelled and refunded after")
    )
    url = f"{reverse('orders.one', args=[task.subject])}#late"
    return Row("hourglass", "late", f"#{task.subject}", said, task.at, url, _("Ask them"), Right.SELL)


def _unpaid(task: Task) -> Row:
    said = _("is not paid, although its customer was reminded. Its units are kept since they were asked:")
    url = reverse("orders.one", args=[task.subject])
    return Row("banknote", "soon", f"#{task.subject}", said, task.at, url, _("Decide"), Right.SELL)


def _held(task: Task) -> Row:
    said = _("is held: %(why)s. Nothing of it leaves.") % {"why": task.name}
    url = reverse("orders.one", args=[task.subject])
    return Row("pause", "soon", f"#{task.subject}", said, task.at, url, _("Look at it"), Right.SELL)


def _parcels(task: Task) -> Row:
    said = ngettext("%(n)s parcel is ready to go.", "%(n)s parcels are ready to go.", task.n) % {"n": number(task.n)}
    return Row("package", "", "", said, None, reverse("parcels"), _("Pick and pack"), Right.SHIP)


def _behind(task: Task) -> Row:
    said = _("%(units)s should have shipped by the day their customers were told.") % {"units": _units(task.n)}
    url = f"{reverse('queue')}?{urlencode({'show': 'passed'})}"
    return Row("user-x", "late", "", said, task.at, url, _("See whose"), Right.SELL)


def _without_supplier(task: Task) -> Row:
    said = _("Customers wait for %(units)s of %(skus)s, and no supplier offers it: nothing will ever be ordered.")
    words = said % {"units": _units(task.n), "skus": task.name}
    url = f"{reverse('catalogue')}?{urlencode({'show': 'no-supplier'})}"
    return Row("store", "late", "", words, task.at, url, _("Name a supplier"), Right.SET_UP)


def _repack(task: Task) -> Row:
    said = ngettext(
        "%(n)s packed parcel is not what may go any more: open it again.",
        "%(n)s packed parcels are not what may go any more: open them again.",
        task.n,
    )
    url, words = f"{reverse('parcels')}?{urlencode({'show': 'packed'})}", said % {"n": number(task.n)}
    return Row("package-open", "soon", "", words, None, url, _("Put right"), Right.SHIP)


def _packed(task: Task) -> Row:
    said = ngettext(
        "%(n)s packed parcel waits for its carrier.", "%(n)s packed parcels wait for their carrier.", task.n
    )
    url, words = f"{reverse('parcels')}?{urlencode({'show': 'packed'})}", said % {"n": number(task.n)}
    return Row("package-check", "", "", words, task.at, url, _("Hand over"), Right.SHIP)


def _missing(task: Task) -> Row:
    said = _("of #%(order)s has not come, its customer says. Look for it, then say what became of it.")
    url = f"{reverse('parcels.sent')}?{urlencode({'show': 'missing'})}"
    words = said % {"order": task.name}
    return Row("package-search", "late", task.subject, words, task.at, url, _("Look into it"), Right.SELL)


def _returns(task: Task) -> Row:
    said = _("To be decided: %(units)s that came back.") % {"units": _units(task.n)}
    return Row("undo-2", "", "", said, task.at, reverse("orders.returns"), _("Decide"), Right.REFUND)


def _payout(task: Task) -> Row:
    said = _("%(amount)s of it is to be paid back to its customer.")
    return _refund(task, said, "hand-coins", "")


def _payout_failed(task: Task) -> Row:
    said = _("%(amount)s of it could not go back to the card: pay it back in another way.")
    return _refund(task, said, "credit-card", "soon")


def _refund(task: Task, said: str, icon: str, how: str) -> Row:
    words, url = said % {"amount": money(task.n, task.name)}, reverse("orders.payout", args=[task.key])
    return Row(icon, how, f"#{task.subject}", words, task.at, url, _("Paid out"), Right.REFUND)


def _cards(task: Task) -> Row:
    said = ngettext("%(n)s payment by card needs a look.", "%(n)s payments by card need a look.", task.n)
    url = reverse("orders.card-notices")
    return Row("credit-card", "soon", "", said % {"n": number(task.n)}, None, url, _("Look at it"), Right.REFUND)


def _unreached(task: Task) -> Row:
    if task.subject:
        said = _("Mail to %(name)s comes back, so they hear nothing.") % {"name": task.name or _("a customer")}
        url = reverse("customers.correct", args=[task.subject])
        return Row("mail-x", "late", "", said, task.at, url, _("Correct the address"), Right.SELL)
    said = _("%(n)s customers cannot be reached: mail to them comes back.") % {"n": number(task.n)}
    return Row("mail-x", "late", "", said, task.at, _unreached_list(), _("Correct the addresses"), Right.SELL)


def _untexted(task: Task) -> Row:
    if task.subject:
        said = _("No text message to %(name)s arrives, and there is no e-mail address: they hear nothing.")
        url = reverse("customers.writing", args=[task.subject])
        words = said % {"name": task.name or _("a customer")}
        return Row("message-square-x", "late", "", words, task.at, url, _("Correct the number"), Right.SELL)
    said = _("%(n)s customers without an e-mail address hear nothing: no text message to them arrives.")
    words = said % {"n": number(task.n)}
    return Row("message-square-x", "late", "", words, task.at, _unreached_list(), _("Correct the numbers"), Right.SELL)


def _mailed(task: Task) -> Row:
    if task.subject:
        said = _("No text message to %(name)s arrives, so they get mails.") % {"name": task.name or _("a customer")}
        url = reverse("customers.writing", args=[task.subject])
        return Row("message-square-x", "soon", "", said, task.at, url, _("Correct the number"), Right.SELL)
    said = _("%(n)s customers get mails, because no text message to them arrives.") % {"n": number(task.n)}
    return Row("message-square-x", "soon", "", said, task.at, _unreached_list(), _("Correct the numbers"), Right.SELL)


def _unreached_list() -> str:
    return f"{reverse('customers')}?{urlencode({'show': 'unreached'})}"


def _failed(task: Task) -> Row:
    said = ngettext("%(n)s message did not get through.", "%(n)s messages did not get through.", task.n)
    url = reverse("settings.messages")
    return Row("mail-x", "soon", "", said % {"n": number(task.n)}, None, url, _("See why"), Right.SELL)


_ROWS: Mapping[Kind, Callable[[Task], Row]] = {
    Kind.BOUNCED: _purchase_order(
        "mail-x",
        "late",
        gettext_noop("did not reach %(name)s, the mail came back: %(units)s."),
        gettext_noop("Correct the address"),
    ),
    Kind.BY_HAND: _purchase_order(
        "hand",
        "late",
        gettext_noop("waits for you: %(name)s has no e-mail address, so nobody has told them of %(units)s."),
        gettext_noop("Tell them"),
    ),
    Kind.APPROVE: _purchase_order(
        "stamp", "soon", gettext_noop("to %(name)s waits for your approval: %(units)s."), gettext_noop("Approve")
    ),
    Kind.UNANSWERED: _purchase_order(
        "message-circle-question-mark",
        "soon",
        gettext_noop("has no answer from %(name)s, who was reminded: %(units)s."),
        gettext_noop("Call them"),
    ),
    Kind.OVERDUE: _purchase_order(
        "calendar-x",
        "late",
        gettext_noop("from %(name)s is overdue: %(units)s to come."),
        gettext_noop("Ask when"),
    ),
    Kind.NO_SUPPLIER: _without_supplier,
    Kind.BEHIND: _behind,
    Kind.LAPSING: _lapsing,
    Kind.AT_RISK: _at_risk,
    Kind.ARRIVES: _arrives,
    Kind.UNPAID: _unpaid,
    Kind.HELD: _held,
    Kind.PARCELS: _parcels,
    Kind.REPACK: _repack,
    Kind.PACKED: _packed,
    Kind.MISSING: _missing,
    Kind.RETURNS: _returns,
    Kind.PAYOUT_FAILED: _payout_failed,
    Kind.PAYOUT: _payout,
    Kind.CARDS: _cards,
    Kind.UNREACHED: _unreached,
    Kind.UNTEXTED: _untexted,
    Kind.MAILED: _mailed,
    Kind.FAILED: _failed,
    Kind.DEADLINE: _deadline,
}

urlpatterns = [path("", today, name="start")]
