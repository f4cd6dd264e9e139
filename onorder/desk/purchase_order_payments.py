"""Money out to suppliers, and back from them. Whoever may buy may see costs."""

from __future__ import annotations

import secrets

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import payments
from onorder.desk.done import done
from onorder.desk.rights import Right, does, page
from onorder.desk.seen import PURCHASE_ORDERS, HappenedSince, seen
from onorder.desk.tags import money, plain
from onorder.queries.purchase_order import Detail, purchase_order
from onorder.wording.numbers import typed_minor
from onorder.wording.refusals import words

#: As much as anybody pays at once, in minor units: what lies beyond is a slip of the finger.
MOST_MINOR = 10**11


class Amount(forms.Form):
    """An amount in the order's currency, above nothing and at most `most` minor units."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=20)

    def __init__(self, detail: Detail, most: int, proposed: int, data: QueryDict | None) -> None:
        initial = {"amount": plain(proposed, detail.currency)} if proposed > 0 else {}
        super().__init__(data, initial=initial)
        self.detail, self.most = detail, most
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": detail.currency}

    def clean_amount(self) -> int:
        """Minor units."""
        try:
            minor = typed_minor(self.cleaned_data["amount"], self.detail.currency)
        except ValueError:
            example = plain(1250, self.detail.currency)
            raise forms.ValidationError(_("Write an amount such as %(example)s.") % {"example": example}) from None
        if not 0 < minor <= self.most:
            most = money(self.most, self.detail.currency)
            raise forms.ValidationError(_("Give more than nothing, and at most %(most)s.") % {"most": most})
        return minor


def _form(detail: Detail, data: QueryDict | None, *, is_refund: bool) -> Amount:
    if is_refund:
        held = detail.paid_minor - detail.refunded_minor
        return Amount(detail, held, held, data)
    return Amount(detail, MOST_MINOR, detail.unpaid_minor, data)


def _asked(request: HttpRequest, number: str, *, is_refund: bool) -> HttpResponse:
    detail = purchase_order(number, now=timezone.now(), named=0)
    return _shown(request, detail, _form(detail, None, is_refund=is_refund), is_refund=is_refund)


def _booked(request: HttpRequest, number: str, *, is_refund: bool) -> HttpResponse:
    now, by = timezone.now(), request.user.get_username()
    detail = purchase_order(number, now=now, named=0)
    form = _form(detail, request.POST, is_refund=is_refund)
    key = request.POST.get("key", "")[:64]
    if not form.is_valid() or not key or seen(request) is None:
        return _shown(request, detail, form, is_refund=is_refund)
    amount = form.cleaned_data["amount"]
    action = payments.refunded_by_supplier if is_refund else payments.pay_supplier
    try:
        PURCHASE_ORDERS.do(action, number, amount, key=key, seen=seen(request), ignoring=(), by=by, now=now)
    except HappenedSince as refusal:
        return _shown(request, detail, form, is_refund=is_refund, refused=words(refusal))
    said = _("A refund of %(amount)s is booked.") if is_refund else _("A payment of %(amount)s is booked.")
    to = reverse("purchase-orders.one", args=[number])
    return done(request, said % {"amount": money(amount, detail.currency)}, to=to)


def _shown(request: HttpRequest, detail: Detail, form: Amount, *, is_refund: bool, refused: str = "") -> HttpResponse:
    key = request.POST.get("key", "")[:64] or secrets.token_hex(16)
    context = {"order": detail, "form": form, "key": key, "is_refund": is_refund, "refused": refused}
    return render(request, "desk/purchase_order_pay.html", context)


@page(Right.BUY)
def ask_pay(request: HttpRequest, number: str) -> HttpResponse:
    """How much of it is paid now."""
    return _asked(request, number, is_refund=False)


@does(Right.BUY)
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Book that it, or a part of it, was paid."""
    return _booked(request, number, is_refund=False)


@page(Right.BUY)
def ask_refund(request: HttpRequest, number: str) -> HttpResponse:
    """How much its supplier gave back."""
    return _asked(request, number, is_refund=True)


@does(Right.BUY)
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """Book that its supplier gave money back."""
    return _booked(request, number, is_refund=True)


urlpatterns = [
    path("purchase-orders/<number>/pay", ask_pay, name="purchase-orders.ask-pay"),
    path("purchase-orders/<number>/paid", pay, name="purchase-orders.pay"),
    path("purchase-orders/<number>/refund", ask_refund, name="purchase-orders.ask-refund"),
    path("purchase-orders/<number>/refunded", refund, name="purchase-orders.refund"),
]
