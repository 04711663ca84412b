"""APScheduler on one machine: which job when. It only ticks; the database decides what is done."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    JobSubmissionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from jobs import JOBS
from reminder.clock import SystemClock, steady_seconds

if TYPE_CHECKING:
    from jobs.context import JobContext

DELIVER_EVERY = timedelta(seconds=10)
DELIVER_AT_MOST = timedelta(minutes=5)
TIDY_EVERY = timedelta(minutes=1)
"""For the inbox and what looks after what others left: recovery, the balance, the seals."""
STUCK_AFTER = {
    "scan": 1800.0,
    "escalate": 1800.0,
    "digest": 1800.0,
    "deliver": 3600.0,
    "balance": 1800.0,
    "seal": 1800.0,
    "inbox": 1800.0,
}
"""Seconds that one run may take before the watchdog is no longer fed."""
SILENT_AFTER = 600.0
"""Seconds by which a tick may be late before the same: the thread that ticks has ended, or
nobody is left to take its jobs up."""

FOLLOWED_BY = {
    "scan": ("escalate", "digest", "deliver", "heartbeat"),
    "escalate": ("deliver",),
    "digest": ("deliver",),
    "inbox": ("deliver",),
}
"""What has work to do once that job has ended."""

Job = Callable[["JobContext"], object]


@dataclass
class Progress:
    """What is known of one job: since when it runs, and how often it failed in a row."""

    started: float | None = None
    seen: float | None = None
    """When it last began or ended, by the steady clock."""
    finished_at: datetime | None = None
    failures: int = 0


@dataclass
class EmbeddedJobs:
    """The daemon's jobs. ``context`` may be replaced between two runs, always as a whole."""

    context: JobContext
    jobs: Mapping[str, Job] = field(default_factory=lambda: find_jobs())
    stuck_after: Mapping[str, float] = field(default_factory=lambda: STUCK_AFTER)
    silent_after: float = SILENT_AFTER
    progress: dict[str, Progress] = field(init=False)

    def __post_init__(self) -> None:
        self.progress = {name: Progress() for name in self.jobs}
        self._stopping = Event()
        self._began: float | None = None
        self.context = replace(self.context, stopping=self._stopping.is_set)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(self.jobs))},
            # A late tick still runs, once: the default of one second would drop it.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(
            self._on_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        )

    def start(self) -> None:
        """Begin to tick; every job runs at once for the first time."""
        self._began = steady_seconds()
        for name in self.jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                args=(name,),
                id=name,
                seconds=self._interval(name).total_seconds(),
                next_run_time=SystemClock().now(),
            )
        self._scheduler.start()

    def replace_context(self, context: JobContext) -> None:
        """Use *context* from the next run on, and scan at once."""
        self.context = replace(context, stopping=self._stopping.is_set)
        for name in self.jobs:
            seconds = self._interval(name).total_seconds()
            self._scheduler.reschedule_job(name, trigger="interval", seconds=seconds)
        self.run_now("scan")

    def run_now(self, name: str) -> None:
        """Run a job now instead of at its next tick; nothing happens while it runs."""
        if name in self.jobs and not self._stopping.is_set():
            with suppress(JobLookupError):  # the daemon is ending at this very moment
                self._scheduler.modify_job(name, next_run_time=SystemClock().now())

    def stop_claiming(self) -> None:
        """No new work from now on; what was begun goes on to its end."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._scheduler.shutdown(wait=False)

    def is_idle(self) -> bool:
        """Whether no job is running."""
        return all(progress.started is None for progress in self.progress.values())

    def stuck_job(self) -> str | None:
        """The job that has run, or has not run, for longer than it ever should, if one has."""
        now = steady_seconds()
        for name, progress in self.progress.items():
            since, limit = progress.started, self.stuck_after.get(name, 600.0)
            if since is None:
                since = progress.seen or self._began
                limit = self._interval(name).total_seconds() + self.silent_after
            if since is not None and now - since > limit:
                return name
        return None

    def _interval(self, name: str) -> timedelta:
        if name in ("scan", "escalate", "digest"):
            return self.context.policy.scan_every
        return DELIVER_EVERY if name == "deliver" else TIDY_EVERY

    def _run(self, name: str) -> None:
        context, progress = self.context, self.progress[name]
        # Before the look at the flag: who stops looks at the two in the other order.
        progress.started = progress.seen = steady_seconds()
        if self._stopping.is_set():
            progress.started = None
            return
        try:
            self.jobs[name](context)
        except Exception as error:
            progress.failures += 1
            # A fault that lasts is told at its start and then ever more seldom.
            if progress.failures & (progress.failures - 1) == 0:
                context.log.error(
                    "job_failed", job=name, in_a_row=progress.failures, exc_info=error
                )
        else:
            if progress.failures:
                context.log.info("job_recovered", job=name, after_failures=progress.failures)
            progress.failures = 0
            progress.finished_at = SystemClock().now()
        finally:
            progress.seen = steady_seconds()
            progress.started = None
        for following in FOLLOWED_BY.get(name, ()):
            self.run_now(following)

    def _on_event(self, event: JobExecutionEvent | JobSubmissionEvent) -> None:
        log = self.context.log
        if event.code == EVENT_JOB_MAX_INSTANCES:
            # Delivery ticks often and may rightly take long; a scan should not.
            level = log.warning if event.job_id == "scan" else log.debug
            level("job_still_running", job=event.job_id)
        elif event.code == EVENT_JOB_MISSED:
            log.error("job_missed", job=event.job_id)
        else:
            log.error("job_failed", job=event.job_id, exc_info=getattr(event, "exception", None))


def find_jobs() -> dict[str, Job]:
    """The functions of ``JOBS`` as this scheduler calls them."""
    jobs: dict[str, Job] = {}
    for name, place in JOBS.items():
        module, attribute = place.split(":")
        jobs[name] = getattr(importlib.import_module(module), attribute)
    deliver = jobs["deliver"]
    jobs["deliver"] = lambda context: _for_a_while(deliver, context)
    return jobs


def _for_a_while(deliver: Callable[..., object], context: JobContext) -> object:
    """A long queue in several runs, so that a reload reaches it and the watchdog sees it move."""
    return deliver(context, deadline_at=context.clock.now() + DELIVER_AT_MOST)
