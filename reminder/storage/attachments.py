"""Attachments: what a message carries beside its text, frozen with it: a repeat has it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import BindParameter, Connection, bindparam, insert, select

from reminder.storage import tables

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
    if attachments:
        connection.execute(insert(_attachments), [asdict(one) for one in attachments])


def load_attachments(
    connection: Connection, message_ids: Sequence[str]
) -> dict[str, tuple[Attachment, ...]]:
    """The attachments of those messages that have any: one query for all."""
    found: dict[str, tuple[Attachment, ...]] = {}
    for row in connection.execute(_LOAD, {"ids": list(message_ids)}):
        one = Attachment(*row)
        found[one.message_id] = (*found.get(one.message_id, ()), one)
    return found


# Run for every batch, so it is built once.
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_LOAD = (
    select(*(_attachments.c[field.name] for field in fields(Attachment)))
    .where(_attachments.c.message_id.in_(_IDS))
    .order_by(_attachments.c.message_id, _attachments.c.number)
)
