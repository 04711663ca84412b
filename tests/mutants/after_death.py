"""Mutants of what is left behind: leases of the dead, and databases of yesterday."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

SENDING = "jobs/sending.py"
DELIVER_JOB = "jobs/deliver.py"
COMMIT = "jobs/group_commit.py"
VERDICTS = "reminder/storage/verdicts.py"
RECOVERY = "reminder/storage/recovery.py"
DELIVER = "tests/integration/test_deliver.py"
KILLED = "tests/integration/test_deliver_killed.py"
UNCERTAIN = "tests/integration/test_deliver_uncertain.py"
OUTBOX_TESTS = "tests/integration/test_outbox.py"
COMMITS = "tests/integration/test_group_commit.py"
CRASHED = "tests/integration/test_deliver_crashed.py"

MUTANTS = (
    Mutant(
        "M16",
        "whoever sends swallows the end of the process, and puts the message off",
        (
            Change(
                SENDING,
                "        except Exception as error:  # a defect of ours must not stop"
                " the other messages\n            if dot",
                "        except BaseException as error:\n            if dot",
            ),
        ),
        (CRASHED,),
    ),
    Mutant(
        "M16b",
        "a delivery that crashes gives its messages back, the one with the intent too",
        (
            Change(
                DELIVER_JOB,
                "        except Exception:  # and nothing wider",
                "        except BaseException:  # and nothing wider",
            ),
        ),
        (CRASHED,),
    ),
    Mutant(
        "M16c",
        "a session that crashes is not heard of",
        (Change("jobs/sessions.py", "self._error = self._error or error", "self._error = None"),),
        (CRASHED,),
    ),
    Mutant(
        "M16d",
        "a commit that crashes is tried again as if it had failed",
        (
            Change(
                COMMIT,
                "        except Exception as error:\n            if self._journal",
                "        except BaseException as error:\n            if self._journal",
            ),
            Change(
                COMMIT,
                "        except Exception as reason:",
                "        except BaseException as reason:",
            ),
            Change(COMMIT, "error if len(group) == 1 else None", "None"),
        ),
        (CRASHED,),
    ),
    Mutant(
        "N8",
        "a verdict is recorded though the lease was lost",
        (
            Change(
                VERDICTS,
                "[_change(one, result) for one, result in new if one.message_id in ours]",
                "[_change(one, result) for one, result in new]",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "N8b",
        "what a worker without its lease tried is not on record",
        (
            Change(
                VERDICTS,
                "        if one.message_id in ours or not (one.message_id in known"
                " or result.is_known_after_dot)\n",
                "        if one.message_id in ours\n",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "N8c",
        "a verdict that comes after the lease was lost is kept from whoever has the message now",
        (
            Change(
                COMMIT,
                "            if result.is_known_after_dot:\n",
                "            if result.intent_at is None:\n",
            ),
        ),
        (COMMITS, DELIVER, OUTBOX_TESTS),
    ),
    Mutant(
        "N10",
        "a message that kills its worker is taken up for ever",
        (
            Change(
                RECOVERY, "        elif row.claims >= MOST_CLAIMS:", "        elif row.claims < 0:"
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "N10b",
        "a message that kills its worker takes the others of its batch along",
        (
            Change(
                "reminder/storage/claims.py",
                "takewhile(lambda row: not row.claims, waiting)",
                "takewhile(lambda row: row.claims < 9, waiting)",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "N10c",
        "a worker that lives counts as dead",
        (
            Change(
                "reminder/workers.py",
                "    return _started(number) != started\n",
                "    return number > 0\n",
            ),
        ),
        (KILLED, OUTBOX_TESTS),
    ),
    Mutant(
        "N11",
        "what a restored database makes does not say that it may be a repeat",
        (
            Change(
                "jobs/scan.py",
                "possible_duplicate=tools.is_restored",
                "possible_duplicate=False",
            ),
        ),
        ("tests/integration/test_storm.py",),
    ),
    Mutant(
        "N11b",
        "a copy of the database sends what the original sends",
        (
            Change(
                DELIVER_JOB,
                "        if reason := adoption.refusal(context):\n",
                "        if reason := adoption.refusal(context) and '':\n",
            ),
        ),
        ("tests/integration/test_adoption.py",),
    ),
    Mutant(
        "N11c",
        "what may be a repeat is joined into another mail",
        (
            Change(
                "reminder/storage/messages.py",
                "                messages.c.possible_duplicate.is_(False),\n",
                "",
            ),
        ),
        ("tests/integration/test_scan_messages.py",),
    ),
    Mutant(
        "N12",
        "a mail that may have arrived is resent without the mark",
        (
            Change(
                "reminder/storage/answers.py",
                '            "possible_duplicate": is_repeat,\n',
                '            "possible_duplicate": False,\n',
            ),
        ),
        ("tests/integration/test_held_commands.py",),
    ),
    Mutant(
        "N12b",
        "a mail that may have arrived is released with the others",
        (
            Change(
                "reminder/storage/held.py",
                "        _messages.c.held_for != HeldFor.UNCERTAIN.value,\n"
                "        ~has_no_verdict,\n",
                "",
            ),
        ),
        ("tests/integration/test_held_commands.py",),
    ),
)
