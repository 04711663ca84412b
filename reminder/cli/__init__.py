"""The command line: which command lives where. A command's module is imported when it runs."""

from __future__ import annotations

COMMANDS = {
    "init": ("reminder.cli.home:init", "Make a home: config, .env with a fresh secret, templates."),
    "demo": ("reminder.cli.demo:demo", "Make a trial home with a sample register and scan it."),
    "check": ("reminder.cli.check:check", "Check settings, policy, templates and the register."),
    "import": ("reminder.cli.register:import_", "Read register files, all or nothing."),
    "export": ("reminder.cli.register:export", "Write one table to a file."),
    "plan": ("reminder.cli.plan:plan", "Show the mails to come; writes nothing."),
    "why": ("reminder.cli.why:why", "Explain what was sent or not for one agreement, and why."),
    "once": ("reminder.cli.once:once", "One scan and its delivery, then exit (for cron)."),
    "run": ("reminder.cli.run:run", "Run the daemon."),
    "status": ("reminder.cli.status:status", "Health, deadlines and messages at a glance."),
    "log": ("reminder.cli.log:log", "Show what was sent, with attempts."),
    "preview": ("reminder.cli.preview:preview", "Show one mail without sending it."),
    "send-test": ("reminder.cli.send_test:send_test", "Send a test mail, to prove the transport."),
    "doctor": ("reminder.cli.doctor:doctor", "Live checks of everything the service needs."),
    "report": ("reminder.cli.facts:report", "Record a report that was handed in."),
    "step": ("reminder.cli.facts:step", "Record a step of an agreement."),
    "follow-up": ("reminder.cli.facts:follow_up", "Record a follow-up of a meeting."),
    "activity": ("reminder.cli.facts:activity", "Record an activity under an agreement."),
    "document": ("reminder.cli.facts:document", "Record a document of an agreement."),
    "ack": ("reminder.cli.responses:ack", "Answer: seen, and ours; nobody further up is told."),
    "snooze": ("reminder.cli.responses:snooze", "Answer: not before a day; then once more."),
    "done": ("reminder.cli.responses:done", "Answer: a report, a step or a follow-up is done."),
    "handover": ("reminder.cli.responses:handover", "Answer: somebody else is the owner now."),
    "decide": ("reminder.cli.responses:decide", "Answer: renew, end or revitalise an agreement."),
    "held": ("reminder.cli.held:held", "List what waits for a person."),
    "release": ("reminder.cli.answers:release", "Let held messages leave, or trust the clock."),
    "discard": ("reminder.cli.answers:discard", "Keep messages from ever leaving."),
    "resend": ("reminder.cli.answers:resend", "Send once more what may not have arrived."),
    "assume-sent": ("reminder.cli.answers:assume_sent", "Take it that a message arrived."),
    "audit": ("reminder.cli.audit:audit", "Verify the sealed journal of events."),
    "db": ("reminder.cli.db:db", "Look after the database."),
}
"""Command -> (module:attribute, one line for --help, so that help imports no command)."""
