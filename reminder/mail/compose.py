"""Frozen content and headers become the bytes of one mail, always the same for the same input.

Written by hand, and that pays: the ``email`` package takes twenty times as long, and its
generators have let line breaks through into headers. Everything goes through ``_header``,
and what comes out is checked once more as a whole.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from types import MappingProxyType
from typing import Protocol

from reminder.errors import MailRefused
from reminder.mail.attachments import Attachment, boundary_for, with_files, with_images
from reminder.mail.headers import Mailbox, encode_phrase, encode_text, folded
from reminder.mail.languages import words_for
from reminder.mail.links import PLACEHOLDER
from reminder.mail.octets import LONGEST_LINE, has_bare_break, has_long_line
from reminder.mail.plain_text import clean, wrap

_BODY_TAG = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_PART = (
    "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_URL = re.compile(r"""https?://[^\x00-\x20"'<>\\^`{|}\x7f-\U0010ffff]*""")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.=_+-]+@[A-Za-z0-9.-]+>", re.ASCII)


class Content(Protocol):
    """The frozen mail: a ``Rendered``, or what the database keeps of it."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MailHeaders:
    """Everything in a mail that is not its content. All copies of a mail have the same."""

    message_id: str
    date: datetime
    """When the content was frozen."""
    sender: Mailbox
    recipient: Mailbox
    language: str
    list_id: str
    """``links.message_id_domain`` and the service's name make it, see ``list_id_for``."""
    service_name: str = ""
    reply_to: Mailbox | None = None
    thread_id: str = ""
    """The root of the agreement's thread; empty for mails about several agreements."""
    possible_duplicate: str = ""
    """``attempt=2; first=2026-05-01T01:00:00+00:00`` on a repeat whose fate is unknown."""
    redirect_to: Mailbox | None = None
    """REMINDER_REDIRECT_TO: gets the mail instead; the true recipient is named in it."""
    unsubscribe: str = ""
    """Where mail programs ask for no more of it (RFC 2369, RFC 8058); empty where nobody can."""


def compose(
    content: Content,
    headers: MailHeaders,
    links: Mapping[str, str] = MappingProxyType({}),
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The mail as bytes: CRLF, no line over 998 octets, the same bytes every time.

    *links* gives the address of each page by its place in the text; they are signed anew each
    time, so no stored text opens anything. MailRefused names what cannot be put into a mail.
    """
    text, html = content.text, content.html
    if headers.redirect_to is not None:
        text, html = _redirected(text, html, headers)
    boundary = boundary_for(headers.message_id)
    html_part = _PART.format("html").encode() + _quoted_printable(with_links(html, links))
    body = b"".join(
        (
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}\r\n{_PART.format('plain')}".encode(),
            _quoted_printable(with_links(text, links)),
            f"\r\n--{boundary}\r\n".encode(),
            with_images(html_part, attachments, headers.message_id),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
    raw = _headers(content.subject, headers) + with_files(body, attachments, headers.message_id)
    _check(raw)
    return raw


def list_id_for(service_name: str, domain: str) -> str:
    """A List-Id that stays the same while service and domain do, so that people can filter."""
    name = re.sub(r"[^a-z0-9]+", "-", service_name.casefold()).strip("-")[:40].strip("-")
    return f"{name or 'reminder'}.{domain}"


def _headers(subject: str, headers: MailHeaders) -> bytes:
    to = headers.redirect_to or headers.recipient
    lines = [
        _plain("Message-ID", headers.message_id, _MESSAGE_ID),
        _plain("Date", _date(headers.date)),
        headers.sender.header("From"),
        to.header("To"),
        folded("Subject", encode_text("Subject", subject)),
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        _list_id(headers.service_name, headers.list_id),
        _plain("Content-Language", headers.language),
    ]
    if headers.reply_to is not None:
        lines.append(headers.reply_to.header("Reply-To"))
    if headers.thread_id:
        lines.append(_plain("In-Reply-To", headers.thread_id, _MESSAGE_ID))
        lines.append(_plain("References", headers.thread_id, _MESSAGE_ID))
    # Whoever gets it instead must not stop by a slip what is another's.
    if headers.unsubscribe and headers.redirect_to is None:
        lines.extend(_unsubscribe(headers.unsubscribe))
    if headers.redirect_to is not None:
        lines.append(_plain("X-Reminder-Original-To", headers.recipient.address))
    if headers.possible_duplicate:
        lines.append(_plain("X-Possible-Duplicate", headers.possible_duplicate))
    lines.append("MIME-Version: 1.0")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _plain(name: str, value: str, form: re.Pattern[str] | None = None) -> str:
    """A header that needs no encoding, because only the service itself makes its values."""
    if not value.isascii() or not value.isprintable() or len(name) + len(value) > 900:
        raise MailRefused(f"the header {name} cannot be {value[:80]!a}")
    if form is not None and form.fullmatch(value) is None:
        raise MailRefused(f"the header {name} cannot be {value[:80]!a}; it is not a Message-ID")
    return f"{name}: {value}"


@lru_cache(maxsize=16)
def _list_id(service_name: str, list_id: str) -> str:
    _plain("List-Id", list_id, re.compile(r"[A-Za-z0-9.-]+"))
    return folded("List-Id", [*encode_phrase("List-Id", service_name), f"<{list_id}>"])


def _unsubscribe(url: str) -> list[str]:
    """Mail programs may ask by themselves over https only (RFC 8058, section 3.1)."""
    if _URL.fullmatch(url) is None:
        raise MailRefused(f"{url[:40]!a} is not an address to unsubscribe at")
    lines = [folded("List-Unsubscribe", [f"<{url}>"])]
    if url.startswith("https://"):
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return lines


def _date(at: datetime) -> str:
    if at.tzinfo is None:
        raise MailRefused("the header Date needs an instant with a zone")
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S %z}"
    )


def _redirected(text: str, html: str, headers: MailHeaders) -> tuple[str, str]:
    """The content with the true recipient on top of both parts."""
    note = words_for(headers.language).note_redirected.format(
        clean(f"{headers.recipient.name} <{headers.recipient.address}>").strip()
    )
    shown = f'<p style="margin: 0; padding: 8px; text-align: center">{escape(note)}</p>'
    opened = _BODY_TAG.search(html)
    at = opened.end() if opened else 0
    return f"{wrap(note)}\n\n{text}", f"{html[:at]}{shown}{html[at:]}"


def with_links(part: str, links: Mapping[str, str]) -> str:
    """*part* with the address of each notice's page in place of its placeholder."""

    def address(match: re.Match[str]) -> str:
        url = links.get(match[1])
        if url is None:
            raise MailRefused(f"no link was made for {match[1]}")
        if _URL.fullmatch(url) is None:
            raise MailRefused(f"{url[:40]!a} is not an address of a page")
        return url

    return PLACEHOLDER.sub(address, part)


def _quoted_printable(part: str) -> bytes:
    """One part of the mail: lines end in CRLF, none is longer than 76 octets."""
    try:
        raw = part.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MailRefused(f"the content has half a character at {error.start}") from error
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\x00", b"")
    return b"".join(map(_quoted_line, raw.splitlines(keepends=True)))


@lru_cache(maxsize=1024)
def _quoted_line(line: bytes) -> bytes:
    """One line with its end. Most lines of a mail are in the next one too: the frame's."""
    # Given CRLF it would still break long lines with LF, unless a line break comes first.
    return b2a_qp(line, istext=True).replace(b"\n", b"\r\n")


def _check(raw: bytes) -> None:
    """The last look at what will go over the wire: nothing may pass for the end of a mail."""
    if has_bare_break(raw):
        raise MailRefused("the composed mail has a line break that is not CRLF, or a NUL")
    if has_long_line(raw):
        raise MailRefused(f"the composed mail has a line of more than {LONGEST_LINE} octets")
