"""Mutants of the outcome journal: verdicts that the process knows and the database does not."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

SENDING = "jobs/sending.py"
DELIVER_JOB = "jobs/deliver.py"
COMMIT = "jobs/group_commit.py"
REPLAYING = "reminder/storage/replaying.py"
DELIVER = "tests/integration/test_deliver.py"
KILLED = "tests/integration/test_deliver_killed.py"
REPLAY = "tests/integration/test_replay.py"
COMMITS = "tests/integration/test_group_commit.py"
POWER = "tests/faults/test_power_loss.py"
CRASHED = "tests/integration/test_deliver_crashed.py"

MUTANTS = (
    Mutant(
        "N9",
        "verdicts are not written to the journal",
        (
            Change(
                SENDING,
                "        if journal is None:\n            return False\n",
                "        if journal is None or journal:\n            return False\n",
            ),
        ),
        (COMMITS, DELIVER, KILLED, POWER),
    ),
    Mutant(
        "N9b",
        "the journal is not synced before the commit of the verdict",
        (
            Change(
                COMMIT,
                "if verdicts and self._journal is not None and not self._journal.sync():",
                "if verdicts and self._journal is not None and self._journal.trouble:",
            ),
        ),
        (POWER,),
    ),
    Mutant(
        "N9c",
        "the journal is not asked at the start",
        (
            Change(
                DELIVER_JOB, "        if was_lost or journal.needs_replay:\n", "        if False:\n"
            ),
        ),
        (CRASHED,),
    ),
    Mutant(
        "N9d",
        "after a commit that failed the journal is not asked again",
        (
            Change(
                COMMIT, "self._journal.needs_replay = True", "self._journal.needs_replay = False"
            ),
        ),
        (COMMITS,),
    ),
    Mutant(
        "N9e",
        "dead leases are recovered before the journal is asked, and put in doubt what was sent",
        (
            Change(
                DELIVER_JOB,
                "        if was_lost or journal.needs_replay:\n"
                "            replay(context, journal)\n"
                "        recover(context)\n",
                "        recover(context)\n"
                "        if was_lost or journal.needs_replay:\n"
                "            replay(context, journal)\n",
            ),
        ),
        (CRASHED,),
    ),
    Mutant(
        "N9f",
        "a mail in doubt stays in doubt though the journal knows its verdict",
        (
            Change(
                REPLAYING,
                'if message.state == "uncertain" and was_doubted:',
                'if message.state == "doubted" and was_doubted:',
            ),
        ),
        (REPLAY,),
    ),
    Mutant(
        "N9g",
        "an older verdict of the journal undoes what came after it",
        (
            Change(
                REPLAYING,
                'known.result.state in ("sent", "failed")',
                'known.result.state != "doubted"',
            ),
        ),
        (REPLAY,),
    ),
    Mutant(
        "N9h",
        "verdicts that no other session took along are not committed",
        (
            Change(
                COMMIT,
                "leads = bool(self._waiting) and not self._is_led",
                "leads = not self._waiting and not self._is_led",
            ),
        ),
        (COMMITS,),
    ),
)
