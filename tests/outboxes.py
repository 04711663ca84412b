"""An office with agreements whose notices are made, and its delivery at chosen instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from jobs.deliver import DeliverReport, deliver
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage import tables
from tests.factories import make_agreement
from tests.fakes import SENT, RecordingTransport
from tests.stored import World, at, make_office, make_policy, make_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from email.message import Message

    from jobs.context import JobContext
    from reminder.mail.transport import Outcome, OutgoingMail, Transport
    from reminder.policy import Policy
    from reminder.storage.engine import Database

MADE = "2026-05-01"
"""The Friday, 30 days before the due date, on which the notices are made."""


class Outbox(World):
    """Agreements ``A-0``, ``A-1``, ... that end on 2026-05-31, each with its notice H-30."""

    def __init__(
        self,
        database: Database,
        count: int | None = 1,
        policy: Policy | None = None,
        home: Path | None = None,
        **settings: str,
    ) -> None:
        """*count* None takes a database as another process has left it; *home* None makes one."""
        super().__init__(database, policy or make_policy(digest_above=100_000))
        self.settings = replace(
            make_settings(
                mail_url="smtp://127.0.0.1:25",
                mail_from="Pengingat <pengingat@example.go.id>",
                **settings,
            ),
            home=home or self.home,
        )
        if count is None:
            return
        self.put(*make_office())
        self.put(*(make_agreement(f"A-{number}") for number in range(count)))
        self.scan(MADE)

    def context(self, now: datetime) -> JobContext:
        """With settings that can send."""
        return replace(super().context(now), settings=self.settings)

    def deliver(
        self,
        now: str | datetime,
        *outcomes: Outcome,
        transport: Transport | None = None,
        limit: int | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> DeliverReport:
        """One delivery, at nine in the morning where only a day is given."""
        instant = at(*now.split()) if isinstance(now, str) else now
        self.transport = RecordingTransport(outcomes or (SENT,))
        return deliver(self.context(instant), transport or self.transport, limit=limit, stop=stop)

    def change(self, **values: object) -> None:
        """Put these values into every message."""
        with self.database.write() as connection:
            connection.execute(update(tables.messages).values(values))

    def states(self) -> list[str]:
        """The state of every message, sorted."""
        return self.message_values("state")

    def message(self, *names: str) -> Any:
        """Columns of the only message that is not superseded."""
        rows = self.rows(tables.messages, "state", *names)
        (row,) = [row[1:] for row in rows if row[0] != "superseded"]
        return row[0] if len(names) == 1 else row

    def message_values(self, name: str) -> list[Any]:
        """One column of every message, sorted."""
        return [row[0] for row in self.messages(name)]

    def message_of(self, state: str, name: str) -> Any:
        """One column of the only message in that state."""
        (value,) = [row[1] for row in self.messages("state", name) if row[0] == state]
        return value

    def attempts(self, *names: str) -> list[tuple[Any, ...]]:
        """Phase, code and verdict of every attempt, or these columns."""
        return self.rows(tables.attempts, *(names or ("phase", "code", "verdict")))

    def events(self) -> list[str]:
        """The kinds of the events about messages."""
        return [kind for kind, of in self.rows(tables.events, "kind", "message_id") if of]


@lru_cache(maxsize=4)
def _renderer(folder: Path) -> Renderer:
    """Compiled once for all tests: that takes far longer than a delivery."""
    return Renderer(template_dirs(folder))


def parsed(mails: Iterable[OutgoingMail]) -> list[Message]:
    """The mails as a reader gets them."""
    return [message_from_bytes(mail.data) for mail in mails]
