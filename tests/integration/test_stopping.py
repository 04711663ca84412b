"""Stopping what has not left: beside deliveries that take it up at the same time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.claims import claim
from reminder.storage.engine import Database
from reminder.storage.outbox import intend
from reminder.storage.stopping import stop_notices
from tests.outboxes import MADE, Outbox
from tests.stored import at
from tests.waiting import wait_until

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOW = at(MADE)
LEASE = timedelta(minutes=25)


def deadline_ids(outbox: Outbox) -> list[int]:
    return [number for (number,) in outbox.rows(tables.deadlines, "id")]


def stop(database: Database, ids: list[int]) -> None:
    with database.write() as connection:
        stop_notices(connection, ids, SkipReason.MET, NOW)


def begin_to_send(connection: Connection) -> int:
    """Claim what is free and intend its dots, as a worker does; how many were granted."""
    batch = claim(connection, NOW, NOW + LEASE, "another", 10)
    return len(intend(connection, batch.messages, NOW, NOW))


def again(database: Database) -> Database:
    """The same database as another process has it."""
    return Database(database.url.render_as_string(hide_password=False))


def is_waited_for(database: Database) -> bool:
    """Whether a session waits for a lock."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.read() as connection:
        return bool(connection.scalar(text(query)))


def before_statement(connection: Connection, number: int, act: Callable[[], None]) -> None:
    """Have *act* done just before the statement of that number, the first being 1."""
    left = [number]

    def count(*_said: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    event.listen(connection, "before_cursor_execute", count)


def test_a_message_is_stopped_once_with_its_event(database: Database) -> None:
    outbox = Outbox(database, 2)
    for _ in range(2):
        stop(database, deadline_ids(outbox))
    assert outbox.messages("state", "reason", "next_try_at") == [("superseded", "met", None)] * 2
    assert outbox.notices("stop_reason") == [("met",)] * 2
    assert outbox.events().count("superseded") == 2


@pytest.mark.parametrize("state", ["sending", "sent", "uncertain", "failed"])
def test_what_has_left_or_may_have_is_left_alone(database: Database, state: str) -> None:
    outbox = Outbox(database)
    outbox.change(state=state)
    after = outbox.everything()
    stop(database, deadline_ids(outbox))
    assert outbox.everything() == after


def test_a_claimed_message_loses_its_notices_and_is_ended_by_its_worker(
    database: Database,
) -> None:
    outbox = Outbox(database)
    outbox.change(state="claimed")
    stop(database, deadline_ids(outbox))
    assert (outbox.states(), outbox.notices("stop_reason")) == (["claimed"], [("met",)])


def test_a_dot_that_is_intended_meanwhile_is_left_to_its_worker(
    postgresql_database: Database,
) -> None:
    outbox = Outbox(postgresql_database)
    stopping = Thread(target=stop, args=[postgresql_database, deadline_ids(outbox)])
    with closing(again(postgresql_database)) as worker, closing(again(worker)) as onlooker:
        with worker.write() as connection:
            assert begin_to_send(connection) == 1
            stopping.start()
            wait_until(lambda: is_waited_for(onlooker))
        stopping.join(30)
    assert (outbox.states(), outbox.notices("stop_reason")) == (["sending"], [("",)])
    assert "superseded" not in outbox.events()


@pytest.mark.parametrize("number", [2, 3, 4])
def test_no_dot_is_intended_between_two_statements_of_a_stop(
    postgresql_database: Database, number: int
) -> None:
    outbox = Outbox(postgresql_database)
    granted: list[int] = []
    with closing(again(postgresql_database)) as worker:

        def send() -> None:
            with worker.write() as connection:
                granted.append(begin_to_send(connection))

        with postgresql_database.write() as connection:
            before_statement(connection, number, send)
            stop_notices(connection, deadline_ids(outbox), SkipReason.MET, NOW)
    assert granted == [0]
    assert outbox.states() == ["superseded"]
