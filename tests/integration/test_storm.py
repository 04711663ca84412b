"""The storm breaker: a scan that makes far more mails than usual is held.

The agreements of the factory are due on Sunday 2026-05-31; H-90 is Monday 2 March.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from jobs import scan as scan_job
from jobs.scan import scan
from reminder.policy import Storm
from reminder.storage import tables
from reminder.storage.held import release_rested
from reminder.storage.planning import read_service, write_service
from reminder.storage.storms import load_storm
from tests.factories import make_agreement, make_contact, make_rule
from tests.stored import ADMIN, World, at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

RULE = make_rule(lead_times="H-90 H-30 H")
SMALL = Storm(more_than=3, times_usual=3.0)
DAY = "2026-03-02"


@pytest.fixture
def world(database: Database) -> World:
    made = World(database, make_policy(RULE, storm=SMALL, digest_above=100_000))
    made.put(*make_office())
    return made


def put_agreements(world: World, count: int, **facts: object) -> None:
    """Agreements ``A-0``, ``A-1``, ..., all due on the same day."""
    world.put(*(make_agreement(f"A-{number}", **facts) for number in range(count)))


def noted(world: World) -> dict[str, object] | None:
    """What the service says of a storm."""
    with world.database.read() as connection:
        value = read_service(connection, "storm").get("storm")
    return json.loads(value) if value else None


def states(world: World) -> list[str]:
    """The states of all messages but those to the admin."""
    return [state for kind, state in world.messages("kind", "state") if kind != "admin"]


def test_scan_that_makes_more_than_the_limit_is_held(world: World) -> None:
    put_agreements(world, 4)
    report = world.scan(DAY)

    assert (report.messages, report.held) == (4, 4)
    assert states(world) == ["held"] * 4
    held = world.messages("held_for", "next_try_at", "reason")
    assert held[1:] == [("storm", None, "the scan made more than 3 mails at once: "
                         "many deadlines reached a lead time at once")] * 4  # fmt: skip


def test_scan_that_makes_as_many_as_the_limit_is_not_held(world: World) -> None:
    put_agreements(world, 3)
    report = world.scan(DAY)

    assert (report.messages, report.held) == (3, 0)
    assert states(world) == ["pending"] * 3
    assert noted(world) is None


def test_without_a_storm_in_the_policy_nothing_is_held(world: World) -> None:
    world.policy = make_policy(RULE, digest_above=100_000)
    put_agreements(world, 9)

    assert world.scan(DAY).held == 0
    assert states(world) == ["pending"] * 9


def test_storm_is_told_to_the_admin_and_stands_in_status_journal_and_log(world: World) -> None:
    put_agreements(world, 4)
    world.scan(DAY)

    assert noted(world) == {
        "at": at(DAY).isoformat(),
        "messages": 4,
        "usual": None,
        "cause": "many deadlines reached a lead time at once",
    }
    assert ("admin", "pending", ADMIN) in world.messages()
    ((text,),) = world.rows(tables.contents, "text")
    assert "a scan made 4 mails or more at once" in " ".join(text.split())
    assert "reminder release --storm" in " ".join(text.split())
    data = [json.loads(data) for kind, data in world.rows(tables.events, "kind", "data")
            if kind == "storm_held"]  # fmt: skip
    assert [(one["messages"], one["limit"]) for one in data] == [(4, 3)]
    warned = [entry for entry in world.capture.entries if entry["event"] == "storm_held"]
    assert [(entry["messages"], entry["log_level"]) for entry in warned] == [(4, "warning")]


def test_batches_before_the_limit_was_reached_are_held_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_job, "BATCH", 2)
    put_agreements(world, 7)
    report = world.scan(DAY)

    assert (report.messages, report.held) == (7, 7)
    assert states(world) == ["held"] * 7
    found = noted(world)
    assert found is not None
    assert found["messages"] == 7
    assert [kind for kind, _s, _r in world.messages()].count("admin") == 1


def test_message_that_was_taken_up_meanwhile_is_left_to_its_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_job, "BATCH", 2)
    put_agreements(world, 4)
    fire = scan_job._fire_batch

    def claim_between(*arguments: object) -> bool:
        more = fire(*arguments)  # type: ignore[arg-type]  # passed on as they are
        world.run(
            "UPDATE messages SET state = 'claimed' WHERE message_id = "
            "(SELECT min(message_id) FROM messages WHERE state = 'pending')"
        )
        return more

    monkeypatch.setattr(scan_job, "_fire_batch", claim_between)
    world.scan(DAY)

    assert states(world) == ["claimed", "held", "held", "held"]


def test_small_scan_goes_out_while_a_storm_is_held(world: World) -> None:
    put_agreements(world, 4)
    world.scan(DAY)
    world.put(make_agreement("B-0"))
    report = world.scan(at(DAY, "10:00"))

    assert (report.messages, report.held) == (1, 0)
    assert sorted(states(world)) == ["held"] * 4 + ["pending"]


def test_second_scan_changes_nothing(world: World) -> None:
    put_agreements(world, 4)
    world.scan(DAY)
    before = world.everything()
    world.scan(DAY)

    assert world.everything() == before


def test_what_waited_before_does_not_join_a_storm(world: World) -> None:
    """With digests, mails to one person become one; but not one that is held."""
    people = [make_contact(f"p{number}@x.id", role="officer") for number in range(5)]
    world.policy = make_policy(RULE, storm=SMALL, digest_above=1)
    world.put(*people, make_agreement("OLD"))
    world.policy = make_policy(RULE, digest_above=1)
    world.scan(at(DAY, "05:00"))
    waiting = {row[0] for row in world.messages("message_id")}
    world.policy = make_policy(RULE, storm=SMALL, digest_above=1)
    put_agreements(world, 2)
    world.scan(at(DAY, "06:00"))

    found = [row for row in world.messages("message_id", "state", "kind") if row[2] != "admin"]
    assert {state for key, state, _kind in found if key in waiting} == {"pending"}
    assert {state for key, state, _kind in found if key not in waiting} == {"held"}
    in_held = {row[1] for row in world.notices("agreement", "message_id") if row[0] != "OLD"}
    assert in_held == {key for key, _state, _kind in found if key not in waiting}


def test_later_scan_does_not_join_what_a_storm_holds(world: World) -> None:
    world.policy = make_policy(RULE, storm=SMALL, digest_above=3)
    people = [make_contact(f"p{number}@x.id", role="officer") for number in range(5)]
    world.put(*people)
    put_agreements(world, 2)
    world.scan(at(DAY, "05:00"))
    held = world.messages("message_id", "state", "kind")
    told = {row for row in world.notices("agreement", "message_id") if row[0].startswith("A-")}
    world.policy = make_policy(RULE, digest_above=3)
    put_agreements(world, 3)
    world.scan(at(DAY, "06:00"))

    assert set(held) <= set(world.messages("message_id", "state", "kind"))
    assert told <= set(world.notices("agreement", "message_id"))


def test_usual_number_counts_from_30_days_of_history_on(world: World) -> None:
    world.policy = make_policy(make_rule(lead_times="H-10"), storm=None, digest_above=100_000)
    first = date(2026, 1, 1)
    days = [first + timedelta(days=number) for number in range(40)]
    for number, day in enumerate(days):
        due = day + timedelta(days=10)
        world.put(*(make_agreement(f"D{number}-{one}", expires_on=str(due)) for one in range(2)))
    # All days count as working days, or weekends would pile up on Fridays.
    for day in days:
        world.scan(str(day))
    world.policy = make_policy(
        make_rule(lead_times="H-10"), storm=Storm(3, 3.0), digest_above=100_000
    )
    assert world.scan("2026-02-10").held == 0

    put_agreements(world, 19, expires_on="2026-02-20")
    report = world.scan("2026-02-11")
    # The usual Friday has six: those of Friday, Saturday and Sunday.
    assert (report.messages, report.held) == (19, 19)
    found = noted(world)
    assert found is not None
    assert found["usual"] == 6


def test_urgent_part_of_a_storm_leaves_by_itself_after_four_hours(world: World) -> None:
    put_agreements(world, 3)
    days = ["2026-03-01", "2026-03-02", "2026-03-09", "2026-03-10"]
    for day in days:
        world.put(make_agreement(f"due-{day}", expires_on=day))
    world.scan(DAY)
    held_at = at(DAY)
    urgent = {"due-2026-03-02", "due-2026-03-09"}
    assert states(world) == ["held"] * 7

    with world.database.write() as connection:
        assert release_rested(connection, held_at + timedelta(hours=3, minutes=59)) == 0
    with world.database.write() as connection:
        assert release_rested(connection, held_at + timedelta(hours=4)) == 2
    with world.database.write() as connection:
        assert release_rested(connection, held_at + timedelta(hours=5)) == 0

    about = dict(world.notices("message_id", "agreement"))
    released = {about[key] for key, state in world.messages("message_id", "state")
                if key in about and state == "pending"}  # fmt: skip
    assert released == urgent
    found = noted(world)
    assert found is not None
    assert found["messages"] == 5


def test_digest_with_one_urgent_matter_is_urgent(world: World) -> None:
    world.policy = make_policy(RULE, storm=Storm(1, 3.0), digest_above=1)
    world.put(
        make_contact("other@x.id", role="officer"),
        make_agreement("late", expires_on="2026-02-27"),
        make_agreement("near", expires_on="2026-03-05"),
        make_agreement("far", expires_on="2026-05-31"),
    )
    world.scan(DAY)
    with world.database.write() as connection:
        assert release_rested(connection, at(DAY) + timedelta(hours=4)) == 2


def test_storm_is_over_when_all_of_it_was_stopped(world: World) -> None:
    put_agreements(world, 4)
    world.scan(DAY)
    put_agreements(world, 4, status="terminated")
    world.scan(at(DAY, "10:00"))
    assert states(world) == ["superseded"] * 4

    with world.database.write() as connection:
        release_rested(connection, at(DAY, "10:01"))
    assert noted(world) is None
    with world.database.read() as connection:
        assert load_storm(connection) is None


@pytest.mark.parametrize(
    ("gap", "cause"),
    [
        pytest.param(timedelta(hours=1), "many deadlines reached a lead time at once", id="none"),
        pytest.param(timedelta(days=9), "no scan since 2026-02-21 02:00 UTC", id="downtime"),
    ],
)
def test_cause_of_a_storm_is_named(world: World, gap: timedelta, cause: str) -> None:
    world.scan(at(DAY) - gap)
    world.policy = make_policy(RULE, storm=Storm(1, 3.0), digest_above=100_000)
    world.put(make_contact("other@x.id", role="officer"))
    put_agreements(world, 4)
    world.scan(DAY)

    found = noted(world)
    assert found is not None
    assert found["cause"] == cause


def test_changed_policy_is_named_as_the_cause(world: World) -> None:
    world.scan(at(DAY, "08:00"))
    world.policy = make_policy(RULE, storm=SMALL, digest_above=100_000, version="2")
    put_agreements(world, 4)
    world.scan(DAY)
    found = noted(world)
    assert found is not None
    assert found["cause"] == "the first scan under a changed policy"


def test_import_before_the_scan_is_named_as_the_cause(world: World) -> None:
    world.scan(at(DAY, "08:00"))
    with world.database.write() as connection:
        connection.execute(
            tables.events.insert().values(kind="import", at=at(DAY, "08:30"), data="{}")
        )
    put_agreements(world, 4)
    world.scan(DAY)
    found = noted(world)
    assert found is not None
    assert found["cause"] == "the first scan after an import"


def test_first_scan_of_a_restored_database_marks_what_it_makes(world: World) -> None:
    put_agreements(world, 2)
    with world.database.write() as connection:
        write_service(connection, restored='{"at": "x", "backup_at": "y"}')
    world.scan(DAY)
    world.put(make_agreement("B-0"))
    world.scan(at(DAY, "10:00"))

    about = dict(world.notices("message_id", "agreement"))
    marked = {about[key]: mark for key, mark in world.messages("message_id", "possible_duplicate")}
    assert marked == {"A-0": True, "A-1": True, "B-0": False}
    with world.database.read() as connection:
        assert read_service(connection, "restored") == {}


def test_scan_refused_by_a_guard_does_nothing(world: World) -> None:
    put_agreements(world, 1)
    report = scan(replace(world.context(at(DAY)), free_bytes=lambda _folder: 0))

    assert report.refused != ""
    assert (report.messages, world.messages(), world.notices()) == (0, [], [])
    with world.database.read() as connection:
        assert read_service(connection, "last_scan_at") == {}
