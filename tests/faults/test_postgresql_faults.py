"""F-24: PostgreSQL goes away around each commit of a delivery, also in the middle of one.

What the client cannot know, whether its COMMIT was carried out, is decided by reading again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy.exc import DBAPIError

from jobs.deliver import deliver
from reminder.crash_points import CrashPoint
from reminder.storage.engine import Database
from reminder.storage.schema import upgrade
from tests.crashes import workers
from tests.crashes.invariants import broken
from tests.crashes.killers import At, acting
from tests.crashes.office import Place, set_up
from tests.crashes.trials import record_of
from tests.faults.relayed import assert_one_unmarked
from tests.outboxes import MADE, Outbox
from tests.postgres import Server
from tests.restarts import RestartedServer, restarted_server
from tests.smtp_server import SmtpServer
from tests.stored import at
from tests.tcp_proxy import TcpProxy
from tests.waiting import wait_until

BEGINS_AT = at(MADE)
COMMITS = {
    CrashPoint.BEFORE_CLAIM_COMMIT: "claimed",
    CrashPoint.BEFORE_INTENT_COMMIT: "sending",
    CrashPoint.BEFORE_VERDICT_COMMIT: "sent",
}
"""The state that each commit brings the message into."""
TROUBLE = {
    CrashPoint.BEFORE_CLAIM_COMMIT: "raised",
    CrashPoint.BEFORE_INTENT_COMMIT: "send_failed",
    CrashPoint.BEFORE_VERDICT_COMMIT: "verdict_not_stored",
}
"""What the delivery says of a commit that it has no answer to."""
AROUND_COMMITS = [
    CrashPoint.BEFORE_CLAIM_COMMIT,
    CrashPoint.AFTER_CLAIM_COMMIT,
    CrashPoint.AFTER_FREEZE_COMMIT,
    CrashPoint.BEFORE_INTENT_COMMIT,
    CrashPoint.AFTER_INTENT_COMMIT,
    CrashPoint.DOT_SENT,
    CrashPoint.BEFORE_VERDICT_COMMIT,
    CrashPoint.AFTER_VERDICT_COMMIT,
]


@dataclass
class Cutter:
    """Cuts every connection to the database, before a COMMIT arrives or before its answer does."""

    proxy: TcpProxy
    outbox: Outbox
    """Past the proxy."""

    def before_it_arrives(self) -> None:
        """The server never hears of the COMMIT."""
        self.proxy.break_all()

    def before_the_answer(self, state: str) -> None:
        """The server carries it out, and nobody is told."""
        self.proxy.swallowed.add("server")
        Thread(target=self._cut_when, args=[state]).start()

    def _cut_when(self, state: str) -> None:
        wait_until(lambda: self.outbox.states() == [state])
        self.proxy.break_all()
        self.proxy.swallowed.clear()


@pytest.mark.parametrize("is_carried_out", [False, True], ids=["cut before it", "answer lost"])
@pytest.mark.parametrize("point", COMMITS, ids=lambda point: point.name)
def test_f24_connection_cut_during_a_commit_loses_and_repeats_nothing(
    postgresql_database: Database,
    server: SmtpServer,
    tmp_path: Path,
    point: CrashPoint,
    is_carried_out: bool,
) -> None:
    outbox = set_up(postgresql_database, 1)
    outbox.scan(BEGINS_AT)
    socket = Path(str(postgresql_database.url.query["host"])) / ".s.PGSQL.5432"
    with TcpProxy(socket) as proxy:
        through = postgresql_database.url.set(host="127.0.0.1", port=proxy.port, query={})
        cutter = Cutter(proxy, outbox)
        cut = At(
            point,
            act=(
                (lambda: cutter.before_the_answer(COMMITS[point]))
                if is_carried_out
                else cutter.before_it_arrives
            ),
        )
        place = Place(through.render_as_string(hide_password=False), tmp_path, server.port)
        cut_off = place.outbox()
        with closing(cut_off.database), acting(cut):
            assert trouble_of(cut_off) == TROUBLE[point]
    settled(Place(str(postgresql_database.url), tmp_path, server.port), server)


@pytest.fixture(scope="module")
def mortal(_postgresql_template: Server) -> Iterator[RestartedServer]:
    """A PostgreSQL server that may be killed, where there is any PostgreSQL at all."""
    with restarted_server() as server:
        yield server


@pytest.mark.parametrize("point", AROUND_COMMITS, ids=lambda point: point.name)
def test_f24_server_that_dies_around_a_commit_loses_and_repeats_nothing(
    mortal: RestartedServer, server: SmtpServer, tmp_path: Path, point: CrashPoint
) -> None:
    url = mortal.new_database(point.name.lower())
    place = Place(url, tmp_path, server.port)
    outbox = place.outbox()
    with closing(outbox.database):
        upgrade(outbox.database)
        set_up(outbox.database, 1)
        outbox.scan(BEGINS_AT)
        with acting(At(point, act=mortal.crash)), suppress(DBAPIError):
            deliver(outbox.context(BEGINS_AT))
    settled(place, server)


def trouble_of(outbox: Outbox) -> str:
    """Deliver; what the log says went wrong, where the delivery did not end with it."""
    try:
        deliver(outbox.context(BEGINS_AT))
    except DBAPIError:
        return "raised"
    said = [entry for entry in outbox.capture.entries if "exc_info" in entry]
    assert all(isinstance(entry["exc_info"], DBAPIError) for entry in said)
    return ", ".join(entry["event"] for entry in said)


def settled(place: Place, server: SmtpServer) -> None:
    """The next ticks bring it to its end: one mail, which nobody had to doubt."""
    assert workers.run(workers.settle, place, BEGINS_AT + timedelta(minutes=1)) == 0
    assert_one_unmarked(server)
    record = record_of(place)
    assert broken(record, server.mails) == []
    assert [message.state for message in record.messages.values()] == ["sent"]
