"""An office whose digests are made at chosen instants, and what stands in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from jobs.digest import DigestReport, digest
from reminder.storage import tables
from tests.outboxes import Outbox
from tests.stored import at, make_office, make_policy

if TYPE_CHECKING:
    from reminder.policy import Policy
    from reminder.storage.engine import Database

WEEKLY = {"officer": "weekly"}
SEMESTER = {"head": "semester"}
DAILY = {"admin": "daily"}


class DigestOffice(Outbox):
    """A bureau with an officer, and no agreement yet."""

    def __init__(self, database: Database, policy: Policy | None = None, **changes: Any) -> None:
        """*changes* are those to the policy of ``make_policy``."""
        super().__init__(database, None, policy or make_policy(**changes))
        self.put(*make_office())

    def digest(self, now: str) -> DigestReport:
        """What is made at an instant in Jakarta, or at nine of a day."""
        return digest(self.context(at(*now.split())))

    def digest_at_once(self, now: str, number: int) -> None:
        """The same by so many threads at once, none of which may fail."""
        with ThreadPoolExecutor(number) as threads:
            for run in [threads.submit(self.digest, now) for _ in range(number)]:
                run.result(60)

    def change_policy(self, **changes: Any) -> None:
        """Put another policy into force, with the calendar of the one before."""
        changed = replace(self.policy, **changes)
        changed.__dict__["calendar"] = self.policy.calendar
        self.policy = changed

    def subjects(self, template: str) -> list[tuple[str, str]]:
        """Recipient and subject of every digest of a template, sorted."""
        return sorted((row.recipient, row.subject) for row in self._digests(template))

    def text(self, template: str, recipient: str = "") -> str:
        """The last one of a template, of one recipient if named, on one line."""
        rows = [row for row in self._digests(template) if recipient in ("", row.recipient)]
        return " ".join(rows[-1].text.split())

    def _digests(self, template: str) -> list[Any]:
        messages, contents = tables.messages, tables.contents
        query = (
            select(messages.c.recipient, contents.c.subject, contents.c.text)
            .join(contents, contents.c.message_id == messages.c.message_id)
            .where(messages.c.template == template)
            .order_by(messages.c.created_at, messages.c.recipient)
        )
        with self.database.read() as connection:
            return list(connection.execute(query))
