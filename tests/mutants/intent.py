"""Mutants of the intent: what must be committed before the final dot, and what it depends on."""

from __future__ import annotations

from tests.mutants.mutant import Change, Mutant

SENDING = "jobs/sending.py"
OUTBOX = "reminder/storage/outbox.py"
SMTP = "reminder/mail/smtp.py"
OPENING = "reminder/mail/open_transport.py"

DELIVER = "tests/integration/test_deliver.py"
KILLED = "tests/integration/test_deliver_killed.py"
UNCERTAIN = "tests/integration/test_deliver_uncertain.py"
OUTBOX_TESTS = "tests/integration/test_outbox.py"
SMTP_TESTS = "tests/integration/test_smtp_sending.py"
COMMITS = "tests/integration/test_group_commit.py"
LEASES = "tests/unit/test_patience.py"
OWN_ERRORS = "tests/integration/test_own_errors_at_the_dot.py"

MARK_FIRST = """\
            def marked() -> bool:
                if not dot.intend():
                    return False
                now = self._context.clock.now()
                early = Attempt(started_at, now, dot.intent_at, self._worker)
                self._record(claimed, mail, Outcome(Verdict.SENT, "dot", 250), early)
                return True

            outcome = transport.send(mail, marked)
"""
NOTE_FIRST = """\
        now = self.intent_at
        early = Attempt(now, now, now, "")
        outcome = Outcome(Verdict.SENT, "dot", 250)
        result = result_of(self._claimed, outcome, early, lambda at: at)
        self._commit._journal.write(journal_entry(self._claimed, result))
        # A machine that slept here"""
NO_INTENT = """\
        self.intent_at = self._commit._context.clock.now()
        self.was_granted = True
        return True
        intent = self._commit.intend(self._claimed)
"""

MUTANTS = (
    Mutant(
        "M1",
        "sent is recorded before the dot",
        (Change(SENDING, "            outcome = transport.send(mail, dot.intend)\n", MARK_FIRST),),
        (DELIVER,),
    ),
    Mutant(
        "M1b",
        "the journal says sent before the dot",
        (Change(SENDING, "        # A machine that slept here", NOTE_FIRST),),
        (KILLED, DELIVER, UNCERTAIN),
    ),
    Mutant(
        "M2",
        "the dot goes out without any intent on record",
        (Change(SENDING, "        intent = self._commit.intend(self._claimed)\n", NO_INTENT),),
        (DELIVER,),
    ),
    Mutant(
        "M2b",
        "the dot goes out and then the intent is asked for",
        (
            Change(SMTP, '        session.say("dot", ".")\n', ""),
            Change(
                SMTP,
                "        if not before_dot():\n",
                '        session.say("dot", ".")\n        if not before_dot():\n',
            ),
        ),
        (SMTP_TESTS,),
    ),
    Mutant(
        "M2c",
        "the dot goes out though the intent was refused",
        (Change(SMTP, "        if not before_dot():\n", "        if before_dot() is None:\n"),),
        (SMTP_TESTS,),
    ),
    Mutant(
        "M2d",
        "whoever shares a commit gets the dot granted",
        (
            Change(
                "jobs/group_commit.py",
                "one.is_granted = one.claimed.message_id in (granted if one.result is None"
                " else ours)",
                "one.is_granted = bool(granted if one.result is None else ours)",
            ),
        ),
        (COMMITS,),
    ),
    Mutant(
        "M3",
        "the intent is committed with the claim, and no condition guards the dot",
        (
            Change(
                OUTBOX,
                "        if one.message_id in found\n"
                "        and found[one.message_id].lease_token == one.token\n"
                "        and (not one.row.has_notices or found[one.message_id].open >="
                " _needed(one))\n",
                "",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M3b",
        "a dot is granted though the lease is somebody else's",
        (Change(OUTBOX, "        and found[one.message_id].lease_token == one.token\n", ""),),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M3c",
        "a dot is granted twice",
        (
            Change(
                OUTBOX,
                '        _messages.c.state == "claimed",\n        _messages.c.lease_until',
                "        _messages.c.lease_until",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M3d",
        "a digest may say what was settled meanwhile",
        (
            Change(
                OUTBOX,
                "    return 1 if claimed.row.possible_duplicate else max(1, len(claimed.notices))",
                "    return 1",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M3e",
        "a deadline that was met does not stop the dot",
        (Change(OUTBOX, '        _deadlines.c.status == "open",\n', ""),),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M10",
        "a dot is granted however soon the lease ends",
        (Change(OUTBOX, '"needed_until": needed_until', '"needed_until": now'),),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M10b",
        "the lease need not outlast the timer of the dot",
        (
            Change(
                OPENING,
                "dot = timedelta(seconds=timers.dot) + _MARGIN / 4",
                "dot = timedelta(seconds=timers.command)",
            ),
        ),
        (LEASES,),
    ),
    Mutant(
        "M10c",
        "the lease is shorter than one mail may take",
        (
            Change(
                OPENING,
                "Patience(timers.longest_send + _MARGIN, dot)",
                "Patience(dot + _MARGIN, dot)",
            ),
        ),
        (LEASES,),
    ),
    Mutant(
        "M10d",
        "what one mail may take leaves out the timer of the dot",
        (
            Change(
                "reminder/mail/smtp_session.py",
                "self.connect + commands + self.data + self.body + self.dot",
                "self.connect + commands + self.data + self.body",
            ),
        ),
        (LEASES,),
    ),
    Mutant(
        "M10e",
        "a lease that has ended is renewed",
        (
            Change(
                "reminder/storage/leases.py",
                "*_claimed_under(tokens), _messages.c.lease_until > now",
                "*_claimed_under(tokens)",
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M11",
        "the intent does not look at the epoch",
        (Change(OUTBOX, "        _deadlines.c.epoch == _notices.c.epoch,\n", ""),),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M11b",
        "a claim does not look at the epoch",
        (
            Change(
                "reminder/storage/claims.py",
                'or_(_deadlines.c.status != "open", _deadlines.c.epoch != _notices.c.epoch)',
                '_deadlines.c.status != "open"',
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "M13",
        "a commit of SQLite is not synced",
        (Change("reminder/storage/engine.py", '"synchronous=FULL"', '"synchronous=NORMAL"'),),
        ("tests/faults/test_power_loss.py", OUTBOX_TESTS),
    ),
    Mutant(
        "N1",
        "a machine that slept after the intent sends the dot, by the transport",
        (Change(SMTP, "self._elapsed() - allowed > LONGEST_PAUSE", "self._elapsed() < allowed"),),
        (SMTP_TESTS,),
    ),
    Mutant(
        "N1b",
        "a machine that slept during the commit of the intent sends the dot",
        (
            Change(
                SENDING,
                "self.was_granted = steady_seconds() - intent.began <= LONGEST_PAUSE",
                "self.was_granted = steady_seconds() >= intent.began",
            ),
        ),
        (OWN_ERRORS,),
    ),
    Mutant(
        "N2",
        "a message that is claimed is claimed again by the next worker",
        (
            Change(
                "reminder/storage/claims.py",
                '_messages.c.state.in_(("pending", "deferred"))',
                '_messages.c.state.in_(("pending", "deferred", "claimed"))',
            ),
        ),
        (OUTBOX_TESTS,),
    ),
    Mutant(
        "N3",
        "SQLite transactions do not begin with the write lock",
        (
            Change(
                "reminder/storage/engine.py",
                '_prepare_sqlite(self._writer, "BEGIN IMMEDIATE")',
                '_prepare_sqlite(self._writer, "BEGIN")',
            ),
        ),
        ("tests/integration/test_two_writers.py",),
    ),
)
