"""Mutants of the succession: who is told where a mail failed for good."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

SUCCESSION = "reminder/storage/succession.py"
SUCCEED = "tests/integration/test_succession.py"

MUTANTS = (
    Mutant(
        "N14",
        "a message that fails for good tells nobody",
        (
            Change(
                "reminder/storage/verdicts.py",
                'result.state == "failed" and claimed.row.has_notices',
                'result.state == "bounced" and claimed.row.has_notices',
            ),
        ),
        (SUCCEED, "tests/faults/test_succession_faults.py"),
    ),
    Mutant(
        "N14b",
        "a message that failed has its successors told at each run",
        (
            Change(
                SUCCESSION,
                ".values(untold=False, next_try_at=None)",
                ".values(untold=True, next_try_at=None)",
            ),
        ),
        (SUCCEED,),
    ),
    Mutant(
        "N14c",
        "whoever has the notice already is told again in another's place",
        (
            Change(
                "reminder/notices.py",
                "        if known:\n            return Successors(told_already=known)\n",
                "",
            ),
        ),
        ("tests/unit/test_succession_line.py",),
    ),
    Mutant(
        "N14d",
        "a successor is told of a date that is no longer right",
        (
            Change(
                SUCCESSION,
                '            _deadlines.c.status == "open",\n'
                "            _deadlines.c.epoch == _notices.c.epoch,\n",
                "",
            ),
        ),
        (SUCCEED,),
    ),
    Mutant(
        "N14e",
        "a failed verdict that only the journal knew tells nobody",
        (
            Change(
                "reminder/storage/replaying.py",
                'untold=result.state == "failed" and message.kind not in tables.WITHOUT_NOTICES',
                "untold=False",
            ),
        ),
        ("tests/integration/test_replay.py",),
    ),
)
