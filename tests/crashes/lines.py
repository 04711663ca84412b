"""The line killer: one delivery of one message, ended at any of the lines of ours that it runs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from jobs.scan import scan
from reminder.storage.engine import Database
from tests.crashes import workers
from tests.crashes.invariants import broken, changed_ends
from tests.crashes.killers import DIED
from tests.crashes.office import copy_of, make_template
from tests.crashes.schedules import Restart
from tests.crashes.trials import BEGINS_AT, go_on, record_of
from tests.outboxes import Outbox
from tests.smtp_server import SmtpServer, Stored


@dataclass(frozen=True)
class Ending:
    """What came of a delivery that was ended at one line."""

    copies: str
    """Those at the relay when all was settled."""
    wrong: tuple[str, ...] = ()
    """What did not hold."""


@dataclass(frozen=True)
class LineTrials:
    """Deliveries of one message that waits in *template*, each in a folder of its own."""

    template: Path
    folder: Path

    @classmethod
    def prepared(cls, folder: Path) -> LineTrials:
        """With a database made for them."""
        template = make_template(folder, 1)
        with closing(Database(f"sqlite:///{template}")) as database:
            scan(Outbox(database, None).context(BEGINS_AT))
        return cls(template, folder)

    def count(self) -> int:
        """How many lines of ours run from the claim to the recorded verdict."""
        folder = self.folder / "count"
        folder.mkdir()
        with SmtpServer(folder) as server:
            place = copy_of(self.template, folder / "home", server.port)
            status = workers.run(workers.deliver_over_one_connection, place, BEGINS_AT, None)
            assert (status, len(server.mails)) == (0, 1)
        return workers.lines_run(place)

    def killed_at(self, line: int) -> Ending:
        """End one delivery there, and let the next worker go on when the lease is over."""
        folder = self.folder / f"line-{line}"
        folder.mkdir()
        with SmtpServer(folder) as server:
            place = copy_of(self.template, folder / "home", server.port)
            status = workers.run(workers.deliver_over_one_connection, place, BEGINS_AT, line)
            if status != DIED:
                return Ending("", (f"it was not killed, but ended with {status}",))
            before = record_of(place)
            if problem := go_on(place, Restart.AFTER_LEASE):
                return Ending("", (problem,))
            after, mails = record_of(place), list(server.mails)
        shutil.rmtree(folder)
        wrong = [*broken(after, mails), *changed_ends(before, after)]
        return Ending(_in_words(mails), tuple(wrong))


def _in_words(mails: Sequence[Stored]) -> str:
    marks = sorted("marked" if mail.is_marked else "unmarked" for mail in mails)
    return " and ".join(reversed(marks)) or "none"
