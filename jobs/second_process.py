"""A second process that delivers beside the first where much waits: Python runs one thread at
a time, and most of a delivery is Python.

It is forked early, while this process has no thread, no database connection and no lock, and
then waits for orders. It is one more worker and nothing else: leases and intents keep the two
apart, its own outcome journal keeps its verdicts, and if it dies the first one goes on alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING

from jobs.context import JobContext
from jobs.deliver import DeliverReport, deliver
from jobs.sessions import EACH_OF_TWO
from reminder.clock import Clock
from reminder.logs import set_up_logs
from reminder.mail.journal import OutcomeJournal
from reminder.mail.open_transport import open_session, relay_of
from reminder.storage.engine import Database
from reminder.workers import leave_processor_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

    from structlog.typing import FilteringBoundLogger

    from reminder.clock_guard import ClockReading
    from reminder.policy import Policy
    from reminder.settings import Settings

GRACE = 8.0
"""Seconds that its message at hand may still take once the first process has ended."""
LOOK_EVERY = 0.2
"""Seconds between two looks at whether to stop, while the second process is waited for."""


@dataclass(frozen=True)
class Order:
    """What to deliver by: the first process's own settings and policy, whatever the files say."""

    settings: Settings
    policy: Policy
    clock: Clock
    clock_reading: Callable[[], ClockReading] | None
    deadline_at: datetime | None


class SecondProcess:
    """The first process's side of it. One delivery at a time may use it."""

    def __init__(self) -> None:
        """Fork it. Only ``second_process`` knows when that can be done."""
        context = get_context("fork")
        self._pipe, other_end = context.Pipe()
        self._process: ForkProcess | None = context.Process(
            target=_serve, args=(other_end, self._pipe), name="second", daemon=True
        )
        self._process.start()
        other_end.close()
        self._is_at_work = False

    @property
    def is_at_work(self) -> bool:
        """Whether it was told to deliver and has not answered yet."""
        return self._is_at_work

    def start(self, context: JobContext, deadline_at: datetime | None) -> bool:
        """Have it deliver too, until nothing is due; whether there is one that can."""
        if self._is_at_work:  # since a delivery that failed
            self.finish(context, lambda: True)
        order = Order(
            context.settings, context.policy, context.clock, context.clock_reading, deadline_at
        )
        self._is_at_work = self._send(context, order)
        return self._is_at_work

    def finish(self, context: JobContext, is_stopping: Callable[[], bool]) -> DeliverReport | None:
        """Wait until it is done, or has finished the mails at hand once *is_stopping*.

        None where it died: its messages are then still leased to it.
        """
        has_told = False
        while self._process is not None:
            if is_stopping() and not has_told:
                has_told = self._send(context, None)
                continue
            with suppress(EOFError, OSError):
                if not self._pipe.poll(LOOK_EVERY):
                    continue
                report: DeliverReport = self._pipe.recv()
                self._is_at_work = False
                return report
            self._bury(context)
        return None

    def close(self) -> None:
        """End it: at once where it is idle, else at the latest when ``GRACE`` is over."""
        self._pipe.close()
        if self._process is not None:
            self._process.join(GRACE + 1 if self._is_at_work else 0)
            self._process.kill()
            self._process.join()
            self._process = None

    def _send(self, context: JobContext, order: Order | None) -> bool:
        if self._process is None:
            return False
        try:
            self._pipe.send(order)
        except OSError:
            self._bury(context)
            return False
        return True

    def _bury(self, context: JobContext) -> None:
        """It died. No other is forked: this process has threads by now."""
        process, self._process = self._process, None
        self._is_at_work = False
        if process is not None:
            process.join()
            context.log.error("second_process_ended", exit_code=process.exitcode)


@contextmanager
def second_process(mail_url: str) -> Iterator[SecondProcess | None]:
    """One for as long as the context lasts; None where it cannot be had or would not help.

    To be entered before this process has a thread, a connection or a lock that a copy of it
    must not hold.
    """
    if not _can_fork() or relay_of(mail_url) == "maildir":
        yield None
        return
    with closing(SecondProcess()) as second:
        yield second


def _can_fork() -> bool:
    # Elsewhere a copy of a process may hang in the system's libraries.
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _serve(pipe: Connection, first_end: Connection) -> None:
    """The second process itself: deliver when told to, until the first one closes or dies."""
    first_end.close()  # else this process would keep open what it waits to see closed
    leave_processor_of(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the first one hears it too
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # an order brings the settings to use
    worker = _Worker(pipe)
    signal.signal(signal.SIGTERM, lambda _number, _frame: worker.end())
    with suppress(EOFError, OSError):
        while True:
            worker.obey(pipe.recv())
    worker.end()
    worker.wait(GRACE)


class _Worker:
    """Delivers in a thread of its own, so that the main one hears when to stop."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._thread: threading.Thread | None = None
        self._is_stopping = self._is_ending = False

    def obey(self, order: Order | None) -> None:
        """Begin to deliver, or, without an order, come to the end of it."""
        self._is_stopping = order is None
        if order is not None:
            self.wait(None)
            self._thread = threading.Thread(target=self._deliver, args=(order,), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Finish the mails at hand and take no others, ever."""
        self._is_ending = True

    def wait(self, seconds: float | None) -> None:
        """For the delivery, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _deliver(self, order: Order) -> None:
        log = set_up_logs(order.settings.log_level, order.settings.log_format)
        log = log.bind(process="second")
        report = DeliverReport()
        try:
            report = deliver_beside(order, log, lambda: self._is_stopping or self._is_ending)
        except Exception as error:  # the first process goes on, and meets the same trouble
            log.error("second_process_failed", exc_info=error)
        with suppress(OSError):  # nobody is left to read it
            self._pipe.send(report)


def deliver_beside(
    order: Order, log: FilteringBoundLogger, stop: Callable[[], bool]
) -> DeliverReport:
    """One delivery by *order*, with a database connection and a journal of its own."""
    settings = order.settings
    with (
        closing(open_session(settings.mail_url)) as transport,
        closing(Database(settings.database_url)) as database,
        closing(OutcomeJournal(settings.home / "var")) as journal,
    ):
        # Before a message is claimed: that a relay wants no more connections is no fault.
        if (refused := transport.connect()) is not None:
            log.info("session_refused", text=refused.text, sessions=0)
            return DeliverReport()
        context = JobContext(
            settings,
            order.policy,
            database,
            order.clock,
            log,
            journal=journal,
            clock_reading=order.clock_reading,
        )
        return deliver(
            context, transport, deadline_at=order.deadline_at, stop=stop, sessions=EACH_OF_TWO
        )
