"""What waits for a person: held messages and those whose verdict nobody knows.

What the person decides is in ``answers``. Each function is one step of a transaction that the
caller commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, or_, select, update

from reminder.errors import AnswerRefused
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.events import event_row, insert_events
from reminder.storage.leases import HeldFor
from reminder.storage.storms import HELD_FOR_STORM, settle_storm

_messages, _notices = tables.messages, tables.notices
_contents, _attempts, _events = tables.contents, tables.attempts, tables.events
MOST_NAMED = 5
"""Of the messages that a beginning fits; more would not help."""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that waits for a person, or until its rest is over."""

    message_id: str
    state: str
    """``held`` or ``uncertain``."""
    held_for: str
    """A ``HeldFor``; empty where it is uncertain, or was held by an earlier version."""
    recipient: str
    subject: str | None
    """None until it is rendered."""
    agreements: tuple[str, ...]
    since: datetime
    repeated_at: datetime | None
    """When an uncertain one is repeated, or held, as its rule says; else None."""
    reason: str
    possible_duplicate: bool


def load_held(connection: Connection) -> list[HeldMessage]:
    """Every one but those of a storm, which are one matter; the oldest first."""
    rows = connection.execute(
        select(
            *(_messages.c[name] for name in ("message_id", "state", "held_for", "recipient")),
            *(_messages.c[name] for name in ("created_at", "next_try_at", "reason")),
            _messages.c.possible_duplicate,
            _contents.c.subject,
        )
        .outerjoin(_contents, _contents.c.message_id == _messages.c.message_id)
        .where(tables.UNFINISHED, _messages.c.state.in_(("held", "uncertain")), ~HELD_FOR_STORM)
    ).all()
    if not rows:
        return []
    ids = [row.message_id for row in rows]
    about = agreements_of(connection, ids)
    since = _since(connection, ids, min(row.created_at for row in rows))
    found = [
        HeldMessage(
            message_id=row.message_id,
            state=row.state,
            held_for=row.held_for,
            recipient=row.recipient,
            subject=row.subject,
            agreements=about.get(row.message_id, ()),
            since=since.get(row.message_id, row.created_at),
            repeated_at=row.next_try_at if row.state == "uncertain" else None,
            reason=row.reason,
            possible_duplicate=row.possible_duplicate,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.since, one.message_id))


def ids_of_storm(connection: Connection) -> list[str]:
    """The messages that are held for a storm."""
    query = select(_messages.c.message_id).where(tables.UNFINISHED, HELD_FOR_STORM)
    query = query.order_by(_messages.c.message_id).with_for_update()
    return list(connection.execute(query).scalars())


def ids_releasable(connection: Connection) -> list[str]:
    """All held messages save those that may have arrived: to send these is another decision."""
    has_no_verdict = exists().where(
        _attempts.c.message_id == _messages.c.message_id, _attempts.c.verdict == "uncertain"
    )
    query = select(_messages.c.message_id).where(
        tables.UNFINISHED,
        _messages.c.state == "held",
        _messages.c.held_for != HeldFor.UNCERTAIN.value,
        ~has_no_verdict,
    )
    query = query.order_by(_messages.c.message_id).with_for_update()
    return list(connection.execute(query).scalars())


def find_ids(connection: Connection, names: Sequence[str]) -> list[str]:
    """The message that each of *names* stands for: its id, brackets or not, or how it begins.

    AnswerRefused names every one that is unknown or fits several.
    """
    found: list[str] = []
    problems: list[str] = []
    for name in names:
        beginning = name.strip().removeprefix("<").removesuffix(">")
        matches = _beginning_with(connection, beginning) if beginning else []
        if f"<{beginning}>" in matches:
            found.append(f"<{beginning}>")
        elif len(matches) == 1:
            found.append(matches[0])
        elif matches:
            more = ", ..." if len(matches) > MOST_NAMED else ""
            listed = ", ".join(matches[:MOST_NAMED])
            problems.append(f'"{name}" fits several messages ({listed}{more}); write more of it.')
        else:
            problems.append(f'There is no message "{name}"; see reminder held or reminder log.')
    if problems:
        raise AnswerRefused("\n".join(problems))
    return list(dict.fromkeys(found))


def release_rested(connection: Connection, now: datetime) -> int:
    """Let what is urgent in a storm leave once it has been held long enough; how many do.

    Also forgets the storm when nothing of it is held any more.
    """
    rested = (
        connection.execute(
            select(_messages.c.message_id)
            .where(tables.UNFINISHED, HELD_FOR_STORM, _messages.c.next_try_at <= now)
            .order_by(_messages.c.message_id)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )
    for ids in chunks(rested):
        connection.execute(
            update(_messages)
            .where(_messages.c.message_id.in_(ids), HELD_FOR_STORM)
            .values(state="pending", held_for="", reason="", claims=0)
        )
    data = {"held_for": HeldFor.STORM.value, "reason": "due within 7 days, held for 4 hours"}
    insert_events(
        connection,
        [event_row(now, "released", data, message_id=message_id) for message_id in rested],
    )
    settle_storm(connection)
    return len(rested)


def agreements_of(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The agreements that each message is about, in the order of their refs."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for ids in chunks(message_ids):
        query = (
            select(_notices.c.message_id, _notices.c.agreement)
            .distinct()
            .where(_notices.c.message_id.in_(ids), _notices.c.agreement != "")
            .order_by(_notices.c.agreement)
        )
        for message_id, agreement in connection.execute(query):
            found[message_id].append(agreement)
    return {message_id: tuple(refs) for message_id, refs in found.items()}


def _since(connection: Connection, ids: Sequence[str], oldest: datetime) -> dict[str, datetime]:
    """Since when they wait, as the journal says; *oldest* is when the first of them was made."""
    found: dict[str, datetime] = {}
    for some in chunks(ids):
        query = (
            select(_events.c.message_id, func.max(_events.c.at).label("last_at"))
            .where(
                _events.c.at >= oldest,
                _events.c.message_id.in_(some),
                _events.c.kind.in_(("held", "uncertain")),
            )
            .group_by(_events.c.message_id)
        )
        found.update({row.message_id: row.last_at for row in connection.execute(query)})
    return found


def _beginning_with(connection: Connection, beginning: str) -> list[str]:
    query = (
        select(_messages.c.message_id)
        .where(
            or_(
                _messages.c.message_id == f"<{beginning}>",
                _messages.c.message_id.startswith(f"<{beginning}", autoescape=True),
            )
        )
        .order_by(_messages.c.message_id != f"<{beginning}>", _messages.c.message_id)
        .limit(MOST_NAMED + 1)
    )
    return list(connection.execute(query).scalars())
