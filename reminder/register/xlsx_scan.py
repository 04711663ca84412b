"""A first reading of an XLSX file's parts: what the spreadsheet reader would hide or choke on.

The reader gives an empty cell for an error (``#N/A``) and for a formula without a stored
result, and makes room for every cell between the first and the last: all three are found
here, with a parser that refuses DTDs and entities and never holds a part as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.parsers import expat

from reminder.register.archive import Archive
from reminder.register.files import FileProblem
from reminder.register.names import MOST_COLUMNS

MOST_ROWS = 50_000
_MOST_NOTED = 1_000
"""Rows; a sheet with more broken rows is refused for these."""
_PLAIN_PARTS = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin", ".vml", ".tif", ".bmp")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)


@dataclass(slots=True)
class SheetScan:
    """What one sheet holds besides values; rows and columns count from 1."""

    broken: dict[int, dict[int, str]] = field(default_factory=dict)
    """By row and column, cells without a value to take: the error shown there, or why."""
    last_row: int = 0
    last_column: int = 0


@dataclass(slots=True)
class WorkbookScan:
    """What the workbook says about itself."""

    counts_from_1904: bool = False
    sheets: dict[str, SheetScan] = field(default_factory=dict)
    """By the sheet's name."""


def scan(archive: Archive) -> WorkbookScan:
    """Read every part of the archive once; FileProblem where one must not be opened."""
    book = _Book()
    parts: dict[str, SheetScan] = {}
    for member in archive.members:
        name = member.filename
        pieces = archive.inflate(member)
        if name.lower().endswith(_PLAIN_PARTS) or member.is_dir():
            _count(pieces, name)
        elif name.lower() == "xl/workbook.xml":
            _parse(pieces, name, book.element)
        elif name.lower() == "xl/_rels/workbook.xml.rels":
            _parse(pieces, name, book.relation)
        elif name.endswith(".rels") or not name.lower().startswith("xl/"):
            _parse(pieces, name)
        else:
            sheet = _Sheet(name)
            _parse(pieces, name, sheet.start, sheet.end, sheet.text)
            if sheet.is_sheet:
                parts[name.lower()] = sheet.found
    found = WorkbookScan(book.counts_from_1904)
    for title, relation in book.sheets.items():
        part = parts.get(book.targets.get(relation, "").lower())
        if part is not None:
            found.sheets[title] = part
    return found


def _count(pieces: Iterator[bytes], name: str) -> None:
    for number, piece in enumerate(pieces):
        if number == 0:
            _refuse_nested(piece, name)


def _refuse_nested(piece: bytes, name: str) -> None:
    if piece.startswith((b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise FileProblem(f"it holds another archive, {name!r}", "save it as CSV UTF-8")


def _parse(
    pieces: Iterator[bytes],
    name: str,
    start: Callable[[str, dict[str, str]], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        for number, piece in enumerate(pieces):
            if number == 0:
                _refuse_nested(piece, name)
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileProblem(
            f"its part {name!r} is damaged ({error})", "save it again as .xlsx, or as CSV UTF-8"
        ) from None


def _refuse_doctype(*_: object) -> None:
    raise FileProblem("it holds a DTD, which no office program writes", "save it as CSV UTF-8")


class _Book:
    def __init__(self) -> None:
        self.counts_from_1904 = False
        self.sheets: dict[str, str] = {}
        self.targets: dict[str, str] = {}

    def element(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904", "0") in ("1", "true", "on")
        elif tag == "sheet":
            relation = next((v for k, v in attributes.items() if _local(k) == "id"), "")
            self.sheets[attributes.get("name", "")] = relation

    def relation(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            self.targets[attributes.get("Id", "")] = path


class _Sheet:
    """Follows the cells of one part; parts that are no sheets have none."""

    def __init__(self, name: str) -> None:
        self.found = SheetScan()
        self.is_sheet = False
        self._name = name
        self._row = 0
        self._column = 0
        self._is_error = self._has_formula = self._has_value = self._in_value = False
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "v":
            self._has_value = self._in_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "is":
            self._has_value = True
        elif tag == "row":
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = 0
        elif tag == "worksheet":
            self.is_sheet = True

    def text(self, text: str) -> None:
        if self._in_value and len(self._text) < 100:
            self._text += text

    def end(self, name: str) -> None:
        tag = _local(name)
        if tag == "v":
            self._in_value = False
        elif tag == "c":
            self._end_cell()

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._is_error = attributes.get("t") == "e"
        self._has_formula = self._has_value = False
        self._text = ""
        match = _CELL.fullmatch(attributes.get("r", ""))
        if match is None:
            self._column += 1
            return
        self._row = int(match[2])
        self._column = 0
        for letter in match[1]:
            self._column = 26 * self._column + ord(letter) - 64

    def _end_cell(self) -> None:
        if not (self._has_value or self._has_formula):
            return  # a format without content, often to the end of the sheet
        found = self.found
        if self._row > MOST_ROWS + 1:
            raise FileProblem(
                f"it has more than {MOST_ROWS:,} rows", "save it as CSV UTF-8", self._row
            )
        if self._column > MOST_COLUMNS:
            raise FileProblem(
                f"it has more than {MOST_COLUMNS} columns",
                "delete what is no column of the table",
                self._row,
            )
        found.last_row = max(found.last_row, self._row)
        found.last_column = max(found.last_column, self._column)
        if self._is_error:
            reason = f"shows the error {self._text or '#?'}"
        elif self._has_formula and not self._text:
            reason = "is a formula without a stored result"
        else:
            return
        if len(found.broken) < _MOST_NOTED:
            found.broken.setdefault(self._row, {})[self._column] = reason


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else default
