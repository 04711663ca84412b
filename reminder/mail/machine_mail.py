"""By what a mail from a machine is known (reliability 2.5, RFC 3834): it must never act."""

from __future__ import annotations

import re
from collections.abc import Collection

from reminder.mail.inbound import Machine
from reminder.mail.inbound_headers import Fields, subject

_MOST_RECEIVED = 25
_LONGEST_FROM = 2000
_LISTS = ("list-id", "list-unsubscribe", "list-post")
_AUTOREPLIES = ("x-autoreply", "x-autorespond")
_PRECEDENCES = ("bulk", "junk", "list", "auto_reply")
_DAEMON = re.compile(r"\bmail(?:er)?-?daemon\b|\bmail delivery (?:sub)?system\b", re.IGNORECASE)
_SERVER = re.compile(rf"{_DAEMON.pattern}|\bpostmaster\b|\bmicrosoftexchange", re.IGNORECASE)
_NOT_A_PERSON = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|"
    r"balasan otomatis|jawaban otomatis|di luar kantor|sedang cuti)\b",
    re.IGNORECASE,
)
"""How absence notes begin their subject, in English and Indonesian."""


def machine_of(fields: Fields, types: Collection[str], report_type: str) -> Machine | None:
    """Why this is no mail of a person; None where it is one.

    *types* are the content types of its parts; a calendar's answer is among them as
    ``text/calendar; method=reply``.
    """
    if _says(fields, ("auto-submitted",), unless="no"):
        return Machine.AUTO_SUBMITTED
    return (
        _server(fields, types, report_type)
        or _program(fields)
        or (Machine.CALENDAR if any("; method=" in one for one in types) else None)
        or (Machine.LOOP if len(fields.all("received")) > _MOST_RECEIVED else None)
        or (Machine.SUBJECT if _NOT_A_PERSON.match(subject(fields)) else None)
    )


def is_from_a_server(fields: Fields) -> bool:
    """Whether it may be a mail server's: in words, nobody else is believed about a delivery."""
    if "x-failed-recipients" in fields or _has_null_return_path(fields):
        return True
    return _is_sent_by(_SERVER, fields)


def _server(fields: Fields, types: Collection[str], report_type: str) -> Machine | None:
    if "multipart/report" in types:
        is_receipt = report_type == "disposition-notification"
        return Machine.RECEIPT if is_receipt else Machine.REPORT
    if _has_null_return_path(fields):
        return Machine.NULL_RETURN_PATH
    if "x-failed-recipients" in fields or _is_sent_by(_DAEMON, fields):
        return Machine.DAEMON
    return None


def _program(fields: Fields) -> Machine | None:
    if any(_word(value) in _PRECEDENCES for value in fields.all("precedence")):
        return Machine.PRECEDENCE
    if _says(fields, _AUTOREPLIES, unless="no"):
        return Machine.AUTOREPLY
    if _says(fields, ("x-auto-response-suppress",), unless="none"):
        return Machine.SUPPRESS
    return Machine.LIST if any(name in fields for name in _LISTS) else None


def _says(fields: Fields, names: Collection[str], unless: str) -> bool:
    return any(_word(value) != unless for name in names for value in fields.all(name))


def _has_null_return_path(fields: Fields) -> bool:
    return any(value.replace(" ", "") == "<>" for value in fields.all("return-path"))


def _is_sent_by(names: re.Pattern[str], fields: Fields) -> bool:
    return any(names.search(value[:_LONGEST_FROM]) for value in fields.all("from"))


def _word(value: str) -> str:
    """The first word of a value, without what may follow it."""
    return re.split(r"[;(\s]", value.strip(), maxsplit=1)[0].lower()
