"""Every shape that a message of a kind can have: whatever may be missing in one is missing in one of these.

A text of the shop's own is written in all of them before it is stored, and people look at them beside the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from onorder.delivery import mail, paying, to_customers
from onorder.queries.messages import Change, CustomerNews, Item, News, OrderHead, Parcel, SupplierNews
from onorder.queries.papers import Paper, PaperLine, Recipient, Sender
from onorder.rules.lifecycle import PayBy, ShippingPolicy
from onorder.rules.wording import Texts

_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_DAY, _LATER = date(2026, 3, 20), date(2026, 4, 1)
_SHOP = Sender("OnOrder", "", "", "en_GB", ZoneInfo("UTC"), "OnOrder Ltd\nGB29 NWBK 6016 1331 9268 19")


@dataclass(frozen=True, slots=True)
class Shape:
    """One of them. `label` says what is special about it, and is marked for translation."""

    label: str
    news: News


def with_texts(news: News, language: str, texts: Texts) -> News:
    """The same message, in this language and these words."""
    to = news.to if mail.spoken(news) == language else replace(news.to, language=language)
    return replace(news, to=to, own={language: texts})


def made_up(kind: str) -> News:
    """A message of this kind, where there is no real one to make it of."""
    if kind in to_customers.KINDS:
        items = (_item(1, "Satchel", 2, 1, _DAY), _item(2, "Strap", 0, 1, _LATER))
        address, policy = "Bob\n4 Hill Street\nYork", ShippingPolicy.AS_AVAILABLE
        head = OrderHead(0, "SO-1", "GBP", address, policy, 2, 495, 100, True, pays_by=PayBy.TRANSFER)
        changes = tuple(Change(item.line, 1, item.told_on, _DAY) for item in items)
        to, parcel = Recipient("Bob", "bob@mail.example"), Parcel("P-1", "Post", "JD 0146")
        pay_by = _LATER if kind in paying.BILLS else None
        made = CustomerNews(1, 1, kind, _AT, _SHOP, to, head, items, changes, 1, parcel, 1_250, back="R-1")
        return replace(made, pay_by=pay_by)
    line = PaperLine("ML-7", "SAT", "Satchel", 6, 6_150, _DAY)
    maker = Recipient("ACME Ltd", "acme@maker.example")
    paper = Paper(1, "PO-1", 1, "GBP", _DAY, _SHOP, maker, "", 30, "Main", "1 Lane\nTown", (line,))
    return SupplierNews(1, 1, kind, _AT, _SHOP, maker, paper, 1, (("SAT", 3, 6),), 6)


def told_apart(news: News) -> list[Shape]:
    """The shapes of a message that a person would tell apart, with what stands in this one."""
    return list(_of_paper(news) if isinstance(news, SupplierNews) else _of_order(news))


def every(news: News) -> list[News]:
    """All of them: each that a person would tell apart, and each together with what is missing in any."""
    found: list[News] = []
    for shape in told_apart(news):
        one = shape.news
        if isinstance(one, SupplierNews):
            found.append(one)
            continue
        for name, policy, parcel in product((one.to.name, ""), ShippingPolicy, (one.parcel, None, Parcel("", "", ""))):
            head = replace(one.order, policy=policy, address="" if not name else one.order.address)
            found.append(replace(one, to=replace(one.to, name=name), order=head, parcel=parcel))
    return found


def _of_order(news: CustomerNews) -> Iterator[Shape]:
    first, day = news.items[0], news.shop.day(news.at) + timedelta(days=14)
    units = max(first.here + first.to_come + first.shipped, 1)
    coming = replace(first, here=0, to_come=units, shipped=0, told_on=first.told_on or day)
    here = replace(coming, here=units, to_come=0)
    if news.kind != "heartbeat":
        yield Shape(gettext_noop("Nothing is still to come"), _with(news, replace(here, here=0, shipped=units)))
        yield Shape(gettext_noop("All of it is here"), _with(news, here))
    yield Shape(gettext_noop("All of it is still to come"), _with(news, coming))
    yield Shape(gettext_noop("No day is known yet"), _with(news, replace(coming, told_on=None)))
    gone = news.shop.day(news.at) - timedelta(days=1)
    yield Shape(gettext_noop("The day has gone by"), _with(news, replace(coming, told_on=gone)))
    other = replace(coming, line=first.line + 1, name=f"{first.name} 2", told_on=day + timedelta(days=14))
    yield Shape(gettext_noop("Several products, each on its day"), _with(news, coming, other))
    if news.kind in paying.BILLS:
        by_card = replace(news.order, pays_by=PayBy.CARD)
        yield Shape(gettext_noop("It is paid by card"), replace(news, order=by_card))
    if news.to.name:
        yield Shape(gettext_noop("The customer gave no name"), replace(news, to=replace(news.to, name="")))


def _with(news: CustomerNews, *items: Item) -> CustomerNews:
    """The same event, about these lines and no others."""
    was = items[0].told_on - timedelta(days=7) if news.kind == "delayed" and items[0].told_on else None
    changes = tuple(Change(item.line, item.here + item.to_come or item.shipped, item.told_on, was) for item in items)
    return replace(news, items=items, changes=changes)


def _of_paper(news: SupplierNews) -> Iterator[Shape]:
    one = replace(news, paper=replace(news.paper, lines=news.paper.lines[:1], is_called_off=False), units=1)
    yield Shape(gettext_noop("One line"), one)
    off = replace(news, paper=replace(news.paper, is_called_off=True))
    yield Shape(gettext_noop("Called off before it left"), off)


def _item(line: int, name: str, here: int, to_come: int, told_on: date) -> Item:
    return Item(line, name.upper(), name, 14_900, here, to_come, 0, told_on)
