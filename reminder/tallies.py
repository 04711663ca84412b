"""Counts of what this process did and no table keeps, for the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock


class Tally:
    """How often what happened, by name and labels; from the start of the process. Any thread may
    add to it. Labels come from closed sets of words: never an address, a token or a reason in
    somebody else's words."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, ...]]] = {}
        self._lock = Lock()

    def add(self, name: str, *labels: str, by: int = 1) -> None:
        """Count *by* more."""
        with self._lock:
            self._counts.setdefault(name, Counter())[labels] += by

    def total(self, name: str) -> int:
        """All of that name."""
        return sum(self.by_labels(name).values())

    def by_labels(self, name: str) -> Mapping[tuple[str, ...], int]:
        """All of that name, by labels."""
        with self._lock:
            return dict(self._counts.get(name, {}))
