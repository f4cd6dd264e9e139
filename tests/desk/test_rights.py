"""Nobody sees anything without a login; each role does what it may, and nothing else, on every URL there is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from onorder.actions import payments
from onorder.desk.rights import RIGHTS, Right, Role
from onorder.desk.urls import urlpatterns
from onorder.models import CardNotice, Collection, Customer, OrderLine, Payout, Receipt, Return

#: What is no page and does nothing to the shop.
OTHERS = {"theme", "health"}
#: An example for each part of a URL that stands for something.
EXAMPLES = {"supplier": "ACME", "number": "PO-1", "order": "SO-1", "sku": "TEA", "key": 1, "parcel": "PARCEL-1"}
EXAMPLES |= {"slug": "love"}
EXAMPLES |= {"person": "owner", "session": "x", "kind": "placed", "language": "en"}
VIEWS = [pattern for pattern in urlpatterns if pattern.name not in OTHERS]


def url(pattern):
    examples = EXAMPLES | {
        name: model.objects.order_by("pk").values_list("pk", flat=True).first() or 1
        for name, model in (
            *(("customer", Customer), ("receipt", Receipt), ("line", OrderLine)),
            *(("payout", Payout), ("notice", CardNotice)),
        )
    }
    examples["returned"] = Return.objects.order_by("pk").values_list("number", flat=True).first() or "R-1"
    return reverse(pattern.name, kwargs={name: examples[name] for name in pattern.pattern.converters})


@pytest.fixture
def one_of_each(shop):
    shop.sells("TEA")
    shop.order({"TEA": 3})
    shop.receives(shop.raises(), {"TEA": 1})
    shop.order({"TEA": 2})
    Collection.objects.create(slug="love", name="Love Takes Time")
    shop.finds({"TEA": 4})
    shop.ships("SO-1")
    shop.gets_back(shop.asks_back("SO-1", {"TEA": 1}))
    payments.capture("SO-1", 500, key="stripe:pi_1", by="stripe", now=shop.now)
    payments.refund("SO-1", 100, key="r", by="dora", now=shop.now)
    heard = {"at": shop.now, "heard_at": shop.now, "currency": "GBP"}
    CardNotice.objects.create(reference="evt", name="x", concern="unknown", **heard)
    return shop


def test_every_view_says_whom_it_is_for():
    for pattern in urlpatterns:
        assert pattern.name in OTHERS or getattr(pattern.callback, "way", None) in ("page", "does"), pattern.name


def test_nobody_without_a_login(one_of_each):
    for pattern in VIEWS:
        for answer in (Client().get(url(pattern)), Client().post(url(pattern))):
            assert answer.status_code == 302, pattern.name
            assert answer["Location"].startswith("/login"), pattern.name


@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_it_may(role, one_of_each, log_in):
    """Pages first: what is done by a form of another may change what they show."""
    for pattern in sorted(VIEWS, key=lambda pattern: pattern.callback.way == "does"):
        _try(pattern, log_in(role), RIGHTS[role])


def _try(pattern, client, rights):
    view = pattern.callback
    ask, other = (client.get, client.post) if view.way == "page" else (client.post, client.get)
    answer = ask(url(pattern))
    if not view.rights or view.rights & rights:
        assert answer.status_code in (200, 302, 422), (pattern.name, answer)
    else:
        assert answer.status_code == 403, pattern.name
        assert "Not yours to do" in answer.content.decode(), pattern.name
    assert other(url(pattern)).status_code == 405, pattern.name


def test_what_a_form_does_needs_its_token(one_of_each, log_in):
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = log_in(Role.OWNER).cookies
    for pattern in VIEWS:
        if pattern.callback.way == "does":
            assert guarded.post(url(pattern)).status_code == 403, pattern.name


def test_support_never_sees_costs_and_the_warehouse_never_refunds():
    assert Right.SEE_COSTS not in RIGHTS[Role.SUPPORT] | RIGHTS[Role.WAREHOUSE]
    assert Right.REFUND not in RIGHTS[Role.WAREHOUSE] | RIGHTS[Role.BUYER]
    assert Right.PEOPLE in RIGHTS[Role.OWNER]
    assert not any(Right.PEOPLE in RIGHTS[role] for role in Role if role is not Role.OWNER)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.WAREHOUSE])
def test_no_page_shows_a_cost_to_who_may_not_see_it(role, shop, log_in):
    """Costs here are figures that nothing else has."""
    shop.sells("TEA", cost=7_391_043, price=50_000_000, breaks=((100, 7_387_029),))
    shop.order({"TEA": 3})
    shop.raises()
    shop.order({"TEA": 2})
    figures = (7_391_043, 7_387_029, 3 * 7_391_043, 2 * 7_391_043)  # So long that no random mark has them in it.
    secrets = [form.format(figure / 100) for figure in figures for form in ("{:,.2f}", "{:.2f}")]
    secrets += [str(figure) for figure in figures]
    for pattern in VIEWS:
        if pattern.callback.way == "page":
            answer = log_in(role).get(url(pattern))
            said = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert not any(secret in said.decode(errors="ignore") for secret in secrets), pattern.name


def test_a_page_that_does_not_exist(client, buyer):
    assert b"Nothing here." in client.get("/nothing").content
    assert "There is no such page" in buyer.get("/nothing").content.decode()
