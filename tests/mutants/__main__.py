"""``python -m tests.mutants [M4 ...]``: each mutant, and whether the tests kill it.

Exits 1 where one survived, hung, or does not apply to the program as it is now, and where the
tests fail without any mutant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from tests.mutants.catalogue import MUTANTS
from tests.mutants.copies import copy_of, copy_of_project
from tests.mutants.mutant import DoesNotApply, Mutant
from tests.mutants.trials import LONGEST, tried

LONGEST_WITHOUT = 1800.0
"""Seconds for the tests of all mutants, each once, where nothing is broken."""


def main() -> int:
    """Try the mutants of the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="M4", help="M4 stands for M4b and M4c too")
    parser.add_argument(
        "--unsound", action="store_true", help="do not run the tests unbroken first"
    )
    asked = parser.parse_args()
    chosen = _chosen(asked.names)
    if not chosen:
        parser.error(f"there is none of these: {' '.join(asked.names)}")
    began = monotonic()
    with copy_of_project() as project:
        if not asked.unsound and not _passes_unbroken(project, chosen):
            return 1
        failed = [mutant.name for mutant in chosen if not _is_killed(mutant, project)]
    print(f"{len(chosen) - len(failed)} of {len(chosen)} killed in {monotonic() - began:.0f} s")
    if failed:
        print(f"not killed: {' '.join(failed)}")
    return int(bool(failed))


def _chosen(names: Sequence[str]) -> list[Mutant]:
    if not names:
        return list(MUTANTS)
    return [one for one in MUTANTS if one.name in names or one.name.rstrip("bcdefgh") in names]


def _passes_unbroken(project: Path, mutants: Sequence[Mutant]) -> bool:
    """Whether the tests pass without any mutant: else a failure would say nothing."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    trial = tried(project, tests, LONGEST_WITHOUT)
    print(f"without any mutant: {''.join(trial.output.splitlines()[-1:])}", flush=True)
    if not trial.has_passed:
        print(f"{trial.output[-6000:]}\nThe tests fail without any mutant; mend that first.")
    return trial.has_passed


def _is_killed(mutant: Mutant, original: Path) -> bool:
    """Try one mutant, and say what became of it."""
    with copy_of(original) as project:
        try:
            mutant.infect(project)
        except DoesNotApply as error:
            return _say(mutant, f"DOES NOT APPLY: {error}", is_killed=False)
        trial = tried(project, mutant.tests)
    if trial.first_failure:
        return _say(mutant, f"killed by {trial.first_failure}", is_killed=True)
    if trial.has_passed:
        return _say(mutant, f"SURVIVED: {', '.join(mutant.tests)} passed", is_killed=False)
    if trial.status is None:
        return _say(mutant, f"HUNG: no test noticed within {LONGEST:.0f} s", is_killed=False)
    words = f"NO TEST RAN: pytest ended with {trial.status}\n{trial.output[-2000:]}"
    return _say(mutant, words, is_killed=False)


def _say(mutant: Mutant, words: str, *, is_killed: bool) -> bool:
    print(f"{mutant.name:5} {mutant.breaks} ({', '.join(mutant.files)})\n      {words}", flush=True)
    return is_killed


if __name__ == "__main__":
    sys.exit(main())
