"""What the bytes of a mail must keep to, whoever made them."""

from __future__ import annotations

LONGEST_LINE = 998
"""Octets of a line without its CRLF, by the standard."""


def has_bare_break(data: bytes) -> bool:
    """Whether there is a CR or LF that is not part of a CRLF, or a NUL.

    A bare one can end a mail early at the next server and smuggle in another one.
    """
    breaks = data.count(b"\r\n")
    return data.count(b"\n") != breaks or data.count(b"\r") != breaks or b"\0" in data


def has_long_line(data: bytes) -> bool:
    """Whether a line is longer than the standard allows."""
    start = 0
    # From one line break to the last one in reach, which skips many short lines at once.
    while len(data) - start > LONGEST_LINE:
        end = data.rfind(b"\r\n", start, start + LONGEST_LINE + 2)
        if end < 0:
            return True
        start = end + 2
    return False
