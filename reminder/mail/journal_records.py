"""One record of the outcome journal: an entry <-> 1 KiB of bytes, whole or not at all."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

RECORD_SIZE = 1024
"""Octets. A divisor of a memory page, so that a killed process leaves no half record."""

_HEAD = struct.Struct("<8sQqI")  # magic, sequence, ended_at, length of the payload
_TAIL = struct.Struct("<I4s")  # CRC32 of all before it, end mark
_ROOM = RECORD_SIZE - _HEAD.size - _TAIL.size
_HEADS = struct.Struct(f"<8sQqI{RECORD_SIZE - _HEAD.size}x")
_MAGIC, _END = b"RMNDRO1\n", b"END\n"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTANTS = frozenset({"started_at", "intent_at", "next_try_at"})
_CUT_FIRST = ("text", "reason", "relay", "worker")
"""What may be shortened where a record is full; no decision depends on it."""


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """What came of one attempt, and what is to become of its message. Instants are UTC."""

    message_id: str
    token: str
    """Of the lease under which it was sent."""
    possible_duplicate: bool
    state: str
    verdict: str
    phase: str
    code: int | None
    enhanced: str
    text: str
    relay: str
    worker: str
    started_at: datetime
    ended_at: datetime
    intent_at: datetime | None
    next_try_at: datetime | None = None
    reason: str = ""
    held_for: str = ""
    is_counted: bool = True
    redirected: bool = False
    """Whether it went to ``REMINDER_REDIRECT_TO`` instead of its recipient."""
    database: str = ""
    """The id of the database that it is about; "" in entries from before there were any."""


_IN_PAYLOAD = tuple(field.name for field in fields(OutcomeEntry) if field.name != "ended_at")
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def encode(entry: OutcomeEntry, sequence: int, database: str = "") -> bytes:
    """The record of an entry about *database*; long texts are cut so that it fits.

    ``ValueError`` where it does not fit even so, which no Message-ID of ours can bring about.
    """
    payload = _fitting(entry, database or entry.database)
    head = _HEAD.pack(_MAGIC, sequence, _microseconds(entry.ended_at), len(payload))
    body = head + payload.ljust(_ROOM, b"\0")
    return body + _TAIL.pack(zlib.crc32(body), _END)


def decode(record: bytes) -> OutcomeEntry | None:
    """The entry of a record; None for one that is torn or not ours."""
    if not _is_whole(record):
        return None
    _magic, _sequence, ended_at, length = _HEAD.unpack_from(record)
    try:
        values = json.loads(record[_HEAD.size : _HEAD.size + length])
        instants = {name: _instant(values[name]) for name in _INSTANTS}
        return OutcomeEntry(**values | instants | {"ended_at": _instant(ended_at)})
    except (ValueError, TypeError, KeyError):
        return None  # whole, but of a version that keeps other fields


def last_sequence(data: bytes) -> int:
    """The highest sequence number of the whole records in *data*; 0 for none."""
    numbers = (
        sequence for slot, sequence, _ended_at in _headers(data) if _is_whole(_record(data, slot))
    )
    return max(numbers, default=0)


def decode_since(data: bytes, since: datetime) -> Iterator[OutcomeEntry]:
    """The entries in *data* that ended at *since* or later; of older ones only heads are read."""
    first = _microseconds(since)
    for slot, _sequence, ended_at in _headers(data):
        if ended_at >= first:
            entry = decode(_record(data, slot))
            if entry is not None:
                yield entry


def _record(data: bytes, slot: int) -> bytes:
    return data[slot * RECORD_SIZE : (slot + 1) * RECORD_SIZE]


def _is_whole(record: bytes) -> bool:
    if len(record) != RECORD_SIZE or not record.startswith(_MAGIC):
        return False
    crc, end = _TAIL.unpack_from(record, RECORD_SIZE - _TAIL.size)
    return bool(end == _END and crc == zlib.crc32(record[: -_TAIL.size]))


def _headers(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Slot, sequence and end of each record that bears our magic, whole or not."""
    whole = data[: len(data) - len(data) % RECORD_SIZE]
    for slot, (magic, sequence, ended_at, _length) in enumerate(_HEADS.iter_unpack(whole)):
        if magic == _MAGIC:
            yield slot, sequence, ended_at


def _fitting(entry: OutcomeEntry, database: str) -> bytes:
    values = {name: getattr(entry, name) for name in _IN_PAYLOAD}
    for name in _INSTANTS:
        if values[name] is not None:
            values[name] = _microseconds(values[name])
    values["database"] = database
    payload = _json(values)
    for name in _CUT_FIRST:
        text = getattr(entry, name)
        while len(payload) > _ROOM and text:
            # A character takes up to twelve octets (an escaped pair), and one at least.
            text = text[: -max(1, (len(payload) - _ROOM) // 12)]
            values[name] = text
            payload = _json(values)
    if len(payload) > _ROOM:
        raise ValueError(f"{entry.message_id}: does not fit into a record of the outcome journal")
    return payload


def _json(values: dict[str, object]) -> bytes:
    return _ENCODER.encode(values).encode()


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND
