"""Enqueueing: notices that were decided -> rows of notices and messages, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from jobs.grouping import Grouped, Grouping, group_into_messages
from reminder.mail.links import message_id_domain, message_id_for
from reminder.storage.messages import bring_forward, insert_messages, load_waiting, move_notices
from reminder.storage.notices import insert_notices, numbered
from reminder.storage.planning import read_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.directory import Directory
    from reminder.firing import NewNotice


def grouping_of(
    context: JobContext, directory: Directory, now: datetime, *, catch_up: bool = False
) -> Grouping:
    """How notices made *now* share messages, by the policy."""
    policy = context.policy
    domain = message_id_domain(policy.mail.message_id_domain, context.settings.mail_from)
    openings: dict[str, datetime] = {}

    def next_opening(zone: str) -> datetime:
        if zone not in openings:
            openings[zone] = policy.send_window.next_opening(now, zone, policy.calendar)
        return openings[zone]

    return Grouping(
        digest_above=policy.digest_above,
        catch_up=catch_up,
        directory=directory,
        default_zone=policy.service.timezone,
        default_language=policy.service.language,
        message_id=partial(message_id_for, context.settings.secret_key, domain),
        next_opening=next_opening,
    )


def enqueue(
    connection: Connection, notices: Sequence[NewNotice], grouping: Grouping, now: datetime
) -> Grouped:
    """Store notices with the messages that carry them, joined to those that still wait today.

    A restored database does not know what was told between its backup and now, so until its
    first scan and escalation are over all that it makes says of itself that it may be a repeat.
    """
    recipients = sorted({notice.recipient for notice in notices})
    days = sorted({notice.made_on for notice in notices})
    waiting, counts = load_waiting(connection, recipients, days) if recipients else ([], {})
    grouped = group_into_messages(numbered(connection, notices), waiting, counts, grouping)
    is_restored = bool(read_service(connection, "restored", "restored_levels"))
    insert_messages(connection, grouped.messages, now, possible_duplicate=is_restored)
    insert_notices(connection, grouped.notices, now)
    move_notices(connection, grouped.moves)
    bring_forward(connection, grouped.nearer)
    return grouped
