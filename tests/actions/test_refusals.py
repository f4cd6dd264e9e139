"""Every action says what is wrong and what to do, and leaves the database as it was."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from onorder.actions import (
    amending,
    answers,
    cancellations,
    catalog,
    messages,
    orders,
    payments,
    people,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.actions import shop as shops
from onorder.errors import OnOrderError
from onorder.models import Message, Person
from onorder.rules.lifecycle import Accept
from tests.actions.refused import of_customers, of_supply, of_the_shop
from tests.actions.refused.charlie import NOW
from tests.fingerprint import fingerprint
from tests.shop import Shop

#: What somebody tries, and what they must be told. SO-1 waits for tea and got a mug; PO-1 is sent; PO-2 is a draft;
#: PO-3 is queued, for a supplier without an e-mail address.
SUBJECTS = (of_customers, of_supply, of_the_shop)
TRIES = {what: tried for subject in SUBJECTS for what, tried in subject.TRIES.items()}


@pytest.fixture
def busy_shop(furnished, db):
    """Bob waits for tea, which is on a sent purchase order; another purchase order is a draft."""
    return furnished


@pytest.fixture(scope="module")
def furnished(built_once):
    shop = Shop()
    alice, _ben, dora = (
        User.objects.create_user(name, f"{name}@shop.example", "x", first_name=name.title())
        for name in ("alice", "ben", "dora")
    )
    alice.groups.add(Group.objects.get_or_create(name="owner")[0])
    Person.objects.create(user=alice, code_salt="salt", code_since=NOW, code_step=5)
    User.objects.filter(pk=dora.pk).update(is_active=False)
    shop.supplier("IDLE")
    shop.sells("TEA")
    shop.sells("MUG", here=1)
    shop.supplier("ASKS", suppliers.Policy(order_weekdays="4", sends_itself=False))
    shop.sells("CUP", supplier="ASKS")
    shop.supplier("SHY", email="")
    shop.sells("BOX", supplier="SHY")
    shop.sells("JAR", supplier=None)
    shop.sells("POT")
    catalog.put_variants([catalog.NewVariant("TIN", "tin", "Tin", 1, "GBP", barcode="111")], by="alice", now=shop.now)
    shop.order({"TEA": 3}, together=True)
    shop.raises()
    shop.order({"CUP": 1}, number="SO-C")
    shop.now = datetime(2026, 3, 6, 18, tzinfo=UTC)
    assert shop.fires("ASKS").state == "draft"
    shop.order({"BOX": 1}, number="SO-B")
    Message.objects.filter(kind="purchase_order").update(state="failed", note="no such mailbox")
    assert purchasing.raise_order("SHY", by="ben", now=shop.now).number == "PO-3"
    shop.terms(sku="CUP", accept=Accept.NEVER)
    shop.terms(sku="POT", longest_wait_days=3)
    shop.order({"MUG": 1}, number="SO-M")
    shipping.hold("SO-C", "a doubt", by="dora", now=shop.now)
    payments.capture("SO-1", 500, key="paid", by="bob", now=shop.now)
    return shop


@pytest.mark.parametrize("what", TRIES)
def test_it_is_refused_with_a_sentence_and_nothing_changes(busy_shop, what):
    attempt, sentence = TRIES[what]
    before = fingerprint()
    with pytest.raises(OnOrderError) as refusal:
        attempt()
    assert sentence in str(refusal.value)
    assert str(refusal.value).endswith(".")
    assert type(refusal.value).code != OnOrderError.code
    assert fingerprint() == before


def test_every_action_is_tried_with_something_wrong():
    """All of them but those that nobody can give anything wrong."""
    source = "".join(Path(subject.__file__).read_text() for subject in SUBJECTS)
    modules = (
        amending,
        answers,
        cancellations,
        catalog,
        messages,
        orders,
        payments,
        people,
        purchasing,
        receiving,
        return_decisions,
        returns,
        shipping,
        stock,
    )
    for module in (*modules, suppliers, shops):
        for name, action in vars(module).items():
            if inspect.isfunction(action) and action.__module__ == module.__name__ and not name.startswith("_"):
                assert f".{name}(" in source or name in {"put_suppliers", "send_link"}, (
                    f"{module.__name__}.{name} is never refused"
                )
