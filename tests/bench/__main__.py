"""``python -m tests.bench``: measures the service beside the plain way; prints, judges nothing.

BENCH_AGREEMENTS sets the size (100,000), BENCH_ROUNDS the runs of each side (5).
Arguments name rows; without any, all are measured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.homes import make_loaded_home
from tests.bench.measure import Line, print_table
from tests.bench.processes import cold, imports
from tests.bench.scans import scan_due, scan_idle
from tests.postgres import Server, Unavailable, running_server

ROWS = ("scan-idle", "scan-due", "cold", "import")
SMALL = 1000


def main(wanted: list[str]) -> None:
    """Measure the wanted rows on each kind of database."""
    number = int(os.environ.get("BENCH_AGREEMENTS", "100000"))
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    if unknown := [row for row in wanted if row not in ROWS]:
        sys.exit(f"{', '.join(unknown)}: no such row; write one of {', '.join(ROWS)}")
    rows = wanted or list(ROWS)
    print(f"{number:,} agreements, medians of {rounds} runs, sides in turn", flush=True)
    lines: list[Line] = []
    with TemporaryDirectory(prefix="reminder-bench-") as name, _server() as server:
        folder = Path(name)
        for kind, where in (("SQLite", None), ("PostgreSQL", server)):
            if where is None and kind == "PostgreSQL":
                print("no PostgreSQL server to be had: SQLite only")
                continue
            small = make_loaded_home(folder, SMALL, where)
            if kind == "SQLite" and "cold" in rows:
                lines += cold(small, max(rounds, 9))
            if rows == ["cold"]:
                break
            large = make_loaded_home(folder, number, where)
            if "import" in rows:
                lines += imports(large, make_loaded_home(folder, number // 10, where), number, kind)
            if "scan-idle" in rows:
                lines += scan_idle(large, small, kind, rounds)
            if "scan-due" in rows:
                lines += scan_due(large, number, kind, rounds)
    print_table(lines)


@contextmanager
def _server() -> Iterator[Server | None]:
    """A server that forgets nothing: what is measured must be durable."""
    try:
        with running_server(options={}) as server:
            yield server
    except Unavailable:
        yield None


if __name__ == "__main__":
    main(sys.argv[1:])
