"""Delivery over a real relay: transports towards it, and what must hold in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.deliver import DeliverReport
from reminder.mail.smtp import SmtpTransport
from reminder.mail.smtp_session import Timers
from reminder.mail_url import MailUrl
from tests.outboxes import Outbox
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    import ssl
    from datetime import datetime

    from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail

USER, PASSWORD = "pengingat", "rahasia"
IMPATIENT = Timers(connect=1, command=1, data=1, body=1, dot=1)
"""For what a test must sit out; long enough for a loaded machine to say the rest in time."""
LARGE = (b"x" * 76 + b"\r\n") * 100_000
"""More than the buffers of two sockets take: only then does a client notice that nobody reads."""


@contextmanager
def smtp(
    port: int, timers: Timers | None = None, *, logs_in: bool = False
) -> Iterator[SmtpTransport]:
    """A transport to a relay on this machine."""
    user, password = (USER, PASSWORD) if logs_in else ("", "")
    url = MailUrl("smtp", "127.0.0.1", port, user, password)
    with closing(SmtpTransport(url, timers=timers)) as transport:
        yield transport


@contextmanager
def secure_smtp(
    port: int, tls: ssl.SSLContext, timers: Timers | None = None
) -> Iterator[SmtpTransport]:
    """A transport with STARTTLS and AUTH, as to a relay on another machine."""
    url = MailUrl("smtp", "localhost", port, USER, PASSWORD)
    with closing(SmtpTransport(url, tls=tls, require_tls=True, timers=timers)) as transport:
        yield transport


class BreakingInBody:
    """Asks for the dot only once the relay has broken off inside the body.

    Without it a short mail may be all out before the relay has begun to read.
    """

    def __init__(self, transport: SmtpTransport, server: SmtpServer, padding: bytes) -> None:
        self._transport = transport
        self._server = server
        self._padding = padding

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        """Send *mail*, made longer."""

        def when_broken() -> bool:
            assert self._server.body_closed.wait(10)
            return before_dot()

        return self._transport.send(replace(mail, data=mail.data + self._padding), when_broken)

    def close(self) -> None:
        """Close the true transport."""
        self._transport.close()


def deliver_again(outbox: Outbox, port: int) -> DeliverReport:
    """Deliver at the instant at which the only message is tried next, over a new connection."""
    with smtp(port) as transport:
        return outbox.deliver(outbox.message("next_try_at"), transport=transport)


def deliver_each_minute(
    outbox: Outbox, transport: SmtpTransport, begins_at: datetime, lasts: timedelta
) -> list[DeliverReport]:
    """What the daemon does: a run each minute."""
    return [
        outbox.deliver(begins_at + timedelta(minutes=minute), transport=transport)
        for minute in range(int(lasts / timedelta(minutes=1)))
    ]


def assert_one_unmarked(server: SmtpServer) -> None:
    """The relay has one mail, and it does not claim to be a repeat."""
    assert [mail.is_marked for mail in server.mails] == [False]


def assert_marked_copies(server: SmtpServer, copies: int) -> None:
    """It has so many of one mail, with the same words; all but the first are marked."""
    assert len(server.mails) == copies
    assert len({(mail.message_id, mail.body) for mail in server.mails}) == 1
    assert all(mail.is_marked for mail in server.mails[1:])
