"""What a refusal means, by its codes (RFC 3463) and, where those say nothing, by its words."""

from __future__ import annotations

import re

from reminder.mail.inbound import Fate

_ENHANCED = re.compile(r"(?<![\d.])(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII)
_REPLY = re.compile(r"(?<![\d.#-])(?P<reply>[45]\d\d)(?![\d.]\d|\d)", re.ASCII)

_DEAD = frozenset(("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"))
"""No such mailbox, domain or address; moved away; takes no mail at all; switched off."""
_CONTENT = frozenset(("5.1.7", "5.1.8", "5.1.9", "5.2.3", "5.3.4"))
"""What is wrong is the sender's address, or the size."""
_FULL = frozenset(("5.2.2", "4.2.2"))

_OF_THE_SENDER = re.compile(r"sender (?:address|verify|verification)\b|spf\b|dmarc\b|dkim\b", re.I)
_TOO_FAST = re.compile(r"receiving mail (?:too quickly|at a rate)|rate limit", re.I)
_NO_ROOM = re.compile(
    r"mailbox (?:is )?full|over\s?quota|quota (?:is )?exceeded|exceeded (?:storage|its quota)|"
    r"out of storage|insufficient (?:system )?storage|kotak (?:surat|masuk) (?:\w+ )?penuh",
    re.I,
)
_UNKNOWN = re.compile(
    r"user(?: is)? unknown|unknown (?:user|recipient|local)|recipient unknown|"
    r"no such (?:user|recipient|mailbox|person|account|address)|"
    r"no mailbox here by that name|(?:recipient|user|mailbox|address|account) (?:was )?not found|"
    r"address couldn'?t be found|RecipientNotFound|RecipNotFound|"
    r"(?:mailbox|account|user|address|recipient)\b[^.\n]{0,60}? (?:does not|doesn'?t) exist|"
    r"(?:does not|doesn'?t) have an? (?:\S+ )?account|invalid (?:recipient|mailbox)|"
    r"not a valid (?:recipient|mailbox|user)|mailbox (?:is )?(?:unavailable|disabled|inactive)|"
    r"account (?:has been |is )?(?:disabled|inactive)|"
    r"recipient address rejected: access denied|"
    r"(?:alamat|penerima|pengguna|kotak surat|akun)\b[^.\n]{0,60}? "
    r"(?:tidak (?:dapat )?(?:ditemukan|dikenal|ada|terdaftar)|sudah tidak (?:ada|aktif))|"
    r"tidak ada (?:pengguna|alamat|penerima|kotak surat)",
    re.I,
)
_REFUSED = re.compile(
    r"\bspam\b|junk|virus|malware|policy|blacklist|blocklist|blocked|reputation|spamhaus|"
    r"too (?:large|big)|size limit|message size|not allowed|"
    r"(?:ukuran|lampiran)\b[^.\n]{0,40} terlalu besar",
    re.I,
)


def fate_of_refusal(status: str, words: str) -> Fate:
    """What a failure with this *status* (may be empty) and these *words* means.

    ``DEAD`` needs a code that says so, or words that do: it takes the address out of
    use, while every failure lets the next in line be told.
    """
    code = status
    if not code or code.endswith(".0.0"):
        found = _ENHANCED.search(words)
        code = found["enhanced"] if found else code
    if code in _FULL:
        return Fate.FULL
    if not _is_permanent(code, words):
        return Fate.FULL if _NO_ROOM.search(words) else Fate.UNREACHED
    if code in _DEAD:
        return Fate.UNREACHED if _TOO_FAST.search(words) else Fate.DEAD
    if code in _CONTENT or code.startswith(("5.6.", "5.7.")):
        return Fate.CONTENT
    return _by_words(words)


def enhanced_code(words: str) -> str:
    """The first enhanced status code of a failure that *words* have; empty if there is none."""
    found = _ENHANCED.search(words)
    return found["enhanced"] if found and found["enhanced"][0] in "45" else ""


def says_unknown(words: str) -> bool:
    """Whether *words* say that there is no such mailbox."""
    return _UNKNOWN.search(words) is not None


def _is_permanent(code: str, words: str) -> bool:
    """By the enhanced code, else by the reply's; what has neither is taken as its words say."""
    if code:
        return code.startswith("5.")
    found = _REPLY.search(words)
    return found is None or found["reply"].startswith("5")


def _by_words(words: str) -> Fate:
    if _OF_THE_SENDER.search(words):
        return Fate.CONTENT
    if _NO_ROOM.search(words):
        return Fate.FULL
    if _UNKNOWN.search(words):
        return Fate.DEAD
    return Fate.CONTENT if _REFUSED.search(words) else Fate.UNREACHED
