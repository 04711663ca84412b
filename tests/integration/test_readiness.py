"""Readiness and health: what stands in the way, on both databases, and who is told what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobs.scan import scan
from reminder.clock import FixedClock
from reminder.clock_guard import ClockReading
from reminder.disk import FLOOR
from reminder.home_lock import hold_home
from reminder.storage.engine import Database
from reminder.storage.relays import note_fault
from reminder.web.app import make_app
from tests.stored import World, at, make_settings
from tests.web_client import Answer, ask

if TYPE_CHECKING:
    from jobs.context import JobContext

NOW = at("2026-05-04")


class Watched:
    """A scanned database whose home is held, and its pages."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.scan(NOW)
        settings = replace(make_settings(listen="127.0.0.1:8025"), home=world.home)
        self.context: JobContext = replace(world.context(NOW), settings=settings)
        self.stuck: str | None = None

    def change(self, **changes: Any) -> None:
        self.context = replace(self.context, **changes)

    def ask(self, path: str = "/readyz", **how: Any) -> Answer:
        """Of an application that has looked at nothing yet."""
        return ask(make_app(lambda: self.context, lambda: self.stuck), path, **how)

    def reasons(self) -> list[str]:
        """Why it is not ready."""
        answer = self.ask()
        document = json.loads(answer.page)
        assert answer.status == 503
        assert document.pop("status") == "not ready"
        [reasons] = document.values()
        return list(reasons)


@pytest.fixture
def watched(database: Database) -> Iterator[Watched]:
    world = World(database)
    with hold_home(world.home):
        yield Watched(world)


def test_service_that_works_is_ready_and_says_no_more(watched: Watched) -> None:
    answer = watched.ask()
    assert (answer.status, answer.page) == (200, '{"status":"ready"}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_home_that_is_not_held_is_a_reason(database: Database) -> None:
    assert Watched(World(database)).reasons() == ["this process does not hold its home"]


def test_stuck_job_is_a_reason_for_both(watched: Watched) -> None:
    watched.stuck = "deliver"
    assert watched.reasons() == ["the job deliver makes no progress"]
    unwell = watched.ask("/healthz")
    assert (unwell.status, json.loads(unwell.page)["status"]) == (503, "stuck")


def test_full_disk_is_a_reason(watched: Watched) -> None:
    watched.change(free_bytes=lambda _folder: FLOOR - 1)
    [reason] = watched.reasons()
    assert "less than 64 MiB are free" in reason


def test_clock_that_stepped_back_is_a_reason(watched: Watched) -> None:
    good = ClockReading(NOW, 1000.0, "boot")
    watched.change(clock_reading=lambda: good)
    scan(watched.context)
    watched.change(clock_reading=lambda: replace(good, wall=NOW - timedelta(hours=2)))
    [reason] = watched.reasons()
    assert "the clock stepped back" in reason


def test_relay_that_is_closed_for_more_than_an_hour_is_a_reason(watched: Watched) -> None:
    text = "the password of biro@example.go.id is refused"
    for relay, ago in (("mail.example.go.id:587", 61), ("backup.example.go.id:25", 59)):
        with watched.context.database.write() as connection:
            at_fault = NOW - timedelta(minutes=ago)
            note_fault(connection, relay, text, at_fault, is_probe=False, is_certain=True)
    assert watched.reasons() == [
        "the relay mail.example.go.id:587 cannot be used since 2026-05-04 00:59 UTC"
    ]


def test_old_scan_is_a_reason(watched: Watched) -> None:
    watched.change(clock=FixedClock(NOW + timedelta(hours=26)))
    assert watched.ask().status == 200
    watched.change(clock=FixedClock(NOW + timedelta(hours=26, seconds=1)))
    assert watched.reasons() == ["the last scan was at 2026-05-04 02:00 UTC"]


def test_first_scan_is_waited_for(watched: Watched) -> None:
    watched.world.run("DELETE FROM service WHERE name = 'last_scan_at'")
    assert watched.reasons() == ["no scan has ended yet"]


def test_other_schema_is_a_reason(watched: Watched) -> None:
    watched.world.run("UPDATE alembic_version SET version_num = '0001'")
    assert watched.reasons() == ["the database has schema 0001; run reminder db upgrade"]


def test_write_that_changes_no_row_is_a_reason(watched: Watched) -> None:
    watched.world.run("DELETE FROM service WHERE name = 'database_id'")
    assert watched.reasons() == ["the database has no id; run reminder db upgrade"]


def test_database_that_is_gone_is_a_reason_without_its_address(watched: Watched) -> None:
    watched.world.run("ALTER TABLE service RENAME TO away")
    [reason] = watched.reasons()
    assert reason.startswith(("the database cannot be used", "the checks failed"))
    assert "away" not in reason
    watched.world.run("ALTER TABLE away RENAME TO service")


def test_others_get_the_word_alone(watched: Watched) -> None:
    watched.stuck = "scan"
    for how in ({"client": "192.0.2.9"}, {"x_forwarded_for": "127.0.0.1"}):
        assert watched.ask(**how).page == '{"status":"not ready"}'
        assert watched.ask("/healthz", **how).page == '{"status":"stuck"}'


def test_health_asks_no_database(watched: Watched) -> None:
    app = make_app(lambda: watched.context, lambda: None)
    watched.world.run("ALTER TABLE service RENAME TO away")
    assert ask(app, "/healthz").page == '{"status":"ok"}'
    watched.world.run("ALTER TABLE away RENAME TO service")
