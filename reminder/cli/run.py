"""``run``: the daemon. Holds the home, ticks, reloads on SIGHUP, ends on SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from select import select
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app
from reminder.clock import steady_seconds
from reminder.errors import ReminderError
from reminder.home_lock import hold_home
from reminder.sd_notify import ServiceManager

if TYPE_CHECKING:
    from types import FrameType

    from structlog.typing import FilteringBoundLogger

    from jobs.context import JobContext
    from jobs.embedded import EmbeddedJobs
    from reminder.web.server import WebServer

GRACE = 8.0
"""Seconds that the message at hand may still take after SIGTERM; the exit follows within 10."""
PULSE = 5.0
"""Seconds between two looks at the jobs; also the longest wait before the watchdog is fed."""


class Daemon:
    """The main thread: it only watches; the work is in the scheduler's threads."""

    def __init__(
        self, app: App, jobs: EmbeddedJobs, web: WebServer | None, manager: ServiceManager
    ) -> None:
        self.app = app
        self.jobs = jobs
        self.web = web
        self.manager = manager
        # A pipe and no threading.Event: a handler that sets an event while this very thread
        # holds the event's lock would wait for itself.
        self._woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._reload = False
        self._stop = False
        self._stuck = ""

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)
        self.jobs.start()
        if self.web is not None:
            self.web.start()
        self.jobs.context.log.info("daemon_started", pid=os.getpid(), home=str(self.app.home))
        self.manager.ready("started")
        pulse = min(PULSE, (self.manager.watchdog_seconds or PULSE * 2) / 2)
        while not self._stop:
            self._sleep(pulse)
            if self._reload and not self._stop:
                self._reload = False
                self._read_again()
            self._feed_watchdog()
        self._end()

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop:
            os._exit(0)  # asked twice: the leases and the intent make it safe to leave now
        self._stop = True

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reload = True

    def _sleep(self, seconds: float) -> None:
        """Until a signal comes, at most so long."""
        if select([self._woken], [], [], seconds)[0]:
            os.read(self._woken, 1024)

    def _feed_watchdog(self) -> None:
        stuck = self.jobs.stuck_job() or ""
        if self.web is not None and self.web.has_failed():
            stuck = "web"
        if stuck and not self._stuck:
            self.jobs.context.log.error("job_stuck", job=stuck)
        self._stuck = stuck
        if not stuck:
            self.manager.alive()
            self.manager.status(self._summary())

    def _summary(self) -> str:
        failing = [name for name, seen in self.jobs.progress.items() if seen.failures]
        scan = self.jobs.progress.get("scan")
        last = scan.finished_at if scan else None
        told = f"last scan {last:%Y-%m-%d %H:%M:%SZ}" if last else "no scan yet"
        return f"{told}; failing: {', '.join(failing)}" if failing else told

    def _read_again(self) -> None:
        log = self.jobs.context.log
        self.manager.reloading()
        try:
            context = checked_context(self.app, self.jobs.context)
        except ReminderError as error:
            # Every problem a line of its own, so that none is cut.
            for line in str(error).splitlines():
                log.error("reload_refused", problem=line)
            log.error("reload_refused", problem="the config of before stays in force")
        except Exception as error:
            log.error("reload_refused", exc_info=error)
        else:
            context = replace(context, log=_fresh_log(context))
            self.jobs.replace_context(context)
            context.log.info("reloaded", policy_version=context.policy.version[:12])
        self.manager.ready(self._summary())

    def _end(self) -> None:
        log = self.jobs.context.log
        self.manager.stopping()
        self.jobs.stop_claiming()
        if self.web is not None:
            self.web.stop()
        deadline = steady_seconds() + GRACE
        while not self._is_idle() and steady_seconds() < deadline:
            self._sleep(0.05)
        if self._is_idle():
            log.info("daemon_stopped")
            return
        log.warning("daemon_stopped", unfinished=True)
        sys.stderr.flush()
        os._exit(0)  # a thread still talks to a relay; its lease says so to the next start

    def _is_idle(self) -> bool:
        return self.jobs.is_idle() and (self.web is None or self.web.is_stopped())


def checked_context(app: App, present: JobContext) -> JobContext:
    """A new context from the files as they are now; ReminderError where ``check`` finds errors."""
    from reminder.cli.check import check_config
    from reminder.errors import ProblemsError

    found = check_config(app.home, app.environ)
    if found.errors or found.settings is None or found.policy is None:
        raise ProblemsError(found.errors)
    app.refuse_time_travel_by_mail(found.settings)
    if found.settings.database_url != present.settings.database_url:
        raise ReminderError("REMINDER_DATABASE_URL was changed; restart the service instead")
    if found.settings.public_url.rstrip("/") != present.settings.public_url.rstrip("/"):
        raise ReminderError(
            "REMINDER_PUBLIC_URL was changed; restart the service instead, which then says "
            "whether its database must be adopted first"
        )
    if found.settings.listen != present.settings.listen:
        raise ReminderError("REMINDER_LISTEN was changed; restart the service instead")
    return replace(present, settings=found.settings, policy=found.policy)


def _fresh_log(context: JobContext) -> FilteringBoundLogger:
    from reminder.logs import set_up_logs

    return set_up_logs(context.settings.log_level, context.settings.log_format)


@click.command()
@pass_app
def run(app: App) -> None:
    """Run the daemon until SIGTERM; SIGHUP reads the config again.

    It holds the home: a second "run", or "once" beside it, ends with exit code 75.
    """
    from jobs.second_process import second_process

    # Settings first: a folder that is no home must not get a lock file. A second process is
    # forked before this one has anything that a copy of it must not hold.
    with second_process(app.settings.mail_url) as second, hold_home(app.settings.home):
        from jobs import adoption
        from jobs.embedded import EmbeddedJobs
        from jobs.replay import replay
        from jobs.seal import seal
        from reminder.mail.journal import OutcomeJournal

        context = app.job_context(app.running_clock)
        with context.database.write():
            pass  # the first write lock, before anybody is told that all is well
        if reason := adoption.refusal(context):
            raise ReminderError(reason)
        with OutcomeJournal(app.settings.home / "var") as journal:
            replay(context, journal)  # before recovery calls a verdict that it knows uncertain
            jobs = EmbeddedJobs(replace(context, journal=journal, second=second))
            Daemon(app, jobs, web_server(jobs), ServiceManager(app.environ)).run()
        seal(context)


def web_server(jobs: EmbeddedJobs) -> WebServer | None:
    """The server of the pages with its port taken, None where none are served."""
    if not jobs.context.settings.listen:
        return None
    from reminder.web.app import make_app
    from reminder.web.server import WebServer

    app = make_app(lambda: jobs.context, jobs.stuck_job)
    return WebServer(app, jobs.context.settings.listen, jobs.context.log)
