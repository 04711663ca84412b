"""Reading a tree of texts by field: a value of the right type, or a mistake at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reminder.policy.names import hint_for, shown
from reminder.policy.tree import BROKEN, Listing, Node, Scalar, Table, below

T = TypeVar("T")
Parse = Callable[[str], T]
"""Makes a value of a text. ValueError says what is wrong; what to do after a semicolon."""

MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a file: where it stands, and its path (``rules[2].lead_times[1]``)."""

    node: Node
    path: str
    line: int

    @classmethod
    def root(cls, node: Node) -> Item:
        """The whole of a file."""
        return cls(node, "", node.line)

    def report(self, message: str, hint: str = "", level: str = "error") -> None:
        """Note a mistake at this line."""
        self.node.source.report(self.line, self.path, message, hint, level)

    @property
    def is_broken(self) -> bool:
        """Whether it could not be read at all, which was reported."""
        if isinstance(self.node, Table):
            return self.node.is_partial and not self.node.entries
        return isinstance(self.node, Scalar) and self.node.text == BROKEN

    @property
    def scalar(self) -> str | None:
        """Its text; None for a list or table."""
        return self.node.text if isinstance(self.node, Scalar) else None

    @property
    def length(self) -> int | None:
        """How many items its list has; None where it is no list."""
        return len(self.node.items) if isinstance(self.node, Listing) else None

    def parsed(self, parse: Parse[T]) -> T | None:
        """The value of a text; None where it is none, which is then reported."""
        if self.is_broken:
            return None
        if not isinstance(self.node, Scalar):
            kind = "list" if isinstance(self.node, Listing) else "table"
            self.report(f"is a {kind}", "write one value")
            return None
        return self.made_of(self.node.text, parse)

    def made_of(self, text: str, parse: Parse[T]) -> T | None:
        """The value of *text*, which stands at this line; None where it is none."""
        if len(text) > MOST_LETTERS:
            self.report(f"is longer than {MOST_LETTERS} letters", "shorten it")
            return None
        try:
            return parse(text)
        except ValueError as error:
            message, _, hint = str(error).rpartition("; ")
            self.report(message or hint, hint if message else "")
            return None

    def each(self, example: str) -> list[Item] | None:
        """The items of a list; None where it is none, which is then reported."""
        if self.is_broken:
            return None
        if not isinstance(self.node, Listing):
            self.report("is empty" if self.scalar == "" else "is not a list", example)
            return None
        return [
            Item(node, f"{self.path}[{index}]", node.line)
            for index, node in enumerate(self.node.items)
        ]

    def entries(self, example: str) -> dict[str, Item] | None:
        """The items of a table, whatever their keys; None where it is none."""
        if self.is_broken:
            return None
        if not isinstance(self.node, Table):
            self.report("is empty" if self.scalar == "" else "is not a table", example)
            return None
        return {
            entry.key: Item(entry.value, below(self.path, entry.key), entry.line)
            for entry in self.node.entries
        }

    def fields(
        self,
        known: Sequence[str],
        required: Sequence[str] = (),
        synonyms: Mapping[str, str] | None = None,
    ) -> Fields:
        """The items of a table that may have these keys, and no others."""
        entries = self.entries(f"write keys and values: {', '.join(required or known)}")
        if entries is None:
            return Fields(self, {})
        for key, item in entries.items():
            if key not in known:
                item.report("is not a known key", hint_for(key, known, synonyms))
        assert isinstance(self.node, Table)  # noqa: S101 - else entries is None
        if not (self.node.is_partial or self.node.source.is_partial):
            for key in required:
                if key not in entries:
                    self.report(f'has no "{key}"', f'add "{key}: ..."')
        return Fields(self, entries)


@dataclass(frozen=True, slots=True)
class Fields:
    """The known keys of one table, read one by one; what is absent has its default."""

    item: Item
    entries: Mapping[str, Item]

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def get(self, key: str) -> Item | None:
        """The item of *key*; None where it is absent."""
        return self.entries.get(key)

    def one(self, key: str, parse: Parse[T], default: T) -> T:
        """The value of *key*; the default where it is absent or wrong."""
        item = self.entries.get(key)
        value = item.parsed(parse) if item is not None else None
        return default if value is None else value

    def pairs(
        self, key: str, parse: Parse[T], example: str, may_be_empty: bool = False
    ) -> tuple[tuple[Item, T], ...]:
        """The values of a list with where they stand, each value once; none where it is absent."""
        item = self.entries.get(key)
        items = item.each(example) if item is not None else None
        if item is None or items is None:
            return ()
        if not items and not may_be_empty:
            item.report("is empty", example)
        found: list[tuple[Item, T]] = []
        for one in items:
            value = one.parsed(parse)
            if value is None:
                continue
            if any(value == known for _, known in found):
                one.report(f"{shown(one.scalar or '')} stands twice", "keep one of them")
            else:
                found.append((one, value))
        return tuple(found)

    def several(
        self, key: str, parse: Parse[T], example: str, may_be_empty: bool = False
    ) -> tuple[T, ...]:
        """The values of a list, each once; none where it is absent."""
        return tuple(value for _, value in self.pairs(key, parse, example, may_be_empty))


def choice(
    names: Iterable[str], what: str = "value", synonyms: Mapping[str, str] | None = None
) -> Parse[str]:
    """A reader of one word out of *names*."""
    known = list(names)

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(
                f"{shown(text)} is not a known {what}; {hint_for(text, known, synonyms)}"
            )
        return text

    return parse
