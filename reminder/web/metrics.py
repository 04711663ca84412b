"""Metrics: ``/metrics`` in the text format of Prometheus, for callers on this machine only.

Whoever asks from elsewhere, a proxy included, gets the page for what is not there. No label
holds a name, an address or words of somebody else's.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jobs import guards
from jobs.bounced import BOUNCES
from jobs.heartbeat import FAILURES
from jobs.inbox import INBOX
from jobs.recover import LEASES
from jobs.scan import SCAN_ERRORS
from reminder import __version__
from reminder.logs import lines_lost
from reminder.storage.leases import HeldFor
from reminder.storage.metrics import (
    Figures,
    Tried,
    answered_after,
    happened_after,
    newest_ids,
    read_figures,
    tried_after,
)
from reminder.storage.status import WAITING
from reminder.web.direct import is_direct
from reminder.web.links import REJECTED
from reminder.web.running import Follower

if TYPE_CHECKING:
    from starlette.requests import Request

    from jobs.context import JobContext

PREFIX = "reminder_"
Words = TypeVar("Words", bound=tuple[str, ...])
SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of the buckets for how long an attempt took."""
REPLAYED = "replayed"
"""The kind of event for a verdict that the outcome journal restored."""
TALLIES = (
    (REJECTED, "token_rejected", "Links that opened nothing, by why.", "reason"),
    (INBOX, "inbound", "Mails from the mailbox, by what became of them.", "result"),
    (BOUNCES, "bounces", "Reports about mails of ours, by what they say.", "class"),
)
"""Counts of this process: their names in the tally and as metrics, words, and the label."""


def metrics_route(context: Callable[[], JobContext]) -> Route:
    """What is served. Totals count from now on: the start of the process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Service(context))
    lock = Lock()

    def make() -> bytes:
        with lock:
            return generate_latest(registry)

    async def metrics(request: Request) -> Response:
        if not is_direct(request.scope):
            raise HTTPException(404)
        try:
            text = await run_in_threadpool(make)
        except Exception as error:
            context().log.error("metrics_failed", exc_info=error)
            return PlainTextResponse("The database cannot be read.\n", 503)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return Route("/metrics", metrics, methods=["GET"])


class Service(Collector):
    """All metrics, each time as they are now."""

    def __init__(self, context: Callable[[], JobContext]) -> None:
        self._context = context
        with context().database.read() as connection:
            marks = newest_ids(connection)
        self._tried = Follower(marks["attempts"])
        self._answered = Follower(marks["responses"])
        self._happened = Follower(marks["events"])
        self._attempts = AttemptTotals()
        self._actions: Counter[str] = Counter()
        self._events: Counter[str] = Counter()

    def collect(self) -> Iterator[Metric]:
        """Read the database once, then tell."""
        context = self._context()
        with context.database.read() as connection:
            figures = read_figures(connection, context.clock.now())
            for tried in self._tried.new(lambda mark: tried_after(connection, mark)):
                self._attempts.add(tried)
            for answer in self._answered.new(lambda mark: answered_after(connection, mark)):
                self._actions[answer.word] += 1
            for event in self._happened.new(lambda mark: happened_after(connection, mark)):
                self._events[event.word] += 1
        yield from _waiting(figures)
        yield from _machine(context, figures)
        yield from self._attempts.collect()
        yield _counters(
            "actions", "Answers put on record.", ("action", "result"),
            {(action, "taken"): number for action, number in self._actions.items()},
        )  # fmt: skip
        replayed = self._events[REPLAYED]
        yield _counter("journal_replayed", "Verdicts restored from the journal.", replayed)
        yield from _of_this_process(context)


class AttemptTotals:
    """What attempts came to since the process started."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._repeats = 0
        self._buckets = [0] * (len(SECONDS) + 1)
        self._seconds = 0.0

    def add(self, tried: Tried) -> None:
        """Count one more."""
        kind = "none" if tried.code is None else f"{tried.code // 100}xx"
        self._counts[tried.verdict, tried.phase, kind] += 1
        self._repeats += tried.possible_duplicate and tried.verdict in ("sent", "uncertain")
        if tried.seconds is not None:
            self._buckets[bisect.bisect_left(SECONDS, tried.seconds)] += 1
            self._seconds += max(tried.seconds, 0.0)

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        labels = ("verdict", "phase", "class")
        yield _counters("attempts", "SMTP transactions by outcome.", labels, self._counts)
        told = "Attempts whose final dot was never answered."
        yield _counter("uncertain", told, self._of("uncertain"))
        told = "Marked repeats that left, or may have left."
        yield _counter("possible_duplicates", told, self._repeats)
        told = "Mails called off at the final dot: lease lost, or deadline closed."
        yield _counter("fence_rejected", told, self._of("fenced"))
        buckets, below = [], 0
        for bound, number in zip((*map(str, SECONDS), "+Inf"), self._buckets, strict=True):
            below += number
            buckets.append((bound, float(below)))
        name = f"{PREFIX}send_duration_seconds"
        yield HistogramMetricFamily(
            name, "Seconds from the start of an attempt to its end.", buckets, self._seconds
        )

    def _of(self, verdict: str) -> int:
        return sum(number for (one, _, _), number in self._counts.items() if one == verdict)


def _waiting(figures: Figures) -> Iterator[Metric]:
    parts = (figures.unscanned, figures.due_messages)
    urgent = sum(part.urgent for part in parts)
    other = sum(part.number for part in parts) - urgent
    yield _gauges(
        "due_unsent", "What should have left by now; urgent: due within a week, or overdue.",
        "urgency", {"urgent": urgent, "other": other},
    )  # fmt: skip
    yield _gauges(
        "messages", "Unfinished messages by state.", "state",
        {state: figures.messages.get(state, 0) for state in (*WAITING, "held")},
    )  # fmt: skip
    yield _gauges(
        "held", "Messages that wait for a person, by why.", "reason",
        {str(reason) or "other": figures.held.get(reason, 0) for reason in (*HeldFor, "")},
    )  # fmt: skip
    held_back = figures.held.get(HeldFor.STORM, 0)
    yield _gauge("flood_held", "Messages held because they were far too many.", held_back)
    told = "Agreements put off because handling them raised an error."
    yield _gauge("quarantined_records", told, figures.put_offs)
    yield _gauge("dead_addresses", "Addresses that bounced for good.", figures.dead_addresses)


def _machine(context: JobContext, figures: Figures) -> Iterator[Metric]:
    now = context.clock.now()
    parts = (figures.unscanned, figures.due_messages)
    since = min((part.since for part in parts if part.since is not None), default=now)
    age = max((now - since).total_seconds(), 0.0)
    yield _gauge("due_unsent_age_seconds", "How late the oldest of them is.", age)
    if figures.last_scan_at is not None:
        at = figures.last_scan_at.timestamp()
        yield _gauge("scan_last_success_timestamp", "When the last scan ended, Unix time.", at)
    state = int(figures.closed_relays > 0)
    yield _gauge("relay_breaker_state", "1 while the relay cannot be used, else 0.", state)
    suspect = int(figures.standstill.fault is not None)
    yield _gauge("clock_suspect", "1 while the clock is not believed, else 0.", suspect)
    free = []
    for folder in guards.recorded_in(context.settings.home, context.database.file):
        try:
            free.append(context.free_bytes(folder))
        except OSError:
            return  # a figure that nobody can tell is left out
    told = "Bytes free where the record is kept, the least of its folders."
    yield _gauge("disk_free_bytes", told, min(free))


def _of_this_process(context: JobContext) -> Iterator[Metric]:
    tally, last = context.tally, context.watcher.last
    if last is not None and last.is_whole:
        yield _gauges("scan_records", "What the last scan came to.", "result", last.counts)
    errors = tally.by_labels(SCAN_ERRORS)
    errors = {(kind,): errors.get((kind,), 0) for kind in ("scan", "agreement")}
    yield _counters("scan_errors", "Scans and agreements that raised.", ("kind",), errors)
    told = "Messages taken back from workers that ended or stood still."
    yield _counter("lease_expired", told, tally.total(LEASES))
    told = "Heartbeats that the watcher did not take."
    yield _counter("heartbeat_failures", told, tally.total(FAILURES))
    yield _counter("log_dropped", "Lines that the log did not take.", lines_lost())
    for counted, name, told, label in TALLIES:
        yield _counters(name, told, (label,), tally.by_labels(counted))
    yield _gauges("build_info", "Always 1.", "version", {__version__: 1})


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, told, value)


def _gauges(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, told, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _counter(name: str, told: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, told, value)


def _counters(name: str, told: str, labels: tuple[str, ...], values: Mapping[Words, int]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, told, labels=labels)
    for words, value in sorted(values.items()):
        family.add_metric(words, value)
    return family
