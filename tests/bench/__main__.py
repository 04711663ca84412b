"""``python -m tests.bench``: measures the service beside the plain way; prints, judges nothing.

BENCH_MESSAGES sets the size of the outbox (2,000), BENCH_AGREEMENTS that of the register
(100,000), BENCH_ROUNDS the runs of each side (5). Arguments name rows; without any, all are
measured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.burst import burst
from tests.bench.composing import composing
from tests.bench.drain import drain
from tests.bench.homes import make_loaded_home
from tests.bench.measure import Line, print_table
from tests.bench.memory import memory
from tests.bench.processes import cold, imports
from tests.bench.scans import scan_due, scan_idle
from tests.bench.slow_relay import slow_relay
from tests.postgres import Server, Unavailable, running_server

ROWS = (
    "drain", "drain-pg", "burst", "scan-idle", "scan-due", "compose", "slow-relay", "memory",
    "cold", "import",
)  # fmt: skip
ON_POSTGRESQL = frozenset({"drain-pg", "scan-idle", "scan-due", "import"})
SMALL = 1000


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    messages: int
    agreements: int
    rounds: int

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages, {self.agreements:,} agreements, "
            f"medians of {self.rounds} runs, sides in turn"
        )


def main(wanted: list[str]) -> None:
    """Measure the wanted rows."""
    if unknown := [row for row in wanted if row not in ROWS]:
        sys.exit(f"{', '.join(unknown)}: no such row; write one of {', '.join(ROWS)}")
    rows = set(wanted or ROWS)
    sizes = Sizes(_size("MESSAGES", 2000), _size("AGREEMENTS", 100_000), _size("ROUNDS", 5))
    print(sizes, flush=True)
    with TemporaryDirectory(prefix="reminder-bench-") as name, _server(rows) as server:
        folder = Path(name)
        print_table(
            [*_of_mail(rows, folder, server, sizes), *_of_register(rows, folder, server, sizes)]
        )


def _of_mail(rows: set[str], folder: Path, server: Server | None, sizes: Sizes) -> Iterator[Line]:
    if "drain" in rows:
        yield from drain(folder, sizes.messages, None, sizes.rounds)
    if "drain-pg" in rows and server is not None:
        yield from drain(folder, sizes.messages, server, sizes.rounds)
    if "burst" in rows:
        yield from burst(folder / "burst", sizes.messages // 2, sizes.rounds)
    if "compose" in rows:
        yield from composing(sizes.rounds)
    if "slow-relay" in rows:
        yield from slow_relay(folder / "slow_relay", max(1, sizes.messages // 20))
    if "memory" in rows:
        yield from memory(folder / "memory", sizes.messages * 5)


def _of_register(
    rows: set[str], folder: Path, server: Server | None, sizes: Sizes
) -> Iterator[Line]:
    if "cold" in rows:
        yield from cold(make_loaded_home(folder / "cold", SMALL), max(sizes.rounds, 9))
    if not rows & {"import", "scan-idle", "scan-due"}:
        return
    number = sizes.agreements
    for kind, where in {"SQLite": None, "PostgreSQL": server}.items():
        if kind == "PostgreSQL" and where is None:
            continue
        small = make_loaded_home(folder, SMALL, where)
        large = make_loaded_home(folder, number, where)
        if "import" in rows:
            yield from imports(large, make_loaded_home(folder, number // 10, where), number, kind)
        if "scan-idle" in rows:
            yield from scan_idle(large, small, kind, sizes.rounds)
        if "scan-due" in rows:
            yield from scan_due(large, number, kind, sizes.rounds)


def _size(name: str, usual: int) -> int:
    return int(os.environ.get(f"BENCH_{name}", str(usual)))


@contextmanager
def _server(rows: set[str]) -> Iterator[Server | None]:
    """A server that forgets nothing, where a row wants one: what is measured must be durable."""
    if not rows & ON_POSTGRESQL:
        yield None
        return
    try:
        with running_server(options={}) as server:
            yield server
    except Unavailable:
        print("no PostgreSQL server to be had: SQLite only")
        yield None


if __name__ == "__main__":
    main(sys.argv[1:])
