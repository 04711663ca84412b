"""Reading on after a mistake in the form of a file, so that it hides no other mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reminder.policy.documents import NotYaml, compose
from reminder.policy.tree import BROKEN, Node, Source

MOST_REPAIRS = 20
MOST_LETTERS = 64 * 1024
"""Beyond this a file is not read again and again."""

_LINE = re.compile(r"(?P<indent> *(?:- +)*)(?P<key>[\w-]+(?=: |:$))?")


def read_tree(text: str, source: Source) -> Node | None:
    """The tree of *text*; None where nothing of it can be read, which is then reported."""
    lines = _without_tabs(text.split("\n"), source)
    for _ in range(MOST_REPAIRS):
        before = len(source.problems)
        try:
            return compose("\n".join(lines), source)
        except NotYaml as error:
            del source.problems[before:]  # reported again when the text is read anew
            mended = _mended(lines, error) if len(text) <= MOST_LETTERS else None
            number = mended.number if mended is not None else error.line
            source.report(number, "", error.message, error.hint)
            if mended is None:
                return None
            lines[mended.number - 1] = mended.stand_in
            source.is_partial = source.is_partial or not mended.stand_in
    return None


def _without_tabs(lines: list[str], source: Source) -> list[str]:
    """Tabs become spaces; one that indents takes the column of what stands above."""
    mended: list[str] = []
    column = dash = 0
    for number, line in enumerate(lines, start=1):
        words = line.split(" #")[0].rstrip()
        if not words.strip() or words.lstrip().startswith("#"):
            mended.append(line.replace("\t", " "))
            continue
        if "\t" in words:
            source.report(number, "", "holds a tab", "write spaces instead")
            rest = line.lstrip()
            if "\t" in words[: len(words) - len(words.lstrip())]:
                opens = bool(mended) and mended[-1].rstrip().endswith(":")
                line = " " * (dash if rest.startswith("- ") and not opens else column) + rest
            line = line.replace("\t", " ")
        mended.append(line)
        match = _LINE.match(line)
        column = len(match["indent"]) if match else 0
        if line.lstrip().startswith("- "):
            dash = len(line) - len(line.lstrip())
        if line.rstrip().endswith(":"):
            column += 2
    return mended


@dataclass(frozen=True, slots=True)
class _Mended:
    """A line that something else must stand in for, so that the text can be read further."""

    number: int
    stand_in: str


def _mended(lines: list[str], error: NotYaml) -> _Mended | None:
    """What lets most of the text be read; None where nothing gets beyond the mistake."""
    best: _Mended | None = None
    reached = error.line
    for number in dict.fromkeys((error.line, error.also, error.line - 1)):
        if not 1 <= number <= len(lines):
            continue
        for stand_in in _stand_ins(lines[number - 1]):
            try:
                compose("\n".join([*lines[: number - 1], stand_in, *lines[number:]]), Source(""))
            except NotYaml as later:
                if later.line > reached:
                    best, reached = _Mended(number, stand_in), later.line
            else:
                return _Mended(number, stand_in)
    return best


def _stand_ins(line: str) -> Iterator[str]:
    """What may stand in a broken line's place: its key, any key, nothing."""
    match = _LINE.match(line)
    indent, key = (match["indent"], match["key"]) if match else ("", None)
    if key:
        yield f"{indent}{key}: {BROKEN}"
    yield f"{indent}{BROKEN}: {BROKEN}"
    yield ""
