"""What a watcher outside is told of, kept between two heartbeats: how the last scan ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock, Thread

from reminder.clock import steady_seconds

ANSWERS_WITHIN = 10.0
"""Seconds for a whole call: name, connection, TLS and answer."""
LOOK_EVERY = 0.05
STILL_HANGS = "an earlier call still waits for its answer"


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """How a scan ended: whole, with its counts, or by an error."""

    is_whole: bool
    counts: Mapping[str, int] = field(default_factory=dict)


class Watcher:
    """Made once for a process, and the same through every reload."""

    def __init__(self, answers_within: float = ANSWERS_WITHIN) -> None:
        self._answers_within = answers_within
        self._lock = Lock()
        self._last: ScanEnd | None = None
        self._untold: ScanEnd | None = None
        self._call: Thread | None = None

    @property
    def last(self) -> ScanEnd | None:
        """How the last scan ended; None before the first."""
        return self._last

    def note(self, end: ScanEnd) -> None:
        """A scan has ended; the next heartbeat tells of it, and of none before it."""
        with self._lock:
            self._last = self._untold = end

    def take(self) -> ScanEnd | None:
        """The end that was not told yet; each is given out once."""
        with self._lock:
            taken, self._untold = self._untold, None
        return taken

    def call(self, ask: Callable[[], str], is_stopping: Callable[[], bool]) -> str | None:
        """What *ask* returns, or that it took too long; None where the daemon ends meanwhile.

        In a thread of its own: looking a name up and an answer that drips in have no limit
        that a socket could set. One that hangs is left alone, and no second one joins it.
        """
        if self._call is not None and self._call.is_alive():
            return STILL_HANGS
        said: list[str] = []
        call = Thread(target=lambda: said.append(ask()), name="heartbeat", daemon=True)
        try:
            call.start()
        except RuntimeError:
            return "the machine gives no thread for the call"
        self._call = call
        until = steady_seconds() + self._answers_within
        while not said and call.is_alive():
            if is_stopping():
                return None
            if steady_seconds() > until:
                return f"it did not answer within {self._answers_within:.0f} seconds"
            call.join(LOOK_EVERY)
        return said[0] if said else "the call broke off"
