"""Row 6: frozen content and headers become bytes, beside the standard library's ``email``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from time import process_time

from reminder.mail.compose import Content, MailHeaders, compose, with_links
from reminder.mail.headers import Mailbox
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from tests.bench.measure import Line, Side, alternate
from tests.bench.register import DUE_AT
from tests.factories import make_letter

TIMES = 500
LINKS = {"1": "https://pengingat.example.go.id/a/1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"}
HEADERS = MailHeaders(
    message_id="<abcdefghijklmnopqrstuvwxyz@example.go.id>",
    date=DUE_AT,
    sender=Mailbox("Pengingat Kerja Sama", "pengingat@example.go.id"),
    recipient=Mailbox("Siti Rahma", "petugas@biro.example.go.id"),
    language="id",
    list_id="pengingat.example.go.id",
    service_name="Pengingat Kerja Sama Daerah",
    thread_id="<zyxwvutsrqponmlkjihgfedcba@example.go.id>",
)
Way = Callable[[Content, MailHeaders], bytes]


def composing(rounds: int) -> Iterator[Line]:
    """The shipped expiry mail each way, CPU time, every mail another recipient."""
    content = Renderer(template_dirs(Path())).render(make_letter())
    ways: dict[str, Way] = {
        "EmailMessage": _as_email_message,
        "compose": lambda content, headers: compose(content, headers, LINKS),
    }
    expected = _parsed(_as_email_message(content, HEADERS))
    for way in ways.values():
        assert _parsed(way(content, HEADERS)) == expected
    taken = alternate({name: _side(way, content) for name, way in ways.items()}, rounds)
    ours = taken["compose"]
    for name, seconds in taken.items():
        ratio, goal = (f"{seconds / ours:.1f} x", ">= 5 x") if name == "EmailMessage" else ("", "")
        yield Line("compose", name, f"{seconds * 1e6:,.0f} us CPU", ratio, goal)


def _side(way: Way, content: Content) -> Side:
    def side() -> float:
        began = process_time()
        for index in range(TIMES):
            recipient = replace(HEADERS.recipient, address=f"petugas.{index}@example.go.id")
            way(content, replace(HEADERS, recipient=recipient))
        return (process_time() - began) / TIMES

    return side


def _as_email_message(content: Content, headers: MailHeaders) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(headers.sender)
    message["To"] = _address(headers.recipient)
    message["Subject"] = content.subject
    message.set_content(with_links(content.text, LINKS), cte="quoted-printable")
    html = with_links(content.html, LINKS)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # Not before: a second part takes those that begin with Content- away from the mail.
    for name, value in _plain_headers(headers).items():
        message[name] = value
    return message.as_bytes()


def _plain_headers(headers: MailHeaders) -> dict[str, str]:
    return {
        "Message-ID": headers.message_id,
        "Date": format_datetime(headers.date),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"{headers.service_name} <{headers.list_id}>",
        "Content-Language": headers.language,
        "In-Reply-To": headers.thread_id,
        "References": headers.thread_id,
    }


def _address(mailbox: Mailbox) -> Address:
    return Address(mailbox.name, addr_spec=mailbox.address)


def _parsed(mail: bytes) -> dict[str, str]:
    """Each header and both bodies of a mail, as a reader gets them, save breaks at their ends."""
    message = message_from_bytes(mail, policy=policy.default)
    parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
    bodies = {kind: part.get_content().rstrip() for kind, part in parts.items() if part is not None}
    names = ("From", "To", "Subject", *_plain_headers(HEADERS))
    return {name: str(message[name]) for name in names} | bodies
