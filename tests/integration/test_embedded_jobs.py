"""The embedded scheduler: what it promises to the jobs, with jobs that only note their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any, cast

import structlog
from structlog.testing import capture_logs

from jobs.context import JobContext
from jobs.embedded import EmbeddedJobs
from reminder.clock import SystemClock


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.01)


def context(policy: str = "first", scan_every: timedelta = timedelta(hours=1)) -> JobContext:
    fake: Any = SimpleNamespace(version=policy, scan_every=scan_every)
    return JobContext(
        settings=cast("Any", None),
        policy=fake,
        database=cast("Any", None),
        clock=SystemClock(),
        # Not the one of the process, whose level an earlier test may have set.
        log=structlog.wrap_logger(
            structlog.PrintLogger(),
            wrapper_class=structlog.make_filtering_bound_logger("debug"),
        ),
    )


@contextmanager
def running(jobs: EmbeddedJobs) -> Iterator[EmbeddedJobs]:
    jobs.start()
    try:
        yield jobs
    finally:
        jobs.stop_claiming()
        wait_until(jobs.is_idle)


def test_every_job_runs_at_once_and_delivery_follows_the_scan() -> None:
    calls: list[str] = []
    scanned = Event()

    def scan(_context: JobContext) -> None:
        wait_until(lambda: "deliver" in calls)
        calls.append("scan")
        scanned.set()

    jobs = {
        "scan": scan,
        "deliver": lambda _: calls.append("deliver"),
        "recover": lambda _: calls.append("recover"),
    }
    with running(EmbeddedJobs(context(), jobs)):
        wait_until(lambda: calls[-1:] == ["deliver"] and scanned.is_set())
        assert calls.count("scan") == 1
        assert calls.count("recover") == 1


def test_what_a_scan_brings_is_escalated_and_delivered_after_it() -> None:
    calls: list[str] = []
    all_ran = Event()

    def scan(_context: JobContext) -> None:
        wait_until(lambda: {"escalate", "deliver"} <= set(calls))
        calls.clear()
        all_ran.set()

    jobs = {
        "scan": scan,
        "escalate": lambda _: calls.append("escalate"),
        "deliver": lambda _: calls.append("deliver"),
    }
    with running(EmbeddedJobs(context(), jobs)):
        wait_until(lambda: all_ran.is_set() and {"escalate", "deliver"} <= set(calls))


def test_job_that_raises_is_logged_and_runs_again() -> None:
    tries: list[int] = []

    def scan(_context: JobContext) -> None:
        tries.append(1)
        if len(tries) < 4:
            raise RuntimeError("the database is locked")

    jobs = EmbeddedJobs(context(), {"scan": scan})

    def has_run(number: int) -> bool:
        # A run asked for while the scheduler still closes the last one is left out by it.
        if len(tries) < number and jobs.is_idle():
            jobs.run_now("scan")
        return len(tries) >= number and jobs.is_idle()

    with capture_logs() as logs, running(jobs):
        for number in (1, 2, 3, 4, 5):
            wait_until(partial(has_run, number))
        # The scheduler tells of the end of a run a moment after it.
        wait_until(lambda: any(entry["event"] == "job_recovered" for entry in logs))
    told = [
        (entry["event"], entry.get("in_a_row"))
        for entry in logs
        if entry["event"] in ("job_failed", "job_recovered")
    ]
    # The third failure says nothing new; the end of the trouble does.
    assert told[:3] == [("job_failed", 1), ("job_failed", 2), ("job_recovered", None)]
    assert jobs.progress["scan"].failures == 0


def test_no_tick_is_dropped_for_being_late_and_none_runs_twice() -> None:
    jobs = EmbeddedJobs(context(), {"scan": lambda _: None})
    with running(jobs):
        job = jobs._scheduler.get_job("scan")
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
        assert str(job.trigger.timezone) == "UTC"


def test_tick_while_the_job_runs_starts_no_second_one() -> None:
    started: list[int] = []
    release = Event()

    def scan(_context: JobContext) -> None:
        started.append(1)
        release.wait(10)

    with capture_logs() as logs, running(EmbeddedJobs(context(), {"scan": scan})) as jobs:
        wait_until(lambda: started == [1])
        jobs.run_now("scan")
        wait_until(lambda: any(entry["event"] == "job_still_running" for entry in logs))
        assert started == [1]
        release.set()


def test_new_context_is_used_whole_from_the_next_run_on() -> None:
    seen: list[str] = []
    jobs = EmbeddedJobs(context("first"), {"scan": lambda now: seen.append(now.policy.version)})
    with running(jobs):
        wait_until(lambda: seen == ["first"])
        jobs.replace_context(context("second", timedelta(minutes=7)))
        wait_until(lambda: seen == ["first", "second"])
        assert jobs._scheduler.get_job("scan").trigger.interval == timedelta(minutes=7)


def test_running_job_is_told_to_stop_and_no_other_begins() -> None:
    calls: list[str] = []

    def deliver(now: JobContext) -> None:
        calls.append("began")
        wait_until(now.stopping)
        calls.append("ended")

    jobs = EmbeddedJobs(context(), {"deliver": deliver})
    with running(jobs):
        wait_until(lambda: calls == ["began"])
        assert not jobs.is_idle()
        jobs.stop_claiming()
        wait_until(jobs.is_idle)
        jobs.run_now("deliver")
    assert calls == ["began", "ended"]


def test_job_that_never_ends_is_found() -> None:
    release = Event()
    jobs = EmbeddedJobs(context(), {"scan": lambda _: release.wait(10)}, stuck_after={"scan": 0.05})
    with running(jobs):
        wait_until(lambda: jobs.stuck_job() == "scan")
        release.set()
        wait_until(lambda: jobs.stuck_job() is None)
