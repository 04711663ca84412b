"""Written letters: digests rendered and frozen, and stored as messages, each with its event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.letters import frozen
from reminder.mail.languages import words_for
from reminder.mail.summary_semester import images_of
from reminder.storage.attachments import Attachment
from reminder.storage.digests import MADE
from reminder.storage.events import event_row, insert_events
from reminder.storage.grants import insert_grants
from reminder.storage.outbox import FrozenMessage, add_frozen

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.readers import Addressed
    from reminder.mail.render import Renderer
    from reminder.storage.claims import Content
    from reminder.storage.grants import Grant


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A message as it will be stored."""

    message: FrozenMessage
    content: Content
    attachments: tuple[Attachment, ...]
    seen: int
    """The last line of the journal that it tells of."""
    grants: tuple[Grant, ...] = ()
    """Those behind its links that are no notice's."""

    @property
    def error(self) -> str:
        """Why the plain notice stands in for its template; empty where it does not."""
        return self.content.error


def write_letter(
    addressed: Addressed, kind: str, renderer: Renderer, now: datetime
) -> WrittenLetter:
    """Render a letter and its images. *kind* is one of ``tables.WITHOUT_NOTICES``."""
    letter = addressed.letter
    rendered = renderer.render(letter)
    images = images_of(letter, words_for(letter.language), rendered.html)
    message = FrozenMessage(
        message_id=letter.message_id,
        kind=kind,
        recipient=letter.recipient,
        recipient_name=letter.recipient_name,
        language=letter.language,
        bureau=addressed.home.bureau,
        timezone=letter.timezone,
        template=letter.template,
        planned_on=letter.today,
        due_on=letter.today if kind == "admin" else None,
    )
    attachments = tuple(
        Attachment(letter.message_id, number, *astuple(image))
        for number, image in enumerate(images, start=1)
    )
    content = frozen(rendered, letter, now)
    return WrittenLetter(message, content, attachments, addressed.seen, addressed.grants)


def store_letters(
    connection: Connection,
    written: Sequence[WrittenLetter],
    now: datetime,
    *,
    possible_duplicate: bool,
) -> list[WrittenLetter]:
    """Store them, to leave at once; returns those that were not there already.

    With *possible_duplicate* each says of itself that a first copy may have arrived.
    """
    added = [
        one
        for one in written
        if add_frozen(
            connection,
            replace(one.message, possible_duplicate=possible_duplicate),
            one.content,
            now,
            one.attachments,
        )
    ]
    rows = [
        event_row(
            now,
            MADE,
            {"digest": one.message.template, "seen": one.seen},
            message_id=one.message.message_id,
        )
        for one in added
    ]
    insert_grants(connection, [grant for one in added for grant in one.grants], now)
    insert_events(connection, rows)
    return added
