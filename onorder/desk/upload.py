"""Files come in through the desk: checked first, each bad row named, then loaded, or only the good rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onorder.channels import orders, products, suppliers
from onorder.channels.loading import FORMATS, Format, Kind, Report, bring_in
from onorder.desk.done import done
from onorder.desk.forms import Form
from onorder.desk.kept import forget, keep, kept
from onorder.desk.rights import Right, does, page, rights_of
from onorder.desk.tags import number
from onorder.errors import BadInput, OnOrderError
from onorder.wording.refusals import words

#: Problems that the page lists; they are by line, so the first ones are read first.
SHOWN: Final = 200
#: What one needs to bring each kind of file: what it does is also done by hand somewhere.
NEEDS: Final[Mapping[Kind, Right]] = {
    Kind.PRODUCTS: Right.SET_UP,
    Kind.SUPPLIERS: Right.SET_UP,
    Kind.STOCK: Right.COUNT,
    Kind.ORDERS: Right.SELL,
}
_LABELS: Final = {
    Kind.PRODUCTS: gettext_lazy("Products, and on what terms they are sold"),
    Kind.SUPPLIERS: gettext_lazy("Suppliers, their policies and their offers"),
    Kind.STOCK: gettext_lazy("Stock that was counted"),
    Kind.ORDERS: gettext_lazy("Orders"),
}
#: For each kind, the columns that must be there, and the others that are read.
COLUMNS: Final[Mapping[Kind, tuple[list[str], list[str]]]] = {
    Kind.PRODUCTS: (sorted(products.REQUIRED), sorted(products.COLUMNS - products.REQUIRED)),
    Kind.SUPPLIERS: (["code"], sorted(suppliers.COLUMNS - {"code"})),
    Kind.STOCK: (["on_hand", "sku"], ["location"]),
    Kind.ORDERS: (sorted(orders.REQUIRED), sorted(orders.COLUMNS - orders.REQUIRED)),
}
_AFTER: Final = {Kind.SUPPLIERS: "suppliers", Kind.ORDERS: "queue"}


class UploadForm(Form):
    """A file, what stands in it, and whose columns it has."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in it"), widget=forms.RadioSelect, initial=Kind.PRODUCTS)
    format = forms.ChoiceField(
        label=gettext_lazy("Whose columns"),
        choices=[(Format.ONORDER, "OnOrder"), (Format.SHOPIFY, "Shopify")],
        initial=Format.ONORDER,
        help_text=gettext_lazy("Shopify's own export has products and orders."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.gz,text/csv"}),
        help_text=gettext_lazy("CSV in UTF-8, packed or not; at most 20 MB."),
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self.files = request.FILES
        mine = rights_of(request.user)
        kinds = [(kind, label) for kind, label in _LABELS.items() if NEEDS[kind] in mine]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if (kind := given.get("kind")) and given.get("format") not in FORMATS[Kind(kind)]:
            self.add_error("format", _("There is no such export: use OnOrder's columns."))
        return given


@page(Right.SET_UP)
def choose(request: HttpRequest) -> HttpResponse:
    """Which file, and what is in it."""
    return _chooses(request, UploadForm(request))


@does(Right.SET_UP)
def check(request: HttpRequest) -> HttpResponse:
    """Read a file and say what is wrong with it; nothing is stored."""
    form = UploadForm(request)
    if not form.is_valid():
        return _chooses(request, form)
    given = form.cleaned_data
    kind, format_ = Kind(given["kind"]), Format(given["format"])
    try:
        word, file = keep(given["file"], kind=kind, format=format_, of=request.user.pk)
    except BadInput as wrong:
        form.add_error("file", words(wrong))
        return _chooses(request, form)
    try:
        report = bring_in(kind, file, format=format_, dry_run=True, by=request.user.get_username(), now=timezone.now())
    except OnOrderError as wrong:
        forget(file)
        form.add_error("file", _of_file(wrong, file))
        return _chooses(request, form)
    return _reports(request, report, kind, file, word)


@does(Right.SET_UP)
def load(request: HttpRequest) -> HttpResponse:
    """Load a file that was checked; `skip`: only its good rows."""
    said, file = kept(request.POST.get("word", ""))
    kind, now = Kind(said["kind"]), timezone.now()
    if said["of"] != request.user.pk or NEEDS[kind] not in rights_of(request.user):
        raise BadInput(what="The file", problem="was brought by somebody else", remedy="Choose it yourself.")
    try:
        report = _loaded(kind, file, Format(said["format"]), "skip" in request.POST, request, now)
    except OnOrderError as wrong:
        why = _of_file(wrong, file).rstrip(".")
        raise BadInput(what="{file}", problem="{why}", file=file.name, why=why) from None
    if not report.stored:  # The shop changed meanwhile: something is wrong with it that was right before.
        return _reports(request, report, kind, file, request.POST["word"])
    forget(file)
    what = _("%(file)s is loaded: %(added)s added, %(changed)s changed, %(unchanged)s as they were.") % {
        "file": file.name,
        "added": number(report.added),
        "changed": number(report.changed),
        "unchanged": number(report.unchanged),
    }
    return done(request, what, to=reverse(_AFTER.get(kind, "catalogue")))


def _loaded(kind: Kind, file: Path, format: Format, skip_bad: bool, request: HttpRequest, now: datetime) -> Report:
    by = request.user.get_username()
    return bring_in(kind, file, format=format, skip_bad=skip_bad, by=by, now=now)


def _of_file(wrong: OnOrderError, file: Path) -> str:
    """A refusal that names the file by the name that it came with."""
    return words(wrong).replace(str(file), file.name)


def _chooses(request: HttpRequest, form: UploadForm) -> HttpResponse:
    mine = rights_of(request.user)
    columns = [(_LABELS[kind], *of) for kind, of in COLUMNS.items() if NEEDS[kind] in mine]
    return render(request, "desk/upload.html", {"form": form, "columns": columns})


def _reports(request: HttpRequest, report: Report, kind: Kind, file: Path, word: str) -> HttpResponse:
    passed_over: dict[str, int] = {}
    for why in report.passed_over.values():
        passed_over[why] = passed_over.get(why, 0) + 1
    return render(
        request,
        "desk/upload_report.html",
        {
            "report": report,
            "name": file.name,
            "kind": _LABELS[kind],
            "problems": report.problems[:SHOWN],
            "more": max(len(report.problems) - SHOWN, 0),
            "passed_over": sorted(passed_over.items()),
            "word": word,
        },
    )


urlpatterns = [
    path("catalogue/import", choose, name="catalogue.import"),
    path("catalogue/import/check", check, name="catalogue.check"),
    path("catalogue/import/load", load, name="catalogue.load"),
]
