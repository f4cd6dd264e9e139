"""All orders of a customer, by a link in a mail: no password, and nobody needs it to buy or to follow an order.

Whoever asks for the link is always answered alike: nobody learns here who buys.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import wraps

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from onorder import access, guessing
from onorder.actions import account as actions
from onorder.actions import customers
from onorder.errors import OnOrderError
from onorder.guessing import Counted
from onorder.queries import account as queries
from onorder.queries.account import Mine, MyOrder
from onorder.queue import setup as settings
from onorder.rules.addresses import digest_of
from onorder.rules.entering import Lane
from onorder.store.account_words import LANGUAGES, shown
from onorder.store.entered import carry, mine_of, new_secret, secret_of
from onorder.store.limits import limited, minutes_until
from onorder.store.links import private

BY = "customer"
ROWS = 20
_LONGEST_EMAIL = 254
Page = Callable[..., HttpResponseBase]


class Details(forms.Form):
    """How a customer is called and reached."""

    use_required_attribute = False

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language of our mails"), choices=LANGUAGES, required=False)

    def __init__(self, sent: object, mine: Mine) -> None:
        stored = {"name": mine.name, "phone": mine.phone, "language": mine.language}
        super().__init__(sent, initial=stored, auto_id="id_%s")  # type: ignore[arg-type]
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["phone"].widget.attrs |= {"autocomplete": "tel", "inputmode": "tel", "type": "tel"}
        if mine.language not in dict(LANGUAGES):  # What a shop system gave stays, until somebody chooses.
            self.fields["language"].choices = [*LANGUAGES, (mine.language, mine.language)]  # type: ignore[attr-defined]


def _page(view: Page) -> Page:
    """A page of ours with forms on it, kept by nobody on the way."""

    @wraps(view)
    def answered(request: HttpRequest, **named: str) -> HttpResponseBase:
        answer = view(request, **named)
        answer["Referrer-Policy"] = "same-origin"  # Its own forms say where they come from.
        return private(answer)  # type: ignore[arg-type]

    return csrf_protect(answered)


def _entered(view: Callable[[HttpRequest, Mine], HttpResponseBase]) -> Page:
    """For whoever is let in; others come to where they ask for the link."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        mine = mine_of(request, timezone.now())
        return view(request, mine) if mine else redirect("store.account")

    return answered


@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
@_page
def account(request: HttpRequest) -> HttpResponse:
    """Their orders, for whoever is let in; for anybody else the form that asks for the link."""
    now = timezone.now()
    if request.method == "POST":
        return _ask(request)
    mine = mine_of(request, now)
    if mine is None:
        return render(request, "store/account_ask.html")
    found = queries.orders(mine, now=now, after=_after(request), limit=ROWS + 1)
    today = settings.current().today(now)
    rows = [shown(one, access.token(one.key, today), today) for one in found[:ROWS]]
    context = {
        "mine": mine,
        "coming": [row for row in rows if row.order.is_open],
        "past": [row for row in rows if not row.order.is_open],
        "is_first": "after" not in request.GET,
        "after": _written(found[ROWS - 1]) if len(found) > ROWS else "",
    }
    return render(request, "store/account_orders.html", context)


def _ask(request: HttpRequest) -> HttpResponse:
    """Send the link, if we know the address; the answer is the same if we do not."""
    email, now = request.POST.get("email", "").strip(), timezone.now()
    try:
        validate_email(email[: _LONGEST_EMAIL + 1])
    except ValidationError:
        wrong = _("Write the e-mail address that you ordered with, such as name@example.org.")
        context = {"email": email[:_LONGEST_EMAIL], "wrong": wrong}
        return render(request, "store/account_ask.html", context, status=422)
    peer = guessing.neighbourhood(guessing.address(request))
    lanes = [Counted(Lane.CUSTOMER, digest_of(email)), Counted(Lane.VISITOR, peer)]
    if until := guessing.take_turn(lanes, now):
        asked = {"email": email, "minutes": minutes_until(until, now)}
        return render(request, "store/account_ask.html", asked, status=429)
    actions.send_link(email, by=BY, now=now)
    return render(request, "store/account_ask.html", {"is_sent": True})


@require_http_methods(["GET", "HEAD", "POST"])
@_page
@limited
def open_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where the link in the mail leads: one more click lets this browser in, so that no program that looks at links in
    mails uses it up."""
    now = timezone.now()
    try:
        event = access.read_account(token, now=now)
        if request.method != "POST":
            return render(request, "store/account_open.html", {"token": token})
        secret = new_secret()
        actions.open_link(event, secret, by=BY, now=now)
    except OnOrderError:
        if mine_of(request, now):  # Sent twice, or opened again by whoever it let in.
            return redirect("store.account")
        return render(request, "store/account_ask.html", {"is_over": True}, status=410)
    answer = redirect("store.account")
    carry(answer, secret)
    return answer


@sensitive_post_parameters("name", "phone")
@require_http_methods(["GET", "HEAD", "POST"])
@_page
@limited
@_entered
def details(request: HttpRequest, mine: Mine) -> HttpResponse:
    """How they are called and reached."""
    form = Details(request.POST if request.method == "POST" else None, mine)
    is_saved = False
    if form.is_bound and form.is_valid():
        customers.correct(mine.customer, **form.cleaned_data, email=None, by=BY, now=timezone.now())
        is_saved = True
    status = 422 if form.is_bound and not is_saved else 200
    context = {"mine": mine, "form": form, "is_saved": is_saved}
    return render(request, "store/account_details.html", context, status=status)


@require_POST
@_page
@limited
def leave(request: HttpRequest) -> HttpResponseBase:
    """Log out: this browser, or every one."""
    everywhere = request.POST.get("everywhere") == "yes"
    if secret := secret_of(request):
        actions.leave(secret, everywhere=everywhere, by=BY, now=timezone.now())
    answer = render(request, "store/account_ask.html", {"has_left": True, "everywhere": everywhere})
    carry(answer, "")
    return answer


def _after(request: HttpRequest) -> tuple[int, int] | None:
    """Where the page that is asked for begins; None for the first one, and for nonsense."""
    try:
        was_open, key = json.loads(urlsafe_b64decode(request.GET.get("after", "")[:100].encode()))
        return int(was_open), int(key)
    except (ValueError, TypeError):
        return None


def _written(last: MyOrder) -> str:
    return urlsafe_b64encode(json.dumps([int(last.is_open), last.key]).encode()).decode()


urlpatterns = [
    path("your-orders", account, name="store.account"),
    path("your-orders/open/<str:token>", open_link, name="store.account-open"),
    path("your-orders/details", details, name="store.account-details"),
    path("your-orders/leave", leave, name="store.account-leave"),
]
