"""Cells of plain text: what may stand in one, how it is stored, how it is shown in a message.

Text goes into mail headers, pages and spreadsheets later on. What is unsafe everywhere
(control characters, marks that reverse the reading direction) is refused here, at the
border; what is only text (formulas, tags, braces) is data and every writer escapes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

LONGEST_CELL = 10_000
LONGEST_TITLE = 500
MOST_MARKS = 8
"""Combining marks in a row; Thai, Hebrew and Vietnamese stay below, a flood does not."""

SPACES = " \u00a0\u2007\u202f\u3000"
_JOINERS = "\u200c\u200d"  # part of many words and emoji
_SHOWN = 80

Check = Callable[[str], str | None]
"""Takes a non-empty cell, returns the stored form; raises CellError."""


class CellError(ValueError):
    """One cell cannot be taken: what is wrong (with the value, escaped), and what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}; {hint}")
        self.message = message
        self.hint = hint


def shown(value: str) -> str:
    """*value* in quotes for a message: cut, and with everything invisible escaped."""
    cut = value[:_SHOWN] + ("…" if len(value) > _SHOWN else "")
    return f'"{escaped(cut)}"'


def escaped(text: str) -> str:
    """*text* with everything invisible escaped, safe to show on a terminal."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    number = ord(char)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def text_check(limit: int = LONGEST_CELL, *, lines: bool = False) -> Check:
    """A check for text of at most *limit* characters, of several lines where *lines*."""

    def check(raw: str) -> str:
        return clean(raw, limit, lines=lines)

    return check


def clean(raw: str, limit: int = LONGEST_CELL, *, lines: bool = False) -> str:
    """The stored form of a text: composed (NFC), without spaces around it."""
    # One long cell must not cost more than a look at its length.
    if len(raw) > limit:
        raise CellError(
            f"{shown(raw)} is {len(raw):,} characters long", f"write at most {limit:,} characters"
        )
    if raw.isascii() and raw.isprintable():
        return raw.strip(" ")
    if lines:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n").strip(SPACES + "\n")
    refuse_control(raw, lines=lines)
    value = unicodedata.normalize("NFC", raw).strip(SPACES)
    _refuse_flood(value, raw)
    if len(value) > limit:
        raise CellError(
            f"{shown(raw)} is {len(value):,} characters long", f"write at most {limit:,} characters"
        )
    return value


def refuse_control(raw: str, *, lines: bool = False) -> None:
    """CellError where a control, line-break, direction or invisible character stands in *raw*."""
    for char in raw:
        if char.isprintable() or char in SPACES or char in _JOINERS or (lines and char == "\n"):
            continue
        name = _forbidden(char)
        if name is not None:
            raise CellError(
                f"{shown(raw)} holds {name} (U+{ord(char):04X})",
                "delete that character; only notes, text and summary may have several lines"
                if char in "\r\n"
                else "delete that character",
            )


def _forbidden(char: str) -> str | None:
    """What *char* is, in words; None where it may stand in a text."""
    kind = unicodedata.category(char)
    if char == "\0":
        return "the character NUL"
    if char == "\t":
        return "a tab"
    if char in "\r\n\x0b\x0c\x85" or kind in ("Zl", "Zp"):
        return "a line break"
    if unicodedata.bidirectional(char) in _DIRECTIONS and kind == "Cf":
        return "a character that changes the reading direction"
    return {
        "Cc": "a control character",
        "Cf": "an invisible character",
        "Cs": "half a character",
    }.get(kind, "no character" if ord(char) & 0xFFFE == 0xFFFE else None)


_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "L", "R", "AL"}


def _refuse_flood(value: str, raw: str) -> None:
    run = 0
    for char in value:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run > MOST_MARKS:
            raise CellError(
                f"{shown(raw)} puts more than {MOST_MARKS} marks on one letter",
                "delete the marks",
            )


_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)


def code_check(limit: int) -> Check:
    """A check for a short name like ``surat_konfirmasi``; capitals and spaces are mended."""

    def check(raw: str) -> str:
        value = re.sub(r"\s+", "_", clean(raw, limit).lower())
        if not _CODE.fullmatch(value):
            raise CellError(
                f"{shown(raw)} is not a short name",
                "write letters, digits and underscores, for example surat_konfirmasi",
            )
        return value

    return check
