"""The buffer policy: edited with what it would do today at its side."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from onorder.actions import suppliers
from onorder.actions.suppliers import Policy
from onorder.desk.rights import Role
from onorder.queries.suppliers import supplier_policy
from onorder.rules.lifecycle import BelowMinimum
from tests.desk.test_catalogue import undo_of

FORM = {
    "minimum_units": "40",
    "minimum_value_minor": "",
    "settle_minutes": "0",
    "order_weekdays": ["4"],
    "cutoff": "17:00",
    "every_weeks": "1",
    "anchor_on": "",
    "time_zone": "UTC",
    "below_minimum": "order_anyway",
    "maximum_wait_days": "14",
    "sends_itself": "on",
    "undo_minutes": "0",
}


@pytest.fixture
def tea(shop):
    """A Monday: 34 units wait for ACME, which orders on Fridays or when there are 40."""
    shop.supplier("ACME", Policy(minimum_units=40, order_weekdays="4", maximum_wait_days=14))
    shop.sells("TEA", cost=250, minimum_quantity=12, order_multiple=12)
    shop.order({"TEA": 34})
    return shop


def policy():
    return Policy(**supplier_policy("ACME")[2])


def tried(buyer, **changes):
    """What the page says beside the form: by row, what is so now and what would be then."""
    page = buyer.post("/suppliers/ACME/policy/try", FORM | changes).content.decode()
    effects = page.partition('id="effects"')[2].partition("</div>")[0]
    cells = [re.sub(r"<[^>]+>|\s+", " ", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", effects, re.DOTALL)]
    return effects, [" ".join(cell.split()) for cell in cells]


def test_the_page_says_what_the_policy_does_today(tea, buyer, text):
    page = text(buyer, "/suppliers/ACME/policy")
    assert "Orders on Fridays at 17:00, or when 40 units wait; below the minimum it orders anyway;" in page
    assert "34 units wait. By the policy that holds, and by the new one What Now" in page
    assert "When it orders Fri 6 Mar 17:00 Buys 36 Costs £90.00 Surplus 2 Promises at risk 0" in page


def test_a_lower_minimum_fires_at_once(tea, buyer):
    effects, cells = tried(buyer, minimum_units="30")
    assert "Orders on Fridays at 17:00, or when 30 units wait" in effects
    assert cells[3:6] == ["When it orders", "Fri 6 Mar 17:00", "at once"]
    assert policy().minimum_units == 40  # Nothing was stored.


def test_a_top_up_says_what_it_buys_beyond(tea, buyer):
    _effects, cells = tried(buyer, minimum_units="60", below_minimum="top_up")
    assert cells[3:15] == [
        *("When it orders", "Fri 6 Mar 17:00", "Fri 6 Mar 17:00 topped up to the minimum"),
        *("Buys", "36", "60", "Costs", "£90.00", "£150.00", "Surplus", "2", "26"),
    ]


def test_waiting_longer_puts_promises_at_risk(tea, buyer):
    _effects, cells = tried(buyer, order_weekdays=[], maximum_wait_days="60")
    now, then = cells[-2:]
    assert (now, then) == ("0", "1")


def test_to_roll_over_ends_with_the_longest_wait(shop, buyer):
    rolls = Policy(minimum_units=40, order_weekdays="4", maximum_wait_days=14, below_minimum=BelowMinimum.ROLL)
    shop.supplier("ACME", rolls)
    shop.sells("TEA")
    shop.order({"TEA": 34})
    shop.wait(days=4, hours=9)  # Friday evening: the deadline has come, below the minimum.
    _effects, cells = tried(buyer, below_minimum="order_anyway")
    assert cells[4:6] == ["Mon 16 Mar 17:00 its order day rolled over", "at once"]


def test_the_same_is_the_same(tea, buyer):
    assert "The same as now." in tried(buyer)[0]


def test_an_empty_buffer_says_when_its_first_unit_would_be_ordered(shop, buyer):
    effects, _cells = tried(buyer, minimum_units="0", order_weekdays=["2"])
    assert "Nothing waits in its buffer now." in effects
    days = re.findall(r">([A-Z][a-z]{2} \d+ Mar 17:00)<", effects)
    assert days == ["Fri 6 Mar 17:00", "Wed 4 Mar 17:00"]


def test_it_is_saved_and_taken_back(tea, buyer, text):
    before = policy()
    answer = buyer.post(
        "/suppliers/ACME/policy/set",
        FORM | {"order_weekdays": ["0", "3"], "below_minimum": "ask", "approve_above_minor": "99.50"},
        follow=True,
    )
    assert policy() == Policy(
        minimum_units=40,
        order_weekdays="03",
        maximum_wait_days=14,
        below_minimum=BelowMinimum.ASK,
        approve_above_minor=9_950,
    )
    assert "ACME Ltd from now on: Orders on Mondays and Thursdays at 17:00" in answer.content.decode()
    assert "Its policy was changed" in text(buyer, "/suppliers/ACME")
    buyer.post(undo_of(answer))
    assert policy() == before


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        (
            {"order_weekdays": [], "maximum_wait_days": ""},
            "order_weekdays",
            "Choose order days, or write a longest wait: with neither, no customer can be told a day.",
        ),
        (
            {"below_minimum": "roll", "maximum_wait_days": ""},
            "maximum_wait_days",
            "Write a longest wait: else it could roll over for ever.",
        ),
        ({"every_weeks": "2"}, "anchor_on", "Choose a day in a week that counts."),
        ({"time_zone": "Nowhere/Town"}, "time_zone", "Write a zone such as Europe/London."),
        ({"cutoff": "five"}, "cutoff", "Write a time of day, such as 17:00."),
        ({"minimum_units": "-1"}, "minimum_units", "Write a whole number from 0 to 1,000,000."),
        ({"minimum_value_minor": "1,000"}, "minimum_value_minor", "is not an amount; write it as 1234.56."),
        ({"anchor_on": "soon"}, "anchor_on", "Write a day, such as 2026-12-24."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(tea, buyer, wrong, field, said):
    before = policy()
    page = buyer.post("/suppliers/ACME/policy/set", FORM | wrong).content.decode()
    at = re.search(rf'id="id_{field}_error">.*?</p>', page, re.DOTALL)
    assert at and said in at[0]
    assert policy() == before


def test_two_people_on_one_policy(tea, buyer):
    seen = re.search(r'name="seen" value="(\w+)"', buyer.get("/suppliers/ACME/policy").content.decode())[1]
    suppliers.set_policy("ACME", Policy(minimum_units=55, order_weekdays="4"), by="alice", now=tea.now)
    page = buyer.post(
        "/suppliers/ACME/policy/set", FORM | {"seen": seen, "minimum_value_minor": "0.00"}
    ).content.decode()
    assert "Somebody changed this after you opened it, so nothing was saved." in page
    assert "Stored now: Units: 55; Days: –." in page
    assert policy().minimum_units == 55


def test_a_buffer_leads_to_its_policy(tea, buyer):
    assert 'href="/suppliers/ACME/policy"' in buyer.get("/buffers").content.decode()


# In a browser.


def test_it_changes_as_it_is_typed(lasting_shop, opens):
    lasting_shop.supplier("ACME", Policy(minimum_units=40, order_weekdays="4", maximum_wait_days=14))
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 34})
    page = opens("/suppliers/ACME/policy", role=Role.BUYER)
    beside = page.locator("#effects")
    page.get_by_label("Units", exact=True).fill("30")
    beside.get_by_text("at once").wait_for()
    page.get_by_label("Friday").uncheck()
    page.get_by_role("spinbutton", name="Days optional").fill("")
    beside.get_by_text("with neither, no customer can be told a day").wait_for()
    page.get_by_label("Friday").check()
    beside.get_by_text("or when 30 units wait").first.wait_for()
    page.get_by_role("button", name="Save the policy").click()
    assert "ACME Ltd from now on" in page.locator(".toast").inner_text()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert policy().minimum_units == 40


def test_it_is_edited_without_script(lasting_shop, opens):
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 34})
    page = opens("/suppliers/ACME/policy", role=Role.BUYER, script=False)
    page.get_by_label("Units", exact=True).fill("30")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator("#effects").get_by_text("at once")).to_be_visible()
    expect(page.get_by_label("Units", exact=True)).to_have_value("30")
