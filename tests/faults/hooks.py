"""What is done at a crash point instead of a crash: an edit, a lock, a disk that fills up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reminder.crash_points import CrashPoint, Killer, set_killer


@contextmanager
def at_each_point(hook: Killer) -> Iterator[None]:
    """Have *hook* called with each point that is passed inside."""
    set_killer(hook)
    try:
        yield
    finally:
        set_killer(None)


@contextmanager
def once_at(point: CrashPoint | None, act: Callable[[], None]) -> Iterator[None]:
    """Have *act* called when *point* is passed for the first time; None for at once."""
    waits = True

    def hook(passed: CrashPoint | None) -> None:
        nonlocal waits
        if waits and passed is point:
            waits = False
            act()

    if point is None:
        hook(None)
    with at_each_point(hook):
        yield
