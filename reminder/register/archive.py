"""What an XLSX file may be, decided before anything opens it: a small zip without surprises.

Declared sizes can lie, so every member is inflated once, in pieces, and counted.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from reminder.register.files import FileProblem

MOST_BYTES = 20 * 1024 * 1024
MOST_MEMBERS = 200
MOST_INFLATED = 200 * 1024 * 1024
MOST_RATIO = 100
_RATIO_COUNTS_FROM = 256 * 1024
"""Small members of spaces and zeros compress well and harm nobody."""
_DIRECTORY_BYTES = 1024 * 1024
_PIECE = 64 * 1024
_SAVE_AGAIN = "save it again as a plain .xlsx file, or as CSV UTF-8"

_END = b"PK\x05\x06"
_NESTED = (".zip", ".xlsx", ".xlsm", ".xlsb", ".docx", ".jar", ".7z", ".rar", ".gz")


class Archive:
    """The members of an XLSX file that passed every check on names and declared sizes."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        _check_directory_size(blob)
        try:
            with zipfile.ZipFile(io.BytesIO(blob)) as archive:
                self.members = archive.infolist()
        except (zipfile.BadZipFile, ValueError, RuntimeError, struct.error) as error:
            raise FileProblem(f"it is not an .xlsx file ({error})", _SAVE_AGAIN) from None
        self._check_names()
        self._check_sizes()

    def _check_names(self) -> None:
        seen: set[str] = set()
        for member in self.members:
            name = member.orig_filename
            lower = name.lower()
            if lower in seen:
                raise FileProblem(f"it holds {name!r} twice", _SAVE_AGAIN)
            seen.add(lower)
            if (
                name.startswith(("/", "\\"))
                or ":" in name
                or ".." in name.replace("\\", "/").split("/")
            ):
                raise FileProblem(f"it holds a file named {name!r}", _SAVE_AGAIN)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise FileProblem(f"it holds a link, {name!r}", _SAVE_AGAIN)
            if member.flag_bits & 0x1:
                raise FileProblem("it is encrypted", "save it without a password")
            if "vbaproject" in lower or "/macrosheets/" in lower:
                raise FileProblem("it holds macros", "save it as .xlsx (not .xlsm)")
            if "/externallinks/" in lower:
                raise FileProblem(
                    "it holds links to other workbooks", "break the links, or save it as CSV UTF-8"
                )
            if lower.endswith(_NESTED):
                raise FileProblem(f"it holds another archive, {name!r}", _SAVE_AGAIN)

    def _check_sizes(self) -> None:
        total = sum(member.file_size for member in self.members)
        if total > MOST_INFLATED:
            raise FileProblem(f"it would unpack to {total:,} bytes", _SAVE_AGAIN)
        for member in self.members:
            ratio = member.file_size / max(member.compress_size, 1)
            if ratio > MOST_RATIO and member.file_size > _RATIO_COUNTS_FROM:
                raise FileProblem(
                    f"{member.filename!r} would unpack to {ratio:,.0f} times its size", _SAVE_AGAIN
                )

    def inflate(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The content of *member* in pieces; FileProblem as soon as it is more than declared."""
        packed = self._packed(member)
        if member.compress_type == zipfile.ZIP_STORED:
            if len(packed) != member.file_size:
                raise _lying(member)
            for start in range(0, len(packed), _PIECE):
                yield packed[start : start + _PIECE]
            return
        if member.compress_type != zipfile.ZIP_DEFLATED:
            raise FileProblem(f"{member.filename!r} is compressed in an unusual way", _SAVE_AGAIN)
        unpack = zlib.decompressobj(-15)
        size = 0
        waiting = packed
        while not unpack.eof:
            try:
                piece = unpack.decompress(waiting, _PIECE)
            except zlib.error:
                raise FileProblem(f"{member.filename!r} is damaged", _SAVE_AGAIN) from None
            waiting = unpack.unconsumed_tail
            size += len(piece)
            if size > member.file_size or (not piece and not waiting and not unpack.eof):
                raise _lying(member)
            yield piece
        if size != member.file_size:
            raise _lying(member)

    def _packed(self, member: zipfile.ZipInfo) -> bytes:
        start = member.header_offset
        header = self._blob[start : start + 30]
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise FileProblem(f"{member.filename!r} is damaged", _SAVE_AGAIN)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        begin = start + 30 + name_length + extra_length
        packed = self._blob[begin : begin + member.compress_size]
        if len(packed) != member.compress_size:
            raise FileProblem(f"{member.filename!r} is damaged", _SAVE_AGAIN)
        return packed


def _check_directory_size(blob: bytes) -> None:
    """Before zipfile makes an object for each member: how many does the file claim to have?"""
    if not blob.startswith(b"PK"):
        raise FileProblem("it is not an .xlsx file", _SAVE_AGAIN)
    at = blob.rfind(_END, max(0, len(blob) - 65_557))
    if at < 0 or len(blob) < at + 22:
        raise FileProblem("its end is missing", "copy it again, or save it again")
    entries, directory_bytes = struct.unpack("<HI", blob[at + 10 : at + 16])
    if entries > MOST_MEMBERS or directory_bytes > _DIRECTORY_BYTES:
        raise FileProblem(f"it holds more than {MOST_MEMBERS} files", _SAVE_AGAIN)


def _lying(member: zipfile.ZipInfo) -> FileProblem:
    return FileProblem(f"{member.filename!r} is not as long as it says", _SAVE_AGAIN)
