"""Replay: what the outcome journal knows and the database does not is put on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

from reminder.mail.open_transport import relay_of
from reminder.storage.identity import database_id, give_id
from reminder.storage.replaying import KnownVerdict, replay_verdict, unrecorded
from reminder.storage.verdicts import Result

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.journal import OutcomeEntry, OutcomeJournal
    from reminder.storage.engine import Database

MAILDIR = "maildir"
"""What stands for the relay where mails are put into a folder."""
REACHES_BACK = timedelta(hours=24)
"""More than any crash or failover takes; a backup older than that is a person's business."""


def replay(context: JobContext, journal: OutcomeJournal) -> int:
    """Assert again the verdicts of the last 24 hours; returns how many were new.

    Before any claim at a start, and whenever the connection to the database was lost: an
    uncertain message that is resolved here is not repeated.
    """
    # Before reading: a commit that fails from here on asks for another replay.
    journal.needs_replay = False
    try:
        return _replay(context, journal)
    except BaseException:
        journal.needs_replay = True
        raise


def _replay(context: JobContext, journal: OutcomeJournal) -> int:
    now = context.clock.now()
    since = now - REACHES_BACK
    journal.database_id = _id_of(context.database)
    settings = context.settings
    known = _known(
        journal.entries(since),
        journal.database_id,
        is_trial=bool(settings.redirect_to) or relay_of(settings.mail_url) == MAILDIR,
    )
    if not known:
        return 0
    with context.database.read() as connection:
        missing = unrecorded(connection, known, since)
    for one in missing:
        # One transaction each: a daemon that is sending must not wait for all of them.
        with context.database.write() as connection:
            state = replay_verdict(connection, one, now)
        context.log.warning(
            "verdict_replayed",
            message_id=one.message_id,
            verdict=one.result.verdict,
            state=state or "no such message",
        )
    return len(missing)


def _id_of(database: Database) -> str:
    with database.read() as connection:
        found = database_id(connection)
    if found:
        return found
    with database.write() as connection:
        return give_id(connection)


def _known(entries: Sequence[OutcomeEntry], database: str, *, is_trial: bool) -> list[KnownVerdict]:
    """The entries that know how a dot ended; without an intent there was none.

    Not those about another *database*: the same Message-ID may wait there to be sent for the
    first time. And what a trial sent, into a Maildir or to one address, is no proof for a
    service that sends to people: there such a message counts as uncertain.
    """
    names = [field.name for field in fields(Result)]
    return [
        KnownVerdict(
            entry.message_id,
            entry.token,
            entry.possible_duplicate,
            entry.intent_at,
            Result(**{name: getattr(entry, name) for name in names}),
        )
        for entry in entries
        if entry.database == database
        and (is_trial or not (entry.redirected or entry.relay == MAILDIR))
        and entry.intent_at is not None
        and entry.verdict != "uncertain"
    ]
