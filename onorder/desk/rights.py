"""Who may do what: five roles, the rights that each has, and the two ways into the desk: a page, and something done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from onorder.errors import NotFound, OnOrderError
from onorder.rules.entering import Role as Role
from onorder.wording.refusals import words

P = ParamSpec("P")


class Right(StrEnum):
    """Something that not everybody may do."""

    SEE_COSTS = "see_costs"
    BUY = "buy"  # Raise, hold, approve, send, amend, record an answer, cancel a purchase order.
    RECEIVE = "receive"
    SHIP = "ship"
    COUNT = "count"  # Adjust and write off stock.
    SELL = "sell"  # Take, change and cancel what customers order, take goods back, queue messages again.
    REFUND = "refund"
    SET_UP = "set_up"  # Catalogue, suppliers, policies, terms.
    PEOPLE = "people"  # Who may log in, and as what; the shop's own settings.


_EVERYTHING: Final = frozenset(Right)

#: The rights of each role. Support never sees what things cost the shop; the warehouse never gives money back.
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.OWNER: _EVERYTHING,
        Role.BUYER: frozenset({Right.SEE_COSTS, Right.BUY, Right.RECEIVE, Right.COUNT, Right.SET_UP}),
        Role.WAREHOUSE: frozenset({Right.RECEIVE, Right.SHIP, Right.COUNT}),
        Role.SUPPORT: frozenset({Right.SELL, Right.REFUND}),
        Role.READER: frozenset({Right.SEE_COSTS}),
    }
)

User = AbstractBaseUser | AnonymousUser
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def rights_of(user: User) -> frozenset[Right]:
    """Everything that this user may do; asked once for each request. A superuser is an owner."""
    known: frozenset[Right] | None = getattr(user, "_rights", None)
    if known is None:
        known = _rights_of(user)
        user._rights = known  # type: ignore[union-attr]
    return known


def _rights_of(user: User) -> frozenset[Right]:
    if not user.is_active or not user.is_authenticated:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return _EVERYTHING
    groups: Any = getattr(user, "groups", None)
    roles = set(groups.values_list("name", flat=True)) if groups is not None else set()
    return frozenset().union(*(RIGHTS[role] for role in Role if role in roles))


def page(*rights: Right) -> Callable[[View[P]], View[P]]:
    """A page of the desk: it changes nothing, and is for everybody who is logged in, or for those who have one of these
    rights."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if rights and not rights_of(request.user).intersection(rights):
                return _forbidden(request, rights)
            try:
                return view(request, *args, **kwargs)
            except NotFound as missing:
                return render(request, "desk/missing.html", {"missing": words(missing)}, status=404)

        entered: View[P] = _marked(require_safe(never_cache(guarded)), rights, "page")
        return entered

    return decorate


def does(*rights: Right) -> Callable[[View[P]], View[P]]:
    """Something done by a form of the desk, for everybody who is logged in, or for those who have one of these rights.

    A refusal is said on the page that the form stood on; nothing was changed then.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if rights and not rights_of(request.user).intersection(rights):
                return _forbidden(request, rights)
            try:
                return view(request, *args, **kwargs)
            except OnOrderError as refusal:
                messages.error(request, words(refusal))
                return redirect(back(request))

        entered: View[P] = _marked(require_POST(guarded), rights, "does")
        return entered

    return decorate


def back(request: HttpRequest) -> str:
    """The page of ours that the request came from; the start page if it says none."""
    came = urlsplit(request.headers.get("Referer", ""))
    return (f"{came.path}?{came.query}" if came.query else came.path) if came.netloc == request.get_host() else "/"


class May:
    """For templates: `may.buy` says whether whoever is logged in has that right."""

    def __init__(self, rights: frozenset[Right]) -> None:
        self._rights = rights

    def __getitem__(self, right: str) -> bool:
        return Right(right) in self._rights


def _forbidden(request: HttpRequest, rights: Collection[Right]) -> HttpResponse:
    roles = [role for role in Role if RIGHTS[role].intersection(rights)]
    return render(request, "desk/forbidden.html", {"roles": roles}, status=403)


def _marked(view: Any, rights: Collection[Right], way: str) -> Any:
    entered: Any = login_required(view)
    entered.rights, entered.way = frozenset(rights), way  # Read by the test that walks every URL as every role.
    return entered
