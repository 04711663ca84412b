"""The service: jobs run one after the other by a process that can die and start again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from jobs.balance import balance
from jobs.deliver import deliver
from jobs.replay import REACHES_BACK
from jobs.scan import scan
from jobs.seal import seal
from jobs.succession import succeed
from reminder.mail.transport import Verdict
from reminder.storage import tables
from reminder.storage.held import release_rested
from reminder.workers import own_name
from tests.simulation.crashes import Crashes, SimCrash
from tests.simulation.process import Process, WroteAfterDeath

if TYPE_CHECKING:
    from random import Random

    from jobs.context import JobContext
    from reminder.mail.render import Renderer
    from tests.simulation.clock import SimClock
    from tests.simulation.judge import Judge
    from tests.simulation.relay import Relay
    from tests.simulation.report import Trace
    from tests.simulation.swarm import Swarm

Answer = TypeVar("Answer")
TICK = timedelta(minutes=1)
BALANCED = 0.1
"""How often the daily balance comes before a scan; it reads the whole register each time."""
ERRORS_OF_THE_RELAY = frozenset({"relay_unusable"})
_messages = tables.messages
_WAITING = (
    select(
        _messages.c.state,
        func.min(_messages.c.next_try_at),
        func.min(_messages.c.lease_until),
    )
    .where(tables.UNFINISHED)
    .group_by(_messages.c.state)
)
_CLOSED_UNTIL = select(tables.relays.c.closed_until)


class ScanRun(Enum):
    """How far a scan came."""

    NONE = "the process died before it"
    DIED = "the process died in it"
    DONE = "done"


@dataclass
class Service:
    """One home: what runs there, and whether it runs at all."""

    process: Process
    clock: SimClock
    relay: Relay
    swarm: Swarm
    crashes: Crashes
    judge: Judge
    trace: Trace
    renderer: Renderer
    rng: Random
    down_until: datetime | None = None
    deaths: int = 0
    is_calm: bool = False
    """No crashes and no faults any more."""
    known_sent: dict[str, int] = field(default_factory=dict)
    """Messages of which the journal knew at a start that they are sent, and their copies."""
    _journaled: list[str] = field(default_factory=list)
    """Messages whose verdict was in the journal, but perhaps nowhere else, when it died."""
    _died_at: datetime | None = None

    def __post_init__(self) -> None:
        self.crashes.on_death = self.process.die

    # --- the jobs

    def scan(self) -> ScanRun:
        """Balance, succession and scan, as the daemon runs them."""
        if self.rng.random() < BALANCED:
            balanced = self._run("balance", balance)
            if balanced is not None and balanced.missing:
                self.judge.object(self.clock.now(), f"the balance misses something: {balanced}")
        self._run("succeed", succeed)
        if self.is_down:
            return ScanRun.NONE
        report = self._run("scan", scan)
        if report is None:
            return ScanRun.DIED
        if report.errors or report.refused:
            self.judge.object(self.clock.now(), f"scan: {report.errors or report.refused}")
        self.trace.add(self.clock.now(), "scan", report.due, report.notices, report.messages)
        return ScanRun.DONE

    def deliver(self) -> None:
        """The recover job, delivery and succession."""
        self._run("release", _release_rested)
        session = self.relay.session()
        self._run(
            "deliver",
            lambda context: deliver(context, session, renderer=self.renderer),
            can_fail=True,
        )
        if not self.is_down:
            self._run("quit", lambda _context: session.close())
            self._run("succeed", succeed)

    def seal(self) -> None:
        """The job that seals events."""
        self._run("seal", seal)

    @property
    def is_down(self) -> bool:
        """Whether nothing runs now."""
        return self.down_until is not None

    # --- its life

    def stop_until(self, instant: datetime) -> None:
        """Somebody stops it, or the machine is off."""
        if not self.is_down:
            self.process.end()
        self.down_until = max(instant, self.down_until or instant)
        self.trace.add(self.clock.now(), "down until", self.down_until)

    def begin_again(self) -> None:
        """Start after a downtime, and do what every start does."""
        self.down_until = None
        self.process.start()
        if self._died_at is not None and self.clock.now() - self._died_at < REACHES_BACK:
            for message_id in self._journaled:
                self.known_sent[message_id] = len(self.relay.copies[message_id])
        self._journaled.clear()
        self.trace.add(self.clock.now(), "start")
        self.deliver()

    def next_delivery(self) -> datetime | None:
        """When delivery has something to do."""
        with self.judge.database.read() as connection:
            rows = connection.execute(_WAITING).all()
            closed_until = connection.execute(_CLOSED_UNTIL).scalar()
        instants: list[datetime] = []
        for state, next_try_at, lease_until in rows:
            if state in ("claimed", "sending"):
                instants.append(lease_until)
            elif next_try_at is not None:
                sends = state in ("pending", "deferred")
                waits = sends and closed_until is not None
                instants.append(max(next_try_at, closed_until) if waits else next_try_at)
        return min(instants, default=None)

    def _run(
        self, name: str, job: Callable[[JobContext], Answer], *, can_fail: bool = False
    ) -> Answer | None:
        """Run a job of the process; None where it died, failed, or does not run."""
        if self.is_down:
            return None
        process, talks = self.process, len(self.relay.talks)
        database = process.database
        if can_fail and not self.is_calm and self.rng.random() < self.swarm.database_faults:
            database.fails_in = self.rng.randint(1, 8)
        try:
            return job(process.context)
        except SimCrash as crash:
            process.end()
            self._note_death(crash, talks)
        except WroteAfterDeath:
            self.judge.object(self.clock.now(), f"{name}: the dead wrote")
            raise
        except OperationalError:
            if not database.has_failed:
                raise
            self.trace.add(self.clock.now(), name, "failed")
        finally:
            self._look_at_errors(process, talks)
            if name in ("deliver", "scan"):
                self._see_moves()
        return None

    def _see_moves(self) -> None:
        for move in self.judge.see_moves(self.clock.now()):
            self.trace.add(self.clock.now(), move.message_id, move.was, move.became)

    def _look_at_errors(self, process: Process, talks: int) -> None:
        database, errors = process.database, set(process.errors)
        if database.has_failed:
            self.relay.excuse(talks)
        elif wrong := errors - ERRORS_OF_THE_RELAY:
            self.judge.object(self.clock.now(), f"the service logged {sorted(wrong)}")
        process.errors.clear()
        database.has_failed, database.fails_in = False, None

    def _note_death(self, crash: SimCrash, talks: int) -> None:
        """The process is gone; it is started again now, in hours or in days."""
        self.deaths += 1
        now = self.clock.now()
        self.trace.add(now, "died at", crash)
        self._died_at = now
        # A verdict goes into the journal before anything else can happen.
        sent = [talk for talk in self.relay.talks[talks:] if talk.verdict is Verdict.SENT]
        self._journaled += [talk.message_id for talk in sent]
        self.relay.excuse(talks)
        if self.rng.random() < 0.7:
            self._be_known_as_dead()
        rest = self.rng.choice((1, 1, 1, 30, 300, 3000))
        self.down_until = now + timedelta(minutes=rest)

    def _be_known_as_dead(self) -> None:
        """Let the next start find a name that is no process, as after a real death.

        Else the leases of the dead look as if held on another machine, and must run out.
        """
        database = self.judge.database
        with database.write() as connection:
            connection.execute(
                update(_messages)
                .where(tables.UNFINISHED, _messages.c.worker == own_name())
                .values(worker=f"{own_name()}0")
            )


def _release_rested(context: JobContext) -> int:
    with context.database.write() as connection:
        return release_rested(connection, context.clock.now())
