"""The shop words its messages: what is kept, who did it, and what is refused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onorder.actions import messages
from onorder.errors import NotFound
from onorder.models import MessageText
from onorder.queries.messages import own_texts
from onorder.rules.wording import LoneBrace, Texts


def write(shop, kind="placed", language="en", by="alice", **texts):
    messages.write_text(kind, language, Texts(**texts), by=by, now=shop.now)


def test_what_is_written_is_kept_with_who_wrote_it(shop):
    write(shop, headline=" Lovely! ", closing="One\n\nTwo")
    assert own_texts() == {"placed": {"en": Texts(headline="Lovely!", closing="One\nTwo")}}
    row = MessageText.objects.get()
    assert (row.by, row.changed_at) == ("alice", shop.now)
    (event,) = shop.events("text_changed")
    assert event.by == "alice" and event.subject == "shop:1"
    assert event.data == {"message": "placed", "language": "en", "changed": ["headline", "closing"], "is_own": True}


def test_languages_and_kinds_keep_apart(shop):
    write(shop, headline="Lovely!")
    write(shop, language="de", headline="Herrlich!")
    write(shop, kind="shipped", headline="Gone!")
    assert {kind: set(found) for kind, found in own_texts().items()} == {"placed": {"en", "de"}, "shipped": {"en"}}


def test_the_same_again_changes_nothing(shop):
    write(shop, headline="Lovely!")
    shop.wait(days=1)
    write(shop, headline="Lovely!", by="ben")
    assert MessageText.objects.get().by == "alice" and len(shop.events("text_changed")) == 1


def test_another_text_replaces_it_as_a_whole(shop):
    write(shop, headline="Lovely!", opening="Hello.")
    write(shop, opening="Hello!", by="ben")
    assert own_texts()["placed"]["en"] == Texts(opening="Hello!")
    assert shop.events("text_changed")[-1].data["changed"] == ["headline", "opening"]


def test_back_to_the_products_text(shop):
    write(shop, headline="Lovely!")
    write(shop, language="de", headline="Herrlich!")
    messages.reset_text("placed", "en", by="ben", now=shop.now)
    assert own_texts() == {"placed": {"de": Texts(headline="Herrlich!")}}
    event = shop.events("text_changed")[-1]
    assert (event.by, event.data["is_own"], event.data["changed"]) == ("ben", False, ["headline"])
    messages.reset_text("placed", "en", by="ben", now=shop.now)
    assert len(shop.events("text_changed")) == 3


def test_emptying_every_field_is_the_products_text_again(shop):
    write(shop, headline="Lovely!")
    write(shop, headline="  ")
    assert not MessageText.objects.exists()


def test_a_broken_text_is_refused_and_the_old_one_stays(shop):
    write(shop, headline="Lovely!")
    with pytest.raises(LoneBrace):
        write(shop, headline="Better!", closing="Dear {name")
    assert own_texts() == {"placed": {"en": Texts(headline="Lovely!")}}
    assert len(shop.events("text_changed")) == 1


@pytest.mark.parametrize("named", ["gossip/en", "placed/EN", "placed/en_GB", "placed/"])
def test_what_nobody_knows_is_refused(shop, named):
    kind, language = named.split("/")
    with pytest.raises(NotFound):
        write(shop, kind=kind, language=language, headline="x")
    with pytest.raises(NotFound):
        messages.reset_text(kind, language, by="alice", now=shop.now)


def test_it_costs_few_statements(shop):
    with CaptureQueriesContext(connection) as queries:
        write(shop, subject="{order}", headline="x", opening="x", closing="x")
    assert len(queries) <= 12
