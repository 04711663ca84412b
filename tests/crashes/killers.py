"""Ends of a process: at the n-th passing of a crash point, or at its n-th line of code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reminder.crash_points import CrashPoint, Killer, set_killer

if TYPE_CHECKING:
    from types import FrameType

DIED = 137
"""The exit status of a process that was killed with signal 9, as a shell tells it."""

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / package}{os.sep}" for package in ("reminder", "jobs"))


def die() -> None:
    """End this process as signal 9 would: no ``finally``, no flush, no goodbye."""
    os._exit(DIED)


def freeze() -> None:
    """Stop this process where it stands until somebody sends it SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


@dataclass(frozen=True)
class At:
    """*act* at the *hit*-th passing of a point, whichever session passes it."""

    point: CrashPoint
    hit: int = 1
    act: Callable[[], None] = die

    def killer(self) -> Killer:
        """One that counts from now on."""
        passings = count(1)

        def pass_by(point: CrashPoint) -> None:
            # ``next`` of a counter is one step of the interpreter: no thread comes in between.
            if point is self.point and next(passings) == self.hit:
                self.act()

        return pass_by


@contextmanager
def acting(at: At | None) -> Iterator[None]:
    """Have that done inside."""
    set_killer(at.killer() if at is not None else None)
    try:
        yield
    finally:
        set_killer(None)


class LineCounter:
    """Counts the lines of ours that this thread runs, and ends the process at the *last* one."""

    def __init__(self, last: int | None = None) -> None:
        """*last* None only counts."""
        self.lines = 0
        self._last = last

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count inside."""
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)

    # The third argument is whatever the event brings along: Python's own type for it is Any.
    def _enter(self, frame: FrameType, _event: str, _value: Any) -> Callable[..., Any] | None:
        return self._step if frame.f_code.co_filename.startswith(OURS) else None

    def _step(self, _frame: FrameType, event: str, _value: Any) -> Callable[..., Any]:
        if event == "line":
            self.lines += 1
            if self.lines == self._last:
                die()
        return self._step
