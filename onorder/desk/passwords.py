"""Choosing a password, and giving the one that one has again before something that could lock one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.desk import guesses

if TYPE_CHECKING:
    _Form = SetPasswordForm[User]
else:
    _Form = SetPasswordForm


class ChoosePassword(_Form):
    """Twice the same password, which nobody else has. Password managers may help: nothing keeps them from it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["new_password1"].help_text = gettext_lazy(
            "At least ten characters. A few words that nobody else puts together are easy to keep."
        )
        self.fields["new_password2"].help_text = ""
        self.fields["new_password1"].label = gettext_lazy("New password")
        self.fields["new_password2"].label = gettext_lazy("The same once more")


def wrong_password(request: HttpRequest, user: User, password: str) -> str:
    """What is wrong with the password that somebody gives again; nothing if it is theirs.

    Counted as attempts to log in are: a browser that was left open is no place to guess at.
    """
    now = timezone.now()
    counted = guesses.lanes(request, user.username, user)
    if until := guesses.take_turn(counted, now):
        minutes = max(round((until - now).total_seconds() / 60), 1)
        said = ngettext(
            "Too many attempts. Try again in %(n)s minute.", "Too many attempts. Try again in %(n)s minutes.", minutes
        )
        return said % {"n": minutes}
    if not user.check_password(password):
        return _("This is not your password.")
    guesses.give_back(counted)
    return ""
