"""Names, addresses and texts as header fields: encoded, folded, or refused."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

from reminder.errors import MailRefused

LINE = 76
"""Octets of a header line; the standard's limit is 998, its advice 78."""
_WORD_OCTETS = 45
"""Of one encoded word: 60 characters of base64, 72 with its brackets."""
_Q_WORD = 60

# Of an address that we send to: no quoting, no comments, no groups, no literal hosts.
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", re.ASCII)
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*", re.ASCII)
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>\s]+)>")
_Q_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, which may be empty, and a bare address."""

    name: str
    address: str

    def header(self, field: str) -> str:
        """The header line of this mailbox; MailRefused for what cannot be one."""
        return _mailbox_header(field, self.name, self.address)


def parse_mailbox(text: str) -> Mailbox:
    """Read ``Name <address>`` or a bare address."""
    match = _MAILBOX.fullmatch(text.strip())
    if match is None:
        return Mailbox("", ascii_address(text.strip()))
    name = match["name"].strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(name, ascii_address(match["address"]))


@lru_cache(maxsize=2048)
def ascii_address(address: str) -> str:
    """*address* as it goes over the wire: its domain in A-labels; MailRefused if unfit."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError as error:
            raise MailRefused(f"the domain of an address is not one: {error}") from error
    if not local.isascii():
        raise MailRefused("an address has letters before the @ that need SMTPUTF8")
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if _LOCAL.fullmatch(local) is None or dotted or len(domain) > 253:
        raise MailRefused("an address is not of the form name@domain")
    if _DOMAIN.fullmatch(domain) is None:
        raise MailRefused("an address is not of the form name@domain")
    return f"{local}@{domain}"


@lru_cache(maxsize=2048)
def _mailbox_header(field: str, name: str, address: str) -> str:
    wire = ascii_address(address)
    words = encode_phrase(field, name)
    return folded(field, [*words, f"<{wire}>"] if words else [wire])


def encode_phrase(field: str, name: str) -> list[str]:
    """The words of a display name: bare, quoted or encoded, whichever is the least it needs."""
    _refuse_control(field, name)
    # Readers show a run of blanks in a name as one; then it may as well be one.
    name = re.sub(" +", " ", name).strip(" ")
    if not name or (_ATEXT.fullmatch(name) and "=?" not in name):
        return name.split()
    if "=?" not in name and name.isascii() and len(name) <= LINE - len(field) - 4:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"']
    return _encoded_words(name)


def encode_text(field: str, value: str) -> list[str]:
    """The value of an unstructured header such as Subject, as words to be folded between."""
    _refuse_control(field, value)
    plain = value.isascii() and "=?" not in value and value == " ".join(value.split(" "))
    words = value.split(" ")
    if plain and all(words) and max(map(len, words)) <= LINE - len(field) - 2:
        return words
    return _encoded_words(value)


def folded(field: str, words: list[str]) -> str:
    """``Field: words`` in lines of at most 76 octets where the words allow it."""
    lines: list[str] = []
    line = f"{field}:"
    for word in words:
        if len(line) + 1 + len(word) > LINE and line != f"{field}:":
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    return "\r\n".join([*lines, line])


def _refuse_control(field: str, value: str) -> None:
    """A line break here would begin a header of somebody else's."""
    for character in "" if value.isprintable() else value:
        code = ord(character)
        if code < 32 or 127 <= code < 160 or code in (0x2028, 0x2029) or 0xD800 <= code < 0xE000:
            raise MailRefused(f"the header {field} has the character U+{code:04X}, which it cannot")


def _encoded_words(value: str) -> list[str]:
    """RFC 2047: readable where most of it is ASCII, else base64; cut between characters."""
    if not value:
        return []
    odd = len(value) - len(value.encode("ascii", "ignore"))
    if odd * 4 <= len(value):
        return _q_words(value)
    chunks: list[bytes] = [b""]
    for character in value:
        octets = character.encode()
        if len(chunks[-1]) + len(octets) > _WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return [f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks]


def _q_words(value: str) -> list[str]:
    words: list[str] = []
    word = ""
    for character in value:
        written = character if character in _Q_SAFE else _q_octets(character)
        if len(word) + len(written) > _Q_WORD:
            words.append(word)
            word = ""
        word += written
    return [f"=?utf-8?q?{word}?=" for word in (*words, word)]


def _q_octets(character: str) -> str:
    if character == " ":
        return "_"
    return "".join(f"={octet:02X}" for octet in character.encode())
