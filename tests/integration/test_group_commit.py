"""Group commit: many sessions, few commits, and no session pays for another one's trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, update

from jobs.group_commit import GroupCommit
from reminder.storage import tables
from reminder.storage.claims import claim
from reminder.storage.recovery import recover
from reminder.storage.verdicts import Result
from tests.outboxes import MADE, Outbox
from tests.stored import at
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from reminder.storage.claims import Claimed
    from reminder.storage.engine import Database

NOW = at(MADE)
DOT = timedelta(minutes=3)


def claimed_messages(outbox: Outbox, count: int) -> Sequence[Claimed]:
    """So many messages under one lease."""
    with outbox.database.write() as connection:
        return claim(connection, NOW, NOW + timedelta(hours=1), "host:1", count).messages


def sent_result() -> Result:
    """A mail that was taken."""
    return Result("sent", "sent", "dot", 250, "2.0.0", "ok", "relay:25", "w", NOW, NOW, NOW)


def at_once(work: Callable[[Claimed], object], messages: Sequence[Claimed]) -> None:
    """Each message in a thread of its own, all let go at the same moment."""
    start = Barrier(len(messages))

    def run(message: Claimed) -> None:
        start.wait()
        work(message)

    threads = [Thread(target=run, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_one_commit(
    outbox: Outbox,
    commit: GroupCommit,
    work: Callable[[Claimed], object],
    messages: Sequence[Claimed],
) -> None:
    """The same, all but the first in one commit: that one is made to wait until all have asked."""
    first, *others = [Thread(target=work, args=(one,)) for one in messages]
    with outbox.database.write() as connection:
        row = tables.messages.c.message_id == messages[0].message_id
        connection.execute(update(tables.messages).where(row).values(reason=""))
        first.start()
        wait_until(lambda: commit._is_led and not commit._waiting)
        for other in others:
            other.start()
        wait_until(lambda: len(commit._waiting) == len(others))
    for thread in (first, *others):
        thread.join(30)


def test_sessions_that_ask_together_share_commits(database: Database) -> None:
    outbox = Outbox(database, 16)
    messages = claimed_messages(outbox, 16)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    commit.expect(16)
    commits: list[int] = []
    writer = database._by_key  # the engine's own count of commits is the fact to see
    event.listen(writer, "commit", lambda _connection: commits.append(1))
    granted: list[bool] = []
    at_once(lambda one: granted.append(commit.intend(one) is not None), messages)
    assert granted == [True] * 16
    recorded: list[bool] = []
    at_once(lambda one: recorded.append(commit.record(one, sent_result())), messages)
    assert recorded == [True] * 16
    assert len(commits) < 32
    assert outbox.states() == ["sent"] * 16


def test_one_session_alone_waits_for_nobody(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    (message,) = claimed_messages(outbox, 1)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    assert commit.intend(message) is not None
    assert outbox.states() == ["sending"]
    assert commit.record(message, sent_result())
    assert outbox.states() == ["sent"]


def test_a_request_that_cannot_be_stored_fails_alone(database: Database) -> None:
    outbox = Outbox(database, 8)
    messages = claimed_messages(outbox, 8)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    commit.expect(16)
    for message in messages:
        commit.intend(message)
    outcomes: dict[str, str] = {}

    def record(one: Claimed) -> None:
        result = sent_result()
        if one is messages[3]:
            broken = "x" if database.is_sqlite else "\0"
            result = Result("sent", "sent", broken, 250, "", "", "", "", NOW, NOW, NOW)
        try:
            outcomes[one.message_id] = "stored" if commit.record(one, result) else "lost"
        except Exception as error:
            outcomes[one.message_id] = type(error).__name__

    if database.is_sqlite:
        outbox.run(
            "CREATE TRIGGER broken BEFORE INSERT ON attempts WHEN NEW.phase = 'x' "
            "BEGIN SELECT RAISE(ABORT, 'a broken row'); END"
        )
    at_once(record, messages)
    assert [outcomes[one.message_id] == "stored" for one in messages].count(False) == 1
    assert outcomes[messages[3].message_id] not in ("stored", "lost")
    assert outbox.states() == ["sending"] + ["sent"] * 7


def test_an_intent_is_refused_to_the_one_whose_deadline_was_met(database: Database) -> None:
    outbox = Outbox(database, 4)
    messages = claimed_messages(outbox, 4)
    met = messages[2].notices[0].agreement
    outbox.run("UPDATE deadlines SET status = 'met' WHERE agreement = :ref", ref=met)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    commit.expect(4)
    granted: set[str] = set()

    def ask(one: Claimed) -> None:
        if commit.intend(one) is not None:
            granted.add(one.message_id)

    in_one_commit(outbox, commit, ask, messages)
    assert granted == {one.message_id for one in messages if one is not messages[2]}


def test_a_failed_commit_has_the_journal_asked_again(sqlite_database: Database) -> None:
    class Journal:
        """As much of one as is asked for."""

        needs_replay = False
        trouble = ""

        def sync(self) -> bool:
            return True

    outbox = Outbox(sqlite_database)
    (message,) = claimed_messages(outbox, 1)
    journal = Journal()
    commit = GroupCommit(
        outbox.context(NOW),
        "relay:25",
        DOT,
        journal,  # type: ignore[arg-type]  # see above
    )
    outbox.run("DROP TABLE attempts")
    with pytest.raises(Exception, match="no such table"):
        commit.record(message, sent_result())
    assert journal.needs_replay


def test_a_verdict_that_comes_after_the_lease_was_lost_still_spares_the_repeat(
    database: Database,
) -> None:
    outbox = Outbox(database)
    (message,) = claimed_messages(outbox, 1)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    intent = commit.intend(message)
    assert intent is not None
    later = NOW + timedelta(hours=1)
    with database.write() as connection:
        recover(connection, later, timedelta(minutes=30))
    assert outbox.states() == ["uncertain"]
    assert not commit.record(message, replace(sent_result(), intent_at=intent.at))
    assert outbox.states() == ["sent"]
    assert outbox.attempts("verdict") == [("uncertain",), ("sent",)]


def test_a_verdict_goes_along_with_the_next_commit_of_another_session(
    sqlite_database: Database,
) -> None:
    outbox = Outbox(sqlite_database, 2)
    first, second = claimed_messages(outbox, 2)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    commit.intend(first)
    commit.expect(2)
    told: list[bool] = []
    commit.record_along(first, sent_result(), lambda is_ours, _error: told.append(is_ours))
    assert outbox.states() == ["claimed", "sending"]
    assert told == []
    commit.intend(second)
    assert outbox.states() == ["sending", "sent"]
    assert told == [True]


def test_a_verdict_that_nobody_took_along_is_flushed(sqlite_database: Database) -> None:
    outbox = Outbox(sqlite_database)
    (message,) = claimed_messages(outbox, 1)
    commit = GroupCommit(outbox.context(NOW), "relay:25", DOT)
    commit.intend(message)
    commit.expect(3)
    commit.record_along(message, sent_result(), lambda _is_ours, _error: None)
    assert outbox.states() == ["sending"]
    commit.flush()
    assert outbox.states() == ["sent"]
