"""Mutants of chains and decisions: a step that time advances, a decision that says too much."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

PROGRESS = "reminder/progress.py"
PROGRESS_TESTS = "tests/unit/test_progress.py"

MUTANTS = (
    Mutant(
        "N23",
        "a limit in law counts from a start that nobody recorded",
        (
            Change(
                PROGRESS,
                "if start is not None and start.is_recorded and rule.limit is not None:",
                "if start is not None and rule.limit is not None:",
            ),
        ),
        (PROGRESS_TESTS,),
    ),
    Mutant(
        "N23b",
        "a step counts as done once its own limit is over",
        (
            Change(
                "reminder/steps.py",
                "if other.done_on is not None and other.done_on.first <= today",
                "if (other.done_on or other.started_on) is not None",
            ),
        ),
        ("tests/unit/test_steps.py",),
    ),
    Mutant(
        "N23c",
        "a step that may be left out is asked for",
        (Change(PROGRESS, "if row is None and not later:", "if not later and row is not None:"),),
        (PROGRESS_TESTS,),
    ),
    Mutant(
        "N23d",
        "the steps to a signing are asked for after it",
        (
            Change(
                PROGRESS,
                "return not self.is_signed and not any(self._has_begun(code) for code in later)",
                "return not any(self._has_begun(code) for code in later)",
            ),
        ),
        (PROGRESS_TESTS,),
    ),
    Mutant(
        "N24",
        "a decision about one expiry holds for another",
        (
            Change(
                "reminder/planner.py",
                "    if dossier.decided is not None and not _is_same_expiry(",
                "    if False and not _is_same_expiry(",
            ),
        ),
        ("tests/unit/test_planner.py",),
    ),
    Mutant(
        "N24b",
        "a decision to renew stops the countdown",
        (
            Change(
                "reminder/deadline_statuses.py",
                "        and decided is not None\n        and decided.decision is Decision.END\n",
                "        and decided is not None\n",
            ),
        ),
        ("tests/unit/test_deadlines.py",),
    ),
    Mutant(
        "N25",
        "the last day to begin a renewal follows the shorter of two ways",
        (
            Change(
                "reminder/stages.py",
                "        ends = min(\n            (_begin(other,",
                "        ends = max(\n            (_begin(other,",
            ),
        ),
        ("tests/unit/test_stages.py",),
    ),
)
