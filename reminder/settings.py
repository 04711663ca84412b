"""The environment and ``.env`` become one frozen ``Settings``; only here is os.environ read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reminder import settings_checks as checks
from reminder.env_file import Entry, read_env_file, resolve
from reminder.errors import Problem, SettingsError
from reminder.near_names import near_name

PREFIX = "REMINDER_"

# name in Settings -> (default, check); a check returns the value as it is used from then on.
Check = Callable[[str, Path], str]
_FIELDS: dict[str, tuple[str, Check]] = {
    "database_url": ("sqlite:///var/reminder.db", checks.database_url),
    "mail_url": ("maildir:var/mail", checks.mail_url),
    "mail_from": ("", checks.mailbox),
    "inbox_url": ("", checks.inbox_url),
    "public_url": ("http://127.0.0.1:8025", checks.public_url),
    "secret_key": ("", checks.secret_key),
    "redirect_to": ("", checks.address),
    "heartbeat_url": ("", checks.heartbeat_url),
    "config_dir": ("", checks.folder),
    "templates_dir": ("", checks.folder),
    "listen": ("127.0.0.1:8025", checks.listen),
    "log_level": ("info", checks.one_of("debug", "info", "warning", "error")),
    "log_format": ("text", checks.one_of("text", "json")),
}
NAMES = tuple(PREFIX + name.upper() for name in _FIELDS)
"""Every setting, in the order of ``config/.env.example``."""


@dataclass(frozen=True)
class Settings:
    """What one home is run with. An empty string means off; paths and URLs are absolute.

    What may carry a password stays out of ``repr``, and so out of logs and tracebacks.
    """

    home: Path
    database_url: str = field(repr=False)
    mail_url: str = field(repr=False)
    mail_from: str
    inbox_url: str = field(repr=False)
    public_url: str
    secret_key: str = field(repr=False)
    redirect_to: str = field(repr=False)
    heartbeat_url: str = field(repr=False)
    config_dir: Path
    templates_dir: Path
    listen: str
    log_level: str
    log_format: str

    @property
    def serves_pages(self) -> bool:
        """Whether the links in mails lead to pages of ours."""
        return bool(self.listen)


def process_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ


def load_settings(home: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of *home*; SettingsError names every mistake at once."""
    reading = read_settings(home, environ)
    if reading.settings is None:
        raise SettingsError([one for one in reading.problems if one.level == "error"])
    return reading.settings


@dataclass(frozen=True)
class Reading:
    """What reading the settings brought: all mistakes and warnings, and what was usable.

    The folders are known even where another setting is wrong, so that ``check`` can go on.
    """

    problems: list[Problem]
    settings: Settings | None
    config_dir: Path
    templates_dir: Path


def read_settings(home: Path, environ: Mapping[str, str]) -> Reading:
    """All mistakes and warnings, and the settings where no mistake stands in the way."""
    home = home.absolute()
    problems: list[Problem] = []
    in_file = read_env_file(home / ".env", problems)
    is_file_usable = all(problem.line is not None for problem in problems)
    in_process = {
        name: Entry(value, "environment")
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != "REMINDER_HOME"
    }
    problems += _unknown_names(in_file) + _unknown_names(in_process)

    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    values: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    for name, (default, check) in _FIELDS.items():
        full_name = PREFIX + name.upper()
        found = len(problems)
        # The process environment wins as a whole: its NAME beats NAME_FILE of .env too, and
        # an empty one switches off what .env says.
        entry = resolve(home, full_name, in_process, credentials, problems)
        if entry is None:
            entry = resolve(home, full_name, in_file, credentials, problems)
        is_given = entry is not None and entry.value != ""
        entries[name] = entry if entry is not None and is_given else Entry(default, ".env")
        if len(problems) > found or not (is_given or is_file_usable):
            continue  # that it is missing follows from what was said already
        try:
            values[name] = check(entries[name].value, home)
        except ValueError as error:
            problems.append(problem_at(entries[name], full_name, str(error)))
    for name, text, level in checks.pairs(values, home):
        problems.append(problem_at(entries[name], PREFIX + name.upper(), text, level))
    problems.sort(key=lambda problem: (problem.file, problem.line or 0))
    config_dir = Path(values.get("config_dir") or home / "config")
    templates_dir = Path(values.get("templates_dir") or home / "templates")
    if any(problem.level == "error" for problem in problems):
        return Reading(problems, None, config_dir, templates_dir)
    texts = {name: value for name, value in values.items() if not name.endswith("_dir")}
    settings = Settings(home=home, config_dir=config_dir, templates_dir=templates_dir, **texts)
    return Reading(problems, settings, config_dir, templates_dir)


def problem_at(entry: Entry, key: str, text: str, level: str = "error") -> Problem:
    """The problem *text* ("what is wrong; what to write") at the place of *entry*."""
    message, _, hint = text.partition("; ")
    return Problem(entry.file, entry.line, key, message, hint, level)


def _unknown_names(entries: Mapping[str, Entry]) -> list[Problem]:
    known = {*NAMES, *(f"{name}_FILE" for name in NAMES)}
    problems = []
    for name, entry in entries.items():
        if name in known:
            continue
        near = near_name(name, NAMES, likeness=0.75)
        near = PREFIX + name if PREFIX + name in known else near
        if not name.startswith(PREFIX):
            # Other programs may share the file, so only a likely slip is worth a word.
            if near:
                text = f"is not a setting of this service; did you mean {near}?"
                problems.append(problem_at(entry, name, text, "warning"))
        elif name == "REMINDER_HOME":
            text = "cannot be set in the home itself; use --home or the process environment"
            problems.append(problem_at(entry, name, text))
        else:
            hint = f"did you mean {near}?" if near else "remove it, see config/.env.example"
            problems.append(problem_at(entry, name, f"is not a setting; {hint}"))
    return problems
