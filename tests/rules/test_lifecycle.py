from __future__ import annotations

import pytest

from onorder.rules.lifecycle import (
    MESSAGE_STEPS,
    OPEN,
    PURCHASE_ORDER_STEPS,
    RECEIVABLE,
    RETURN_STEPS,
    MessageState,
    PurchaseOrderState,
    ReturnState,
)

S = PurchaseOrderState
LIFECYCLES = [
    pytest.param(
        PURCHASE_ORDER_STEPS, PurchaseOrderState, S.DRAFT, {S.CLOSED, S.REJECTED, S.CANCELLED}, id="purchase order"
    ),
    pytest.param(
        RETURN_STEPS,
        ReturnState,
        ReturnState.REQUESTED,
        {ReturnState.RESTOCKED, ReturnState.WRITTEN_OFF, ReturnState.REFUSED},
        id="return",
    ),
    pytest.param(
        MESSAGE_STEPS,
        MessageState,
        MessageState.QUEUED,
        {MessageState.GATHERED},
        id="message",
    ),
]


def reachable(steps, first):
    found, before = {first}, set()
    while found != before:
        before = set(found)
        found |= {target for sources, target in steps.values() if sources & before}
    return found


@pytest.mark.parametrize(("steps", "states", "first", "terminal"), LIFECYCLES)
def test_every_state_can_be_reached_from_the_first(steps, states, first, terminal):
    assert reachable(steps, first) == set(states)


@pytest.mark.parametrize(("steps", "states", "first", "terminal"), LIFECYCLES)
def test_exactly_the_terminal_states_have_no_way_out(steps, states, first, terminal):
    assert set(states) - {source for sources, _ in steps.values() for source in sources} == terminal


@pytest.mark.parametrize(("steps", "states", "first", "terminal"), LIFECYCLES)
def test_steps_are_between_known_states_and_cannot_be_changed(steps, states, first, terminal):
    for sources, target in steps.values():
        assert sources | {target} <= set(states)
        assert isinstance(sources, frozenset)
    with pytest.raises(TypeError):
        steps["forged"] = (frozenset({first}), first)


@pytest.mark.parametrize(
    ("step", "sources", "target"),
    [
        ("queued", {S.DRAFT}, S.QUEUED),
        ("held back", {S.QUEUED}, S.DRAFT),
        ("sent", {S.QUEUED, S.BOUNCED}, S.SENT),
        ("bounced", {S.SENT}, S.BOUNCED),
        ("reminded", {S.SENT}, S.SENT),
        ("confirmed", {S.SENT, S.CONFIRMED}, S.CONFIRMED),
        ("received in part", {S.SENT, S.BOUNCED, S.CONFIRMED, S.PART_RECEIVED}, S.PART_RECEIVED),
        ("closed", {S.SENT, S.BOUNCED, S.CONFIRMED, S.PART_RECEIVED}, S.CLOSED),
        ("rejected", {S.SENT, S.CONFIRMED}, S.REJECTED),
        ("taken back", {S.DRAFT, S.QUEUED}, S.CANCELLED),
        ("cancelled", {S.DRAFT, S.QUEUED, S.SENT, S.BOUNCED, S.CONFIRMED}, S.CANCELLED),
    ],
)
def test_the_steps_of_a_purchase_order(step, sources, target):
    assert PURCHASE_ORDER_STEPS[step] == (sources, target)


def test_a_purchase_order_counts_as_incoming_exactly_until_it_is_over():
    assert set(S) - OPEN == {S.CLOSED, S.REJECTED, S.CANCELLED}


def test_wherever_goods_may_arrive_they_can_be_booked():
    assert PURCHASE_ORDER_STEPS["received in part"][0] == RECEIVABLE
    assert PURCHASE_ORDER_STEPS["closed"][0] == RECEIVABLE


def test_a_purchase_order_on_which_goods_arrived_cannot_be_cancelled_or_rejected():
    assert S.PART_RECEIVED not in PURCHASE_ORDER_STEPS["cancelled"][0] | PURCHASE_ORDER_STEPS["rejected"][0]
