"""What to write instead of a name that the register does not have."""

from __future__ import annotations

from collections.abc import Iterable

from reminder.near_names import near_name

MOST_LISTED = 5


def write_one_of(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest name, or all of them where they are few."""
    names = list(known)
    near = near_name(word, names)
    if near is not None:
        return f"write {near}"
    if not names:
        return "there is none yet"
    listed = ", ".join(names[:MOST_LISTED])
    return f"write one of {listed}" + (", ..." if len(names) > MOST_LISTED else "")
