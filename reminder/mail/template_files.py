"""Template files: found in the admin's folder first, then the shipped one, and checked.

A template is a plain file of moderate size inside its folder. Links, pipes and odd bytes
are refused, since whoever can place a file here must not be able to mail another one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reminder.errors import TemplateError

PARTS = ("subject.txt.j2", "body.txt.j2", "body.html.j2")
SENTENCES_FILE = "sentences.txt.j2"
"""Beside them, where text and HTML share what they say."""
MOST_BYTES = 64 * 1024

_NAME = re.compile(r"(?:[a-z0-9_-]+/){0,3}[a-z0-9_-]+\.(?:txt|html)\.j2", re.ASCII)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template: its name below ``email/``, where it was found, and what it says."""

    name: str
    shown: str
    """The file as messages name it."""
    source: str


def is_template_name(name: str) -> bool:
    """Whether *name* can be one: small letters, and no way out of the folder."""
    return _NAME.fullmatch(name) is not None


class TemplateFiles:
    """The folders that hold ``email/NAME/LANGUAGE/``, the one that wins first."""

    def __init__(self, template_dirs: Sequence[Path]) -> None:
        self._dirs = tuple(template_dirs)

    def read(self, name: str) -> TemplateFile | None:
        """The file of that name, None where no folder has it; TemplateError if it is unfit."""
        if not is_template_name(name):
            raise TemplateError(
                f'"{name}" is not a template name; write small letters, digits, "-" and "_", '
                'for example "expiry/id/body.txt.j2"'
            )
        for folder in self._dirs:
            root = folder / "email"
            path = root.joinpath(*PurePosixPath(name).parts)
            if os.path.lexists(path):
                shown = self._shown(folder, name)
                return TemplateFile(name, shown, _read(root, path, shown))
        return None

    def names(self) -> tuple[str, ...]:
        """The templates of all folders (``expiry``, ``digest``, ...), sorted."""
        found = {
            entry.name
            for folder in self._dirs
            if (folder / "email").is_dir()
            for entry in (folder / "email").iterdir()
            if entry.is_dir() and not entry.name.startswith((".", "_"))
        }
        return tuple(sorted(found))

    def shown(self, name: str) -> str:
        """The file of that name as messages name it, also where it is missing."""
        for folder in self._dirs:
            if os.path.lexists(folder / "email" / name):
                return self._shown(folder, name)
        return self._shown(self._dirs[0], name)

    def _shown(self, folder: Path, name: str) -> str:
        # Both folders are called "templates"; only the admin's is the admin's to mend.
        own = len(self._dirs) == 1 or folder != self._dirs[-1]
        return f"{folder.name if own else f'(shipped) {folder.name}'}/email/{name}"


def _read(root: Path, path: Path, shown: str) -> str:
    if path.is_symlink() or root.resolve() not in path.resolve().parents:
        raise TemplateError(f"{shown}: is a link out of its folder; put the file itself there")
    # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise TemplateError(f"{shown}: cannot be read ({error.strerror})") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise TemplateError(f"{shown}: is not a regular file; put a text file there")
        raw = os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(raw) > MOST_BYTES:
        raise TemplateError(f"{shown}: is larger than {MOST_BYTES // 1024} KiB; shorten it")
    try:
        source = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TemplateError(f"{shown}:{line}: is not UTF-8; save it as UTF-8") from error
    odd = _BIDI.search(source)
    if odd:
        line = source.count("\n", 0, odd.start()) + 1
        raise TemplateError(
            f"{shown}:{line}: has the invisible character U+{ord(odd[0]):04X} that turns the "
            "direction of text; remove it"
        )
    return source.replace("\r\n", "\n")
