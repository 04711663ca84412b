"""Parts: what a batch of messages needs beside their texts to be composed, read set-wise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reminder.mail.links import PLACEHOLDER
from reminder.storage.attachments import Attachment, load_attachments
from reminder.storage.grants import Grant, load_grants, load_grants_at

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

    A message without notices of its own may link to those that its reader was sent before, and
    to pages of other kinds: its text says which.
    """
    ids = [claimed.message_id for claimed in messages]
    grants = load_grants(connection, ids)
    linked = {
        claimed.message_id: set(PLACEHOLDER.findall(claimed.content.text))
        for claimed in messages
        if not claimed.row.has_notices and claimed.content is not None
    }
    wanted = sorted(set[str]().union(*linked.values()))
    if wanted:
        known = {grant.place: grant for grant in load_grants_at(connection, wanted)}
        for message_id, places in linked.items():
            grants[message_id] = [known[place] for place in sorted(places & known.keys())]
    return Parts(grants, load_attachments(connection, ids))
