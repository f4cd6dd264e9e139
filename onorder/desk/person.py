"""Who is looking, and how they like the desk: their language, their zone, whether they may work yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from onorder.desk import sessions
from onorder.desk.rights import Right, rights_of
from onorder.models import Person, Shop
from onorder.rules.entering import CodeAskedOf, must_have_code

#: In the session of somebody who logged in with a code.
CODED = "coded"
#: Pages for somebody who has to set up their codes first.
_BEFORE_CODES = {"account.codes", "account.turn-on-codes", "login", "logout", "theme", "health"}


class Backend(ModelBackend):
    """Logs in by name or e-mail address; a person comes with their user, in one statement."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = named(username)
        if user is None:
            User().set_password(password)  # As long as looking at a password takes: nobody learns who works here.
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def named(name: str) -> User | None:
    """Whoever logs in by this name, or has this e-mail address as the only one. One statement."""
    if not (name := name.strip()):
        return None
    found = list(User.objects.select_related("person").filter(Q(username=name) | Q(email__iexact=name))[:3])
    by_name = next((user for user in found if user.username == name), None)
    return by_name or (found[0] if len(found) == 1 else None)


def person_of(user: AbstractBaseUser | AnonymousUser) -> Person:
    """What the desk knows of somebody; as if they had chosen nothing where they have not. No statement for whoever is
    logged in."""
    try:
        found: Person = user.person  # type: ignore[union-attr]
    except (Person.DoesNotExist, AttributeError):
        return Person(user=user) if isinstance(user, User) else Person()
    return found


class Entering:
    """Behind the login: ends what is over, leads whoever needs codes to where they get them, speaks their language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.shop = SimpleLazyObject(_shop)  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            person = person_of(request.user)
            if person.code_salt and not request.session.get(CODED):
                logout(request)  # However this came about, nobody asked for their code.
            else:
                sessions.touch(request.session, timezone.now())
                if person.language:
                    translation.activate(person.language)
                    request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        here = request.resolver_match.url_name if request.resolver_match else ""
        if not request.user.is_authenticated or here in _BEFORE_CODES or not needs_codes(request):
            return None
        messages.info(request, _("Your shop asks for a code beside the password. Set it up first; it takes a minute."))
        return redirect("account.codes")


def needs_codes(request: HttpRequest) -> bool:
    """Whether this person may not work before they have set up their codes."""
    if person_of(request.user).code_salt:
        return False
    shop = request.shop  # type: ignore[attr-defined]
    asked_of = CodeAskedOf(shop.code_asked_of) if shop else CodeAskedOf.NOBODY
    return asked_of != CodeAskedOf.NOBODY and must_have_code(asked_of, is_owner=Right.PEOPLE in rights_of(request.user))


def _shop() -> Shop | None:
    return Shop.objects.filter(pk=1).first()
