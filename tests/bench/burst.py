"""Row 3: many agreements come due at once; how long until the first and the last mail leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING

from tests.bench.measure import Line
from tests.bench.queues import make_due_home
from tests.bench.receiver import receiver
from tests.bench.register import DUE_AT

if TYPE_CHECKING:
    from tests.bench.homes import Home

PEER_FIRST, PEER_LAST = 3.6, 18.4
"""Seconds of Healthchecks' ``sendalerts`` for 1,000 checks that go down at once; measured when
the goal was set, and not here."""
PEER_NUMBER = 1000


def burst(folder: Path, number: int, rounds: int) -> Iterator[Line]:
    """``reminder once``, from the start of its process to each mail that the relay took."""
    home = make_due_home(folder, number)
    home.run("once")  # plans; on this day nothing is due
    runs = [_one_run(home, number) for _ in range(rounds)]
    first, last = (median(run[side] for run in runs) for side in (0, 1))
    share = number / PEER_NUMBER
    yield Line("burst", "sendalerts (as reported), first", f"{PEER_FIRST:.1f} s")
    yield Line("burst", "sendalerts (as reported), last", f"{PEER_LAST:.1f} s")
    sooner = f"{PEER_FIRST / first:.1f} x sooner"
    yield Line("burst", f"once, first of {number:,}", f"{first:.2f} s", sooner, ">= 4 x")
    sooner = f"{PEER_LAST * share / last:.1f} x sooner"
    yield Line("burst", f"once, last of {number:,}", f"{last:.2f} s", sooner, ">= 10 x")


def _one_run(home: Home, number: int) -> tuple[float, float]:
    """Seconds to the first and to the last mail."""
    with home.copy() as copy, receiver() as received:
        began = monotonic()
        replace(copy, port=received.port).run("once", at=DUE_AT)
    assert len(received.instants) == number, len(received.instants)
    return received.instants[0] - began, received.instants[-1] - began
