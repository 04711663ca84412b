"""Crashes that come as an exception: the delivery ends, and leaves what a dead worker leaves.

What ends a process may come as an exception that nobody foresaw. Whoever catches it gives
messages back whose mail is out, or goes on as if nothing had been.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport, deliver
from reminder.crash_points import CrashPoint
from reminder.mail.open_transport import patience_with
from reminder.retry import UNCERTAIN_FOR
from tests.killed import killed_at
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database


@pytest.mark.parametrize(
    ("point", "state"),
    [
        (CrashPoint.BEFORE_INTENT_COMMIT, "claimed"),
        (CrashPoint.AFTER_INTENT_COMMIT, "sending"),
        (CrashPoint.BEFORE_VERDICT_COMMIT, "sending"),
        (CrashPoint.AFTER_VERDICT_COMMIT, "sent"),
    ],
)
def test_a_crash_at_a_commit_is_not_taken_for_a_commit_that_failed(
    database: Database, point: CrashPoint, state: str
) -> None:
    outbox = Outbox(database)
    with killed_at(point):
        outbox.deliver(MADE)
    assert outbox.states() == [state]


@pytest.mark.parametrize("is_lease_over", [False, True], ids=["at once", "after its lease"])
def test_a_verdict_that_only_the_journal_knows_is_recorded_before_the_mail_is_in_doubt(
    database: Database, is_lease_over: bool
) -> None:
    outbox = Outbox(database)
    with killed_at(CrashPoint.BEFORE_VERDICT_COMMIT):
        outbox.deliver(MADE)
    assert outbox.states() == ["sending"]
    lease = patience_with(outbox.settings.mail_url).lease
    assert outbox.deliver(at(MADE) + lease * is_lease_over) == DeliverReport()
    assert outbox.transport.tried == []
    assert outbox.attempts("verdict", "possible_duplicate") == [("sent", False)]
    assert outbox.states() == ["sent"]


def test_a_session_that_crashes_ends_the_delivery_and_leaves_one_marked_repeat(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        outbox = Outbox(sqlite_database, 150)
        relay = f"smtp://127.0.0.1:{server.port}"
        outbox.settings = replace(outbox.settings, mail_url=relay)
        with killed_at(CrashPoint.REPLY_READ, hit=30):
            deliver(outbox.context(at(MADE)))
        assert "sending" in outbox.states(), "its mail is out, and no reply is on record"
        dead_at = at(MADE) + patience_with(relay).lease
        deliver(outbox.context(dead_at))
        deliver(outbox.context(dead_at + UNCERTAIN_FOR))
        copies = Counter(mail.message_id for mail in server.mails)
        marked = [mail for mail in server.mails if b"X-Possible-Duplicate" in mail.data]
    assert outbox.states() == ["sent"] * 150
    assert sorted(copies.values()) == [1] * 149 + [2]
    assert [copies[mail.message_id] for mail in marked] == [2]
