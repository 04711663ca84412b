"""Rows of a CSV file, streamed: memory stays flat whatever the file holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from reminder.register.columns import TableSpec
from reminder.register.files import FileProblem, refuse_other_formats
from reminder.register.names import read_header
from reminder.register.text import shown

LONGEST_LINE = 2 * 1024 * 1024
"""Characters; a file without line breaks must not fill the memory."""
MOST_ROWS = 1_000_000
_SAVE_AS = 'save it as "CSV UTF-8"'


class CsvRows:
    """One CSV file: its header, then its rows with the line on which each begins."""

    def __init__(self, stream: BinaryIO, table: TableSpec) -> None:
        self._stream = stream
        self._table = table
        self._line = 0
        head = stream.read(4096)
        stream.seek(0)
        refuse_other_formats(head)
        if not head.lstrip(b"\xef\xbb\xbf").strip():
            raise FileProblem("it is empty", "write a header line: " + ",".join(table.names))
        if head[1:2] == b"\0" or head[:1] == b"\0":
            raise FileProblem("it is written in UTF-16", _SAVE_AS)
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="strict", newline="")
        # A cell may fill a line; the check for its length names its row and column then.
        csv.field_size_limit(LONGEST_LINE)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The header and every row that is not empty; FileProblem where reading must end."""
        lines = self._lines()
        first = next((line for line in lines if line.strip("\r\n,; ")), "")
        delimiter = self._delimiter(first)
        reader = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
        began = self._line
        count = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise self._broken(error, began) from None
            if any(cells):
                count += 1
                if count > MOST_ROWS + 1:
                    raise FileProblem(f"it has more than {MOST_ROWS:,} rows", "split it", began)
                yield began, cells
            began = self._line + 1

    def position(self) -> int:
        """Bytes read so far."""
        return self._stream.tell()

    def _lines(self) -> Iterator[str]:
        while True:
            try:
                line = self._text.readline(LONGEST_LINE)
            except UnicodeDecodeError:
                raise self._not_utf8() from None
            if not line:
                return
            self._line += 1
            if len(line) >= LONGEST_LINE:
                raise FileProblem(
                    f"the line is longer than {LONGEST_LINE:,} characters",
                    "check that the file has line breaks and that every quote is closed",
                    self._line,
                )
            yield line

    def _delimiter(self, line: str) -> str:
        """Comma or semicolon: the one that makes more of the first line known headers."""

        def known(delimiter: str) -> int:
            cells = next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])
            return len(read_header(self._table, cells)[0])

        try:
            comma, semicolon = known(","), known(";")
        except csv.Error:
            return ","
        if not comma and not semicolon and "\t" in line:
            raise FileProblem(
                "its columns are separated by tabs", "separate them by commas or semicolons", 1
            )
        if comma == semicolon:
            return ";" if line.count(";") > line.count(",") else ","
        return "," if comma > semicolon else ";"

    def _broken(self, error: csv.Error, began: int) -> FileProblem:
        text = str(error)
        if "field larger" in text or "unexpected end" in text:
            return FileProblem(
                "a quote that opens in this row is never closed",
                'close it, or write "" for a quote inside a cell',
                began,
            )
        if "expected after" in text:
            return FileProblem(
                "something follows a closing quote",
                'write "" for a quote inside a cell, and put the whole cell in quotes',
                began,
            )
        return FileProblem(f"the row cannot be read ({text})", _SAVE_AS, began)

    def _not_utf8(self) -> FileProblem:
        """Find the line of the first byte that is not UTF-8, by reading the file once more."""
        self._text.detach()
        self._stream.seek(0)
        line = 1
        while chunk := self._stream.readline(LONGEST_LINE):
            try:
                chunk.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = chunk[error.start]
                found = chunk[max(0, error.start - 20) : error.start + 1]
                return FileProblem(
                    f"byte 0x{byte:02x} after {shown(found[:-1].decode('utf-8', 'replace'))} "
                    "is not UTF-8",
                    _SAVE_AS,
                    line,
                )
            line += chunk.endswith(b"\n")
        return FileProblem("it is not UTF-8", _SAVE_AS)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
