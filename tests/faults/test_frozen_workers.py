"""F-21 to F-23: workers that stand still and come back too late, and too many of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from reminder.crash_points import CrashPoint
from reminder.mail.smtp import LONGEST_PAUSE, SmtpTransport
from reminder.mail_url import MailUrl
from reminder.retry import UNCERTAIN_FOR
from tests.crashes import workers
from tests.crashes.invariants import broken
from tests.crashes.killers import At, freeze
from tests.crashes.trials import BEGINS_AT, record_of
from tests.factories import make_agreement
from tests.faults.crashed import Service, place_of
from tests.faults.relayed import assert_marked_copies, assert_one_unmarked
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer
from tests.stored import put_many
from tests.waiting import wait_until

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from reminder.storage.engine import Database


@pytest.fixture
def service(database: Database, server: SmtpServer, tmp_path: Path) -> Service:
    """On each kind of database."""
    return Service.on(database, tmp_path, server)


@pytest.fixture
def sqlite_service(sqlite_database: Database, server: SmtpServer, tmp_path: Path) -> Service:
    """Where the kind of database makes no difference, and the test must wait."""
    return Service.on(sqlite_database, tmp_path, server)


@contextmanager
def frozen_at(service: Service, point: CrashPoint) -> Iterator[BaseProcess]:
    """A worker that stands still there, by a real SIGSTOP. Its clock stands at BEGINS_AT."""
    worker = workers.start(workers.one_tick, service.place, BEGINS_AT, At(point, act=freeze))
    status = Path(f"/proc/{worker.pid}/stat")
    try:
        wait_until(lambda: status.read_text().rpartition(")")[2].split()[0] == "T")
        yield worker
    finally:
        worker.kill()  # one that still stands would keep the tests from ending


def thawed(worker: BaseProcess) -> int:
    """Let it go on to its end; its exit status."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGCONT)
    return workers.ended(worker)


@pytest.mark.parametrize(
    "point", [CrashPoint.AFTER_CLAIM_COMMIT, CrashPoint.MID_BODY], ids=lambda point: point.name
)
def test_f21_frozen_before_the_intent_past_its_lease_a_worker_cannot_dot(
    service: Service, point: CrashPoint
) -> None:
    with frozen_at(service, point) as zombie:
        service.settled(BEGINS_AT + timedelta(minutes=1))
        assert_one_unmarked(service.server)
        before = record_of(service.place).messages
        assert thawed(zombie) == 0
    assert_one_unmarked(service.server)
    assert record_of(service.place).messages == before


def test_f22_frozen_after_the_intent_a_worker_does_not_dot_and_the_repeat_is_marked(
    sqlite_service: Service,
) -> None:
    service = sqlite_service
    with frozen_at(service, CrashPoint.AFTER_INTENT_COMMIT) as zombie:
        began = monotonic()
        service.settled(BEGINS_AT + timedelta(minutes=1))
        assert [mail.is_marked for mail in service.server.mails] == [True]
        wait_until(lambda: monotonic() - began > LONGEST_PAUSE)
        assert thawed(zombie) == 0
    assert [mail.is_marked for mail in service.server.mails] == [True]
    assert broken(record_of(service.place), service.server.mails) == []


def test_f22_frozen_after_the_intent_with_its_lease_still_good_it_sends_later_unmarked(
    sqlite_service: Service,
) -> None:
    service = sqlite_service
    with frozen_at(service, CrashPoint.AFTER_INTENT_COMMIT) as zombie:
        began = monotonic()
        wait_until(lambda: monotonic() - began > LONGEST_PAUSE)
        assert thawed(zombie) == 0
    assert service.server.mails == []
    service.settled(BEGINS_AT + timedelta(minutes=1))
    assert_one_unmarked(service.server)


def test_f22_a_pause_inside_the_transport_stops_the_dot_too(
    database: Database, server: SmtpServer
) -> None:
    # The connection opened, the intent granted, the last look before the dot.
    clock: Iterator[float] = iter([0.0, 0.0, LONGEST_PAUSE + 1])
    outbox = Outbox(database)
    url = MailUrl("smtp", "127.0.0.1", server.port)
    with closing(SmtpTransport(url, elapsed=lambda: next(clock))) as transport:
        assert outbox.deliver(MADE, transport=transport) == DeliverReport(deferred=1)
    assert server.mails == []
    with closing(SmtpTransport(url)) as transport:
        later = BEGINS_AT + UNCERTAIN_FOR
        assert outbox.deliver(later, transport=transport) == DeliverReport(sent=1)
    assert_one_unmarked(server)


def test_f22_frozen_after_the_dot_a_worker_adds_its_verdict_and_changes_nothing(
    service: Service,
) -> None:
    with frozen_at(service, CrashPoint.DOT_SENT) as zombie:
        service.settled(BEGINS_AT + timedelta(minutes=1))
        before = record_of(service.place).messages
        assert thawed(zombie) == 0
    assert_marked_copies(service.server, 2)
    assert record_of(service.place).messages == before
    assert service.attempts() == [("uncertain", False), ("sent", True), ("sent", False)]
    assert broken(record_of(service.place), service.server.mails) == []


def test_f23_four_daemons_on_one_database_send_each_of_1000_mails_once(
    database: Database, tmp_path: Path
) -> None:
    outbox = Outbox(database, 0)
    with database.write() as connection:
        put_many(connection, [make_agreement(f"A-{number}") for number in range(1000)])
    with SmtpServer(tmp_path, is_synced=False) as server:
        place = place_of(database, tmp_path, server)
        daemons = [workers.start(workers.one_tick, place, BEGINS_AT) for _daemon in range(4)]
        assert [workers.ended(daemon) for daemon in daemons] == [0] * 4
        workers.run(workers.settle, place, BEGINS_AT + timedelta(minutes=1))
        assert len(server.mails) == len({mail.message_id for mail in server.mails}) == 1000
        assert not any(mail.is_marked for mail in server.mails)
        assert broken(record_of(place), server.mails) == []
    assert outbox.states() == ["sent"] * 1000
    assert len(set(outbox.attempts("worker"))) > 1, "one did it all; that shows nothing"


def test_f22_frozen_after_the_dot_and_back_before_the_repeat_a_worker_settles_the_doubt(
    service: Service,
) -> None:
    past_the_lease = BEGINS_AT + timedelta(minutes=20)
    with frozen_at(service, CrashPoint.DOT_SENT) as zombie:
        assert workers.run(workers.one_tick, service.place, past_the_lease) == 0
        assert service.states() == ["uncertain"]
        assert thawed(zombie) == 0
    service.settled(past_the_lease + timedelta(minutes=1))
    assert_one_unmarked(service.server)
    assert service.states() == ["sent"]
