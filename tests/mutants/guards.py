"""Mutants of the guards: a wrong clock, a storm of mails, a second daemon on one home."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

CLOCK = "reminder/clock_guard.py"
CLOCK_TESTS = "tests/unit/test_clock_guard.py"
STORM = "tests/integration/test_storm.py"

MUTANTS = (
    Mutant(
        "M18",
        "the high water follows the clock back",
        (
            Change(
                CLOCK,
                "return reading if good is None or reading.wall > good.wall else good",
                "return reading",
            ),
        ),
        (CLOCK_TESTS,),
    ),
    Mutant(
        "M18b",
        "a clock that stepped back is believed",
        (
            Change(
                CLOCK,
                "if reading.wall < good.wall - MOST_BACK:",
                "if reading.wall < WRITTEN_AT:",
            ),
        ),
        (CLOCK_TESTS,),
    ),
    Mutant(
        "M18c",
        "a clock that leapt ahead is believed",
        (
            Change(
                CLOCK,
                "return ClockFault.LEAPT if reading.wall - good.wall - ran > MOST_AHEAD else None",
                "return None if ran else None",
            ),
        ),
        (CLOCK_TESTS,),
    ),
    Mutant(
        "M18d",
        "a restart makes a leap right that nobody has confirmed",
        (Change(CLOCK, "if leapt is not None and reading.wall >= leapt.wall:", "if False:"),),
        (CLOCK_TESTS,),
    ),
    Mutant(
        "M18e",
        "a delivery goes on claiming by a wrong clock",
        (
            Change(
                "jobs/deliver.py",
                "            if self._report.refused:\n                return\n",
                "            self._report.refused = ''\n",
            ),
        ),
        ("tests/faults/test_time_faults.py",),
    ),
    Mutant(
        "M18f",
        "a scan goes on by a wrong clock",
        (
            Change(
                "jobs/scan.py",
                "refused=guards.refusal(context) or adoption.refusal(context)",
                "refused=adoption.refusal(context)",
            ),
        ),
        (STORM,),
    ),
    Mutant(
        "M18g",
        "by a clock that leapt the messages of living workers are taken back",
        (
            Change(
                "jobs/recover.py",
                "    if guards.refusal(context):\n        return Recovered()",
                "    if guards.refusal(context):\n        pass",
            ),
        ),
        ("tests/integration/test_recover_guarded.py",),
    ),
    Mutant(
        "N13",
        "a storm is not held",
        (
            Change(
                "jobs/storm.py",
                "return self._limit if self._is_broken or number > self._limit.most else None",
                "return None",
            ),
        ),
        (STORM,),
    ),
    Mutant(
        "N13b",
        "the batches before the limit was reached leave",
        (
            Change(
                "jobs/storm.py",
                "for message in grouped.messages} if self._is_broken else made",
                "for message in grouped.messages}",
            ),
        ),
        (STORM,),
    ),
    Mutant(
        "N13c",
        "what is urgent in a storm waits for a person for ever",
        (
            Change(
                "reminder/storage/held.py",
                "HELD_FOR_STORM, _messages.c.next_try_at <= now)",
                "HELD_FOR_STORM, _messages.c.next_try_at.is_(None))",
            ),
        ),
        (STORM,),
    ),
    Mutant(
        "N15",
        "a second daemon on one home is let in",
        (
            Change(
                "reminder/home_lock.py",
                "    except BlockingIOError:\n        return False\n",
                "    except BlockingIOError:\n        return True\n",
            ),
        ),
        ("tests/integration/test_home_lock.py",),
    ),
)
