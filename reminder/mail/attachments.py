"""Attachments as parts of a mail: images that the HTML part shows, and files to save.

Always the same bytes for the same input: boundaries are made from the Message-ID.
"""

from __future__ import annotations

import re
from base64 import b64encode, encodebytes
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from reminder.errors import MailRefused

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; [a-z-]+=[A-Za-z0-9.+-]+)*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9.=_+-]+@[A-Za-z0-9.-]+", re.ASCII)


class Attachment(Protocol):
    """What is attached, as the database keeps it or as it was just made."""

    @property
    def media_type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def content_id(self) -> str:
        """Without brackets, of an image that the HTML part shows; empty for a file to save."""

    @property
    def data(self) -> bytes: ...


def boundary_for(message_id: str, what: str = "") -> str:
    """A boundary that is the same in every copy; *what* tells several in one mail apart."""
    return f"=_{sha256(f'{message_id}{what}'.encode()).hexdigest()[:32]}"


def with_images(html_part: bytes, attachments: Sequence[Attachment], message_id: str) -> bytes:
    """The HTML part, and with it the images that it shows, where there are any."""
    images = [one for one in attachments if one.content_id]
    if not images:
        return html_part
    opening = 'Content-Type: multipart/related; type="text/html"'
    return _multipart(opening, html_part, images, boundary_for(message_id, "/related"))


def with_files(content: bytes, attachments: Sequence[Attachment], message_id: str) -> bytes:
    """The content of the mail, and after it the files to save, where there are any."""
    files = [one for one in attachments if not one.content_id]
    if not files:
        return content
    opening = "Content-Type: multipart/mixed"
    return _multipart(opening, content, files, boundary_for(message_id, "/mixed"))


def shown_in_place(html: str, images: Sequence[Attachment]) -> str:
    """The HTML with its images inside it, for a browser; mail programs take no such images."""
    for one in images:
        data = b64encode(one.data).decode("ascii")
        html = html.replace(f"cid:{one.content_id}", f"data:{one.media_type};base64,{data}")
    return html


def _multipart(
    opening: str, first: bytes, attachments: Sequence[Attachment], boundary: str
) -> bytes:
    delimiter = f"\r\n--{boundary}\r\n".encode()
    return b"".join(
        (
            f'{opening}; boundary="{boundary}"\r\n'.encode(),
            delimiter,
            first,
            *(delimiter + _part(one) for one in attachments),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _part(one: Attachment) -> bytes:
    """One attachment with its headers; MailRefused where a value does not belong into one."""
    for value, form in ((one.media_type, _TYPE), (one.name, _NAME)):
        if form.fullmatch(value) is None:
            raise MailRefused(f"{value[:80]!a} cannot stand in the headers of an attachment")
    if one.content_id and _ID.fullmatch(one.content_id) is None:
        raise MailRefused(f"{one.content_id[:80]!a} is not a Content-ID")
    lines = [
        f'Content-Type: {one.media_type}; name="{one.name}"',
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: {'inline' if one.content_id else 'attachment'}; "
        f'filename="{one.name}"',
        *([f"Content-ID: <{one.content_id}>"] if one.content_id else []),
    ]
    encoded = encodebytes(one.data).replace(b"\n", b"\r\n")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + encoded
