"""Formula guard: a cell that a spreadsheet would run gets an apostrophe, and loses it again.

Text that begins with apostrophes before such a character gets one more, so that exactly
one is put on and exactly one taken off, whatever the text was.
"""

from __future__ import annotations

import re

_RISKY = re.compile("'*[=+\\-@\t\r\0＝＋－＠]")
_GUARDED = re.compile("'+[=+\\-@\t\r\0＝＋－＠]")


def guard(text: str) -> str:
    """*text* as it may stand in a spreadsheet cell."""
    return "'" + text if _RISKY.match(text) else text


def unguard(text: str) -> str:
    """*text* without the apostrophe that ``guard`` put before it."""
    return text[1:] if _GUARDED.match(text) else text
