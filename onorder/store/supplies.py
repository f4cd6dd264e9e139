"""The one page for suppliers: by the link in a purchase order's mail they say that it has left them.

It shows what is still to come, in their own names for it, and nobody who waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from onorder import access
from onorder.actions import answers
from onorder.errors import NotFound, OnOrderError
from onorder.models import PurchaseOrder
from onorder.queries.purchase_order import Detail, purchase_order
from onorder.queue import setup as settings
from onorder.store.limits import limited
from onorder.store.links import private
from onorder.wording.refusals import words

BY = "supplier"


class Dispatch(forms.Form):
    """When it left, and how it can be followed."""

    on = forms.DateField(
        label=gettext_lazy("It left on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("Write the day on which it left."),
            "invalid": gettext_lazy("Write a day, such as 2026-12-24."),
        },
    )
    tracking = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)

    def __init__(self, sent: Mapping[str, str] | None, today: date) -> None:
        super().__init__(sent, initial={"on": today}, auto_id="id_%s", use_required_attribute=False)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def supply(request: HttpRequest, token: str) -> HttpResponseBase:
    """A purchase order, and the form by which its supplier says that it has left."""
    now = timezone.now()
    today = settings.current().today(now)
    try:
        detail = _of(access.read(token, today=today, purpose=access.Purpose.SUPPLY))
    except (access.LinkOver, NotFound):
        return _private(render(request, "store/supply_over.html", status=404))
    form = Dispatch(request.POST if request.method == "POST" else None, today)
    if form.is_bound and form.is_valid():
        try:
            answers.dispatched(detail.number, **form.cleaned_data, by=BY, now=now)
        except OnOrderError as refusal:
            form.add_error("on", words(refusal))
        else:
            return _private(redirect("store.supply", token))
    lines = [
        (line.outstanding, line.supplier_sku or line.sku, line.product) for line in detail.lines if line.outstanding
    ]
    is_open = bool(lines) and detail.state in answers.ANSWERABLE
    context = {"order": detail, "lines": lines, "form": form, "is_open": is_open}
    status = 422 if form.is_bound else 200
    return _private(render(request, "store/supply.html", context, status=status))


def _of(key: int) -> Detail:
    number = PurchaseOrder.objects.filter(pk=key).values_list("number", flat=True).first()
    return purchase_order(number or "", now=timezone.now(), named=0)


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "same-origin"  # Its own form says where it comes from.
    return private(answer)


urlpatterns = [path("s/<str:token>", supply, name="store.supply")]
