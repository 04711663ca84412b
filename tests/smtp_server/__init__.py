"""A real SMTP server on loopback that misbehaves as told; what it stored is the oracle.

In a test: ``with SmtpServer(folder) as server: server.then("rcpt", reply("450 later"))``.
For daemons that are killed: ``python -m tests.smtp_server``, see ``process.py``.
"""

from tests.smtp_server.actions import (
    DROP,
    FAULTS,
    GARBAGE,
    HALF_CLOSE,
    INJECTED,
    RESET,
    SILENCE,
    TOO_LONG,
    Action,
    closing,
    in_body,
    lines,
    octet_by_octet,
    raw,
    reply,
    slowly,
)
from tests.smtp_server.rules import Greylist, Luck
from tests.smtp_server.script import PHASES, Envelope, Script
from tests.smtp_server.server import SmtpServer
from tests.smtp_server.store import Stored, taken

__all__ = [
    "DROP",
    "FAULTS",
    "GARBAGE",
    "HALF_CLOSE",
    "INJECTED",
    "PHASES",
    "RESET",
    "SILENCE",
    "TOO_LONG",
    "Action",
    "Envelope",
    "Greylist",
    "Luck",
    "Script",
    "SmtpServer",
    "Stored",
    "closing",
    "in_body",
    "lines",
    "octet_by_octet",
    "raw",
    "reply",
    "slowly",
    "taken",
]
