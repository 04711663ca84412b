"""Claims, intents, verdicts and recovery in both databases, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select, text

from reminder.calendars import PartialDate
from reminder.storage import tables
from reminder.storage.claims import Batch, claim, next_due_at
from reminder.storage.leases import (
    MOST_CLAIMS,
    HeldFor,
    hold,
    postpone,
    put_back,
    release,
    renew,
    still_ours,
)
from reminder.storage.outbox import intend
from reminder.storage.recovery import holders, load_rested, recover, repeat
from reminder.storage.verdicts import Result, record
from tests.factories import make_agreement
from tests.outboxes import MADE, Outbox
from tests.stored import at

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.storage.claims import Claimed
    from reminder.storage.engine import Database

NOW = at(MADE)
LEASE = timedelta(minutes=30)
DOT = timedelta(minutes=3)
REST = timedelta(minutes=30)


def take(database: Database, now: datetime = NOW, size: int = 10) -> Batch:
    """One claim, committed."""
    with database.write() as connection:
        return claim(connection, now, now + LEASE, "host:1", size)


def take_one(database: Database, now: datetime = NOW) -> Claimed:
    """The only message that waits."""
    (claimed,) = take(database, now).messages
    return claimed


def intended(database: Database, claimed: Claimed, now: datetime = NOW) -> bool:
    """One intent, committed."""
    with database.write() as connection:
        return bool(intend(connection, [claimed], now, now + DOT))


def sent(now: datetime = NOW) -> Result:
    """What is stored of a mail that was taken."""
    return Result(
        state="sent",
        verdict="sent",
        phase="dot",
        code=250,
        enhanced="2.0.0",
        text="queued",
        relay="127.0.0.1:25",
        worker="host:1",
        started_at=now,
        ended_at=now + timedelta(seconds=1),
        intent_at=now,
    )


def test_a_claimed_message_is_nobody_elses(database: Database) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    assert outbox.message("worker", "claims", "lease_until") == ("host:1", 1, NOW + LEASE)
    assert [notice.agreement for notice in claimed.notices] == ["A-0"]
    assert take(database) == Batch()


def test_two_threads_claim_none_twice(database: Database) -> None:
    outbox = Outbox(database, 200)
    start = Barrier(4)
    taken: list[list[str]] = [[], [], [], []]

    def work(mine: list[str]) -> None:
        start.wait()
        while batch := take(database, size=7).messages:
            mine.extend(claimed.message_id for claimed in batch)

    threads = [Thread(target=work, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [message_id for mine in taken for message_id in mine]
    # A worker that finds all heads of the queue locked ends early; the others go on.
    while batch := take(database, size=50).messages:
        ids.extend(claimed.message_id for claimed in batch)
    assert len(ids) == len(set(ids)) == 200
    assert outbox.states() == ["claimed"] * 200


def test_the_nearest_due_date_is_claimed_first(database: Database) -> None:
    outbox = Outbox(database, 0)
    for ref, expires_on in (("late", "2026-05-31"), ("soon", "2026-05-10"), ("mid", "2026-05-20")):
        outbox.put(make_agreement(ref, expires_on=PartialDate.parse(expires_on)))
    outbox.scan(MADE)
    order = [claimed.notices[0].agreement for claimed in take(database).messages]
    assert order == ["soon", "mid", "late"]


def test_a_message_is_claimed_when_its_time_has_come(database: Database) -> None:
    outbox = Outbox(database)
    later = NOW + timedelta(hours=1)
    outbox.change(next_try_at=later)
    assert take(database) == Batch()
    with database.read() as connection:
        assert next_due_at(connection) == later
    assert len(take(database, later).messages) == 1


def test_waiting_messages_are_found_by_their_index(sqlite_database: Database) -> None:
    Outbox(sqlite_database)
    plans: list[str] = []

    def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        told = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append(" ".join(row[-1] for row in told.fetchall() if "messages" in row[-1]))

    with sqlite_database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        next_due_at(connection)
        holders(connection, NOW)
        load_rested(connection, NOW)
    assert len(plans) == 3
    assert all("INDEX ix_messages_unfinished (state=?" in plan for plan in plans)


@pytest.mark.parametrize("status", ["met", "void"])
def test_a_message_whose_deadline_is_closed_is_superseded(database: Database, status: str) -> None:
    outbox = Outbox(database)
    outbox.run("UPDATE deadlines SET status = :status", status=status)
    batch = take(database)
    assert (batch.messages, len(batch.superseded)) == ((), 1)
    assert outbox.messages("state", "reason") == [("superseded", status)]
    assert outbox.notices("stop_reason") == [(status,)]
    assert "superseded" in outbox.events()


def test_a_message_about_an_old_date_is_superseded(database: Database) -> None:
    outbox = Outbox(database)
    outbox.run("UPDATE deadlines SET epoch = epoch + 1")
    take(database)
    assert outbox.messages("state", "reason") == [("superseded", "redated")]


def test_the_intent_is_granted_once(database: Database) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    assert intended(database, claimed)
    assert outbox.message("state", "intent_at") == ("sending", NOW)
    assert not intended(database, claimed)


CHANGES: dict[str, Callable[[Outbox, Claimed], object]] = {
    "deadline met": lambda outbox, _: outbox.run("UPDATE deadlines SET status = 'met'"),
    "deadline void": lambda outbox, _: outbox.run("UPDATE deadlines SET status = 'void'"),
    "date changed": lambda outbox, _: outbox.run("UPDATE deadlines SET epoch = 2"),
    "notice stopped": lambda outbox, _: outbox.run("UPDATE notices SET stopped_at = made_at"),
    "lease taken over": lambda outbox, _: outbox.run("UPDATE messages SET lease_token = 'other'"),
    "lease gone": lambda outbox, claimed: _release(outbox, claimed),
}


def _release(outbox: Outbox, claimed: Claimed) -> None:
    with outbox.database.write() as connection:
        release(connection, [claimed.token])


@pytest.mark.parametrize("change", CHANGES)
def test_the_intent_is_refused_after_a_change(database: Database, change: str) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    CHANGES[change](outbox, claimed)
    assert not intended(database, claimed)
    assert outbox.message("intent_at") is None


def test_the_intent_is_refused_where_the_lease_could_end_before_the_verdict(
    database: Database,
) -> None:
    Outbox(database)
    claimed = take_one(database)
    assert not intended(database, claimed, NOW + LEASE - DOT)
    assert intended(database, claimed, NOW + LEASE - DOT - timedelta(seconds=1))


@pytest.mark.parametrize("is_repeat", [False, True], ids=["first copy", "repeat"])
def test_a_digest_that_says_too_much_by_now_leaves_only_as_a_repeat(
    database: Database, is_repeat: bool
) -> None:
    outbox = Outbox(database, 2)
    with database.read() as connection:
        first = connection.execute(select(func.min(tables.messages.c.message_id))).scalar_one()
    outbox.run("UPDATE notices SET message_id = :to", to=first)
    outbox.run("UPDATE messages SET possible_duplicate = :it", it=is_repeat)
    digest = next(one for one in take(database).messages if one.message_id == first)
    assert len(digest.notices) == 2
    outbox.run("UPDATE deadlines SET status = 'met' WHERE agreement = 'A-1'")

    assert intended(database, digest) is is_repeat


def test_a_message_to_the_admin_needs_no_deadline(database: Database) -> None:
    outbox = Outbox(database)
    outbox.run("UPDATE deadlines SET status = 'met'")
    outbox.run("UPDATE messages SET kind = 'admin'")
    outbox.run("UPDATE notices SET stopped_at = made_at")
    assert intended(database, take_one(database))


def test_a_verdict_is_stored_with_its_attempt_and_event(database: Database) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    intended(database, claimed)
    with database.write() as connection:
        assert record(connection, [(claimed, sent())])
    assert outbox.message("sent_at", "attempts", "claims", "lease_token", "next_try_at") == (
        NOW + timedelta(seconds=1), 1, 0, None, None,
    )  # fmt: skip
    assert outbox.attempts("number", "verdict", "code", "intent_at", "worker") == [
        (1, "sent", 250, NOW, "host:1")
    ]
    assert outbox.rows(tables.events, "kind", "agreement")[-1] == ("sent", "A-0")


def test_a_worker_that_lost_its_lease_changes_nothing_but_the_record(database: Database) -> None:
    outbox = Outbox(database)
    late = take_one(database)
    with database.write() as connection:
        recover(connection, NOW + LEASE, REST)
    other = take_one(database, NOW + LEASE)
    put_off = replace(sent(), state="deferred", verdict="deferred", phase="rcpt", intent_at=None)
    with database.write() as connection:
        assert not record(connection, [(late, put_off)])
        assert put_back(connection, late.message_id, late.token, NOW, NOW, "late") == ""
        hold(connection, late.message_id, HeldFor.WORKER, "late", NOW, late.token)
        postpone(connection, late.token, [late.message_id], NOW)
        release(connection, [late.token])
        assert still_ours(connection, late.token) == set()
    assert outbox.message("state", "lease_token") == ("claimed", other.token)
    assert outbox.attempts("verdict") == [("deferred",)]
    assert outbox.message("attempts") == 0


def test_a_verdict_recorded_twice_after_a_commit_that_seemed_to_fail_is_there_once(
    database: Database,
) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    intended(database, claimed)
    for _ in range(2):
        with database.write() as connection:
            assert record(connection, [(claimed, sent())]) == {claimed.message_id}
    assert outbox.attempts("number", "verdict") == [(1, "sent")]
    assert outbox.message("attempts") == 1


def test_a_lease_is_renewed_only_while_it_lasts(database: Database) -> None:
    outbox = Outbox(database)
    claimed = take_one(database)
    half = NOW + LEASE / 2
    with database.write() as connection:
        renew(connection, [claimed.token], half, half + LEASE)
    assert outbox.message("lease_until") == half + LEASE
    with database.write() as connection:
        renew(connection, [claimed.token], half + LEASE, half + LEASE * 2)
    assert outbox.message("lease_until") == half + LEASE


def test_a_message_of_a_dead_worker_without_intent_waits_again(database: Database) -> None:
    outbox = Outbox(database)
    take_one(database)
    with database.write() as connection:
        recover(connection, NOW + LEASE - timedelta(seconds=1), REST)
    assert outbox.states() == ["claimed"]
    with database.write() as connection:
        assert recover(connection, NOW + LEASE, REST).waiting == 1
    assert outbox.message("state", "possible_duplicate", "attempts") == ("pending", False, 0)
    assert outbox.attempts() == []


def test_a_message_of_a_dead_worker_with_intent_is_uncertain(database: Database) -> None:
    outbox = Outbox(database)
    intended(database, take_one(database))
    with database.write() as connection:
        assert recover(connection, NOW + LEASE, REST).uncertain == 1
        assert load_rested(connection, NOW + LEASE) == []
    assert outbox.states() == ["uncertain"]
    assert outbox.attempts("phase", "verdict", "intent_at") == [("dot", "uncertain", NOW)]
    rested_at = NOW + LEASE + REST
    with database.write() as connection:
        (message,) = load_rested(connection, rested_at)
        assert message.rules == {"expiry"}
        assert repeat(connection, message.message_id, rested_at, rested_at)
        assert not repeat(connection, message.message_id, rested_at, rested_at)
    assert outbox.message("state", "possible_duplicate") == ("deferred", True)
    assert take_one(database, rested_at).row.possible_duplicate


def test_a_worker_that_dies_during_the_repeat_leaves_it_to_a_person(database: Database) -> None:
    outbox = Outbox(database)
    outbox.change(possible_duplicate=True, attempts=1, state="deferred")
    intended(database, take_one(database))
    with database.write() as connection:
        assert recover(connection, NOW + LEASE, REST).held == 1
    assert outbox.states() == ["held"]
    assert outbox.attempts("verdict", "possible_duplicate") == [("uncertain", True)]


def test_a_message_that_kills_its_worker_is_held_and_takes_no_other_along(
    database: Database,
) -> None:
    outbox = Outbox(database, 3)
    now, together = NOW, []
    for _death in range(MOST_CLAIMS):
        together.append(len(take(database, now).messages))
        now += LEASE
        with database.write() as connection:
            recover(connection, now, REST)
    # After a first death each comes alone: the others are not there when it kills again.
    assert together == [3, 1, 1]
    assert outbox.states() == ["held", "pending", "pending"]
    assert [len(take(database, now).messages) for _ in range(3)] == [1, 1, 0]


def test_messages_not_begun_are_given_back_unharmed(database: Database) -> None:
    outbox = Outbox(database, 2)
    batch = take(database)
    with database.write() as connection:
        release(connection, [batch.token])
    assert outbox.messages("state", "claims", "lease_token") == [("pending", 0, None)] * 2


def test_a_message_put_back_too_often_is_held(database: Database) -> None:
    outbox = Outbox(database)
    states = []
    for _ in range(MOST_CLAIMS):
        claimed = take_one(database)
        with database.write() as connection:
            states.append(
                put_back(connection, claimed.message_id, claimed.token, NOW, NOW, "broken")
            )
    assert states == ["waiting", "waiting", "held"]
    assert outbox.message("state", "reason") == ("held", "broken")


def test_an_intent_is_synced_to_disk_before_the_dot(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
