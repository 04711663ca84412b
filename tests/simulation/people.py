"""People: what the admin decides about messages that wait for a decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from reminder.storage.answers import Person, assume_sent, discard, release, resend
from reminder.storage.held import ids_of_storm, load_held
from reminder.storage.leases import HeldFor

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Connection

    from reminder.storage.held import HeldMessage

ADMIN = Person("admin@biro.example.go.id", "simulated")


@dataclass
class Orders:
    """The orders given, which explain copies that nobody else may make."""

    rng: Random
    sent_again: Counter[str] = field(default_factory=Counter)
    assumed: set[str] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)

    def decide_one(self, connection: Connection, now: datetime) -> str:
        """Answer one message, or a storm; what was done in words, empty where nothing waits."""
        storm = ids_of_storm(connection)
        if storm:
            return self._storm(connection, storm, now)
        waiting = load_held(connection)
        return self._answer(connection, self.rng.choice(waiting), now) if waiting else ""

    def decide_all(self, connection: Connection, now: datetime) -> None:
        """Answer everything that waits."""
        if storm := ids_of_storm(connection):
            self._storm(connection, storm, now)
        for message in load_held(connection):
            self._answer(connection, message, now)

    def _storm(self, connection: Connection, ids: list[str], now: datetime) -> str:
        if self.rng.random() < 0.8:
            release(connection, ids, ADMIN, now)
            return f"released a storm of {len(ids)}"
        discard(connection, ids, ADMIN, now)
        self.discarded.update(ids)
        return f"discarded a storm of {len(ids)}"

    def _answer(self, connection: Connection, message: HeldMessage, now: datetime) -> str:
        ids = [message.message_id]
        is_unknown = (
            message.state == "uncertain"
            or message.held_for == HeldFor.UNCERTAIN
            or message.possible_duplicate
        )
        answer = self.rng.choice(
            ("resend", "assume", "discard") if is_unknown else ("release", "resend", "discard")
        )
        if answer == "assume":
            assume_sent(connection, ids, ADMIN, now)
            self.assumed.update(ids)
        elif answer == "discard":
            discard(connection, ids, ADMIN, now)
            self.discarded.update(ids)
        else:
            (resend if answer == "resend" else release)(connection, ids, ADMIN, now)
            self.sent_again.update(ids)
        return f"{answer} {message.message_id}"
