"""Every page behind a signed link, opened with every link that should open nothing: each says so, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from onorder import access
from onorder.access import Purpose
from onorder.actions import cancellations, orders, payments
from onorder.config.logs import WithoutLinks
from onorder.models import Order
from onorder.models import Shop as ShopRow
from onorder.queries.quote import quote
from onorder.queue import setup as settings
from tests.fingerprint import fingerprint as everything
from tests.store.conftest import plain

#: Each address, whose links open it, and how it answers all others.
ADDRESSES = {
    "/j/{}": (Purpose.JOURNEY, 404),
    "/j/{}/address": (Purpose.JOURNEY, 404),
    "/j/{}/parcels": (Purpose.JOURNEY, 404),
    "/j/{}/cancel": (Purpose.JOURNEY, 404),
    "/order/placed/{}": (Purpose.JOURNEY, 404),
    "/j/{}/messages": (Purpose.JOURNEY, 404),
    "/pay/{}": (Purpose.PAY, 404),
    "/d/{}": (Purpose.DELAY, 404),
    "/r/{}": (Purpose.RETURN, 410),
    "/r/{}/{back}": (Purpose.RETURN, 410),
}
POSTED = ["/j/{}/address", "/j/{}/parcels", "/j/{}/cancel", "/j/{}/messages", "/pay/{}", "/d/{}", "/r/{}"]
NOBODYS = 999_999  # No order has this key.


@pytest.fixture
def two(shop):
    """By the law of the Union: SO-1 was paid for, is late, partly out and partly coming back; SO-2 is another's."""
    ShopRow.objects.update(jurisdiction="EU")
    settings.changed()
    shop.sells("TEA")
    shop.sells("MUG", here=9)
    agreed = replace(quote({"TEA": 2, "MUG": 1}, now=shop.now).apart, words="I agree", language="en")
    for number in ("SO-1", "SO-2"):
        shop.order({"TEA": 2, "MUG": 1}, number=number, accepted=agreed)
        payments.capture(number, 1_500, key=number, by="psp", now=shop.now)
    shop.ships("SO-1")
    shop.back = shop.asks_back("SO-1", {"MUG": 1})
    day = shop.line("SO-1", "TEA").promised_on + timedelta(days=30)
    orders.promise_anew("SO-1", "TEA", day, why="flood", by="dora", now=shop.now)
    return shop


def fingerprint():
    """All that there is, but for how often somebody tried."""
    return {name: rows for name, rows in everything().items() if name != "onorder.Guesses"}


def token(shop, purpose, number="SO-1", days=0):
    """The link in a mail of so many days ago."""
    key = Order.objects.get(number=number).pk if number else NOBODYS
    return access.token(key, shop.now.date() - timedelta(days=days), purpose)


def other_purpose(purpose):
    return Purpose.RETURN if purpose != Purpose.RETURN else Purpose.JOURNEY


def parts(shop, purpose, number="SO-1"):
    """Order, last day and signature, as they stand in a link."""
    said, _, signature = token(shop, purpose, number).partition(".")
    order, _, until = said.partition("-")
    return order, until, signature


def put_together(order, until, signature):
    return f"{order}-{until}.{signature}"


def altered(place):
    """One part of a link that opens, with its first sign another one."""

    def spoil(shop, purpose):
        found = list(parts(shop, purpose))
        found[place] = ("1" if found[place][0] != "1" else "2") + found[place][1:]
        return put_together(*found)

    return spoil


def with_signature_of_another(shop, purpose):
    order, until, _ = parts(shop, purpose)
    return put_together(order, until, parts(shop, purpose, "SO-2")[2])


def never_ending(shop, purpose):
    order, _, signature = parts(shop, purpose)
    return put_together(order, "ffff", signature)


SPOILT = {
    "another order": altered(0),
    "another day": altered(1),
    "another signature": altered(2),
    "a day that never comes": never_ending,
    "signed for another order": with_signature_of_another,
    "for something else": lambda shop, purpose: token(shop, other_purpose(purpose)),
    "its time is over": lambda shop, purpose: token(shop, purpose, days=access.LASTS[purpose] + 1),
    "of an order that is gone": lambda shop, purpose: token(shop, purpose, number=""),
    "without a signature": lambda shop, purpose: "-".join(parts(shop, purpose)[:2]),
    "with an empty one": lambda shop, purpose: put_together(*parts(shop, purpose)[:2], ""),
    "only a signature": lambda shop, purpose: parts(shop, purpose)[2],
    "cut off": lambda shop, purpose: token(shop, purpose)[:-1],
    "with more behind it": lambda shop, purpose: f"{token(shop, purpose)}A",
    "in capitals": lambda shop, purpose: token(shop, purpose).upper(),
    "twice": lambda shop, purpose: f"{token(shop, purpose)}.{token(shop, purpose)}",
    "a number": lambda shop, purpose: "1",
    "other alphabets": lambda shop, purpose: "приве́т-日本.٣",
    "digits of other alphabets": lambda shop, purpose: put_together("١", *parts(shop, purpose)[1:]),
    "no text at all": lambda shop, purpose: "%ff%fe",
    "markup": lambda shop, purpose: "%3Cscript%3Ealert(1)",
    "very long": lambda shop, purpose: "a" * 6_000,
    "very long behind": lambda shop, purpose: token(shop, purpose) + "0" * 6_000,
}


def at(path, shop, link):
    return path.format(link, back=shop.back)


def is_kept_by_nobody(answer):
    assert "no-store" in answer["Cache-Control"] and answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert "sessionid" not in answer.cookies


def tells_nothing(answer, status, other):
    """The page for whom no link leads on: the same, whatever is wrong with the link, kept by nobody."""
    assert answer.status_code == status
    assert answer.content == other.content
    is_kept_by_nobody(answer)
    said = answer.content.decode()
    assert not any(word in said for word in ("SO-1", "SO-2", "Buyer", "mail.example", "Tea", "Mug", "Traceback"))
    assert "/find" in said


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_opens_nothing_says_so_and_tells_nothing(two, path):
    purpose, status = ADDRESSES[path]
    good, strange = Client().get(at(path, two, token(two, purpose))), Client().get(at(path, two, "x"))
    assert good.status_code in (200, 302)
    is_kept_by_nobody(good)
    before = fingerprint()
    for spoil in SPOILT.values():
        tells_nothing(Client().get(at(path, two, spoil(two, purpose))), status, strange)
    assert fingerprint() == before


@pytest.mark.parametrize("path", POSTED)
def test_and_nothing_is_done_by_it(two, path):
    purpose, status = ADDRESSES[path]
    given = {"reply": "cancelled", "notices": "1.1", "u0": "1", "address": "x", "way": "together", "units_0": "1"}
    before = fingerprint()
    for spoil in SPOILT.values():
        answer = Client().post(at(path, two, spoil(two, purpose)), given)
        assert answer.status_code == status
        assert "SO-1" not in answer.content.decode()
    assert fingerprint() == before


@pytest.mark.parametrize("path", ADDRESSES)
def test_it_opens_on_its_last_day_and_not_on_the_next(two, path):
    purpose, status = ADDRESSES[path]
    last, over = (Client().get(at(path, two, token(two, purpose, days=access.LASTS[purpose] + n))) for n in (0, 1))
    assert last.status_code in (200, 302) and over.status_code == status


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_log_has_a_link_in_it(two, path):
    """Whoever reads a log could follow an order; a link of yesterday is in it when somebody asked for too much."""
    link = token(two, ADDRESSES[path][0])
    for said in (f"Gone: {at(path, two, link)}", f"Bad: /anywhere?next={link}", f"{link} failed"):
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s", (said,), None)
        assert WithoutLinks().filter(record)
        assert link not in record.getMessage() and link.partition(".")[2] not in record.getMessage()


@pytest.mark.parametrize("path", ["/j/{}", "/d/{}", "/r/{}", "/order/placed/{}"])
def test_an_order_that_is_over_can_still_be_read(two, path):
    """The link in an old mail leads to how it ended, and brings nothing back."""
    cancellations.cancel("SO-2", by="dora", now=two.now)
    opened = Client().get(path.format(token(two, ADDRESSES[path][0], "SO-2")), follow=True)
    assert opened.status_code == 200 and "SO-2" in plain(opened)


@pytest.mark.parametrize("path", POSTED)
def test_what_is_sent_again_after_the_order_is_over_does_nothing(two, path):
    """Whatever the form of a page says when it is sent late: the goods and the money stay where they are."""
    purpose = ADDRESSES[path][0]
    where = path.format(token(two, purpose, "SO-2"))
    line, seen = two.line("SO-2", "TEA").pk, 10**6
    given = {"reply": "kept", "notices": f"{line}.1", "u0": "1", "u1": "1", "address": "x", "way": "together"}
    given |= {"seen": str(seen), "units_0": "1", "reason": "faulty", "wants": "refund", "key": "k"}
    cancellations.cancel("SO-2", by="dora", now=two.now)
    before = fingerprint()
    for _ in range(2):
        assert Client().post(where, given, follow=True).status_code in (200, 422)
    assert fingerprint() == before
