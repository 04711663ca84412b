"""The heartbeat: what a watcher outside hears of a scan, and what it never hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobs.escalate import escalate
from jobs.heartbeat import FAILURES, address_of, heartbeat
from jobs.scan import scan
from jobs.watcher import STILL_HANGS, ScanEnd, Watcher
from reminder.clock_guard import ClockReading
from reminder.storage.engine import Database
from tests.factories import make_agreement
from tests.stored import World, at, make_office
from tests.watchers import watching

if TYPE_CHECKING:
    from jobs.context import JobContext

NOW = at("2026-05-04")
KEY = "/ping/a-key-of-its-own"


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    made.put(*make_office(), make_agreement("A-0"))
    return made


def watched(world: World, url: str, watcher: Watcher | None = None) -> JobContext:
    context = world.context(NOW)
    settings = replace(context.settings, heartbeat_url=url)
    return replace(context, settings=settings, watcher=watcher or Watcher())


def told(world: World) -> list[dict[str, Any]]:
    """What the log says of heartbeats."""
    return [dict(one) for one in world.capture.entries if "heartbeat" in one["event"]]


def test_completed_scan_is_told_once_with_counts_and_no_name(world: World) -> None:
    with watching() as watcher:
        context = watched(world, watcher.url)
        scan(context)
        heartbeat(context)
        heartbeat(context)
        escalate(context)
        heartbeat(context)
    [(method, path, body)] = watcher.calls
    assert (method, path) == ("POST", KEY)
    assert body == "planned=1 due=1 notices=1 messages=1 held=0 skips=0 errors=0"
    assert told(world) == []


def test_nothing_is_called_before_a_scan_has_ended(world: World) -> None:
    with watching() as watcher:
        heartbeat(watched(world, watcher.url))
    assert watcher.calls == []


def test_scan_that_raised_is_told_as_a_failure(world: World) -> None:
    world.run("ALTER TABLE put_offs RENAME TO away")
    with watching() as watcher:
        context = watched(world, watcher.url)
        with pytest.raises(Exception, match="put_offs"):
            scan(context)
        heartbeat(context)
        world.run("ALTER TABLE away RENAME TO put_offs")
        scan(context)
        heartbeat(context)
    assert watcher.paths == [f"{KEY}/fail", KEY]
    assert watcher.calls[0][2] == ""


def test_scan_that_was_refused_is_not_told(world: World) -> None:
    reading = ClockReading(NOW, 1000.0, "boot")
    with watching() as watcher:
        context = watched(world, watcher.url)
        scan(replace(context, clock_reading=lambda: reading))
        heartbeat(context)
        earlier = replace(reading, wall=NOW - timedelta(hours=2))
        assert scan(replace(context, clock_reading=lambda: earlier)).refused
        heartbeat(context)
    assert watcher.paths == [KEY]


def test_agreement_that_raises_is_a_count_and_no_silence(world: World) -> None:
    world.put(make_agreement("A-1"))
    world.run("UPDATE agreements SET term = 'forever' WHERE ref = 'A-1'")
    with watching() as watcher:
        context = watched(world, watcher.url)
        assert list(scan(context).errors) == ["A-1"]
        heartbeat(context)
    [(_method, path, body)] = watcher.calls
    assert path == KEY
    assert body.endswith("errors=1")
    assert "A-1" not in body


def test_trouble_is_told_at_its_beginning_and_at_its_end(world: World) -> None:
    with watching(status=404) as watcher:
        context = watched(world, watcher.url)
        for status in (404, 404, 500, 200, 200):
            watcher.status = status
            scan(context)
            heartbeat(context)
    assert [(one["event"], one.get("reason")) for one in told(world)] == [
        ("heartbeat_failed", "it answered 404"),
        ("heartbeat_failed", "it answered 500"),
        ("heartbeat_recovered", None),
    ]
    assert context.tally.total(FAILURES) == 3
    assert "a-key-of-its-own" not in str(world.capture.entries)


def test_call_that_hangs_is_left_alone_and_joined_by_none(world: World) -> None:
    with watching(hangs=True) as watcher:
        context = watched(world, watcher.url, Watcher(answers_within=0.1))
        for _time in range(3):
            scan(context)
            heartbeat(context)
        assert len(watcher.calls) == 1
    assert [one["reason"] for one in told(world)] == [
        "it did not answer within 0 seconds",
        STILL_HANGS,
    ]


def test_daemon_that_ends_does_not_wait_for_the_answer(world: World) -> None:
    with watching(hangs=True) as watcher:
        context = watched(world, watcher.url)
        scan(context)
        heartbeat(replace(context, stopping=lambda: True))
    assert told(world) == []
    assert context.tally.total(FAILURES) == 0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://h.id/ping/K", "https://h.id/ping/K/fail", id="as Healthchecks"),
        pytest.param("https://h.id/ping/K/", "https://h.id/ping/K/fail", id="slash at the end"),
        pytest.param("https://h.id/K?create=1", "https://h.id/K/fail?create=1", id="a query"),
    ],
)
def test_failure_has_an_address_below_the_check(url: str, expected: str) -> None:
    assert address_of(url, ScanEnd(is_whole=False)) == expected
    assert address_of(url, ScanEnd(is_whole=True)) == url
