"""A mailbox on an IMAP server (RFC 9051), read without marking, and marked once stored.

The mails themselves are not parsed here: that is for a process with limits.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import unquote

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxUnencrypted

from reminder.errors import MailboxError
from reminder.mail.mailbox import (
    COUNTING,
    MOST_HEADER_OCTETS,
    MOST_OCTETS,
    TOO_LARGE,
    Arrived,
    headers_of,
)
from reminder.mail_url import credentials_of, host_of, port_of, split_url

PATIENCE = 30.0
"""Seconds for each single step: connecting, and each answer."""
_PORTS = {"imaps": 993, "imap": 143}
_SIZE = re.compile(rb"UID (\d+)\b.*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+)\b.*?UID (\d+)")


class _Refused(Exception):
    """The server said no; the text is ours."""


_TROUBLES = (OSError, imaplib.IMAP4.error, ImapToolsError, _Refused, ValueError)


class ImapMailbox:
    """One connection to one folder. MailboxError for whatever goes wrong with it as a whole."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None) -> None:
        """Connect, check the certificate, log in and open the folder."""
        parts = split_url(url)
        self._host = host_of(parts)
        self._port = port_of(parts) or _PORTS[parts.scheme]
        user, password = credentials_of(parts)
        folder = unquote(parts.path.strip("/")) or "INBOX"
        place = f"imap:{user}@{self._host}:{self._port}/{folder}"[:450]
        self._box: BaseMailBox | None = None
        try:
            self._box = self._connected(parts.scheme, tls)
            self._log_in(user, password)
            self._open_folder(folder)
            self.source = f"{place}{COUNTING}{self._validity()}"
        except _TROUBLES as error:
            self.close()
            raise self._error(error) from None

    def arrived(self, last_key: str, most: int) -> Iterator[Arrived]:
        """All mails after the last one stored; where none was, those that nobody has read."""
        try:
            uids = self._uids(int(last_key)) if last_key else self._uids(None)
            uids = uids[:most]
            sizes = self._sizes(uids)
            for uid in uids:
                if uid in sizes:  # else it was taken away meanwhile
                    yield self._fetched(uid, sizes[uid])
        except _TROUBLES as error:
            raise self._error(error) from None

    def mark(self, marks: Sequence[str]) -> None:
        r"""Set \Seen. Nothing is expunged, and nothing else is touched."""
        try:
            for uid in marks:
                self._ask("STORE", str(int(uid)), "+FLAGS.SILENT", r"(\Seen)")
        except _TROUBLES as error:
            raise self._error(error) from None

    def troubles(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            with suppress(*_TROUBLES):
                box.logout()

    def _connected(self, scheme: str, tls: ssl.SSLContext | None) -> BaseMailBox:
        if scheme == "imap":
            return MailBoxUnencrypted(self._host, self._port, PATIENCE)
        context = tls or ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return MailBox(self._host, self._port, PATIENCE, ssl_context=context)

    def _log_in(self, user: str, password: str) -> None:
        box = self._opened()
        try:
            if (user + password).isascii():
                box.login(user, password, initial_folder=None)
            else:
                box.login_utf8(user, password, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise  # the connection broke
        except (MailboxLoginError, imaplib.IMAP4.error):
            raise _Refused("refuses the user or the password") from None

    def _open_folder(self, folder: str) -> None:
        try:
            self._opened().folder.set(folder)
        except MailboxFolderSelectError:
            raise _Refused("opens no folder of that name") from None

    def _validity(self) -> int:
        """The counting that the UIDs belong to; another one after a mailbox was made anew."""
        _name, values = self._opened().client.response("UIDVALIDITY")
        if not values or values[0] is None:
            raise _Refused("names no UIDVALIDITY for the folder")
        return int(values[0])

    def _uids(self, after: int | None) -> list[int]:
        criteria = "UNSEEN" if after is None else f"UID {after + 1}:*"
        lines = self._ask("SEARCH", criteria)
        found = b" ".join(line for line in lines if isinstance(line, bytes))
        uids = sorted(map(int, found.split()))
        # "7:*" is the last mail where there is none after it.
        return [uid for uid in uids if after is None or uid > after]

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        if not uids:
            return {}
        sizes: dict[int, int] = {}
        for line in self._ask("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)"):
            match = _SIZE.search(line) if isinstance(line, bytes) else None
            if match:
                uid, size = match[1] or match[4], match[2] or match[3]
                sizes[int(uid)] = int(size)
        return sizes

    def _fetched(self, uid: int, size: int) -> Arrived:
        is_large = size > MOST_OCTETS
        most = MOST_HEADER_OCTETS if is_large else MOST_OCTETS + 1
        raw: bytes | None = None
        with suppress(_Refused):  # of this one mail; the others are read all the same
            lines = self._ask("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{most}>)")
            raw = next((line[1] for line in lines if isinstance(line, tuple)), None)
        if raw is None:
            return Arrived(str(uid), str(uid), None, "unfetchable")
        if is_large or len(raw) > MOST_OCTETS:
            return Arrived(str(uid), str(uid), headers_of(raw), TOO_LARGE)
        return Arrived(str(uid), str(uid), raw)

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, ...] | None]:
        """A command by UIDs. What goes into it is numbers and words of our own, never of a mail."""
        kind, data = self._opened().client.uid(command, *arguments)
        if kind != "OK":
            raise _Refused(f"answers {kind} to {command}")
        return list(data)

    def _opened(self) -> BaseMailBox:
        if self._box is None:
            raise _Refused("was closed")
        return self._box

    def _error(self, error: BaseException) -> MailboxError:
        """In our own words: what a server says could hold the user's name."""
        server = f"{self._host}:{self._port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            what = f"has a certificate that is not good: {error.verify_message}"
        elif isinstance(error, ssl.SSLError):
            what = f"and this service agree on no TLS: {error.reason}"
        elif isinstance(error, TimeoutError):
            what = f"did not answer within {PATIENCE:.0f} seconds"
        elif isinstance(error, _Refused):
            what = str(error)
        elif isinstance(error, OSError):
            what = f"cannot be reached: {error.strerror or type(error).__name__}"
        else:
            what = f"does not answer as an IMAP server does ({type(error).__name__})"
        return MailboxError(
            f"The mailbox server {server} {what}; check REMINDER_INBOX_URL. Bounces and replies "
            "wait there meanwhile."
        )
