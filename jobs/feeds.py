"""Feeds: a calendar to subscribe to for a bureau or a contact, made once and given out again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs.wire_form import signed_part
from reminder.link_keys import OPENS_FOR
from reminder.mail.links import feed_url, new_link_id, sign_link
from reminder.storage.feeds import FEED, StoredFeed, add_feed, load_feeds
from reminder.storage.grants import Grant
from reminder.storage.link_keys import load_keys, signing_kid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from reminder.agreements import Contact
    from reminder.link_keys import LinkKey
    from reminder.settings import Settings

LASTS = timedelta(days=5 * 365)
"""A calendar is subscribed to once and then forgotten: its link must not end with the next mail."""
BUREAU, CONTACT = "bureau", "contact"


def subject_of(kind: str, name: str) -> str:
    """What a grant is about: ``bureau:B-01``, ``contact:petugas@biro.example.go.id``."""
    return f"{kind}:{name}"


def split_subject(subject: str) -> tuple[str, str]:
    """The kind and the name in a subject."""
    kind, _, name = subject.partition(":")
    return kind, name


def feed_for(
    connection: Connection, kind: str, name: str, now: datetime, actor: str = ""
) -> tuple[Grant, bool]:
    """The live feed of a bureau or a contact, made where there is none; and whether it was.

    Two that are asked for at the same time may both be made; then both open.
    """
    keys, subject = load_keys(connection), subject_of(kind, name)
    for feed in reversed(load_feeds(connection, subject)):
        if is_live(feed, keys, now):
            return feed.grant, False
    grant = Grant(
        notice_id=None,
        id=new_link_id(),
        kid=signing_kid(connection),
        purpose=FEED,
        deadline_id=None,
        epoch=None,
        recipient=name if kind == CONTACT else "",
        expires_at=(now + LASTS).replace(microsecond=0),
        subject=subject,
    )
    add_feed(connection, grant, now, actor)
    return grant, True


def feed_grant_for(connection: Connection, contact: Contact, now: datetime) -> Grant:
    """The contact's own feed, for a mail to name; its text links to ``grant.place``."""
    return feed_for(connection, CONTACT, contact.email, now)[0]


def is_live(feed: StoredFeed, keys: Mapping[str, LinkKey], now: datetime) -> bool:
    """Whether its link opens the calendar, as long as there is somebody that it is for."""
    return now < ends_at(feed, keys)


def ends_at(feed: StoredFeed, keys: Mapping[str, LinkKey]) -> datetime:
    """When its link ends or ended: revoked, by itself, or with the key that signed it."""
    key = keys.get(feed.grant.kid)
    ends = [feed.grant.expires_at, feed.revoked_at]
    ends += [feed.made_at] if key is None else [key.retired_at]
    if key is not None and key.followed_at is not None:
        ends.append(key.followed_at + OPENS_FOR)
    return min(end for end in ends if end is not None)


def url_of(settings: Settings, grant: Grant) -> str:
    """The address to subscribe to. Whoever knows it reads the calendar."""
    return feed_url(settings.public_url, sign_link(signed_part(grant), settings.secret_key))
