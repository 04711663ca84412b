"""From the octets of one inbound mail to what it says, within limits. Never raises.

Called in a child process, see ``safe_reading``: a mail may still cost more time or memory
than it is worth.
"""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32, compat32

from reminder.mail import inbound_headers as headers
from reminder.mail.authentication import authentication
from reminder.mail.dsn import Report, id_in_words, read_report, returned_id
from reminder.mail.inbound import Delivery, Fate, Inbound, Kind, Machine, Trouble, Unreadable
from reminder.mail.inbound_headers import Fields
from reminder.mail.inbound_text import (
    body_text,
    first_line,
    own_text,
    parts_inside,
    parts_of,
    words_of,
)
from reminder.mail.machine_mail import is_from_a_server, machine_of
from reminder.mail.worded_bounces import read_words

MOST_OCTETS = 10 * 1024 * 1024
MOST_HEADER_OCTETS = 64 * 1024
MOST_PARTS = 200
DEEPEST = 20
_MOST_BLOCKS = 1001
"""Of a delivery status: one about the mail, 1,000 about recipients."""
_WORDS = 16 * 1024
_BLANK_LINE = re.compile(rb"(?>\r\n|\r|\n)(?:\r\n|\r|\n)")
_STATUS = "message/delivery-status"


class _TooMuch(Exception):
    """A limit is exceeded."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.unreadable = Unreadable(trouble, detail)


def read_inbound(raw: bytes) -> Inbound | Unreadable:
    """What the mail *raw* says, or why it cannot be read."""
    try:
        return _read(_parsed(raw))
    except _TooMuch as much:
        return much.unreadable
    except MemoryError:
        return Unreadable(Trouble.MEMORY, "it needs more memory than a mail may")
    except RecursionError:
        return Unreadable(Trouble.DEPTH, "its parts are too deep inside each other to be read")
    except Exception as error:  # the parser fails in many ways: IndexError, AttributeError, ...
        return Unreadable(Trouble.PARSE, f"the parser failed with {type(error).__name__}")


def _parsed(raw: bytes) -> Message:
    if len(raw) > MOST_OCTETS:
        raise _TooMuch(
            Trouble.SIZE, f"it has {len(raw)} octets, and at most {MOST_OCTETS} are read"
        )
    blank = _BLANK_LINE.search(raw)
    _check_header(blank.start() if blank else len(raw))
    made = 0

    def part(policy: Compat32 = compat32) -> Message:
        # Counted while it is parsed: 200,000 parts are 2 MB of text and 15 seconds of work.
        nonlocal made
        made += 1
        if made > MOST_PARTS + _MOST_BLOCKS:
            raise _TooMuch(Trouble.PARTS, "it has more parts and recipients than are read")
        return Message(policy=policy)

    # The older policy keeps the fields as they are; the newer one parses them while it reads.
    message = BytesParser(part, policy=compat32).parsebytes(raw)
    _check_parts(message)
    return message


def _check_header(octets: int) -> None:
    if octets > MOST_HEADER_OCTETS:
        raise _TooMuch(
            Trouble.HEADERS,
            f"a header has {octets} octets, and at most {MOST_HEADER_OCTETS} are read",
        )


def _check_parts(message: Message) -> None:
    """The limits that are about the mail as it was taken apart, also of the mails inside it."""
    waiting = [(message, 1)]
    parts = 0
    while waiting:
        part, depth = waiting.pop()
        parts += 1
        if parts > MOST_PARTS:
            raise _TooMuch(Trouble.PARTS, f"it has more than {MOST_PARTS} parts")
        if depth > DEEPEST:
            raise _TooMuch(Trouble.DEPTH, f"its parts are more than {DEEPEST} deep")
        _check_header(sum(len(name) + len(str(value)) for name, value in part.raw_items()))
        if part.get_content_type() != _STATUS:
            waiting += [(inner, depth + 1) for inner in parts_inside(part)]


def _read(message: Message) -> Inbound:
    fields = Fields.of(message)
    text, no_text = body_text(message)
    machine = machine_of(fields, _types(message), _parameter(message, "report-type"))
    report = _report(message, fields, machine)
    if report.deliveries and machine is None:
        machine = Machine.DAEMON
    return Inbound(
        kind=_kind(report.deliveries, machine, has_text=bool(text)),
        header_id=headers.header_id(fields),
        from_fields=len(fields.all("from")),
        mailboxes=headers.mailboxes(fields),
        sender=headers.sender(fields),
        subject=headers.subject(fields),
        sent_at=headers.sent_at(fields),
        addressed_to=headers.addressed_to(fields),
        machine=machine,
        first_line=first_line(text),
        own_text=own_text(text),
        no_text=no_text,
        deliveries=report.deliveries,
        envelope_id=report.envelope_id,
        returned_id=_returned_id(message) if machine else "",
        authentication=authentication(fields),
    )


def _kind(deliveries: tuple[Delivery, ...], machine: Machine | None, *, has_text: bool) -> Kind:
    fates = {delivery.fate for delivery in deliveries}
    if any(fate.is_failure for fate in fates):
        return Kind.BOUNCE
    if fates:
        return Kind.DELAYED if Fate.DELAYED in fates else Kind.DELIVERED
    if machine is not None:
        return Kind.AUTO
    return Kind.REPLY if has_text else Kind.OTHER


def _report(message: Message, fields: Fields, machine: Machine | None) -> Report:
    """What it says of deliveries, in fields or, failing them, in words."""
    if machine not in (Machine.REPORT, Machine.RECEIPT) and not is_from_a_server(fields):
        return Report((), "")
    found = read_report(message)
    if found is not None:
        return found
    if not is_from_a_server(fields) or machine is Machine.RECEIPT:
        return Report((), "")
    return Report(read_words(fields, words_of(message, _WORDS)), "")


def _returned_id(message: Message) -> str:
    return returned_id(message) or id_in_words(words_of(message, _WORDS))


def _types(message: Message) -> set[str]:
    """The content types of its own parts; a calendar's answer with its method.

    Not those of a mail inside it: a person who passes a bounce on is still a person.
    """
    found = set()
    for part in parts_of(message):
        kind = part.get_content_type()
        method = _parameter(part, "method") if kind == "text/calendar" else ""
        answers = method in ("reply", "counter", "declinecounter", "refresh")
        found.add(f"{kind}; method={method}" if answers else kind)
    return found


def _parameter(part: Message, name: str) -> str:
    value = part.get_param(name, "")
    return (value[-1] if isinstance(value, tuple) else str(value)).strip().lower()
