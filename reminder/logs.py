"""The log: one event a line on standard error, as text or JSON, with ids and not addresses."""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from structlog.typing import FilteringBoundLogger, Processor

MAX_TEXT = 500
_ADDRESS = re.compile(r"[^\s<>\"'(),:;=@/*]+@[^\s<>\"'(),:;=@/]+")
_URL_USER = re.compile(r"(?<=://)[^\s/]*@")
_SECRET_KEYS = re.compile(r"secret|password|passwd|token|authorization|cookie|_url$", re.IGNORECASE)
_LINK = re.compile(r"/(a|act|calendar|unsubscribe)/[A-Za-z0-9._~%-]{8,}")
# Event names and levels come from code; Message-IDs look like addresses and are ids.
_IDS = frozenset({"event", "level", "timestamp", "message_id"})


def set_up_logs(level: str, form: str) -> FilteringBoundLogger:
    """Send events of *level* and above to standard error; *form* is ``text`` or ``json``."""
    lines = _Lines()
    shape: list[Processor] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
        if form == "json"
        else [_one_text_line]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _add_timestamp,
            _render_exception,
            mask_personal_data,
            _head_first,
            *shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: lines,
        cache_logger_on_first_use=False,
    )
    # What libraries log (APScheduler, Alembic) goes the same way, warnings and worse only.
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.WARNING, force=True)
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def lines_lost() -> int:
    """Lines of this process that standard error did not take, since its start."""
    return _Lines.lost_in_all


def mask_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The last guard: no address, link or secret leaves, whatever a caller put in."""
    for key, value in event.items():
        if key in _IDS:
            event[key] = _flat(str(value)) if key != "timestamp" else value
        elif _SECRET_KEYS.search(key):
            event[key] = "***"
        elif not isinstance(value, (bool, int, float, type(None))):
            event[key] = masked(str(value))
    return event


def masked(text: str) -> str:
    """*text* on one line, without addresses, users in URLs, or action links."""
    text = _URL_USER.sub("***@", text)
    text = _LINK.sub(r"/\1/***", text)
    text = _ADDRESS.sub(_mask_address, text)
    return _flat(text)


def _mask_address(match: re.Match[str]) -> str:
    local, _, domain = match[0].partition("@")
    return f"{local[0]}***@{domain}"


def _flat(text: str) -> str:
    """No line end or escape of a value may start another line of the log."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean if len(clean) <= MAX_TEXT else clean[:MAX_TEXT] + "…"


def _add_timestamp(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    from reminder.clock import SystemClock

    # Of the machine even with --as-of: the log tells when it happened here.
    stamp = SystemClock().now().isoformat(timespec="milliseconds")
    event["timestamp"] = stamp.replace("+00:00", "Z")
    return event


def _head_first(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    head = ("timestamp", "level", "event")
    return {name: event[name] for name in head} | {
        name: value for name, value in event.items() if name not in head
    }


def _render_exception(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Type, text and where it was raised; never local values, they may be a person's data."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if error is not None:
        event["error"] = f"{type(error).__name__}: {error}"
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["raised_in"] = " > ".join(
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames
        )
    return event


def _one_text_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    head = f"{event.pop('timestamp')} {event.pop('level'):7} {event.pop('event')}"
    return " ".join([head, *(f"{key}={_quoted(value)}" for key, value in event.items())])


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not re.search(r"[\s\"=]", text) else '"' + text.replace('"', "'") + '"'


class _Lines:
    """Standard error. A line that it does not take is lost and counted: no mail waits for it."""

    lost_in_all = 0  # of the class: a reload sets the log up anew

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._descriptor: int | None = None
        with suppress(OSError):  # a stand-in for it has none
            self._descriptor = None if sys.stderr is None else sys.stderr.fileno()
        self._lost = 0
        self._lock = Lock()

    def msg(self, line: str) -> None:
        """Write one line; once that works again, say how many were lost."""
        with self._lock:
            try:
                self._write(f"{line}\n")
            except (OSError, ValueError):  # a full disk, a reader that is gone, a closed stream
                self._lost += 1
                _Lines.lost_in_all += 1
                return
            lost, self._lost = self._lost, 0
        if lost:
            structlog.get_logger().warning("log_lines_lost", lines=lost)

    debug = info = warning = error = critical = msg

    def _write(self, text: str) -> None:
        if self._stream is None:
            raise OSError("the program was started with standard error closed")
        if self._descriptor is None:
            self._stream.write(text)
            return
        # Past Python's buffer: that would keep what the disk refused, and fail again at the exit.
        data = text.encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._descriptor, data) :]


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        logger.log(
            record.levelno,
            "library_log",
            library=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info[1] if record.exc_info else None,
        )
