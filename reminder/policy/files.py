"""Reading one file of the admin's as text, whatever lies there under its name."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 1024 * 1024

_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\ue000\ufeff\ufff9-\ufffb]"
)


def read_bytes(path: Path, root: Path | None, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of *path*; ValueError says what stands in its place.

    A link is followed only where it stays inside *root* (Kubernetes mounts config files
    that way): one that leads outside could show any file of the machine in an error.
    Without *root*, for files that the service came with, every link is followed: some
    installers link them to a cache.
    """
    if root is not None and path.is_symlink() and not _is_inside(path, root):
        raise ValueError("is a link that leads out of its folder; put the file itself here")
    try:
        # Without O_NONBLOCK opening a FIFO would wait for ever for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(f"cannot be read ({reason}); check its owner and mode") from error
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise ValueError(f"is {kind}; put a text file here")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    finally:
        os.close(handle)
    if len(content) > most_bytes:
        raise ValueError(f"is larger than {most_bytes // 1024} KiB; this cannot be meant")
    return content


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a dangling link, or links in a circle
        return False


def unfit_characters(text: str) -> Iterator[tuple[int, str]]:
    """Each line, from 1, with characters that cannot be seen, and their names.

    They hide what a line says (text that runs backwards, a space that is none), and some
    end a line in the eyes of YAML but not in those of an editor.
    """
    if _UNFIT.search(text) is None:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        found = sorted({f"U+{ord(character):04X}" for character in _UNFIT.findall(line)})
        if found:
            yield number, ", ".join(found[:5])


def without_unfit_characters(text: str) -> str:
    """*text* so that the rest of it can still be checked."""
    return _UNFIT.sub(lambda match: " " if match[0] in "\xa0\u202f\u3000" else "", text)
