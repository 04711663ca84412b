"""The policy: what the config files say, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from reminder.calendars import Span, WorkCalendar
from reminder.findings import Thresholds
from reminder.policy.holiday_calendar import HolidayYear, work_calendar
from reminder.policy.send_window import SendWindow
from reminder.rules import Rule
from reminder.steps import Chain


@dataclass(frozen=True, slots=True)
class Service:
    """Who sends the mails. ``admin`` is told what only an admin can mend."""

    name: str
    admin: tuple[str, ...]
    timezone: str
    language: str
    country: str


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``count`` mails in any time as long as ``per``."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast mail may leave; None is as fast as it goes."""

    per_recipient: RateLimit | None
    per_relay: RateLimit | None


@dataclass(frozen=True, slots=True)
class Storm:
    """A scan that makes more messages than both is held until an admin releases it."""

    more_than: int
    times_usual: float


@dataclass(frozen=True, slots=True)
class MailPolicy:
    """Parts of the mail's headers; where empty they come from ``REMINDER_MAIL_FROM``."""

    reply_to: str
    bounce_address: str
    message_id_domain: str
    authserv_id: str
    """Who checks what comes in (RFC 8601): the first word of the header Authentication-Results
    that the own mail server adds. Empty: no reply by mail is acted upon."""
    calendar: bool
    """Whether a mail about a date brings it along for the reader's calendar."""


@dataclass(frozen=True, slots=True)
class FindingRule:
    """One detector: how grave its finding is, and what a person reads about it."""

    code: str
    severity: str
    """``info``, ``action`` (somebody must act) or ``urgent``."""
    enabled: bool
    title: Mapping[str, str]
    """What is wrong, by language."""
    action: Mapping[str, str]
    """What to do about it, by language."""
    legal_basis: str = ""
    verified_by: str = ""
    thresholds: Thresholds = field(default_factory=dict)
    """From when on it counts, by the names that its detector has for them."""


@dataclass(frozen=True)
class Policy:
    """Which deadlines exist and who is told when; checked, complete, and one value."""

    service: Service
    scan_every: timedelta
    send_window: SendWindow
    horizon: Span
    stale_after: Span
    term_ends: str
    """``anniversary`` or ``day_before``."""
    report_due: Mapping[str, tuple[int, int]]
    """Month and day by ``S1 S2 year Q1 Q2 Q3 Q4``."""
    digest_above: int
    ack_lasts: Span
    limits: Limits
    storm: Storm | None
    digests: Mapping[str, str]
    """``daily`` for admins, else ``weekly`` or ``semester``, by role; one with none is left out."""
    mail: MailPolicy
    rules: tuple[Rule, ...]
    chains: Mapping[str, Chain]
    findings: Mapping[str, FindingRule]
    holidays: Mapping[int, HolidayYear]
    """What the admin's file says of a year; the library's days are in ``calendar``."""
    version: str
    """Changes whenever something that decides what is due or who is told changes."""

    @property
    def contact(self) -> str:
        """The address that recipients are told to write to; empty where none is set."""
        return self.mail.reply_to or next(iter(self.service.admin), "")

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Working days: the country's holidays, with the admin's on top."""
        return work_calendar(self.service.country, self.holidays)
