"""A small mail and one attempt to send it, for tests of the SMTP transport."""

from __future__ import annotations

from contextlib import closing

from reminder.mail.smtp import SmtpTransport
from reminder.mail.smtp_session import Timers
from reminder.mail.transport import Outcome, OutgoingMail
from reminder.mail_url import MailUrl
from tests.smtp_server import SmtpServer

QUICK = Timers(connect=2, command=0.3, data=0.3, body=0.3, dot=0.3)
"""For silence, which a test must sit out."""


def make_mail(number: int = 1, body: bytes = b"Isi surat\r\n") -> OutgoingMail:
    """A small mail."""
    head = f"Message-ID: <mail-{number}@example.go.id>\r\nSubject: [H-30]\r\n\r\n"
    return OutgoingMail(
        f"<mail-{number}@example.go.id>",
        "pengingat@example.go.id",
        "petugas@example.go.id",
        head.encode() + body,
    )


def send(server: SmtpServer, timers: Timers | None = None) -> Outcome:
    """One mail over a connection of its own."""
    with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port), timers=timers)) as made:
        return made.send(make_mail(), lambda: True)
