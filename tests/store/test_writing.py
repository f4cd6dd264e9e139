"""A customer chooses how they are written to, and how often: by their link, without an account and without script."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import expect

from onorder.models import Customer, Event, Message, Shop
from tests.looking import wrong_with
from tests.store.conftest import plain

TEXT = {"way": "text", "number": "07400 123456", "pace": "daily"}


@pytest.fixture
def texts(settings, tmp_path):
    """Somebody carries text messages, and the shop lets customers choose them."""
    settings.TEXTS_URL = f"folder://{tmp_path}"
    Shop.objects.update(takes_texts=True)


@pytest.fixture
def ordered(shop):
    shop.sells("TEA", here=1)
    shop.order({"TEA": 1})
    return shop


def chosen():
    return Customer.objects.values_list("by_email", "by_text", "text_number", "pace").get()


def happened():
    return Event.objects.filter(kind="messages_chosen").count()


def test_by_text_message_at_most_once_a_day(ordered, texts, client, link):
    page = f"{link()}/messages"
    assert "How we write to you" in plain(client.get(link()))
    answer = client.post(page, TEXT, follow=True)
    assert "From now on we write to you like this." in plain(answer)
    assert chosen() == (False, True, "+447400123456", "daily")
    event = Event.objects.get(kind="messages_chosen")
    assert (event.by, event.subject) == ("customer", f"customer:{Customer.objects.get().pk}")
    assert "7400" not in str(event.data)
    assert 'value="+44 7400 123456"' in client.get(page).content.decode()


def test_sent_twice_it_is_chosen_once(ordered, texts, client, link):
    for _ in range(2):
        assert client.post(f"{link()}/messages", TEXT).status_code == 302
    assert happened() == 1


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "That is not the number of a mobile phone."),
        ("call me", "That is not the number of a mobile phone."),
        ("020 7946 0958", "That is not the number of a mobile phone."),  # Rings on a desk.
        ("0909 8790 000", "That is not the number of a mobile phone."),  # The shop would pay dearly.
        ("+44 7400 1234", "That is not the number of a mobile phone."),
        ("+44" + "7" * 38, "at most 40 characters"),
    ],
)
def test_a_number_that_takes_no_texts_is_refused_and_changes_nothing(ordered, texts, client, link, number, why):
    before = chosen()
    answer = client.post(f"{link()}/messages", TEXT | {"number": number})
    assert answer.status_code == 422
    assert why in plain(answer)
    assert (chosen(), happened()) == (before, 0)


def test_the_phone_that_they_gave_is_suggested(ordered, texts, client, link):
    Customer.objects.update(phone="07400 123456")
    assert 'value="07400 123456"' in client.get(f"{link()}/messages").content.decode()
    client.post(f"{link()}/messages", TEXT | {"number": "", "way": "both"})
    assert chosen() == (True, True, "+447400123456", "daily")


@pytest.mark.parametrize("is_set_up", [True, False])
def test_texts_are_offered_only_if_somebody_carries_them_and_the_shop_wants_them(
    ordered, client, link, settings, tmp_path, is_set_up
):
    settings.TEXTS_URL = f"folder://{tmp_path}" if is_set_up else ""
    Shop.objects.update(takes_texts=not is_set_up)
    page = plain(client.get(f"{link()}/messages"))
    assert "By text message" not in page and "How often?" in page
    assert client.post(f"{link()}/messages", TEXT | {"pace": "at_once"}).status_code == 302
    assert chosen() == (True, False, "", "at_once")


def test_whoever_has_no_address_is_not_offered_mail(ordered, texts, client, link):
    Customer.objects.update(email="", by_email=False, by_text=True, text_number="+447400123456")
    assert "By e-mail" not in plain(client.get(f"{link()}/messages"))
    Shop.objects.update(takes_texts=False)
    answer = client.post(f"{link()}/messages", {"pace": "at_once"})
    assert answer.status_code == 422
    assert "This shop sends no text messages." in plain(answer)


def test_what_is_no_choice_is_refused(ordered, texts, client, link):
    for wrong in ({"pace": "hourly"}, {"way": "pigeon"}, {"pace": ""}):
        assert client.post(f"{link()}/messages", TEXT | wrong).status_code == 422
    assert happened() == 0


def test_without_a_link_or_a_token_against_forgery_nothing_is_chosen(ordered, texts, link):
    assert Client(enforce_csrf_checks=True).post(f"{link()}/messages", TEXT).status_code == 403
    assert Client().post(f"{link()}x/messages", TEXT).status_code == 404
    assert happened() == 0


def test_who_cannot_be_reached_reads_so(ordered, client, link):
    assert "come back" not in plain(client.get(link()))
    Customer.objects.update(email_bounced_at=ordered.now)
    assert "Our mails to you come back." in plain(client.get(link()))


def test_what_went_two_ways_is_shown_once(ordered, client, link):
    message = Message.objects.get()
    Message.objects.create(
        event=message.event, kind="placed", customer=message.customer, channel="text", state="sent", due_at=ordered.now
    )
    assert plain(client.get(link())).count("We have your order") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_without_script(lasting_shop, link, opens, settings, tmp_path, scheme):
    settings.TEXTS_URL = f"folder://{tmp_path}"
    Shop.objects.update(takes_texts=True)
    lasting_shop.sells("TEA", here=1)
    lasting_shop.order({"TEA": 1})
    page = opens(link(), role=None, width=390, scheme=scheme, script=False)
    page.get_by_role("link", name="How we write to you").click()
    page.get_by_label("By text message").check()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not the number of a mobile phone.")
    opens.wrong.clear()  # The browser notes that the form was refused.
    page.get_by_label("Your mobile number").fill("07400 123456")
    page.get_by_label("Each step at once").check()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("status")).to_have_text("From now on we write to you like this.")
    assert chosen() == (False, True, "+447400123456", "at_once")


def test_it_fits_and_can_be_read_by_everybody(lasting_shop, link, opens, settings, tmp_path):
    settings.TEXTS_URL = f"folder://{tmp_path}"
    Shop.objects.update(takes_texts=True)
    lasting_shop.sells("TEA", here=1)
    lasting_shop.order({"TEA": 1})
    for scheme in ("light", "dark"):
        page = opens(f"{link()}/messages", role=None, width=320, scheme=scheme)
        assert wrong_with(page) == []


def test_whoever_gets_no_texts_reads_it_and_gives_another_number(ordered, texts, client, link):
    Customer.objects.update(by_text=True, text_number="+447400123456", text_bounced_at=ordered.now)
    page = plain(client.get(link()))
    assert "Our text messages do not reach you, so we write by e-mail. Give us another number" in page
    assert "123456" not in page  # Whoever holds the link need not learn it here.
    client.post(f"{link()}/messages", TEXT | {"number": "07400 654321"})
    assert Customer.objects.get().text_bounced_at is None
    assert "do not reach you" not in plain(client.get(link()))


def test_the_same_number_again_is_believed(ordered, texts, client, link):
    client.post(f"{link()}/messages", TEXT)
    Customer.objects.update(email="", text_bounced_at=ordered.now)
    assert "Our text messages do not reach you. Give us another number" in plain(client.get(link()))
    client.post(f"{link()}/messages", TEXT)
    assert Customer.objects.get().text_bounced_at is None
