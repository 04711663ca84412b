"""Delivery status notifications (RFC 3464, RFC 6533), also where they are labelled wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from itertools import islice

from reminder.mail.fates import fate_of_refusal
from reminder.mail.inbound import (
    LONGEST_ADDRESS,
    LONGEST_DIAGNOSTIC,
    MOST_DELIVERIES,
    Delivery,
    Fate,
)
from reminder.mail.inbound_headers import Fields
from reminder.mail.inbound_text import decoded, parts_of
from reminder.mail.plain_text import clean

_READ_OCTETS = 1024 * 1024
_LONGEST_WORDS = 2000
"""Characters of a diagnostic that are looked at."""
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_BLANK_LINE = re.compile(r"(?:\r?\n[ \t]*){2,}")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
_LOOKS_LIKE_ONE = re.compile(r"^Final-Recipient:.*\n(?:.*\n){0,20}?Action:", re.I | re.M)
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[!-;=?-~]{1,248}>)", re.I | re.M | re.ASCII)
_SUCCESSES = ("delivered", "relayed", "expanded")
_HEADERS = HeaderParser()


@dataclass(frozen=True, slots=True)
class Report:
    """What a notification says."""

    deliveries: tuple[Delivery, ...]
    envelope_id: str


def read_report(message: Message) -> Report | None:
    """The notification in *message*; None where there is none at all.

    One that contradicts itself has no deliveries: "failed" with a code of success was
    written by a program that is broken, or by somebody who tries what we do.
    """
    parts = list(parts_of(message))
    for part in parts:
        if part.get_content_type() in _STATUS_PARTS:
            return _report(_blocks(part))
    for part in parts:
        text = decoded(part, _READ_OCTETS) if part.get_content_maintype() == "text" else None
        if text is not None and _LOOKS_LIKE_ONE.search(text.replace("\r\n", "\n")):
            return _report(_blocks_in(text))
    return None


def returned_id(message: Message) -> str:
    """The Message-ID of the mail that was sent back, or of what is left of it."""
    for part in parts_of(message):
        if part.get_content_type() in _RETURNED:
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                return _one_id(Fields.of(inner[0]))
            text = decoded(part, _READ_OCTETS)
            return _one_id(Fields.of(_HEADERS.parsestr(text.lstrip()))) if text else ""
    return ""


def id_in_words(words: str) -> str:
    """The same in a bounce that shows the mail as text."""
    match = _MESSAGE_ID.search(words)
    return match[1] if match else ""


def _one_id(fields: Fields) -> str:
    match = _MESSAGE_ID.match(f"Message-ID: {fields.first('message-id')}")
    return match[1] if match else ""


def _blocks(part: Message) -> Iterator[Fields]:
    inner = part.get_payload()
    if part.get_content_type() == _STATUS_PARTS[0] and isinstance(inner, list):
        # Python reads each block as the head of a mail of its own.
        yield from (Fields.of(block) for block in inner if isinstance(block, Message))
    elif isinstance(inner, list) and inner and isinstance(inner[0], Message):
        # ... and that of RFC 6533 as one mail: a first block, and the others as its text.
        yield Fields.of(inner[0])
        yield from _blocks_in(decoded(inner[0], _READ_OCTETS) or "")
    elif isinstance(inner, str):
        yield from _blocks_in(inner)


def _blocks_in(text: str) -> Iterator[Fields]:
    for block in _BLANK_LINE.split(text[:_READ_OCTETS]):
        yield Fields.of(_HEADERS.parsestr(block.lstrip()))


def _report(blocks: Iterator[Fields]) -> Report:
    deliveries: list[Delivery] = []
    envelope_id = ""
    for block in islice(blocks, MOST_DELIVERIES + 1):
        envelope_id = envelope_id or block.first("original-envelope-id")[:100]
        delivery = _delivery(block)
        if delivery is not None:
            deliveries.append(delivery)
    return Report(tuple(deliveries), envelope_id)


def _delivery(block: Fields) -> Delivery | None:
    """What a block says of one recipient; None for another block, and for a contradiction."""
    action = block.first("action").lower()
    match = _STATUS.match(block.first("status"))
    status = match[0] if match else ""
    words = block.first("diagnostic-code")[:_LONGEST_WORDS]
    fate = _fate(action, status, words)
    if fate is None:
        return None
    return Delivery(
        fate,
        final=_address(block.first("final-recipient")),
        original=_address(block.first("original-recipient")),
        action=clean(action, 16),
        status=status,
        diagnostic=clean(words, LONGEST_DIAGNOSTIC),
    )


def _fate(action: str, status: str, words: str) -> Fate | None:
    if action == "failed" and not status.startswith("2"):
        return fate_of_refusal(status, words)
    if action == "delayed" and not status.startswith("2"):
        return Fate.DELAYED
    if action in _SUCCESSES and status[:1] in ("2", ""):
        return Fate.DELIVERED
    return None


def _address(value: str) -> str:
    """``rfc822; name@domain`` as a bare address."""
    _, _, after = value.partition(";")
    return clean((after or value).strip().strip("<>"), LONGEST_ADDRESS)
