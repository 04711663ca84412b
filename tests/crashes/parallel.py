"""Trials on all processors: each process has a warm worker of its own to fork from."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

Case = TypeVar("Case")
Result = TypeVar("Result")


def on_all_processors(
    play: Callable[[Case], Result], cases: Sequence[Case]
) -> Iterator[tuple[Case, Result]]:
    """What comes of each case, as it comes. *play* must be picklable."""
    # Spawned, not forked: a fork would share the warm process of this one.
    how = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=how) as pool:
        running = {pool.submit(play, case): case for case in cases}
        for done in as_completed(running):
            yield running[done], done.result()
