"""The desk: what people do on the same database, and a second daemon started by mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from jobs.deliver import deliver
from jobs.scan import scan
from jobs.touched import plan_touched
from reminder.clock import local_date
from reminder.crash_points import CrashPoint
from reminder.storage import tables
from tests.simulation.crashes import SimCrash
from tests.stored import put

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from reminder.mail.render import Renderer
    from tests.simulation.clock import SimClock
    from tests.simulation.crashes import Crashes
    from tests.simulation.judge import Judge
    from tests.simulation.people import Orders
    from tests.simulation.process import Process
    from tests.simulation.register import Register
    from tests.simulation.relay import Relay
    from tests.simulation.report import Trace
    from tests.simulation.told import Matter, ToldModel

GUEST_DIES_AT = (
    None, None, None, CrashPoint.AFTER_CLAIM_COMMIT, CrashPoint.AFTER_INTENT_COMMIT,
    CrashPoint.JOURNAL_WRITTEN,
)  # fmt: skip


@dataclass
class Desk:
    """Everything that is not the service itself."""

    process: Process
    register: Register
    orders: Orders
    model: ToldModel
    judge: Judge
    relay: Relay
    crashes: Crashes
    clock: SimClock
    trace: Trace
    renderer: Renderer
    rng: Random
    often: float
    """How often something happens while a mail is under way."""
    closed: set[Matter] = field(default_factory=set)
    """What edits have closed or moved to another date."""
    _is_busy: bool = False

    def edit(self, ref: str = "") -> None:
        """Somebody edits the register, or the agreement *ref* in it.

        It is planned at once, as every command does it.
        """
        now = self.clock.now()
        before = dict(self.register.pacts)
        facts, ref = self.register.edit(local_date(now, "Asia/Jakarta"), ref)
        if not facts:
            return
        with self.process.database.write() as connection:
            put(connection, facts)
        self.trace.add(now, "edit", ref or "contacts")
        self.plan()
        if ref:
            old = self.model.matters(before[ref], now) if ref in before else set()
            self.closed |= old - self.model.matters(self.register.pacts[ref], now)

    def plan(self) -> None:
        """Plan what was touched, and what is to be planned by now."""
        failed = plan_touched(self.process.context)
        now = self.clock.now()
        self.model.learn(self.register.pacts.values(), now)
        if failed:
            self.judge.object(now, f"planning: {failed}")

    def decide(self) -> None:
        """The admin decides about something that waits."""
        now = self.clock.now()
        with self.process.database.write() as connection:
            order = self.orders.decide_one(connection, now)
        if order:
            self.trace.add(now, order)

    def decide_all(self) -> None:
        """The admin decides about everything that waits."""
        with self.process.database.write() as connection:
            self.orders.decide_all(connection, self.clock.now())

    def is_over(self, matter: Matter) -> bool:
        """Whether people closed that or moved it to another date."""
        if matter not in self.closed:
            return False
        # Time may have opened it again, as a renewal does for the reports after it.
        pact = self.register.pacts[matter[0]]
        return matter not in self.model.matters(pact, self.clock.now())

    def meanwhile(self, message_id: str, slept: bool) -> None:
        """While a mail is under way, something else may happen on the same database.

        Where the worker *slept* past its lease, another daemon has gone on with its work.
        """
        if self._is_busy or not self.often:
            return
        if not slept and self.rng.random() >= self.often:
            return
        self._is_busy, talks = True, len(self.relay.talks)
        point = self.rng.choice(GUEST_DIES_AT)
        try:
            with self.crashes.guest(self.process.die, point):
                if slept:
                    self._deliver()
                else:
                    self._do_something(message_id)
        except SimCrash as crash:
            self.trace.add(self.clock.now(), "second daemon died at", crash)
            self.relay.excuse(talks)
            self.process.end()
            self.process.start()
        finally:
            self._is_busy = False

    def _do_something(self, message_id: str) -> None:
        match self.rng.choice(("edit", "edit", "decide", "deliver", "scan")):
            case "edit":
                self._edit_matter_of(message_id)
            case "decide":
                self.decide()
            case "deliver":
                self._deliver()
            case "scan":
                self._scan()

    def _edit_matter_of(self, message_id: str) -> None:
        """Somebody edits the very thing that the mail under way is about."""
        told = select(tables.notices.c.agreement).where(tables.notices.c.message_id == message_id)
        with self.process.database.read() as connection:
            refs = sorted(set(connection.execute(told).scalars()))
        if refs:
            self.edit(self.rng.choice(refs))

    def _deliver(self) -> None:
        self.trace.add(self.clock.now(), "second daemon delivers")
        deliver(self.process.context, self.relay.session(), 2, renderer=self.renderer)

    def _scan(self) -> None:
        now: datetime = self.clock.now()
        self.trace.add(now, "second daemon scans", scan(self.process.context).notices)
        self.judge.see_dead(self.clock.now())
        self.model.scan(list(self.register.pacts.values()), now)
