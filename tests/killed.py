"""Ends of a process as an exception that nobody foresaw, at a crash point of its own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from reminder.crash_points import CrashPoint, set_killer


class Killed(BaseException):
    """The end of the process, as far as a test needs one: nothing of it runs any more."""


@contextmanager
def killed_at(point: CrashPoint, hit: int = 1) -> Iterator[None]:
    """Have the thread end that is the *hit*-th to pass this point; that end must come."""
    passings = count(1)

    def pass_by(passed: CrashPoint) -> None:
        # ``next`` of a counter is one step of the interpreter: no thread comes in between.
        if passed is point and next(passings) == hit:
            raise Killed

    set_killer(pass_by)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        set_killer(None)
