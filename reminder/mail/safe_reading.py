"""Reading inbound mails in a child process: whatever a mail does, the service goes on.

A small mail can cost a parser many seconds or all memory (2,000 multiparts inside each
other, 200,000 parts). The child has limits for both, and a mail that exceeds them is put
aside for a person.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import IO, TYPE_CHECKING, Self

from reminder.errors import ReaderUnavailable
from reminder.mail.inbound import Inbound, Trouble, Unreadable
from reminder.mail.inbound_reading import MOST_OCTETS
from reminder.mail.inbound_wire import MOST_ANSWERED, READY, from_json, read_frame, write_frame

if TYPE_CHECKING:
    from types import TracebackType

_UNAVAILABLE = "The program that reads inbound mails is not there"
_LEAVES_WITHIN = 1.0
"""Seconds that a child has to leave once nothing is asked of it any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one mail may cost (reliability 3.4)."""

    cpu_seconds: int = 5
    wall_seconds: float = 10.0
    memory: int = 512 * 1024 * 1024
    """Octets of address space, for Python and the mail together."""
    start_seconds: float = 30.0
    """In which the child must be there; a busy machine is no fault of a mail."""


def child_command(limits: Limits) -> tuple[str, ...]:
    """Python without the environment's and the folder's influence, and our child in it."""
    options = (str(limits.cpu_seconds), str(limits.memory))
    return (sys.executable, "-I", "-m", "reminder.mail.inbound_child", *options)


class SafeReader:
    """Reads mails one after another in one child; after a death the next has a new one."""

    def __init__(self, limits: Limits | None = None, command: Sequence[str] | None = None) -> None:
        self._limits = limits or Limits()
        self._command = command or child_command(self._limits)
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, raw: bytes) -> Inbound | Unreadable:
        """What a mail says, or why it cannot be read.

        ReaderUnavailable where no child can be had: that says nothing about the mail.
        """
        if len(raw) > MOST_OCTETS:
            return Unreadable(
                Trouble.SIZE, f"it has {len(raw)} octets, at most {MOST_OCTETS} are read"
            )
        if self._child is None:
            self._child = _Child(self._command, self._limits.start_seconds)
        answer, is_late = self._child.ask(raw, self._limits.wall_seconds)
        if answer is not None:
            with suppress(ValueError, KeyError, TypeError):
                return from_json(answer)
        code = self._child.end()
        self._child = None
        return _why(code, is_late=is_late, limits=self._limits)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
            self._child = None


def read_safely(raw: bytes) -> Inbound | Unreadable:
    """One mail, in a child of its own; ReaderUnavailable where none can be had."""
    with SafeReader() as reader:
        return reader.read(raw)


class _Child:
    """One process, and the pipes to it."""

    def __init__(self, command: Sequence[str], start_seconds: float) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it would quote the mail
                env={},  # which has our secrets
                start_new_session=True,  # Ctrl-C is for us
            )
        except OSError as error:
            raise ReaderUnavailable(f"{_UNAVAILABLE}: it cannot be started: {error}") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("a child without pipes")
        self._requests: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout
        with self._at_most(start_seconds):
            greeting = self._answers.read(len(READY))
        if greeting != READY:
            code = self.end()
            raise ReaderUnavailable(f"{_UNAVAILABLE}: it ended with {code} before it began")

    def ask(self, raw: bytes, seconds: float) -> tuple[bytes | None, bool]:
        """Its answer, None where it has none, and whether it was ended for its slowness."""
        answer = None
        with self._at_most(seconds) as expired, suppress(OSError):
            write_frame(self._requests, raw)
            answer = read_frame(self._answers, MOST_ANSWERED)
        # Ended a moment after its answer it is no use for the next mail either.
        return (None if expired else answer), bool(expired)

    def end(self) -> int:
        """Let it go, and say how it ended: minus the signal that ended it, else its code."""
        with suppress(OSError):
            self._requests.close()
        try:
            code = self._process.wait(_LEAVES_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._answers.close()
        return code

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[list[bool]]:
        """End the child if the block takes longer; what is given is then no longer empty."""
        expired: list[bool] = []

        def end() -> None:
            expired.append(True)
            self._process.kill()

        # Ending the child is what ends our waiting for its pipes, on any system.
        timer = Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()
            timer.join()


def _why(code: int, *, is_late: bool, limits: Limits) -> Unreadable:
    """What the end of a child says about the mail that it read."""
    if is_late:
        return Unreadable(Trouble.TIME, f"it was not read in {limits.wall_seconds:g} seconds")
    if code == -signal.SIGXCPU:
        worked = f"reading it took more than {limits.cpu_seconds} seconds of processor time"
        return Unreadable(Trouble.TIME, worked)
    if code == -signal.SIGKILL:
        return Unreadable(Trouble.MEMORY, "the system ended its reader, as it does for memory")
    return Unreadable(Trouble.DIED, f"its reader ended with {code}")
