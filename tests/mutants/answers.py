"""Mutants of answers and escalation: who hears of what nobody answered, and who must not."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

ESCALATION = "reminder/escalation.py"
FIRING = "reminder/firing.py"
TABLE = "tests/unit/test_escalation.py"
ESCALATE = "tests/integration/test_escalate.py"
RESPOND = "tests/integration/test_respond.py"

MUTANTS = (
    Mutant(
        "N30",
        "somebody further up is told before the mail to the one before has left",
        (
            Change(
                ESCALATION,
                "        return Escalation(level + 1, again, waits_for_mail=True)\n",
                "        return Escalation(level + 1, today)\n",
            ),
        ),
        (TABLE,),
    ),
    Mutant(
        "N30b",
        "days of an acknowledgement count as days without an answer",
        (
            Change(
                ESCALATION,
                "        if not calendar.is_day_off(day) and _pause_on(day, pauses) is None:\n",
                "        if not calendar.is_day_off(day):\n",
            ),
        ),
        (TABLE,),
    ),
    Mutant(
        "N30c",
        "a level is told on a day off",
        (
            Change(
                ESCALATION,
                "    while calendar.is_day_off(on) or _pause_on(on, course.pauses):\n",
                "    while _pause_on(on, course.pauses):\n",
            ),
        ),
        (TABLE,),
    ),
    Mutant(
        "N30d",
        "after a downtime the superior is told on the same day",
        (
            Change(
                ESCALATION,
                "calendar.add_working_days(last.on, 1) if last.on is not None else since",
                "since",
            ),
        ),
        (TABLE,),
    ),
    Mutant(
        "N30e",
        "who was told in another's place is told again as the next level",
        (
            Change(
                "jobs/escalate.py",
                "        told = list(course.recipients)\n",
                "        told: list[str] = []\n",
            ),
        ),
        (ESCALATE,),
    ),
    Mutant(
        "N31",
        "an acknowledgement lets what waits for the head go out",
        (
            Change(
                "jobs/answering.py",
                "        stop_levels(self.connection, ids, SkipReason.ACKNOWLEDGED, self.now)\n",
                "",
            ),
        ),
        (ESCALATE, RESPOND),
    ),
    Mutant(
        "N31b",
        "an acknowledgement is recorded as often as it is given",
        (
            Change(
                "jobs/respond.py",
                "        if until is not None and answer.today < until:\n",
                "        if False:\n",
            ),
        ),
        (RESPOND,),
    ),
    Mutant(
        "N32",
        "what was put off is told before its day",
        (
            Change(
                FIRING,
                "if rule is None or (snoozed is not None and today < snoozed):",
                "if rule is None:",
            ),
        ),
        ("tests/unit/test_firing_answered.py",),
    ),
    Mutant(
        "N32b",
        "what was put off is never told again",
        (
            Change(
                FIRING,
                'return _Fires(deadline.told if until is not None else "", once_more=True)',
                'return _Fires("", once_more=True)',
            ),
        ),
        ("tests/unit/test_firing_answered.py",),
    ),
    Mutant(
        "N32c",
        "a notice told once more is taken for the one before and lost",
        (
            Change(
                "reminder/storage/notices.py",
                "    if is_there and not notice.once_more:\n",
                "    if is_there:\n",
            ),
        ),
        (RESPOND, ESCALATE),
    ),
    Mutant(
        "N33",
        "the old owner is mailed after a hand-over",
        (
            Change(
                "jobs/handover.py",
                "stop_owners(connection, changed, OWNER_ROLE, new, reason, answer.now)",
                "set[int]()",
            ),
        ),
        (RESPOND,),
    ),
    Mutant(
        "N34",
        "the balance makes again what somebody put off",
        (
            Change(
                "reminder/balance.py",
                "if deadline.snoozed_until is not None and today < deadline.snoozed_until:",
                "if False:",
            ),
        ),
        (ESCALATE,),
    ),
)
