"""How customers are written to who have not chosen: how often, at which hour, and whether by text message, too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.actions import shop as acts
from onorder.delivery import text_reports, texting
from onorder.desk.asking import Asking, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, sent, undo
from onorder.desk.rights import Right, does, page
from onorder.queries.shop import MessageWaysRow, message_ways
from onorder.rules.lifecycle import Pace


class MessageWaysForm(Form):
    """How often, when, and by which ways."""

    pace = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            (Pace.DAILY.value, gettext_lazy("At most once a day")),
            (Pace.AT_ONCE.value, gettext_lazy("Each step at once")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The first of a day leaves at once. What else happens on it leaves together the next day. Confirmations,"
            " delays, cancellations and refunds never wait. Each customer may choose otherwise."
        ),
    )
    gathers_at = forms.TypedChoiceField(
        label=gettext_lazy("What has waited leaves from"), coerce=int, choices=[(h, f"{h:02}:00") for h in range(24)]
    )
    takes_texts = forms.BooleanField(label=gettext_lazy("Customers may choose text messages"), required=False)

    def __init__(self, posted: Any = None, *, row: MessageWaysRow) -> None:
        super().__init__(posted, now={name: getattr(row, name) for name in self.base_fields})
        if not texting.is_set_up():
            self.fields["takes_texts"].help_text = _("Nobody carries them yet: set ONORDER_TEXTS_URL first.")
            self.fields["takes_texts"].disabled = not row.takes_texts
        elif text_reports.is_heard():
            self.fields["takes_texts"].help_text = _("What does not arrive by text message is told by e-mail instead.")
        elif texting.twilio_token():
            self.fields["takes_texts"].help_text = _(
                "Nobody hears whether they arrive: set ONORDER_URL to an address that begins with https."
            )

    def said(self) -> acts.MessageWays:
        """The ways that it says; once it is valid."""
        own = self.cleaned_data
        return acts.MessageWays(Pace(own["pace"]), own["gathers_at"], own["takes_texts"])


@page(Right.PEOPLE)
def ask_ways(request: HttpRequest) -> HttpResponse:
    """How customers are written to."""
    return _ask(request, MessageWaysForm(row=message_ways()))


@does(Right.PEOPLE)
def set_ways(request: HttpRequest) -> HttpResponse:
    """Write like this from now on, unless somebody else changed it meanwhile."""
    form = MessageWaysForm(sent(request), row=message_ways())
    if not form.is_valid():
        return _ask(request, form)
    acts.set_message_ways(form.said(), by=request.user.get_username(), now=timezone.now())
    way_back = undo("settings.set-message-ways", was=form.stored)
    return done(request, _("It is saved."), undo=way_back, to=reverse("settings.messages"))


def _ask(request: HttpRequest, form: MessageWaysForm) -> HttpResponse:
    asking = Asking(
        title=_("How customers are written to"),
        verb=_("Save it"),
        action=reverse("settings.set-message-ways"),
        back=reverse("settings.messages"),
        keep=_("Leave it"),
        crumb=_("Messages"),
    )
    return ask(request, asking, form)


urlpatterns = [
    path("settings/messages/how", ask_ways, name="settings.message-ways"),
    path("settings/messages/how/set", set_ways, name="settings.set-message-ways"),
]
