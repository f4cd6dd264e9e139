"""One kind of message: as its recipient reads it, and in the shop's own words, tried before they are kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from onorder.actions import messages as acts
from onorder.delivery import mail, shapes, short
from onorder.delivery.examples import example
from onorder.delivery.letters import Letter, languages
from onorder.desk.done import done
from onorder.desk.forms import Form, sent, undo
from onorder.desk.message_words import KINDS, PARTS, PLACEHOLDERS, language_name, shown
from onorder.desk.rights import Right, does, page, rights_of
from onorder.errors import NotFound, OnOrderError
from onorder.queries.messages import CustomerNews, News, own_texts
from onorder.rules import wording
from onorder.rules.gathering import ONLY_BY_EMAIL
from onorder.rules.texts import parts
from onorder.rules.wording import Texts
from onorder.wording.refusals import words

#: The mail's own styles stand in it; nothing else may, and it may run nothing. In a frame of ours, and nowhere else.
_PREVIEW_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
_SALT: Final = "texts"
_ROWS: Final = {"opening": 3, "closing": 4}


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A kind of message in one language: a real message (or one made of another, or made up), and the shop's words.

    `product` is the same message in the product's own words.
    """

    kind: str
    language: str
    news: News
    is_real: bool
    is_made_up: bool
    stored: Texts
    own: dict[str, Texts]
    product: Letter


class TextForm(Form):
    """What the shop says in its own words. Each field shows what is said if it stays empty."""

    def __init__(self, sent: Any = None, *, looked_at: LookedAt) -> None:
        self.looked_at = looked_at
        super().__init__(sent, now=asdict(looked_at.stored))
        own = looked_at.product
        says = (own.subject, own.headline, own.opening, "\n".join(own.after))
        for part, text in zip(wording.PARTS, says, strict=True):
            self.fields[part] = _field(part, text, own.state)
            self.initial.setdefault(part, "")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for part in [part for part in PARTS if part in said]:
            try:
                said[part] = wording.checked_part(self.looked_at.kind, part, said[part])
            except OnOrderError as refusal:
                self.add_error(part, words(refusal))
        return said

    def said(self) -> Texts:
        """What can be said of it: the fields that are in order."""
        return Texts(**{part: self.cleaned_data.get(part, "") for part in PARTS})


def _field(part: str, says: str, follows: str) -> forms.CharField:
    label, meaning = PARTS[part]
    help_text = _(meaning) if meaning else ""
    if part == "opening":
        help_text = _("After them always stands what the facts say, here: %(what)s") % {"what": f"“{follows}”"}
        if not follows:
            help_text = _("Dates that are to be told follow by themselves.")
    widget = forms.Textarea(attrs={"rows": _ROWS[part]}) if part in _ROWS else forms.TextInput()
    widget.attrs |= {"placeholder": says, "spellcheck": "true"}
    return forms.CharField(label=_(label), required=False, help_text=help_text, widget=widget)


@page()
def one(request: HttpRequest, kind: str) -> HttpResponse:
    """A real message of this kind, as its recipient reads it; and a form for its words, for those who may."""
    looked_at = _look(request, kind, request.GET.get("language", ""))
    form = TextForm(looked_at=looked_at) if Right.PEOPLE in rights_of(request.user) else None
    return _show(request, looked_at, form, looked_at.stored)


@page()
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """The message alone, for the frame of the page before; in texts that are only tried, if that page signed them."""
    looked_at = _look(request, kind, request.GET.get("language", ""))
    if looked_at.is_made_up:
        raise NotFound(what="message", name=kind)
    texts = _signed(request.GET.get("with", "")) or looked_at.stored
    answer = HttpResponse(mail.preview(shapes.with_texts(looked_at.news, looked_at.language, texts)).html)
    answer["Content-Security-Policy"] = _PREVIEW_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@does(Right.PEOPLE)
def try_text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """How the message would read. Nothing is kept."""
    looked_at = _look(request, kind, language)
    form = TextForm(request.POST, looked_at=looked_at)
    form.is_valid()
    return _show(request, looked_at, form, form.said())


@does(Right.PEOPLE)
def set_text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Say it in these words from now on, unless somebody else changed them meanwhile."""
    looked_at = _look(request, kind, language)
    form = TextForm(sent(request), looked_at=looked_at)
    if not form.is_valid():
        return _show(request, looked_at, form, form.said())
    _write_in_every_shape(looked_at, form.said())
    acts.write_text(kind, language, form.said(), by=request.user.get_username(), now=timezone.now())
    return _done(request, looked_at, form, _("The message is written in your words from now on."))


@does(Right.PEOPLE)
def reset_text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Say it in the product's own words again."""
    looked_at = _look(request, kind, language)
    acts.reset_text(kind, language, by=request.user.get_username(), now=timezone.now())
    return _done(request, looked_at, TextForm(looked_at=looked_at), _("The message is back to the product's text."))


def _look(request: HttpRequest, kind: str, language: str) -> LookedAt:
    if kind not in shown(request.user):
        raise NotFound(what="kind of message", name=kind)
    found = example(kind)
    news = found.news if found else shapes.made_up(kind)
    language = language or mail.spoken(news)
    if language not in languages():
        raise NotFound(what="language", name=language)
    own = dict(news.own) if found and found.is_real else own_texts().get(kind, {})
    return LookedAt(
        kind=kind,
        language=language,
        news=news,
        is_real=bool(found and found.is_real),
        is_made_up=found is None,
        stored=own.get(language, Texts()),
        own=own,
        product=mail.letter(shapes.with_texts(news, language, Texts())),
    )


def _write_in_every_shape(looked_at: LookedAt, texts: Texts) -> None:
    """What could not be sent is not kept: whatever goes wrong here would have gone wrong in the outbox."""
    for news in (looked_at.news, *shapes.every(looked_at.news), *shapes.every(shapes.made_up(looked_at.kind))):
        mail.preview(shapes.with_texts(news, looked_at.language, texts))


def _done(request: HttpRequest, looked_at: LookedAt, form: TextForm, said: str) -> HttpResponse:
    kind, language = looked_at.kind, looked_at.language
    page = f"{reverse('settings.message', args=[kind])}?{urlencode({'language': language})}"
    return done(request, said, undo=undo("settings.set-text", kind, language, was=form.stored), to=page)


def _show(request: HttpRequest, looked_at: LookedAt, form: TextForm | None, texts: Texts) -> HttpResponse:
    worded = shapes.with_texts(looked_at.news, looked_at.language, texts)
    values = mail.values(worded)
    frame = {"language": looked_at.language}
    if texts != looked_at.stored:
        frame["with"] = signing.dumps(asdict(texts), salt=_SALT, compress=True)
    context = {
        "kind": looked_at.kind,
        "name": _(KINDS[looked_at.kind][0]),
        "when": _(KINDS[looked_at.kind][1]),
        "found": looked_at,
        "form": form,
        "is_own": bool(looked_at.stored),
        "tabs": [(one, language_name(one), bool(looked_at.own.get(one))) for one in languages()],
        "preview": None if looked_at.is_made_up else mail.preview(worded),
        "text_message": _as_text_message(looked_at, worded),
        "frame": f"{reverse('settings.message-preview', args=[looked_at.kind])}?{urlencode(frame)}",
        "others": _otherwise(worded),
        "placeholders": [(f"{{{name}}}", _(PLACEHOLDERS[name]), value) for name, value in values.items()],
    }
    return render(request, "desk/message.html", context)


def _as_text_message(looked_at: LookedAt, news: News) -> tuple[str, int] | None:
    """It as a text message, and how many of them it is sent as; None for what never goes so."""
    if looked_at.is_made_up or not isinstance(news, CustomerNews) or news.kind in ONLY_BY_EMAIL:
        return None
    said = short.preview(news)
    return said, parts(said)


def _otherwise(news: News) -> list[tuple[str, Letter]]:
    """How the message begins in other cases, each by what is special about it; none that reads as another does."""
    this = mail.letter(news)
    seen, found = {(this.subject, this.headline, this.lead)}, []
    for shape in shapes.told_apart(news):
        letter = mail.letter(shape.news)
        if (begins := (letter.subject, letter.headline, letter.lead)) not in seen:
            seen.add(begins)
            found.append((_(shape.label), letter))
    return found


def _signed(written: str) -> Texts | None:
    try:
        return Texts(**signing.loads(written, salt=_SALT)) if written else None
    except signing.BadSignature:
        return None


urlpatterns = [
    path("settings/messages/<kind>", one, name="settings.message"),
    path("settings/messages/<kind>/preview", preview, name="settings.message-preview"),
    path("settings/messages/<kind>/<language>/try", try_text, name="settings.try-text"),
    path("settings/messages/<kind>/<language>/set", set_text, name="settings.set-text"),
    path("settings/messages/<kind>/<language>/reset", reset_text, name="settings.reset-text"),
]
