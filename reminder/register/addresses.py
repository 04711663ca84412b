"""Mail addresses: exactly one, without a display name, in the form that the relay is given."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reminder.register.text import CellError, refuse_control, shown

LONGEST = 254
_ONE_ONLY = "write one address a row, for example nama@biro.example.go.id"
_ENCODED_WORD = re.compile(r"=\?[^?]*\?[bqBQ]\?")
_DROP_BOXES = {
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "mailer-daemon",
    "postmaster",
    "abuse",
    "bounce",
    "bounces",
}
# Scripts that are written together in one word, in Japanese and Korean.
_TOGETHER = {"HIRAGANA", "KATAKANA", "CJK", "HANGUL"}


@lru_cache(maxsize=8_192)
def email(raw: str) -> str:
    """The stored form: the local part as given, the domain as it goes over the wire (A-labels)."""
    refuse_control(raw)
    value = raw.strip(" \u00a0")
    # email-validator looks at comments and quoted text by itself, but not at their length.
    if len(value) > LONGEST:
        raise CellError(f"{shown(raw)} is longer than {LONGEST} characters", "check the address")
    _refuse_shape(value, raw)
    from email_validator import EmailNotValidError, validate_email

    try:
        # test_environment lets .test through, a name that no public server can have.
        found = validate_email(
            value, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise CellError(f"{shown(raw)} is not a mail address: {reason}", _ONE_ONLY) from None
    if "." not in found.ascii_domain:
        raise CellError(
            f"{shown(raw)} has a domain without a dot",
            "write the full domain, for example biro.go.id",
        )
    for label in found.domain.split("."):
        _refuse_mixed_scripts(label, raw)
    stored = f"{found.local_part}@{found.ascii_domain.lower()}"
    if len(stored.encode()) > LONGEST:
        raise CellError(f"{shown(raw)} is longer than {LONGEST} octets", "check the address")
    return stored


def _refuse_shape(value: str, raw: str) -> None:
    """What other programs read as more than an address."""
    if value.startswith("-"):
        raise CellError(f"{shown(raw)} begins with a dash", "check the address")
    if "," in value or ";" in value:
        raise CellError(f"{shown(raw)} is more than one address", _ONE_ONLY)
    if "<" in value or ">" in value:
        raise CellError(
            f"{shown(raw)} is more than an address", "write only what stands between < and >"
        )
    if _ENCODED_WORD.search(value):
        raise CellError(f"{shown(raw)} holds an encoded word", _ONE_ONLY)
    for char in value:
        if char in "\u200c\u200d" or (char.isspace() and char != " "):
            raise CellError(
                f"{shown(raw)} holds an invisible character (U+{ord(char):04X})",
                "type the address again",
            )


def _refuse_mixed_scripts(label: str, raw: str) -> None:
    """A Cyrillic "а" among Latin letters: a domain that looks like another one."""
    scripts = {
        "CJK" if name.startswith("CJK") else name.split(" ")[0]
        for char in label
        if char.isalpha() and (name := unicodedata.name(char, ""))
    }
    if len(scripts) > 1 and not scripts <= _TOGETHER:
        odd = next(char for char in label if char.isalpha() and not char.isascii())
        raise CellError(
            f"{shown(raw)} mixes letters of different scripts "
            f"({odd} is {unicodedata.name(odd, 'unknown').lower()})",
            "type the domain again",
        )


@lru_cache(maxsize=8_192)
def doubts(stored: str) -> tuple[str, str] | None:
    """A warning about an address that can be stored: what is odd, what to do; or None."""
    local, _, domain = stored.rpartition("@")
    if not local.isascii():
        return (
            f"{shown(stored)} has letters outside ASCII before the @",
            "mail to it needs a relay that offers SMTPUTF8",
        )
    if local.casefold() in _DROP_BOXES:
        return f"{shown(stored)} looks like a mailbox that nobody reads", "name a person's address"
    if domain.startswith("xn--") or ".xn--" in domain:
        return f"{shown(stored)} has letters outside ASCII in its domain", "check that it is right"
    return None
