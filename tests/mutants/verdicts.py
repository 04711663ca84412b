"""Mutants of the verdicts: what a reply, or none, says of the mail, and what becomes of it then."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

TABLE = "reminder/mail/smtp_verdicts.py"
SMTP = "reminder/mail/smtp.py"
SESSION = "reminder/mail/smtp_session.py"
OUTCOMES = "jobs/outcomes.py"
RECOVERY = "reminder/storage/recovery.py"
VERDICT_TESTS = "tests/integration/test_smtp_verdicts.py"
SECURITY_TESTS = "tests/integration/test_smtp_security.py"
SMTP_TESTS = "tests/integration/test_smtp_sending.py"
UNCERTAIN = "tests/integration/test_deliver_uncertain.py"
KEPT = "tests/integration/test_kept_connections.py"
OWN_ERRORS = "tests/integration/test_own_errors_at_the_dot.py"
AFTER_DOT = "tests/faults/test_after_the_dot.py"
OUTBOX_TESTS = "tests/integration/test_outbox.py"
DELIVER = "tests/integration/test_deliver.py"

QUIT_DECIDES = """\
        try:
            session.expect_2yz("quit", "QUIT")
        except Ended:
            outcome = self._outcome(Verdict.DEFERRED, "quit", "QUIT failed")
        self._drop_session()
        return outcome

    def _mail_command"""

MUTANTS = (
    Mutant(
        "M5",
        "no reply to the dot counts as not taken",
        (Change(TABLE, '{"dot": Verdict.UNCERTAIN}', '{"dot": Verdict.DEFERRED}'),),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "M5b",
        "a kept connection that is lost at the dot has its mail sent again at once, unmarked",
        (
            Change(
                SESSION,
                'is_idle_close=phase == "mail" and error.is_closed',
                "is_idle_close=error.is_closed",
            ),
        ),
        (KEPT,),
    ),
    Mutant(
        "M5c",
        "an error of our own after the granted dot puts the message off, unmarked",
        (Change("jobs/sending.py", "        if dot.was_granted:\n", "        if False:\n"),),
        (OWN_ERRORS,),
    ),
    Mutant(
        "M5d",
        "a worker that died after its intent leaves a message to be sent as if for the first time",
        (Change(RECOVERY, 'if row.state == "sending":', 'if row.state == "doubted":'),),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M5e",
        "the repeat does not say in its header that it may be one",
        (
            Change(
                "jobs/wire_form.py", "possible_duplicate=_mark(claimed)", 'possible_duplicate=""'
            ),
        ),
        (UNCERTAIN,),
    ),
    Mutant(
        "M5f",
        "the record does not say that an attempt may be a repeat",
        (
            Change(
                "reminder/storage/verdicts.py",
                '        "possible_duplicate": possible_duplicate,\n',
                '        "possible_duplicate": False,\n',
            ),
        ),
        (UNCERTAIN,),
    ),
    Mutant(
        "M5g",
        "an uncertain mail is repeated at once, while the first copy may be under way",
        (
            Change(OUTCOMES, "next_try_at = now + UNCERTAIN_FOR", "next_try_at = now"),
            Change(RECOVERY, "doubted, now + rest)", "doubted, now)"),
        ),
        (UNCERTAIN, OUTBOX_TESTS),
    ),
    Mutant(
        "M6",
        "a password that the relay refuses fails the message",
        (
            Change(
                TABLE,
                '    "mail": (\n',
                '    "auth": ((r"5", Verdict.FAILED),),\n    "mail": (\n',
            ),
        ),
        (SECURITY_TESTS, VERDICT_TESTS),
    ),
    Mutant(
        "M6b",
        "a relay that refuses every sender fails every message",
        (
            Change(
                TABLE,
                '(r"5", Verdict.RELAY),  # it would',
                '(r"5", Verdict.FAILED),  # it would',
            ),
        ),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "M6c",
        "the relay's own trouble uses up an attempt",
        (
            Change(
                OUTCOMES,
                "is_counted=outcome.verdict not in (Verdict.RELAY, Verdict.FENCED)",
                "is_counted=True",
            ),
        ),
        (DELIVER,),
    ),
    Mutant(
        "M12",
        "a bad answer to QUIT makes a mail that was taken a deferred one",
        (
            Change(
                SMTP,
                "        if not is_usable_after(reply):\n"
                "            self._drop_session()\n"
                "        return outcome\n\n    def _mail_command",
                QUIT_DECIDES,
            ),
        ),
        (VERDICT_TESTS, AFTER_DOT),
    ),
    Mutant(
        "M12b",
        "a connection that is lost at QUIT raises",
        (
            Change(
                SESSION,
                '            self.wire.write(b"QUIT\\r\\n", _FAREWELL)\n'
                "        except WireError:\n            pass\n",
                '            self.wire.write(b"QUIT\\r\\n", _FAREWELL)\n'
                '        except WireError as error:\n            raise self.lost("quit", error)\n',
            ),
        ),
        (KEPT,),
    ),
    Mutant(
        "M19",
        "a second mail without a verdict is repeated again",
        (
            Change(
                OUTCOMES,
                "            if claimed.row.possible_duplicate:\n",
                "            if False:\n",
            ),
            Change(
                RECOVERY,
                "            _messages.c.possible_duplicate.is_(False),\n",
                "",
            ),
        ),
        (UNCERTAIN,),
    ),
    Mutant(
        "M19b",
        "a worker that dies during the repeat leaves another repeat",
        (
            Change(RECOVERY, 'state="held" if was_repeated else "uncertain"', 'state="uncertain"'),
            Change(RECOVERY, 'held_for=HeldFor.UNCERTAIN if was_repeated else ""', 'held_for=""'),
            Change(
                RECOVERY,
                "            _messages.c.possible_duplicate.is_(False),\n",
                "",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M19c",
        "a rule that leaves the repeat to a person is not heeded",
        (Change("jobs/recover.py", "if message.rules & holding:", "if not message.rules:"),),
        (UNCERTAIN,),
    ),
    Mutant(
        "N4",
        "only 250 counts as taken, so that 251 makes a repeat",
        (Change(TABLE, '(r"2", Verdict.SENT)', '(r"250", Verdict.SENT)'),),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "N4b",
        "a refusal for now after the dot fails for good",
        (Change(TABLE, '(r"4", Verdict.DEFERRED)', '(r"4", Verdict.FAILED)'),),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "N4c",
        "a refusal of the content fails for good, and nobody looks at it",
        (
            Change(
                TABLE,
                '(r"5.. 5\\.[67]\\.", Verdict.HELD),  # content',
                '(r"9", Verdict.HELD),  # content',
            ),
        ),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "N4d",
        "a relay that no longer knows this machine fails every message",
        (
            Change(
                TABLE,
                '(r"554(?! 5\\.[12]\\.)|553 5\\.7\\.|5.*\\brelay", Verdict.HELD)',
                '(r"9", Verdict.HELD)',
            ),
        ),
        (VERDICT_TESTS,),
    ),
    Mutant(
        "N6",
        "a bare line feed leaves, and can end the mail early at the next server",
        (Change("reminder/mail/octets.py", 'data.count(b"\\n") != breaks or ', ""),),
        (SMTP_TESTS,),
    ),
    Mutant(
        "N6b",
        "a dot at the beginning of a line ends the mail",
        (Change(SMTP, 'replace(b"\\r\\n.", b"\\r\\n..")', 'replace(b"\\r\\n.", b"\\r\\n.")'),),
        (SMTP_TESTS,),
    ),
    Mutant(
        "N7",
        "trying goes on after the next lead time or the deadline has come",
        (
            Change(
                "reminder/retry.py",
                "if limit is not None and at >= limit:",
                "if limit is not None and at < now:",
            ),
        ),
        ("tests/unit/test_retry.py",),
    ),
)
