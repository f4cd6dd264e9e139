"""Logging in, and what becomes of guessing."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

MOST_FAILURES = 10
WITHIN_SECONDS = 15 * 60


class Login(LoginView):
    """Ten wrong passwords for one name from one address within a quarter of an hour, and it pauses."""

    template_name = "desk/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST" and cache.get(_key(request), 0) >= MOST_FAILURES:
            return self.render_to_response(
                self.get_context_data(form=AuthenticationForm(request), paused=True), status=429
            )
        return super().dispatch(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        cache.add(_key(self.request), 0, WITHIN_SECONDS)
        cache.incr(_key(self.request))
        return super().form_invalid(form)


def _key(request: HttpRequest) -> str:
    name = request.POST.get("username", "")[:150].casefold()
    return f"login-failures:{request.META.get('REMOTE_ADDR', '')}:{hash(name)}"
