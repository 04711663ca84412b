"""X-11, X-18, X-23 and X-24: files that are not what they seem, read with bounded memory."""

from __future__ import annotations

import os
import socket
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jobs.importing import import_files
from reminder.storage import tables
from tests.registers import (
    AGREEMENTS,
    BUREAUS,
    SMALL,
    context_for,
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


def _refs(context: JobContext) -> list[str]:
    with context.database.read() as connection:
        return list(connection.scalars(select(tables.agreements.c.ref)))


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        pytest.param(BUREAUS.encode("utf-16"), "UTF-16", None, id="X-11: UTF-16 with BOM"),
        pytest.param(BUREAUS.encode("utf-16-le"), "UTF-16", None, id="X-11: UTF-16 without BOM"),
        pytest.param(BUREAUS.encode("utf-16-be"), "UTF-16", None, id="X-11: big-endian UTF-16"),
        pytest.param(
            BUREAUS.encode() + b"B-02,Biro Sekretariat D\xe9sa,,,\n", "0xe9", 3,
            id="X-11: Windows-1252",
        ),
        pytest.param(BUREAUS.encode() + b"B-02,\xed\xa0\x80,,,\n", "0xed", 3, id="X-11: surrogate"),
        pytest.param(BUREAUS.encode() + b"B-02,\xc0\xaf,,,\n", "0xc0", 3, id="X-11: overlong"),
        pytest.param(b"", "empty", None, id="X-24: empty file"),
        pytest.param(b"\xef\xbb\xbf\n\n", "empty", None, id="X-24: only a BOM and line breaks"),
        pytest.param(BUREAUS.encode() + b'B-02,"Biro,,,\nB-03,x,,,\n', "never closed", 3,
                     id="X-18: quote never closed"),
        pytest.param(BUREAUS.encode() + b'B-02,"Biro" x,,,\n', "closing quote", 3,
                     id="text after a closing quote"),
        pytest.param(b"code\tname\nB-01\tBiro\n", "tabs", 1, id="separated by tabs"),
        pytest.param(b"code,name" + b"," * 5_000 + b"\n", "5,002 columns", 1,
                     id="X-18: 5,000 columns"),
        pytest.param(b"PK\x03\x04 etc", "zip", None, id="an XLSX file called CSV"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls", None,
                     id="an XLS file called CSV"),
    ],
)  # fmt: skip
def test_file_that_is_no_csv_is_refused(
    context: JobContext, tmp_path: Path, content: bytes, message: str, line: int | None
) -> None:
    problem = refused(context, write_files(tmp_path / "in", {"bureaus": content}))[0]
    assert (problem.file, problem.line) == ("bureaus.csv", line)
    assert message in problem.message
    assert problem.hint


def test_one_line_without_end_is_refused_with_little_memory(
    context: JobContext, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS})
    with (folder / "agreements.csv").open("wb") as file:
        file.write(AGREEMENTS.encode())
        file.truncate(2 * 1024**3)  # sparse: two gigabytes of NUL that take no room
    tracemalloc.start()
    try:
        problem = refused(context, folder)[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (problem.file, problem.line) == ("agreements.csv", 3)
    assert "longer than" in problem.message
    assert peak < 64 * 1024**2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(AGREEMENTS.replace(",", ";"), id="X-18: semicolons"),
        pytest.param("\ufeff" + AGREEMENTS, id="with a byte order mark"),
        pytest.param(AGREEMENTS.replace("\n", "\r\n"), id="CR LF"),
        pytest.param(AGREEMENTS.replace("\n", "\r"), id="CR"),
        pytest.param(AGREEMENTS.replace("\n", "\r\n", 1), id="X-18: mixed line ends"),
        pytest.param("\n\n" + AGREEMENTS + "\n,,,,,,\n \n", id="with empty rows"),
        pytest.param(AGREEMENTS.replace("ref,title", "nomor,Judul"), id="Indonesian headers"),
        pytest.param(AGREEMENTS.replace("\n", ",\n"), id="an empty column at the end"),
    ],
)
def test_csv_of_any_office_program_is_read(
    context: JobContext, tmp_path: Path, content: str
) -> None:
    import_files(context, [write_files(tmp_path / "in", {**SMALL, "agreements": content})])
    assert _refs(context) == ["KSD-1"]


def test_quoted_cell_of_several_lines_counts_as_one_row(
    context: JobContext, tmp_path: Path
) -> None:
    content = (
        "ref,title,kind,bureau,notes\n"
        'KSD-1,Satu,KSDPL,B-01,"baris 1\r\nbaris 2\n\nbaris 4"\n'
        "KSD-2,Dua,KSDX,B-01,\n"
    )
    folder = write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": content})
    (problem,) = refused(context, folder)
    assert problem.line == 6  # where an editor shows the second row
    write_files(folder, {"agreements": content.replace("KSDX", "KSDD")})
    import_files(context, [folder])
    with context.database.read() as connection:
        notes = connection.scalar(
            select(tables.agreements.c.notes).where(tables.agreements.c.ref == "KSD-1")
        )
    assert notes == "baris 1\nbaris 2\n\nbaris 4"


def test_row_with_too_few_or_too_many_cells_is_refused(context: JobContext, tmp_path: Path) -> None:
    content = BUREAUS + "B-02,Biro\nB-03,Biro, Bagian,,,,x\n"
    problems = refused(context, write_files(tmp_path / "in", {"bureaus": content}))
    told = {problem.line: problem.message for problem in problems if not problem.key.count(":")}
    assert "2 cells" in told[3]
    assert "under no header" in told[4]


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "socket", "nothing", "ending"])
def test_path_that_is_no_plain_file_is_refused(
    context: JobContext, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "agreements.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "real.csv").write_text(AGREEMENTS)
        path.symlink_to(tmp_path / "real.csv")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind == "folder":
        path = tmp_path / "folder"
        path.mkdir()
    elif kind == "ending":
        path = tmp_path / "agreements.ods"
        path.write_bytes(b"x")
    (problem,) = refused(context, path)
    words = {
        "pipe": "a pipe",
        "link": "a symbolic link",
        "socket": "socket",
        "folder": "no file to import",
        "nothing": "no such file",
        "ending": '".ods" are not read',
    }
    assert words[kind] in problem.message
    assert problem.hint


def test_device_is_refused(context: JobContext, tmp_path: Path) -> None:
    link = tmp_path / "agreements.csv"
    link.symlink_to("/dev/zero")
    (problem,) = refused(context, link)
    assert "symbolic link" in problem.message


def test_file_swapped_for_a_link_while_it_is_read_changes_nothing(
    context: JobContext, tmp_path: Path
) -> None:  # what was opened is read to its end
    from reminder.register.agreements_table import AGREEMENTS as TABLE
    from reminder.register.csv_rows import CsvRows
    from reminder.register.files import open_plain

    path = write_files(tmp_path / "in", {"agreements": AGREEMENTS}) / "agreements.csv"
    with open_plain(path) as stream:
        source = CsvRows(stream, TABLE)
        rows = source.rows()
        next(rows)
        path.unlink()
        path.symlink_to("/dev/zero")
        assert [cells[0] for _, cells in rows] == ["KSD-1"]


def test_header_alone_deletes_nothing(context: JobContext, tmp_path: Path) -> None:
    import_small(context, tmp_path / "first")
    header = AGREEMENTS.splitlines()[0] + "\n"
    report = import_files(context, [write_files(tmp_path / "in", {"agreements": header})])
    assert _refs(context) == ["KSD-1"]
    assert report.tables["agreements"].missing == 1
    assert report.tables["agreements"].some_missing == ["KSD-1"]


def test_file_with_an_unknown_name_is_refused_with_the_near_one(
    context: JobContext, tmp_path: Path
) -> None:
    (problem,) = refused(context, write_files(tmp_path / "in", {"agrements": AGREEMENTS}))
    assert problem.hint == "name it agreements.csv"


def test_readme_beside_the_tables_is_left_alone(context: JobContext, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "in", {**SMALL, "README.md": "x", ".~lock.csv": "x"})
    report = import_files(context, [folder])
    assert not report.warnings
    assert _refs(context) == ["KSD-1"]
