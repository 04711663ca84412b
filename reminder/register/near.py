"""Near names: "did you mean" for words that people mistype."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 5
_MOST_COMPARED = 2_000


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name most like *word*, compared without case; None where none is like it."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(name.casefold(), name)
        if len(by_key) >= _MOST_COMPARED:
            break
    found = get_close_matches(word.casefold(), by_key, n=1, cutoff=likeness)
    return by_key[found[0]] if found else None


def write_one_of(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest name, or all of them where they are few."""
    names = list(known)
    near = nearest(word, names)
    if near is not None:
        return f"write {near}" if len(names) != 1 else f"write {names[0]}"
    if not names:
        return "there is none yet"
    listed = ", ".join(names[:MOST_LISTED])
    return f"write one of {listed}" + (", ..." if len(names) > MOST_LISTED else "")
