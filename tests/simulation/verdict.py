"""The verdict at the end: every notice accounted for, every copy explained."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from reminder.storage import tables
from reminder.storage.history import SUCCESSION
from tests.simulation.relay import MARK

if TYPE_CHECKING:
    from sqlalchemy import Table

    from reminder.storage.engine import Database
    from tests.simulation.people import Orders
    from tests.simulation.relay import Copy, Relay

PAST_DATA = ("data", "body", "dot")
UNFINISHED = ("pending", "claimed", "sending", "deferred", "uncertain", "held")
LONGEST_CLOSED = timedelta(days=10)


@dataclass
class Verdict:
    """Compares all rows of the database with all that the relay took."""

    database: Database
    relay: Relay
    orders: Orders
    now: datetime
    known_sent: Mapping[str, int]
    """Messages that the outcome journal of a dead process knew to be sent, and their copies."""
    problems: list[str] = field(default_factory=list)
    lost: int = 0

    def give(self) -> None:
        """Look at everything once; the service is healed and has nothing left to do."""
        self.messages = {row.message_id: row for row in self._rows(tables.messages)}
        self.notices = self._rows(tables.notices)
        self.deadlines = {row.id: row for row in self._rows(tables.deadlines)}
        self.attempts: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for row in self._rows(tables.attempts):
            self.attempts[row.message_id].append(row)
        successions = (row for row in self._rows(tables.events) if row.kind == SUCCESSION)
        self.succeeded = {row.message_id for row in successions}
        for message in self.messages.values():
            self._judge_message(message)
        self._judge_notices()
        for message_id, copies in self.relay.copies.items():
            self._judge_copies(message_id, copies)
        self._judge_talks()

    @property
    def worst_delay(self) -> timedelta:
        """The longest time from making a message to its being taken."""
        times = (
            row.sent_at - row.created_at
            for row in self.messages.values()
            if row.sent_at is not None
        )
        return max(times, default=timedelta(0))

    def count(self, state: str) -> int:
        """How many messages are in that state."""
        return sum(row.state == state for row in self.messages.values())

    def _judge_message(self, message: Row[Any]) -> None:
        copies = self.relay.copies.get(message.message_id, [])
        name, state = message.message_id, message.state
        doubts = [one for one in self.attempts[name] if one.verdict == "uncertain"]
        if state in UNFINISHED and not self._has_just_begun(message):
            self._object(f"I-14: {name} is still {state} ({message.reason}) after the relay healed")
        if state == "sent" and not copies and name not in self.orders.assumed:
            self._object(f"I-1: {name} counts as sent and the relay never took it")
        if copies and state != "sent" and not doubts:
            self._object(
                f"I-1: the relay took {name}, which is {state}, and no attempt is in doubt"
            )
        if state in ("failed", "superseded", "suppressed") and not message.reason:
            self._object(f"I-1: {name} is {state} without a reason")
        if state == "failed" and message.untold:
            self._object(f"I-1: {name} failed and nobody was asked who is next in line")
        if state == "failed" and self._is_live(name) and name not in self.succeeded:
            self._object(f"I-1: {name} failed, and nobody was told in its stead")
        if message.lease_token is not None:
            self._object(f"I-6: {name} is {state} and somebody still holds it")

    def _is_live(self, message_id: str) -> bool:
        """Whether a message tells of something that is still open."""
        deadlines = self.deadlines
        return any(
            notice.message_id == message_id
            and notice.stopped_at is None
            and deadlines[notice.deadline_id].status == "open"
            and deadlines[notice.deadline_id].epoch == notice.epoch
            for notice in self.notices
        )

    def _has_just_begun(self, message: Row[Any]) -> bool:
        """Whether a message waits for the next opening of the send window, and no longer."""
        if message.state not in ("pending", "deferred") or message.next_try_at is None:
            return False
        return bool(self.now < message.next_try_at < message.created_at + LONGEST_CLOSED)

    def _judge_notices(self) -> None:
        live = Counter[tuple[object, ...]]()
        last: dict[tuple[int, int], int] = {}
        for notice in self.notices:
            key = (notice.deadline_id, notice.epoch)
            last[key] = max(last.get(key, 0), notice.id)
            if notice.stopped_at is None:
                live[*key, notice.lead_time, notice.role, notice.recipient] += 1
        for told, times in live.items():
            if times > 1:
                self._object(f"I-11: told {times} times: {told}")
        for notice in self.notices:
            why = self._why_lost(notice, last[notice.deadline_id, notice.epoch])
            if why:
                self.lost += 1
                self._object(f"I-1: lost, {why}: {tuple(notice)}")

    def _why_lost(self, notice: Row[Any], last_id: int) -> str:
        """Why a notice is neither sent nor over with a reason; empty where all is well."""
        message = self.messages[notice.message_id]
        if message.state in ("sent", "failed"):
            return ""
        if notice.stopped_at is None and self._has_just_begun(message):
            return ""
        if notice.stopped_at is None:
            return f"live in a message that is {message.state} ({message.reason})"
        deadline = self.deadlines[notice.deadline_id]
        is_over = deadline.epoch > notice.epoch or deadline.status != "open"
        is_right = {
            "superseded": last_id > notice.id,
            "redated": is_over,
            "met": is_over,
            "void": is_over,
            "discarded": message.message_id in self.orders.discarded,
        }
        if is_right.get(notice.stop_reason, False):
            return ""
        return f"stopped as {notice.stop_reason}, which is not so"

    def _judge_copies(self, message_id: str, copies: Sequence[Copy]) -> None:
        message = self.messages.get(message_id)
        if message is None:
            self._object(f"I-5: the relay took {message_id}, which nobody knows")
            return
        attempts = self.attempts[message_id]
        doubts = sum(one.verdict == "uncertain" for one in attempts)
        ordered = self.orders.sent_again[message_id]
        if len(copies) > self.known_sent.get(message_id, len(copies)) + ordered:
            self._object(f"I-2: the journal knew that {message_id} was sent, and it went again")
        if len(copies) > 1 + doubts + ordered or len(copies) > 2 + ordered:
            self._object(f"I-2: {len(copies)} copies of {message_id} with {doubts} in doubt")
        marked = sum(one.possible_duplicate for one in attempts)
        if not all(copy.is_marked for copy in copies[1:]) or marked < len(copies) - 1:
            self._object(f"I-3: a copy of {message_id} is not marked as a repeat")
        if len({_unmarked(copy.data) for copy in copies}) > 1:
            self._object(f"I-4: copies of {message_id} differ")
        wrong = {copy.recipient for copy in copies} - {message.recipient}
        if wrong:
            self._object(f"I-4: {message_id} is for {message.recipient} and went to {wrong}")

    def _judge_talks(self) -> None:
        """I-5: whatever reached DATA is on record, where its worker lived."""
        needed = Counter(
            talk.message_id
            for talk in self.relay.talks
            if talk.verdict is not None and talk.needs_record and talk.phase in PAST_DATA
        )
        for message_id, number in needed.items():
            if len(self.attempts[message_id]) < number:
                self._object(
                    f"I-5: {message_id} reached DATA {number} times and has "
                    f"{len(self.attempts[message_id])} attempts on record"
                )

    def _rows(self, table: Table) -> Sequence[Row[Any]]:
        with self.database.read() as connection:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

    def _object(self, text: str) -> None:
        self.problems.append(text)


def _unmarked(data: bytes) -> bytes:
    """A mail without the mark of a repeat; everything else must be the same to the byte."""
    head, separator, body = data.partition(b"\r\n\r\n")
    lines: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line.startswith(b" ") and lines:
            lines[-1] += b"\r\n" + line
        else:
            lines.append(line)
    kept = [line for line in lines if not (b"\r\n" + line).startswith(MARK)]
    return b"\r\n".join(kept) + separator + body
