"""Rows of an XLSX file: checked as an archive, then read with calamine, values made text again.

A spreadsheet turns what people type into numbers and days; this turns it back, and refuses
where what they typed can no longer be known.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, BinaryIO

from reminder.calendars import FIRST_YEAR, LAST_YEAR
from reminder.register.archive import MOST_BYTES, Archive
from reminder.register.columns import Column
from reminder.register.files import FileProblem, refuse_other_formats, size_of
from reminder.register.text import CellError, shown
from reminder.register.xlsx_scan import SheetScan, WorkbookScan, scan

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook, SheetMetadata

Value = str | int | float | bool | date | datetime | time | timedelta
_MOST_DIGITS = 10**15
"""Spreadsheets keep 15 digits of a number and put zeros for the rest."""
_AS_TEXT = "format the cell as text and type it again"
_SAVE_AGAIN = "save it again as .xlsx, or as CSV UTF-8"


class Workbook:
    """One XLSX file that passed the checks of ``archive`` and ``xlsx_scan``."""

    def __init__(self, stream: BinaryIO) -> None:
        if size_of(stream) > MOST_BYTES:
            raise FileProblem(
                f"it is larger than {MOST_BYTES // 1024**2} MiB", "save it as CSV UTF-8"
            )
        # The bytes that are checked are the bytes that are read.
        blob = stream.read(MOST_BYTES + 1)
        if not blob:
            raise FileProblem("it is empty", _SAVE_AGAIN)
        if not blob.startswith(b"PK"):
            refuse_other_formats(blob[:8])
        self._scan: WorkbookScan = scan(Archive(blob))
        self._book = _open(blob)
        names = [sheet.name for sheet in self._book.sheets_metadata if _is_worksheet(sheet)]
        self.sheet_names: list[str] = [name for name in names if self._scan_of(name).last_row]
        """The sheets that hold something."""

    @property
    def counts_from_1904(self) -> bool:
        """Whether day numbers count from 1904 instead of 1900."""
        return self._scan.counts_from_1904

    def rows(self, name: str) -> Iterator[tuple[int, list[Value]]]:
        """The rows of a sheet that are not empty, with their number, from column A on."""
        found = self._scan_of(name)
        with _reading():
            sheet = self._book.get_sheet_by_name(name)
            rows = iter(sheet.iter_rows())
        offset: list[Value] = [""] * (sheet.start[1] if sheet.start else 0)
        for line in range(1, found.last_row + 1):
            with _reading():
                cells = [*offset, *next(rows, ())]
            for column, reason in found.broken.get(line, {}).items():
                cells += [""] * (column - len(cells))
                cells[column - 1] = _Broken(reason)
            if any(cell != "" for cell in cells):
                yield line, cells

    def _scan_of(self, name: str) -> SheetScan:
        found = self._scan.sheets.get(name)
        if found is None:
            raise FileProblem(f"its sheet {shown(name)} is not where it should be", _SAVE_AGAIN)
        return found


class _Broken(str):
    """Stands in a row for a cell that has no value to take."""

    __slots__ = ()


@contextmanager
def _reading() -> Iterator[None]:
    """Turns every failure of the reader into a FileProblem, a panic of its Rust code too."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise FileProblem(f"it cannot be read as .xlsx ({error})", _SAVE_AGAIN) from None


def _open(blob: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    with _reading():
        return CalamineWorkbook.from_filelike(io.BytesIO(blob))


def _is_worksheet(sheet: SheetMetadata) -> bool:
    """Charts and the like hold no rows."""
    from python_calamine import SheetTypeEnum

    return sheet.typ == SheetTypeEnum.WorkSheet


def as_text(value: Value, column: Column, *, counts_from_1904: bool) -> str:
    """What the person typed, as far as it can be known; else CellError."""
    if isinstance(value, str):
        if isinstance(value, _Broken):
            raise CellError(f"the cell {value}", "type the value itself")
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(value, column, counts_from_1904=counts_from_1904)
    if isinstance(value, datetime):
        if value.time() != time():
            raise CellError(
                f"{shown(value.isoformat(' '))} has a time of day", f"write {value.date()}"
            )
        return _day(value.date(), column)
    if isinstance(value, date):
        return _day(value, column)
    raise CellError(f"{shown(str(value))} is a time of day", _AS_TEXT)


def _number(value: float, column: Column, *, counts_from_1904: bool) -> str:
    if value != value or abs(value) >= _MOST_DIGITS:
        raise CellError(f'"{value:.0f}" has more digits than a spreadsheet keeps', _AS_TEXT)
    whole = int(value) == value
    text = str(int(value)) if whole else repr(value)
    if not column.is_day or (whole and FIRST_YEAR <= value <= LAST_YEAR):
        return text
    # The number of a day that lost its format. Below LAST_YEAR nobody can tell it from a year.
    start = date(1904, 1, 1) if counts_from_1904 else date(1899, 12, 30)
    if not LAST_YEAR < value <= (date(LAST_YEAR, 12, 31) - start).days:
        return text
    day = start + timedelta(days=int(value))
    if not whole:
        raise CellError(f'"{text}" is a day with a time of day', f"write {day}")
    return day.isoformat()


def _day(day: date, column: Column) -> str:
    if not column.is_day:
        raise CellError(f"{shown(day.isoformat())} was turned into a date", _AS_TEXT)
    if day < date(1900, 3, 1):
        raise CellError(
            f"{shown(day.isoformat())} cannot be told from the day after it in a spreadsheet",
            'type the day as text, for example "1900-01-31"',
        )
    return day.isoformat()
