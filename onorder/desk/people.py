"""People: who works here and as what, who is asked in, who leaves; and how all of them log in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions import people as acts
from onorder.desk import links
from onorder.desk.account import browsers
from onorder.desk.done import done
from onorder.desk.rights import Right, Role, does, page
from onorder.desk.words import event_words, may_words, role_word, role_words
from onorder.errors import BadInput
from onorder.models import Shop
from onorder.queries import people as asks
from onorder.rules.entering import LOGINS, CodeAskedOf, Lane
from onorder.wording.refusals import words


class InviteForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )


class EntryForm(forms.Form):
    """How everybody logs in."""

    code_asked_of = forms.ChoiceField(
        label=gettext_lazy("A code beside the password"),
        choices=[
            (CodeAskedOf.NOBODY, gettext_lazy("Whoever wants")),
            (CodeAskedOf.OWNERS, gettext_lazy("Owners must")),
            (CodeAskedOf.EVERYBODY, gettext_lazy("Everybody must")),
        ],
        help_text=gettext_lazy(
            "From an app on the phone. Who must and has none sets it up on the next page they open."
        ),
    )
    session_days = forms.IntegerField(
        label=gettext_lazy("Days until an idle browser is logged out"), min_value=1, max_value=90
    )


_LOGGING_IN = (Lane.ACCOUNT, Lane.BROWSER, Lane.ADDRESS)


@page(Right.PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, who has to wait before trying again, and how people log in."""
    return _people(request, None)


@page(Right.PEOPLE)
def ask_invite(request: HttpRequest) -> HttpResponse:
    """Whom to ask in, and as what."""
    return _invite(request, InviteForm(), ())


@does(Right.PEOPLE)
def invite(request: HttpRequest) -> HttpResponse:
    """Ask somebody in: the link to choose a password is shown, and sent."""
    form, roles, now = InviteForm(request.POST), request.POST.getlist("roles"), timezone.now()
    if not roles:
        form.add_error(None, _("Choose at least one role."))
    if not form.is_valid():
        return _invite(request, form, roles)
    wanted, by = form.cleaned_data, request.user.get_username()
    try:
        username = acts.invite(wanted["name"], wanted["email"], roles, by=by, now=now)
    except (acts.AddressTaken, BadInput) as refusal:
        form.add_error("email" if isinstance(refusal, acts.AddressTaken) else None, words(refusal))
        return _invite(request, form, roles)
    return _link(request, username)


@page(Right.PEOPLE)
def one(request: HttpRequest, person: str) -> HttpResponse:
    """Somebody: what they may do, where they are logged in, and what was done to their account."""
    now = timezone.now()
    key, row = asks.person(person, now=now)
    context = {
        "row": row,
        "roles": _role_rows(row.roles),
        "is_me": row.username == request.user.get_username(),
        "browsers": browsers(key, request.session.session_key or "", now),
        "happened": [(event, event_words(event.kind, event.data)) for event in asks.history(key)],
    }
    return render(request, "desk/person.html", context)


@does(Right.PEOPLE)
def set_roles(request: HttpRequest, person: str) -> HttpResponse:
    """Let somebody do what the roles that are ticked may."""
    roles = request.POST.getlist("roles")
    acts.set_roles(person, roles, by=request.user.get_username(), now=timezone.now())
    said = _("%(name)s is %(roles)s now.") % {"name": person, "roles": role_words(roles)}
    return done(request, said, to=reverse("settings.person", args=[person]))


@does(Right.PEOPLE)
def give_link(request: HttpRequest, person: str) -> HttpResponse:
    """Give somebody a link to choose a password."""
    asks.person(person, now=timezone.now())
    return _link(request, person)


@page(Right.PEOPLE)
def ask_deactivate(request: HttpRequest, person: str) -> HttpResponse:
    """What happens if somebody may work here no more."""
    _key, row = asks.person(person, now=timezone.now())
    return render(request, "desk/person_deactivate.html", {"row": row})


@does(Right.PEOPLE)
def deactivate(request: HttpRequest, person: str) -> HttpResponse:
    """Let somebody in no more."""
    acts.deactivate(person, by=request.user.get_username(), now=timezone.now())
    undo = reverse("settings.reactivate", args=[person])
    return done(request, _("%(name)s cannot log in any more.") % {"name": person}, undo=undo, to=_to_people())


@does(Right.PEOPLE)
def reactivate(request: HttpRequest, person: str) -> HttpResponse:
    """Let somebody in again."""
    acts.reactivate(person, by=request.user.get_username(), now=timezone.now())
    said = _("%(name)s may log in again, with the roles they had.") % {"name": person}
    return done(request, said, to=reverse("settings.person", args=[person]))


@does(Right.PEOPLE)
def end_sessions(request: HttpRequest, person: str) -> HttpResponse:
    """Log somebody out wherever they are logged in; oneself everywhere but here."""
    is_me = person == request.user.get_username()
    keep = (request.session.session_key or "") if is_me else ""
    ended = acts.end_sessions(person, keep=keep, by=request.user.get_username(), now=timezone.now())
    said = ngettext("%(n)s browser is logged out.", "%(n)s browsers are logged out.", ended) % {"n": ended}
    return done(request, said, to=reverse("settings.person", args=[person]))


@page(Right.PEOPLE)
def ask_reset_codes(request: HttpRequest, person: str) -> HttpResponse:
    """What it means to let somebody in without their code."""
    _key, row = asks.person(person, now=timezone.now())
    return render(request, "desk/person_codes.html", {"row": row})


@does(Right.PEOPLE)
def reset_codes(request: HttpRequest, person: str) -> HttpResponse:
    """Somebody lost their phone and their recovery codes: the password alone lets them in."""
    acts.turn_off_codes(person, by=request.user.get_username(), now=timezone.now())
    said = _("%(name)s logs in with the password alone, and can set up a code again.") % {"name": person}
    return done(request, said, to=reverse("settings.person", args=[person]))


@does(Right.PEOPLE)
def lift(request: HttpRequest, key: str) -> HttpResponse:
    """Let somebody try to log in again at once."""
    acts.lift_lockout(int(key) if key.isdecimal() else 0, by=request.user.get_username(), now=timezone.now())
    return done(request, _("They may try again at once."), to=_to_people())


@does(Right.PEOPLE)
def set_entry(request: HttpRequest) -> HttpResponse:
    """Change how everybody logs in."""
    form = EntryForm(request.POST)
    if not form.is_valid():
        return _people(request, form)
    asked_of = CodeAskedOf(form.cleaned_data["code_asked_of"])
    days = form.cleaned_data["session_days"]
    acts.set_entry(asked_of, days, by=request.user.get_username(), now=timezone.now())
    return done(request, _("That is how people log in from now on."), to=_to_people())


def _to_people() -> str:
    return reverse("settings.people")


def _people(request: HttpRequest, form: EntryForm | None) -> HttpResponse:
    now = timezone.now()
    rows = asks.people(now=now)
    shop = Shop.objects.filter(pk=1).first()
    entry = {"code_asked_of": shop.code_asked_of, "session_days": shop.session_days} if shop else {}
    able = [row for row in rows if row.is_active and row.has_joined]
    context = {
        "rows": [(row, role_words(row.roles)) for row in rows],
        "may_log_in": len(able),
        "without_codes": sum(not row.has_codes for row in able),
        "lockouts": [(row, _lane_words(row)) for row in asks.lockouts(now=now) if row.lane in LOGINS],
        "form": form or EntryForm(initial=entry),
        "now": now,
    }
    return render(request, "desk/people.html", context)


def _lane_words(row: asks.LockoutRow) -> str:
    if row.lane == Lane.ADDRESS:
        return _("Anybody at %(address)s") % {"address": row.address}
    if not row.name:
        return _("A name that nobody here has")
    if row.lane == Lane.BROWSER:
        return _("%(name)s, in a browser they have logged in with before") % {"name": row.name}
    return row.name


def _role_rows(chosen: Any) -> list[tuple[str, str, str, bool]]:
    return [(str(role), role_word(role), may_words(role), role in chosen) for role in Role]


def _invite(request: HttpRequest, form: InviteForm, roles: Any) -> HttpResponse:
    return render(request, "desk/people_invite.html", {"form": form, "roles": _role_rows(roles)})


def _link(request: HttpRequest, username: str) -> HttpResponse:
    """Show a link once, and send it where that is possible."""
    now, by = timezone.now(), request.user.get_username()
    acts.hand_out_link(username, by=by, now=now)
    user = User.objects.get(username=username)
    purpose = links.Purpose.RESET if user.has_usable_password() else links.Purpose.WELCOME
    here = links.path(user, purpose, now)
    by_mail = links.address(request, here) if user.email else ""
    if by_mail:
        _send(user, purpose, by_mail, inviter=request.user.get_full_name() or by)  # type: ignore[union-attr]
    context = {
        "person": user,
        "url": by_mail or request.build_absolute_uri(here),
        "until": now + links.LASTS[purpose],
        "is_sent": bool(by_mail) and links.is_mail_set_up(),
        "is_welcome": purpose == links.Purpose.WELCOME,
    }
    answer = render(request, "desk/people_link.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _send(user: User, purpose: links.Purpose, url: str, *, inviter: str) -> None:
    shop = Shop.objects.filter(pk=1).values_list("name", flat=True).first() or "OnOrder"
    values = {"name": user.get_full_name(), "shop": shop, "by": inviter, "url": url, "login": user.username}
    if purpose == links.Purpose.WELCOME:
        subject = _("%(by)s asks you to work at the desk of %(shop)s")
        text = _(
            "Hello %(name)s,\n\n%(by)s asks you to work at the desk of %(shop)s. Choose a password within three days:"
            "\n\n%(url)s\n\nYour login name is %(login)s."
        )
    else:
        subject = _("A new password for %(shop)s")
        text = _(
            "Hello %(name)s,\n\n%(by)s has made a link for you to choose a new password for the desk of %(shop)s,"
            " within the hour:\n\n%(url)s\n\nYour login name is %(login)s."
        )
    links.send_later(user.email, subject % values, text % values)


urlpatterns = [
    path("settings/people", people, name="settings.people"),
    path("settings/invite", ask_invite, name="settings.invite"),
    path("settings/invite/send", invite, name="settings.do-invite"),
    path("settings/entry", set_entry, name="settings.set-entry"),
    path("settings/lockouts/<key>/lift", lift, name="settings.lift"),
    path("settings/people/<person>", one, name="settings.person"),
    path("settings/people/<person>/roles", set_roles, name="settings.set-roles"),
    path("settings/people/<person>/link", give_link, name="settings.give-link"),
    path("settings/people/<person>/leaves", ask_deactivate, name="settings.ask-deactivate"),
    path("settings/people/<person>/deactivate", deactivate, name="settings.deactivate"),
    path("settings/people/<person>/reactivate", reactivate, name="settings.reactivate"),
    path("settings/people/<person>/sessions/end", end_sessions, name="settings.end-sessions"),
    path("settings/people/<person>/without-code", ask_reset_codes, name="settings.ask-reset-codes"),
    path("settings/people/<person>/reset-codes", reset_codes, name="settings.reset-codes"),
]
