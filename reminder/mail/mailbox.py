"""What every place that mail arrives in has in common: unread mails out, read ones marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

MOST_OCTETS = 10 * 2**20
"""Of a mail that is read as a whole; of a larger one its headers are kept, for a person."""
COUNTING = ";UIDVALIDITY="
"""In a source: before it the mailbox, behind it which counting of its mails the keys are of."""
MOST_HEADER_OCTETS = 64 * 2**10
TOO_LARGE = "too_large"
"""Why of a mail only the headers are there."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as it lies there."""

    key: str
    """Names it for good within its source, at most 250 characters."""
    mark: str
    """How the mailbox itself calls it, for ``mark``."""
    raw: bytes | None
    """All of it; of one that is too large the headers; None where it cannot be had at all."""
    trouble: str = ""
    """In one word why ``raw`` is not all of it: ``TOO_LARGE`` or ``unfetchable``."""


class Mailbox(Protocol):
    """A place that mail arrives in. Errors of the place as a whole are MailboxError."""

    @property
    def source(self) -> str:
        """Names the place, and which of its countings the keys belong to; no secret in it."""
        ...

    def arrived(self, last_key: str, most: int) -> Iterator[Arrived]:
        """Mails that were not marked yet, the oldest first. *last_key* is the key of the last
        one that was stored from this source; empty where none was."""
        ...

    def mark(self, marks: Sequence[str]) -> None:
        """Have those mails not come again; they are stored."""
        ...

    def troubles(self) -> Sequence[str]:
        """What could not be read and was left where it is, for a person."""
        ...

    def close(self) -> None:
        """Give back the connection; never raises."""
        ...


def headers_of(raw: bytes) -> bytes:
    """The headers of a mail, as far as they are kept of one that is too large."""
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    return raw[: min([*ends, MOST_HEADER_OCTETS])] + b"\r\n\r\n"
