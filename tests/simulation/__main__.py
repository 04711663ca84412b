"""``python -m tests.simulation 1 2 3``: these seeds, one after the other, and what came of them.

Exits 1 where an invariant was violated or, with ``--all-reached``, where a state or a crash
point was reached by no seed: then the simulation sleeps.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.runs import make_template, memory_folder, simulate, unreached


def main() -> int:
    """Run the seeds of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--agreements", type=int, default=100)
    parser.add_argument("--years", type=float, default=2)
    parser.add_argument("--all-reached", action="store_true", help="fail where anything was not")
    parser.add_argument("--trace", action="store_true", help="print whatever happened")
    asked = parser.parse_args()
    reports = []
    with TemporaryDirectory(dir=memory_folder()) as name:
        template = make_template(Path(name))
        for seed in asked.seeds:
            report = simulate(seed, asked.agreements, asked.years, template)
            reports.append(report)
            if asked.trace:
                print("\n".join(report.lines))
            print(report, flush=True)
            if report.violations:
                print(
                    f"  again with: python -m tests.simulation {seed} "
                    f"--agreements {asked.agreements} --years {asked.years:g} --trace"
                )
    asleep = unreached(reports)
    print(f"{len(reports)} seeds; never reached: {', '.join(asleep) or 'nothing'}")
    failed = [report.seed for report in reports if report.violations]
    if failed:
        print(f"violated by seeds: {' '.join(map(str, failed))}")
    return int(bool(failed) or (asked.all_reached and bool(asleep)))


if __name__ == "__main__":
    sys.exit(main())
