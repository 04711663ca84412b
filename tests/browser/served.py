"""A home whose mails of today wait in its Maildir, and its daemon, which serves the pages.

Every matter has a bureau of its own, so that each test answers a mail that no other one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.daemons import Daemon, served_on
from tests.installed import body_of, done, mails_of, rows_of, shown
from tests.registers import csv_text, write_files

if TYPE_CHECKING:
    from email.message import EmailMessage

NOW = "2026-07-20T09:00:00+07:00"
"""A Monday: 90 days before the agreements end, and eleven before the reports are due."""
EACH = 12
"""How many matters of a kind there are."""


class Matter(StrEnum):
    """What a mail is about; ``EXPIRY-3`` is the third agreement that ends."""

    EXPIRY = "EXPIRY"
    REPORT = "REPORT"
    FOLLOW_UP = "FOLLOWUP"


@dataclass
class Site:
    """A home that is served on ``port``."""

    home: Path
    port: int
    now: str
    _given: dict[Matter, int] = field(default_factory=dict)

    def next_matter(self, matter: Matter) -> str:
        """The name of one that nobody has answered."""
        number = self._given[matter] = self._given.get(matter, 0) + 1
        assert number <= EACH, "make more matters of that kind"
        return f"{matter}-{number}"

    def mail_about(self, name: str) -> EmailMessage:
        """The mail to the officer of that matter."""
        [mail] = [mail for mail in mails_of(self.home) if officer_of(name) in mail["To"]]
        return mail

    def answers(self, name: str) -> list[dict[str, Any]]:
        """What ``why`` says was answered about a matter, oldest first."""
        told = shown(self.home, "why", agreement_of(name), at=self.now)
        return [one for deadline in told["deadlines"] for one in deadline.get("responses", [])]

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that an answer could change."""
        tables = ("responses", "deadlines", "notices", "messages", "hand_overs", "action_grants")
        return {
            name: sorted(rows_of(self.home, f"SELECT * FROM {name}"), key=repr) for name in tables
        }


def officer_of(name: str) -> str:
    """The address of who is responsible for a matter."""
    return f"petugas.{name.lower()}@biro.example.go.id"


def agreement_of(name: str) -> str:
    """The agreement that a matter belongs to."""
    return f"KSD/{name}"


def html_of(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    return body_of(mail, "html")


@contextmanager
def served_home(
    home: Path, register: Mapping[str, str] | None = None, now: str = NOW
) -> Iterator[Site]:
    """Fill *home* with a register, by default that of the matters; send what is due *now*, each
    in a mail of its own; and serve it as long as the context lasts."""
    port = served_on(home)
    with (home / "config" / "reminder.yaml").open("a", encoding="utf-8") as file:
        file.write("storm: none\ndigest_above: 1000\nlimits: {per_recipient: none}\n")
    files = dict(_register()) if register is None else register
    done(home, "import", write_files(home.parent / "register", files), at=now)
    done(home, "once", at=now)
    with Daemon(home, at=now) as daemon:
        daemon.wait_logged("daemon_started")
        yield Site(home, port, now)
        daemon.stop()


def _register() -> Iterator[tuple[str, str]]:
    names = [f"{matter}-{number}" for matter in Matter for number in range(1, EACH + 1)]
    yield "bureaus", csv_text(("code", "name"), [(name, f"Biro {name}") for name in names])
    people = [
        row
        for name in names
        for row in (
            (officer_of(name), name, "officer", "Siti Rahma"),
            (f"kepala.{name.lower()}@biro.example.go.id", name, "head", "Budi Santoso"),
        )
    ]
    yield "contacts", csv_text(("email", "bureau", "role", "name"), people)
    columns = (
        "ref",
        "title",
        "kind",
        "bureau",
        "partner",
        "signed_on",
        "expires_on",
        "report_cycle",
    )
    ends = {Matter.EXPIRY: "2026-10-18"}
    cycles = {Matter.REPORT: "semester"}
    rows = []
    for name in names:
        matter = Matter(name.partition("-")[0])
        end, cycle = ends.get(matter, "2030-10-18"), cycles.get(matter, "none")
        title = f"Kerja sama pendidikan {name}"
        signed_on = "2020-10-18"
        rows.append((agreement_of(name), title, "KSDPL", name, "Queensland", signed_on, end, cycle))
    yield "agreements", csv_text(columns, rows)
    follow_ups = [
        (name, agreement_of(name), "Rapat evaluasi", f"Kirim daftar peserta {name}", "2026-07-24")
        for name in names
        if name.startswith(Matter.FOLLOW_UP)
    ]
    yield "follow_ups", csv_text(("id", "agreement", "meeting", "text", "due_on"), follow_ups)
