"""Several sessions over real connections: side by side, in one group of commits, to an end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from jobs.deliver import DeliverReport, deliver
from jobs.sessions import MOST_SESSIONS
from tests.outboxes import MADE, Outbox
from tests.smtp_server import DROP, SILENCE, SmtpServer, reply
from tests.stored import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from reminder.storage.engine import Database


def outbox_at(database: Database, server: SmtpServer, count: int) -> Outbox:
    """So many messages that wait for this relay."""
    outbox = Outbox(database, count)
    url = f"smtp://127.0.0.1:{server.port}"
    outbox.settings = replace(outbox.settings, mail_url=url)
    return outbox


def sent_by_all(outbox: Outbox, stop: Callable[[], bool] | None = None) -> DeliverReport:
    """One delivery with its own sessions."""
    return deliver(outbox.context(at(MADE)), stop=stop)


def test_many_mails_go_over_many_connections_each_once(database: Database, tmp_path: Path) -> None:
    with SmtpServer(tmp_path) as server:
        outbox = outbox_at(database, server, 300)
        assert sent_by_all(outbox) == DeliverReport(sent=300)
        assert len({mail.message_id for mail in server.mails}) == len(server.mails) == 300
        assert 1 < server.connections <= 300 / 50 + MOST_SESSIONS
    assert outbox.states() == ["sent"] * 300
    assert outbox.message_values("possible_duplicate") == [False] * 300
    assert outbox.attempts("number", "verdict") == [(1, "sent")] * 300


def test_one_mail_needs_no_second_connection(sqlite_database: Database, tmp_path: Path) -> None:
    with SmtpServer(tmp_path) as server:
        assert sent_by_all(outbox_at(sqlite_database, server, 1)).sent == 1
        assert server.connections == 1


def test_a_relay_that_is_down_is_asked_by_one_connection(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        server.always("greeting", reply("421 4.3.2 shutting down"))
        outbox = outbox_at(sqlite_database, server, 40)
        assert sent_by_all(outbox).relay_faults == server.connections == 5
    assert outbox.states() == ["pending"] * 40
    assert outbox.message_values("lease_token") == [None] * 40


def test_a_relay_that_takes_few_connections_costs_no_attempt(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        # The first connection is taken, each further one is turned away.
        server.then("greeting", None)
        server.always("greeting", reply("421 4.7.0 too many connections from you"))
        outbox = outbox_at(sqlite_database, server, 40)
        assert sent_by_all(outbox) == DeliverReport(sent=40)
    assert outbox.attempts("verdict") == [("sent",)] * 40


def test_a_connection_lost_by_one_session_harms_no_other(
    database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        server.then("data", *[None] * 7, DROP, *[None] * 7, DROP)
        outbox = outbox_at(database, server, 40)
        assert sent_by_all(outbox) == DeliverReport(sent=38, deferred=2)
        assert len(server.mails) == 38


def test_a_stop_lets_each_session_finish_its_mail_and_gives_the_rest_back(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        outbox = outbox_at(sqlite_database, server, 300)
        report = sent_by_all(outbox, lambda: len(server.mails) >= 20)
        assert 20 <= report.sent == len(server.mails) < 20 + 2 * MOST_SESSIONS
    assert outbox.states() == ["pending"] * (300 - report.sent) + ["sent"] * report.sent
    assert outbox.message_values("claims") == [0] * 300


def test_a_session_that_waits_long_keeps_nobody_from_committing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with SmtpServer(tmp_path) as server:
        server.then("mail", *[None] * 10, SILENCE)
        outbox = outbox_at(sqlite_database, server, 60)
        worker = Thread(target=sent_by_all, args=(outbox,))
        worker.start()
        while len(server.mails) < 59:
            worker.join(0.02)
            assert worker.is_alive()
        while outbox.states().count("sent") < 59:
            worker.join(0.02)
            assert worker.is_alive(), "the silent session still waits"
        server.close()
        worker.join(60)
    assert sorted(outbox.states())[-59:] == ["sent"] * 59
