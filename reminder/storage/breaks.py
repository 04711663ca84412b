"""Breaks of the chain of seals: the kinds there are, and each in words that a person can use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reminder.storage.seals import sealed_hash

if TYPE_CHECKING:
    from sqlalchemy import Row

    from reminder.storage.seals import Head


class BreakKind(StrEnum):
    """What is wrong at a break."""

    CHANGED = "changed"
    """The event is not what was sealed."""
    MISSING = "missing"
    """There is a seal, and its event is gone."""
    SEAL_CHANGED = "seal changed"
    """The event is what was sealed; the hash in its seal is not."""
    SEAL_REMOVED = "seal removed"
    """A number is absent before others."""
    SEAL_REORDERED = "seal reordered"
    """The seal stands at the number of another one."""
    CHAIN_CUT = "chain cut"
    """The chain does not end where its end was noted."""
    REWRITTEN = "rewritten"
    """The chain fits in itself, and is not the one whose head the admin noted."""


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """As much of an event as a person needs to find it, as it stands in the database now."""

    id: int
    at: str | None
    """UTC, in the form in which it is sealed; like the rest None where the event is gone."""
    kind: str | None
    agreement: str | None
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which the chain does not hold."""

    kind: BreakKind
    number: int
    """The seal at which it shows."""
    event: NamedEvent | None
    text: str


def event_in(row: Row[Any]) -> Sequence[object]:
    """The event in a row of the walk, which begins with number, hash and event_id."""
    return row[3:]


def removed(expected: int, row: Row[Any]) -> Break:
    """After the seal before *expected* comes another one."""
    text = (
        f"seal {expected} is not there; the next one is seal {row.number}, of {_words(row)}. "
        "Compare the table seals with a backup"
    )
    return Break(BreakKind.SEAL_REMOVED, expected, None, text)


def missing(row: Row[Any], previous: Row[Any] | None) -> Break:
    """A seal whose event is gone; what is known of it is what was sealed before it."""
    after = f"sealed after event {previous.id} of {previous.at} UTC" if previous else "the first"
    text = f"event {row.event_id} was deleted ({after}); look for it in a backup"
    return Break(BreakKind.MISSING, row.number, named(row), text)


def mismatch(
    row: Row[Any], last: Head, right: str, head: Head | None, chain: Iterable[Row[Any]]
) -> Break:
    """Why the hash of a seal after *last* is not the *right* one: *chain* is walked for it."""
    kind, text = BreakKind.CHANGED, f"{_words(row)} is not as it was sealed; compare with a backup"
    if head is not None and (head.number, head.hash) == (row.number, right):
        return _seal_changed(row)
    for other in chain:
        event = event_in(other)
        if other.number == row.number + 1 and sealed_hash(right, event) == other.hash:
            return _seal_changed(row)
        # Its event was sealed after another seal than this, or another event was sealed here.
        if row.hash in (sealed_hash(other.hash, event_in(row)), sealed_hash(last.hash, event)):
            kind = BreakKind.SEAL_REORDERED
            text = (
                f"the seal of {_words(row)} does not belong here: seals were put into another "
                "order; compare the table seals with a backup"
            )
            break
    return Break(kind, row.number, named(row), text)


def rewritten(row: Row[Any], noted: Head) -> Break:
    """The chain holds, and at the number of the head that the admin noted it is another."""
    text = (
        f"seal {noted.number} has the hash {row.hash} and you noted {noted.hash}: the chain was "
        "made anew up to there, or the head belongs to another database"
    )
    return Break(BreakKind.REWRITTEN, row.number, named(row), text)


def cut(last: Head, head: Head | None) -> Break | None:
    """Whether the chain ends elsewhere than at the head that the service noted."""
    if head is None:
        if last.number == 0:
            return None
        text = f"there are {last.number} seals, and the service's note of the last one is gone"
    elif last.number != head.number:
        text = f"the last seal is number {last.number}, and the service made {head.number}"
    elif last.hash != head.hash:
        text = f"seal {last.number} has the hash {last.hash}, and the service made {head.hash}"
    else:
        return None
    text += " (seal_head in the table service); compare with a backup"
    return Break(BreakKind.CHAIN_CUT, last.number, None, text)


def shorter(last: Head, noted: Head | None) -> Break | None:
    """Whether the chain ends before the head that the admin noted."""
    if noted is None or last.number >= noted.number:
        return None
    text = (
        f"the last seal is number {last.number}, and you noted {noted.number}: seals were "
        "removed, or the database is an older one"
    )
    return Break(BreakKind.CHAIN_CUT, last.number, None, text)


def named(row: Row[Any]) -> NamedEvent:
    """The event of a row of the walk."""
    return NamedEvent(row.event_id, row.at, row.kind, row.agreement or None, row.message_id)


def _seal_changed(row: Row[Any]) -> Break:
    text = f"the hash in its seal was changed; {_words(row)} itself is as it was sealed"
    return Break(BreakKind.SEAL_CHANGED, row.number, named(row), text)


def _words(row: Row[Any]) -> str:
    if row.id is None:
        return f"event {row.event_id}, which is gone"
    about = f", agreement {row.agreement}" if row.agreement else ""
    about += f", message {row.message_id}" if row.message_id else ""
    return f'event {row.event_id} ("{row.kind}" at {row.at} UTC{about})'
