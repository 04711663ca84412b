"""A process of the service: its connection to the database, its journal, its life and death."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from jobs.context import JobContext
from reminder.mail.journal import OutcomeJournal
from reminder.storage.engine import Database
from tests.stored import make_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from structlog.typing import EventDict

    from reminder.policy import Policy
    from tests.simulation.clock import SimClock


class WroteAfterDeath(BaseException):
    """Code of a dead process went on to write: a ``finally`` that does too much."""


class SimDatabase(Database):
    """The database as processes have it: it can fail, and the dead write nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_dead = False
        """Whether the process died; the next one brings its statements compiled along."""
        self.fails_in: int | None = None
        """The write transaction that fails, counted from the next one, which is 1."""
        self.has_failed = False

    @contextmanager
    def write(self, *, waits: float | None = None) -> Iterator[Connection]:
        if self.is_dead:
            raise WroteAfterDeath
        if self.fails_in is not None:
            self.fails_in -= 1
            if self.fails_in == 0:
                self.fails_in, self.has_failed = None, True
                raise OperationalError("BEGIN", None, Exception("disk I/O error"))
        with super().write(waits=waits) as connection:
            yield connection


class Process:
    """The service, or the desk of the admin: it lives, dies and starts again on one home."""

    def __init__(self, home: Path, file: Path, policy: Policy, clock: SimClock) -> None:
        self.database = SimDatabase(f"sqlite:///{file}")
        self.errors: list[str] = []
        """Errors that the service logged, by name."""
        settings = make_settings(
            mail_url="smtp://127.0.0.1:25", mail_from="Pengingat <pengingat@example.go.id>"
        )
        log = structlog.wrap_logger(
            structlog.PrintLogger(),
            processors=[self._note],
            wrapper_class=structlog.make_filtering_bound_logger("error"),
        )
        settings = replace(settings, home=home)
        self.context = JobContext(settings, policy, self.database, clock, log)
        self.start()

    def start(self) -> None:
        """A new life: what the last one left is in the database and in the journal."""
        self.database.is_dead = False
        self.journal = OutcomeJournal(self.context.settings.home / "var")
        self.context = replace(self.context, journal=self.journal)

    def die(self) -> None:
        """Write nothing from now on, whatever is still to be unwound."""
        self.database.is_dead = True

    def end(self) -> None:
        """Give back what the system gave, as the system does when a process ends."""
        self.database.is_dead = True
        self.journal.close()

    def _note(self, _logger: object, _name: str, event: EventDict) -> EventDict:
        self.errors.append(str(event["event"]))
        raise structlog.DropEvent
