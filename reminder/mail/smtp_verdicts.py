"""What an SMTP reply means, phase by phase: the table of verdicts, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reminder.mail.transport import Outcome, Verdict
from reminder.mail.wire import Reply

# Patterns over "CODE ENHANCED TEXT"; of a phase's rows the first that matches decides.
_ROWS: Mapping[str, tuple[tuple[str, Verdict], ...]] = {
    "mail": (
        (r"552|5.. 5\.3\.4\b", Verdict.HELD),  # too large for this relay
        (r"5", Verdict.RELAY),  # it would refuse every mail of ours
    ),
    "rcpt": (
        (r"530|5.. 5\.7\.30\b", Verdict.RELAY),  # wants TLS or AUTH, or has withdrawn AUTH
        (r"5.. 5\.7\.(26|515)\b", Verdict.HELD),  # the sender's domain is not proved
        # About us and not about the recipient: a relay that no longer knows this machine or
        # sender says so here (Postfix's smtpd_delay_reject) and would fail every mail.
        (r"554(?! 5\.[12]\.)|553 5\.7\.|5.*\brelay", Verdict.HELD),
        (r"5", Verdict.FAILED),
    ),
    "data": (
        (r"554 (5\.5\.1|5\.1\.\d+|.*no valid recipient)", Verdict.FAILED),
        (r"5", Verdict.HELD),
    ),
    # A relay that answers before it has seen the dot.
    "body": (
        (r"5.. 5\.[67]\.", Verdict.HELD),
        (r"5", Verdict.FAILED),
    ),
    "dot": (
        (r"2", Verdict.SENT),
        (r"4", Verdict.DEFERRED),
        (r"5.. 5\.[67]\.", Verdict.HELD),  # content or policy: a repeat would not help
        (r"5", Verdict.FAILED),
    ),
}
_TABLE = {
    phase: tuple((re.compile(pattern, re.IGNORECASE), verdict) for pattern, verdict in rows)
    for phase, rows in _ROWS.items()
}
# Where no row matches, and where no reply came at all. Before MAIL it is the relay's
# trouble; from there to the body the relay provably has no mail; after the dot nobody knows.
_OTHERWISE = dict.fromkeys(_ROWS, Verdict.DEFERRED) | {"dot": Verdict.UNCERTAIN}

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_ADDRESS = re.compile(r"[^\s<>@,;:\"'()]+@[^\s<>@,;:\"'()]+")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", re.IGNORECASE)
_LONGEST_TEXT = 500


def judged(phase: str, reply: Reply, relay: str) -> Outcome:
    """The outcome of an attempt that ends with *reply* in *phase*."""
    enhanced, text = _read(reply)
    line = f"{reply.code:03} {enhanced + ' ' if enhanced else ''}{text}"
    verdict = next(
        (verdict for pattern, verdict in _TABLE.get(phase, ()) if pattern.match(line)),
        _OTHERWISE.get(phase, Verdict.RELAY),
    )
    return Outcome(verdict, phase, reply.code, enhanced, text, relay)


def without_reply(phase: str, text: str, relay: str) -> Outcome:
    """The outcome of an attempt that ends in *phase* because no reply was had."""
    return Outcome(_OTHERWISE.get(phase, Verdict.RELAY), phase, text=scrubbed(text), relay=relay)


def scrubbed(text: str) -> str:
    """*text* on one line of at most 500 characters, without addresses and URLs."""
    text = _ADDRESS.sub("[address]", _URL.sub("[url]", text))
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST_TEXT]


def _read(reply: Reply) -> tuple[str, str]:
    """The enhanced code of a reply, empty where it has none, and its text without it."""
    enhanced = ""
    texts = []
    for line in reply.lines:
        match = _ENHANCED.match(line)
        # One that contradicts the code ("250 5.1.1") says nothing.
        if match and match[1][0] == str(reply.code)[0]:
            enhanced = enhanced or match[1]
            texts.append(line[match.end() :])
        else:
            texts.append(line)
    return enhanced, scrubbed(" ".join(text for text in texts if text))
