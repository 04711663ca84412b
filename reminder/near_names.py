"""Near names: "did you mean" for words that people mistype."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_COMPARED = 2_000
_LONGEST = 100


def near_names(
    word: str, known: Iterable[str], *, likeness: float = 0.6, most: int = 3
) -> list[str]:
    """The known names most like *word*, compared without case, the likest first.

    *likeness* runs from 0 to 1, where 1 is the word itself.
    """
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
        if len(by_folded) >= _MOST_COMPARED:
            break
    folded = word[:_LONGEST].casefold()
    return [by_folded[name] for name in get_close_matches(folded, by_folded, most, likeness)]


def near_name(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known name that *word* most likely means; None where none is near."""
    return next(iter(near_names(word, known, likeness=likeness, most=1)), None)
