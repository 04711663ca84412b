"""Reads ``.env`` and files that hold secrets; knows lines and file modes, not what is meant."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reminder.errors import Problem

MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and where it was written; ``line`` is None in the process environment."""

    value: str
    file: str
    line: int | None = None


def read_env_file(path: Path, problems: list[Problem]) -> dict[str, Entry]:
    """The entries of *path*, empty where there is no such file; adds what is wrong with it."""
    if not path.is_symlink() and not path.exists():
        return {}
    try:
        text = read_private(path)
    except ValueError as error:
        problems.append(_problem(path.name, None, "", str(error)))
        return {}
    from dotenv.parser import parse_stream

    entries: dict[str, Entry] = {}
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original
        # The parser counts from the blank lines before an entry.
        blank = original.string[: len(original.string) - len(original.string.lstrip())]
        line = original.line + blank.count("\n")
        if binding.error or (binding.key is not None and binding.value is None):
            # Not the line itself: it may be half of a secret.
            problems.append(_problem(path.name, line, "", "is not NAME=VALUE; write one a line"))
        elif binding.key in entries:
            earlier = entries[binding.key].line
            problems.append(
                _problem(path.name, line, binding.key, f"was set in line {earlier}; remove one")
            )
        elif binding.key is not None and binding.value is not None:
            entries[binding.key] = Entry(binding.value, path.name, line)
    return entries


def read_private(path: Path, credentials: str | None = None) -> str:
    """The text of a file that only its owner may read; ValueError says why it is refused.

    *credentials* is systemd's credential folder: it holds files of mode 0440 whose group
    bits are the mask of an access list that names this service alone.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise ValueError("is a link; put the file itself there") from None
        raise ValueError(f"cannot be read ({error.strerror}); check the name and owner") from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        os.close(descriptor)
        raise ValueError("is not a regular file; write a plain text file")
    with os.fdopen(descriptor, "rb") as file:
        others = 0o037 if credentials and path.is_relative_to(credentials) else 0o077
        if info.st_mode & others:
            mode = stat.S_IMODE(info.st_mode)
            raise ValueError(f"can be read by others (mode {mode:04o}); run chmod 600 {path}")
        if info.st_uid not in (0, os.geteuid()):
            raise ValueError("belongs to another user; give it to the user of the service")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError("is larger than 64 KiB; it cannot be what is meant")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text; save it as UTF-8") from None


def resolve(
    home: Path, name: str, level: Mapping[str, Entry], credentials: str, problems: list[Problem]
) -> Entry | None:
    """What *level* says of *name*, itself or through the file that ``NAME_FILE`` names."""
    entry, named = level.get(name), level.get(f"{name}_FILE")
    if named is None or not named.value:
        return entry
    if entry is not None and entry.value:
        problems.append(
            _problem(named.file, named.line, f"{name}_FILE", f"and {name} are set; keep one")
        )
        return None
    path = home / named.value
    try:
        value = read_private(path, credentials).removesuffix("\n").removesuffix("\r")
    except ValueError as error:
        problems.append(_problem(named.file, named.line, f"{name}_FILE", f"{path} {error}"))
        return None
    return Entry(value, named.file, named.line)


def _problem(file: str, line: int | None, key: str, text: str) -> Problem:
    message, _, hint = text.partition("; ")
    return Problem(file, line, key, message, hint)
