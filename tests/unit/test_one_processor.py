"""A delivery keeps its threads on one processor, and gives back what it was allowed before."""

from __future__ import annotations

import os
from threading import Thread

import pytest

from reminder.workers import on_one_processor

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="only Linux lets a thread choose"
)


def test_threads_started_meanwhile_share_the_one_processor() -> None:
    allowed = os.sched_getaffinity(0)
    seen: list[set[int]] = []
    with on_one_processor():
        thread = Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
        thread.start()
        thread.join()
        seen.append(os.sched_getaffinity(0))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1
    assert seen[0] <= allowed
    assert os.sched_getaffinity(0) == allowed


def test_the_processors_are_given_back_after_an_error() -> None:
    allowed = os.sched_getaffinity(0)
    with pytest.raises(ValueError, match="broken"), on_one_processor():
        raise ValueError("broken")
    assert os.sched_getaffinity(0) == allowed
