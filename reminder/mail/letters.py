"""What a mail says, as plain values, before any wording: facts in, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reminder.agreements import Agreement
from reminder.calendars import Due, PartialDate


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """Everything that a mail may say about one notice; no field says more than the register."""

    notice_id: int
    """0 in a preview or a forecast, where no notice is stored."""
    deadline: str
    """The deadline's kind: expiry, notice_by, report, step, follow_up, finding."""
    key: str | None
    due: Due
    derived_from: str
    epoch: int
    lead_time: str
    rule: str
    template: str
    legal_basis: str
    """Empty where none is known; ``legal_basis_confirmed`` is False while nobody verified it."""
    legal_basis_confirmed: bool
    role: str
    """The role asked for, also where somebody else stands in."""
    copy: bool
    fallback: str
    """Not empty where the recipient stands in for a role that nobody holds."""
    successor_of: str
    """Who held the role before the recipient; empty where nobody did."""
    agreement: Agreement | None
    """None for a follow-up that belongs to no agreement."""
    step_title: str = ""
    """The step's (or next open step's) name in the recipient's language; empty where none."""
    stage_title: str = ""
    """The step done last, in the recipient's language; empty where none."""
    follow_up_text: str = ""
    meeting: str = ""
    finding_detail: str = ""
    handed_in_on: PartialDate | None = None
    """The day of a report that the register has, but without evidence; None where it has none."""
    responsible: str = ""
    """The bureau that the matter belongs to, by name; empty where it is not known."""
    next_lead_on: date | None = None
    """The day of the next notice if nothing happens; None after the last one."""
    escalates_to: str = ""
    """The role told next by escalation; empty where the rule has none."""
    escalates_after: int = 0
    """After so many working days without an answer; 0 where that is not known."""
    link: str = ""
    """The action page, or a placeholder of ``mail.links`` that ``compose`` replaces."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that only the service admin can mend: what, where, what to do."""

    what: str
    where: str = ""
    todo: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one recipient before it is rendered: a notice, several, or alarms."""

    message_id: str
    template: str
    language: str
    recipient: str
    recipient_name: str
    bureau_name: str
    """The bureau whose contact the recipient is; empty for the service admin."""
    service_name: str
    timezone: str
    today: date
    """The bureau's day on which the mail leaves; "n days left" counts from it."""
    notices: tuple[NoticeFacts, ...]
    copy: bool = False
    catch_up: bool = False
    """The service was not running for more than 36 hours before this scan."""
    contact: str = ""
    """The address to ask (the policy's ``reply_to``, else the admin's); empty where none is set."""
    can_answer: bool = False
    """Whether the link's page takes answers; else the mail says whom to answer."""
    alarms: tuple[Alarm, ...] = ()
    """For the ``admin`` template only."""
