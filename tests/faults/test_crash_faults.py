"""F-01 to F-08: workers killed before, at and after the dot, and dots without an answer.

The workers are real processes, and what the relay stored decides. Each crash point with
each outcome of the dot is in ``tests/crashes``; here stands what each fault is named for.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reminder.crash_points import CrashPoint
from tests.crashes.schedules import JOURNALED
from tests.crashes.trials import BEGINS_AT
from tests.faults.crashed import Service
from tests.faults.relayed import assert_marked_copies, assert_one_unmarked
from tests.smtp_server import DROP, RESET, Action, SmtpServer
from tests.waiting import wait_until

if TYPE_CHECKING:
    from reminder.storage.engine import Database

BEFORE_THE_INTENT = [point for point in CrashPoint if point < CrashPoint.BEFORE_INTENT_COMMIT]
KNOWN = [*sorted(JOURNALED), CrashPoint.AFTER_VERDICT_COMMIT]
"""The journal, or the database, knows what the relay said."""


@pytest.fixture
def service(database: Database, server: SmtpServer, tmp_path: Path) -> Service:
    """On each kind of database."""
    return Service.on(database, tmp_path, server)


@pytest.mark.parametrize("point", BEFORE_THE_INTENT, ids=lambda point: point.name)
def test_f01_killed_before_the_intent_the_mail_leaves_once_unmarked(
    service: Service, point: CrashPoint
) -> None:
    service.killed_at(point)
    assert service.server.mails == []
    service.settled()
    assert_one_unmarked(service.server)
    assert service.attempts() == [("sent", False)]


def test_f02_killed_with_the_intent_not_committed_it_is_as_if_never_tried(
    service: Service,
) -> None:
    service.killed_at(CrashPoint.BEFORE_INTENT_COMMIT)
    assert service.states() == ["claimed"]
    service.settled()
    assert_one_unmarked(service.server)
    assert service.attempts() == [("sent", False)]


def test_f03_killed_between_intent_and_dot_one_mail_arrives_marked(service: Service) -> None:
    service.killed_at(CrashPoint.AFTER_INTENT_COMMIT)
    assert service.states() == ["sending"]
    service.settled()
    assert [mail.is_marked for mail in service.server.mails] == [True]
    assert service.attempts() == [("uncertain", False), ("sent", True)]


@pytest.mark.parametrize(
    "point", [CrashPoint.DOT_SENT, CrashPoint.REPLY_READ], ids=lambda point: point.name
)
def test_f04_killed_after_the_dot_there_are_two_equal_copies_the_second_marked(
    service: Service, point: CrashPoint
) -> None:
    service.killed_at(point)
    wait_until(lambda: service.server.mails)
    service.settled()
    assert_marked_copies(service.server, 2)
    assert service.attempts() == [("uncertain", False), ("sent", True)]


@pytest.mark.parametrize("action", [DROP, RESET], ids=["drop", "reset"])
def test_f05_stored_and_dropped_there_is_one_marked_repeat_and_no_other(
    service: Service, action: Action
) -> None:
    service.server.then("stored", action)
    service.settled(BEGINS_AT)
    assert_marked_copies(service.server, 2)
    assert service.states() == ["sent"]


@pytest.mark.parametrize("action", [DROP, RESET], ids=["drop", "reset"])
def test_f06_dropped_at_the_dot_and_not_stored_the_repeat_arrives(
    service: Service, action: Action
) -> None:
    service.server.then("dot", action)
    service.settled(BEGINS_AT)
    assert [mail.is_marked for mail in service.server.mails] == [True]
    assert service.states() == ["sent"]


def test_f07_no_verdict_twice_is_held_for_a_person(service: Service) -> None:
    service.server.always("stored", DROP)
    service.settled(BEGINS_AT)
    assert_marked_copies(service.server, 2)
    assert service.states() == ["held"]


def test_f07_killed_twice_after_the_dot_is_held_for_a_person(service: Service) -> None:
    service.killed_at(CrashPoint.DOT_SENT)
    service.killed_at(CrashPoint.DOT_SENT, BEGINS_AT + timedelta(minutes=1))
    wait_until(lambda: len(service.server.mails) == 2)
    service.settled()
    assert_marked_copies(service.server, 2)
    assert service.states() == ["held"]
    assert service.attempts() == [("uncertain", False), ("uncertain", True)]


@pytest.mark.parametrize("point", KNOWN, ids=lambda point: point.name)
def test_f08_killed_once_the_journal_knows_the_reply_it_is_sent_and_not_repeated(
    service: Service, point: CrashPoint
) -> None:
    service.killed_at(point)
    service.settled()
    assert_one_unmarked(service.server)
    assert service.states() == ["sent"]
    assert service.attempts() == [("sent", False)]
