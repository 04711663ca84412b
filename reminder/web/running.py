"""Running totals over tables that are only added to: each row is counted once, when it is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from reminder.clock import steady_seconds

SETTLED_AFTER = 60.0
"""Seconds. PostgreSQL gives an id out before the row is committed, so that one with a lower id
may come to be seen after a higher one; no transaction of ours takes that long."""


class Numbered(Protocol):
    """A row with the number that its table gave it."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Numbered)


class Follower:
    """Follows one table from *mark* on. Not for two threads at once."""

    def __init__(self, mark: int, settled_after: float = SETTLED_AFTER) -> None:
        self._settled = mark
        self._settled_after = settled_after
        self._seen: set[int] = set()
        self._highest: list[tuple[float, int]] = []
        """The highest id known, and since when; the oldest first."""

    def new(self, load: Callable[[int], Sequence[Row]]) -> Iterator[Row]:
        """The rows that were not given out before; *load* gives those above a mark."""
        now = steady_seconds()
        while self._highest and now - self._highest[0][0] > self._settled_after:
            self._settled = self._highest.pop(0)[1]
        self._seen = {number for number in self._seen if number > self._settled}
        for row in load(self._settled):
            if row.id not in self._seen:
                self._seen.add(row.id)
                yield row
        if self._seen:
            self._highest.append((now, max(self._seen)))
