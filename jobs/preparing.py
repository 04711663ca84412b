"""Preparing: claimed messages are rendered once and frozen, or revised where their day is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from jobs.alarms import TemplateFailure, raise_template_alarms
from jobs.calendar_parts import CalendarParts
from jobs.letters import LetterMaker, frozen
from reminder.clock import local_date
from reminder.crash_points import CrashPoint, passing
from reminder.errors import describe
from reminder.mail.links import (
    link_expiry,
    message_id_domain,
    message_id_for,
    new_link_id,
)
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.retry import PUT_OFF
from reminder.storage.attachments import Attachment, add_attachments
from reminder.storage.claims import Claimed, Content
from reminder.storage.grants import Grant, insert_grants
from reminder.storage.leases import put_back, still_ours
from reminder.storage.letters import LetterFacts, load_letter_facts
from reminder.storage.link_keys import signing_kid
from reminder.storage.outbox import freeze, revise

if TYPE_CHECKING:
    from jobs.context import JobContext

ACTION = "act"
"""What a notice's link is for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A claimed message with the text that it will be frozen with."""

    claimed: Claimed
    message_id: str
    """Another one than the claimed message's where this is a revision of it."""
    content: Content
    grants: tuple[Grant, ...]
    attachments: tuple[Attachment, ...]

    @property
    def is_revision(self) -> bool:
        """Whether an older text is replaced."""
        return self.message_id != self.claimed.message_id


@dataclass(frozen=True, slots=True)
class Prepared:
    """Messages ready to be sent, and how many were held because they cannot be rendered."""

    ready: tuple[Claimed, ...]
    held: int = 0


class Preparer:
    """Renders what has no text yet. Templates are compiled once, on first use."""

    def __init__(self, context: JobContext, renderer: Renderer | None = None) -> None:
        """*renderer* is one that has compiled its templates already; None makes a new one."""
        self._context = context
        self._given_renderer = renderer
        self._letters = LetterMaker(context.policy, can_answer=context.settings.serves_pages)
        self._calendar = CalendarParts(context.settings, context.policy)
        self._domain = message_id_domain(
            context.policy.mail.message_id_domain, context.settings.mail_from
        )

    def prepare(self, messages: Sequence[Claimed]) -> Prepared:
        """Give every message its frozen content; those that cannot be rendered are put off."""
        now = self._context.clock.now()
        stale = [claimed for claimed in messages if self._needs_text(claimed, now)]
        if not stale:
            return Prepared(tuple(messages))
        drafts: dict[str, Draft] = {}
        failed: dict[str, str] = {}
        with self._context.database.read() as connection:
            facts = load_letter_facts(connection, [claimed.message_id for claimed in stale])
            kid = signing_kid(connection)
        for claimed in stale:
            try:
                drafts[claimed.message_id] = self._draft(claimed, facts, kid, now)
            except Exception as error:  # whatever one record holds must not stop the others
                self._context.log.exception("render_failed", message_id=claimed.message_id)
                failed[claimed.message_id] = describe(error)
        ours, held = self._store(messages[0].token, drafts, failed, now)
        return Prepared(
            tuple(
                _with(claimed, drafts.get(claimed.message_id))
                for claimed in messages
                if claimed.message_id in ours and claimed.message_id not in failed
            ),
            held,
        )

    @cached_property
    def renderer(self) -> Renderer:
        """The templates, the admin's before the shipped ones."""
        return self._given_renderer or Renderer(template_dirs(self._context.settings.templates_dir))

    def _needs_text(self, claimed: Claimed, now: datetime) -> bool:
        content = claimed.content
        if content is None:
            return True
        # A copy may be out already: every other must then say the same.
        if not claimed.row.has_notices or claimed.row.possible_duplicate:
            return False
        is_past = content.business_on != local_date(now, claimed.row.timezone)
        return is_past or claimed.says_too_much

    def _draft(self, claimed: Claimed, facts: LetterFacts, kid: str, now: datetime) -> Draft:
        message_id = claimed.message_id
        if claimed.content is not None:
            # Other words are another message (RFC 5322 3.6.4).
            secret, number = self._context.settings.secret_key, str(claimed.row.revision + 1)
            message_id = message_id_for(secret, self._domain, "revision", message_id, number)
        today = local_date(now, claimed.row.timezone)
        letter = self._letters.letter(claimed.row, message_id, facts, today)
        rendered = self.renderer.render(letter)
        content = frozen(rendered, letter, now)
        grants = tuple(
            Grant(
                notice_id=notice.id,
                id=new_link_id(),
                kid=kid,
                purpose=ACTION,
                deadline_id=notice.deadline_id,
                epoch=notice.epoch,
                recipient=notice.recipient,
                expires_at=link_expiry(notice.due_last_on, now),
            )
            for notice in claimed.notices
        )
        attachments = self._calendar.of(letter, content.dated_at)
        return Draft(claimed, message_id, content, grants, attachments)

    def _store(
        self, token: str, drafts: dict[str, Draft], failed: dict[str, str], now: datetime
    ) -> tuple[set[str], int]:
        """Freeze what is still ours; which messages are, and how many had to be held."""
        failures = [
            TemplateFailure(draft.claimed.row.template, draft.content.error)
            for draft in drafts.values()
            if draft.content.error and draft.claimed.row.has_notices
        ]
        with self._context.database.write() as connection:
            # Rendering takes its time: what we lost meanwhile belongs to somebody else.
            ours = still_ours(connection, token)
            kept = [draft for key, draft in drafts.items() if key in ours]
            for draft in kept:
                if draft.is_revision:
                    revise(connection, draft.claimed, draft.message_id, now)
            freeze(connection, [draft.content for draft in kept])
            add_attachments(connection, [one for draft in kept for one in draft.attachments])
            insert_grants(connection, [grant for draft in kept for grant in draft.grants], now)
            states = [
                put_back(connection, message_id, token, now, now + PUT_OFF, reason)
                for message_id, reason in failed.items()
            ]
            raise_template_alarms(self._context, connection, self.renderer, failures, now)
        passing(CrashPoint.AFTER_FREEZE_COMMIT)
        return ours, states.count("held")


def _with(claimed: Claimed, draft: Draft | None) -> Claimed:
    if draft is None:
        return claimed
    row = claimed.row
    if draft.is_revision:
        row = replace(row, message_id=draft.message_id, revision=row.revision + 1)
    return replace(claimed, row=row, content=draft.content)
