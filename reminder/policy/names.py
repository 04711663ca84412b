"""The nearest known name for a typo, and values shown in a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST_SHOWN = 60


def shown(text: str) -> str:
    """*text* in quotes, cut where it is long."""
    cut = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
    return f'"{cut}"'


def near_name(word: str, known: Iterable[str]) -> str | None:
    """The known name that *word* most likely means; None where none is near."""
    by_folded = {name.casefold(): name for name in known}
    found = get_close_matches(word[:100].casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def hint_for(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """What to write instead of *word*: the near name, else the names there are.

    *synonyms* maps words that people try to the hint itself.
    """
    names = list(known)
    synonyms = synonyms or {}
    near = near_name(word, [*names, *synonyms])
    if near is not None:
        return synonyms.get(near) or f'did you mean "{near}"?'
    return f"write one of {', '.join(names)}" if names else "remove it"
