"""How the service stands: what is open, what waits, what went wrong. Reads, never writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from reminder.clock import known_zone, local_date, zone
from reminder.storage import tables
from reminder.storage.closed_relays import ClosedRelay, closed_relays
from reminder.storage.planning import PutOff, put_offs, read_service
from reminder.storage.standstill import NAMES as STANDSTILL

WAITING = ("pending", "claimed", "sending", "deferred", "uncertain")
"""States of a message that is still to be sent, by the service and not by a person."""
REFUSED = ("failed", "bounced")
"""States of a message that reached nobody and will not be tried again."""
URGENT_WITHIN = timedelta(days=7)
SERVICE = ("last_scan_at", "seal_head", "balance", "storm", "restored", *STANDSTILL)
"""The service's own values that tell how it stands."""


@dataclass(frozen=True, slots=True)
class Late:
    """What should have left by now: how much, how much of it urgent, and since when."""

    number: int
    urgent: int
    """Of things due within ``URGENT_WITHIN``, or overdue."""
    since: datetime | None
    """The oldest's time; None where there is none."""


@dataclass(frozen=True, slots=True)
class StoredStatus:
    """What the database says at one instant."""

    open_deadlines: int
    unscanned: int
    """Deadlines whose day has come and that no scan has looked at yet."""
    due_messages: int
    """Messages whose time has come and that were not sent, whatever the reason."""
    oldest_due_at: datetime | None
    messages: dict[str, int]
    last_scan_at: datetime | None
    next_due_on: date | None
    findings: dict[str, int]
    """Open ones by code."""
    untold: int = 0
    """Mails that were refused for good, about deadlines that nobody was told of since."""
    held_for: dict[str, int] = field(default_factory=dict)
    """Held messages by why they are held."""
    next_repeat_at: datetime | None = None
    """When the first uncertain message is sent once more; None without one."""
    closed_relays: list[ClosedRelay] = field(default_factory=list)
    put_offs: list[PutOff] = field(default_factory=list)
    service: dict[str, str] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    """Open findings by how grave they are."""

    @property
    def due_unsent(self) -> int:
        """Everything that should have left by now."""
        return self.unscanned + self.due_messages


def read_status(connection: Connection, now: datetime) -> StoredStatus:
    """The status at *now*."""
    deadlines, messages = tables.deadlines.c, tables.messages.c
    is_open = deadlines.status == "open"
    service = read_service(connection, *SERVICE)
    last_scan = service.get("last_scan_at")
    last_scan_at = datetime.fromisoformat(last_scan) if last_scan else None
    unscanned = load_unscanned(connection, now, last_scan_at)
    due_messages = load_due_messages(connection, now)
    since = [late.since for late in (unscanned, due_messages) if late.since is not None]
    return StoredStatus(
        open_deadlines=connection.scalar(
            select(func.count()).select_from(tables.deadlines).where(is_open)
        )
        or 0,
        unscanned=unscanned.number,
        due_messages=due_messages.number,
        oldest_due_at=min(since, default=None),
        messages=_counts(connection, select(messages.state, func.count()).group_by(messages.state)),
        last_scan_at=last_scan_at,
        next_due_on=connection.scalar(
            select(func.min(deadlines.next_on)).where(is_open, deadlines.next_on.is_not(None))
        ),
        findings=_by_code(connection),
        severities=_counts(
            connection,
            select(deadlines.severity, func.count())
            .where(deadlines.kind == "finding", is_open)
            .group_by(deadlines.severity),
        ),
        untold=_untold(connection),
        held_for=_counts(
            connection,
            select(messages.held_for, func.count())
            .where(tables.UNFINISHED, messages.state == "held")
            .group_by(messages.held_for),
        ),
        next_repeat_at=connection.scalar(
            select(func.min(messages.next_try_at)).where(
                tables.UNFINISHED, messages.state == "uncertain"
            )
        ),
        closed_relays=closed_relays(connection),
        put_offs=put_offs(connection),
        service=service,
    )


def read_waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many messages wait for a later time, such as a send window, and the first one's."""
    messages = tables.messages.c
    count, first = connection.execute(
        select(func.count(), func.min(messages.next_try_at)).where(
            tables.UNFINISHED,
            messages.state.in_(("pending", "deferred")),
            messages.next_try_at > now,
        )
    ).one()
    return count, first


def _by_code(connection: Connection) -> dict[str, int]:
    """The open findings by code; what follows a colon in a key tells several of one code apart."""
    deadlines = tables.deadlines.c
    found: dict[str, int] = {}
    keys = _counts(
        connection,
        select(deadlines.key, func.count())
        .where(deadlines.kind == "finding", deadlines.status == "open")
        .group_by(deadlines.key),
    )
    for key, number in keys.items():
        code = key.partition(":")[0]
        found[code] = found.get(code, 0) + number
    return found


def _untold(connection: Connection) -> int:
    """A refused mail is over, but its matter is not: it counts until somebody was told of it.

    Closing or re-dating the deadline ends it too.
    """
    messages, notices, deadlines = tables.messages, tables.notices, tables.deadlines
    later, told = messages.alias(), notices.alias()
    was_told_later = (
        select(told.c.id)
        .join(later, later.c.message_id == told.c.message_id)
        .where(
            told.c.deadline_id == notices.c.deadline_id,
            told.c.epoch == notices.c.epoch,
            later.c.state == "sent",
            later.c.created_at >= messages.c.created_at,
        )
        .exists()
    )
    return (
        connection.scalar(
            select(func.count(messages.c.message_id.distinct()))
            .join(notices, notices.c.message_id == messages.c.message_id)
            .join(deadlines, deadlines.c.id == notices.c.deadline_id)
            .where(
                or_(
                    messages.c.untold,
                    and_(messages.c.state.in_(REFUSED), ~was_told_later),
                ),
                deadlines.c.status == "open",
                deadlines.c.epoch == notices.c.epoch,
            )
        )
        or 0
    )


def _counts(connection: Connection, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in sorted(connection.execute(query))}


def load_unscanned(connection: Connection, now: datetime, last_scan_at: datetime | None) -> Late:
    """Rows of the index that a scan reads; normally none a few minutes after midnight."""
    deadlines = tables.deadlines.c
    # Written out, so that the partial index is seen to apply.
    is_open = deadlines.status == literal("open", literal_execute=True)
    zones = connection.scalars(
        select(deadlines.timezone).where(is_open, deadlines.next_on.is_not(None)).distinct()
    ).all()
    total, urgent, since = 0, 0, None
    for name in zones:
        today = local_date(now, name)
        is_urgent = case((deadlines.due_on <= today + URGENT_WITHIN, 1), else_=0)
        number, near, first = connection.execute(
            select(func.count(), func.sum(is_urgent), func.min(_late_since())).where(
                is_open, deadlines.timezone == name, deadlines.next_on <= today
            )
        ).one()
        if number:
            began = datetime.combine(first, time(), zone(name))
            began = began if last_scan_at is None else max(began, last_scan_at)
            since = began if since is None else min(since, began)
            total, urgent = total + number, urgent + near
    return Late(total, urgent, since)


def _late_since() -> ColumnElement[date]:
    """The day of the rule, or of entry: a register imported today may hold days long past."""
    deadlines = tables.deadlines.c
    return case(
        (deadlines.next_on > deadlines.entered_on, deadlines.next_on), else_=deadlines.entered_on
    )


def load_due_messages(connection: Connection, now: datetime) -> Late:
    """Unfinished messages that are past their time, and since when the oldest one is.

    One that was tried counts from its first attempt: that its next one is still to come does
    not make it less late. So does one that still is pending because the relay was down.
    """
    messages, attempts = tables.messages.c, tables.attempts.c
    first_try = (
        select(func.min(attempts.started_at))
        .where(attempts.message_id == messages.message_id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            first_try.label("tried"),
            messages.next_try_at,
            messages.created_at,
            messages.due_on,
            messages.timezone,
        ).where(
            tables.UNFINISHED,
            messages.state.in_(WAITING),
            or_(
                messages.state != "pending",
                first_try.is_not(None),
                messages.next_try_at.is_(None),
                messages.next_try_at <= now,
            ),
        )
    ).all()
    since = [row.tried or row.next_try_at or row.created_at for row in rows]
    urgent = sum(
        row.due_on is not None
        and row.due_on <= local_date(now, known_zone(row.timezone, "UTC")) + URGENT_WITHIN
        for row in rows
    )
    return Late(len(rows), urgent, min(since, default=None))
