"""The text of an inbound mail: which part it is, and how far it is read."""

from __future__ import annotations

import codecs
import html
import re
from collections import deque
from email.message import Message

from reminder.mail.inbound import LONGEST_LINE, LONGEST_TEXT, NoText
from reminder.mail.plain_text import clean

_READ_OCTETS = 16 * 1024
"""Of the text; what stands behind it is for people who open the mail."""
_DEEPEST = 20
_ENCODINGS = ("", "7bit", "8bit", "binary", "quoted-printable", "base64")
_CHARSETS = re.compile(
    r"ascii|utf-8|utf-16(?:-[bl]e)?|iso8859-\d+|iso2022_\w+|cp\d+|koi8-[rut]|mac-\w+|"
    r"gb\w+|hz|big5\w*|shift_jis\w*|euc_\w+|johab|tis-620"
)
"""What a text can be written in, by Python's names: its list also has codecs of other uses."""
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_QUOTED = re.compile(
    r">|-- ?$|_{10,}$|-{2,}\s*(?:original message|forwarded message|pesan asli|pesan terusan)|"
    r"(?:from|dari)\s*:\s|(?:on|pada)\b.{0,200}\b(?:wrote|menulis)\s*:?\s*$",
    re.IGNORECASE,
)
"""How a quotation or a signature begins."""
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)\s*>|<[^<>]*>", re.I | re.DOTALL)


def body_text(message: Message) -> tuple[str, NoText | None]:
    """The text that a reader sees first, at most 16 KiB of it, or why there is none.

    Only the first part counts, so that nothing in an attachment is taken for an answer.
    """
    part = message
    for _ in range(_DEEPEST):
        kind = part.get_content_type()
        if kind in _ENCRYPTED:
            return "", NoText.ENCRYPTED
        if kind == "message/partial":
            return "", NoText.FRAGMENT
        if part.get_content_maintype() != "multipart":
            return _leaf_text(part, kind)
        inner = parts_inside(part)
        if not inner:
            return "", NoText.NONE
        plain = [one for one in inner if one.get_content_type() == "text/plain"]
        part = (plain or inner)[0] if kind == "multipart/alternative" else inner[0]
    return "", NoText.NONE


def first_line(text: str) -> str:
    """The first line that is not blank, stripped. A bare CR ends no line (it may hide text)."""
    for line in text.lstrip("\ufeff").replace("\r\n", "\n").split("\n"):
        if line.strip():
            return line.strip()[:LONGEST_LINE]
    return ""


def own_text(text: str) -> str:
    """What stands before the first quotation, as safe lines."""
    kept: list[str] = []
    for line in text.lstrip("\ufeff").replace("\r\n", "\n").split("\n"):
        if _QUOTED.match(line.strip()[:LONGEST_LINE]):
            break
        kept.append(clean(line, LONGEST_LINE))
    return "\n".join(kept).strip()[:LONGEST_TEXT].rstrip()


def words_of(message: Message, most: int) -> str:
    """All texts of a bounce, HTML without its marks; at most *most* characters of each."""
    texts = [
        _without_tags(text) if part.get_content_subtype() == "html" else text
        for part in parts_of(message)
        if part.get_content_type() in ("text/plain", "text/html")
        for text in [decoded(part, most)]
        if text
    ]
    return "\n".join(texts[:3]).replace("\r\n", "\n")


def decoded(part: Message, most: int = _READ_OCTETS) -> str | None:
    """The first *most* octets of a part as text; None where its encoding is not for mail."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    payload = part.get_payload(decode=True) if encoding in _ENCODINGS else None
    if not isinstance(payload, bytes):
        return None
    charset = part.get_content_charset("ascii")
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name == "ascii" or not _CHARSETS.fullmatch(name):
        name = "utf-8"  # what is not said, or said wrongly, is mostly that
    return payload[:most].decode(name, "replace")


def parts_of(message: Message) -> list[Message]:
    """The mail and its parts, but not those of a mail inside it."""
    found, waiting = [], deque([message])
    while waiting:
        part = waiting.popleft()
        found.append(part)
        if part.get_content_maintype() == "multipart":
            waiting += parts_inside(part)
    return found


def parts_inside(part: Message) -> list[Message]:
    """The parts directly below *part*."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _leaf_text(part: Message, kind: str) -> tuple[str, NoText | None]:
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return "", NoText.ATTACHMENT
    if kind == "text/html":
        return "", NoText.HTML_ONLY
    if kind != "text/plain":
        return "", NoText.ATTACHMENT
    text = decoded(part)
    if text is None:
        return "", NoText.NONE
    if text.strip("\ufeff \t\r\n"):
        return text, None
    octets = part.get_payload(decode=True)
    is_cut = isinstance(octets, bytes) and len(octets) > _READ_OCTETS
    return "", NoText.TOO_FAR if is_cut else NoText.NONE


def _without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("\n", text))
