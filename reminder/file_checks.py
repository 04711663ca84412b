"""Who else can read this home's files, and whether they lie where SQLite is safe."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reminder.errors import Problem
from reminder.settings import Settings

NETWORK_DISKS = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "fuse.sshfs",
    "afs",
    "ceph",
    "glusterfs",
)


def database_file(settings: Settings) -> Path | None:
    """The file of a SQLite database, None for PostgreSQL."""
    prefix = "sqlite:///"
    url = settings.database_url
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


def find_file_problems(settings: Settings) -> list[Problem]:
    """Files with people's data that others can read, and a database on a network disk."""
    problems: list[Problem] = []
    file = database_file(settings)
    if file is not None:
        for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
            problems += _mode_problem(path, settings.home)
        if (kind := disk_kind(file, _mounts())) in NETWORK_DISKS:
            problems.append(
                Problem(
                    _shown(file, settings.home),
                    None,
                    "REMINDER_DATABASE_URL",
                    f"lies on a network disk ({kind}), where SQLite loses data",
                    "move it to a disk of this machine, or use PostgreSQL",
                )
            )
    if settings.mail_url.startswith("maildir:"):
        problems += _mode_problem(Path(settings.mail_url.removeprefix("maildir:")), settings.home)
    problems += _git_problem(settings.home)
    return problems


def disk_kind(path: Path, mounts: str) -> str:
    """The file system that *path* is on, by a table of *mounts*; empty where that is unknown."""
    found = Path("/"), ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = Path(fields[1].replace("\\040", " "))
        if path.is_relative_to(mount) and len(mount.parts) >= len(found[0].parts):
            found = mount, fields[2]
    return found[1]


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux; nothing can be said


def _mode_problem(path: Path, home: Path) -> list[Problem]:
    try:
        info = os.lstat(path)
    except OSError:
        return []
    mode = stat.S_IMODE(info.st_mode)
    if not mode & 0o077:
        return []
    right = "700" if stat.S_ISDIR(info.st_mode) else "600"
    return [
        Problem(
            _shown(path, home),
            None,
            "",
            f"can be read by others (mode {mode:04o})",
            f"run chmod {right} {path}",
        )
    ]


def _git_problem(home: Path) -> list[Problem]:
    """A home inside a repository, whose ``.env`` one ``git add`` would publish."""
    if not (home / ".env").exists():
        return []
    root = next((folder for folder in (home, *home.parents) if (folder / ".git").exists()), None)
    folders = [home, *home.parents]
    for folder in folders[: folders.index(root) + 1] if root is not None else []:
        try:
            lines = (folder / ".gitignore").read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError):
            continue
        if {".env", "/.env", "*"} & set(lines):
            return []
    if root is None:
        return []
    message = f"lies in the git repository {root} and is not ignored there"
    hint = "add the line .env to .gitignore"
    return [Problem(".env", None, "", message, hint, "warning")]


def _shown(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
