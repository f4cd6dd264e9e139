"""Whether and how something is sold without stock: set for the shop, a supplier, a product, one SKU, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onorder.actions.shop import set_terms, set_terms_of_skus
from onorder.desk.asking import Asking, Effect, ask
from onorder.desk.done import done
from onorder.desk.forms import Form, UnitsField, sent, undo
from onorder.desk.rights import Right, back, does, page
from onorder.desk.tags import number
from onorder.desk.variant import CANCELLING, RETURNS, offered_of
from onorder.errors import NotFound, OnOrderError
from onorder.queries.terms import Reach, reach, terms_of_skus
from onorder.queries.variant import SCOPES, Scope, Sold
from onorder.queries.variant import variant as found
from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Terms
from onorder.trying import tried
from onorder.wording.refusals import words

#: SKUs that are changed at once, at the most.
MOST: Final = 200
_LEAVE: Final = "leave"


class TermsForm(Form):
    """What one scope says. What it leaves open, the more general one decides: `inherits` says which that is; empty for
    the whole shop, above which there is none."""

    accept = forms.ChoiceField(label=gettext_lazy("Sold without stock"), required=False, widget=forms.RadioSelect)
    cap = UnitsField(
        label=gettext_lazy("Most units that may wait"),
        required=False,
        help_text=gettext_lazy("At one location. Counts where it is sold up to a cap."),
    )
    deposit = forms.DecimalField(
        label=gettext_lazy("Paid when ordering, per cent"), required=False, min_value=0, max_value=100, decimal_places=2
    )
    longest_wait_days = UnitsField(
        label=gettext_lazy("Longest wait promised, days"),
        required=False,
        most=1_000,
        help_text=gettext_lazy("If its day would be further away, it is not sold."),
    )
    cancelling = forms.ChoiceField(
        label=gettext_lazy("Cancelling"),
        required=False,
        help_text=gettext_lazy("Where the law lets customers change their mind, it goes before your terms."),
    )
    cancel_fee = forms.DecimalField(
        label=gettext_lazy("Fee for cancelling, per cent of the price"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=gettext_lazy("Counts where cancelling costs a fee."),
    )
    returns = forms.ChoiceField(label=gettext_lazy("Returns"), required=False)

    def __init__(self, posted: Any = None, *, terms: Terms, inherits: str = "") -> None:
        shares = {"deposit": terms.deposit_basis_points, "cancel_fee": terms.cancel_fee_basis_points}
        typed = {name: None if share is None else f"{share / 100:g}" for name, share in shares.items()}
        words = {"accept": terms.accept or "", "cancelling": terms.cancelling or ""}
        super().__init__(posted, now=asdict(terms) | words | typed)
        returns, cancelling = ([(key, _(said)) for key, said in of.items()] for of in (RETURNS, CANCELLING))
        choices = {
            "accept": (inherits or _("By default: yes"), _accepts()),
            "cancelling": (inherits or _("By default: free until it ships"), cancelling),
            "returns": (inherits or _("By default: accepted"), returns),
        }
        for name, (as_it_comes, others) in choices.items():
            self.fields[name].choices = [("", as_it_comes), *others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = _with_a_cap(self, super().clean())
        costs = given.get("cancelling") == Cancelling.FEE_AFTER
        if costs and given.get("cancel_fee") is None and "cancel_fee" not in self.errors:
            self.add_error("cancel_fee", _("Write which part of the price it costs."))
        return given

    def said(self) -> Terms:
        """The terms that it says; once it is valid."""
        given = self.cleaned_data
        deposit, fee = given["deposit"], given["cancel_fee"]
        return Terms(
            accept=Accept(given["accept"]) if given["accept"] else None,
            cap=given["cap"],
            deposit_basis_points=None if deposit is None else int(deposit * 100),
            returns=given["returns"] or None,
            longest_wait_days=given["longest_wait_days"],
            cancelling=Cancelling(given["cancelling"]) if given["cancelling"] else None,
            cancel_fee_basis_points=None if fee is None else int(fee * 100),
        )


class SeveralForm(Form):
    """What several SKUs are to say of themselves."""

    accept = forms.ChoiceField(label=gettext_lazy("Sold without stock"), widget=forms.RadioSelect, initial=_LEAVE)
    cap = UnitsField(label=gettext_lazy("Most units of each that may wait"), required=False)
    longest_wait_days = UnitsField(
        label=gettext_lazy("Longest wait promised, days"),
        required=False,
        most=1_000,
        help_text=gettext_lazy("Empty: each keeps its own."),
    )
    skus = forms.CharField(widget=forms.HiddenInput, max_length=MOST * 70)

    def __init__(self, posted: Any = None, *, suggests: Mapping[str, Any] | None = None) -> None:
        super().__init__(posted, suggests=suggests)
        leave = [(_LEAVE, _("Leave each as it is"))]
        inherit = [("", _("As its product, its supplier or the shop says"))]
        self.fields["accept"].choices = [*leave, *_accepts(), *inherit]  # type: ignore[attr-defined]
        self.fields["accept"].required = False

    def clean(self) -> dict[str, Any]:
        return _with_a_cap(self, super().clean())

    def said(self, before: Mapping[str, Terms]) -> dict[str, Terms]:
        """For each SKU the terms that it would say, given those that it says now."""
        accept, cap, days = (self.cleaned_data[name] for name in ("accept", "cap", "longest_wait_days"))
        changes: dict[str, Any] = {} if accept == _LEAVE else {"accept": Accept(accept) if accept else None}
        changes |= {"cap": cap} if accept == Accept.CAPPED else {}
        changes |= {"longest_wait_days": days} if days is not None else {}
        return {sku: replace(terms, **changes) for sku, terms in before.items()}


@page(Right.SET_UP)
def ask_terms(request: HttpRequest, sku: str) -> HttpResponse:
    """The terms of one scope of a SKU: `?scope=` shop, supplier, product or variant."""
    now = timezone.now()
    sold = found(sku, now=now)
    scope = _scope(sold, request.GET.get("scope", ""))
    return ask(request, _about(sold, scope), _form(scope), _reaches(sold, scope))


@does(Right.SET_UP)
def try_terms(request: HttpRequest, sku: str) -> HttpResponse:
    """What other terms would mean for customers; nothing is stored."""
    now = timezone.now()
    sold = found(sku, now=now)
    scope = _scope(sold, request.GET.get("scope", ""))
    form = _form(scope, request.POST)
    effects = _reaches(sold, scope)
    if form.is_valid():
        effects = [_read_then(sold, scope, form.said(), request, now), *effects]
    return ask(request, _about(sold, scope), form, effects)


@does(Right.SET_UP)
def put_terms(request: HttpRequest, sku: str) -> HttpResponse:
    """Sell by other terms from now on."""
    now = timezone.now()
    sold = found(sku, now=now)
    scope = _scope(sold, request.GET.get("scope", ""))
    form = _form(scope, sent(request))
    if not form.is_valid():
        return ask(request, _about(sold, scope), form, _reaches(sold, scope))
    set_terms(form.said(), **_named(sold, scope), by=request.user.get_username(), now=now)
    said = _("The terms are set. Orders that were taken keep those they were taken under.")
    way_back = f"{undo('catalogue.set-terms', sku, was=form.stored)}&scope={scope.kind}"
    return done(request, said, undo=way_back, to=reverse("catalogue.one", args=[sku]))


@page(Right.SET_UP)
def ask_several(request: HttpRequest) -> HttpResponse:
    """The terms of several SKUs at once: `?sku=` once for each."""
    skus = list(dict.fromkeys(request.GET.getlist("sku")))[:MOST]
    if not skus:
        return redirect("catalogue")
    accept = request.GET.get("accept", "") or _LEAVE
    form = SeveralForm(suggests={"skus": "\n".join(skus), "accept": accept})
    return ask(request, _about_several(skus), form, _reaches_several(skus, accept))


@does(Right.SET_UP)
def try_several(request: HttpRequest) -> HttpResponse:
    """What other terms would mean for several SKUs; nothing is stored."""
    form = SeveralForm(request.POST)
    skus = _skus(form)
    return ask(request, _about_several(skus), form, _reaches_several(skus, request.POST.get("accept", "")))


@does(Right.SET_UP)
def put_several(request: HttpRequest) -> HttpResponse:
    """Sell several SKUs by other terms from now on; or (an undo) by those they had before."""
    given, by, now = sent(request), request.user.get_username(), timezone.now()
    if isinstance(former := given.get("terms"), dict):
        set_terms_of_skus({sku: _stored(said) for sku, said in former.items()}, by=by, now=now)
        return done(request, _("They are sold by their former terms again."), to=back(request))
    form = SeveralForm(given)
    skus = _skus(form)
    if not skus:
        return redirect("catalogue")
    if not form.is_valid():
        return ask(request, _about_several(skus), form, _reaches_several(skus, ""))
    before = terms_of_skus(skus)
    set_terms_of_skus(form.said(before), by=by, now=now)
    said = ngettext("The terms of %(n)s SKU are set.", "The terms of %(n)s SKUs are set.", len(before))
    was = {"terms": {sku: _plain(terms) for sku, terms in before.items()}}
    to = reverse("catalogue")
    return done(request, said % {"n": number(len(before))}, undo=undo("catalogue.set-several", was=was), to=to)


def _accepts() -> list[tuple[str, str]]:
    return [
        (Accept.ALWAYS, _("Yes, any number")),
        (Accept.CAPPED, _("Up to so many waiting units")),
        (Accept.NEVER, _("No: only what is here")),
    ]


def _with_a_cap(form: Form, given: dict[str, Any]) -> dict[str, Any]:
    """Terms that are capped say where the cap is."""
    if given.get("accept") == Accept.CAPPED and given.get("cap") is None and "cap" not in form.errors:
        form.add_error("cap", _("Write how many units may wait."))
    return given


def _scope(sold: Sold, kind: str) -> Scope:
    scope = next((scope for scope in sold.scopes if scope.kind == (kind or SCOPES[-1])), None)
    if scope is None or scope.terms is None:
        raise NotFound(what="terms of", name=kind[:20])
    return scope


def _form(scope: Scope, posted: Any = None) -> TermsForm:
    assert scope.terms is not None
    inherits = "" if scope.kind == SCOPES[0] else _("As the more general terms say")
    return TermsForm(posted, terms=scope.terms, inherits=inherits)


def _about(sold: Sold, scope: Scope) -> Asking:
    titles = {
        "shop": _("Terms of the whole shop"),
        "supplier": _("Terms of everything that %(name)s supplies"),
        "product": _("Terms of the product %(name)s"),
        "variant": _("Terms of %(name)s alone"),
    }
    at = f"?scope={scope.kind}"
    return Asking(
        title=titles[scope.kind] % {"name": scope.name},
        verb=_("Set the terms"),
        action=reverse("catalogue.set-terms", args=[sold.sku]) + at,
        tries=reverse("catalogue.try-terms", args=[sold.sku]) + at,
        back=reverse("catalogue.one", args=[sold.sku]),
        keep=_("Keep the terms"),
        crumb=sold.title,
    )


def _named(sold: Sold, scope: Scope) -> dict[str, str]:
    return {
        "shop": {},
        "supplier": {"supplier": sold.supplier},
        "product": {"product": sold.product},
        "variant": {"sku": sold.sku},
    }[scope.kind]


def _reaches(sold: Sold, scope: Scope) -> list[Effect]:
    return _reached(reach(**_named(sold, scope)))


def _reached(of: Reach) -> list[Effect]:
    skus = ngettext("It reaches %(n)s SKU.", "It reaches %(n)s SKUs.", of.skus) % {"n": number(of.skus)}
    effects = [Effect(skus, "tag")]
    if of.waited_for:
        said = ngettext(
            "Customers wait for %(n)s of them; they keep their places and their terms.",
            "Customers wait for %(n)s of them; they keep their places and their terms.",
            of.waited_for,
        )
        effects.append(Effect(said % {"n": number(of.waited_for)}, "users"))
    return effects


def _read_then(sold: Sold, scope: Scope, terms: Terms, request: HttpRequest, now: datetime) -> Effect:
    """What customers would read of this SKU."""

    def look(_outcome: object) -> Sold:
        return found(sold.sku, now=now)

    try:
        then = tried(set_terms, terms, **_named(sold, scope), look=look, by=request.user.get_username(), now=now)
    except OnOrderError as refusal:
        return Effect(words(refusal), "circle-alert", True)
    was, will = offered_of(sold, now), offered_of(then, now)
    if was == will:
        return Effect(_("Of %(sku)s customers read the same as now: %(words)s.") % _words(sold.sku, will), "check")
    return Effect(_("Of %(sku)s customers read from now on: %(words)s.") % _words(sold.sku, will), "arrow-right")


def _words(sku: str, offered: Any) -> dict[str, str]:
    return {"sku": sku, "words": f"{offered.words} ({offered.beside})" if offered.beside else offered.words}


def _skus(form: SeveralForm) -> list[str]:
    skus = (sku.rstrip("\r") for sku in str(form.data.get("skus", "")).split("\n")[:MOST])  # A browser sends "\r\n".
    return [sku for sku in skus if sku]


def _about_several(skus: Sequence[str]) -> Asking:
    title = ngettext("Terms of %(n)s SKU", "Terms of %(n)s SKUs", len(skus)) % {"n": number(len(skus))}
    return Asking(
        title=title,
        verb=_("Set the terms"),
        action=reverse("catalogue.set-several"),
        tries=reverse("catalogue.try-several"),
        back=reverse("catalogue"),
        keep=_("Keep the terms"),
        lead=", ".join(skus[:12]) + (" …" if len(skus) > 12 else ""),
        crumb=_("Catalogue"),
    )


def _reaches_several(skus: Sequence[str], accept: str) -> list[Effect]:
    of = reach(skus=skus)
    effects = _reached(of)
    if accept == Accept.NEVER:
        said = ngettext("%(n)s free unit can still be sold.", "%(n)s free units can still be sold.", of.free)
        effects.append(Effect(said % {"n": number(of.free)}, "archive"))
    if accept in (Accept.ALWAYS, Accept.CAPPED) and of.without_supplier:
        said = ngettext(
            "%(n)s has no supplier, so nobody knows its day and it is still not sold without stock.",
            "%(n)s have no supplier, so nobody knows their day and they are still not sold without stock.",
            of.without_supplier,
        )
        effects.append(Effect(said % {"n": number(of.without_supplier)}, "triangle-alert", True))
    return effects


def _plain(terms: Terms) -> list[Any]:
    return list(asdict(terms).values())


def _stored(said: Sequence[Any]) -> Terms:
    terms = Terms(*said)
    accept, cancelling = terms.accept, terms.cancelling
    return replace(
        terms,
        accept=Accept(accept) if accept else None,
        cancelling=Cancelling(cancelling) if cancelling else None,
    )


urlpatterns = [
    path("catalogue/several", ask_several, name="catalogue.several"),
    path("catalogue/several/try", try_several, name="catalogue.try-several"),
    path("catalogue/several/set", put_several, name="catalogue.set-several"),
    path("catalogue/<name:sku>/terms", ask_terms, name="catalogue.terms"),
    path("catalogue/<name:sku>/terms/try", try_terms, name="catalogue.try-terms"),
    path("catalogue/<name:sku>/terms/set", put_terms, name="catalogue.set-terms"),
]
