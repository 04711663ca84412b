"""Where a mail that was sent went."""

from __future__ import annotations

from sqlalchemy import Connection, select

from reminder.storage import tables


def reply_for_first_sent(
    connection: Connection, agreement: str, kind: str, lead_time: str
) -> str | None:
    """What the transport answered to the first sent mail about that lead time; None without one.

    A Maildir answers with the name of the file.
    """
    deadlines, notices, attempts = tables.deadlines.c, tables.notices.c, tables.attempts.c
    query = (
        select(attempts.text)
        .join(tables.notices, notices.message_id == attempts.message_id)
        .join(tables.deadlines, deadlines.id == notices.deadline_id)
        .where(
            deadlines.agreement == agreement,
            deadlines.kind == kind,
            notices.lead_time == lead_time,
            attempts.verdict == "sent",
        )
        .order_by(attempts.started_at, notices.id)
        .limit(1)
    )
    return connection.execute(query).scalar()
