"""Outcome journals as dead workers leave them behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.replay import replay
from reminder.mail.journal import OutcomeEntry, OutcomeJournal
from reminder.storage.identity import database_id
from tests.outboxes import MADE, Outbox
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

TOKEN = "lease-of-the-dead"
INTENT_AT = at(MADE)
ENDED_AT = INTENT_AT + timedelta(seconds=2)
REPLAYED_AT = INTENT_AT + timedelta(minutes=1)


def make_entry(message_id: str, **changes: Any) -> OutcomeEntry:
    """The relay took it."""
    entry = OutcomeEntry(
        message_id=message_id,
        token=TOKEN,
        possible_duplicate=False,
        state="sent",
        verdict="sent",
        phase="dot",
        code=250,
        enhanced="2.0.0",
        text="queued",
        relay="127.0.0.1:25",
        worker="the dead",
        started_at=INTENT_AT - timedelta(seconds=1),
        ended_at=ENDED_AT,
        intent_at=INTENT_AT,
    )
    return replace(entry, **changes)


def id_of(database: Database) -> str:
    """The database's own id."""
    with database.read() as connection:
        return database_id(connection)


def replay_entries(
    outbox: Outbox,
    folder: Path,
    *entries: OutcomeEntry,
    now: datetime = REPLAYED_AT,
    database: str | None = None,
) -> int:
    """Write them as the dead worker did, and replay them as the next one does.

    It worked for the same database, or for the one with the id *database*.
    """
    with OutcomeJournal(folder) as journal:
        journal.database_id = id_of(outbox.database) if database is None else database
        for entry in entries:
            journal.write(entry)
        return replay(outbox.context(now), journal)
