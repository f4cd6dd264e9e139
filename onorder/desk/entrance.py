"""Logging in: the password, then the code of those who have one; and links for whoever has forgotten theirs.

Whoever asks learns nothing of who works here: the same words and the same work for a name that nobody has.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from onorder.actions import people
from onorder.desk import codes, guesses, links, sessions
from onorder.desk.passwords import ChoosePassword
from onorder.desk.person import CODED, named, person_of
from onorder.errors import NotFound
from onorder.models import Shop

#: Between the password and the code there is so much time.
CODE_WITHIN = timedelta(minutes=10)
_ENTERING = "entering"


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class Login(LoginView):
    """Name and password. Who guesses waits, longer and longer."""

    template_name = "desk/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        now, name = timezone.now(), request.POST.get("username", "")[:254]
        counted = guesses.lanes(request, name, named(name))
        if until := guesses.take_turn(counted, now):
            context = self.get_context_data(form=self.get_form_class()(request), until=until, now=now, name=name)
            return self.render_to_response(context, status=429)
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        user = form.get_user()
        guesses.give_back(counted)
        if person_of(user).code_salt:
            return _ask_for_code(request, user, self.get_redirect_url(), now)
        try:
            return _enter(request, user, self.get_success_url(), now)
        except NotFound:  # Deactivated in this instant.
            return self.form_invalid(form)


@sensitive_post_parameters("code")
@never_cache
@csrf_protect
def code(request: HttpRequest) -> HttpResponse:
    """The code of whoever has just given their password: from the app, or one of those they wrote down."""
    now = timezone.now()
    user = _entering(request, now)
    if user is None:
        messages.info(request, _("That took too long. Log in again."))
        return redirect("login")
    context: dict[str, Any] = {"now": now}
    if request.method != "POST":
        return render(request, "desk/login_code.html", context)
    counted = guesses.lanes(request, user.username, user)
    if until := guesses.take_turn(counted, now):
        return render(request, "desk/login_code.html", context | {"until": until}, status=429)
    given = codes.given(request.POST.get("code", ""), person_of(user), now=now)
    next_page = request.session[_ENTERING]["next"]
    if given is not None:
        try:
            return _enter(request, user, next_page, now, given)
        except (people.CodeUsed, NotFound):
            pass
    return render(request, "desk/login_code.html", context | {"is_wrong": True})


@never_cache
@csrf_protect
def forgot(request: HttpRequest) -> HttpResponse:
    """Have a link sent to choose another password. The answer is the same whether somebody has this address or not."""
    email = request.POST.get("email", "").strip()[:254]
    if request.method != "POST":
        return render(request, "desk/forgot.html")
    try:
        validate_email(email)
    except ValidationError:
        wrong = _("Write an e-mail address, such as dora@shop.example.")
        return render(request, "desk/forgot.html", {"email": email, "wrong": wrong})
    now = timezone.now()
    if guesses.take_turn(guesses.reset_lanes(request, email), now) is None:
        found = list(User.objects.filter(email__iexact=email, is_active=True)[:2])
        if len(found) == 1:
            _send_link(request, found[0], now)
    return render(request, "desk/forgot.html", {"email": email, "is_sent": True})


@sensitive_post_parameters("new_password1", "new_password2")
@never_cache
@csrf_protect
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password, by a link. Looking at the page uses nothing up: mail programs look, too."""
    now = timezone.now()
    read = links.read(token, now)
    if read is None:
        return render(request, "desk/link_over.html", status=410)
    user, purpose = read
    form = ChoosePassword(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        hashed = make_password(form.cleaned_data["new_password1"])
        people.set_password(user.username, hashed, by=user.username, now=now)
        logout(request)  # Whoever this browser belonged to until now.
        messages.success(request, _("That is your password now. Log in with it."))
        return redirect("login")
    context = {"form": form, "person": user, "is_welcome": purpose == links.Purpose.WELCOME}
    return render(request, "desk/choose_password.html", context)


@require_safe
def admin_login(request: HttpRequest) -> HttpResponseBase:
    """The records have no door of their own, past the codes and the pauses."""
    if request.user.is_authenticated:
        return render(request, "desk/forbidden.html", {"roles": [_("a superuser")]}, status=403)
    return redirect(f"{reverse('login')}?next={reverse('admin:index')}")


@require_safe
def admin_password(request: HttpRequest) -> HttpResponse:
    """Passwords are changed in one place."""
    return redirect("account.password")


def _ask_for_code(request: HttpRequest, user: User, url: str, now: datetime) -> HttpResponse:
    """Remember who gave their password, in a session that is nobody's as yet and has a key of its own."""
    request.session.flush()
    request.session[_ENTERING] = {
        "user": user.pk,
        "at": now.timestamp(),
        "mark": user.get_session_auth_hash(),  # Another password meanwhile, and it is over.
        "next": url or reverse(settings.LOGIN_REDIRECT_URL),
    }
    return redirect("login.code")


def _entering(request: HttpRequest, now: datetime) -> User | None:
    waits = request.session.get(_ENTERING)
    if not waits or now.timestamp() - waits["at"] > CODE_WITHIN.total_seconds():
        return None
    user = User.objects.select_related("person").filter(pk=waits["user"], is_active=True).first()
    if user is None or not constant_time_compare(waits["mark"], user.get_session_auth_hash()):
        return None
    return user if person_of(user).code_salt else None


def _enter(request: HttpRequest, user: User, url: str, now: datetime, given: codes.Given | None = None) -> HttpResponse:
    """Log somebody in whose password, and code where they have one, was right."""
    given = given or codes.Given()
    counted = guesses.lanes(request, user.username, user)
    people.enter(user.username, step=given.step, recovery=given.recovery, by=user.username, now=now)
    request.session.pop(_ENTERING, None)
    login(request, user)  # The session gets another key: one that was planted before is worth nothing.
    sessions.begin(request, now)
    if given != codes.Given():
        request.session[CODED] = True
    guesses.forgive(counted, now)
    sessions.forget_expired(now)
    if given.recovery:
        left = person_of(user).recovery_codes.filter(used_at__isnull=True).count()
        messages.warning(
            request, _("That was a recovery code: %(left)s are left. Make new ones when few are.") % {"left": left}
        )
    answer = redirect(url)
    guesses.know_browser(request, answer, user)
    return answer


def _send_link(request: HttpRequest, user: User, now: datetime) -> None:
    url = links.address(request, links.path(user, links.Purpose.RESET, now))
    if not url:
        return
    try:
        people.hand_out_link(user.username, by=user.username, now=now)
    except NotFound:
        return
    shop = Shop.objects.filter(pk=1).values_list("name", flat=True).first() or "OnOrder"
    text = _(
        "Hello %(name)s,\n\nsomebody, we hope you, asked for a new password for the desk of %(shop)s."
        " Choose one within the hour:\n\n%(url)s\n\nYour login name is %(login)s."
        " If it was not you, there is nothing to do: your password stays as it is."
    ) % {"name": user.get_full_name() or user.username, "shop": shop, "url": url, "login": user.username}
    links.send_later(user.email, _("A new password for %(shop)s") % {"shop": shop}, text)


urlpatterns = [
    path("login", Login.as_view(), name="login"),
    path("login/code", code, name="login.code"),
    path("forgot", forgot, name="forgot"),
    path("welcome/<token>", choose_password, name="choose-password"),
    path("admin/login/", admin_login),
    path("admin/password_change/", admin_password),
]
