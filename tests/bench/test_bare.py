from __future__ import annotations

import pytest
from django.db import connection

from onorder.bench import bare, mixed, splitting
from onorder.bench.bare import Changes, NotTheSame, Sqlite, Write
from onorder.bench.scenario import Scenario


@pytest.fixture
def pair(tmp_path):
    """Two files with one table of the same two rows."""
    found = [Sqlite(str(tmp_path / f"{name}.sqlite3"), "PRAGMA journal_mode=WAL") for name in ("ours", "bare")]
    for database in found:
        execute(database, "CREATE TABLE onorder_tea (id integer PRIMARY KEY, name text, units integer)")
        execute(database, "CREATE TABLE onorder_stocklevel (id integer PRIMARY KEY)")
        execute(database, "CREATE TABLE accounts (id integer PRIMARY KEY)")
        execute(database, "INSERT INTO onorder_tea VALUES (1, 'green', 5), (2, 'black', 7)")
    yield found
    for database in found:
        database.close()


def execute(database, statement):
    database._connection.execute(statement)


def test_changes_are_new_rows_and_rows_that_are_no_longer_as_they_were(pair):
    ours, other = pair
    execute(ours, "UPDATE onorder_tea SET units = 6 WHERE id = 2")
    execute(ours, "INSERT INTO onorder_tea VALUES (3, 'white', 1)")
    execute(ours, "INSERT INTO accounts VALUES (1)")

    found = bare.changes(ours, other)

    columns = ("id", "name", "units")
    assert found == {"onorder_tea": Changes("onorder_tea", columns, [(3, "white", 1)], [(2, "black", 6)], ("units",))}


def test_nothing_changed_is_nothing(pair):
    assert bare.changes(*pair) == {}


@pytest.mark.parametrize("gone", [1, 2])
def test_a_row_that_has_gone_is_refused(pair, gone):
    execute(pair[0], f"DELETE FROM onorder_tea WHERE id = {gone}")

    with pytest.raises(NotTheSame, match=f"row {gone} has gone"):
        bare.changes(*pair)


def test_writing_the_changes_makes_the_databases_the_same(pair):
    ours, other = pair
    execute(ours, "UPDATE onorder_tea SET units = 6 WHERE id = 2")
    execute(ours, "INSERT INTO onorder_tea VALUES (3, 'white', 1), (4, 'oolong', 2)")
    new = Write("onorder_tea", ("id", "name", "units"), [(3, "white", 1), (4, "oolong", 2)])
    changed = Write("onorder_tea", ("units", "id"), [(6, 2)], is_update=True)

    other.prepare([[new], [changed]], in_bulk=False)()

    assert bare.changes(ours, other) == {}


@pytest.mark.parametrize("bare_writes_it", [True, False])
def test_a_ratio_needs_the_same_rows_on_both_sides(pair, bare_writes_it):
    ours, other = pair
    work = mixed.Work("x", [lambda: execute(ours, "INSERT INTO onorder_tea VALUES (3, 'white', 1)")], 1)
    checked = []

    def compare():
        same = [[Write("onorder_tea", ("id", "name", "units"), [(3, "white", 1)])]]
        return mixed.Beside(Scenario(1), ours, other).compare(
            work, lambda changed, levels: same if bare_writes_it else [], in_bulk=False, check=checked.append
        )

    if bare_writes_it:
        assert compare().transactions == 1
    else:
        with pytest.raises(NotTheSame, match="rows of step x"):
            compare()
    assert checked == [Scenario(1)]


def opened():
    """The test database as its driver shows it."""
    return mixed.open_database(str(connection.settings_dict["NAME"]))


def snapshot(database):
    return {table: list(database.rows(table)) for table in database.tables()}


class Remembered:
    """The database as it was at one moment."""

    def __init__(self, tables):
        self._tables = tables

    def rows(self, table):
        return iter(self._tables[table])


@pytest.fixture
def steps(transactional_db):
    """Takes a step, and gives what it changed with the levels as they were before."""
    scenario = Scenario(orders=12, skus=30, suppliers=3)
    scenario.open()
    database = opened()

    def step(work):
        before = snapshot(database)
        work.do()
        return bare.changes(database, Remembered(before)), before["onorder_stocklevel"]

    yield scenario, step
    database.close()


def rows_of(transactions, table):
    return [sum(len(w.rows) for w in writes if w.table == table and not w.is_update) for writes in transactions]


def test_intake_is_split_as_it_was_committed(steps):
    scenario, step = steps
    changed, levels = step(mixed.taking_each(scenario))

    each = splitting.intake(changed, levels, size=1)
    in_fives = splitting.intake(changed, levels, size=5)

    for table, rows in [
        ("order", 1),
        ("orderline", 3),
        ("event", 1),
        ("message", 1),
        ("stockmove", 2),
        ("customer", 1),
    ]:
        assert rows_of(each, f"onorder_{table}") == [rows] * 12
        assert rows_of(in_fives, f"onorder_{table}") == [5 * rows, 5 * rows, 2 * rows]
    levels_written = [sum(len(w.rows) for w in writes if w.table == "onorder_stocklevel") for writes in each]
    assert levels_written == [3] * 12


def test_the_other_steps_are_split_as_they_were_committed(steps):
    scenario, step = steps
    mixed.taking_batches(scenario).do()

    bought = splitting.buying(step(mixed.raising_and_sending(scenario))[0])
    received = splitting.receiving(step(mixed.receiving_all())[0])
    shipped = splitting.shipping(*step(mixed.shipping_all()), size=5)

    assert rows_of(bought, "onorder_purchaseorder") == [1, 0, 1, 0, 1, 0]
    assert [sum(w.is_update and w.table == "onorder_purchaseorder" for w in writes) for writes in bought] == [0, 1] * 3
    assert rows_of(received, "onorder_receipt") == [1, 1, 1]
    assert rows_of(shipped, "onorder_shipment") == [5, 5, 2]


def test_levels_that_do_not_follow_from_their_moves_are_refused(steps):
    scenario, step = steps
    changed, levels = step(mixed.taking_batches(scenario))
    place = changed["onorder_stocklevel"].place("allocated")
    spoiled = [(*row[:place], row[place] + 1, *row[place + 1 :]) for row in levels]

    with pytest.raises(NotTheSame, match="do not follow"):
        splitting.intake(changed, spoiled, size=1_000)
