"""How customers may pay for what they order on the shop's own pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from onorder.actions import shop as acts
from onorder.desk.asking import Asking, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, UnitsField, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.errors import BadInput
from onorder.providers.configured import provider
from onorder.queries.shop import PaymentWaysRow, payment_ways
from onorder.wording.refusals import words


class PaymentWaysForm(Form):
    """What the shop takes, and where money is transferred to."""

    takes_transfer = forms.BooleanField(label=gettext_lazy("Bank transfer"), required=False)
    bank_details = forms.CharField(
        label=gettext_lazy("Account"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Holder, IBAN or account number, bank. Customers read it as it stands here; the number of the order is"
            " the reference."
        ),
    )
    takes_card = forms.BooleanField(
        label=gettext_lazy("By card"),
        required=False,
        help_text=gettext_lazy(
            "On Stripe's own page: no number of a card comes to you. Refunds go back to the same card by themselves."
        ),
    )
    takes_at_shop = forms.BooleanField(
        label=gettext_lazy("At the shop"),
        required=False,
        help_text=gettext_lazy("With none of these nothing can be ordered on your pages."),
    )

    remind_unpaid_days = UnitsField(
        label=gettext_lazy("Remind after so many days"),
        least=1,
        most=acts.MOST_GRACE_DAYS,
        help_text=gettext_lazy("What is ordered here by transfer or card leaves once it is paid."),
    )
    unpaid_grace_days = UnitsField(label=gettext_lazy("Keep it for so many days"), least=2, most=acts.MOST_GRACE_DAYS)
    cancels_unpaid = forms.BooleanField(
        label=gettext_lazy("Then cancel it by itself"),
        required=False,
        help_text=gettext_lazy(
            "Its units go to the next who waits, and what was paid of it goes back. Otherwise it stands on Today."
        ),
    )

    def __init__(self, posted: Any = None, *, row: PaymentWaysRow) -> None:
        now = {name: getattr(row, name) for name in self.base_fields}
        super().__init__(posted, now=now)
        if provider() is None:
            self.fields["takes_card"].help_text = _(
                "Not offered yet: whoever runs this installation has to set the two secrets of your Stripe account."
            )

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        try:
            self.said(found)
        except BadInput as refusal:
            lacks_account = found.get("takes_transfer") and not found.get("bank_details", "").strip()
            self.add_error("bank_details" if lacks_account else "unpaid_grace_days", words(refusal))
        return found

    def said(self, own: dict[str, Any]) -> acts.PaymentWays:
        """The ways that it says."""
        return acts.PaymentWays(
            takes_transfer=bool(own.get("takes_transfer")),
            bank_details=own.get("bank_details", ""),
            takes_at_shop=bool(own.get("takes_at_shop")),
            remind_unpaid_days=own.get("remind_unpaid_days") or 0,
            unpaid_grace_days=own.get("unpaid_grace_days") or 0,
            cancels_unpaid=bool(own.get("cancels_unpaid")),
            takes_card=bool(own.get("takes_card")),
        )


@page(Right.PEOPLE)
def ask_payments(request: HttpRequest) -> HttpResponse:
    """The ways to pay."""
    return _ask(request, PaymentWaysForm(row=payment_ways()))


@does(Right.PEOPLE)
def set_payments(request: HttpRequest) -> HttpResponse:
    """Take these from now on, unless somebody else changed them meanwhile."""
    form = PaymentWaysForm(sent(request), row=payment_ways())
    if not form.is_valid():
        return _ask(request, form)
    acts.set_payment_ways(form.said(form.cleaned_data), by=request.user.get_username(), now=timezone.now())
    way_back = undo("settings.set-payments", was=form.stored)
    return done(request, _("The ways to pay are saved."), undo=way_back, to=reverse("settings.payments"))


def _ask(request: HttpRequest, form: PaymentWaysForm) -> HttpResponse:
    asking = Asking(
        title=_("Ways to pay"),
        lead=_("What customers can choose when they order on your pages. Orders that came in stay as they are."),
        verb=_("Save the ways to pay"),
        action=reverse("settings.set-payments"),
        back=reverse("settings"),
        keep=pgettext("ways to pay", "Keep them"),
        crumb=_("Settings"),
    )
    return ask(request, asking, form)


urlpatterns = [
    path("settings/payments", ask_payments, name="settings.payments"),
    path("settings/payments/set", set_payments, name="settings.set-payments"),
]
