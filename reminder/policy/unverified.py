"""Entries that rest on a proposal or on a legal basis that nobody has confirmed yet."""

from __future__ import annotations

from collections.abc import Iterator

from reminder.policy.items import Item
from reminder.policy.tree import Node, Scalar, Table

MOST_NAMED = 4


def warn_of_unverified(item: Item) -> None:
    """One warning for a file, at the first such entry: it is advice, not a list of mistakes."""
    found = list(_unverified(item.node, ""))
    if not found:
        return
    line, _ = found[0]
    names = list(dict.fromkeys(name for _, name in found))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    item.node.source.report(
        line,
        "verified_by",
        f"to be confirmed by the bureau: {', '.join(names[:MOST_NAMED])}{more}",
        "check days and legal basis, then write in verified_by who did and when",
        level="warning",
    )


def _unverified(node: Node, key: str) -> Iterator[tuple[int, str]]:
    if isinstance(node, Scalar):
        return
    if not isinstance(node, Table):
        for one in node.items:
            yield from _unverified(one, key)
        return
    texts = {
        entry.key: (entry.line, entry.value.text)
        for entry in node.entries
        if isinstance(entry.value, Scalar)
    }
    line, verified_by = texts.get("verified_by", (0, "-"))
    if not verified_by:
        _, name = texts.get("name") or texts.get("code") or (0, key)
        yield line, name
    for entry in node.entries:
        yield from _unverified(entry.value, entry.key)
