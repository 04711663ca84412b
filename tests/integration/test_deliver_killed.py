"""A delivery killed in the middle, as a process, and what the next one makes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from reminder.mail.smtp import SmtpTransport
from reminder.mail_url import MailUrl
from reminder.retry import UNCERTAIN_FOR
from reminder.workers import is_gone, own_name
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SILENCE, SmtpServer
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

ROOT = Path(__file__).parents[2]


def wait_until(condition: Callable[[], object]) -> None:
    """Until it is true; a minute is the limit."""
    limit = monotonic() + 60
    while not condition():
        assert monotonic() < limit
        sleep(0.02)


def kill_in(
    outbox: Outbox, server: SmtpServer, phase: str, condition: Callable[[], object]
) -> None:
    """Deliver in a process of its own, and kill it while the relay is silent in *phase*."""
    server.then(phase, SILENCE)
    url = outbox.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.delivery_worker", url, str(server.port), MADE]
    with subprocess.Popen(command, cwd=ROOT) as worker:
        wait_until(condition)
        worker.kill()


@pytest.mark.parametrize(
    ("phase", "verb"),
    [("greeting", ""), ("mail", "MAIL"), ("rcpt", "RCPT"), ("data", "DATA")],
)
def test_killed_before_the_dot_the_next_run_sends_at_once_without_a_mark(
    sqlite_database: Database, tmp_path: Path, phase: str, verb: str
) -> None:
    outbox = Outbox(sqlite_database, 2)
    with SmtpServer(tmp_path) as server:

        def is_silent() -> bool:
            said = server.commands[-1] if server.commands else ""
            return server.connections > 0 and said.startswith(verb)

        kill_in(outbox, server, phase, is_silent)
        with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport:
            for _claim_alone in range(2):
                outbox.deliver(MADE, transport=transport)
        assert len(server.mails) == len({mail.message_id for mail in server.mails}) == 2
        assert all(b"X-Possible-Duplicate" not in mail.data for mail in server.mails)
    assert outbox.states() == ["sent", "sent"]


def test_killed_after_the_dot_there_is_one_marked_repeat(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database)
    with SmtpServer(tmp_path) as server:
        kill_in(outbox, server, "stored", lambda: server.mails)
        with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport:
            assert outbox.deliver(MADE, transport=transport) == DeliverReport()
            assert outbox.states() == ["uncertain"]
            later = at(MADE) + UNCERTAIN_FOR
            assert outbox.deliver(later, transport=transport) == DeliverReport(sent=1)
            assert outbox.deliver("2026-05-04", transport=transport) == DeliverReport()
        first, second = server.mails
    assert first.message_id == second.message_id
    assert b"X-Possible-Duplicate" not in first.data
    assert b"X-Possible-Duplicate: attempt=2" in second.data
    assert first.data.partition(b"\r\n\r\n")[2] == second.data.partition(b"\r\n\r\n")[2]


def test_a_worker_is_gone_when_its_process_is() -> None:
    assert not is_gone(own_name())
    host, place, pid, started = own_name().rsplit(":", 3)
    assert is_gone(f"{host}:{place}:{pid}:{int(started) + 1}"), "the number was used again"
    with subprocess.Popen([sys.executable, "-c", ""]) as other:
        other.wait()
    assert is_gone(f"{host}:{place}:{other.pid}:1")


@pytest.mark.parametrize("name", ["", "host:1", "host::1:1", "host:another-boot.1:1:1", "a:b:c:d"])
def test_of_a_worker_elsewhere_nobody_can_know(name: str) -> None:
    assert not is_gone(name)
