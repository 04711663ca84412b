"""Under which public URL this database sends: a copy of it elsewhere must not send too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.planning import read_service, write_service


def sender_url(connection: Connection) -> str:
    """The public URL under which this database last sent; "" where none was stored."""
    return read_service(connection, "public_url").get("public_url", "")


def has_sent(connection: Connection) -> bool:
    """Whether a mail ever left from this database."""
    messages = tables.messages.c
    sent = select(messages.message_id).where(messages.sent_at.is_not(None)).limit(1)
    return connection.execute(sent).first() is not None


def send_as(connection: Connection, public_url: str) -> None:
    """From now on this database sends under that URL."""
    write_service(connection, public_url=public_url)


def adopt(connection: Connection, public_url: str, now: datetime) -> str:
    """Have this database send under *public_url*, by a person's order; the URL before, or ""."""
    before = sender_url(connection)
    if before != public_url:
        send_as(connection, public_url)
        add_event(connection, now, "adopted", {"old": before, "new": public_url})
    return before
