"""Parts: what a batch of messages needs beside their texts to be composed, read set-wise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reminder.mail.links import PLACEHOLDER
from reminder.storage.attachments import Attachment, load_attachments
from reminder.storage.grants import Grant, load_grants, load_grants_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.claims import Claimed


@dataclass(frozen=True, slots=True)
class Parts:
    """The grants behind the links of each message, and its attachments."""

    grants: Mapping[str, Sequence[Grant]]
    attachments: Mapping[str, Sequence[Attachment]]

    def of(self, claimed: Claimed) -> tuple[Sequence[Grant], Sequence[Attachment]]:
        """Those of one message."""
        message_id = claimed.message_id
        return self.grants.get(message_id, ()), self.attachments.get(message_id, ())


def load_parts(connection: Connection, messages: Sequence[Claimed]) -> Parts:
    """The parts of those messages: two queries, however many messages there are.

    A summary has no notices of its own, and links to those that its reader was sent before:
    its text says which.
    """
    ids = [claimed.message_id for claimed in messages]
    grants = load_grants(connection, ids)
    linked = {
        claimed.message_id: {int(number) for number in PLACEHOLDER.findall(claimed.content.text)}
        for claimed in messages
        if not claimed.row.has_notices and claimed.content is not None
    }
    wanted = sorted(set[int]().union(*linked.values()))
    if wanted:
        known = {grant.notice_id: grant for grant in load_grants_of(connection, wanted)}
        for message_id, numbers in linked.items():
            grants[message_id] = [known[number] for number in numbers & known.keys()]
    return Parts(grants, load_attachments(connection, ids))
