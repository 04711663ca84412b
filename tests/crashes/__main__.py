"""Every crash: ``python -m tests.crashes``, or one of its PARTS alone.

``--only TEXT`` plays the schedules alone that have TEXT in their name, as a failure prints it;
``--every N`` takes each N-th line alone. A sample of all this is in ``make test``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from tests.crashes.lines import LineTrials
from tests.crashes.office import make_template
from tests.crashes.parallel import on_all_processors
from tests.crashes.schedules import CROWDS, PAIRS, TWICE, Schedule
from tests.crashes.trials import play_in

SWEEPS = {"sweep": PAIRS, "crowds": CROWDS, "twice": TWICE}
PARTS = (*SWEEPS, "lines")


def main(arguments: Sequence[str]) -> int:
    """Play what was asked for; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes")
    parser.add_argument("part", nargs="?", default="all", choices=["all", *PARTS])
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    asked = parser.parse_args(arguments)
    parts = PARTS if asked.part == "all" else [asked.part]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="reminder-crashes-") as name:
        for part in parts:
            if part == "lines" and asked.only:
                continue
            folder = Path(name) / part
            folder.mkdir()
            if part == "lines":
                failures += kill_at_lines(folder, asked.every)
            else:
                chosen = [one for one in SWEEPS[part] if asked.only in str(one)]
                failures += sweep(part, chosen, folder)
    return 1 if failures else 0


def sweep(part: str, schedules: Sequence[Schedule], folder: Path) -> int:
    """Play these schedules; how many did not end as they must."""
    began, failures = monotonic(), 0
    templates = {number: make_template(folder, number) for number in _sizes(schedules)}
    for schedule, wrong in on_all_processors(partial(play_in, folder, templates), schedules):
        failures += bool(wrong)
        for text in wrong:
            say(f"{part}: {schedule}: {text}")
    say(f"{part}: {len(schedules)} schedules, {failures} broken, {monotonic() - began:.0f} s")
    return failures


def kill_at_lines(folder: Path, every: int) -> int:
    """End one delivery at each such line; at how many something did not hold."""
    began, failures, ends = monotonic(), 0, Counter[str]()
    trials = LineTrials.prepared(folder)
    lines = trials.count()
    for line, ending in on_all_processors(trials.killed_at, range(1, lines + 1, every)):
        failures += bool(ending.wrong)
        ends[ending.copies] += 1
        for text in ending.wrong:
            say(f"lines: killed at line {line}: {text}")
    copies = ", ".join(f"{number} with {which}" for which, number in ends.most_common())
    took = monotonic() - began
    say(
        f"lines: {ends.total()} of the {lines} lines of one delivery: {copies}; "
        f"{failures} broken, {took:.0f} s"
    )
    return failures


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _sizes(schedules: Sequence[Schedule]) -> set[int]:
    return {schedule.messages for schedule in schedules}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
