"""Recovery: what a dead worker left behind, and mails whose verdict nobody knows.

No verdict comes from a dead worker: without an intent its message waits again, with one it
is uncertain. An uncertain message is repeated once, marked, or held for a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal, or_, select, update

from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.leases import MOST_CLAIMS, NO_LEASE, RESTING, HeldFor, hold
from reminder.storage.verdicts import Result, add_attempt

_messages = tables.messages
_IS_HELD = _messages.c.state.in_(("claimed", "sending"))

DIED_OFTEN = (
    f"the worker ended {MOST_CLAIMS} times while sending it, without any result; look at the "
    "log, then release or discard it"
)
TWICE_UNCERTAIN = (
    "no verdict came for the first copy nor for its repeat; ask the recipient, then write "
    "assume-sent or resend"
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many messages of dead workers wait again, are uncertain, or are held."""

    waiting: int = 0
    uncertain: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class UncertainMessage:
    """A message without a verdict whose rest is over."""

    message_id: str
    timezone: str
    was_repeated: bool
    rules: frozenset[str]
    """The rules of its notices; any of them may want a person to decide."""


def holders(connection: Connection, now: datetime) -> tuple[frozenset[str], bool]:
    """The workers that hold messages, and whether any lease has ended."""
    rows = connection.execute(
        select(_messages.c.worker, func.min(_messages.c.lease_until))
        .where(tables.UNFINISHED, _IS_HELD)
        .group_by(_messages.c.worker)
    ).all()
    workers = frozenset(worker for worker, _until in rows if worker)
    return workers, any(until is not None and until <= now for _worker, until in rows)


def recover(
    connection: Connection, now: datetime, rest: timedelta, gone: Collection[str] = ()
) -> Recovered:
    """Take messages back from leases that have ended, and from workers that are *gone*.

    *rest* is how long uncertain ones wait for their repeat.
    """
    is_dead = or_(_messages.c.lease_until <= now, _messages.c.worker.in_(gone))
    dead = connection.execute(
        select(
            _messages.c.message_id,
            _messages.c.state,
            _messages.c.claims,
            _messages.c.intent_at,
            _messages.c.worker,
            _messages.c.possible_duplicate,
        )
        .where(tables.UNFINISHED, _IS_HELD, is_dead)
        .with_for_update(skip_locked=True)
    ).all()
    became: list[str] = []
    for row in dead:
        if row.state == "sending":
            doubted = _doubt(row.possible_duplicate, row.intent_at or now, row.worker or "", now)
            add_attempt(connection, row.message_id, doubted, row.possible_duplicate)
            _store_doubt(connection, row.message_id, doubted, now + rest)
            add_event(
                connection,
                now,
                doubted.state,
                {"verdict": doubted.verdict, "phase": doubted.phase, "reason": doubted.reason},
                message_id=row.message_id,
            )
            became.append(doubted.state)
        elif row.claims >= MOST_CLAIMS:
            hold(connection, row.message_id, HeldFor.WORKER, DIED_OFTEN, now, state=row.state)
            became.append("held")
        else:
            connection.execute(
                update(_messages)
                .where(_messages.c.message_id == row.message_id)
                .values(state=RESTING, **NO_LEASE)
            )
            became.append("waiting")
    return Recovered(*(became.count(state) for state in ("waiting", "uncertain", "held")))


def load_rested(connection: Connection, now: datetime) -> list[UncertainMessage]:
    """Uncertain messages whose rest is over."""
    notices = tables.notices
    rows = connection.execute(
        select(
            _messages.c.message_id,
            _messages.c.timezone,
            _messages.c.possible_duplicate,
            notices.c.rule,
        )
        .outerjoin(notices, notices.c.message_id == _messages.c.message_id)
        .where(
            tables.UNFINISHED,
            _messages.c.state == "uncertain",
            _messages.c.next_try_at <= now,
        )
    ).all()
    rules: dict[str, set[str]] = {}
    for row in rows:
        rules.setdefault(row.message_id, set()).add(row.rule or "")
    found = {
        row.message_id: UncertainMessage(
            row.message_id,
            row.timezone,
            row.possible_duplicate,
            frozenset(rules[row.message_id]),
        )
        for row in rows
    }
    return list(found.values())


def repeat(connection: Connection, message_id: str, at: datetime, now: datetime) -> bool:
    """Let an uncertain message be sent once more, marked; False where it is so no longer."""
    changed = connection.execute(
        update(_messages)
        .where(
            _messages.c.message_id == message_id,
            _messages.c.state == "uncertain",
            _messages.c.possible_duplicate.is_(False),
        )
        .values(state="deferred", possible_duplicate=True, next_try_at=at)
    )
    if changed.rowcount == 1:
        add_event(connection, now, "repeat", {}, message_id=message_id)
    return changed.rowcount == 1


def _doubt(was_repeated: bool, intent_at: datetime, worker: str, now: datetime) -> Result:
    """The outcome of a worker that died after its intent: nobody knows."""
    return Result(
        state="held" if was_repeated else "uncertain",
        verdict="uncertain",
        phase="dot",
        code=None,
        enhanced="",
        text="the worker ended after its intent; whether the dot went out is not known",
        relay="",
        worker=worker,
        started_at=intent_at,
        ended_at=now,
        intent_at=intent_at,
        reason=TWICE_UNCERTAIN if was_repeated else "no verdict came; it is repeated once, marked",
        held_for=HeldFor.UNCERTAIN if was_repeated else "",
    )


def _store_doubt(
    connection: Connection, message_id: str, doubted: Result, rested_at: datetime
) -> None:
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message_id)
        .values(
            state=doubted.state,
            held_for=doubted.held_for,
            reason=doubted.reason,
            attempts=_messages.c.attempts + 1,
            claims=0,
            relay_faults=0,
            first_try_at=func.coalesce(
                _messages.c.first_try_at, literal(doubted.started_at, tables.Instant())
            ),
            next_try_at=rested_at if doubted.state == "uncertain" else None,
            **NO_LEASE,
        )
    )
