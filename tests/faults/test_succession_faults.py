"""F-14: the relay refuses a recipient for good, and the next contact in line is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.explaining import explain_agreement
from jobs.succession import succeed
from reminder.cli.why import lines_of
from tests.factories import OFFICER, make_agreement, make_bureau, make_contact
from tests.faults.relayed import smtp
from tests.outboxes import MADE, Outbox
from tests.smtp_server import SmtpServer, reply
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

HEAD = "kepala@biro.example.go.id"
NO_SUCH_USER = reply("550 5.1.1 no such user here")


def test_f14_head_gets_the_mail_that_the_officers_mailbox_refused_once_and_the_same_day(
    database: Database, server: SmtpServer
) -> None:
    outbox = Outbox(database, 0)
    outbox.put(make_bureau(), make_contact(HEAD, role="head", name="Budi Santoso"))
    outbox.put(make_agreement("A-0"))
    outbox.scan(MADE)
    server.then("rcpt", NO_SUCH_USER)
    with smtp(server.port) as transport:
        for hour in ("09:00", "09:10", "09:20", "15:00"):
            outbox.deliver(f"{MADE} {hour}", transport=transport)
            succeed(outbox.context(at(MADE, hour)))
            outbox.scan(at(MADE, hour))
    (mail,) = server.mails
    assert mail.recipients == (HEAD,)
    assert not mail.is_marked
    assert [command for command in server.commands if OFFICER in command] == [
        f"RCPT TO:<{OFFICER}>"
    ]
    told = "\n".join(lines_of(explain_agreement(outbox.context(at(MADE)), "A-0")))
    assert f"{MADE} H-30 to {OFFICER} as officer: was refused for good: 550 5.1.1" in told
    assert f"told instead at {MADE} 02:00 UTC: {HEAD}, next in line for officer" in told
    assert f"{MADE} H-30 to {HEAD} as officer: sent at {MADE} 02:10 UTC" in told


def test_f14_everybody_in_line_refused_ends_with_the_admin_and_shows(
    database: Database, server: SmtpServer
) -> None:
    outbox = Outbox(database, 0)
    outbox.put(make_contact(HEAD, role="head"), make_agreement("A-0"))
    outbox.scan(MADE)
    server.always("rcpt", NO_SUCH_USER)
    with smtp(server.port) as transport:
        for _run in range(5):
            outbox.deliver(MADE, transport=transport)
            succeed(outbox.context(at(MADE)))
    assert server.mails == []
    assert outbox.states() == ["failed"] * 3
    told = "\n".join(lines_of(explain_agreement(outbox.context(at(MADE)), "A-0")))
    assert "nobody else was told: the mail to everybody in line failed" in told
