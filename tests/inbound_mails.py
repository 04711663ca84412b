"""Inbound mails for tests: bounces, replies and machine mail, with the addresses they need.

The texts are the files of ``tests/data/inbound``; what is signed, and so differs from test
to test, stands in them as ``{NAME}``.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "inbound"
RECIPIENT = "petugas@biro.example.go.id"
RETURN = "pengingat@example.go.id"
"""Where what comes back arrives if a test needs no signed address."""
MESSAGE_ID = "<AAAABBBBCCCCDDDDEEEEFFFF22@example.go.id>"
SERVER = "mx.example.go.id"
"""The mail server whose Authentication-Results are believed."""
DATE = "Mon, 06 Jul 2026 08:00:00 +0700"

WORDED = (
    "qmail", "exim", "exchange", "gmail", "postfix_words", "indonesian", "indonesian_html"
)  # fmt: skip
"""The bounces that have no part for programs, each of an address that is gone."""


def from_file(name: str, **values: str) -> bytes:
    """A mail of ``tests/data/inbound``, with CRLF, and each ``{NAME}`` replaced.

    ``TO``, ``RECIPIENT`` and ``MESSAGE_ID`` have a value of their own if none is given.
    """
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    for key, value in {
        "TO": RETURN, "RECIPIENT": RECIPIENT, "MESSAGE_ID": MESSAGE_ID, **values
    }.items():  # fmt: skip
        text = text.replace(f"{{{key}}}", value)
    return text.replace("\n", "\r\n").encode()


def dsn(
    to: str = RETURN,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 User unknown",
    recipient: str = RECIPIENT,
    original: str = "",
    envelope_id: str = "",
    message_id: str = MESSAGE_ID,
    blocks: int = 1,
) -> bytes:
    """A delivery status notification; an empty value leaves its field out."""
    fields = {
        "Original-Recipient": f"rfc822; {original}" if original else "",
        "Final-Recipient": f"rfc822; {recipient}" if recipient else "",
        "Action": action,
        "Status": status,
        "Diagnostic-Code": diagnostic,
    }
    block = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    envelope = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    return from_file(
        "dsn",
        TO=to,
        RECIPIENT=recipient,
        ENVELOPE=envelope,
        BLOCKS="\n".join([block] * blocks),
        MESSAGE_ID=message_id,
    )


def worded_bounce(name: str, to: str = RETURN, *, recipient: str = RECIPIENT) -> bytes:
    """A bounce that has only words; *name* is one of ``WORDED``."""
    return from_file(name, TO=to, RECIPIENT=recipient)


def qmail_bounce(to: str = RETURN, *, recipient: str = RECIPIENT) -> bytes:
    """The one of qmail."""
    return worded_bounce("qmail", to, recipient=recipient)


def auto_reply(to: str = RETURN, *, sender: str = RECIPIENT, marked: bool = True) -> bytes:
    """An absence note; *marked* says so in its header, as RFC 3834 wants."""
    mark = "Auto-Submitted: auto-replied\n" if marked else ""
    return from_file("absence", TO=to, SENDER=sender, MARK=mark)


def authenticated(
    domain: str, *, server: str = SERVER, dmarc: str = "pass", rest: str = "spf=pass; dkim=pass"
) -> str:
    """The value of a field Authentication-Results."""
    return f"{server}; {rest}; dmarc={dmarc} header.from={domain}"


def reply(
    text: str,
    to: str = RETURN,
    *,
    sender: str = RECIPIENT,
    name: str = "Petugas Biro",
    results: str | None = None,
    fields: tuple[tuple[str, str], ...] = (),
    message_id: str = "<reply-1@biro.example.go.id>",
    subject: str = "Re: [H-30] Laporan",
) -> bytes:
    """A person's reply with a text part; *fields* stand on top, below Authentication-Results.

    *results* is the value of Authentication-Results: as our server writes it for that
    sender unless given; empty for none.
    """
    mail = EmailMessage(policy=SMTP)
    if results is None:
        results = authenticated(sender.rpartition("@")[2])
    if results:
        mail["Authentication-Results"] = results
    for field, value in fields:
        mail[field] = value
    mail["From"] = f"{name} <{sender}>" if name else sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = DATE
    if message_id:
        mail["Message-ID"] = message_id
    mail["In-Reply-To"] = MESSAGE_ID
    mail.set_content(text)
    return mail.as_bytes()
