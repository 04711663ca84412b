"""Mutants of the days and the register: what is due when, and an import as one whole."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

OCCURRENCES = "reminder/occurrences.py"
IMPORTING = "jobs/importing.py"
OCCURRENCE_TESTS = "tests/unit/test_occurrences.py"
IMPORT = "tests/integration/test_import_run.py"
SCAN = "tests/integration/test_scan.py"

CHAINED = """\
        moved = anchor
        for _ in range(abs(times)):
            moved = add_months(moved, self.months if times > 0 else -self.months)
"""
STORED_BEFORE_REFUSED = """\
                with phase("Storing") as progress:
                    try:
                        run.store(connection, progress, confirmed_ends)
                    except ReminderError as error:
                        refused = error
"""

MUTANTS = (
    Mutant(
        "M8",
        "months are chained: 31 January, 28 February, 28 March",
        (
            Change(
                "reminder/calendars.py",
                "        moved = add_months(anchor, self.months * times)"
                " if self.months else anchor\n",
                CHAINED,
            ),
        ),
        ("tests/unit/test_calendars.py",),
    ),
    Mutant(
        "M9",
        "a lead time is not reached on its own day",
        (Change(OCCURRENCES, "if urgency[0] > today:", "if urgency[0] >= today:"),),
        (OCCURRENCE_TESTS,),
    ),
    Mutant(
        "M9b",
        "the lead time that was told fires again",
        (
            Change(
                OCCURRENCES,
                "if floor is not None and urgency <= floor:",
                "if floor is not None and urgency < floor:",
            ),
        ),
        (OCCURRENCE_TESTS,),
    ),
    Mutant(
        "M9c",
        "a deadline is not looked at on the day of its lead time",
        (
            Change(
                "reminder/storage/due_deadlines.py",
                "            deadlines.c.next_on <= today,\n",
                "            deadlines.c.next_on < today,\n",
            ),
        ),
        (SCAN,),
    ),
    Mutant(
        "M9d",
        "a message is not claimed at the instant when its time has come",
        (
            Change(
                "reminder/storage/claims.py",
                '_messages.c.next_try_at <= bindparam("now")',
                '_messages.c.next_try_at < bindparam("now")',
            ),
        ),
        ("tests/integration/test_outbox.py",),
    ),
    Mutant(
        "M17",
        "an import that is refused keeps what it stored before the mistake",
        (
            Change(
                IMPORTING,
                '                with phase("Storing") as progress:\n'
                "                    run.store(connection, progress, confirmed_ends)\n",
                STORED_BEFORE_REFUSED,
            ),
            Change(
                IMPORTING,
                "        try:\n            with context.database.write() as connection:\n",
                "        refused: ReminderError | None = None\n"
                "        try:\n            with context.database.write() as connection:\n",
            ),
            Change(
                IMPORTING,
                "        except _DryRun:\n            pass\n",
                "        except _DryRun:\n            pass\n"
                "        if refused is not None:\n            raise refused\n",
            ),
            Change(
                IMPORTING,
                "from reminder.errors import Problem\n",
                "from reminder.errors import Problem, ReminderError\n",
            ),
        ),
        (IMPORT,),
    ),
    Mutant(
        "M17b",
        "each statement commits by itself",
        (
            Change(
                "reminder/storage/engine.py",
                "        connection.exec_driver_sql(begin)\n",
                "        connection.info.setdefault('begin', begin)\n",
            ),
        ),
        ("tests/integration/test_storage_both_databases.py", IMPORT),
    ),
    Mutant(
        "M17c",
        "an import that is stopped in its midst keeps what it has stored",
        (
            Change(
                "reminder/storage/engine.py",
                "            with connection.begin():\n                yield connection\n",
                "            try:\n"
                "                yield connection\n"
                "            finally:\n"
                "                connection.commit()\n",
            ),
        ),
        ("tests/integration/test_storage_both_databases.py", IMPORT),
    ),
    Mutant(
        "N16",
        "one agreement that raises stops the scan of all",
        (
            Change(
                "reminder/firing.py",
                "            except Exception as error:\n",
                "            except ArithmeticError as error:\n",
            ),
            Change(
                "jobs/scan.py",
                '    except Exception:\n        context.log.exception("scan_batch_failed"',
                '    except ArithmeticError:\n        context.log.exception("scan_batch_failed"',
            ),
        ),
        (SCAN, "tests/integration/test_isolation.py"),
    ),
    Mutant(
        "N16b",
        "with nobody to tell a lead time counts as told",
        (
            Change(
                "reminder/firing.py",
                "            if self._address(deadline, rule, fires, today, fired):\n"
                "                told = fires.code\n",
                "            if self._address(deadline, rule, fires, today, fired) or fires.code:\n"
                "                told = fires.code\n",
            ),
        ),
        ("tests/integration/test_scan_messages.py",),
    ),
)
