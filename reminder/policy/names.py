"""Values shown in a message, and what to write instead of a name that is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reminder.near_names import near_name

MOST_SHOWN = 60
LIKENESS = 0.7
"""Of a typo to the name meant: less, and a name of somebody's own would be taken for one."""


def shown(text: str) -> str:
    """*text* in quotes, cut where it is long."""
    cut = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
    return f'"{cut}"'


def hint_for(word: str, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """What to write instead of *word*: the near name, else the names there are.

    *synonyms* maps words that people try to the hint itself.
    """
    names = list(known)
    synonyms = synonyms or {}
    near = near_name(word, [*names, *synonyms], likeness=LIKENESS)
    if near is not None:
        return synonyms.get(near) or f'did you mean "{near}"?'
    return f"write one of {', '.join(names)}" if names else "remove it"
