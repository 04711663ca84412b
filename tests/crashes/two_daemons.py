"""Two daemons wrongly started on one home, one of them killed every two seconds.

``python -m tests.crashes.two_daemons`` sends 10,000 messages so, through a relay that drops
2 % of the mails at random phases, until all is settled. Then each mail that the relay stored
is compared with the record: none lost, none repeated unmarked, at most two copies, and for
each repeat ``reminder log`` tells why.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from reminder.home_lock import LOCK_FILE
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.engine import Database
from tests.bench.queues import make_queued_home
from tests.bench.register import DUE_AT
from tests.crashes.invariants import ENDS, broken, marked
from tests.crashes.records import load_record
from tests.installed import PROGRAM, ROOT, done, relay, rows_of
from tests.smtp_server import Stored
from tests.smtp_server.process import RelayProcess, relay_process
from tests.waiting import wait_until

MESSAGES = 10_000
KILL_EVERY = 2.0
DROPS, SEED = "0.02", "20261124"
LONGEST = 360.0
"""Seconds, after which the proof has failed; an idle machine needs a third of them."""
BUSY = 75
"""What a daemon ends with on a home that another one holds."""
REST = UNCERTAIN_FOR + timedelta(minutes=5)
"""By how much the clocks are put on once only mails that rest are left."""


@dataclass
class VirtualTime:
    """The clock that all daemons of a proof go by."""

    base: datetime = DUE_AT
    began: float = field(default_factory=monotonic)

    def now(self) -> datetime:
        """It runs at the pace of the machine's."""
        return self.base + timedelta(seconds=monotonic() - self.began)

    def leap(self, by: timedelta) -> None:
        """For daemons started from now on."""
        self.base += by


@dataclass
class Daemon:
    """One ``reminder run``, killed and started again."""

    home: Path
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self, time: VirtualTime) -> None:
        """Start it, as somebody does who takes the lock file for a leftover."""
        (self.home / LOCK_FILE).unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "--home", str(self.home), "--as-of", time.now().isoformat(), "run"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=self.environ,
                cwd=ROOT,
            )

    @property
    def is_up(self) -> bool:
        """Whether it has come so far as to begin its work."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"a daemon ended by itself: {self.log.read_text()[-2000:]}")
        return "daemon_started" in self.log.read_text()

    def wait_until_up(self) -> None:
        """Until it has."""
        wait_until(lambda: self.is_up)

    def kill(self) -> None:
        """With signal 9, wherever it is."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self.kills += 1


@dataclass(frozen=True)
class Proof:
    """What came of it."""

    messages: int
    kills: int
    seconds: float
    states: Counter[str]
    copies: Counter[int]
    """How many messages have so many copies at the relay."""
    marked: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"two daemons: {self.messages} messages, {self.kills} kills, {self.seconds:.0f} s; "
            f"states {dict(self.states)}, messages by copies {dict(self.copies)}, "
            f"{self.marked} copies marked; {len(self.wrong)} wrong"
        )


def prove(folder: Path, messages: int = MESSAGES, kill_every: float = KILL_EVERY) -> Proof:
    """Run it in *folder*."""
    home = make_queued_home(folder, messages).path
    store = folder / "relay"
    store.mkdir()
    with relay_process(store, "--drop", DROPS, "--seed", SEED) as server:
        began = monotonic()
        environ = {
            "PATH": os.environ["PATH"],
            "REMINDER_LISTEN": "off",
            "REMINDER_LOG_LEVEL": "info",
            **relay(server.port),
        }
        time = VirtualTime()
        with both(home, environ, time) as daemons:
            _refuse_a_third(home, environ)
            _settle(daemons, time, kill_every, until=began + LONGEST)
            kills = sum(daemon.kills for daemon in daemons)
        seconds = monotonic() - began
        return _judged(home, server, kills, seconds)


@contextmanager
def both(home: Path, environ: dict[str, str], time: VirtualTime) -> Iterator[list[Daemon]]:
    """Two daemons on one home, ended at the end."""
    daemons = [Daemon(home, environ, home.parent / f"daemon-{number}.log") for number in (1, 2)]
    try:
        _start_all(daemons, time)
        yield daemons
    finally:
        for daemon in daemons:
            daemon.kill()


def _start_all(daemons: Sequence[Daemon], time: VirtualTime) -> None:
    for daemon in daemons:
        daemon.start(time)
        daemon.wait_until_up()


def _refuse_a_third(home: Path, environ: dict[str, str]) -> None:
    """While the lock file is there, one more is turned away with words."""
    wait_until(lambda: (home / LOCK_FILE).exists() and (home / LOCK_FILE).read_text().strip())
    command = [*PROGRAM, "--home", str(home), "run"]
    third = subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert third.returncode == BUSY, third.stderr
    assert "another daemon holds this home" in third.stderr


def _settle(daemons: Sequence[Daemon], time: VirtualTime, kill_every: float, until: float) -> None:
    """Kill one after the other until nothing is left to send, or to be released."""
    turn = 0
    while (waiting := _waiting(daemons[0].home)) or _release(daemons[0], time):
        assert monotonic() < until, f"not settled in {LONGEST:.0f} s: {waiting}"
        if waiting and not waiting.keys() & {"pending", "claimed", "sending"}:
            # All that is left rests: nobody need wait for it in earnest.
            for daemon in daemons:
                daemon.kill()
            time.leap(REST)
            _start_all(daemons, time)
        for daemon in daemons:
            daemon.wait_until_up()  # both, or they could take the same new lock file
        sleep(kill_every)
        victim = daemons[turn % 2]
        victim.kill()
        victim.start(time)
        turn += 1


def _release(daemon: Daemon, time: VirtualTime) -> bool:
    """What an admin does about mails whose worker died three times; whether there were any."""
    deadly = "held_for = 'worker' AND NOT possible_duplicate"
    if rows_of(daemon.home, f"SELECT count(*) FROM messages WHERE {deadly}") == [(0,)]:
        return False
    done(daemon.home, "release", "--all", at=time.now().isoformat(), **daemon.environ)
    return True


def _waiting(home: Path) -> Counter[str]:
    """How many messages are in which state that is no end."""
    counted = rows_of(home, "SELECT state, count(*) FROM messages GROUP BY state")
    return Counter({state: number for state, number in counted if state not in (*ENDS, "held")})


def _judged(home: Path, server: RelayProcess, kills: int, seconds: float) -> Proof:
    mails = server.mails()
    with closing(Database(f"sqlite:///{home / 'var' / 'reminder.db'}")) as database:
        record = load_record(database)
    copies = Counter(mail.message_id for mail in mails)
    return Proof(
        messages=len(record.messages),
        kills=kills,
        seconds=seconds,
        states=Counter(message.state for message in record.messages.values()),
        copies=Counter(copies.values()),
        marked=marked(mails),
        wrong=(*broken(record, mails, is_killed_often=True), *_unexplained(home, mails)),
    )


def _unexplained(home: Path, mails: Sequence[Stored]) -> list[str]:
    """Repeats of which ``reminder log`` does not tell that the first copy was in doubt."""
    repeated = {mail.message_id for mail in mails if mail.is_marked}
    told = json.loads(done(home, "log", "--json", at=DUE_AT.isoformat()))
    explained = {
        message["message_id"]
        for message in told
        if message["possible_duplicate"]
        and "uncertain" in [attempt["verdict"] for attempt in message["attempts"][:-1]]
    }
    return [f"log does not explain the repeat of {key}" for key in repeated - explained]


def main(arguments: Sequence[str]) -> int:
    """1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes.two_daemons")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="reminder-daemons-") as folder:
        proof = prove(Path(folder), asked.messages)
    sys.stdout.write("".join(f"{text}\n" for text in (*proof.wrong, proof)))
    return 1 if proof.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
