"""Measuring sides in turn, and printing what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Side = Callable[[], float]
"""Does the work once and returns the seconds that count."""


def alternate(sides: Mapping[str, Side], rounds: int) -> dict[str, float]:
    """The median seconds of each side. They take turns, so that all meet the same noise."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(sides)[::-1]
        for name in order:
            taken[name].append(sides[name]())
    return {name: median(seconds) for name, seconds in taken.items()}


def timed(work: Callable[[], object], times: int = 1) -> float:
    """The seconds that *work* takes, done so many times in a row."""
    began = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - began) / times


@dataclass(frozen=True)
class Line:
    """One line of the table: a figure, and where there is one, its goal."""

    row: str
    side: str
    figure: str
    ratio: str = ""
    goal: str = ""


def milliseconds(seconds: float) -> str:
    """Seconds as the tables show them."""
    return f"{seconds * 1000:,.1f} ms"


def print_table(lines: list[Line]) -> None:
    """Print the lines under each other, as a table that Markdown reads too."""
    cells = [("row", "side", "median", "ratio", "goal")]
    cells += [(line.row, line.side, line.figure, line.ratio, line.goal) for line in lines]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    for number, row in enumerate(cells):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(padded)} |")
        if number == 0:
            print(f"| {' | '.join('-' * width for width in widths)} |")
