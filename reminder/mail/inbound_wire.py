"""How a mail goes to the child that reads it, and how what it says comes back."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from datetime import datetime
from typing import IO

from reminder.mail.inbound import (
    Authenticated,
    Delivery,
    Fate,
    Inbound,
    Kind,
    Machine,
    NoText,
    Trouble,
    Unreadable,
)

READY = b"R"
"""What the child says first: it is there, and its limits are set."""
MOST_ANSWERED = 16 * 1024 * 1024
"""Octets of an answer: a thousand recipients, all fields at their longest."""

_LENGTH = struct.Struct(">I")


def write_frame(pipe: IO[bytes], octets: bytes) -> None:
    """Write *octets* behind their length."""
    pipe.write(_LENGTH.pack(len(octets)))
    pipe.write(octets)
    pipe.flush()


def read_frame(pipe: IO[bytes], most: int | None = None) -> bytes | None:
    """What ``write_frame`` wrote; None where the other side is gone, or says more than *most*."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if most is not None and length > most:
        return None
    octets = pipe.read(length)
    return octets if len(octets) == length else None


def to_json(read: Inbound | Unreadable) -> bytes:
    """*read* as JSON in ASCII."""
    fields = asdict(read)
    if isinstance(read, Inbound):
        fields["sent_at"] = read.sent_at and read.sent_at.isoformat()
    return json.dumps(fields).encode()


def from_json(octets: bytes) -> Inbound | Unreadable:
    """What ``to_json`` was given; ValueError, KeyError or TypeError for anything else."""
    fields = json.loads(octets)
    if "trouble" in fields:
        return Unreadable(Trouble(fields["trouble"]), str(fields["detail"]))
    fields["kind"] = Kind(fields["kind"])
    fields["machine"] = fields["machine"] and Machine(fields["machine"])
    fields["no_text"] = fields["no_text"] and NoText(fields["no_text"])
    fields["sent_at"] = fields["sent_at"] and datetime.fromisoformat(fields["sent_at"])
    fields["mailboxes"] = tuple(fields["mailboxes"])
    fields["addressed_to"] = tuple(fields["addressed_to"])
    fields["deliveries"] = tuple(
        Delivery(**{**one, "fate": Fate(one["fate"])}) for one in fields["deliveries"]
    )
    fields["authentication"] = tuple(
        Authenticated(one["authserv_id"], tuple((result, about) for result, about in one["dmarc"]))
        for one in fields["authentication"]
    )
    return Inbound(**fields)
