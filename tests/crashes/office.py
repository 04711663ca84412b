"""The office whose mails are sent while its workers are killed: who is told of what, and where.

Each agreement has a bureau of its own with an officer and a head, so that each message has a
recipient of its own, and somebody who is told where the officer's mail is refused.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from reminder.storage.engine import Database
from reminder.storage.schema import upgrade
from tests.factories import make_agreement, make_bureau, make_contact
from tests.outboxes import Outbox

ZONES = ("Asia/Jakarta", "Asia/Makassar")
"""A scan commits once for each zone."""


@dataclass(frozen=True)
class Place:
    """Where one trial happens: its database, its home, and the port of its relay."""

    url: str
    home: Path
    port: int

    def outbox(self) -> Outbox:
        """The office's outbox as it is now, for the process that asks. The caller closes it."""
        outbox = Outbox(Database(self.url), None, home=self.home)
        outbox.settings = replace(outbox.settings, mail_url=f"smtp://127.0.0.1:{self.port}")
        return outbox


def officer(number: int) -> str:
    """The address that the message about an agreement goes to."""
    return f"petugas-{number}@biro.example.go.id"


def set_up(database: Database, agreements: int) -> Outbox:
    """Put the office into a migrated database; nobody has been told of anything yet."""
    outbox = Outbox(database, None)
    for number in range(agreements):
        bureau, zone = f"B-{number:02}", ZONES[number % len(ZONES)]
        outbox.put(
            make_bureau(bureau, timezone=zone),
            make_contact(officer(number), bureau=bureau, name=f"Petugas {number}"),
            make_contact(f"kepala-{number}@biro.example.go.id", bureau=bureau, role="head"),
            make_agreement(f"A-{number}", bureau=bureau),
        )
    return outbox


def make_template(folder: Path, agreements: int) -> Path:
    """A SQLite database with the office in it, to be copied for each trial."""
    file = folder / f"office-{agreements}.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    set_up(database, agreements)
    database.close()
    return file


def copy_of(template: Path, folder: Path, port: int) -> Place:
    """A place of its own with what is in *template*."""
    folder.mkdir()
    file = folder / "reminder.db"
    shutil.copyfile(template, file)
    return Place(f"sqlite:///{file}", folder, port)
