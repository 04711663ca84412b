"""Keys of records: how they are stored, and which of them a reader would take for the same.

``KSD–1`` with a long dash, ``ksd-1`` and ``KSD- 1`` with a fixed space all look like ``KSD-1``.
Two such keys in one register would split an agreement in two, so the look decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from reminder.register.text import SPACES, CellError, Check, clean, shown

_DASHES = re.compile(
    "[\u00ad\u02d7\u058a\u05be\u2010-\u2015\u2043\u207b\u208b\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]"
)
# A space means something only between two digits: "PKS 1 1" is not "PKS 11".
_GAPS = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u200c\u200d]")
_SPACES = re.compile(f"[{SPACES}]+")


def key_check(limit: int = 200) -> Check:
    """A check for a record's key: one line, no invisible characters, single spaces."""

    def check(raw: str) -> str:
        # The look may be longer than the text (a ligature counts as its letters).
        value = _SPACES.sub(" ", clean(raw, limit))
        if _INVISIBLE.search(value):
            raise CellError(f"{shown(raw)} holds an invisible character", "type the key again")
        if len(look(value)) > limit:
            raise CellError(f"{shown(raw)} is too long", f"write at most {limit} characters")
        return value

    return check


def look(key: str) -> str:
    """What *key* looks like: two keys with the same look must not stand side by side."""
    if not key.isascii():
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
        key = _DASHES.sub("-", key)
    return _SPACE.sub(" ", _GAPS.sub("", key.strip())).casefold()


def look_of(parts: Sequence[str]) -> str:
    """The look of a key of several columns."""
    return "\x1f".join([look(part) for part in parts])
