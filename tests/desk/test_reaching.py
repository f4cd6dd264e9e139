"""How customers are written to, at the desk: who cannot be reached, what came back, what somebody chose for them."""

from __future__ import annotations

import pytest

from onorder.actions import gathering
from onorder.desk.rights import Role
from onorder.models import Customer, Event, Message, Shop

BOB = "so-1@mail.example"


@pytest.fixture
def tea(shop):
    shop.sells("TEA", here=5)
    shop.order({"TEA": 1})
    shop.order({"TEA": 1})
    gathering.arrange(by="worker", now=shop.now)
    return shop


@pytest.fixture
def dora(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def texts(settings, tmp_path):
    settings.TEXTS_URL = f"folder://{tmp_path}"
    Shop.objects.update(takes_texts=True)


def comes_back(shop, *addresses):
    found = Customer.objects.filter(email__in=addresses)
    found.update(email_bounced_at=shop.now, email_bounced_why="The mail came back: 550 no such user")
    Message.objects.filter(customer__in=found).update(state="bounced", note="The mail came back: 550 no such user")


def key():
    return Customer.objects.get(reference=BOB).pk


def details(**more):
    return {"name": "Bob", "email": BOB, "phone": "", "language": ""} | more


def test_today_names_who_cannot_be_reached_and_leads_to_the_address(tea, dora, text):
    assert "comes back" not in text(dora, "/")
    comes_back(tea, BOB)
    page = text(dora, "/")
    assert "Mail to Buyer of SO-1 comes back, so they hear nothing." in page
    assert "did not get through" not in page  # One thing, named once.
    assert f'href="/customers/{key()}/correct"' in dora.get("/").content.decode()


def test_of_several_today_leads_to_their_list(tea, dora, text):
    comes_back(tea, BOB, "so-2@mail.example")
    assert "2 customers cannot be reached: mail to them comes back." in text(dora, "/")
    page = text(dora, "/customers?show=unreached")
    assert "Buyer of SO-1" in page and "Buyer of SO-2" in page
    Customer.objects.filter(reference=BOB).update(email_bounced_at=None)
    assert "Buyer of SO-1" not in text(dora, "/customers?show=unreached")
    Customer.objects.update(email_bounced_at=None)
    assert "Everybody can be reached" in text(dora, "/customers?show=unreached")


def test_the_address_is_corrected_and_what_came_back_leaves_again(tea, dora, text):
    comes_back(tea, BOB)
    page = text(dora, f"/customers/{key()}")
    assert f"Mail to {BOB} comes back, since Mon 2 Mar" in page
    assert "550 no such user" in page
    seen = dora.get(f"/customers/{key()}/correct").context["form"].seen
    dora.post(f"/customers/{key()}/correct/do", details(email="bob@right.example", seen=seen))
    message = Message.objects.get(customer=key())
    assert (message.state, message.attempts, Customer.objects.get(pk=key()).email_bounced_at) == ("queued", 0, None)
    assert "comes back" not in text(dora, f"/customers/{key()}")


def test_another_name_for_the_same_address_sends_nothing_again(tea, dora):
    comes_back(tea, BOB)
    seen = dora.get(f"/customers/{key()}/correct").context["form"].seen
    dora.post(f"/customers/{key()}/correct/do", details(name="Robert", seen=seen))
    assert Message.objects.get(customer=key()).state == "bounced"


def test_the_address_is_right_after_all(tea, dora):
    comes_back(tea, BOB)
    answer = dora.post(f"/customers/{key()}/again", follow=True)
    assert "1 message is sent again." in answer.content.decode()
    answer = dora.post(f"/customers/{key()}/again", follow=True)
    assert "They are written to again." in answer.content.decode()
    assert Event.objects.filter(kind="queued_again").count() == 1


WHY = "Nobody has this number (30005). Correct it, or write by e-mail."


def does_not_arrive(shop, *addresses, **more):
    """Texts to them were lost; a mail told them instead, if they have an address."""
    for customer in Customer.objects.filter(email__in=addresses):
        mail = Message.objects.get(customer=customer, channel="email")
        told_by = None if more.get("email") == "" else mail
        shared = {"event": mail.event, "kind": mail.kind, "customer": customer, "due_at": shop.now, "is_arranged": True}
        Message.objects.create(**shared, channel="text", state="bounced", note=WHY, carried_by=told_by)
        marked = {"text_bounced_at": shop.now, "text_bounced_why": WHY, "by_text": True, "text_number": "+447400123456"}
        Customer.objects.filter(pk=customer.pk).update(**marked, **more)


def test_today_names_to_whom_no_text_gets_through_and_leads_to_the_number(tea, dora, text):
    does_not_arrive(tea, BOB)
    page = text(dora, "/")
    assert "No text message to Buyer of SO-1 arrives, so they get mails." in page
    assert "did not get through" not in page  # A mail told it.
    assert f'href="/customers/{key()}/messages"' in dora.get("/").content.decode()
    does_not_arrive(tea, "so-2@mail.example")
    assert "2 customers get mails, because no text message to them arrives." in text(dora, "/")
    page = text(dora, "/customers?show=unreached")
    assert "Buyer of SO-1" in page and "Buyer of SO-2" in page and "no text arrives" in page


def test_today_is_louder_about_those_who_hear_nothing(tea, dora, text):
    does_not_arrive(tea, BOB, email="")
    page = text(dora, "/")
    assert "No text message to Buyer of SO-1 arrives, and there is no e-mail address: they hear nothing." in page
    assert "did not get through" not in page  # One thing, named once.
    assert "they hear nothing of it" in text(dora, "/orders/SO-1")
    does_not_arrive(tea, "so-2@mail.example", email="")
    said = "2 customers without an e-mail address hear nothing: no text message to them arrives."
    assert said in text(dora, "/")


def test_whoever_no_way_leads_to_is_named_once(tea, dora, text):
    does_not_arrive(tea, BOB)
    Customer.objects.filter(pk=key()).update(email_bounced_at=tea.now)
    page = text(dora, "/")
    assert "Mail to Buyer of SO-1 comes back, so they hear nothing." in page and "No text message" not in page
    assert "They hear nothing until" in text(dora, f"/customers/{key()}")


def test_a_text_that_did_not_arrive_and_that_nothing_tells_is_one_that_did_not_get_through(tea, dora, text):
    does_not_arrive(tea, BOB)
    Customer.objects.update(text_bounced_at=None)
    assert "did not get through" not in text(dora, "/")
    Message.objects.update(carried_by=None)
    assert "1 message did not get through." in text(dora, "/")


def test_the_customers_page_says_what_to_do_and_the_log_what_happened(tea, dora, text):
    does_not_arrive(tea, BOB)
    page = text(dora, f"/customers/{key()}")
    assert "No text message to +44 7400 123456 arrives, since Mon 2 Mar. Mails tell them instead" in page
    assert WHY in page and "Correct the number" in page
    assert "they hear nothing" not in text(dora, "/orders/SO-1").lower()
    page = text(dora, "/orders/SO-1")
    assert "Order received by text message did not arrive" in page
    assert f"{WHY} A mail tells it instead." in page
    assert "did not arrive" not in text(dora, "/settings/messages")  # It did get through.
    Message.objects.update(carried_by=None)
    assert f"did not arrive {WHY}" in text(dora, "/settings/messages")


def test_whoever_has_no_address_is_said_to_hear_nothing(tea, dora, text):
    does_not_arrive(tea, BOB, email="")
    page = text(dora, f"/customers/{key()}")
    assert "They hear nothing until there is a number that works, or an e-mail address" in page


def test_the_number_is_corrected_and_what_did_not_arrive_leaves_again(tea, dora, texts, text):
    does_not_arrive(tea, BOB, email="")
    path = f"/customers/{key()}/messages"
    seen = dora.get(path).context["form"].seen
    dora.post(f"{path}/set", {"way": "text", "number": "07400 654321", "pace": "", "seen": seen})
    found = Customer.objects.get(pk=key())
    assert (found.text_number, found.text_bounced_at, found.by_email) == ("+447400654321", None, False)
    assert Message.objects.get(customer=key(), channel="text").state == "queued"
    assert "No text message" not in text(dora, f"/customers/{key()}")


def test_the_number_is_right_after_all(tea, dora):
    does_not_arrive(tea, BOB, email="")
    answer = dora.post(f"/customers/{key()}/text-again", follow=True)
    assert "1 message is sent again." in answer.content.decode()
    answer = dora.post(f"/customers/{key()}/text-again", follow=True)
    assert "They are written to again." in answer.content.decode()
    assert Event.objects.filter(kind="queued_again").count() == 1


def test_a_reason_is_said_in_the_readers_language_if_it_is_ours(tea, dora):
    """What another program said stays as it is, and is never run."""
    does_not_arrive(tea, BOB)
    Message.objects.filter(channel="text").update(note="100 % <b>no</b> %(n)s {{ n }}", carried_by=None)
    Customer.objects.update(text_bounced_why="100 % <b>no</b> %(n)s")
    for path in ("/orders/SO-1", "/settings/messages", f"/customers/{key()}"):
        assert "100 % &lt;b&gt;no&lt;/b&gt; %(n)s" in dora.get(path).content.decode()


def test_the_order_says_what_came_back_and_what_waits(tea, dora, text):
    comes_back(tea, BOB)
    page = text(dora, "/orders/SO-1")
    assert "Mail to its customer comes back: they hear nothing of it." in page
    assert "Order received came back" in page
    message = Message.objects.get(customer__reference="so-2@mail.example")
    Message.objects.filter(pk=message.pk).update(state="waiting")
    assert "leaves Mon 2 Mar 09:00" in text(dora, "/orders/SO-2")
    Message.objects.create(
        event=message.event, kind="placed", customer=message.customer, channel="text", state="sent", due_at=tea.now
    )
    assert "Order received by text message" in text(dora, "/orders/SO-2")
    Message.objects.filter(pk=message.pk).update(state="gathered", carried_by=message.pk)
    assert "told with others" in text(dora, "/orders/SO-2")


def test_what_came_back_for_another_reason_is_sent_again_by_itself(tea, dora, text):
    Message.objects.filter(customer=key()).update(state="bounced", note="554 5.7.1 looks like spam")
    assert "1 message did not get through." in text(dora, "/")
    page = text(dora, "/settings/messages")
    assert "came back 554 5.7.1 looks like spam" in page
    message = Message.objects.get(customer=key())
    dora.post(f"/orders/SO-1/messages/{message.pk}/again")
    assert Message.objects.get(customer=key()).state == "queued"


def test_support_chooses_for_a_customer_and_takes_it_back(tea, dora, texts, text):
    path = f"/customers/{key()}/messages"
    seen = dora.get(path).context["form"].seen
    form = {"way": "both", "number": "07400 123456", "pace": "at_once", "seen": seen}
    answer = dora.post(f"{path}/set", form, follow=True)
    page = answer.content.decode()
    assert "From now on they are written to like this." in page and "Undo" in page
    shown = text(dora, f"/customers/{key()}")
    assert "E-mail and text message" in shown and "+44 7400 123456" in shown and "Each step at once" in shown
    assert "nothing was saved" in dora.post(f"{path}/set", form | {"pace": ""}).content.decode()  # Not seen.


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"way": "text", "number": "020 7946 0958"}, "That is not the number of a mobile phone."),
        ({"way": "pigeon"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_chosen_is_refused(tea, dora, texts, form, why):
    before = list(Customer.objects.values_list())
    assert why in dora.post(f"/customers/{key()}/messages/set", form).content.decode()
    assert list(Customer.objects.values_list()) == before


def test_a_shop_without_texts_offers_none(tea, dora):
    form = {"way": "text", "number": "07400 123456"}
    assert "This shop sends no text messages." in dora.post(f"/customers/{key()}/messages/set", form).content.decode()


def test_the_owner_says_how_often_when_and_whether_by_text(shop, owner, settings, tmp_path, text):
    assert "At most one message a day, unless they choose otherwise" in text(owner, "/settings/messages")
    page = owner.get("/settings/messages/how")
    assert "set ONORDER_TEXTS_URL first" in page.content.decode()
    settings.TEXTS_URL = f"folder://{tmp_path}"
    page = owner.get("/settings/messages/how")
    assert "ONORDER_TEXTS_URL" not in page.content.decode() and "arrive" not in page.content.decode()
    settings.TEXTS_URL = "twilio://AC1:token@api.twilio.com"
    assert "set ONORDER_URL to an address that begins with https" in text(owner, "/settings/messages/how")
    settings.PUBLIC_URL = "https://shop.example"
    assert "What does not arrive by text message is told by e-mail" in text(owner, "/settings/messages/how")
    settings.TEXTS_URL = f"folder://{tmp_path}"
    form = {"pace": "at_once", "gathers_at": "17", "takes_texts": "on", "seen": page.context["form"].seen}
    owner.post("/settings/messages/how/set", form)
    assert Shop.objects.values_list("pace", "gathers_at", "takes_texts").get() == ("at_once", 17, True)
    assert "They may choose text messages." in text(owner, "/settings/messages")
    owner.post("/settings/messages/how/set", form | {"seen": owner.get("/settings/messages/how").context["form"].seen})
    assert Event.objects.filter(kind="message_ways_changed").count() == 1
    assert owner.post("/settings/messages/how/set", form | {"gathers_at": "24"}).status_code == 200
    assert Shop.objects.get().gathers_at == 17


def test_an_hour_that_is_none_is_refused_below_the_page_too():
    from onorder.actions.shop import MessageWays
    from onorder.errors import BadInput

    with pytest.raises(BadInput, match="24 is none of the day"):
        MessageWays(gathers_at=24)


def test_what_a_message_reads_like_as_a_text(tea, owner, text):
    page = text(owner, "/settings/messages/placed")
    assert "As a text message Alice's: Order SO-1" not in page  # The latest is shown.
    assert "As a text message Alice's: Order SO-2: thank you, we have it." in page
    assert "It is sent as 1 text." in page
    assert "As a text message" not in text(owner, "/settings/messages/link")
