"""The judge: the invariants of reliability 2.1, held against the relay and the model.

It watches every copy as it is taken, every change of a state, every day's notices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, select

from reminder.notices import is_succession
from reminder.storage import tables
from tests.simulation.moves import Move, Moves

if TYPE_CHECKING:
    from reminder.storage.engine import Database
    from tests.model import Told
    from tests.simulation.relay import Copy
    from tests.simulation.told import Matter, ToldModel

FINAL = frozenset({"sent", "failed", "bounced", "suppressed", "superseded"})
_notices, _deadlines, _messages = tables.notices, tables.deadlines, tables.messages
_attempts, _contents = tables.attempts, tables.contents
_IDENTITY = ("deadline_id", "epoch", "lead_time", "role", "recipient")
_STANDING = [
    *(_notices.c[name] for name in ("agreement", "due_on", "stopped_at", *_IDENTITY)),
    *(_deadlines.c[name] for name in ("kind", "key", "status")),
    (_deadlines.c.epoch == _notices.c.epoch).label("is_current"),
]


@dataclass
class Judge:
    """Sees what the database says and what the relay took; remembers what was violated."""

    database: Database
    model: ToldModel
    is_over: Callable[[Matter], bool] = lambda _matter: False
    """Whether people closed that or moved it to another date, by the register's facts."""
    violations: list[str] = field(default_factory=list)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    successions: int = 0
    _told_by: dict[tuple[object, ...], str] = field(default_factory=dict)
    _last_notice: int = 0
    _told_before: int = 0
    _state_of: dict[str, str] = field(default_factory=dict)
    _doubted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._moves = Moves(self.database)

    def object(self, at: datetime, text: str) -> None:
        """Something is wrong."""
        self.violations.append(f"{at:%Y-%m-%d %H:%M:%S} {text}")

    # --- as it happens

    def see_copy(self, copy: Copy) -> None:
        """I-7: nothing is dotted about what was closed or re-dated before the intent."""
        with self.database.read() as connection:
            message = connection.execute(
                select(_messages.c.kind, _messages.c.possible_duplicate, _messages.c.state).where(
                    _messages.c.message_id == copy.message_id
                )
            ).one()
            rows = connection.execute(
                select(*_STANDING)
                .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
                .join(_contents, _contents.c.message_id == _notices.c.message_id)
                .where(
                    _notices.c.message_id == copy.message_id,
                    _notices.c.stopped_at.is_(None) | (_notices.c.stopped_at > _contents.c.date),
                )
            ).all()
        if message.kind == "admin":
            return
        if message.state != "sending":
            self.object(copy.at, f"I-1: {copy.message_id} was dotted while {message.state}")
        self._check_repeats(copy, rows)
        live = [row for row in rows if self._is_live(row)]
        needed = 1 if message.possible_duplicate else max(1, len(rows))
        if len(live) < needed:
            stale = [tuple(row) for row in rows if row not in live]
            self.object(copy.at, f"I-7: {copy.message_id} was dotted for what is over: {stale}")

    def _check_repeats(self, copy: Copy, rows: Sequence[Row[Any]]) -> None:
        """I-11 at the relay: nobody is told the same by two different mails."""
        for row in rows:
            notice = tuple(getattr(row, name) for name in _IDENTITY)
            first = self._told_by.setdefault(notice, copy.message_id)
            if first != copy.message_id:
                text = f"{copy.message_id} tells what {first} told: {row.agreement} {notice}"
                self.object(copy.at, f"I-11: {text}")

    def _is_live(self, row: Row[Any]) -> bool:
        matter = (row.agreement, row.kind, row.key, row.due_on)
        is_open = row.stopped_at is None and row.status == "open" and row.is_current
        return bool(is_open) and not self.is_over(matter)

    def see_moves(self, at: datetime) -> Sequence[Move]:
        """I-9: a final state is final; and who is in doubt a second time asks a person."""
        news = self._moves.news()
        for move in news:
            self.moves[move.was, move.became] += 1
            self.states[move.became] += 1
            before = self._state_of.get(move.message_id, "")
            if before != move.was:
                self.object(at, f"I-9: {move.message_id} was {before}, not {move.was}")
            if move.was in FINAL and (move.was, move.became) != ("sent", "bounced"):
                self.object(at, f"I-9: {move.message_id} went from {move.was} to {move.became}")
            if move.became == "uncertain":
                if move.message_id in self._doubted:
                    self.object(at, f"I-2: {move.message_id} is in doubt again, and is not held")
                self._doubted.add(move.message_id)
            self._state_of[move.message_id] = move.became
        return news

    def see_rest(self, at: datetime) -> None:
        """I-14: days after all trouble ended nothing waits but for a person, or for an opening."""
        query = select(_messages.c.message_id, _messages.c.state).where(
            tables.UNFINISHED,
            _messages.c.state != "held",
            _messages.c.next_try_at.is_(None) | (_messages.c.next_try_at < at - timedelta(days=1)),
        )
        with self.database.read() as connection:
            for message_id, state in connection.execute(query):
                self.object(at, f"I-14: {message_id} is left {state}, and nobody sees to it")

    # --- after each run

    def compare_notices(self, at: datetime) -> None:
        """What the scans made since the last time is what the model says, no more and no less."""
        names = (
            "id",
            "agreement",
            "due_on",
            "lead_time",
            "recipient",
            "role",
            "made_on",
            "made_at",
        )
        with self.database.read() as connection:
            rows = connection.execute(
                select(
                    *(_notices.c[name] for name in names),
                    *(_notices.c[name] for name in ("fallback", "deadline_id", "epoch")),
                    *(_deadlines.c[name] for name in ("kind", "key", "bureau")),
                )
                .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
                .where(_notices.c.id > self._last_notice)
                .order_by(_notices.c.id)
            ).all()
        made: list[Told] = []
        for row in rows:
            unreached = self._unreached(row) if is_succession(row.fallback) else set[str]()
            # Without anybody who was told in vain a scan has passed over an address that is gone.
            if unreached:
                self.successions += 1
                self._check_successor(at, row, unreached)
                continue
            made.append(
                (row.agreement, row.kind, row.key, row.due_on, row.lead_time, row.recipient,
                 row.role, row.made_on)
            )  # fmt: skip
        self._last_notice = max([self._last_notice, *(row.id for row in rows)])
        told = self.model.told[self._told_before :]
        self._told_before = len(self.model.told)
        for missing in sorted((Counter(told) - Counter(made)).elements()):
            self.object(at, f"I-1: not told: {missing}")
        for extra in sorted((Counter(made) - Counter(told)).elements()):
            self.object(at, f"told without need: {extra}")

    def _check_successor(self, at: datetime, row: Row[Any], unreached: set[str]) -> None:
        """Who is told in the stead of others, whose mail failed, is who is next in line."""
        self.model.gone_by = row.made_at
        line = self.model.line(row.bureau, row.role, row.made_on)
        left = ([email for email in place if email not in unreached] for place in line)
        following = next((place for place in left if place), [])
        if row.recipient not in following:
            self.object(at, f"{row.recipient} is not next in line, {following} are: {tuple(row)}")

    def see_dead(self, at: datetime) -> None:
        """Who is gone by now: only whom relays refused for good, twice with a day between."""
        dead = tables.dead_addresses
        with self.database.read() as connection:
            for email, since in connection.execute(select(dead.c.email, dead.c.at)):
                if email in self.model.dead:
                    continue
                self.model.dead[email] = since
                refused = connection.execute(
                    select(func.min(_attempts.c.ended_at), func.max(_attempts.c.ended_at))
                    .join(_messages, _messages.c.message_id == _attempts.c.message_id)
                    .where(
                        _messages.c.recipient == email,
                        _attempts.c.phase == "rcpt",
                        _attempts.c.verdict == "failed",
                        _attempts.c.ended_at <= since,
                    )
                ).one()
                if None in refused or refused[1] - refused[0] < timedelta(hours=24):
                    self.object(at, f"{email} is called gone, and was refused {tuple(refused)}")
        self.model.gone_by = at

    def _unreached(self, row: Row[Any]) -> set[str]:
        with self.database.read() as connection:
            query = (
                select(_notices.c.recipient)
                .join(_messages, _messages.c.message_id == _notices.c.message_id)
                .where(
                    *(_notices.c[name] == getattr(row, name) for name in _IDENTITY[:-1]),
                    _messages.c.state.in_(("failed", "bounced", "suppressed")),
                    _notices.c.id < row.id,
                )
            )
            return set(connection.execute(query).scalars())
