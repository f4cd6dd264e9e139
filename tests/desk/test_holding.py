"""Holding an order from the desk: who may, where it stands then, and the way back."""

from __future__ import annotations

import pytest

from onorder.actions import shipping
from onorder.desk.rights import Role
from onorder.models import Order
from onorder.queries import today
from onorder.queries.today import Kind


@pytest.fixture
def mugs(shop):
    """Monday: SO-1 and SO-2 could leave."""
    shop.sells("MUG", here=9)
    shop.order({"MUG": 2})
    shop.order({"MUG": 1})
    return shop


@pytest.fixture
def held(mugs):
    shipping.hold("SO-1", "address in doubt", by="dora", now=mugs.now)
    return mugs


def said(answer):
    return answer.content.decode()


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.SUPPORT, Role.OWNER])
def test_who_packs_and_who_sells_hold_and_release(mugs, log_in, text, role):
    somebody = log_in(role)
    assert "Hold…" in text(somebody, "/orders/SO-1")
    answer = somebody.post("/orders/SO-1/hold/do", {"reason": "away", "words": "until Monday"}, follow=True)
    assert "#SO-1 is held: The customer is away: until Monday." in said(answer)
    assert 'action="/orders/SO-1/release"' in said(answer)  # The way back, beside the sentence.
    page = text(somebody, "/orders/SO-1")
    assert "Held: The customer is away: until Monday. Nothing of it leaves until somebody releases it." in page
    assert f", {role}" in page and "Hold…" not in page
    answer = somebody.post("/orders/SO-1/release", follow=True, HTTP_REFERER="http://testserver/orders/SO-1")
    assert "#SO-1 is released, and goes in its turn." in said(answer)
    assert "Nothing of it leaves" not in text(somebody, "/orders/SO-1")


@pytest.mark.parametrize("role", [Role.BUYER, Role.READER])
def test_others_see_why_and_touch_nothing(held, log_in, text, role):
    somebody = log_in(role)
    assert "Held: address in doubt." in text(somebody, "/orders/SO-1")
    for page in ("/orders/SO-1", "/parcels?show=held"):
        assert "/release" not in said(somebody.get(page))
    assert somebody.post("/orders/SO-1/release").status_code == 403
    assert Order.objects.get(number="SO-1").held_at


def test_another_reason_is_given_in_words(mugs, log_in):
    wendy = log_in(Role.WAREHOUSE)
    answer = wendy.post("/orders/SO-1/hold/do", {"reason": "other"})
    assert "Say why, for whoever looks at it next." in said(answer)
    wendy.post("/orders/SO-1/hold/do", {"reason": "other", "words": "wrong colour in stock"})
    assert Order.objects.get(number="SO-1").held_why == "wrong colour in stock"


def test_whoever_packs_goes_on_with_the_others(mugs, log_in):
    wendy = log_in(Role.WAREHOUSE)
    asked = said(wendy.get("/orders/SO-1/hold?to=parcels"))
    assert 'href="/parcels/SO-1"' in asked
    answer = wendy.post("/orders/SO-1/hold/do", {"reason": "address", "to": "parcels"})
    assert answer["Location"] == "/parcels"


def test_what_happened_meanwhile_is_said_instead(mugs, log_in):
    last = mugs.events("placed")[0].pk
    mugs.ships("SO-1")
    form = {"reason": "address", "last": last}
    assert "A parcel left" in said(log_in(Role.SUPPORT).post("/orders/SO-1/hold/do", form))
    assert not Order.objects.filter(held_at__isnull=False).exists()


def test_held_ones_stand_on_a_chip_of_their_own(held, log_in, text):
    wendy = log_in(Role.WAREHOUSE)
    page = text(wendy, "/parcels")
    assert "#SO-1" not in page and "#SO-2" in page and "Held 1" in page
    page = text(wendy, "/parcels?show=held")
    assert "#SO-1 Buyer of SO-1 address in doubt" in page and "dora" in page and "#SO-2" not in page
    file = b"".join(wendy.get("/parcels?show=held&as=csv").streaming_content).decode()
    assert "SO-1,Buyer of SO-1,address in doubt" in file
    wendy.post("/orders/SO-1/release")
    assert "Held" not in text(wendy, "/parcels")
    assert "Nothing is held" in text(wendy, "/parcels?show=held")


def test_shipping_several_leaves_it_out_and_says_so(held, log_in):
    wendy = log_in(Role.WAREHOUSE)
    answer = wendy.post("/parcels/ship", {"order": ["SO-1", "SO-2"]}, follow=True)
    assert "1 parcel has left: 1 unit. 1 had left already, wait again, or are held." in said(answer)
    answer = wendy.post("/parcels/ship", {"one": "SO-1"}, follow=True)
    assert "Nothing leaves while it is held: SO-1 (address in doubt)." in said(answer)


def kinds(shop):
    return [task.kind for task in today.tasks(now=shop.now)]


def test_after_two_working_days_somebody_should_look(held, log_in, text):
    """Held on Monday: Tuesday and Wednesday pass, on Thursday it is too long."""
    for _ in range(2):
        held.wait(days=1)
        assert Kind.HELD not in kinds(held)
    held.wait(days=1)
    (task,) = [task for task in today.tasks(now=held.now) if task.kind == Kind.HELD]
    assert (task.subject, task.name, task.n) == ("SO-1", "address in doubt", 2)
    page = text(log_in(Role.SUPPORT), "/")
    assert "#SO-1 is held: address in doubt. Nothing of it leaves." in page
    assert page.index("Nothing of it leaves") < page.index("For somebody else")
    shipping.release("SO-1", by="dora", now=held.now)
    assert Kind.HELD not in kinds(held)


def test_a_weekend_is_no_working_day(mugs):
    mugs.wait(days=4)  # Friday.
    shipping.hold("SO-1", "address in doubt", by="dora", now=mugs.now)
    for days, is_late in ((3, False), (1, False), (1, True)):  # Monday, Tuesday, Wednesday.
        mugs.wait(days=days)
        assert (Kind.HELD in kinds(mugs)) == is_late
