"""Every exception that the service raises, under one base class.

A message answers three questions: what happened, where, what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ReminderError(Exception):
    """Base class. The command line prints its text and ends with ``exit_code``."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file, as ``check --json`` prints it.

    ``file`` is relative to where the admin looks for it, ``line`` counts from 1 (None
    where the file as a whole is meant), ``key`` is the path of the item
    (``rules[2].lead_times[1]``), ``level`` is ``error`` or ``warning``.
    """

    file: str
    line: int | None
    key: str
    message: str
    hint: str = ""
    level: str = "error"

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f"{self.key}: " if self.key else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}: {key}{self.message}{hint}"


class ProblemsError(ReminderError):
    """Several mistakes found in one go; nothing was changed."""

    def __init__(self, problems: Sequence[Problem], summary: str = "") -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__("\n".join([*lines, summary] if summary else lines))


class SettingsError(ProblemsError):
    """The environment or ``.env`` cannot be used as it is."""


class PolicyError(ProblemsError):
    """The config directory cannot be used as it is."""


class ImportRefused(ProblemsError):
    """A register import had bad rows; nothing was imported."""


class TemplateError(ReminderError):
    """A template could not be read or rendered."""


class MailboxError(ReminderError):
    """The mailbox that bounces and replies arrive in cannot be used; what is there stays there."""


class ReaderUnavailable(ReminderError):
    """The program that reads inbound mails cannot run here; no mail was looked at."""


class MailRefused(ReminderError):
    """A value cannot be put into a mail as it is; nothing was sent."""


class NotFound(ReminderError):
    """The register holds no such agreement, bureau, rule or message."""


class AnswerRefused(ReminderError):
    """What a person decided about messages cannot be done; nothing was changed."""


class ResponseRefused(ReminderError):
    """What a person answered about a deadline cannot be taken so; nothing was changed.

    The text is for the shell. *why* is the same in one word, one of ``responses.Refusal``, with
    *values* that pages and mails put into sentences of their own language.
    """

    def __init__(self, text: str, why: str = "", **values: object) -> None:
        super().__init__(text)
        self.why = why
        self.values = values


class TransportError(ReminderError):
    """The mail transport cannot be used at all (not: one message was refused)."""


class DatabaseError(ReminderError):
    """The database cannot be opened, is too old, or is not ours."""


class HomeBusy(ReminderError):
    """Another daemon holds this home."""

    exit_code = 75


def describe(error: BaseException) -> str:
    """An error in one line of moderate length, for messages and records."""
    text = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
