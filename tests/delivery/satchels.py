"""A shop that sells satchels and straps, and the last of the messages that it wrote."""

from __future__ import annotations

from datetime import date, timedelta

from onorder.actions import amending, consent, messages, orders, payments, purchasing
from onorder.actions.answers import Said
from onorder.delivery import mail
from onorder.models import Message, Product, Variant
from onorder.models import Shop as ShopRow
from onorder.queue import setup as settings
from onorder.rules.lifecycle import ShippingPolicy


def sells_satchels(shop):
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
