"""Readers of digests: people in the roles and at the bureaus in which they are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reminder.mail.links import placeholder_of
from reminder.notices import ADMIN_ROLE, stands_in_as

if TYPE_CHECKING:
    from reminder.directory import Directory
    from reminder.mail.letters import Letter
    from reminder.notices import Recipient
    from reminder.policy import Policy
    from reminder.storage.grants import Grant


@dataclass(frozen=True, slots=True)
class Home:
    """Where a reader is: whose day it is, and in which language they read."""

    bureau: str
    """Its code; empty for a service admin."""
    name: str
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter, and the bureau whose contact its reader is."""

    letter: Letter
    home: Home
    seen: int = 0
    """The last line of the journal that it tells of."""
    grants: tuple[Grant, ...] = ()
    """Those behind its links that are no notice's; stored with it."""


@dataclass(frozen=True, slots=True)
class Unmade:
    """A letter that could not be made, because something about it raised."""

    message_id: str


def with_unsubscribing(addressed: Addressed, grant: Grant | None) -> Addressed:
    """The same with the link by which its reader asks for no more; without one for None."""
    if grant is None:
        return addressed
    letter = replace(addressed.letter, unsubscribe=placeholder_of(grant.id))
    return replace(addressed, letter=letter, grants=(*addressed.grants, grant))


def nearer(one: Recipient, other: Recipient) -> Recipient:
    """Of two ways in which a person is told, the one to address them by.

    What they are themselves comes before what they stand in for; then by the bureau's code.
    """
    return min(one, other, key=lambda told: (bool(told.fallback), not told.bureau, told.bureau))


def home_of(recipient: Recipient, directory: Directory, policy: Policy) -> Home:
    """Where that person is; the service's zone and language for who is at no bureau."""
    bureau = directory.bureaus.get(recipient.bureau)
    if bureau is None:
        return Home("", "", policy.service.timezone, policy.service.language)
    return Home(bureau.code, bureau.name, bureau.timezone, bureau.language)


def role_of(recipient: Recipient) -> str:
    """The role that the person has, also where they stand in for another."""
    if not recipient.bureau:
        return ADMIN_ROLE
    return stands_in_as(recipient.fallback) if recipient.fallback else recipient.role
