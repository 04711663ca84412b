"""The seal job: every committed event gets one seal, whoever wrote it when, and whoever died."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event, text

from jobs.seal import seal
from reminder.storage import tables
from reminder.storage.audit import audit
from reminder.storage.events import add_events
from reminder.storage.planning import read_service
from reminder.storage.seals import BATCH, SETTLED_AFTER, read_head
from tests.killed import Killed
from tests.stored import World, at

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.engine import Database

NOON = at("2026-03-02", "12:00")
KNOWN_HASH = "8ed3b3142df6a0f85f43ce97bbfb16dd9ff0fcde32bfb1a5af2e3e1b34f114e9"
"""Of the first event here; another one would make every chain out there look broken."""


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def write(connection: Connection, *names: str) -> None:
    """An event for each name, committed by the caller."""
    add_events(connection, "fact", "admin", NOON, [(name, {"name": name}) for name in names])


def write_many(world: World, number: int) -> None:
    with world.database.write() as connection:
        write(connection, *(f"KSD/{one}" for one in range(number)))


def seal_at(world: World, minutes: int = 0) -> int:
    return seal(world.context(NOON + timedelta(minutes=minutes)))


def sealed_events(world: World) -> list[int]:
    """The ids of the sealed events in the order of their seals."""
    rows = world.rows(tables.seals, "number", "event_id")
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [event_id for _, event_id in rows]


def is_whole(world: World) -> bool:
    with world.database.read() as connection:
        found = audit(connection)
    return found.broken is None and found.unsealed == 0


def test_every_event_is_sealed_in_order_and_the_head_is_noted(world: World) -> None:
    write_many(world, 3)
    assert seal_at(world) == 3
    assert seal_at(world) == 0
    write_many(world, 2)
    assert seal_at(world, 1) == 2

    assert sealed_events(world) == [1, 2, 3, 4, 5]
    with world.database.read() as connection:
        head = read_head(connection)
    assert head is not None
    assert (head.number, head.at) == (5, NOON + timedelta(minutes=1))
    assert world.rows(tables.seals, "number", "hash")[-1] == (5, head.hash)
    assert is_whole(world)


def test_same_events_have_the_same_seals_on_both_databases(world: World) -> None:
    write_many(world, 2)
    seal_at(world)
    assert world.rows(tables.seals, "hash")[0] == (KNOWN_HASH,)


def test_journal_without_events_is_left_as_it_is(world: World) -> None:
    before = world.everything()
    assert seal_at(world) == 0
    assert world.everything() == before
    assert is_whole(world)


def test_idle_run_reads_twice_and_writes_nothing(world: World) -> None:
    write_many(world, BATCH + 1)
    seal_at(world)
    before = world.everything()
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert seal_at(world, 120) == 0
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    asked = [one for one in statements if not one.startswith("BEGIN")]
    assert len(asked) == 2
    assert all(one.startswith("SELECT") for one in asked)
    assert world.everything() == before


def test_run_that_was_killed_between_two_batches_is_continued(world: World) -> None:
    write_many(world, 2 * BATCH + 5)
    answers = iter([False])

    def die() -> bool:
        if (answer := next(answers, None)) is None:
            raise Killed
        return answer

    with pytest.raises(Killed):
        seal(replace(world.context(NOON), stopping=die))
    assert len(sealed_events(world)) == BATCH
    assert seal_at(world, 1) == BATCH + 5
    assert sealed_events(world) == list(range(1, 2 * BATCH + 6))
    assert is_whole(world)


def test_run_that_is_told_to_stop_leaves_the_rest_for_the_next(world: World) -> None:
    write_many(world, 3)
    assert seal(replace(world.context(NOON), stopping=lambda: True)) == 0
    assert seal_at(world) == 3


def test_two_sealers_at_once_make_one_chain(world: World) -> None:
    write_many(world, 5 * BATCH)
    together = Barrier(2)

    def one_of_two(_number: int) -> int:
        together.wait(30)
        return seal_at(world)

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(one_of_two, range(2)))

    assert sum(counts) == 5 * BATCH
    assert sealed_events(world) == list(range(1, 5 * BATCH + 1))
    assert is_whole(world)


def test_writers_and_sealer_at_once_leave_no_event_without_a_seal(world: World) -> None:
    def keep_writing(writer: int) -> None:
        for number in range(20):
            with world.database.write() as connection:
                write(connection, f"KSD/{writer}/{number}")

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(keep_writing, writer) for writer in range(3)]
        while not all(writer.done() for writer in writers):
            seal_at(world)
    for writer in writers:
        writer.result()
    seal_at(world)

    assert sorted(sealed_events(world)) == list(range(1, 61))
    assert is_whole(world)


def test_event_that_commits_behind_a_later_one_is_sealed_after_it(
    postgresql_database: Database,
) -> None:
    world = World(postgresql_database)
    with world.database.write() as early:
        write(early, "early")
        with world.database.write() as late:
            write(late, "late")
        assert seal_at(world) == 1
        assert sealed_events(world) == [2]
    assert seal_at(world, 1) == 1
    assert sealed_events(world) == [2, 1]
    assert is_whole(world)


def test_event_may_commit_nearly_an_hour_behind_later_ones(postgresql_database: Database) -> None:
    world = World(postgresql_database)
    write_many(world, 3)
    seal_at(world)
    with world.database.write() as early:
        write(early, "early")
        for minutes in range(1, 60):
            with world.database.write() as late:
                write(late, "late")
            assert seal_at(world, minutes) == 1
    assert seal_at(world, 60) == 1
    assert sealed_events(world)[-1] == 4
    assert is_whole(world)


def test_ids_that_were_rolled_back_hold_up_nothing_after_an_hour(
    postgresql_database: Database,
) -> None:
    world = World(postgresql_database)
    with world.database.write() as connection:
        write(connection, "gone")
        connection.rollback()
    marks = []
    for run in range(4):
        write_many(world, 1)
        seal_at(world, run * int(SETTLED_AFTER.total_seconds() // 60))
        with world.database.read() as connection:
            marks.append(read_service(connection, "seal_mark")["seal_mark"].partition(",")[0])

    assert sealed_events(world) == [2, 3, 4, 5]
    assert marks == ['{"event_id": 0', '{"event_id": 3', '{"event_id": 4', '{"event_id": 5']


def test_chain_whose_end_was_removed_goes_on_behind_the_gap(world: World) -> None:
    write_many(world, 4)
    seal_at(world)
    world.run("DELETE FROM seals WHERE number > 2")
    write_many(world, 1)
    seal_at(world, 1)

    numbers = [number for number, _ in world.rows(tables.seals, "number", "event_id")]
    assert numbers == [1, 2, 5], "the gap stays"


def test_what_was_sealed_long_ago_is_not_searched_again(world: World) -> None:
    write_many(world, 3)
    seal_at(world)
    world.run("UPDATE seals SET event_id = -1 WHERE number = 1")
    write_many(world, 1)
    assert seal_at(world, 1) == 1


def test_instant_of_the_database_is_sealed_the_same_in_any_zone(
    postgresql_database: Database,
) -> None:
    world = World(postgresql_database)
    write_many(world, 1)
    seal_at(world)
    with world.database.read() as connection:
        connection.execute(text("SET LOCAL TimeZone = 'Asia/Jakarta'"))
        connection.execute(text("SET LOCAL DateStyle = 'German'"))
        assert audit(connection).broken is None
