"""What a reply asks for: two words, and only where they are all that its first line says.

    TERIMA  SETUJU  ACK      seen, it is ours
    TUNDA 7  SNOOZE 7        not before that many days, 1 to 14

In capitals or small letters, with blanks around, and one full stop or exclamation mark
behind. Anything else is words for a person: "Terima kasih", "Tidak setuju", "Tunda 2
minggu" look like an answer and are none that a program may guess at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reminder.mail.inbound import Inbound, Kind

LONGEST_SNOOZE_DAYS = 14
"""As on the page: tier T1 (reliability 3.2)."""

_ACKNOWLEDGE = re.compile(r"(?:TERIMA|SETUJU|ACK)[.!]?", re.IGNORECASE | re.ASCII)
_SNOOZE = re.compile(r"(?:TUNDA|SNOOZE)[ \t\xa0]+([0-9]{1,9})[.!]?", re.IGNORECASE | re.ASCII)


class Wish(StrEnum):
    """What a reply can ask for, in the words of ``reminder.responses``."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class Command:
    """A reply that a program can carry out."""

    wish: Wish
    days: int = 0
    """Of a snooze."""


class NoCommand(StrEnum):
    """Why a mail is none."""

    MACHINE = "machine"
    """No person wrote it."""
    NO_TEXT = "no_text"
    QUOTED = "quoted"
    """Its first line is a quotation."""
    DAYS = "days"
    """A snooze of no day, or of too many."""
    WORDS = "words"
    """A person wrote something else."""


def read_command(inbound: Inbound) -> Command | NoCommand:
    """What *inbound* asks for, by the first line of its text alone."""
    if inbound.machine is not None or inbound.kind not in (Kind.REPLY, Kind.OTHER):
        return NoCommand.MACHINE
    line = inbound.first_line
    if not line:
        return NoCommand.NO_TEXT
    if line.startswith(">"):
        return NoCommand.QUOTED
    if _ACKNOWLEDGE.fullmatch(line):
        return Command(Wish.ACKNOWLEDGE)
    match = _SNOOZE.fullmatch(line)
    if match is None:
        return NoCommand.WORDS
    days = int(match[1])
    is_allowed = 1 <= days <= LONGEST_SNOOZE_DAYS
    return Command(Wish.SNOOZE, days) if is_allowed else NoCommand.DAYS
