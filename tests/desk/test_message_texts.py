"""The shop words its messages at the desk: on real data, before anything is kept, and with a way back."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from onorder.delivery import mail
from onorder.desk.rights import Role
from onorder.models import Message, MessageText
from onorder.queries.messages import own_texts
from onorder.rules.wording import Texts

PLACED = "/settings/messages/placed"


@pytest.fixture
def tea(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    return shop


def seen(client, path=PLACED):
    return re.search(r'name="seen" value="([^"]*)"', client.get(path).content.decode())[1]


def said(client, path=PLACED, **texts):
    parts = dict.fromkeys(("subject", "headline", "opening", "closing"), "")
    return parts | texts | {"seen": seen(client, path)}


def frame(page):
    return unescape(re.search(r'<iframe[^>]* src="([^"]+)"', page)[1])


def test_the_form_shows_what_is_said_now_and_what_can_be_put_in(tea, owner, text):
    page = owner.get(PLACED).content.decode()
    assert 'placeholder="Order SO-1: thank you, we have it"' in page
    assert "There is nothing" not in page and "Until it has shipped you can cancel any of it." in page
    shown = text(owner, PLACED)
    assert "{what} What the message is about: units and product, or how many items. Here: 3 × Tea" in shown
    assert "{carrier}" not in shown and "Back to the product" not in shown
    assert "{carrier} Who carries the parcel, if you said so. Here there is none." in text(
        owner, "/settings/messages/shipped"
    )


def test_only_an_owner_sees_the_form(tea, log_in):
    page = log_in(Role.SUPPORT).get(PLACED).content.decode()
    assert "In your own words" not in page and "As text" in page and "<iframe" in page


def test_a_text_is_tried_and_not_kept(tea, owner):
    tried = owner.post(f"{PLACED}/en/try", said(owner, headline="Lovely, {name}!")).content.decode()
    assert "<h1>Order received</h1>" in tried and 'value="Lovely, {name}!"' in tried
    assert not MessageText.objects.exists()
    html = owner.get(frame(tried)).content.decode()
    assert "Lovely, Buyer of SO-1!" in html and "Thank you, we have your order" not in html
    assert "Thank you, we have your order" in owner.get(frame(owner.get(PLACED).content.decode())).content.decode()


def test_the_part_that_htmx_takes_has_the_preview_and_no_shell(tea, owner):
    tried = owner.post(
        f"{PLACED}/en/try", said(owner, subject="{order} {nmae}", opening="Hi."), headers={"HX-Request": "true"}
    ).content.decode()
    assert 'id="preview"' in tried and '<nav class="side' not in tried and "<html" not in tried
    assert "This message has nothing to put in for {nmae}." in tried.split('id="preview"')[1]
    assert "<b>Order SO-1: thank you, we have it</b>" in tried  # What is wrong is not said.
    assert "Hi. It ships" in tried


def test_nobody_can_forge_a_text_into_the_preview(tea, owner):
    tried = owner.post(f"{PLACED}/en/try", said(owner, headline="Lovely!")).content.decode()
    query = parse_qs(urlsplit(frame(tried)).query)
    forged = owner.get(f"{PLACED}/preview", {"language": "en", "with": query["with"][0].replace(":", "x:", 1)})
    assert "Lovely!" not in forged.content.decode() and "Thank you, we have your order" in forged.content.decode()


def test_a_text_is_kept_said_and_taken_back(tea, owner):
    answer = owner.post(f"{PLACED}/en/set", said(owner, headline="Lovely!"), follow=True)
    page = answer.content.decode()
    assert "The message is written in your words from now on." in page
    assert own_texts() == {"placed": {"en": Texts(headline="Lovely!")}}
    assert tea.events("text_changed")[0].by == "owner"
    assert "Lovely!" in owner.get(frame(page)).content.decode()
    assert "in your own words: English" in owner.get("/settings/messages").content.decode()
    undo = re.search(r'action="(/settings/messages/placed/en/set\?was=[^"]+)"', page)[1]
    owner.post(unescape(undo))
    assert not MessageText.objects.exists()


def test_back_to_the_products_text_and_back_again(tea, owner):
    owner.post(f"{PLACED}/en/set", said(owner, headline="Lovely!", closing="Bye.\nAlice"))
    answer = owner.post(f"{PLACED}/en/reset", follow=True).content.decode()
    assert "back to the product" in answer and not MessageText.objects.exists()
    undo = re.findall(r'action="(/settings/messages/placed/en/set\?was=[^"]+)"', answer)[-1]
    owner.post(unescape(undo))
    assert own_texts() == {"placed": {"en": Texts(headline="Lovely!", closing="Bye.\nAlice")}}


@pytest.mark.parametrize(
    ("part", "wrong", "why"),
    [
        ("subject", "Good news", "The subject does not say which order it is about. Put {order} into it."),
        ("headline", "Lovely {nmae}", "This message has nothing to put in for {nmae}. Use one of {name}, {order}"),
        ("opening", "Dear {name", "A brace has no partner. Braces stand only around a name, such as {order}"),
        ("closing", "x" * 901, "The closing has 901 characters; 900 fit. Shorten it."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(tea, owner, part, wrong, why):
    page = owner.post(f"{PLACED}/en/set", said(owner, **{part: wrong})).content.decode()
    field = page.split(f'for="id_{part}"')[1].split('<div class="field')[0]
    assert why in unescape(field)
    assert not MessageText.objects.exists() and not tea.events("text_changed")


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(tea, owner):
    late = said(owner, headline="Mine")
    owner.post(f"{PLACED}/en/set", said(owner, headline="Theirs"))
    page = owner.post(f"{PLACED}/en/set", late).content.decode()
    assert "Somebody changed this after you opened it" in page
    assert own_texts()["placed"]["en"].headline == "Theirs"


def test_a_text_that_cannot_be_written_in_every_shape_is_not_kept(tea, owner, monkeypatch):
    """The rules let nothing of the kind through; if they ever did, it would come to light here, not in the outbox."""
    monkeypatch.setattr("onorder.delivery.letters.filled", lambda text, values: text.format(**values))
    monkeypatch.setattr("onorder.rules.wording.checked_part", lambda kind, part, text: text)
    with pytest.raises(KeyError):
        owner.post(f"{PLACED}/en/set", said(owner, headline="{nmae}"))
    assert not MessageText.objects.exists()


def test_languages_are_links_each_with_its_own_text(tea, owner):
    page = owner.get(f"{PLACED}?language=de").content.decode()
    assert re.search(
        r'<a class="chip" href="/settings/messages/placed\?language=de" hreflang="de" aria-current="true">', page
    )
    owner.post(f"{PLACED}/de/set", said(owner, f"{PLACED}?language=de", headline="Herrlich!"))
    assert own_texts() == {"placed": {"de": Texts(headline="Herrlich!")}}
    assert "Herrlich!" in owner.get(f"{PLACED}/preview?language=de").content.decode()
    assert "Herrlich!" not in owner.get(f"{PLACED}/preview").content.decode()
    assert 'value="Herrlich!"' not in owner.get(PLACED).content.decode()


def test_an_unknown_language_is_no_page(tea, owner):
    assert owner.get(f"{PLACED}?language=xx").status_code == 404
    owner.post(f"{PLACED}/xx/set", said(owner, headline="x"))
    assert not MessageText.objects.exists()


def test_how_it_begins_in_other_cases(tea, owner, text):
    owner.post(f"{PLACED}/en/set", said(owner, opening="Dear {name}, it ships {when}."))
    shown = text(owner, PLACED).split("How it begins in other cases")[1]
    assert "No day is known yet Order SO-1: thank you, we have it Dear Buyer of SO-1, it ships on a day" in shown
    nameless = shown.split("The customer gave no name")[1].split("Ships later")[0].split("As text")[0]
    assert "Dear" not in nameless and "It ships as soon as it has come in" in nameless


def test_before_anybody_has_ordered_it_can_be_worded_already(shop, owner, text):
    assert "Order SO-1: thank you, we have it" in owner.get(PLACED).content.decode()
    owner.post(f"{PLACED}/en/set", said(owner, headline="Lovely!"))
    assert own_texts() == {"placed": {"en": Texts(headline="Lovely!")}}


def test_what_suppliers_read_can_be_worded_too(tea, owner):
    tea.raises()
    path = "/settings/messages/reminder"
    owner.post(f"{path}/en/set", said(owner, path, opening="Dear {name}, it is {total}."))
    html = owner.get(f"{path}/preview").content.decode()
    assert "Dear ACME Ltd, it is £9.00." in html


def test_the_sign_of_life_is_a_setting_of_the_shop(tea, owner, text):
    page = text(owner, "/settings/shop")
    assert "After so many days without a word" in page
    assert "We have not forgotten you" in owner.get("/settings/messages/heartbeat/preview").content.decode()


def test_the_preview_is_what_is_sent(tea, owner):
    owner.post(f"{PLACED}/en/set", said(owner, headline="Lovely, {name}!", closing="Bye."))
    (sent,) = mail.compose([Message.objects.get().pk])
    assert owner.get(f"{PLACED}/preview").content.decode() == sent.alternatives[0][0]
