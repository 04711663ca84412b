"""Matters of a weekly digest: what is open, what was cleared, and the links that people have.

Reads, never writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, not_, or_, select

from reminder.agreements import Agreement
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.digests import MADE
from reminder.storage.facts import agreement_of
from reminder.storage.letters import OF_DEADLINE
from reminder.storage.link_keys import load_keys
from reminder.summaries import SERVICE_FINDINGS, Matter

_deadlines, _notices, _messages = tables.deadlines, tables.notices, tables.messages
_grants, _events = tables.action_grants, tables.events
_TOLD = ("", SkipReason.NO_RULE.value)
"""Reasons for silence of matters that a digest names: what no rule mails is due all the same."""
_IS_SERVICES = and_(_deadlines.c.kind == "finding", _deadlines.c.key.in_(SERVICE_FINDINGS))


def load_matters(connection: Connection, today: date, until: date) -> list[Matter]:
    """Everything open that is due by *until* or late, and every open finding; nothing snoozed."""
    rows = connection.execute(
        select(*(_deadlines.c[field.name] for field in fields(Matter)))
        .where(
            _deadlines.c.status == "open",
            _deadlines.c.due_on <= until,
            _deadlines.c.silent_reason.in_(_TOLD),
            or_(_deadlines.c.snoozed_until.is_(None), _deadlines.c.snoozed_until <= today),
            not_(_IS_SERVICES),
        )
        .order_by(_deadlines.c.id)
    )
    return [Matter(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ClearedRow:
    """A finding that was open and that the facts no longer give."""

    agreement: str
    key: str
    bureau: str
    officer: str | None
    at: datetime
    line: int
    """Of the journal, in which it was cleared."""


def load_cleared(connection: Connection, since: datetime, until: int) -> list[ClearedRow]:
    """The findings that are cleared for good, since then and up to that line of the journal."""
    rows = connection.execute(
        select(
            _deadlines.c.id,
            *(_deadlines.c[name] for name in ("agreement", "key", "bureau", "officer")),
            _events.c.id.label("line"),
            _events.c.at,
            _events.c.data,
        )
        .join(_deadlines, _deadlines.c.id == _events.c.deadline_id)
        .where(
            _events.c.at >= since,
            _events.c.id <= until,
            _events.c.kind == "deadline",
            _deadlines.c.kind == "finding",
            _deadlines.c.status == "met",
            not_(_IS_SERVICES),
        )
        .order_by(_events.c.id)
    )
    found: dict[int, ClearedRow] = {}
    for row in rows:
        if _was_cleared(row.data):
            found[row.id] = ClearedRow(
                row.agreement, row.key, row.bureau, row.officer, row.at, row.line
            )
    return list(found.values())


def _was_cleared(data: str) -> bool:
    """Whether a line of the journal says that a deadline that was open is met."""
    changed: dict[str, Any] = json.loads(data).get("changed", {})
    return list(changed.get("status", ())) == ["open", "met"]


def load_details(connection: Connection, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """What a letter says of those deadlines, by id."""
    names = ("id", "agreement", "epoch", "rule", *OF_DEADLINE)
    found: dict[int, Mapping[str, Any]] = {}
    for some in chunks(ids):
        query = select(*(_deadlines.c[name] for name in names)).where(_deadlines.c.id.in_(some))
        found.update({row["id"]: row for row in connection.execute(query).mappings()})
    return found


def load_agreements(connection: Connection, refs: Sequence[str]) -> dict[str, Agreement]:
    """Those agreements by ref; what cannot be read is left out."""
    found: dict[str, Agreement] = {}
    for some in chunks(refs):
        query = select(tables.agreements).where(tables.agreements.c.ref.in_(some))
        for row in connection.execute(query).mappings():
            with suppress(ValueError):
                found[row["ref"]] = agreement_of(row)
    return found


def load_links(
    connection: Connection, recipients: Sequence[str], deadline_ids: Sequence[int], now: datetime
) -> dict[tuple[str, int], int]:
    """The last notice, with a link that works, that each of them was sent of each deadline.

    By address in small letters and deadline. Copies are left out: they ask for nothing.
    """
    wanted = {recipient.casefold() for recipient in recipients}
    good = [kid for kid, key in load_keys(connection).items() if key.opens(now)]
    found: dict[tuple[str, int], int] = {}
    for ids in chunks(deadline_ids):
        query = (
            select(_notices.c.recipient, _notices.c.deadline_id, func.max(_notices.c.id))
            .join(_grants, _grants.c.notice_id == _notices.c.id)
            .join(
                _deadlines,
                and_(
                    _deadlines.c.id == _notices.c.deadline_id,
                    _deadlines.c.epoch == _notices.c.epoch,
                ),
            )
            .where(
                _notices.c.deadline_id.in_(ids),
                _notices.c.stopped_at.is_(None),
                _notices.c.copy.is_(False),
                _grants.c.kid.in_(good),
                _grants.c.revoked_at.is_(None),
                _grants.c.expires_at > now,
            )
            .group_by(_notices.c.recipient, _notices.c.deadline_id)
        )
        for recipient, deadline_id, notice_id in connection.execute(query):
            key = (recipient.casefold(), deadline_id)
            if key[0] in wanted:
                found[key] = max(notice_id, found.get(key, 0))
    return found


def load_last_seen(
    connection: Connection, recipients: Sequence[str], template: str
) -> dict[str, int]:
    """The last line of the journal that each of them was told of by a digest of that template.

    Those who never had one are left out.
    """
    found: dict[str, int] = {}
    for some in chunks(recipients):
        query = (
            select(_messages.c.recipient, _events.c.data)
            .join(
                _events,
                and_(
                    _events.c.at == _messages.c.created_at,
                    _events.c.message_id == _messages.c.message_id,
                    _events.c.kind == MADE,
                ),
            )
            .where(
                _messages.c.recipient.in_(some),
                _messages.c.kind == "summary",
                _messages.c.template == template,
            )
        )
        for recipient, data in connection.execute(query):
            found[recipient] = max(found.get(recipient, 0), int(json.loads(data)["seen"]))
    return found
