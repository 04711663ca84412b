"""Guards: neither a scan nor a claim begins with a clock or a disk that cannot be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, event, insert

from jobs.guards import refusal, trust_clock
from reminder.disk import FLOOR
from reminder.errors import DatabaseError, ReminderError
from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.seals import seal_batch
from reminder.storm import REST
from tests.integration.test_status import add_message
from tests.machine_clock import MachineClock
from tests.stored import World

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PLENTY = 10 * FLOOR


class Guarded:
    """A database, the machine that guards it, and how much room its disk has."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        self.machine = MachineClock(NOW)
        self.free = PLENTY
        self.context = self._context()

    def _context(self) -> JobContext:
        return replace(
            self.world.context(NOW),
            clock=self.machine,
            clock_reading=self.machine.reading,
            free_bytes=lambda _folder: self.free,
        )

    def start_again(self) -> None:
        """Another process: it remembers nothing but what is stored."""
        self.context = self._context()

    def refusal(self) -> str:
        return refusal(self.context)

    def stored(self, name: str) -> str:
        values: dict[str, str] = dict(self.world.rows(tables.service, "name", "value"))
        return values.get(name, "")

    def events(self) -> list[str]:
        return [kind for (kind,) in self.world.rows(tables.events, "kind")]

    def logged(self) -> list[str]:
        return [entry["event"] for entry in self.world.capture.entries]


@pytest.fixture
def guarded(database: Database) -> Guarded:
    """With one good reading behind it."""
    made = Guarded(database)
    assert made.refusal() == ""
    return made


def test_good_clock_and_room_let_work_begin(guarded: Guarded) -> None:
    assert (guarded.events(), guarded.logged()) == ([], [])
    assert json.loads(guarded.stored("clock"))["wall"] == NOW.isoformat()


def test_idle_tick_writes_once_a_minute(guarded: Guarded) -> None:
    before = guarded.world.everything()
    guarded.machine.pass_by(timedelta(seconds=59))
    assert guarded.refusal() == ""
    assert guarded.world.everything() == before
    guarded.machine.pass_by(timedelta(seconds=1))
    assert guarded.refusal() == ""
    assert json.loads(guarded.stored("clock"))["wall"] == (NOW + MINUTE).isoformat()


def test_clock_that_steps_back_stops_until_its_time_comes_again(guarded: Guarded) -> None:
    guarded.machine.move(-HOUR)
    for _ in range(5):
        assert "stepped back from 2026-03-02 03:00 UTC" in guarded.refusal()
        assert "reminder release clock" in guarded.refusal()
        guarded.machine.pass_by(10 * MINUTE)
    assert guarded.stored("clock_trouble").startswith("the clock stepped back")
    assert json.loads(guarded.stored("clock"))["wall"] == NOW.isoformat()
    guarded.machine.pass_by(10 * MINUTE)
    assert guarded.refusal() == ""
    assert guarded.stored("clock_trouble") == ""
    assert guarded.events() == ["clock_stepped_back", "clock_recovered"]
    assert guarded.logged() == ["standing_still", "going_on"]


def test_suspect_reading_does_not_become_the_high_water(guarded: Guarded) -> None:
    guarded.machine.move(400 * DAY)
    for _ in range(3):
        guarded.machine.pass_by(HOUR)
        assert "leapt from 2026-03-02 03:00 UTC to 2027-04-06" in guarded.refusal()
    assert json.loads(guarded.stored("clock"))["wall"] == NOW.isoformat()
    assert guarded.events() == ["clock_leapt"]
    guarded.machine.move(-400 * DAY)  # put right: nothing has stepped back
    assert guarded.refusal() == ""
    assert guarded.events() == ["clock_leapt", "clock_recovered"]


def test_leap_waits_for_a_person_through_restarts(guarded: Guarded) -> None:
    guarded.machine.move(3 * DAY)
    assert "leapt" in guarded.refusal()
    guarded.machine.restart()
    guarded.start_again()
    assert "leapt" in guarded.refusal()
    assert guarded.events() == ["clock_leapt"]
    assert guarded.logged() == ["standing_still", "standing_still"]  # each process says it once
    assert trust_clock(guarded.context, "sri")
    assert guarded.refusal() == ""
    assert guarded.stored("clock_trouble") == ""
    ((kind, actor),) = guarded.world.rows(tables.events, "kind", "actor")[1:]
    assert (kind, actor) == ("clock_trusted", "sri")


def test_person_who_trusts_a_clock_that_went_back_lowers_the_high_water(guarded: Guarded) -> None:
    guarded.machine.move(-2 * DAY)
    assert trust_clock(guarded.context, "sri")  # before any tick has seen it, too
    assert guarded.refusal() == ""
    assert json.loads(guarded.stored("clock"))["wall"] == (NOW - 2 * DAY).isoformat()
    guarded.machine.move(2 * DAY)  # and is a leap from there on
    assert "leapt" in guarded.refusal()


@pytest.mark.parametrize("leapt", [True, False], ids=["leap put right", "step back trusted"])
def test_what_a_wrong_clock_put_off_is_looked_at_again(guarded: Guarded, leapt: bool) -> None:
    far = NOW + 400 * DAY
    with guarded.world.database.write() as connection:
        for number, (state, due_at) in enumerate(
            [("pending", far), ("deferred", far), ("uncertain", far), ("pending", NOW - HOUR)]
        ):
            add_message(connection, number, state, next_try_at=due_at)
        row = {"relay": "relay:25", "closed_until": far, "changed_at": NOW}
        connection.execute(insert(tables.relays), row)
    if leapt:
        guarded.machine.move(400 * DAY)
        assert guarded.refusal() != ""
        guarded.machine.move(-400 * DAY)
    else:
        guarded.machine.move(-HOUR)
        assert trust_clock(guarded.context, "sri")
    assert guarded.refusal() == ""
    soon = guarded.machine.now() + 30 * MINUTE
    times = [row[0] for row in guarded.world.rows(tables.messages, "next_try_at", "message_id")]
    assert sorted(times) == [NOW - HOUR, soon, soon, soon]
    assert guarded.world.rows(tables.relays, "closed_until") == [(soon,)]


def test_what_a_wrong_clock_put_aside_is_looked_at_again(guarded: Guarded) -> None:
    far = NOW + 400 * DAY
    storm = {"held_for": "storm", "next_try_at": far}
    with guarded.world.database.write() as connection:
        add_message(connection, 1, "held", **storm)
        add_message(connection, 2, "held", **storm | {"next_try_at": NOW + 3 * HOUR})
        add_message(connection, 3, "held", held_for="content", next_try_at=None)
        add_message(connection, 4, "failed", untold=True, next_try_at=far)
        add_event(connection, far, "import", {})
        assert seal_batch(connection, far) is not None
        for agreement, until in (("A-1", far), ("A-2", NOW)):
            row = {"agreement": agreement, "until": until, "failures": 1, "at": NOW, "error": "x"}
            connection.execute(insert(tables.put_offs), row)
    guarded.machine.move(400 * DAY)
    assert guarded.refusal() != ""
    guarded.machine.move(-400 * DAY)
    assert guarded.refusal() == ""
    soon = guarded.machine.now() + 30 * MINUTE
    times = sorted(guarded.world.rows(tables.messages, "message_id", "next_try_at"))
    assert [at for _message_id, at in times] == [soon + REST, NOW + 3 * HOUR, None, soon]
    assert sorted(guarded.world.rows(tables.put_offs, "until")) == [(NOW,), (soon,)]
    assert json.loads(guarded.stored("seal_mark"))["seen_at"] == soon.isoformat()


def test_clock_that_nobody_doubted_needs_no_trust(guarded: Guarded) -> None:
    before = guarded.world.everything()
    assert not trust_clock(guarded.context, "sri")
    assert guarded.world.everything() == before


def test_clock_that_was_never_set_cannot_be_trusted(database: Database) -> None:
    guarded = Guarded(database)
    guarded.machine.move_to(datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    assert "before this program was written" in guarded.refusal()
    with pytest.raises(ReminderError, match="set the clock"):
        trust_clock(guarded.context, "sri")
    guarded.machine.move_to(NOW)  # set over the network a little later: no leap
    assert guarded.refusal() == ""
    assert guarded.events() == ["clock_unset", "clock_recovered"]


def test_three_weeks_switched_off_are_no_leap(guarded: Guarded) -> None:
    guarded.machine.restart(off=21 * DAY)
    assert guarded.refusal() == ""
    assert guarded.events() == []


def test_time_that_somebody_states_is_not_guarded(guarded: Guarded) -> None:
    guarded.machine.move(400 * DAY)
    assert guarded.refusal() != ""
    stated = replace(guarded.context, clock_reading=None)
    assert refusal(stated) == ""
    assert not trust_clock(stated, "sri")


@pytest.mark.parametrize("value", ["", "not JSON", "[]", '{"wall": "noon"}'])
def test_clock_value_that_somebody_broke_stops_nothing(guarded: Guarded, value: str) -> None:
    guarded.world.run("UPDATE service SET value = :value WHERE name = 'clock'", value=value)
    assert guarded.refusal() == ""
    assert json.loads(guarded.stored("clock"))["wall"] == NOW.isoformat()


def test_disk_that_is_full_stops_until_there_is_room(guarded: Guarded) -> None:
    for free in (FLOOR - 1, FLOOR - 2, 0):
        guarded.free = free
        assert "less than 64 MiB are free" in guarded.refusal()
    assert guarded.stored("disk_trouble") == guarded.refusal()
    guarded.free = FLOOR
    assert guarded.refusal() == ""
    assert guarded.stored("disk_trouble") == ""
    assert guarded.events() == ["disk_full", "disk_recovered"]
    assert guarded.logged() == ["standing_still", "going_on"]


def test_clock_and_disk_are_told_one_after_the_other(guarded: Guarded) -> None:
    guarded.machine.move(-HOUR)
    guarded.free = 0
    assert "stepped back" in guarded.refusal()
    guarded.machine.move(HOUR)
    assert "64 MiB" in guarded.refusal()
    assert sorted(guarded.events()) == ["clock_recovered", "clock_stepped_back", "disk_full"]


def test_only_disks_that_record_what_is_sent_count(
    sqlite_database: Database, postgresql_database: Database
) -> None:
    def looked_at(world: World) -> list[Path]:
        seen: list[Path] = []

        def free(folder: Path) -> int:
            seen.append(folder)
            return PLENTY

        context = replace(world.context(NOW), free_bytes=free)
        assert refusal(context) == ""
        return seen

    here, there = World(sqlite_database), World(postgresql_database)
    assert sqlite_database.file is not None
    assert looked_at(here) == [here.home / "var", sqlite_database.file.parent]
    assert looked_at(there) == [there.home / "var"]


@pytest.fixture
def closed(guarded: Guarded) -> Iterator[Guarded]:
    """With a database that takes no writes from now on."""
    database = guarded.world.database
    command = "PRAGMA query_only = ON" if database.is_sqlite else "SET TRANSACTION READ ONLY"

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(command)

    with database.write() as connection:
        engine = connection.engine
    event.listen(engine, "begin", on_begin)
    yield guarded
    event.remove(engine, "begin", on_begin)


def test_database_that_takes_no_writes_is_found_out_before_a_claim(closed: Guarded) -> None:
    closed.machine.pass_by(MINUTE)
    for _ in range(3):
        assert closed.refusal().startswith("the database cannot be written (")
        assert "read" in closed.refusal()
    assert closed.logged() == ["standing_still"]
    closed.machine.move(-DAY)
    with pytest.raises(DatabaseError, match="cannot be written"):
        trust_clock(closed.context, "sri")
