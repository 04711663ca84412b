"""One bad record never stops the others, and a scan that dies leaves nothing half done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import (
    make_agreement,
    make_bureau,
    make_contact,
    make_follow_up,
    make_report,
    make_rule,
    make_step,
)
from tests.stored import World, at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

BAD, GOOD = "KSD/BAD", [f"KSD/{number:02}" for number in range(99)]
RULES = (
    make_rule(lead_times="H-90 H-30 H"),
    make_rule("follow-up", deadline="follow_up", lead_times="H-7 H"),
)


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(*RULES))
    made.put(*make_office())
    return made


def told(world: World) -> list[str]:
    return sorted(agreement for (agreement,) in world.notices("agreement"))


def errors(world: World) -> dict[str, str]:
    return dict(world.rows(tables.put_offs, "agreement", "error"))


BROKEN = {
    "expires_on is garbage": "UPDATE agreements SET expires_on = 'garbage' WHERE ref = :ref",
    "expires_on does not exist": "UPDATE agreements SET expires_on = '2026-02-30' WHERE ref = :ref",
    "own lead times are none": "UPDATE agreements SET lead_times = 'H-x' WHERE ref = :ref",
    "term is none": "UPDATE agreements SET term = 'for ever' WHERE ref = :ref",
    "status is unknown": "UPDATE agreements SET status = 'asleep' WHERE ref = :ref",
    "cycle is unknown": "UPDATE agreements SET report_cycle = 'weekly' WHERE ref = :ref",
    "a report's date is garbage": "UPDATE reports SET submitted_on = 'x' WHERE agreement = :ref",
    "a step's date is garbage": "UPDATE steps SET due_on = '2026-99' WHERE agreement = :ref",
    "a follow-up's date is garbage": "UPDATE follow_ups SET due_on = '' || 'x' "
    "WHERE agreement = :ref",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN.keys())
def test_agreement_that_cannot_be_planned_stops_none_of_99_others(
    world: World, statement: str
) -> None:
    world.put(*(make_agreement(ref) for ref in [BAD, *GOOD]))
    world.put(
        make_report(agreement=BAD),
        make_step(agreement=BAD),
        make_follow_up(agreement=BAD, due_on="2026-12-31"),
    )
    world.run(statement, ref=BAD)
    report = world.scan("2026-03-02")

    assert told(world) == GOOD
    assert list(report.errors) == [BAD]
    assert list(errors(world)) == [BAD]
    assert report.planned == 99
    assert world.rows(tables.put_offs, "failures", "until") == [(1, at("2026-03-02", "10:00"))]


def test_agreement_that_failed_is_left_alone_for_an_hour_and_then_tried_again(
    world: World,
) -> None:
    world.put(make_agreement(BAD))
    world.run("UPDATE agreements SET expires_on = 'garbage'")
    first = world.scan(at("2026-03-02", "09:00"))
    within = world.scan(at("2026-03-02", "09:59"))
    after = world.scan(at("2026-03-02", "10:00"))
    failures = world.rows(tables.put_offs, "failures", "until")
    world.run("UPDATE agreements SET expires_on = '2026-05-31'")
    mended = world.scan(at("2026-03-02", "11:00"))

    assert (list(first.errors), list(within.errors), list(after.errors)) == ([BAD], [], [BAD])
    assert failures == [(2, at("2026-03-02", "11:00"))]
    assert (mended.errors, told(world), errors(world)) == ({}, [BAD], {})


def test_agreement_that_a_change_of_the_policy_failed_to_plan_is_tried_again(
    world: World,
) -> None:
    world.put(make_agreement(BAD))
    world.scan("2026-01-05")
    world.run("UPDATE agreements SET lead_times = 'H-x'")
    world.policy = make_policy(*RULES, version="2")
    world.scan("2026-03-02")
    world.run("UPDATE agreements SET lead_times = ''")
    mended = world.scan(at("2026-03-02", "10:00"))

    assert (mended.planned, told(world), errors(world)) == (1, [BAD], {})


def test_bureau_in_a_zone_that_nobody_knows_is_told_by_the_day_of_the_service(
    world: World,
) -> None:
    world.put(
        make_bureau("B-66", timezone="Asia/Jakrta"),
        make_contact("b@example.go.id", bureau="B-66"),
        make_agreement(BAD, bureau="B-66"),
        *(make_agreement(ref) for ref in GOOD),
    )
    world.scan("2026-03-02")

    assert told(world) == sorted([BAD, *GOOD])
    assert set(world.rows(tables.deadlines, "timezone")) == {("Asia/Jakarta",)}


@pytest.mark.parametrize(
    ("column", "value"),
    [("lead_times", "H-x"), ("told", "H-3 bulan"), ("silent_reason", "because")],
)
def test_deadline_that_cannot_be_decided_stops_none_of_99_others(
    world: World, column: str, value: str
) -> None:
    world.put(*(make_agreement(ref) for ref in [BAD, *GOOD]))
    world.plan("2026-01-05")
    world.scan("2026-01-05")
    world.run(f"UPDATE deadlines SET {column} = '{value}' WHERE agreement = :ref", ref=BAD)
    report = world.scan("2026-03-02")

    assert told(world) == GOOD
    assert list(report.errors) == [BAD]
    assert list(errors(world)) == [BAD]
    world.run(f"UPDATE deadlines SET {column} = '' WHERE agreement = :ref", ref=BAD)
    assert world.scan(at("2026-03-02", "09:59")).notices == 0
    assert world.scan(at("2026-03-02", "10:00")).notices == 1
    assert errors(world) == {}


@pytest.mark.parametrize("table", ["notices", "skips", "deadlines"])
def test_row_that_the_database_refuses_stops_none_of_99_others(world: World, table: str) -> None:
    world.put(*(make_agreement(ref) for ref in [BAD, *GOOD]))
    world.plan("2026-01-05")
    world.scan("2026-01-05")
    refuse(world, table)
    # H-30: H-90 is skipped on the way, so that there are rows of all three kinds.
    report = world.scan("2026-05-01")

    assert told(world) == GOOD
    assert len(world.skips()) == len(GOOD)
    assert list(report.errors) == [BAD]
    assert "refused" in errors(world)[BAD]
    allow(world, table)
    assert world.scan(at("2026-05-01", "10:00")).notices == 1


def test_plan_that_the_database_refuses_stops_none_of_99_others(world: World) -> None:
    world.put(*(make_agreement(ref) for ref in [BAD, *GOOD]))
    refuse(world, "deadlines", "INSERT")
    report = world.scan("2026-03-02")

    assert told(world) == GOOD
    assert list(report.errors) == list(errors(world)) == [BAD]
    allow(world, "deadlines")
    assert world.scan(at("2026-03-02", "10:00")).notices == 1
    assert errors(world) == {}


def test_scan_that_dies_before_its_commit_leaves_nothing_half_done(world: World) -> None:
    world.put(*(make_agreement(ref) for ref in GOOD[:5]))
    world.scan("2026-01-05")
    refuse(world, "put_offs", "INSERT", everyone=True)
    refuse(world, "deadlines", everyone=True)
    before = world.everything()
    with pytest.raises(Exception, match="refused"):
        world.scan("2026-03-02")
    after = world.everything()
    allow(world, "put_offs")
    allow(world, "deadlines")
    report = world.scan("2026-03-02")

    assert after == before
    assert (report.notices, report.messages) == (5, 1)
    assert told(world) == GOOD[:5]


def test_scan_that_died_is_not_taken_for_a_completed_one(world: World) -> None:
    world.put(make_agreement(BAD))
    world.scan("2026-01-05")
    refuse(world, "put_offs", "INSERT", everyone=True)
    refuse(world, "deadlines", everyone=True)
    with pytest.raises(Exception, match="refused"):
        world.scan("2026-03-02")

    last = dict(world.rows(tables.service, "name", "value"))["last_scan_at"]
    assert datetime.fromisoformat(last) == datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def test_follow_up_of_no_agreement_that_cannot_be_read_stops_no_other(world: World) -> None:
    world.put(
        make_follow_up("RTL-1", agreement=None, bureau="B-01", due_on="2026-03-09"),
        make_follow_up("RTL-2", agreement=None, bureau="B-01", due_on="2026-03-09"),
        make_agreement(GOOD[0]),
    )
    world.run("UPDATE follow_ups SET due_on = 'garbage' WHERE id = 'RTL-1'")
    report = world.scan("2026-03-02")
    again = world.scan(at("2026-03-02", "09:05"))

    assert told(world) == ["", GOOD[0]]
    assert list(report.errors) == list(errors(world)) == ["follow-up RTL-1"]
    assert again.errors == {}
    world.run("UPDATE follow_ups SET due_on = '2026-03-09' WHERE id = 'RTL-1'")
    assert world.scan("2026-03-03").notices == 1
    assert errors(world) == {}


def test_follow_up_that_cannot_be_read_any_more_keeps_its_deadline(world: World) -> None:
    world.put(make_follow_up("RTL-1", agreement=None, bureau="B-01", due_on="2026-03-09"))
    world.scan("2026-02-02")
    world.run("UPDATE follow_ups SET due_on = 'garbage'")
    world.policy = make_policy(*RULES, version="2")
    world.scan("2026-02-03")

    assert world.rows(tables.deadlines, "key", "status") == [("RTL-1", "open")]


def test_follow_up_of_no_agreement_that_cannot_be_decided_stops_no_other(world: World) -> None:
    world.put(
        *(
            make_follow_up(f"RTL-{number}", agreement=None, bureau="B-01", due_on="2026-03-09")
            for number in (1, 2)
        )
    )
    world.scan("2026-01-05")
    world.run("UPDATE deadlines SET told = 'x' WHERE key = 'RTL-1'")
    report = world.scan("2026-03-02")
    world.put(
        make_follow_up("RTL-3", agreement=None, bureau="B-01", due_on="2026-03-09"),
    )
    world.scan(at("2026-03-02", "09:05"))

    assert list(report.errors) == ["follow-up RTL-1"]
    assert len(told(world)) == 2


def test_digest_is_one_although_the_batch_was_fired_agreement_by_agreement(world: World) -> None:
    world.put(*(make_agreement(ref) for ref in [BAD, *GOOD[:10]]))
    world.scan("2026-01-05")
    refuse(world, "notices")
    world.scan("2026-03-02")

    live = [(kind, state) for kind, state, _ in world.messages() if state == "pending"]
    assert live == [("digest", "pending")]
    assert len({one for (one,) in world.notices("message_id")}) == 1


def refuse(world: World, table: str, verb: str = "", everyone: bool = False) -> None:
    """Have the database refuse rows of the bad agreement (or all) in *table*."""
    verb = verb or ("UPDATE" if table == "deadlines" else "INSERT")
    column = "deadline_id" if table == "skips" else "agreement"
    wanted = f"(SELECT id FROM deadlines WHERE agreement = '{BAD}')"
    condition = f"NEW.{column} = {wanted if table == 'skips' else repr(BAD)}"
    if everyone:
        condition = "1 = 1"
    if world.database.is_sqlite:
        world.run(
            f"CREATE TRIGGER refuse_{table} BEFORE {verb} ON {table} WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
        return
    world.run(
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'refused'; END $$"
    )
    if table == "skips":  # a trigger's condition may not hold a query
        condition = f"NEW.deadline_id = {_deadline(world)}"
    world.run(
        f"CREATE TRIGGER refuse_{table} BEFORE {verb} ON {table} FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION refuse()"
    )


def allow(world: World, table: str) -> None:
    on = "" if world.database.is_sqlite else f" ON {table}"
    world.run(f"DROP TRIGGER refuse_{table}{on}")


def _deadline(world: World) -> int:
    ids: dict[str, int] = dict(world.rows(tables.deadlines, "agreement", "id"))
    return ids[BAD]
