"""F-25: the database comes back without its last commits, as after a failover."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, text

from jobs.deliver import DeliverReport, deliver
from reminder.mail.journal import OutcomeJournal
from reminder.storage import tables
from reminder.storage.engine import Database
from tests.faults.relayed import smtp
from tests.outboxes import MADE, Outbox
from tests.stored import at
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.smtp_server import SmtpServer

UNDONE = (tables.messages, tables.contents, tables.attempts, tables.events, tables.service)
"""What a delivery writes."""


def snapshot(database: Database, folder: Path) -> Callable[[], None]:
    """Keep what the database holds now; to call the result is to fail over to that."""
    if database.file is not None:
        return _sqlite_snapshot(database, database.file, folder / "snapshot.db")
    return _row_snapshot(database)


def _sqlite_snapshot(database: Database, file: Path, copy: Path) -> Callable[[], None]:
    def transfer(source: Path, target: Path) -> None:
        database.close()
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)

    transfer(file, copy)
    return lambda: transfer(copy, file)


def _row_snapshot(database: Database) -> Callable[[], None]:
    """The rows that a delivery writes, put back by hand."""
    with database.read() as connection:
        kept = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in UNDONE
        }

    def put_back() -> None:
        with database.write() as connection:
            # Notices refer to messages, which therefore are changed back and not removed.
            for table in (tables.attempts, tables.contents, tables.events, tables.service):
                connection.execute(delete(table))
                if kept[table]:
                    connection.execute(insert(table), kept[table])
            for row in kept[tables.messages]:
                same = tables.messages.c.message_id == row["message_id"]
                connection.execute(tables.messages.update().where(same).values(row))

    return put_back


def test_f25_a_failover_that_forgets_the_sends_repeats_none(
    database: Database, server: SmtpServer, tmp_path: Path
) -> None:
    outbox = Outbox(database, 5)
    fail_over = snapshot(database, tmp_path)
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(sent=5)
        before = outbox.messages("message_id", "state", "sent_at")
        fail_over()
        assert set(outbox.states()) == {"pending"}
        assert outbox.attempts() == []
        later = at(MADE) + timedelta(minutes=1)
        assert outbox.deliver(later, transport=transport) == DeliverReport()
    assert len(server.mails) == 5
    assert outbox.messages("message_id", "state", "sent_at") == before
    assert outbox.attempts("code", "verdict") == [(250, "sent")] * 5
    assert outbox.events().count("replayed") == 5


def test_f25_a_failover_while_nobody_uses_the_database_is_noticed(
    postgresql_database: Database, server: SmtpServer, tmp_path: Path
) -> None:
    outbox = Outbox(postgresql_database, 2)
    fail_over = snapshot(postgresql_database, tmp_path)
    with OutcomeJournal(tmp_path / "var") as journal, smtp(server.port) as transport:
        daemon = replace(outbox.context(at(MADE)), journal=journal)
        assert deliver(daemon, transport) == DeliverReport(sent=2)
        fail_over()
        cut_connections(postgresql_database)
        assert not journal.needs_replay, "no commit failed, so nobody asks for it"
        assert deliver(daemon, transport) == DeliverReport()
        assert set(outbox.states()) == {"sent"}
    assert len(server.mails) == 2


def test_a_file_is_never_lost_like_a_connection(sqlite_database: Database) -> None:
    assert not sqlite_database.take_was_lost()


def cut_connections(database: Database) -> None:
    """End every session of it while it is idle, as a server that goes away does."""
    with closing(Database(database.url.render_as_string(hide_password=False))) as admin:
        others = (
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with admin.write() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))

        def are_gone() -> bool:
            with admin.read() as connection:
                return not connection.scalar(text(f"SELECT count(*) {others}"))

        wait_until(are_gone)


def test_f25_without_its_journal_the_same_failover_repeats_them(
    database: Database, server: SmtpServer, tmp_path: Path
) -> None:
    outbox = Outbox(database, 2)
    fail_over = snapshot(database, tmp_path)
    with smtp(server.port) as transport:
        outbox.deliver(MADE, transport=transport)
        fail_over()
        for file in outbox.settings.home.glob("var/outcomes.*.journal"):
            file.unlink()
        outbox.deliver(at(MADE) + timedelta(minutes=1), transport=transport)
    assert len(server.mails) == 4, "else the test above shows nothing"
