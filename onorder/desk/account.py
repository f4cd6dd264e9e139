"""Your own account: name and address, password, second factor, where you are logged in, how you like the desk."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters

from onorder.actions import people
from onorder.desk import codes, links
from onorder.desk.choices import ZoneField
from onorder.desk.done import done
from onorder.desk.passwords import ChoosePassword, wrong_password
from onorder.desk.person import CODED, needs_codes, person_of
from onorder.desk.rights import Role, does, page
from onorder.desk.sessions import browser_words
from onorder.desk.start import wearing
from onorder.desk.words import role_words
from onorder.models import Shop
from onorder.queries.people import person, recovery_codes_left, sessions
from onorder.rules.one_time import digest
from onorder.wording.refusals import words

_SALT = "new_salt"


@dataclass(frozen=True, slots=True)
class Browser:
    """A session as its owner sees it. `key` names it in a form, and opens nothing."""

    key: str
    words: str
    row: Any
    is_this: bool


class AccountForm(forms.Form):
    """What somebody is called, and how they like the desk."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = ZoneField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("In which you read when something happened; empty: the shop's. Promises stay in that."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Colours"),
        required=False,
        choices=[
            ("", gettext_lazy("As the system says")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
    )
    has_keys = forms.BooleanField(
        label=gettext_lazy("One-key shortcuts"),
        required=False,
        help_text=gettext_lazy("Such as / for search and g q for the queue. Switch them off if you dictate."),
    )

    def __init__(self, *args: Any, shop_zone: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["language"].choices = [("", _("As the browser asks")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        self.fields["time_zone"].widget.attrs["placeholder"] = shop_zone


class EmailForm(forms.Form):
    """Another address. It needs the password: links that let one in are sent there."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Because links for new passwords go to this address."),
    )


@page()
def account(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account."""
    return _account(request, None)


@does()
def save(request: HttpRequest) -> HttpResponse:
    """Change what one is called, and how one likes the desk."""
    user = _user(request)
    form = AccountForm(request.POST, shop_zone=_shop_zone())
    if not form.is_valid():
        return _account(request, form)
    own = form.cleaned_data
    ways = people.Ways(**{name: own[name] for name in ("language", "time_zone", "theme", "has_keys")})
    people.set_account(user.username, own["name"], user.email, ways, by=user.username, now=timezone.now())
    return wearing(done(request, _("Your account is saved."), to=reverse("account")), request, own["theme"])


@page()
def ask_email(request: HttpRequest) -> HttpResponse:
    """Another e-mail address."""
    return render(request, "desk/account_email.html", {"form": EmailForm(initial={"email": _user(request).email})})


@does()
@sensitive_post_parameters("password")
def set_email(request: HttpRequest) -> HttpResponse:
    """Have mail, and links for new passwords, go elsewhere. The old address is told."""
    user = _user(request)
    form = EmailForm(request.POST)
    if form.is_valid() and (wrong := wrong_password(request, user, form.cleaned_data["password"])):
        form.add_error("password", wrong)
    if form.is_valid():
        new, old, own = form.cleaned_data["email"], user.email, person_of(user)
        ways = people.Ways(own.language, own.time_zone, own.theme, own.has_keys)
        name = user.get_full_name() or user.username
        try:
            people.set_account(user.username, name, new, ways, by=user.username, now=timezone.now())
        except people.AddressTaken as taken:
            form.add_error("email", words(taken))
        else:
            _tell_old_address(user, old, new)
            return done(request, _("Mail reaches you at %(email)s now.") % {"email": new}, to=reverse("account"))
    return render(request, "desk/account_email.html", {"form": form})


@page()
def ask_password(request: HttpRequest) -> HttpResponse:
    """Another password."""
    return render(request, "desk/account_password.html", {"form": ChoosePassword(_user(request))})


@does()
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
def set_password(request: HttpRequest) -> HttpResponse:
    """Another password; wherever else one is logged in, it ends."""
    user, now = _user(request), timezone.now()
    form = ChoosePassword(user, request.POST)
    wrong = wrong_password(request, user, request.POST.get("old_password", ""))
    if wrong or not form.is_valid():
        return render(request, "desk/account_password.html", {"form": form, "wrong": wrong})
    hashed = make_password(form.cleaned_data["new_password1"])
    key = request.session.session_key or ""
    people.set_password(user.username, hashed, keep=key, by=user.username, now=now)
    update_session_auth_hash(request, User.objects.get(pk=user.pk))  # This session stays, under another key.
    return done(request, _("Your password is changed. Everywhere else you are logged out."), to=reverse("account"))


@page()
def ask_codes(request: HttpRequest) -> HttpResponse:
    """Set up codes: a picture for the app, the key as text, and a field for the first code."""
    return _codes(request)


@does()
def turn_on_codes(request: HttpRequest) -> HttpResponse:
    """Ask for codes from now on, if the first one is right; recovery codes are shown this once."""
    user, now = _user(request), timezone.now()
    salt = request.session.get(_SALT, "")
    step = codes.step_of(request.POST.get("code", ""), salt, now=now) if salt else None
    if step is None:
        return _codes(
            request, wrong=_("This is not the code of now. Look at the clock of your phone, and try the next.")
        )
    recovery = codes.new_recovery_codes()
    key = request.session.session_key or ""
    people.turn_on_codes(
        user.username, salt, step, [digest(one) for one in recovery], keep=key, by=user.username, now=now
    )
    del request.session[_SALT]
    request.session.cycle_key()
    request.session[CODED] = True
    return _shown_once(request, recovery)


@does()
def renew_recovery(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown this once."""
    user = _user(request)
    recovery = codes.new_recovery_codes()
    digests = [digest(one) for one in recovery]
    people.renew_recovery_codes(user.username, digests, by=user.username, now=timezone.now())
    return _shown_once(request, recovery)


@page()
def ask_turn_off_codes(request: HttpRequest) -> HttpResponse:
    """What it means to have the password alone."""
    return render(request, "desk/account_codes_off.html")


@does()
def turn_off_codes(request: HttpRequest) -> HttpResponse:
    """Ask for the password alone from now on."""
    user = _user(request)
    if wrong := wrong_password(request, user, request.POST.get("password", "")):
        return render(request, "desk/account_codes_off.html", {"wrong": wrong})
    people.turn_off_codes(user.username, by=user.username, now=timezone.now())
    return done(request, _("You log in with the password alone now."), to=reverse("account"))


@does()
def end_session(request: HttpRequest, session: str) -> HttpResponse:
    """Log out somewhere else."""
    user, now = _user(request), timezone.now()
    ends = [row.key for row in sessions(user.pk, now=now) if public_key(row.key) == session]
    people.end_sessions(user.username, only=ends, by=user.username, now=now)
    return done(request, _("It is logged out."), to=reverse("account"))


@does()
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Log out everywhere but here."""
    user = _user(request)
    key = request.session.session_key or ""
    ended = people.end_sessions(user.username, keep=key, by=user.username, now=timezone.now())
    said = ngettext("You are logged out of %(n)s other browser.", "You are logged out of %(n)s other browsers.", ended)
    return done(request, said % {"n": ended}, to=reverse("account"))


def public_key(session: str) -> str:
    """Names a session in a page without giving it away."""
    return sha256(f"shown:{session}".encode()).hexdigest()[:16]


def browsers(user: int, this: str, now: Any) -> list[Browser]:
    """Where somebody is logged in, this browser first."""
    found = [
        Browser(public_key(row.key), browser_words(row.browser), row, row.key == this)
        for row in sessions(user, now=now)
    ]
    return sorted(found, key=lambda one: not one.is_this)


def _account(request: HttpRequest, form: AccountForm | None) -> HttpResponse:
    user, now = _user(request), timezone.now()
    own = person_of(user)
    if form is None:
        values = {"name": user.get_full_name()}
        values |= {name: getattr(own, name) for name in ("language", "time_zone", "theme", "has_keys")}
        form = AccountForm(initial=values, shop_zone=_shop_zone())
    _key, row = person(user.username, now=now)
    context = {
        "form": form,
        "roles": role_words(row.roles),
        "has_codes": row.has_codes,
        "since": own.code_since,
        "recovery_left": recovery_codes_left(user.pk) if row.has_codes else 0,
        "is_owner": Role.OWNER in row.roles,
        "browsers": browsers(user.pk, request.session.session_key or "", now),
    }
    return render(request, "desk/account.html", context)


def _tell_old_address(user: User, old: str, new: str) -> None:
    if old and old.casefold() != new.casefold():
        text = _("The e-mail address of your account %(login)s is %(new)s now. If that was not you, tell an owner.")
        links.send_later(old, _("Your address was changed"), text % {"login": user.username, "new": new})


def _codes(request: HttpRequest, wrong: str = "") -> HttpResponse:
    user = _user(request)
    salt = request.session.get(_SALT) or codes.new_salt()
    request.session[_SALT] = salt
    shop = Shop.objects.filter(pk=1).values_list("name", flat=True).first() or "OnOrder"
    made = codes.enrolment(salt, name=user.username, shop=shop)
    context = {
        "enrolment": made,
        "wrong": wrong,
        "is_needed": needs_codes(request),
        "has_codes": bool(person_of(user).code_salt),
    }
    return render(request, "desk/account_codes.html", context)


def _shown_once(request: HttpRequest, recovery: list[str]) -> HttpResponse:
    answer = render(request, "desk/account_recovery.html", {"recovery": recovery})
    answer["Cache-Control"] = "no-store"
    return answer


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _shop_zone() -> str:
    return Shop.objects.filter(pk=1).values_list("time_zone", flat=True).first() or "UTC"


urlpatterns = [
    path("account", account, name="account"),
    path("account/save", save, name="account.save"),
    path("account/email", ask_email, name="account.email"),
    path("account/email/set", set_email, name="account.set-email"),
    path("account/password", ask_password, name="account.password"),
    path("account/set-password", set_password, name="account.set-password"),
    path("account/codes", ask_codes, name="account.codes"),
    path("account/codes/on", turn_on_codes, name="account.turn-on-codes"),
    path("account/codes/recovery", renew_recovery, name="account.renew-recovery"),
    path("account/codes/without", ask_turn_off_codes, name="account.ask-turn-off-codes"),
    path("account/codes/off", turn_off_codes, name="account.turn-off-codes"),
    path("account/sessions/<session>/end", end_session, name="account.end-session"),
    path("account/sessions/end-others", end_other_sessions, name="account.end-others"),
]
