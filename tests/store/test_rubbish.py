"""Whatever is posted to the customer's side: it is answered, nobody sees an error, and nothing is done by accident."""

from __future__ import annotations

import os
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from onorder import access
from onorder.access import Purpose
from onorder.actions import orders, payments
from onorder.actions.shop import PaymentWays, set_payment_ways
from onorder.models import Event, Guesses, Order, PurchaseOrder, Shipment
from onorder.models import Shop as ShopRow
from onorder.queries import invariants
from onorder.queue import setup as settings
from onorder.store.urls import urlpatterns
from tests.fingerprint import fingerprint
from tests.store.conftest import open_store
from tests.store.test_checkout import WHO, opened

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
PURPOSES = {
    "store.delay": Purpose.DELAY,
    "store.return": Purpose.RETURN,
    "store.return-label": Purpose.RETURN,
    "store.pay": Purpose.PAY,
    "store.supply": Purpose.SUPPLY,
}
#: Every field that a form of the store has.
FIELDS = (
    *("sku", "units", "step", "sheet", *WHO, "phone", "way", "number", "reply", "notices", "seen", "address"),
    *("u0", "u1", "units_0", "units_1", "reason", "words", "wants", "key", "on", "tracking", "everywhere", "language"),
)
#: What no form sends, in any field.
VALUES = {
    "nothing": "",
    "a space": " ",
    "a zero byte": "a\0b",
    "less than nothing": "-1",
    "a part of one": "0.5",
    "not a number": "NaN",
    "a very large one": "9" * 400,
    "one that no column holds": str(2**63),
    "digits of another alphabet": "٣",
    "half a sign": "\udce9",
    "signs that are not seen": "\u200b\u202e\ufeff",
    "lines": "a\r\nBcc: eve@x.example\r\n\r\n.",
    "markup": "<script>alert(1)</script>{{ 7*7 }}{% now %}",
    "a statement": "'; DROP TABLE onorder_order; --",
    "a list": "[1, 2]",
    "much": "ä" * 100_000,
}
#: Every so many of them in one field, others in the next; deep, each in each.
STRIDE = 1 if os.environ.get("ONORDER_HYPOTHESIS") == "deep" else 4
#: What is no form at all: its type and its body.
BODIES = {
    "nothing": (FORM, b""),
    "bytes": (FORM, bytes(range(256)) * 20),
    "bytes that are no text": (FORM, b"sku=%ff%fe&units=%80&email=%c3%28&address=%ed%a0%80"),
    "no names": (FORM, b"=&=&&&=1&;;"),
    "two thousand fields": (FORM, b"&".join(b"f%d=1" % n for n in range(2_000))),
    "four million bytes": (FORM, b"address=" + b"a" * 4_000_000),
    "json": ("application/json", b'{"sku": "MUG", "units": 1}'),
    "broken json": ("application/json", b"{"),
    "no type": ("", b"sku=MUG"),
    "a type of nothing": ("x/y; charset=nonsense", b"sku=MUG"),
    "another encoding": (f"{FORM}; charset=utf-7", b"sku=+AE0-"),
    "parts without a boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "parts that never end": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="sku"\r\n',
    ),
    "a part without a name": (PARTS, b"--x\r\n\r\nMUG\r\n--x--\r\n"),
}


@pytest.fixture
def busy(shop):
    """By the law of the Union: SO-1 is late, partly out, and its customer may still change or send back all of it."""
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    shop.sells("TEA")
    shop.sells("MUG", here=9)
    open_store()
    set_payment_ways(PaymentWays(True, "IBAN GB29", True), by="alice", now=shop.now)
    shop.order({"TEA": 2, "MUG": 1})
    payments.capture("SO-1", 1_500, key="paid", by="psp", now=shop.now)
    shop.ships("SO-1")
    shop.order({"TEA": 1, "MUG": 1})
    shop.raises()
    day = shop.line("SO-1", "TEA").promised_on + timedelta(days=30)
    orders.promise_anew("SO-1", "TEA", day, why="flood", by="dora", now=shop.now)
    return shop


def address(pattern, shop):
    """Where a page of the store is for whoever has a link to an order of theirs."""
    name = pattern.name
    order = Order.objects.get(number="SO-2" if name.startswith("journey") else "SO-1").pk
    known = {"token": access.token(order, shop.now.date(), PURPOSES.get(name, Purpose.JOURNEY)), "back": "R-1"}
    if name in ("journey.came", "journey.missing"):
        known["token"] = access.token(Order.objects.get(number="SO-1").pk, shop.now.date())
    if name == "store.supply":
        known["token"] = access.token(PurchaseOrder.objects.get().pk, shop.now.date(), Purpose.SUPPLY)
    known |= {"parcel": Shipment.objects.values_list("number", flat=True).get()}
    known |= {"sku": "MUG", "slug": "love", "handle": "mug", "name": "0123456789abcdef.webp"}
    return reverse(name, kwargs={part: known.get(part, "1") for part in parts_of(pattern)})


def parts_of(pattern):
    """What stands in its address for something else."""
    return pattern.pattern.converters or pattern.pattern.regex.groupindex


def forget_the_turns():
    """Nobody waits because somebody tried before: here everything is looked at."""
    Guesses.objects.all().delete()


def answered(answer):
    """Something a person can read, and no error of ours."""
    assert answer.status_code < 500, answer
    forget_the_turns()


def posted(fields):
    """A form as the bytes of these fields, each once, or as often as it has values; half a sign stays half a one."""
    return urlencode(fields, doseq=True, errors="surrogateescape").encode()


#: A button, and nothing to fill in, says what it says whatever comes with it.
WITH_FIELDS = [pattern for pattern in urlpatterns if pattern.name != "journey.came"]


@pytest.mark.parametrize("pattern", WITH_FIELDS, ids=lambda pattern: pattern.name)
def test_what_is_no_form_is_answered_and_changes_nothing(busy, pattern):
    where, client = address(pattern, busy), Client()
    before = fingerprint()
    for kind, body in BODIES.values():
        answered(client.generic("POST", where, body, content_type=kind))
    assert fingerprint() == before


@pytest.mark.parametrize("pattern", WITH_FIELDS, ids=lambda pattern: pattern.name)
def test_rubbish_in_every_field_is_answered_and_changes_nothing(busy, pattern):
    where, client = address(pattern, busy), Client()
    before = fingerprint()
    for value in VALUES.values():
        answered(client.post(where, posted(dict.fromkeys(FIELDS, value)), content_type=FORM))
    answered(client.post(where, {field: ContentFile(b"a file where words belong", "f") for field in FIELDS}))
    assert fingerprint() == before


def good(shop, client, name):
    """What a form of this page says that is sent as it is."""
    last = Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return {
        "find": lambda: {"number": "SO-1", "email": "so-1@mail.example"},
        "store.basket-add": lambda: {"sku": "MUG", "units": "1"},
        "store.basket-change": lambda: {"sku": "MUG", "units": "2", "step": ""},
        "store.order": lambda: {**WHO, **opened(client), "phone": "1", "way": "together", "more": "2nd floor"},
        "journey.address": lambda: {"address": "12 New Lane", "seen": f"{last}"},
        "journey.parcels": lambda: {"way": "together", "seen": f"{last}"},
        "journey.cancel": lambda: {"u0": "1", "u1": "0", "seen": f"{last}"},
        "journey.came": dict,
        "journey.missing": lambda: {"words": "not in the letter box"},
        "journey.messages": lambda: {"way": "email", "number": "", "pace": "daily"},
        "store.pay": dict,
        "store.supply": lambda: {"on": f"{shop.now.date()}", "tracking": "ZX 1"},
        "store.account": lambda: {"email": "so-1@mail.example"},
        "store.account-open": dict,
        "store.account-details": lambda: {"name": "Ann", "phone": "1", "language": "en"},
        "store.account-leave": lambda: {"everywhere": "yes"},
        "store.delay": lambda: {"reply": "kept", "notices": f"{shop.line('SO-1', 'TEA').pk}.1"},
        "store.return": lambda: {"units_0": "1", "reason": "faulty", "words": "", "wants": "refund", "key": "k"},
    }[name]()


FORMS = {
    *("find", "store.basket-add", "store.basket-change", "store.order", "store.delay", "store.return"),
    *("journey.address", "journey.parcels", "journey.cancel", "journey.came", "journey.missing", "journey.messages"),
    *("store.pay", "store.supply"),
    *("store.account", "store.account-open", "store.account-details", "store.account-leave"),
}
TAKE_FORMS = [pattern for pattern in urlpatterns if pattern.name in FORMS]


@pytest.mark.parametrize("pattern", TAKE_FORMS, ids=lambda pattern: pattern.name)
def test_one_field_of_rubbish_in_a_good_form_is_answered_and_breaks_nothing(busy, pattern):
    where, client = address(pattern, busy), Client()
    form = good(busy, client, pattern.name)
    for place, field in enumerate(form):
        answered(client.post(where, posted({name: said for name, said in form.items() if name != field}), FORM))
        for value in list(VALUES.values())[place % STRIDE :: STRIDE]:
            answered(client.post(where, posted(form | {field: value}), FORM))
        for twice in ([form[field], "-1"], ["-1", form[field]]):
            answered(client.post(where, posted(form | {field: twice}), FORM))
    assert list(invariants.broken()) == []


def test_every_form_of_the_store_is_tried(busy):
    """What takes a POST is in the list above: a page that is new says so here."""
    takes = {pattern.name for pattern in urlpatterns if Client().post(address(pattern, busy)).status_code != 405}
    words_of_providers = {"store.hook", "store.texts"}
    assert takes - words_of_providers == {pattern.name for pattern in TAKE_FORMS}


@pytest.mark.parametrize(
    "where", ["/find?x=a%00b", "/p/%00", "/badge/%00.json", "/j/%00", "/login?next=%00", "/c/a%00"]
)
def test_a_zero_byte_in_an_address_is_refused_before_anything_is_looked_up(busy, where, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get(where)
    assert answer.status_code == 400 and b"belongs in no text" in answer.content
    assert "default-src" in answer["Content-Security-Policy"]
