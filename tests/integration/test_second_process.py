"""A second process that delivers beside the first: each mail once, whichever of the two dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jobs.deliver import BATCH, DeliverReport, deliver
from jobs.second_process import second_process
from jobs.sessions import EACH_OF_TWO
from reminder.retry import UNCERTAIN_FOR
from reminder.storage import tables
from tests.outboxes import MADE, Outbox
from tests.smtp_server import Action, Envelope, SmtpServer
from tests.stored import at
from tests.waiting import wait_until

if TYPE_CHECKING:
    from reminder.storage.engine import Database

ROOT = Path(__file__).parents[2]
MANY = 3 * BATCH
TWO_PROCESSORS = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="one processor: nothing is forked"
)
"""There a second process would not help, and the service has none."""


class SlowRelay:
    """A rule of a relay: slow, until it is told to be fast."""

    SLOW = Action("stay", (b"250", b" taken\r\n"), pause=0.2)

    def __init__(self) -> None:
        self.is_fast = Event()

    def __call__(self, phase: str, _envelope: Envelope) -> Action | None:
        return self.SLOW if phase == "stored" and not self.is_fast.is_set() else None


@dataclass(frozen=True)
class Pair:
    """A delivery of *outbox* by two processes over *server*."""

    outbox: Outbox
    server: SmtpServer
    relay: SlowRelay
    log: Path
    first: subprocess.Popen[str]

    def second_pid(self) -> int:
        """The process that delivers beside the first."""
        (pid,) = _children(self.first.pid)
        return pid

    def wait_until_both_work(self) -> None:
        """Until each of the two holds messages."""
        wait_until(lambda: len(self.workers("claimed", "sending")) == 2)

    def workers(self, *states: str) -> set[str]:
        """The processes that hold a message in one of those states."""
        messages = tables.messages.c
        holders = select(messages.worker).where(messages.state.in_(states)).distinct()
        with self.outbox.database.read() as connection:
            return set(connection.execute(holders).scalars())

    def ended(self) -> DeliverReport:
        """What came of it, once the relay is as fast as it can be."""
        self.relay.is_fast.set()
        said, _ = self.first.communicate(timeout=120)
        assert self.first.returncode == 0, self.log.read_text()
        return DeliverReport(**json.loads(said))

    def told(self, word: str) -> bool:
        """Whether the log says it."""
        return f'"{word}"' in self.log.read_text()

    def deliver(self, now: datetime) -> None:
        """Once more at that instant, from this process."""
        context = self.outbox.context(now)
        url = f"smtp://127.0.0.1:{self.server.port}"
        deliver(replace(context, settings=replace(context.settings, mail_url=url)))

    def tried_by(self) -> Counter[int]:
        """How many attempts each process made."""
        return Counter(int(name.split(":")[-2]) for (name,) in self.outbox.attempts("worker"))

    def copies(self) -> Counter[str]:
        """How many of each mail the relay took."""
        return Counter(mail.message_id for mail in self.server.mails)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@contextmanager
def delivery(
    outbox: Outbox, server: SmtpServer, processors: set[int] | None = None
) -> Iterator[Pair]:
    """Deliver in a process of its own, with a second one beside it where there is one."""
    relay = SlowRelay()
    server.by_rule(relay)
    url = outbox.database.url.render_as_string(hide_password=False)
    home = str(outbox.settings.home)
    taskset = ["taskset", "-c", ",".join(map(str, processors))] if processors else []
    worker = [sys.executable, "-m", "tests.second_worker", home, url, str(server.port), MADE]
    log = server.folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*taskset, *worker], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as first,
    ):
        try:
            yield Pair(outbox, server, relay, log, first)
        finally:
            first.kill()


@TWO_PROCESSORS
def test_each_of_600_mails_leaves_once_by_one_of_two_processes(
    database: Database, server: SmtpServer
) -> None:
    with delivery(Outbox(database, MANY), server) as pair:
        pair.wait_until_both_work()
        second = pair.second_pid()
        report = pair.ended()
        assert report == DeliverReport(sent=MANY)
        assert set(pair.copies().values()) == {1}
        assert len(pair.copies()) == MANY
        assert set(pair.tried_by()) == {pair.first.pid, second}
        assert not _is_running(second)


@TWO_PROCESSORS
def test_second_process_killed_loses_nothing_and_repeats_nothing_without_a_mark(
    database: Database, server: SmtpServer
) -> None:
    with delivery(Outbox(database, MANY), server) as pair:
        pair.wait_until_both_work()
        second = pair.second_pid()
        pair.relay.is_fast.set()
        wait_until(lambda: pair.tried_by()[second] >= 10)
        os.kill(second, signal.SIGKILL)
        report = pair.ended()
        assert pair.told("second_process_ended")
        states = Counter(pair.outbox.states())
        assert set(states) <= {"sent", "uncertain"}, "the first process took over what was left"
        assert states["uncertain"] <= EACH_OF_TWO
        assert report.sent <= states["sent"]
        pair.deliver(at(MADE) + UNCERTAIN_FOR)
        assert set(pair.outbox.states()) == {"sent"}
        unmarked = Counter(mail.message_id for mail in server.mails if not mail.is_marked)
        assert max(unmarked.values()) == 1
        assert len(pair.copies()) == MANY
        assert max(pair.copies().values()) <= 2


@TWO_PROCESSORS
def test_second_process_ends_with_the_first_also_when_that_is_killed(
    sqlite_database: Database, server: SmtpServer
) -> None:
    with delivery(Outbox(sqlite_database, MANY), server) as pair:
        pair.wait_until_both_work()
        second = pair.second_pid()
        pair.first.kill()
        pair.first.communicate()
        wait_until(lambda: not _is_running(second))
        pair.relay.is_fast.set()
        for waited in (timedelta(0), UNCERTAIN_FOR):
            pair.deliver(at(MADE) + waited)
        assert set(pair.outbox.states()) == {"sent"}
        unmarked = Counter(mail.message_id for mail in server.mails if not mail.is_marked)
        assert max(unmarked.values()) == 1


@TWO_PROCESSORS
def test_second_process_told_to_end_finishes_its_mails_and_the_first_sends_the_others(
    sqlite_database: Database, server: SmtpServer
) -> None:
    with delivery(Outbox(sqlite_database, MANY), server) as pair:
        pair.wait_until_both_work()
        os.kill(pair.second_pid(), signal.SIGTERM)
        report = pair.ended()
        assert report == DeliverReport(sent=MANY)
        assert set(pair.copies().values()) == {1}
        assert not pair.told("second_process_ended")


@TWO_PROCESSORS
def test_relay_that_wants_no_more_connections_is_left_to_the_first_process(
    sqlite_database: Database, server: SmtpServer
) -> None:
    server.most_connections = 1
    with delivery(Outbox(sqlite_database, MANY), server) as pair:
        wait_until(lambda: pair.told("second"))
        server.most_connections = None
        assert pair.ended() == DeliverReport(sent=MANY)
        assert list(pair.tried_by()) == [pair.first.pid]
        assert pair.told("session_refused")


@TWO_PROCESSORS
def test_few_mails_are_sent_by_one_process(sqlite_database: Database, server: SmtpServer) -> None:
    with delivery(Outbox(sqlite_database, BATCH - 1), server) as pair:
        report = pair.ended()
        assert report == DeliverReport(sent=BATCH - 1)
        assert list(pair.tried_by()) == [pair.first.pid]


def test_on_one_processor_there_is_no_second_process(
    sqlite_database: Database, server: SmtpServer
) -> None:
    with delivery(Outbox(sqlite_database, BATCH), server, {min(os.sched_getaffinity(0))}) as pair:
        wait_until(lambda: pair.workers("claimed", "sending"))
        assert _children(pair.first.pid) == []
        report = pair.ended()
        assert report == DeliverReport(sent=BATCH)


def test_maildir_has_no_second_process() -> None:
    with second_process("maildir:var/mail") as second:
        assert second is None
