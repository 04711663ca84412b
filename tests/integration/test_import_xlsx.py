"""X-13 and X-19 to X-21: spreadsheets, the values in them and what may hide in the archive."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from jobs.importing import import_files
from reminder.storage import tables
from tests.registers import AGREEMENTS, BUREAUS, context_for, refused

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

COLUMNS = ["ref", "title", "kind", "bureau", "signed_on"]
ROW = ["KSD-1", "Kerja sama", "KSDPL", "B-01", "2021-05-31"]


@pytest.fixture
def context(sqlite_database: Database, tmp_path: Path) -> JobContext:
    return context_for(sqlite_database, tmp_path)


def _sheets(*rows: Sequence[object]) -> dict[str, list[Sequence[object]]]:
    bureaus: list[Sequence[object]] = [["code", "name"], ["B-01", "Biro"]]
    return {"bureaus": bureaus, "agreements": [COLUMNS, *rows]}


def _write(
    path: Path, sheets: dict[str, list[Sequence[object]]], *, epoch_1904: bool = False
) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    if epoch_1904:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def _rows(context: JobContext) -> list[Any]:
    columns = tables.agreements.c
    with context.database.read() as connection:
        return [tuple(row) for row in connection.execute(
            select(columns.ref, columns.title, columns.signed_on).order_by(columns.ref)
        )]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        pytest.param("31 Mei 2021", "2021-05-31", id="words"),
        pytest.param("2021-05-31", "2021-05-31", id="X-13: a date as text (with an apostrophe)"),
        pytest.param(date(2021, 5, 31), "2021-05-31", id="a cell formatted as a date"),
        pytest.param(datetime(2021, 5, 31), "2021-05-31", id="midnight"),  # noqa: DTZ001 - a cell has no zone
        pytest.param(2021, "2021", id="a year, which calamine gives as 2021.0"),
        pytest.param(46000, "2025-12-09", id="X-13: a serial without format"),
        pytest.param(None, None, id="empty"),
    ],
)
def test_day_in_a_spreadsheet_is_read(
    context: JobContext, tmp_path: Path, value: object, stored: str | None
) -> None:
    path = _write(tmp_path / "register.xlsx", _sheets([*ROW[:4], value]))
    import_files(context, [path])
    assert _rows(context) == [("KSD-1", "Kerja sama", stored)]


def test_serial_counts_from_1904_where_the_workbook_says_so(
    context: JobContext, tmp_path: Path
) -> None:
    sheets = _sheets([*ROW[:4], 46000], ["KSD-2", *ROW[1:4], date(2021, 5, 31)])
    import_files(context, [_write(tmp_path / "register.xlsx", sheets, epoch_1904=True)])
    assert [row[2] for row in _rows(context)] == ["2029-12-10", "2021-05-31"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(datetime(2021, 5, 31, 18), "time of day", id="X-13: a date with a time"),  # noqa: DTZ001 - a cell has no zone
        pytest.param(46000.75, "time of day", id="X-13: a serial with a time"),
        pytest.param("#N/A", "shows the error #N/A", id="X-13: an error"),
        pytest.param("=1+1", "formula without a stored result", id="X-21: no cached value"),
        pytest.param(time(3, 4), "time of day", id="a time"),
        pytest.param(20260131, "not a date", id="X-12: a number that looks like a date"),
        pytest.param(date(1900, 2, 28), "cannot be told", id="X-13: serial 59 or 60"),
        pytest.param(60, "not a date", id="X-13: serial 60 without format"),
        pytest.param(True, '"yes" is not a date', id="a truth value"),
        pytest.param(timedelta(hours=30), "time of day", id="a length of time"),
    ],
)
def test_cell_that_is_no_day_is_refused(
    context: JobContext, tmp_path: Path, value: object, message: str
) -> None:
    path = _write(tmp_path / "register.xlsx", _sheets(ROW, ["KSD-2", *ROW[1:4], value]))
    problem = refused(context, path)[0]
    assert (problem.file, problem.line) == ("register.xlsx[agreements]", 3)
    assert problem.key == "KSD-2: signed_on"
    assert message in str(problem)
    assert _rows(context) == []


def test_serial_60_with_date_format_is_refused(context: JobContext, tmp_path: Path) -> None:
    path = _write(tmp_path / "register.xlsx", _sheets([*ROW[:4], None]))
    book = openpyxl.load_workbook(path)
    cell = book["agreements"]["E2"]
    cell.value, cell.number_format = 60, "dd/mm/yyyy"  # 29 February 1900, which never was
    book.save(path)
    assert "cannot be told" in refused(context, path)[0].message


def test_numbers_that_were_keys_are_whole_again(context: JobContext, tmp_path: Path) -> None:
    path = _write(tmp_path / "register.xlsx", _sheets([17, *ROW[1:]], [3.5, *ROW[1:]]))
    import_files(context, [path])
    assert [row[0] for row in _rows(context)] == ["17", "3.5"]


@pytest.mark.parametrize("value", [12345678901234567890, date(2026, 1, 2)])
def test_key_that_the_spreadsheet_spoiled_is_refused(
    context: JobContext, tmp_path: Path, value: object
) -> None:
    path = _write(tmp_path / "register.xlsx", _sheets([value, *ROW[1:]]))
    (problem,) = refused(context, path)
    assert problem.key == "ref"
    assert "format the cell as text" in problem.hint


def test_one_file_per_table_may_have_any_sheet_name(context: JobContext, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    _write(folder / "biro.xlsx", {"Sheet1": [["Kode", "Nama Biro"], ["B-01", "Biro"]]})
    _write(folder / "kerja sama.xlsx", {"Sheet1": [COLUMNS, ROW]})
    import_files(context, [folder])
    assert [row[0] for row in _rows(context)] == ["KSD-1"]


def test_sheet_that_is_no_table_is_named(context: JobContext, tmp_path: Path) -> None:
    sheets = _sheets(ROW) | {"agremeents": [["x"]], "_petunjuk": [["x"]], "kosong": []}
    (problem,) = refused(context, _write(tmp_path / "register.xlsx", sheets))
    assert problem.file == "register.xlsx[agremeents]"
    assert "name it agreements" in problem.hint


def test_table_may_begin_anywhere_in_the_sheet(context: JobContext, tmp_path: Path) -> None:
    path = tmp_path / "agreements.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for column, (name, value) in enumerate(
        zip(COLUMNS, [*ROW[:3], "B-99", ROW[4]], strict=True), 2
    ):
        sheet.cell(3, column, name)
        sheet.cell(5, column, value)
    book.save(path)
    (problem,) = refused(context, path)
    assert (problem.line, problem.key) == (5, "KSD-1: bureau")


# --- what may hide in the archive ---------------------------------------------------


def _good(tmp_path: Path) -> bytes:
    return _write(tmp_path / "good.xlsx", _sheets(ROW)).read_bytes()


def _changed(
    good: bytes,
    add: dict[str, bytes] | None = None,
    replace: dict[str, tuple[bytes, bytes]] | None = None,
) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(good)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            content = source.read(item)
            old, new = (replace or {}).get(item.filename, (b"", b""))
            target.writestr(item.filename, content.replace(old, new, 1) if old else content)
        for name, content in (add or {}).items():
            target.writestr(name, content)
    return made.getvalue()


def _refusal(context: JobContext, tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "register.xlsx"
    path.write_bytes(content)
    problem = refused(context, path)[0]
    assert problem.file.startswith("register.xlsx")
    assert problem.hint
    return problem.message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("xl/media/x.bin", bytes(150 * 1024**2), "times its size", id="X-19: a bomb"),
        pytest.param("../x", b"x", "'../x'", id="X-19: a name that leaves the folder"),
        pytest.param("/etc/x", b"x", "'/etc/x'", id="X-19: an absolute name"),
        pytest.param("xl/embeddings/a.xlsx", b"x", "another archive", id="X-19: nested"),
        pytest.param("xl/media/a.png", b"PK\x03\x04", "another archive", id="X-19: nested, hidden"),
        pytest.param("xl/vbaProject.bin", b"x", "macros", id="X-20: macros"),
        pytest.param("xl/externalLinks/externalLink1.xml", b"<a/>", "other workbooks",
                     id="X-20: external link or DDE"),
    ],
)  # fmt: skip
def test_archive_with_a_hostile_member_is_refused(
    context: JobContext, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    assert message in _refusal(context, tmp_path, _changed(_good(tmp_path), {name: content}))


def test_archive_with_100000_members_is_refused_before_they_are_read(
    context: JobContext, tmp_path: Path
) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for number in range(100_000):
            target.writestr(zipfile.ZipInfo(f"{number}"), b"")
    assert "more than 200 files" in _refusal(context, tmp_path, made.getvalue())


def test_archive_with_a_repeated_name_is_refused(context: JobContext, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = _changed(_good(tmp_path), {"xl/workbook.xml": b"<x/>"})
    assert "twice" in _refusal(context, tmp_path, content)


def _patch_sizes(content: bytes, name: bytes, size: int) -> bytes:
    """The declared size of a member, changed in the directory at the end."""
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(name))
    return content[: at + 24] + struct.pack("<I", size) + content[at + 28 :]


@pytest.mark.parametrize("declared", [0, 10])
def test_member_longer_than_declared_is_refused(
    context: JobContext, tmp_path: Path, declared: int
) -> None:  # inflated no further than declared
    content = _changed(_good(tmp_path), {"xl/media/x.bin": bytes(30 * 1024**2)})
    lying = _patch_sizes(content, b"xl/media/x.bin", declared)
    assert "not as long as it says" in _refusal(context, tmp_path, lying)


def test_encrypted_member_is_refused(context: JobContext, tmp_path: Path) -> None:
    content = bytearray(_good(tmp_path))
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "encrypted" in _refusal(context, tmp_path, bytes(content))


def test_password_protected_workbook_is_refused(context: JobContext, tmp_path: Path) -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)  # such a file is no zip
    assert "password" in _refusal(context, tmp_path, content)


def test_dtd_and_entities_are_refused(context: JobContext, tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;">]>'
    for part in ("xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/styles.xml"):
        good = _good(tmp_path)
        with zipfile.ZipFile(io.BytesIO(good)) as archive:
            start = archive.read(part)
        root = start[start.rfind(b"?>") + 2 :] if start.startswith(b"<?xml") else start
        content = _changed(good, replace={part: (root, bomb + root)})
        assert "DTD" in _refusal(context, tmp_path, content)


def test_declared_dimension_costs_nothing(context: JobContext, tmp_path: Path) -> None:
    path = _write(tmp_path / "x.xlsx", _sheets(ROW))
    content = _changed(
        path.read_bytes(),
        replace={"xl/worksheets/sheet2.xml": (b'ref="A1:E2"', b'ref="A1:XFD1048576"')},
    )
    path.write_bytes(content)
    assert b"XFD1048576" in zipfile.ZipFile(path).read("xl/worksheets/sheet2.xml")
    import_files(context, [path])
    assert len(_rows(context)) == 1


@pytest.mark.parametrize(
    ("cell", "message"),
    [(b"A1048576", "more than 50,000 rows"), (b"XFD2", "more than 200 columns")],
)
def test_cell_far_away_is_refused_before_room_is_made_for_it(
    context: JobContext, tmp_path: Path, cell: bytes, message: str
) -> None:
    content = _changed(
        _good(tmp_path),
        replace={
            "xl/worksheets/sheet2.xml": (
                b"</sheetData>", b'<row><c r="' + cell + b'"><v>1</v></c></row></sheetData>',
            )
        },
    )  # fmt: skip
    assert message in _refusal(context, tmp_path, content)


def test_format_without_content_far_away_is_no_row(context: JobContext, tmp_path: Path) -> None:
    content = _changed(
        _good(tmp_path),
        replace={
            "xl/worksheets/sheet2.xml": (
                b"</sheetData>",
                b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>',
            )
        },
    )
    path = tmp_path / "register.xlsx"
    path.write_bytes(content)
    import_files(context, [path])
    assert len(_rows(context)) == 1


@pytest.mark.parametrize("cell", ["A2", "E2"])
def test_shared_string_that_is_not_there_is_refused(
    context: JobContext, tmp_path: Path, cell: str
) -> None:
    good = _good(tmp_path)
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
    found = re.search(rf'<c r="{cell}".*?</c>'.encode(), sheet)
    assert found is not None
    astray = f'<c r="{cell}" t="s"><v>99999</v></c>'.encode()
    content = _changed(good, replace={"xl/worksheets/sheet2.xml": (found[0], astray)})
    assert _refusal(context, tmp_path, content)
    assert _rows(context) == []


@pytest.mark.parametrize("style", ["99999", "-1", "x"])
def test_style_that_is_not_there_harms_nothing(
    context: JobContext, tmp_path: Path, style: str
) -> None:  # a cell whose format leads nowhere is read as the value that it is
    change = (b'<c r="A2"', f'<c s="{style}" r="A2"'.encode())
    path = tmp_path / "register.xlsx"
    path.write_bytes(_changed(_good(tmp_path), replace={"xl/worksheets/sheet2.xml": change}))
    import_files(context, [path])
    assert len(_rows(context)) == 1


def test_cyclic_style_harms_nothing(context: JobContext, tmp_path: Path) -> None:
    good = _good(tmp_path)
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        styles = archive.read("xl/styles.xml")
    assert b'xfId="0"' in styles
    cyclic = styles.replace(b'xfId="0"', b'xfId="1"')
    path = tmp_path / "register.xlsx"
    path.write_bytes(_changed(good, replace={"xl/styles.xml": (styles, cyclic)}))
    import_files(context, [path])
    assert len(_rows(context)) == 1


@pytest.mark.parametrize("length", [0, 10, 2_000])
def test_half_a_file_is_refused(context: JobContext, tmp_path: Path, length: int) -> None:
    assert _refusal(context, tmp_path, _good(tmp_path)[:length])


def test_file_over_20_mib_is_refused(context: JobContext, tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    with path.open("wb") as file:
        file.truncate(21 * 1024**2)
    assert "larger than 20 MiB" in refused(context, path)[0].message


def test_csv_and_xlsx_of_one_run_belong_together(context: JobContext, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bureaus.csv").write_text(BUREAUS)
    (folder / "agreements.csv").write_text(AGREEMENTS)
    _write(folder / "more.xlsx", {"agreements": [COLUMNS, ["KSD-2", *ROW[1:]], ROW]})
    (problem,) = refused(context, folder)
    assert problem.file == "more.xlsx[agreements]"
    assert "agreements.csv:2" in problem.message
