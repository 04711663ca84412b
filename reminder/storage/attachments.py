"""Attachments: what a message carries beside its text, frozen with it: a repeat has it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import BindParameter, Connection, bindparam, select

from reminder.storage import tables
from reminder.storage.rows import insert_rows

_attachments = tables.attachments


@dataclass(frozen=True, slots=True)
class Attachment:
    """One of a message's attachments, in their order."""

    message_id: str
    number: int
    media_type: str
    """``image/png``, ``text/calendar; charset=utf-8``, ..."""
    name: str
    """The file name that a reader is offered."""
    content_id: str
    """Without brackets, of an image that the HTML part shows; empty for a file to save."""
    data: bytes


def add_attachments(connection: Connection, attachments: Sequence[Attachment]) -> None:
    """Store attachments of messages that are stored already."""
    _ADD.execute(connection, [{name: getattr(one, name) for name in _NAMES} for one in attachments])


def load_attachments(
    connection: Connection, message_ids: Sequence[str]
) -> dict[str, tuple[Attachment, ...]]:
    """The attachments of those messages that have any: one query for all."""
    found: dict[str, tuple[Attachment, ...]] = {}
    for row in connection.execute(_LOAD, {"ids": list(message_ids)}):
        one = Attachment(*row)
        found[one.message_id] = (*found.get(one.message_id, ()), one)
    return found


# Run for every batch, so they are built once.
_NAMES = [field.name for field in fields(Attachment)]
_ADD = insert_rows(_attachments, _NAMES)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_LOAD = (
    select(*(_attachments.c[name] for name in _NAMES))
    .where(_attachments.c.message_id.in_(_IDS))
    .order_by(_attachments.c.message_id, _attachments.c.number)
)
