"""Waiting for what another thread or process does, with a limit."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

PATIENCE = 60.0
"""Seconds; a loaded machine takes many times as long as an idle one."""


def wait_until(condition: Callable[[], object]) -> None:
    """Until it is true."""
    limit = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < limit, "waited a minute in vain"
        sleep(0.01)
