"""What people do to each other's accounts at one moment, and the twin that shows what a missing lock would cost."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from django.contrib.auth.models import Group, User

from onorder.actions import people
from onorder.models import Person
from onorder.rules.entering import Role
from tests.races.processes import at_once, without_turns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owners(lasting_shop):
    """Alice and Ben own the shop."""
    for name in ("alice", "ben"):
        user = User.objects.create_user(name, password="x")
        user.groups.add(Group.objects.get_or_create(name=Role.OWNER)[0])
    return lasting_shop


def each_other(shop):
    return [
        partial(people.deactivate, "ben", by="alice", now=shop.now),
        partial(people.set_roles, "alice", ["reader"], by="ben", now=shop.now),
    ]


def one_stays(done):
    assert [one.failed for one in done if one.failed] == []
    assert Counter(one.refused for one in done) == {"": 1, "last_owner": 1}
    assert User.objects.filter(is_active=True, groups__name=Role.OWNER).count() == 1


def test_of_two_owners_who_send_each_other_away_one_stays(owners):
    one_stays(at_once(*each_other(owners)))


def test_its_twin_is_lost(owners):
    done = at_once(*each_other(owners), disarm=without_turns)
    with pytest.raises(AssertionError):
        one_stays(done)


def test_a_code_lets_in_one_of_four(owners):
    Person.objects.create(user=User.objects.get(username="ben"), code_salt="salt", code_since=owners.now)
    done = at_once(*[partial(people.enter, "ben", step=7, by="ben", now=owners.now) for _ in range(4)])
    assert [one.failed for one in done if one.failed] == []
    assert Counter(one.refused for one in done) == {"": 1, "code_used": 3}


def test_one_address_is_invited_once(owners):
    invite = partial(people.invite, "Wendy", "wendy@shop.example", ["warehouse"], by="alice", now=owners.now)
    done = at_once(*[invite] * 4)
    assert [one.failed for one in done if one.failed] == []
    assert Counter(one.refused for one in done) == {"": 1, "address_taken": 3}
