"""What one run came to, and its trace: a line for whatever happened, and a hash of all of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta


class Trace:
    """The same seed gives the same trace, to the byte."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.lines: list[str] = []

    def add(self, at: datetime, *parts: object) -> None:
        """Something happened."""
        line = f"{at:%Y-%m-%dT%H:%M:%S} {' '.join(map(str, parts))}"
        self._hash.update(line.encode() + b"\n")
        self.lines.append(line)

    @property
    def digest(self) -> str:
        """The hash of all lines so far."""
        return self._hash.hexdigest()


@dataclass
class Report:
    """The figures of one run."""

    seed: int
    notices: int = 0
    copies: int = 0
    marked: int = 0
    held: int = 0
    """Messages that were ever held."""
    failed: int = 0
    lost: int = 0
    successions: int = 0
    deaths: int = 0
    worst_delay: timedelta = timedelta(0)
    """From a message's making to its verdict."""
    states: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    died_at: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    trace: str = ""
    lines: list[str] = field(default_factory=list, repr=False)
    seconds: float = 0.0

    def __str__(self) -> str:
        moves = ", ".join(
            f"{was or 'new'}>{became} {count}"
            for (was, became), count in sorted(self.moves.items())
        )
        return "\n".join(
            (
                f"seed {self.seed}: {self.notices} notices, {self.copies} copies, "
                f"{self.marked} marked, {self.held} held, {self.failed} failed, {self.lost} lost, "
                f"{self.successions} successions, {self.deaths} deaths, "
                f"worst due to sent {self.worst_delay}, {self.seconds:.1f} s of processor",
                f"  states: {_counts(self.states)}",
                f"  moves: {moves}",
                f"  died at: {_counts(self.died_at)}",
                f"  trace: {self.trace}",
                *(f"  VIOLATED {text}" for text in self.violations),
            )
        )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
