"""Rows into CSV, XLSX and JSON. Cells that a spreadsheet would run are made inert (``guard``)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from reminder.errors import ReminderError
from reminder.register.guard import guard

if TYPE_CHECKING:
    from openpyxl.cell import Cell

Rows = Iterable[Sequence[object]]
Writer = Callable[[BinaryIO, str, Sequence[str], Rows], None]
"""Writes (stream, table, columns, rows)."""

MOST_XLSX_ROWS = 1_048_575
_XLSX_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_XLSX_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST_XLSX_CELL = 32_767


def text_of(value: object) -> str:
    """A value as cells show it: instants with their offset, empty for NULL."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def write_csv(stream: BinaryIO, _table: str, columns: Sequence[str], rows: Rows) -> None:
    """RFC 4180 in UTF-8, without a byte order mark, which scripts would take for text."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([guard(text_of(value)) for value in row] for row in rows)
    text.flush()
    text.detach()


def write_xlsx(stream: BinaryIO, table: str, columns: Sequence[str], rows: Rows) -> None:
    """One sheet named after the table, every cell a string: nothing is turned into a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(table)
    sheet.freeze_panes = "A2"

    def cell(value: object) -> Cell | None:
        text = guard(text_of(value))
        if not text:
            return None
        made = WriteOnlyCell(sheet, value=_xlsx_text(text))
        made.data_type = "s"  # "#N/A" and "=1" stay text
        return made

    for number, row in enumerate(chain([columns], rows)):
        if number > MOST_XLSX_ROWS:
            raise ReminderError(
                f"{table} has more than {MOST_XLSX_ROWS:,} rows, which no .xlsx can hold; "
                f"write {table}.csv."
            )
        sheet.append([cell(value) for value in row])
    book.save(stream)


def _xlsx_text(text: str) -> str:
    """Without what XML cannot hold; ``_x0041_`` is a code in this format and must be escaped."""
    text = _XLSX_FORBIDDEN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return _XLSX_ESCAPE.sub("_x005F_", text)[:_LONGEST_XLSX_CELL]


def write_json(stream: BinaryIO, _table: str, columns: Sequence[str], rows: Rows) -> None:
    """A list of objects, one on each line."""
    stream.write(b"[")
    for number, row in enumerate(rows):
        item = dict(zip(columns, map(_json_value, row), strict=True))
        stream.write(b"\n  " if number == 0 else b",\n  ")
        stream.write(json.dumps(item, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    stream.write(b"\n]\n")


def _json_value(value: object) -> object:
    return text_of(value) if isinstance(value, (date, datetime)) else value


WRITERS: dict[str, Writer] = {".csv": write_csv, ".xlsx": write_xlsx, ".json": write_json}


def counted(
    rows: Iterator[Sequence[object]], told: Callable[[int], None]
) -> Iterator[Sequence[object]]:
    """The same rows; tells how many went by, now and then and at the end."""
    number = 0
    for row in rows:
        yield row
        number += 1
        if number % 1_000 == 0:
            told(number)
    told(number)
