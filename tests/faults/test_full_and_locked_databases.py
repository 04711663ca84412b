"""F-26, its second half, and F-27: a write that finds no room, and one that never gets its turn.

``PRAGMA max_page_count`` makes SQLite answer as a full disk does. A busy timeout of a
moment stands for that of 15 s.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from jobs.deliver import deliver
from reminder.crash_points import CrashPoint
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.planning import read_service
from tests.factories import make_agreement
from tests.fakes import RecordingTransport
from tests.faults.hooks import at_each_point, once_at
from tests.outboxes import MADE, Outbox
from tests.stored import at
from tests.waiting import wait_until

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail

PLENTY = 1_000_000
"""Pages that no test fills."""
LATER = at(MADE, "12:00")
"""Every lease of nine o'clock is over, and every message that was put off is due again."""

STEPS = {
    "claim": ("messages", "NEW.state = 'claimed'", None),
    "freeze": ("contents", "1", CrashPoint.AFTER_CLAIM_COMMIT),
    "intent": ("messages", "NEW.state = 'sending'", CrashPoint.AFTER_FREEZE_COMMIT),
    "verdict": ("messages", "NEW.state = 'sent'", CrashPoint.AFTER_INTENT_COMMIT),
}
"""Each step of a delivery: what it writes, and the crash point passed before it begins."""


@cache
def renderer() -> Renderer:
    """Compiled once: that takes longer than a delivery."""
    return Renderer(template_dirs(Path()))


def leave_room(database: Database, pages: int | None = None) -> None:
    """Let the database grow by so many pages at most; None for as many as it wants.

    SQLite keeps the limit for each connection; a test without threads has one that writes.
    """
    with database.write() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        most = PLENTY if pages is None else used + pages
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")


def make_costly(database: Database, table: str, condition: str) -> None:
    """Have each write of that kind need a page more, which a full disk has not."""
    verb = "UPDATE" if table == "messages" else "INSERT"
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS filler (octets BLOB)")
        connection.exec_driver_sql(
            f"CREATE TRIGGER costly_{table} AFTER {verb} ON {table} WHEN {condition} "
            "BEGIN INSERT INTO filler VALUES (zeroblob(4096)); END"
        )


def before_step(step: str, act: Callable[[], None]) -> AbstractContextManager[None]:
    """Have *act* called just before that step of the delivery inside."""
    return once_at(STEPS[step][2], act)


def try_to_deliver(outbox: Outbox, now: datetime, transport: RecordingTransport) -> None:
    """A tick of the daemon: an error of the database ends this one, and the next one comes."""
    try:
        deliver(outbox.context(now), transport, renderer=renderer())
    except OperationalError as error:
        outbox.context(now).log.error("job_failed", exc_info=error)


def assert_each_left_once(outbox: Outbox, transport: RecordingTransport, count: int) -> None:
    """All are sent and on record, one copy each, none of them marked as a repeat."""
    assert outbox.states() == ["sent"] * count
    assert len(transport.delivered) == len({mail.message_id for mail in transport.delivered})
    assert len(transport.delivered) == count
    assert not any(outbox.message_values("possible_duplicate"))
    assert outbox.attempts("verdict") == [("sent",)] * count


def said(outbox: Outbox) -> list[str]:
    """The events of the log."""
    return [entry["event"] for entry in outbox.capture.entries]


@pytest.mark.parametrize("step", STEPS)
def test_f26_full_database_at_any_step_of_a_delivery_sends_nothing_that_is_not_on_record(
    sqlite_database: Database, step: str
) -> None:
    outbox, transport = Outbox(sqlite_database, 1), RecordingTransport()
    make_costly(sqlite_database, *STEPS[step][:2])
    with before_step(step, lambda: leave_room(sqlite_database, 0)):
        try_to_deliver(outbox, at(MADE), transport)
        try_to_deliver(outbox, at(MADE, "09:01"), transport)
    assert len(transport.delivered) == (1 if step == "verdict" else 0)
    assert outbox.attempts() == []
    assert {"job_failed", "send_failed"} & set(said(outbox))
    leave_room(sqlite_database)
    try_to_deliver(outbox, LATER, transport)
    assert_each_left_once(outbox, transport, 1)


def test_f26_verdict_that_finds_no_room_is_kept_in_the_journal_until_there_is_some(
    sqlite_database: Database,
) -> None:
    outbox, transport = Outbox(sqlite_database, 1), RecordingTransport()
    make_costly(sqlite_database, *STEPS["verdict"][:2])
    with before_step("verdict", lambda: leave_room(sqlite_database, 0)):
        try_to_deliver(outbox, at(MADE), transport)
    assert outbox.message("state") == "sending"
    assert "verdict_not_stored" in said(outbox)
    leave_room(sqlite_database)
    try_to_deliver(outbox, at(MADE, "09:01"), transport)
    assert "verdict_replayed" in said(outbox)
    assert outbox.message("sent_at") == at(MADE)
    assert_each_left_once(outbox, transport, 1)


def test_f26_wherever_the_room_ends_the_mail_leaves_once_and_unmarked(
    sqlite_database: Database, tmp_path: Path
) -> None:
    Outbox(sqlite_database, 1)
    for table in ("messages", "contents", "attempts"):
        make_costly(sqlite_database, table, "1")
    sqlite_database.close()
    assert sqlite_database.file is not None
    failed_after, has_failed = set[CrashPoint | None](), True
    pages = 0
    while has_failed:
        file = tmp_path / f"{pages}.db"
        shutil.copyfile(sqlite_database.file, file)
        with closing(Database(f"sqlite:///{file}")) as database:
            last, has_failed = run_out_of_room(database, pages)
        failed_after |= {last} if has_failed else set()
        pages += 1
    assert {point for _table, _condition, point in STEPS.values()} <= failed_after


def run_out_of_room(database: Database, pages: int) -> tuple[CrashPoint | None, bool]:
    """Deliver with so many pages left, then with enough.

    The last point passed of those that begin a step, and whether the room did not do.
    """
    outbox, transport = Outbox(database, None), RecordingTransport()
    begins = [point for _table, _condition, point in STEPS.values()]
    passed: list[CrashPoint] = []
    leave_room(database, pages)
    with at_each_point(passed.append):
        try_to_deliver(outbox, at(MADE), transport)
    assert len(transport.delivered) == passed.count(CrashPoint.AFTER_INTENT_COMMIT)
    has_failed = outbox.states() != ["sent"]
    leave_room(database)
    for clock in ("09:01", "12:00"):
        try_to_deliver(outbox, at(MADE, clock), transport)
    assert_each_left_once(outbox, transport, 1)
    return max([None, *(one for one in passed if one in begins)], key=begins.index), has_failed


@pytest.mark.parametrize("pages", [0, 12], ids=["no room", "room for some"])
def test_f26_scan_that_finds_no_room_tells_everybody_once_there_is_some(
    sqlite_database: Database, pages: int
) -> None:
    outbox = Outbox(sqlite_database, 0)
    refs = [f"A-{number}" for number in range(50)]
    outbox.put(*map(make_agreement, refs))
    outbox.scan("2026-04-01")  # which plans them, and makes nothing
    make_costly(sqlite_database, "notices", "1")
    leave_room(sqlite_database, pages)
    with suppress(OperationalError):  # where not even the failures can be put on record
        outbox.scan(MADE)
    assert len(outbox.notices()) < len(refs)
    leave_room(sqlite_database)
    outbox.scan(at(MADE, "10:00"))
    assert sorted(ref for (ref,) in outbox.notices("agreement")) == sorted(refs)


@contextmanager
def foreign_writer(file: Path | None) -> Iterator[None]:
    """Another program that holds the write lock of the database."""
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def be_impatient(database: Database) -> None:
    """Have writers wait a moment for the lock, instead of 15 s."""
    database.patience = 0.01


class LettingGo(RecordingTransport):
    """A relay at which the lock is given back while it takes the second mail."""

    def __init__(self, lock: AbstractContextManager[None]) -> None:
        super().__init__()
        self._lock = lock

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        if len(self.tried) == 1:
            self._lock.__exit__(None, None, None)
        return super().send(mail, before_dot)


@pytest.mark.parametrize("step", STEPS)
def test_f27_lock_that_somebody_else_holds_at_any_step_of_a_delivery_loses_nothing(
    sqlite_database: Database, step: str
) -> None:
    outbox, transport = Outbox(sqlite_database, 3), RecordingTransport()
    be_impatient(sqlite_database)
    lock = foreign_writer(sqlite_database.file)
    with before_step(step, lock.__enter__):
        try_to_deliver(outbox, at(MADE), transport)
    assert len(transport.delivered) == (1 if step == "verdict" else 0)
    lock.__exit__(None, None, None)
    try_to_deliver(outbox, at(MADE, "09:01"), transport)
    try_to_deliver(outbox, LATER, transport)
    assert_each_left_once(outbox, transport, 3)


def test_f27_one_verdict_that_waits_in_vain_for_the_lock_does_not_stop_the_other_mails(
    sqlite_database: Database,
) -> None:
    outbox = Outbox(sqlite_database, 3)
    be_impatient(sqlite_database)
    lock = foreign_writer(sqlite_database.file)
    transport = LettingGo(lock)
    with before_step("verdict", lock.__enter__):
        # The relay took all three; one of its verdicts is so far in the journal alone.
        assert deliver(outbox.context(at(MADE)), transport, renderer=renderer()).sent == 3
    assert said(outbox).count("verdict_not_stored") == 1
    try_to_deliver(outbox, at(MADE, "09:01"), transport)
    assert_each_left_once(outbox, transport, 3)


def test_f27_scan_that_waits_in_vain_for_the_lock_is_made_by_the_next_tick(
    sqlite_database: Database,
) -> None:
    outbox = Outbox(sqlite_database, 0)
    outbox.put(make_agreement())
    be_impatient(sqlite_database)
    with foreign_writer(sqlite_database.file), pytest.raises(OperationalError, match="locked"):
        outbox.scan(MADE)
    assert outbox.scan(MADE).messages == 1


def test_f27_threads_of_one_process_write_one_after_another(sqlite_database: Database) -> None:
    begun, may_end = Event(), Event()

    def write_slowly() -> None:
        with sqlite_database.write() as connection:
            connection.execute(tables.service.insert().values(name="first", value="1"))
            begun.set()
            may_end.wait(60)

    def write() -> None:
        with sqlite_database.write() as connection:
            connection.execute(tables.service.insert().values(name="second", value="2"))

    slow, quick = Thread(target=write_slowly), Thread(target=write)
    slow.start()
    wait_until(begun.is_set)
    quick.start()
    with sqlite_database.read() as connection:
        assert read_service(connection, "first", "second") == {}
    may_end.set()
    slow.join()
    quick.join()
    with sqlite_database.read() as connection:
        assert read_service(connection, "first", "second") == {"first": "1", "second": "2"}
