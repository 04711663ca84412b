"""Homes in which every agreement comes due at once, each to tell an officer of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.scan import scan
from reminder.cli.home import make_home
from tests.bench.homes import Home
from tests.bench.peers.sample import html, subject, text
from tests.bench.register import AGREEMENT, DUE_AT, FIRST_LEAD
from tests.installed import dates_only

if TYPE_CHECKING:
    from tests.postgres import Server

POLICY = """\
service: {name: Pengingat Kerja Sama Daerah, admin: [admin@biro.example.go.id]}
digest_above: 1000    # each officer has one notice, and gets it as a mail of its own
storm: none
limits: {per_recipient: none, per_relay: none}
digests: none
"""


def make_due_home(folder: Path, number: int, server: Server | None = None) -> Home:
    """A home with *number* agreements imported that all come due at ``DUE_AT``."""
    kind = "sqlite" if server is None else "postgresql"
    home = Home(folder / f"{kind}-due-{number}", server, f"bench_due_{number}")
    make_home(home.path)
    (home.path / "config" / "reminder.yaml").write_text(POLICY, encoding="utf-8")
    dates_only(home.path)
    home.create_database()
    register = folder / f"due-{number}"
    if not register.exists():
        _write_register(register, number)
    return replace(home, imported=home.run("import", str(register)))


def make_queued_home(folder: Path, number: int, server: Server | None = None) -> Home:
    """The same with its *number* messages made and none of them sent."""
    home = make_due_home(folder, number, server)
    with home.context(DUE_AT) as context:
        report = scan(context)
    assert report.messages == number, report
    home.settle()
    return home


def use_small_mail(home: Home) -> None:
    """Have the home send the mail that the peers send: 3.5 KB, no file for a calendar."""
    with (home.path / "config" / "reminder.yaml").open("a", encoding="utf-8") as file:
        file.write("mail: {calendar: none}\n")
    folder = home.path / "templates" / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    small = {
        "subject.txt.j2": subject("{{ ref }}"),
        "body.txt.j2": text("{{ ref }}"),
        "body.html.j2": html("{{ ref }}"),
    }
    for name, source in small.items():
        (folder / name).write_text(source, encoding="utf-8")


def _write_register(folder: Path, number: int) -> None:
    folder.mkdir(parents=True)
    indexes = range(number)
    _write(
        folder / "bureaus.csv",
        ("code", "name", "timezone", "language"),
        ((_code(index), f"Biro {index:05}", "Asia/Jakarta", "id") for index in indexes),
    )
    _write(
        folder / "contacts.csv",
        ("email", "bureau", "role", "name"),
        (
            (f"petugas.{index:05}@example.go.id", _code(index), "officer", f"Petugas {index:05}")
            for index in indexes
        ),
    )
    _write(folder / "agreements.csv", AGREEMENT, map(_agreement, indexes))


def _code(index: int) -> str:
    return f"B-{index:05}"


def _agreement(index: int) -> Sequence[str]:
    expires_on = DUE_AT.date() + timedelta(days=FIRST_LEAD)
    return (
        f"KSDPL/{index:06}",
        f"Kerja sama sister province dengan Queensland nomor {index}",
        "KSDPL",
        "MoU",
        _code(index),
        "Queensland",
        "Australia",
        str(expires_on.replace(year=expires_on.year - 5)),
        str(expires_on),
        "pendidikan",
        "UU 23/2014",
    )


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(header)
        writer.writerows(rows)
