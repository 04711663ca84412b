"""Long lists in pieces that a statement can take as parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

CHUNK = 500


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """*items* in lists of at most *size*."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
