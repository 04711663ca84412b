"""Sections of a digest: a heading and any of a sentence, an image, figures, facts and lines.

Text and HTML show the same ones in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from textwrap import wrap
from types import MappingProxyType

from reminder.mail.matters import Plain
from reminder.mail.plain_text import clean
from reminder.mail.summary_words import SummaryWords, summary_words
from reminder.mail.wording import counted
from reminder.mail.words import Words

MOST_ROWS = 30
"""Bureaus in one table; together with the rest the HTML stays under 60 KB."""
MOST_LETTERS = 120
"""Of a title in a list of many."""
_NAME_COLUMNS, _COLUMNS = 36, 12

Section = MappingProxyType[str, Plain]
Figures = dict[str, Plain]
Row = tuple[str, str, str, str]


def section(heading: str, **parts: Plain) -> Section:
    """A section with these parts; what it has none of is empty, so that a template can ask."""
    empty: dict[str, Plain] = {
        "text": "",
        "image": "",
        "head": (),
        "rows": (),
        "text_rows": (),
        "facts": (),
        "lines": (),
        "more": "",
    }
    return MappingProxyType({"heading": heading} | empty | parts)


def counted_heading(heading: str, number: int) -> str:
    """The heading with how many there are, where there are any."""
    return f"{heading} ({number})" if number else heading


def figures_section(
    heading: str,
    head: Row,
    rows: Sequence[tuple[str, int, int, int]],
    own: SummaryWords,
    **parts: Plain,
) -> Section:
    """A table with a name and three figures in each row, and their sums where there are several."""
    shown: list[Row] = [(name, str(a), str(b), str(c)) for name, a, b, c in rows[:MOST_ROWS]]
    others = rows[MOST_ROWS:]
    if others:
        shown.append((counted(own.units, len(others)), *_sums(others)))
    if len(rows) > 1:
        shown.append((own.total, *_sums(rows)))
    text_rows = tuple(_text_lines([head, *shown]))
    return section(heading, head=head, rows=tuple(shown), text_rows=text_rows, **parts)


def _sums(rows: Sequence[tuple[str, int, int, int]]) -> tuple[str, str, str]:
    return (
        str(sum(row[1] for row in rows)),
        str(sum(row[2] for row in rows)),
        str(sum(row[3] for row in rows)),
    )


def _text_lines(rows: Iterable[Row]) -> Iterable[str]:
    """The table in 72 columns: names on the left, figures on the right."""
    for name, *cells in rows:
        sides = [
            wrap(name, _NAME_COLUMNS - 2) or [""],
            *(wrap(cell, _COLUMNS - 1) or [""] for cell in cells),
        ]
        for first, *figures in zip_longest(*sides, fillvalue=""):
            line = first.ljust(_NAME_COLUMNS) + "".join(part.rjust(_COLUMNS) for part in figures)
            yield line.rstrip()


def more_words(number: int, words: Words) -> str:
    """How many further matters a list has; empty where it has them all."""
    return counted(summary_words(words.language).more, number) if number > 0 else ""


def finding_title(code: str, title: str) -> str:
    """What the finding is called; its code in words where it has no name."""
    return clean(title, MOST_LETTERS) or clean(code, 64).replace("_", " ").capitalize()
