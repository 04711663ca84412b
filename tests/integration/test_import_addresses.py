"""X-26 to X-32: addresses in a register, stored as they go over the wire or refused by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jobs.importing import import_files
from reminder.storage import tables
from tests.registers import BUREAUS, context_for, csv_text, refused, write_files

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database


@pytest.fixture
def context(sqlite_database: Database, tmp_path: Path) -> JobContext:
    return context_for(sqlite_database, tmp_path)


def _folder(tmp_path: Path, *addresses: str) -> Path:
    rows = [[address, "B-01", "officer"] for address in addresses]
    contacts = csv_text(["email", "bureau", "role"], rows)
    return write_files(tmp_path / "in", {"bureaus": BUREAUS, "contacts": contacts})


HOSTILE = [
    "a@b@c", '"a b"@x.id', "a@[127.0.0.1]", "a@x.id,b@x.id", "a@x.id; b@x.id",
    "<a@x.id> NOTIFY=NEVER", "a@x.id>\r\nRCPT TO:<b@x.id", "-oQ@x.id",
    "a" * 65 + "@x.id", "a@" + "b." * 126 + "id", "a@" + "b" * 64 + ".id",
    "a@xn--zz--",
    "a@x.id.", "a@localhost", "a@x",
    "undisclosed:;", "a" + "(" * 2000 + ")" * 2000 + "@x.id", '"A \\" B" <a@x.id>',
    "=?utf-8?q?a=40b?=@x.id",
]  # fmt: skip


def test_every_hostile_address_is_refused_by_its_row(context: JobContext, tmp_path: Path) -> None:
    problems = refused(context, _folder(tmp_path, "good@x.id", *HOSTILE))
    lines = {problem.line for problem in problems if problem.key == "email"}
    assert len(lines) == len(problems) == len(HOSTILE)
    assert all(problem.file == "contacts.csv" for problem in problems)
    with context.database.read() as connection:
        assert not list(connection.scalars(select(tables.contacts.c.email)))


@pytest.mark.parametrize(
    ("written", "stored", "warning"),
    [
        pytest.param("ünï@x.id", "ünï@x.id", "SMTPUTF8", id="X-29: local part beyond ASCII"),
        pytest.param("a@bücher.example", "a@xn--bcher-kva.example", "domain", id="X-29: IDN"),
        pytest.param("postmaster@x.id", "postmaster@x.id", "nobody reads", id="X-30: postmaster"),
        pytest.param("noreply@x.id", "noreply@x.id", "nobody reads", id="X-30: noreply"),
        pytest.param("a@null-mx.example", "a@null-mx.example", None, id="X-31: null MX"),
    ],
)
def test_doubtful_address_is_stored_with_a_warning(
    context: JobContext, tmp_path: Path, written: str, stored: str, warning: str | None
) -> None:
    report = import_files(context, [_folder(tmp_path, written)])
    with context.database.read() as connection:
        assert list(connection.scalars(select(tables.contacts.c.email))) == [stored]
    assert [warning is not None and warning in str(found) for found in report.warnings] == (
        [True] if warning else []
    )


def test_own_address_of_the_service_is_warned_of(
    sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("REMINDER_MAIL_FROM=Pengingat <pengingat@x.id>\n")
    (tmp_path / ".env").chmod(0o600)
    context = context_for(sqlite_database, tmp_path)
    report = import_files(context, [_folder(tmp_path, "pengingat@x.id")])
    assert "the address that this service sends from" in str(report.warnings[0])


def test_same_mailbox_twice_in_one_role_is_refused(context: JobContext, tmp_path: Path) -> None:
    (problem,) = refused(context, _folder(tmp_path, "a@x.id", "A@X.ID"))
    assert "contacts.csv:2" in problem.message
