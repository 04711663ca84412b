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


def last_to_answer(connection: Connection) -> tuple[str, str] | None:
    """The agreement of the last sent mail that waits for an answer, and what the transport
    answered to it: nobody has acknowledged it, and somebody further up is told otherwise."""
    deadlines, notices, messages = tables.deadlines.c, tables.notices.c, tables.messages.c
    attempts = tables.attempts.c
    query = (
        select(notices.agreement, attempts.text)
        .join(tables.notices, notices.message_id == attempts.message_id)
        .join(tables.deadlines, deadlines.id == notices.deadline_id)
        .join(tables.messages, messages.message_id == notices.message_id)
        .where(
            messages.kind == "notice",
            attempts.verdict == "sent",
            notices.agreement != "",
            notices.level == 0,
            ~notices.copy,
            notices.stopped_at.is_(None),
            deadlines.status == "open",
            deadlines.epoch == notices.epoch,
            deadlines.acknowledged_until.is_(None),
            deadlines.escalate_on.is_not(None),
        )
        .order_by(attempts.started_at.desc(), notices.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (row.agreement, row.text) if row is not None else None
