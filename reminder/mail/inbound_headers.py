"""The header fields of an inbound mail: read one by one, each bounded, none trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import ObsoleteHeaderDefect
from email.header import decode_header
from email.headerregistry import AddressHeader, HeaderRegistry
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING

from reminder.mail.inbound import LONGEST_ADDRESS, LONGEST_SUBJECT, MOST_ADDRESSES
from reminder.mail.plain_text import clean

if TYPE_CHECKING:
    from email.message import Message

_LONGEST_FROM = 2000
_ADDRESSED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to", "to", "cc",
)  # fmt: skip
_FOLD = re.compile(r"\r?\n(?=[ \t])|[\r\n]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,248}>", re.ASCII)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?",
    re.ASCII,
)
_ONE_MAILBOX = re.compile(
    rf"""\s*(?:(?:"(?:[^"\\]|\\.)*"|[^<>"(),:;@\[\]\\])*<\s*(?P<named>{_ADDRESS.pattern})\s*>"""
    rf"|(?P<bare>{_ADDRESS.pattern}))\s*",
    re.ASCII,
)
_REGISTRY = HeaderRegistry()


@dataclass(frozen=True, slots=True)
class Fields:
    """The header fields of one mail, by name in small letters, in the order they stand."""

    values: dict[str, list[str]]

    @classmethod
    def of(cls, message: Message) -> Fields:
        """Those of *message*; folded lines become one, other octets than ASCII are UTF-8."""
        values: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            values.setdefault(name.lower(), []).append(_FOLD.sub("", _text(str(value))).strip())
        return cls(values)

    def all(self, name: str) -> list[str]:
        """Every field of that name; it is not enough to look at the first."""
        return self.values.get(name, [])

    def first(self, name: str) -> str:
        """The topmost field of that name, else empty."""
        return self.all(name)[0] if self.all(name) else ""

    def __contains__(self, name: str) -> bool:
        return name in self.values


def header_id(fields: Fields) -> str:
    """The Message-ID with its brackets; empty where there is none, several or an odd one."""
    found = fields.all("message-id")
    return found[0] if len(found) == 1 and _MESSAGE_ID.fullmatch(found[0]) else ""


def subject(fields: Fields) -> str:
    """The subject as one safe line."""
    return clean(_decoded(fields.first("subject")), LONGEST_SUBJECT)


def sender(fields: Fields) -> str:
    """The From field as one safe line, for people."""
    return clean(_decoded(fields.first("from")), LONGEST_ADDRESS)


def sent_at(fields: Fields) -> datetime | None:
    """What the mail says of its own time, if that is a time."""
    try:
        at = parsedate_to_datetime(fields.first("date"))
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if 1971 <= at.year < 2100 else None


def mailboxes(fields: Fields) -> tuple[str, ...]:
    """The addresses of all From fields; none where one of them can be read in two ways."""
    found: list[str] = []
    for value in fields.all("from"):
        read = _mailboxes(value)
        if not read:
            return ()
        found += read
    return tuple(found[:MOST_ADDRESSES])


def addressed_to(fields: Fields) -> tuple[str, ...]:
    """The addresses that it was sent to, those that the mail servers wrote first."""
    values = (value for name in _ADDRESSED for value in fields.all(name))
    found = (one for value in values for one in addresses_in(value))
    return tuple(dict.fromkeys(islice(found, MOST_ADDRESSES)))


def addresses_in(text: str) -> Iterator[str]:
    """Whatever looks like an address."""
    return (match[0] for match in _ADDRESS.finditer(text))


def _mailboxes(value: str) -> tuple[str, ...]:
    """The addresses of one From field; a single one only if the standard library's reader, which
    is lenient, and our pattern, which is strict, find the same."""
    if len(value) > _LONGEST_FROM:
        return ()
    try:
        read_header = _REGISTRY("From", value)
    except Exception:  # the reader fails in many ways: RecursionError, IndexError, ...
        return ()
    if any(not isinstance(defect, ObsoleteHeaderDefect) for defect in read_header.defects):
        return ()
    header: object = read_header  # its class is made at run time, from two that typing keeps apart
    if not isinstance(header, AddressHeader):
        return ()
    if any(group.display_name is not None for group in header.groups):
        return ()
    read = tuple(f"{one.username}@{one.domain}" for one in header.addresses)
    if len(read) != 1:
        return read
    match = _ONE_MAILBOX.fullmatch(value)
    return read if match is not None and (match["named"] or match["bare"]) == read[0] else ()


def _decoded(value: str) -> str:
    """*value* with its encoded words read; as it stands where they cannot be."""
    try:
        parts = decode_header(value)
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
            for part, charset in parts
        )
    except Exception:  # unknown charset, bad base64, and what else there is
        return value


def _text(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
