"""From ``REMINDER_MAIL_URL`` to the transport it names, and the checks that ``doctor`` runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

from reminder.errors import TransportError
from reminder.mail.maildir import MaildirTransport
from reminder.mail.smtp import SmtpTransport
from reminder.mail.smtp_session import Timers
from reminder.mail.transport import Outcome, OutgoingMail, TransportCheck, Verdict
from reminder.mail_url import MailUrl, parse_mail_url

_MARGIN = timedelta(seconds=120)
_ON_DISK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a lease lasts and how much of it must be left when the dot goes out."""

    lease: timedelta
    dot: timedelta


def open_transport(mail_url: str) -> MaildirTransport | SmtpTransport:
    """The transport of that URL; connects only when the first mail is sent."""
    url = _parsed(mail_url)
    if url.scheme == "maildir":
        return MaildirTransport(Path(url.path))
    return SmtpTransport(url)


def open_session(mail_url: str) -> SmtpTransport:
    """One more connection to the relay of that URL, opened by ``connect`` or the first mail."""
    return SmtpTransport(_parsed(mail_url))


def relay_of(mail_url: str) -> str:
    """The name under which the relay of that URL is known: host and port, or ``maildir``."""
    url = _parsed(mail_url)
    return url.scheme if url.scheme == "maildir" else f"{url.host}:{url.port}"


def patience_with(mail_url: str) -> Patience:
    """The times that go with that transport."""
    url = _parsed(mail_url)
    if url.scheme == "maildir":
        return Patience(_ON_DISK, timedelta(seconds=30))
    timers = Timers.towards(url.host)
    dot = timedelta(seconds=timers.dot) + _MARGIN / 4
    return Patience(timers.longest_send + _MARGIN, dot)


def verify_transport(mail_url: str) -> list[TransportCheck]:
    """Connect, TLS, AUTH and NOOP, or whether the Maildir can be written; sends nothing."""
    return open_transport(mail_url).verify()


def send_test(mail_url: str, sender: str, recipient: str, message_id: str, data: bytes) -> Outcome:
    """Send one mail outside the outbox, to prove the transport; nothing is recorded."""
    transport = open_transport(mail_url)
    try:
        mail = OutgoingMail(message_id, parseaddr(sender)[1], recipient, data)
        return transport.send(mail, lambda: True)
    finally:
        transport.close()


def explain(outcome: Outcome) -> str:
    """One line for a person: what came of an attempt, how far it came and what was said."""
    said = " ".join(
        part for part in (str(outcome.code or ""), outcome.enhanced, outcome.text) if part
    )
    words = {
        Verdict.SENT: "taken",
        Verdict.DEFERRED: "not taken, worth trying again later",
        Verdict.FAILED: "refused for good",
        Verdict.UNCERTAIN: "handed over, but no answer came: it may have arrived",
        Verdict.HELD: "refused in a way that a person must look at",
        Verdict.RELAY: "the relay cannot be used",
        Verdict.FENCED: "called off before it left",
    }
    return f"{words[outcome.verdict]} ({outcome.phase}): {said}"


def _parsed(mail_url: str) -> MailUrl:
    try:
        return parse_mail_url(mail_url)
    except ValueError as error:
        raise TransportError(f"REMINDER_MAIL_URL {error}") from None
