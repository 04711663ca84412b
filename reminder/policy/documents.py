"""YAML as a tree of texts, each with its line; everything clever in YAML is refused.

Nothing is guessed: ``no``, ``0123``, ``1.10`` and ``08`` stay the texts that they are, and
the field that reads them knows what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reminder.policy.files import unfit_characters, without_unfit_characters
from reminder.policy.tree import BROKEN, Entry, Listing, Node, Scalar, Source, Table, below

MOST_DEPTH = 20

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotYaml(Exception):
    """The text cannot be read beyond this line."""

    def __init__(self, line: int, message: str, hint: str, also: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint
        self.also = line if also is None else also
        """Another line that the mistake may be on."""


def decode(content: bytes, source: Source) -> str:
    """*content* as text; what cannot be text is reported and left out."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        source.report(1, "", "is UTF-16", "save it as UTF-8")
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        source.report(line, "", f"is not UTF-8 (byte 0x{byte:02X})", "save the file as UTF-8")
        text = content.decode("utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n")
    for number, names in unfit_characters(text):
        source.report(number, "", f"holds characters that cannot be seen ({names})", "remove them")
    return without_unfit_characters(text)


def compose(text: str, source: Source) -> Node | None:
    """The tree of *text*; None where it holds nothing. NotYaml where it cannot be read."""
    loader = _LOADER(text)
    try:
        return _Composer(source, loader).compose()
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from error
    except yaml.YAMLError as error:
        raise NotYaml(1, f"is not YAML ({error})", "see the shipped file for the form") from error
    finally:
        loader.dispose()


class _Composer:
    def __init__(self, source: Source, loader: yaml.SafeLoader) -> None:
        self._source = source
        self._events = _events(loader)

    def compose(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    line = _line(event)
                    self._source.report(
                        line, "", "a second document begins here", 'remove the line "---"'
                    )
                    return root
            elif isinstance(event, NodeEvent):
                root = self._node(event, "", 0)
        return root if root is None or not _is_blank(root) else None

    def _node(self, event: Event, path: str, depth: int) -> Node:
        line = _line(event)
        if isinstance(event, AliasEvent):
            self._source.report(
                line, path, f"*{event.anchor} repeats another part", "write it out here"
            )
            return Scalar(self._source, line, BROKEN)
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            if event.anchor is not None:
                self._source.report(line, path, f"&{event.anchor} names a part", "remove it")
            if event.tag is not None:
                self._source.report(line, path, f'the tag "{event.tag}" is not read', "remove it")
        if depth > MOST_DEPTH:
            raise NotYaml(line, f"is nested deeper than {MOST_DEPTH} levels", "write it flat")
        if isinstance(event, MappingStartEvent):
            return self._table(line, path, depth)
        if isinstance(event, CollectionStartEvent):
            items: list[Node] = []
            while not isinstance(item := next(self._events), SequenceEndEvent):
                items.append(self._node(item, f"{path}[{len(items)}]", depth + 1))
            return Listing(self._source, line, tuple(items))
        assert isinstance(event, ScalarEvent)  # noqa: S101 - no other node event exists
        if BROKEN in event.value and event.implicit[0]:
            return Scalar(self._source, line, BROKEN)
        return Scalar(self._source, line, self._text(event.value, path, line))

    def _table(self, line: int, path: str, depth: int) -> Table:
        entries: dict[str, Entry] = {}
        is_partial = False
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, path, depth + 1)
            key_path = below(path, key.text) if isinstance(key, Scalar) else path
            value = self._node(next(self._events), key_path, depth + 1)
            if not isinstance(key, Scalar):
                self._source.report(
                    key.line, path, "a list or table stands as a key", "write a word"
                )
            elif key.text == BROKEN:
                is_partial = True
            elif key.text in entries:
                first = entries[key.text].line
                self._source.report(
                    key.line, key_path, f"stands twice, first on line {first}", "keep one of them"
                )
            else:
                entries[key.text] = Entry(key.text, key.line, value)
        return Table(self._source, line, tuple(entries.values()), is_partial)

    def _text(self, text: str, path: str, line: int) -> str:
        """The text; an escape such as ``"\\u202e"`` must not bring in what was refused."""
        text = text.strip()
        for _, names in unfit_characters(text):
            self._source.report(
                line, path, f"holds characters that cannot be seen ({names})", "remove them"
            )
        text = without_unfit_characters(text)
        if "\n" in text or "\t" in text:
            self._source.report(
                line, path, "a text runs over several lines", 'write it on one, or after ">-"'
            )
            text = " ".join(text.split())
        return text


def _events(loader: yaml.SafeLoader) -> Iterator[Event]:
    while True:
        event: Event = loader.get_event()  # type: ignore[no-untyped-call]  # PyYAML has no types
        if isinstance(event, StreamEndEvent):
            return
        yield event


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _is_blank(root: Node) -> bool:
    return isinstance(root, Scalar) and not root.text


_AT_CONTEXT = ("while parsing a flow", "while scanning a quoted scalar", "while scanning a simple")
"""Contexts whose beginning is the admin's mistake: what was opened there never ended."""
_HINTS = (
    (
        "mapping values are not allowed",
        'write "key: value", with quotes round a value that holds a colon',
    ),
    ("expected ',' or ']'", 'close the list with "]", with commas between its items'),
    ("expected ',' or '}'", 'close the table with "}", with commas between its items'),
    ("quoted scalar", "close the quotes"),
    (
        "could not find expected ':'",
        'write a colon and a space after the key, for example "to: []"',
    ),
    ("cannot start any token", "put quotes round the value"),
    ("alphabetic or numeric", "put quotes round the value"),
    ("expected key", "check the indentation: keys of one item begin in one column"),
    ("expected '-' indicator", "check the indentation: items of one list begin in one column"),
)


def _not_yaml(error: yaml.MarkedYAMLError) -> NotYaml:
    problem, context = error.problem or "", error.context or ""
    hint = next(
        (hint for sign, hint in _HINTS if sign in problem or sign in context),
        "see the shipped file for the form",
    )
    last = error.problem_mark.line + 1 if error.problem_mark else 1
    first = error.context_mark.line + 1 if error.context_mark else last
    line = first if context.startswith(_AT_CONTEXT) else last
    return NotYaml(line, f"is not YAML ({problem})", hint, also=last if line == first else first)
