"""What the messages say, and that what stands in a name stays a name."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import date, timedelta
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from babel import Locale
from django.core import mail as django_mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from onorder.actions import amending, consent, messages, orders, payments, purchasing, shipping
from onorder.actions.answers import Said
from onorder.delivery import documents, mail
from onorder.delivery.letters import NoSuchText, Words, clean, speaking
from onorder.models import Customer, Message, Order, Product, PurchaseOrder, Supplier, Variant
from onorder.models import Shop as ShopRow
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ShippingPolicy

TO_CUSTOMERS = {
    *("placed", "added", "swapped", "ordered", "delayed", "promised_anew", "arrived", "shipped", "cancelled"),
    *("refunded", "returned", "heartbeat", "lapsed", "link"),
}


@pytest.fixture
def shop(shop):
    """Alice sells satchels, of which two are here, and straps."""
    shop.sells("SAT", here=2, price=14900, cost=6150, supplier_sku="ML-7")
    shop.sells("STRAP", here=5, price=2450, cost=800)
    Product.objects.filter(name="Sat").update(name="Satchel")
    Variant.objects.filter(sku="SAT").update(name="green")
    return shop


def letter(kind, number="SO-1"):
    """The last message of a kind: (mail, its text, its HTML)."""
    key = Message.objects.filter(kind=kind).order_by("-pk").values_list("pk", flat=True).first()
    (written,) = mail.compose([key])
    html, _mime = written.alternatives[0]
    return written, written.body, html


def first_lines(text):
    """What one reads without scrolling: up to the first list."""
    return text.split("\n\n")[2]


def mixed(shop, **more):
    return shop.order({"SAT": 3, "STRAP": 1}, policy=ShippingPolicy.AS_AVAILABLE, **more)


def test_an_order_in_parts_says_what_ships_now_and_what_later_and_when(shop):
    mixed(shop, address="Bob\n4 Hill Street\nYork", shipping_minor=495)
    written, text, html = letter("placed")
    assert written.subject == "Order SO-1: thank you, we have it"
    assert first_lines(text) == "3 items can ship now. 1 item will follow, by Wed 1 April."
    now, later = text.split("Ships now\n")[1].split("Ships later\n")
    assert "2 × Satchel, green [SAT]  £298.00" in now
    assert "1 × Strap [STRAP]  £24.50\n      by Tue 3 March" in now
    assert "1 × Satchel, green [SAT]  £149.00\n      by Wed 1 April" in later
    assert "Items: £471.50\nShipping: £4.95\nTotal: £476.45" in text
    assert "Goes to: Bob, 4 Hill Street, York" in text
    assert "Reply to this e-mail" in text
    for part in ("Ships now", "Satchel, green", "by Wed 1 April", "£476.45", "4 Hill Street", "Reply to this e-mail"):
        assert part in html


def test_an_order_that_is_all_here_speaks_of_nothing_to_follow(shop):
    shop.order({"SAT": 1})
    _written, text, html = letter("placed")
    assert first_lines(text) == "Everything is here. It ships by Tue 3 March."
    assert "later" not in text + html
    assert "follow" not in text + html


def test_an_order_that_goes_together_has_one_date(shop):
    shop.order({"SAT": 3, "STRAP": 1}, together=True)
    _written, text, _html = letter("placed")
    assert first_lines(text) == "It ships in one parcel, by Wed 1 April."
    assert "Ships now" not in text
    assert "3 × Satchel, green" in text


def test_units_added_are_told_with_what_was_there_before(shop):
    mixed(shop)
    orders.add("SO-1", "STRAP", 5, key="more", by="bob", now=shop.now)
    written, text, _html = letter("added")
    assert written.subject == "Order SO-1: 5 × Strap added"
    assert first_lines(text) == "4 items can ship now. 1 item will follow, by Wed 1 April."
    rest = text.split("The rest of your order")[1]
    assert "2 × Satchel, green [SAT]\n      here, set aside for you" in rest
    assert "1 × Strap" in rest
    assert "4 × Strap" not in rest


def test_what_is_on_order_says_when_it_is_expected_and_what_was_promised(shop):
    mixed(shop)
    number = shop.raises()
    written, text, _html = letter("ordered")
    assert written.subject == "Order SO-1: 1 × Satchel, green on order for you"
    assert "We expect to ship on Mon 16 March; at the latest, as we told you, on Wed 1 April." in first_lines(text)
    assert number not in text


def test_a_delay_says_the_old_day_the_new_day_and_the_choice(shop):
    mixed(shop)
    number = shop.raises()
    shop.answers(number, Said("SAT", on=(shop.now + timedelta(days=60)).date()))
    written, text, _html = letter("delayed")
    assert written.subject.startswith("Order SO-1: it will be later, by ")
    assert first_lines(text).startswith("We are sorry. 1 × Satchel, green will ship by ")
    assert first_lines(text).endswith(", not by Wed 1 April as we told you.")
    assert ", was Wed 1 April" in text
    assert "If you would rather not wait, reply to this e-mail" in text


def test_what_was_swapped_is_told_with_what_it_replaces(shop):
    mixed(shop)
    orders.swap("SO-1", "SAT", "STRAP", 1, key="k", by="dora", now=shop.now)
    written, text, _html = letter("swapped")
    assert written.subject == "Order SO-1: 1 × Strap instead"
    assert first_lines(text) == "Everything is here. It ships by Tue 3 March."
    assert "Instead of\n  1 × Satchel, green [SAT]" in text
    rest = text.split("Also set aside for you")[1]
    assert "2 × Satchel, green" in rest and "1 × Strap" in rest


def test_another_day_is_told_with_the_reason_that_was_given(shop):
    mixed(shop)
    orders.promise_anew("SO-1", "SAT", date(2026, 4, 20), why="The mill\nis closed", by="dora", now=shop.now)
    written, text, html = letter("promised_anew")
    assert written.subject == "Order SO-1: a new day, by Mon 20 April"
    assert first_lines(text) == "3 × Satchel, green will ship by Mon 20 April."
    assert "The mill is closed" in text and "The mill is closed" in html
    assert "by Mon 20 April, was Wed 1 April" in text
    assert "If you would rather not wait" in text
    orders.promise_anew("SO-1", "SAT", date(2026, 3, 30), why="Sooner", by="dora", now=shop.now)
    assert "rather not wait" not in letter("promised_anew")[1]


def test_what_arrived_says_what_is_still_to_come(shop):
    shop.order({"SAT": 5}, policy=ShippingPolicy.AS_AVAILABLE)
    number = shop.raises()
    shop.receives(number, {"SAT": 1})
    written, text, _html = letter("arrived")
    assert written.subject == "Order SO-1: 1 × Satchel, green arrived"
    assert first_lines(text).endswith("is packed next. 2 items will follow, by Wed 1 April.")
    shop.receives(number, {"SAT": 2})
    _written, text, html = letter("arrived")
    assert first_lines(text) == "2 × Satchel, green complete your order. It is packed next."
    assert "to come" not in text + html


def test_what_arrived_for_an_order_that_goes_together_waits_for_the_rest(shop):
    shop.sells("BELT")
    shop.order({"SAT": 3, "BELT": 1}, together=True)
    shop.receives(shop.raises(), {"SAT": 1})
    assert "ships together with the rest of your order, by Wed 1 April" in first_lines(letter("arrived")[1])


def test_a_parcel_says_what_is_in_it_and_what_follows(shop):
    mixed(shop)
    shipping.ship([shipping.Parcel("SO-1", "DHL", "JD 0146")], by="wendy", now=shop.now)
    written, text, html = letter("shipped")
    assert written.subject == "Order SO-1: a parcel is on its way, more will follow"
    expected = "A parcel with 3 items has left us, with DHL. 1 item is still to come, by Wed 1 April."
    assert first_lines(text) == expected
    assert expected in html
    parcel, to_come = text.split("In this parcel\n")[1].split("Still to come\n")
    assert "2 × Satchel, green" in parcel
    assert "1 × Satchel, green [SAT]\n      by Wed 1 April" in to_come
    assert "Tracking number: JD 0146" in text


def test_the_last_parcel_completes_the_order_and_nothing_is_still_to_come(shop):
    mixed(shop)
    number = shop.raises()
    shop.ships("SO-1")
    shop.receives(number, {"SAT": 1})
    shop.ships("SO-1")
    written, text, html = letter("shipped")
    assert written.subject == "Order SO-1: your parcel is on its way"
    assert first_lines(text).endswith("That completes your order.")
    assert "to come" not in text + html


def test_a_message_tells_what_was_the_case_at_its_event_however_late_it_leaves(shop):
    mixed(shop)
    number = shop.raises()
    shop.ships("SO-1")
    parcel = Message.objects.get(kind="shipped").pk
    at_once = mail.compose([parcel])[0]
    shop.receives(number, {"SAT": 1})
    shop.ships("SO-1")
    orders.add("SO-1", "STRAP", 9, key="more", by="bob", now=shop.now)
    shop.cancels("SO-1")
    late = mail.compose([parcel])[0]
    assert (late.subject, late.body) == (at_once.subject, at_once.body)
    assert "1 item is still to come" in late.body


def test_a_cancelled_part_says_what_remains(shop):
    mixed(shop)
    shop.cancels("SO-1", {"SAT": 1})
    written, text, _html = letter("cancelled")
    assert written.subject == "Order SO-1: 1 × Satchel, green cancelled"
    assert first_lines(text) == (
        "We have cancelled 1 × Satchel, green. 3 items are set aside for you, to be packed next."
    )
    assert "paid" not in text
    payments.capture("SO-1", 100, key="c", by="stripe", now=shop.now)
    assert "What you have paid for it we pay back" in letter("cancelled")[1]


def test_a_cancelled_order_has_nothing_to_come(shop):
    mixed(shop)
    shop.cancels("SO-1")
    written, text, html = letter("cancelled")
    assert written.subject == "Order SO-1: cancelled"
    assert "to come" not in text + html


def test_money_back_says_how_much(shop):
    mixed(shop)
    payments.capture("SO-1", 5000, key="c", by="stripe", now=shop.now)
    payments.refund("SO-1", 1250, key="r", by="alice", now=shop.now)
    written, text, _html = letter("refunded")
    assert written.subject == "Order SO-1: £12.50 on its way back to you"
    assert first_lines(text).startswith("We have paid back £12.50")


def test_goods_that_came_back_are_thanked_for(shop):
    shop.order({"SAT": 2})
    shop.ships("SO-1")
    shop.takes_back("SO-1", "SAT", 1)
    assert first_lines(letter("returned")[1]) == "We have 1 × Satchel, green back. Thank you for sending it."


def everything(shop):
    """A day on which every kind of message is written."""
    mixed(shop)
    number = shop.raises()
    shop.ships("SO-1")
    orders.add("SO-1", "STRAP", 1, key="more", by="bob", now=shop.now)
    purchasing.remind(number, by="worker", now=shop.now)
    shop.answers(number, Said("SAT", on=(shop.now + timedelta(days=60)).date()))
    amending.amend(number, {"SAT": 4}, why="", by="ben", now=shop.now)
    shop.receives(number, {"SAT": 1})
    shop.ships("SO-1")
    shop.takes_back("SO-1", "SAT", 1)
    payments.capture("SO-1", 5000, key="c", by="stripe", now=shop.now)
    payments.refund("SO-1", 1250, key="r", by="alice", now=shop.now)
    shop.order({"SAT": 40})
    shop.cancels("SO-2", {"SAT": 1})
    orders.swap("SO-2", "SAT", "STRAP", 1, key="instead", by="dora", now=shop.now)
    orders.promise_anew("SO-2", "SAT", date(2026, 6, 1), why="the mill is closed", by="dora", now=shop.now)
    amending.cancel(shop.raises(), why="", by="ben", now=shop.now)
    Message.objects.update(state="sent", sent_at=shop.now)
    messages.keep_in_touch("MAIN", by="worker", now=shop.now + timedelta(days=14))
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    orders.promise_anew("SO-2", "STRAP", date(2026, 9, 1), why="no leather", by="dora", now=shop.now)
    consent.lapse("SO-2", by="worker", now=shop.now + timedelta(days=90))
    messages.send_link("SO-1", "so-1@mail.example", by="customer", now=shop.now)


def test_no_message_to_a_customer_says_backorder_or_names_a_supplier(shop):
    everything(shop)
    keys = list(Message.objects.filter(supplier=None).values_list("pk", flat=True))
    told = mail.compose(keys)
    assert set(Message.objects.filter(supplier=None).values_list("kind", flat=True)) == TO_CUSTOMERS
    for written in told:
        for part in (written.subject, written.body, written.alternatives[0][0]):
            assert "backorder" not in part.lower()
            assert "ACME" not in part
            assert "PO-" not in part


def test_no_message_to_a_supplier_names_a_customer(shop):
    everything(shop)
    Customer.objects.update(name="Dora Waits", email="dora@mail.example")
    keys = list(Message.objects.exclude(supplier=None).values_list("pk", flat=True))
    kinds = set(Message.objects.filter(pk__in=keys).values_list("kind", flat=True))
    assert kinds == {"purchase_order", "amendment", "reminder", "cancellation"}
    for written in mail.compose(keys):
        whole = written.message().as_string()
        papers = [content for _name, content, _type in written.attachments]
        pages = "".join(text_of(paper) for paper in papers if isinstance(paper, bytes) and paper.startswith(b"%PDF"))
        for part in (whole, pages, written.body, str(papers)):
            assert "Dora" not in part
            assert "SO-" not in part


def text_of(paper):
    return "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)


def test_a_purchase_order_carries_its_papers(shop):
    mixed(shop)
    number = shop.raises()
    written, text, _html = letter("purchase_order")
    assert written.subject == f"Purchase order {number} from Alice's"
    assert written.to == ["ACME Ltd <acme@maker.example>"]
    assert first_lines(text) == "We order 1 unit for £61.50, to be delivered to Alice's."
    assert "1 × Satchel, green [ML-7 (ours: SAT)]  £61.50" in text
    (pdf, csv) = written.attachments
    assert (pdf[0], pdf[2], csv[0], csv[2]) == (f"{number}.pdf", "application/pdf", f"{number}.csv", "text/csv")
    assert "ML-7" in text_of(pdf[1])
    sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
    csv_part = list(sent.iter_attachments())[1].get_payload(decode=True)
    assert csv_part.decode("utf-8-sig").splitlines() == (
        documents.purchase_order_csv(PurchaseOrder.objects.get().pk).splitlines()
    )
    assert csv_part.startswith(BOM_UTF8)  # Or a spreadsheet reads "Zoë" as "ZoÃ«".


def test_an_amendment_says_what_changed_and_carries_the_whole_order(shop):
    mixed(shop)
    number = shop.raises()
    amending.amend(number, {"SAT": 4}, why="", by="ben", now=shop.now)
    written, text, _html = letter("amendment")
    assert written.subject == f"Purchase order {number} from Alice's: amendment 1"
    assert "still to come: 4 instead of 1" in text
    assert "Amendment" in text_of(written.attachments[0][1])


def test_a_purchase_order_called_off_before_it_left_says_so_first(shop):
    mixed(shop)
    amending.cancel(shop.raises(), why="", by="ben", now=shop.now)
    written, text, _html = letter("purchase_order")
    assert first_lines(text) == "We have called this order off since. Please deliver nothing on it."
    assert "1 × Satchel" in text
    assert "deliver nothing" in text_of(written.attachments[0][1])
    _written, text, _html = letter("cancellation")
    assert first_lines(text).startswith("Please do not deliver the 1 unit that was still to come")


def test_headers_say_who_it_is_from_and_that_nobody_typed_it(shop, settings):
    settings.DEFAULT_FROM_EMAIL = "Post <orders@bags.example>"
    mixed(shop)
    written, _text, _html = letter("placed")
    sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
    assert sent["From"] == "Alice's <orders@bags.example>"
    assert sent["Reply-To"] == "Alice's <alice@shop.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"].endswith("@bags.example>")
    assert sent["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_without_an_address_of_the_shop_nobody_is_asked_to_reply_to_it(shop):
    ShopRow.objects.update(email="")
    mixed(shop)
    assert letter("placed")[0].reply_to == []


def test_every_message_has_its_own_id_and_keeps_it(shop):
    everything(shop)
    keys = list(Message.objects.values_list("pk", flat=True))
    first = [written.message()["Message-ID"] for written in mail.compose(keys)]
    again = [written.message()["Message-ID"] for written in mail.compose(keys)]
    assert first == again
    assert len(set(first)) == len(keys)


WICKED = "Bob\r\nBcc: eve@x.example\n<script>alert(1)</script> \u202egnp.exe {{ letter }} &amp; %(what)s \x08"


def test_nothing_in_a_name_becomes_a_header_markup_or_a_placeholder(shop):
    mixed(shop)
    shop.raises()
    Customer.objects.update(name=WICKED)
    Product.objects.update(name=WICKED)
    Supplier.objects.update(name=WICKED)
    ShopRow.objects.update(name=WICKED)
    for key in Message.objects.values_list("pk", flat=True):
        (written,) = mail.compose([key])
        sent = message_from_bytes(written.message().as_bytes(), policy=policy.default)
        assert sent["Bcc"] is None
        assert written.recipients() == written.to
        assert len(sent["To"].addresses) == len(sent["From"].addresses) == 1
        assert "Bob Bcc: eve@x.example <script>" in sent["To"].addresses[0].display_name
        html = written.alternatives[0][0]
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "{{ letter }} &amp;amp; %(what)s" in html
        assert "\u202e" not in html + written.body
        assert "\x08" not in html + written.body
        assert "\nBcc" not in written.body


def test_a_line_break_in_an_order_number_starts_no_header(shop):
    shop.order({"SAT": 1})
    Order.objects.update(number="SO-1\nBcc: eve@x.example")
    django_mail.get_connection("django.core.mail.backends.locmem.EmailBackend").send_messages([letter("placed")[0]])
    (sent,) = django_mail.outbox
    assert sent.subject == "Order SO-1 Bcc: eve@x.example: thank you, we have it"
    assert sent.message()["Bcc"] is None


def test_a_kind_without_a_text_is_refused_by_name(shop):
    mixed(shop)
    Message.objects.update(kind="gossip")
    with pytest.raises(NoSuchText, match="gossip"):
        letter("gossip")


def compose_everything():
    keys = list(Message.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as queries:
        told = mail.compose(keys)
    return len(queries), len(told)


def test_hundreds_of_messages_cost_the_statements_of_one_of_each(shop):
    everything(shop)
    few = compose_everything()
    for _ in range(100):
        mixed(shop)
    shop.raises()
    many = compose_everything()
    assert many[1] >= few[1] + 200
    assert few[0] == many[0] <= 10


@pytest.mark.parametrize(
    ("wanted", "locale", "day"),
    [
        (("en_GB",), "en_GB", "Fri 5 December"),
        (("en-US",), "en_US", "Fri, December 5"),
        (("", "en_GB"), "en_GB", "Fri 5 December"),
        (("de_DE", "en_GB"), "de_DE", "Fr 5. Dezember"),
        (("fr_FR", "en_GB"), "en_GB", "Fri 5 December"),  # There are no French texts, but the shop speaks English.
        (("fr_FR",), "en_FR", "Fri 5 December"),
        (("klingon", "en"), "en_GB", "Fri 5 December"),
        ((), "en_GB", "Fri 5 December"),
    ],
)
def test_a_message_speaks_one_language(wanted, locale, day):
    from datetime import date

    with speaking(wanted, date(2025, 12, 1)) as words:
        assert str(words.locale) == locale
        assert words.day(date(2025, 12, 5)) == day


def test_a_day_that_has_gone_by_is_not_promised_again():
    from datetime import date

    words = Words(Locale("en", "GB"), date(2026, 1, 13))
    assert words.by([date(2026, 1, 13)]) == "by Tue 13 January"
    assert words.by([date(2026, 1, 12)]).startswith("later than Mon 12 January")
    assert words.by([date(2026, 1, 20), None]).startswith("on a day that we will tell you")


def test_clean_keeps_one_line_of_what_can_be_read():
    assert clean("  Zoë\u2028\t Müller\x7f\r\n東京 \U0001f45c ") == "Zoë Müller 東京 \U0001f45c"
