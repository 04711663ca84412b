"""The world of one seed: days go by, people edit and decide, the service runs, the judge looks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from random import Random
from time import process_time
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from reminder.clock import local_date
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage import tables
from reminder.storage.audit import audit
from reminder.storage.engine import Database
from tests.simulation.clock import SimClock
from tests.simulation.crashes import Crashes
from tests.simulation.desk import Desk
from tests.simulation.judge import Judge
from tests.simulation.moves import note_moves
from tests.simulation.people import Orders
from tests.simulation.process import Process
from tests.simulation.register import ZONES, Register
from tests.simulation.relay import Relay
from tests.simulation.report import Report, Trace
from tests.simulation.scenery import model_of, policy_of, spans
from tests.simulation.service import TICK, ScanRun, Service
from tests.simulation.swarm import Swarm
from tests.simulation.verdict import Verdict
from tests.stored import put

if TYPE_CHECKING:
    from tests.simulation.relay import Copy

BEGINS = date(2028, 1, 3)
DAY_BEGINS = timedelta(hours=-2)
"""From midnight in UTC: 22:00 the day before, when it is 07:00 in Jayapura."""
DAY_ENDS = timedelta(hours=9)
HOURS_OF_OUTAGES, HOURS_OF_DOWNTIMES = (2, 8, 30, 150), (3, 20, 60, 500)
MOST_DELIVERIES = 40
"""A day, so that an outage does not take all the time there is."""
SCANS, SCANS_ON_DAYS_OFF = (0, 0, 1, 1, 1, 2), (0, 0, 0, 0, 1)
"""A day. More would find nothing else than these, and take their time."""
SEALED = 0.2
CALM_DAYS = 10
"""Without trouble at the end; more than the five days for which a mail is tried."""

Action = Callable[[], None]


@lru_cache(maxsize=1)
def _renderer() -> Renderer:
    """Compiled once for all worlds."""
    return Renderer(template_dirs(Path("templates_dir")))


class World:
    """Everything there is, made from one number."""

    def __init__(
        self, seed: int, agreements: int, years: float, folder: Path, template: Path
    ) -> None:
        """*folder* becomes the home; *template* is a migrated SQLite file."""
        self.seed = seed
        self.days = int(365 * years)
        self.swarm = Swarm.of(seed)
        self.rng = Random(f"world {seed}")
        self.clock = SimClock(_midnight(BEGINS) + DAY_BEGINS)
        self.trace = Trace()
        ends = BEGINS + timedelta(days=self.days)
        self.register = Register(Random(f"register {seed}"), BEGINS, ends)
        rules = self.register.fill(agreements, with_holds=self.swarm.has_holds)
        file = folder / "reminder.db"
        shutil.copyfile(template, file)
        self.eyes = Database(f"sqlite:///{file}")
        self.model = model_of(self.register)
        self.judge = Judge(self.eyes, self.model)
        self.relay = Relay(Random(f"relay {seed}"), self.swarm, self.clock)
        self.relay.on_copy = self._see_copy
        self.relay.outages = spans(self.rng, self.swarm.outages, HOURS_OF_OUTAGES, BEGINS, ends)
        self.relay.nobody = self.register.some_addresses(self.swarm.dead_recipients)
        self.crashes = Crashes(Random(f"crashes {seed}"))
        self.downtimes = spans(self.rng, self.swarm.downtimes, HOURS_OF_DOWNTIMES, BEGINS, ends)
        self.orders = Orders(Random(f"orders {seed}"))
        policy = policy_of(self.register, self.swarm, rules)
        self.service = Service(
            process=Process(folder, file, policy, self.clock),
            clock=self.clock,
            relay=self.relay,
            swarm=self.swarm,
            crashes=self.crashes,
            judge=self.judge,
            trace=self.trace,
            renderer=_renderer(),
            rng=Random(f"service {seed}"),
        )
        self.desk = Desk(
            process=Process(folder, file, policy, self.clock),
            register=self.register,
            orders=self.orders,
            model=self.model,
            judge=self.judge,
            relay=self.relay,
            crashes=self.crashes,
            clock=self.clock,
            trace=self.trace,
            renderer=_renderer(),
            rng=Random(f"desk {seed}"),
            often=self.swarm.meanwhile,
        )
        self.judge.is_over = self.desk.is_over
        self.relay.meanwhile = self.desk.meanwhile

    def live(self) -> Report:
        """From the first day to the last, then to rest; the figures and what was violated."""
        began = process_time()
        with self.eyes.write() as connection:
            note_moves(connection)
            put(connection, self.register.everything())
        self.desk.plan()
        with self.crashes.watching():
            for number in range(self.days):
                self._one_day(BEGINS + timedelta(days=number))
            self._come_to_rest()
        report = self._report()
        report.seconds = process_time() - began
        for process in (self.desk.process, self.service.process):
            process.end()
            process.database.close()
        self.eyes.close()
        return report

    # --- a day

    def _one_day(self, day: date) -> None:
        begins, ends = _midnight(day) + DAY_BEGINS, _midnight(day) + DAY_ENDS
        self.clock.move_to(begins)
        agenda = sorted(self._agenda(day), key=lambda item: item[:2])
        deliveries, not_before = 0, begins
        while True:
            wake = [agenda[0][0]] if agenda else []
            service = self.service
            if service.down_until is not None:
                wake.append(service.down_until)
            elif deliveries < MOST_DELIVERIES:
                due_at = service.next_delivery()
                wake += [max(due_at, not_before)] if due_at is not None else []
            if not wake or min(wake) >= ends:
                break
            self.clock.move_to(min(wake))
            now = self.clock.now()
            if agenda and agenda[0][0] <= now:
                agenda.pop(0)[2]()
            elif service.down_until is not None:
                service.begin_again()
            else:
                service.deliver()
                deliveries += 1
                # Ticks go on all day; while nothing can be sent the simulation skips most.
                not_before = self.clock.now() + TICK * (1 if deliveries < 10 else 5)
            self.judge.compare_notices(self.clock.now())

    def _agenda(self, day: date) -> Iterator[tuple[datetime, int, Action]]:
        """What happens on that day at which instant; the number keeps the order."""
        numbers = count()
        if self.rng.random() < self.swarm.crashes and not self.service.is_calm:
            self.crashes.arm()
        for _ in range(self.rng.choice(SCANS if day.weekday() < 5 else SCANS_ON_DAYS_OFF)):
            yield self._some_time(day), next(numbers), self._scan
        if self.rng.random() < SEALED:
            yield self._some_time(day), next(numbers), self.service.seal
        if self.rng.random() < self.swarm.edits:
            yield self._some_time(day), next(numbers), self.desk.edit
        if self.rng.random() < self.swarm.orders and not self.service.is_calm:
            yield self._some_time(day), next(numbers), self.desk.decide
        for begins, ends in self.downtimes:
            if begins.date() == day and not self.service.is_calm:
                stop = lambda until=ends: self.service.stop_until(until)  # noqa: E731
                yield begins, next(numbers), stop

    def _some_time(self, day: date) -> datetime:
        minutes = self.rng.randint(0, 10 * 60)
        return _midnight(day) + DAY_BEGINS + timedelta(minutes=minutes)

    def _scan(self) -> None:
        """Have the service scan, and the model with it."""
        if self.service.is_down:
            return
        now, pacts = self.clock.now(), list(self.register.pacts.values())
        run = self.service.scan()
        self.judge.see_dead(self.clock.now())
        match run:
            case ScanRun.DONE:
                self.model.scan(pacts, now)
            case ScanRun.DIED:
                # Zones in which nothing is due any more were done before it died.
                undone = self._zones_with_something_due(now)
                self.model.learn(pacts, now)
                self.model.scan([one for one in pacts if ZONES[one.bureau] not in undone], now)

    def _zones_with_something_due(self, now: datetime) -> set[str]:
        deadlines = tables.deadlines
        is_due = or_(
            *(
                (deadlines.c.timezone == name) & (deadlines.c.next_on <= local_date(now, name))
                for name in sorted(set(ZONES.values()))
            )
        )
        query = select(deadlines.c.timezone).distinct().where(deadlines.c.status == "open", is_due)
        with self.eyes.read() as connection:
            return set(connection.execute(query).scalars())

    def _see_copy(self, copy: Copy) -> None:
        self.trace.add(copy.at, "took", copy.message_id, copy.is_marked)
        self.judge.see_copy(copy)

    # --- the end

    def _come_to_rest(self) -> None:
        """All troubles end, all that waits is decided: now everything must come to its end."""
        self.service.is_calm = self.relay.is_healed = True
        self.crashes.disarm()
        self.desk.often = 0
        last = BEGINS + timedelta(days=self.days)
        for number in range(CALM_DAYS):
            self._one_day(last + timedelta(days=number))
        self.judge.see_rest(self.clock.now())
        for number in range(CALM_DAYS, 2 * CALM_DAYS):
            self.desk.decide_all()
            self._one_day(last + timedelta(days=number))
        self.service.seal()

    def _report(self) -> Report:
        now, judge = self.clock.now(), self.judge
        judge.see_moves(now)
        verdict = Verdict(self.eyes, self.relay, self.orders, now, self.service.known_sent)
        verdict.give()
        with self.eyes.read() as connection:
            broken = audit(connection).broken
        problems = verdict.problems + ([f"the journal is broken: {broken}"] if broken else [])
        copies = list(self.relay.copies.values())
        return Report(
            seed=self.seed,
            notices=len(verdict.notices),
            copies=sum(map(len, copies)),
            marked=sum(copy.is_marked for some in copies for copy in some),
            held=judge.states["held"],
            failed=verdict.count("failed"),
            lost=verdict.lost,
            successions=judge.successions,
            deaths=self.service.deaths,
            worst_delay=verdict.worst_delay,
            states=judge.states,
            moves=judge.moves,
            died_at=self.crashes.died_at,
            passed=self.crashes.passed,
            violations=[*judge.violations, *(f"at the end {text}" for text in problems)],
            trace=self.trace.digest,
            lines=self.trace.lines,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
