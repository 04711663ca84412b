"""Rows 9 and 10: what the program costs as a process: a cold start, and a large import."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.bench.homes import program, run
from tests.bench.measure import Line, Side, alternate, milliseconds

if TYPE_CHECKING:
    from tests.bench.homes import Home


def cold(home: Home, rounds: int) -> list[Line]:
    """Starts of the program against the import of three libraries that it is made of."""
    imports = [sys.executable, "-c", "import sqlalchemy, apscheduler, jinja2"]
    home.run("once")  # makes the byte code, and plans
    sides: dict[str, Side] = {
        "import": lambda: run(imports).seconds,
        "version": lambda: run([*program(), "--version"]).seconds,
        "once": lambda: home.run("once").seconds,
    }
    taken = alternate(sides, rounds)
    version, once = taken["version"] / taken["import"], taken["once"] / taken["import"]
    return [
        Line("cold", "import of three libraries", milliseconds(taken["import"])),
        Line("cold", "--version", milliseconds(taken["version"]), f"{version:.2f} x", "<= 0.6 x"),
        Line("cold", "once, nothing due", milliseconds(taken["once"]), f"{once:.2f} x", "<= 3 x"),
    ]


def imports(large: Home, tenth: Home, number: int, kind: str) -> list[Line]:
    """What the imports that made these homes took, and whether memory grew with the register."""
    most, least = large.imported, tenth.imported
    assert most is not None
    assert least is not None
    row = f"import, {kind}"
    return [
        Line(
            row, f"{number // 10:,} agreements", f"{least.seconds:.1f} s, {least.peak_mib:.0f} MiB"
        ),
        Line(
            row,
            f"{number:,} agreements",
            f"{most.seconds:.1f} s, {most.peak_mib:.0f} MiB",
            f"memory {most.peak_mib / least.peak_mib:.2f} x",
            "<= 60 s, flat",
        ),
    ]
