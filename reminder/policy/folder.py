"""The admin's config folder over the shipped one: which file counts, and how it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from reminder.errors import Problem
from reminder.near_names import near_name
from reminder.policy.documents import decode
from reminder.policy.files import read_bytes
from reminder.policy.items import Item
from reminder.policy.names import LIKENESS
from reminder.policy.repair import read_tree
from reminder.policy.tree import Node, Source

FILES = ("reminder.yaml", "rules.yaml", "steps.yaml", "findings.yaml", "holidays.yaml")
MAY_SAY_NOTHING = ("reminder.yaml", "holidays.yaml")
"""With nothing but comments in them, the shipped values hold."""

T = TypeVar("T")


class ConfigFolder:
    """Reads each file once and keeps what is wrong in it."""

    def __init__(self, own: Path | None, shipped: Path, home: Path | None) -> None:
        self._shipped = shipped
        self._home = home
        self._sources: list[tuple[int, Source]] = []
        self._own = self._own_files(own) if own is not None else {}

    def own_tree(self, name: str) -> Node | None:
        """The admin's file; None where there is none, or none that can be read."""
        path = self._own.get(name)
        return self._tree(path, path.parent) if path is not None else None

    def shipped_tree(self, name: str) -> Node | None:
        """The file that the service came with."""
        return self._tree(self._shipped / name, None)

    def read(self, name: str, reader: Callable[[Item], T]) -> T | None:
        """What *reader* makes of the file that counts; None where it cannot be read."""
        tree = self.own_tree(name)
        if tree is None and (name not in self._own or self._says_nothing(name)):
            tree = self.shipped_tree(name)
        return reader(Item.root(tree)) if tree is not None else None

    def is_whole(self, name: str) -> bool:
        """Whether nothing had to be left out of the file."""
        own = [source for place, source in self._sources if FILES[place : place + 1] == (name,)]
        return not any(source.is_partial for source in own)

    def problems(self) -> list[Problem]:
        """Everything that is wrong, by file and line."""
        found = [(place, problem) for place, source in self._sources for problem in source.problems]
        found.sort(key=lambda pair: (pair[0], pair[1].file, pair[1].line or 0))
        return [problem for _, problem in found]

    def _own_files(self, folder: Path) -> dict[str, Path]:
        try:
            entries = sorted(folder.iterdir())
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            source = self._source(folder)
            source.report(
                None, "", f"cannot be read as a folder ({reason})", "check its owner and mode"
            )
            return {}
        for entry in entries:
            name = entry.name
            if (
                name in FILES
                or name.startswith(".")
                or not name.lower().endswith((".yaml", ".yml"))
            ):
                continue
            near = near_name(name, FILES, likeness=LIKENESS)
            hint = f'did you mean "{near}"?' if near else f"the files are {', '.join(FILES)}"
            self._source(entry).report(None, "", "is not a config file", hint)
        return {entry.name: entry for entry in entries if entry.name in FILES}

    def _tree(self, path: Path, root: Path | None) -> Node | None:
        source = self._source(path)
        try:
            content = read_bytes(path, root)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            source.report(None, "", message, hint)
            return None
        text = decode(content, source)
        if not text.strip():
            if source.problems:
                return None  # what it holds could not be read, so "empty" would be wrong
            source.report(1, "", "is empty", "write it again, or remove it to get the shipped one")
            return None
        tree = read_tree(text, source)
        if tree is None and not source.problems and path.name not in MAY_SAY_NOTHING:
            source.report(
                1, "", "says nothing", "write something in it, or remove it to get the shipped one"
            )
        return tree

    def _says_nothing(self, name: str) -> bool:
        path = self._own[name]
        return not any(
            source.problems for _, source in self._sources if source.name == self._shown(path)
        )

    def _source(self, path: Path) -> Source:
        place = FILES.index(path.name) if path.name in FILES else len(FILES)
        source = Source(self._shown(path))
        self._sources.append((place, source))
        return source

    def _shown(self, path: Path) -> str:
        """*path* as the admin types it: from the home or from where they stand."""
        full = path.absolute()
        for base in (self._home, Path.cwd()):
            # From "/" (cron, systemd) a path without its first stroke would only confuse.
            if base is not None and base != base.parent and full.is_relative_to(base.absolute()):
                return full.relative_to(base.absolute()).as_posix()
        return str(full)
