"""Text made safe and laid out: what the register holds becomes one printable line."""

from __future__ import annotations

import re
from functools import lru_cache

from reminder.mail.links import PLACEHOLDER_SCHEME

WIDTH = 72
"""Columns of the text part; only an address of a page is ever longer."""
MOST_CHARACTERS = 600
"""Of one value. Far more than any field needs, and it keeps the mail small."""

_GAPS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Marks that reorder the text around them, invisible fillers, halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_DASHES = frozenset("-–—")
_URL = re.compile(rf"https?://|{PLACEHOLDER_SCHEME}")


def clean(value: str, most: int = MOST_CHARACTERS) -> str:
    """*value* on one line, without control or direction marks, at most *most* characters.

    The register refuses most of this on the way in; a mail does not rely on that, since
    a line break in a name would be a line of somebody else's text.
    """
    if not value.isprintable():
        value = _UNSAFE.sub("", _GAPS.sub(" ", value))
    if PLACEHOLDER_SCHEME in value:
        value = value.replace(PLACEHOLDER_SCHEME, PLACEHOLDER_SCHEME.replace(":", " :"))
    return shorten(value.strip(), most)


def shorten(text: str, limit: int) -> str:
    """*text* cut between two words to at most *limit* characters, with an ellipsis."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    cut = text.rfind(" ", 0, limit)
    # A single word longer than the limit has no better place to be cut.
    kept = text[:cut] if cut > 0 else text[: limit - 1]
    return kept.rstrip(" ,;:.(-–—/") + "…"


@lru_cache(maxsize=2048)
def wrap(text: str, indent: int = 0, hang: int | None = None, first: int | None = None) -> str:
    """Lines of at most 72 columns; *indent* for all lines, *hang* for those after the first.

    *first* is what already stands in the first line. An address of a page stays whole on
    a line of its own; any other longer word is cut, since something must give.
    """
    line = " " * indent
    used = indent if first is None else first
    if used + len(text) <= WIDTH and text == " ".join(text.split()):
        return line + text
    later = " " * (indent if hang is None else hang)
    lines: list[str] = []
    empty = True
    for word in _words(text, WIDTH - len(later)):
        if not empty and used + 1 + len(word) > WIDTH:
            lines.append(line)
            line, used, empty = later, len(later), True
        if empty:
            line, used, empty = line + word, used + len(word), False
        else:
            line, used = f"{line} {word}", used + 1 + len(word)
    lines.append(line)
    return "\n".join(lines)


def _words(text: str, room: int) -> list[str]:
    """The pieces of *text* between which a line may end."""
    pieces: list[str] = []
    for word in text.split():
        before = pieces[-1] if pieces else ""
        # No line begins with a dash, like an item of a list, and no date is torn apart.
        is_glued = word in _DASHES or (len(before) <= 2 and before.isdigit() and word.isalpha())
        if before and is_glued and len(before) + 1 + len(word) <= room:
            pieces[-1] = f"{before} {word}"
        elif len(word) <= room or _URL.match(word):
            pieces.append(word)
        else:
            pieces.extend(word[at : at + room] for at in range(0, len(word), room))
    return pieces


def columns(rows: tuple[tuple[str, str], ...], indent: int = 0) -> str:
    """A table of two columns: labels, and values that hang beside them."""
    if not rows:
        return ""
    side = max(len(label) for label, _ in rows) + 2 + indent
    return "\n".join(
        f"{' ' * indent}{label}".ljust(side) + wrap(value, hang=side, first=side)
        for label, value in rows
    )


def tidy(text: str) -> str:
    """No trailing blanks, never two empty lines together, one line break at the end."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"
