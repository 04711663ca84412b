"""A service whose workers are killed or frozen, on one database, with one message to send."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reminder.crash_points import CrashPoint
from tests.crashes import workers
from tests.crashes.invariants import broken
from tests.crashes.killers import DIED, At
from tests.crashes.office import Place, set_up
from tests.crashes.trials import BEGINS_AT, record_of
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from reminder.storage.engine import Database


@dataclass(frozen=True)
class Service:
    """One office, one message to send, and a relay whose store is the oracle."""

    place: Place
    server: SmtpServer

    @classmethod
    def on(cls, database: Database, folder: Path, server: SmtpServer) -> Service:
        """With its office put into that database."""
        set_up(database, 1)
        return cls(place_of(database, folder, server), server)

    def killed_at(self, point: CrashPoint, now: datetime = BEGINS_AT) -> None:
        """Let a worker run from that instant until it is killed."""
        assert workers.run(workers.settle, self.place, now, At(point)) == DIED

    def settled(self, now: datetime | None = None) -> None:
        """Let the next one go on to the end, and see that nothing is lost or repeated unmarked."""
        after = now or workers.last_instant(self.place) + timedelta(seconds=1)
        assert workers.run(workers.settle, self.place, after) == 0
        assert broken(record_of(self.place), self.server.mails) == []

    def attempts(self) -> list[tuple[object, ...]]:
        """Verdict and mark of each."""
        outbox = self.place.outbox()
        with closing(outbox.database):
            return outbox.attempts("verdict", "possible_duplicate")

    def states(self) -> list[str]:
        """Of all messages."""
        outbox = self.place.outbox()
        with closing(outbox.database):
            return outbox.states()


def place_of(database: Database, folder: Path, server: SmtpServer) -> Place:
    """Where workers find it all."""
    home = folder / "home"
    home.mkdir()
    return Place(database.url.render_as_string(hide_password=False), home, server.port)
