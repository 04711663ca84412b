"""Matter letters: what a mail or a page about an answer says of its deadline, to one reader."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from reminder.storage.claims import MessageRow
from reminder.storage.letters import NoticeRow, facts_of, notice_row
from reminder.storage.matters import load_details

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from jobs.letters import LetterMaker
    from jobs.readers import Home
    from reminder.mail.letters import Letter
    from reminder.mail.receipts import Receipt
    from reminder.notices import Recipient


def matter_letter(
    connection: Connection,
    maker: LetterMaker,
    deadline_id: int,
    reader: Recipient,
    home: Home,
    today: date,
    receipt: Receipt,
    *,
    template: str,
    message_id: str = "",
    link: str = "",
) -> Letter:
    """The letter about *receipt*. No notice is stored for it: nobody is reminded.

    LookupError where the register no longer has the facts of the deadline.
    """
    row = _row(connection, deadline_id, reader, message_id)
    facts = facts_of(connection, [row], [home.bureau])
    message = MessageRow(
        message_id=message_id,
        kind="summary",
        recipient=reader.email,
        recipient_name=reader.name,
        language=home.language,
        bureau=home.bureau,
        timezone=home.zone,
        template=template,
        copy=False,
        catch_up=False,
        planned_on=today,
        revision=0,
        attempts=0,
        first_try_at=None,
        possible_duplicate=False,
        relay_faults=0,
    )
    letter = maker.letter(message, message_id, facts, today)
    notices = tuple(replace(notice, link=link) for notice in letter.notices)
    return replace(letter, notices=notices, receipt=receipt)


def _row(connection: Connection, deadline_id: int, reader: Recipient, message_id: str) -> NoticeRow:
    values: dict[str, Any] = dict.fromkeys((field.name for field in fields(NoticeRow)), "")
    values |= dict(load_details(connection, [deadline_id])[deadline_id])
    values |= {
        "message_id": message_id,
        "id": 0,
        "deadline_id": deadline_id,
        "role": reader.role,
        "recipient": reader.email,
        "next_on": None,
        "copy": False,
        "level": 0,
    }
    return notice_row(values[field.name] for field in fields(NoticeRow))
