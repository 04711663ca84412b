"""The daemon with its second process at work: both end when it is told to, or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import BATCH
from reminder.home_lock import holder_of
from tests.installed import PROGRAM, ROOT, relay
from tests.outboxes import Outbox
from tests.policies import write_config
from tests.smtp_server import Action, SmtpServer
from tests.waiting import wait_until

if TYPE_CHECKING:
    from reminder.storage.engine import Database

pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="one processor: nothing is forked"
)
POLICY = """\
service: {name: Pengingat, admin: [admin@biro.example.go.id]}
digest_above: 1000
storm: none
limits: {per_recipient: none, per_relay: none}
digests: none
"""
MONDAY = "2026-05-04T09:00:00+07:00"
"""After the Friday, a holiday here, on which the messages are made."""
SLOW = Action("stay", (b"250", b" taken\r\n"), pause=0.2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server.always("stored", SLOW)


@pytest.fixture
def daemon(
    home: Path, sqlite_database: Database, server: SmtpServer
) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon and its second process, both sending."""
    write_config(home, reminder=POLICY)
    outbox = Outbox(sqlite_database, 5 * BATCH, home=home)
    url = sqlite_database.url.render_as_string()
    environ = {"REMINDER_DATABASE_URL": url, "REMINDER_LISTEN": "off", **relay(server.port)}
    with subprocess.Popen(
        [*PROGRAM, "--home", str(home), "--as-of", MONDAY, "run"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], **environ},
        cwd=ROOT,
    ) as process:
        try:
            wait_until(lambda: len({name for (name,) in outbox.attempts("worker")}) == 2)
            yield process
        finally:
            process.kill()


def second_of(daemon: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text()
    (second,) = map(int, children.split())
    return second


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_killed_daemon_leaves_its_home_free_and_no_process_behind(
    daemon: subprocess.Popen[bytes], home: Path
) -> None:
    second = second_of(daemon)
    daemon.kill()
    daemon.wait()
    assert holder_of(home) is None
    wait_until(lambda: not is_running(second))


def test_daemon_told_to_end_ends_both_after_the_mails_at_hand(
    daemon: subprocess.Popen[bytes], sqlite_database: Database, server: SmtpServer
) -> None:
    second = second_of(daemon)
    began = monotonic()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    assert monotonic() - began < 30, "not after all that waits"
    assert not is_running(second)
    outbox = Outbox(sqlite_database, None)
    assert set(outbox.states()) == {"sent", "pending"}
    assert len(server.mails) == outbox.states().count("sent")
