"""Mutants of the checks on the record: seals, daily balance, room on the disk, redirection."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

SEALS = "reminder/storage/seals.py"
AUDIT = "tests/integration/test_audit_seals.py"

MUTANTS = (
    Mutant(
        "N17",
        "a message whose dot may be out is given back as one that was not begun",
        (
            Change(
                "reminder/storage/leases.py",
                '    is_claimed = _messages.c.state == "claimed"\n',
                '    is_claimed = _messages.c.state.in_(("claimed", "sending"))\n',
            ),
        ),
        ("tests/integration/test_own_errors_at_the_dot.py",),
    ),
    Mutant(
        "N18",
        "redirected mail goes to the true recipient",
        (
            Change(
                "jobs/wire_form.py",
                "to = self._redirect_to or headers.recipient",
                "to = headers.recipient",
            ),
        ),
        ("tests/integration/test_deliver_content.py",),
    ),
    Mutant(
        "N19",
        "on a full disk sending begins what cannot be recorded",
        (Change("reminder/disk.py", "        if room < FLOOR:\n", "        if room < 0:\n"),),
        ("tests/integration/test_guards.py",),
    ),
    Mutant(
        "N20",
        "an event whose data was edited passes the audit",
        (Change(SEALS, "json.dumps([before, *event]", "json.dumps([before, *event[:-1]]"),),
        (AUDIT,),
    ),
    Mutant(
        "N20b",
        "a seal does not depend on the one before it",
        (Change(SEALS, "json.dumps([before, *event]", 'json.dumps(["", *event]'),),
        (AUDIT,),
    ),
    Mutant(
        "N20c",
        "a removed end of the chain passes the audit",
        (Change("reminder/storage/breaks.py", "elif last.number != head.number:", "elif False:"),),
        (AUDIT,),
    ),
    Mutant(
        "N21",
        "a notice whose message is gone counts as told",
        (
            Change(
                "reminder/balance.py",
                'return not evidence.is_stopped and evidence.state == ""',
                'return evidence.is_stopped and evidence.state == ""',
            ),
        ),
        ("tests/integration/test_balance.py",),
    ),
    Mutant(
        "N22",
        "a mail is put into a Maildir though the leave was refused",
        (
            Change(
                "reminder/mail/maildir.py",
                "        if not is_allowed:\n",
                "        if is_allowed is None:\n",
            ),
        ),
        ("tests/integration/test_maildir.py",),
    ),
)
