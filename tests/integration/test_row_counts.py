"""An idle scan costs the same whatever is stored: counted in steps of the database, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event, insert, text

from reminder.storage import tables
from reminder.storage.engine import Database
from tests.factories import make_agreement
from tests.stored import World, make_office, put_many

if TYPE_CHECKING:
    from sqlalchemy import Connection

TODAY = "2026-03-02"
FEW, MANY = 1_000, 100_000


def fill(world: World, number: int) -> None:
    """Bureaus of two hundred agreements each, planned already, with nothing due today."""
    world.put(*make_office())
    world.scan("2026-03-01")  # the policy is known from here on
    refs = [f"KSD/{one:06}" for one in range(number)]
    with world.database.write() as connection:
        put_many(connection, (make_agreement(ref) for ref in refs))
        # Some will be planned again, one day.
        connection.execute(text("UPDATE agreements SET replan_on = NULL"))
        connection.execute(
            text("UPDATE agreements SET replan_on = '2026-12-31' WHERE ref LIKE '%7'")
        )
        connection.execute(
            insert(tables.deadlines),
            [
                {
                    "agreement": ref,
                    "kind": "expiry",
                    "bureau": "B-01",
                    "timezone": "Asia/Jakarta",
                    "due_on": date(2026, 6, 30) + timedelta(days=one % 400),
                    "due_last_on": date(2026, 6, 30) + timedelta(days=one % 400),
                    "derived_from": "expires_on",
                    "status": "open" if one % 10 else "met",
                    "entered_on": date(2024, 1, 2),
                    "rule": "expiry",
                    "next_on": date(2026, 3, 3) + timedelta(days=one % 300),
                }
                for one, ref in enumerate(refs)
            ],
        )


@contextmanager
def on_connect(act: Callable[[Any], None]) -> Iterator[None]:
    """Do something to every database connection that is made from now on."""

    def listener(connection: Any, _record: object) -> None:
        act(connection)

    event.listen(Engine, "connect", listener)
    try:
        yield
    finally:
        event.remove(Engine, "connect", listener)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every SELECT that is sent meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def listener(
        _connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object
    ) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", listener)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", listener)


def steps_of_an_idle_scan(world: World) -> int:
    """Instructions of SQLite's machine: each row and index entry that it visits is some."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    # Connections of its own, so that each one counts.
    database = Database(str(world.database.url))
    with on_connect(lambda connection: connection.set_progress_handler(step, 1)):
        counted = World(database, world.policy)
        counted.scan(TODAY)  # connect, and read the schema
        count = 0
        report = counted.scan(TODAY)
    database.close()
    assert (report.planned, report.due, report.notices) == (0, 0, 0)
    return count


def plan_of(connection: Connection, statement: str, parameters: Any, explain: str) -> str:
    rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_idle_scan_of_100000_agreements_takes_no_more_steps_than_of_1000(
    sqlite_database: Database,
) -> None:
    world = World(sqlite_database)
    fill(world, FEW)
    few = steps_of_an_idle_scan(world)
    with sqlite_database.write() as connection:
        connection.execute(text("DELETE FROM deadlines"))
        connection.execute(text("DELETE FROM agreements"))
    fill(world, MANY)
    many = steps_of_an_idle_scan(world)

    assert many == few
    assert few < 3_000


@pytest.mark.parametrize("is_analyzed", [False, True], ids=["without statistics", "with them"])
def test_idle_scan_walks_through_no_table_that_grows(world: World, is_analyzed: bool) -> None:
    fill(world, MANY // 5)
    if world.database.is_sqlite or is_analyzed:
        world.run("ANALYZE")
    with statements() as sent:
        report = world.scan(TODAY)

    assert (report.planned, report.due) == (0, 0)
    explain = "EXPLAIN QUERY PLAN" if world.database.is_sqlite else "EXPLAIN"
    with world.database.read() as connection:
        plans = [plan_of(connection, *one, explain) for one in sent]
    for plan in plans:
        for table in ("agreements", "deadlines", "notices", "messages", "skips", "events"):
            assert f"SCAN {table}" not in plan.replace(f"SCAN {table} USING INDEX", ""), plan
            assert f"Seq Scan on {table}" not in plan, plan
    due = [plan for (statement, _), plan in zip(sent, plans, strict=True)
           if "FROM deadlines" in statement]  # fmt: skip
    assert due
    assert all("ix_deadlines_next" in plan for plan in due), due
