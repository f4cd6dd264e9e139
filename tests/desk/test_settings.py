"""The settings: what they are, what changing them does, and whether everything adds up."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core import mail as django_mail
from django.test import Client

from onorder.desk.message_words import KINDS
from onorder.desk.rights import Role
from onorder.models import BackorderTerms, Calendar, Event, Location, Message, Shop, StockLevel
from onorder.rules.lifecycle import Accept


@pytest.fixture
def tea(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    return shop


def filled(client, path):
    """What a browser would send if somebody opened the form and pressed its button."""
    page = client.get(path).content.decode()
    form = re.search(r'<form method="post" action="[^"]*" (?:novalidate )?class="asking.*?</form>', page, re.S)
    form = form or re.search(r'<form method="post"[^>]*class="asking.*?</form>', page, re.S)
    said = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or "checked" in tag):
            said.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        said[name] = [chosen[1] if chosen else ""]
    return said


def test_everybody_sees_the_settings_that_are_theirs(shop, log_in, text):
    seen = {role: text(log_in(role), "/settings") for role in Role}
    assert all("Your account" in page and "Messages" in page for page in seen.values())
    assert "People" in seen[Role.OWNER] and "People " not in seen[Role.SUPPORT]
    assert "Terms" in seen[Role.BUYER] and "an owner's to change" in seen[Role.BUYER]


# The shop.


def test_nothing_changed_is_nothing_done(tea, owner):
    owner.post("/settings/shop/set", filled(owner, "/settings/shop"))
    assert not tea.events("settings_changed")


def test_days_are_changed_and_customers_dates_move(tea, owner):
    said = filled(owner, "/settings/shop") | {"packing_days": "30"}
    page = owner.post("/settings/shop/try", said).content.decode()
    assert "1 order is expected later." in page and "1 order falls behind the day its customer was told" in page
    assert "What customers were promised stays promised." in page
    assert Shop.objects.get().packing_days == 1 and not tea.events("settings_changed")
    answer = owner.post("/settings/shop/set", said, follow=True)
    assert "The settings are saved." in answer.content.decode()
    assert Shop.objects.get().packing_days == 30
    (event,) = tea.events("settings_changed")
    assert event.by == "owner" and event.data == {"changed": ["packing_days"]}
    assert tea.is_sound()


def test_and_back(tea, owner):
    said = filled(owner, "/settings/shop") | {"packing_days": "9", "shipping": ["0"]}
    page = owner.post("/settings/shop/set", said, follow=True).content.decode()
    undo = re.search(r'action="(/settings/shop/set\?was=[^"]+)"', page)[1]
    owner.post(undo)
    assert Shop.objects.get().packing_days == 1
    assert Calendar.objects.get(name="Shipping").weekdays == "01234"


def test_what_moves_nothing_says_so(tea, owner):
    page = owner.post("/settings/shop/try", filled(owner, "/settings/shop") | {"name": "Alice & Ben"}).content.decode()
    assert "No date of those who wait moves." in page


def test_calendars_and_money(shop, owner):
    said = filled(owner, "/settings/shop")
    said |= {
        "goods_in": ["0", "2"],
        "goods_in_country": "GB",
        "goods_in_subdivision": "sct",
        "split_cost_minor": "3.95",
    }
    owner.post("/settings/shop/set", said)
    calendar = Calendar.objects.get(name="Goods in")
    assert (calendar.weekdays, calendar.country, calendar.subdivision) == ("02", "GB", "SCT")
    assert Shop.objects.get().split_cost_minor == 395


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"name": ""}, "This field is required."),
        ({"goods_in": []}, "This field is required."),
        ({"packing_days": "-1"}, "Write a whole number from 0 to 60."),
        ({"time_zone": "Moon/Base"}, "Write a zone, such as Europe/London."),
        ({"goods_in_country": "ZZ"}, "Write its code of two letters, such as GB."),
        ({"goods_in_country": "GB", "goods_in_subdivision": "XX"}, "has no part"),
        ({"split_cost_minor": "3.955"}, "finer than GBP goes"),
    ],
)
def test_what_is_wrong_stands_beside_it(shop, owner, said, wrong):
    page = owner.post("/settings/shop/set", filled(owner, "/settings/shop") | said).content.decode()
    assert wrong in page
    assert not shop.events("settings_changed")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(shop, owner):
    said = filled(owner, "/settings/shop")
    owner.post("/settings/shop/set", said | {"packing_days": "2"})
    page = owner.post("/settings/shop/set", said | {"name": "Other"}).content.decode()
    assert "Somebody changed this after you opened it" in page
    assert Shop.objects.get().name == "Alice's"


# Terms.


def test_terms_say_what_is_no_longer_sold(tea, owner):
    tea.sells("POT")
    said = filled(owner, "/settings/terms") | {"accept": "never"}
    page = owner.post("/settings/terms/try", said).content.decode()
    assert "2 SKUs can no longer be ordered when they are not here." in page
    assert BackorderTerms.objects.get().accept == Accept.ALWAYS
    owner.post("/settings/terms/set", said)
    assert BackorderTerms.objects.get().accept == Accept.NEVER
    page = owner.post("/settings/terms/try", filled(owner, "/settings/terms") | {"accept": "always"}).content.decode()
    assert "2 more SKUs can be ordered when they are not here." in page


def test_a_cap_needs_a_number(shop, owner):
    page = owner.post("/settings/terms/set", filled(owner, "/settings/terms") | {"accept": "capped"}).content.decode()
    assert "Write how many units may wait." in page


# Places.


def test_another_location(shop, owner, text):
    owner.post("/settings/locations/add", {"code": "NORTH", "name": "In the north", "address": "1 Lane\nTown"})
    assert Location.objects.get(code="NORTH").address == "1 Lane\nTown"
    assert "In the north NORTH 1 Lane Town 0" in text(owner, "/settings/locations")
    page = owner.post("/settings/locations/add", {"code": "north", "name": "Again"}).content.decode()
    assert "There is a location north already." in page
    assert Event.objects.get(kind="location_added").by == "owner"


# Messages.


def test_every_kind_has_a_page_with_its_words(tea, owner):
    tea.raises()
    for kind, (name, _when) in KINDS.items():
        page = owner.get(f"/settings/messages/{kind}")
        assert page.status_code == 200, kind
        assert name in page.content.decode()
        assert "SO-1" in page.content.decode() or "PO-1" in page.content.decode(), kind


def test_the_latest_one_is_real_and_others_are_made_of_the_latest_order(tea, owner, text):
    assert "Below is the latest one, as it was written." in text(owner, "/settings/messages/placed")
    page = text(owner, "/settings/messages/delayed")
    assert "None was sent lately." in page and "It takes longer than we told you" in page


def test_before_anybody_has_ordered(shop, owner, text):
    assert "Nothing to show yet" in text(owner, "/settings/messages/placed")
    assert owner.get("/settings/messages/placed/preview").status_code == 404


def test_the_preview_may_stand_in_our_frame_and_run_nothing(tea, owner):
    answer = owner.get("/settings/messages/placed/preview")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy and "sandbox" in policy
    assert "script-src" not in policy
    assert "http://" not in re.sub(r"http://www.w3.org|http://schemas|urn:", "", answer.content.decode())
    page = owner.get("/settings/messages/placed")
    assert page["X-Frame-Options"] == "DENY" and "style-src 'self'" in page["Content-Security-Policy"]
    assert re.search(r"<iframe[^>]* sandbox[ >]", page.content.decode())


def test_a_mail_loads_nothing_from_elsewhere(tea, owner):
    said = owner.get("/settings/messages/placed/preview").content.decode()
    assert "googleapis" not in said and "@import" not in said and "<link" not in said


def test_what_a_customer_is_called_runs_nothing(shop, owner):
    shop.sells("TEA")
    from onorder.actions import orders

    new = orders.NewOrder(
        "X-1", orders.NewCustomer("x", "x@mail.example", "<script>alert(1)</script>"), [orders.NewLine("TEA", 1)]
    )
    orders.place(new, by="storefront", now=shop.now)
    for path in ("/settings/messages/placed", "/settings/messages/placed/preview"):
        assert "<script>alert" not in owner.get(path).content.decode()


def test_what_suppliers_read_is_full_of_costs(tea, log_in):
    tea.raises()
    support, buyer = log_in(Role.SUPPORT), log_in(Role.BUYER)
    assert support.get("/settings/messages/purchase_order").status_code == 404
    assert support.get("/settings/messages/purchase_order/preview").status_code == 404
    assert "To suppliers" not in support.get("/settings/messages").content.decode()
    assert buyer.get("/settings/messages/purchase_order").status_code == 200


def test_what_did_not_get_through_is_sent_again(tea, owner, log_in, text):
    Message.objects.update(state="failed", note="no such mailbox", attempts=1)
    page = text(owner, "/settings/messages")
    assert "Order received to the customer SO-1 no such mailbox" in page
    assert "Send again" not in text(log_in(Role.WAREHOUSE), "/settings/messages")
    owner.post(f"/settings/messages/{Message.objects.get().pk}/again")
    assert Message.objects.get().state == "queued"
    assert "On its way" in text(owner, "/settings/messages")
    Message.objects.update(state="failed")
    answer = owner.post("/settings/messages/again", follow=True)
    assert "1 message is sent again." in answer.content.decode()


def test_a_mail_to_test_with(shop, owner, mailoutbox, settings):
    answer = owner.post("/settings/messages/test", follow=True)
    assert "has no e-mail address" in answer.content.decode()
    User.objects.update(email="alice@shop.example")
    answer = owner.post("/settings/messages/test", follow=True)
    assert "A test mail went to alice@shop.example." in answer.content.decode()
    assert mailoutbox[0].to == ["alice@shop.example"]


def test_what_the_mail_server_says_is_said(shop, owner, monkeypatch):
    def refuse(self):
        raise OSError("connection refused")

    monkeypatch.setattr(django_mail.EmailMessage, "send", refuse)
    User.objects.update(email="alice@shop.example")
    page = owner.post("/settings/messages/test", follow=True).content.decode()
    assert "OSError: connection refused" in page


# Whether it adds up.


def test_everything_adds_up(tea, owner, text):
    assert "Laws that hold at every instant" in text(owner, "/settings/integrity")
    assert "Everything adds up." in owner.post("/settings/integrity/check").content.decode()


def test_what_does_not_is_named(tea, owner):
    StockLevel.objects.update(waiting=7)
    page = owner.post("/settings/integrity/check").content.decode()
    assert re.search(r"\d+ things? breaks? a law|break a law", page)
    assert "<code>level:" in page


# The first minutes.


def test_who_comes_first_opens_the_shop(db):
    User.objects.create_superuser("alice", password="sell before you stock")
    client = Client()
    client.post("/login", {"username": "alice", "password": "sell before you stock"})
    assert client.get("/")["Location"] == "/settings/open"
    page = client.post("/settings/open/do", {"name": "Alice's", "currency": "XXQ", "time_zone": "Europe/London"})
    assert "is not known" in page.content.decode()
    said = {"name": "Alice's", "currency": "gbp", "time_zone": "Europe/London", "country": "GB", "email": ""}
    assert client.post("/settings/open/do", said)["Location"] == "/"
    shop = Shop.objects.get()
    assert (shop.name, shop.currency, shop.time_zone, shop.locale) == ("Alice's", "GBP", "Europe/London", "en_GB")
    assert Event.objects.get(kind="shop_opened").by == "alice"
    assert client.get("/settings/open")["Location"] == "/settings/shop"
    assert "This database has a shop already" in client.post("/settings/open/do", said, follow=True).content.decode()


def test_before_there_is_one_every_page_of_it_says_so(db):
    User.objects.create_superuser("alice", password="sell before you stock")
    client = Client()
    client.post("/login", {"username": "alice", "password": "sell before you stock"})
    assert client.get("/settings/shop")["Location"] == "/settings/open"
    for path in ("/settings", "/settings/people", "/settings/locations", "/account", "/settings/messages"):
        assert client.get(path).status_code == 200, path
