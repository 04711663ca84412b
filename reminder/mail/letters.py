"""What a mail says, as plain values, before any wording: facts in, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from reminder.agreements import Agreement, Decision
from reminder.calendars import Due, PartialDate
from reminder.deadlines import Gap
from reminder.mail.receipts import Receipt
from reminder.summaries import Summary

DIGEST = "digest"
"""The template for many matters in one mail."""
ESCALATION = "escalation"
"""The template for somebody who is told because nobody answered, whatever the matter is."""
FINDINGS = "findings"
"""The template for several findings of one agreement in one mail."""


@dataclass(frozen=True, slots=True)
class Countdown:
    """Where a step stands whose limit is counted in working days from its start."""

    started_on: PartialDate
    day: int
    """The working day that the letter's day is: 1 on the first after the start."""
    limit: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A notice about the same deadline that was sent and that nobody answered."""

    on: date
    name: str
    """Who got it; empty where the register has no name, since an address is nobody's business."""
    role: str


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
    finding_title: str = ""
    """What ``findings.yaml`` calls the finding, in the recipient's language."""
    finding_action: str = ""
    """What it says is to be done, as a sentence; "" where it says nothing."""
    finding_detail: str = ""
    """What was found, in English; for a finding that has no words in the recipient's language."""
    gaps: tuple[Gap, ...] = ()
    """What the finding consists of, with steps by their titles in the recipient's language."""
    severity: str = ""
    """Of a finding: ``info``, ``action`` or ``urgent``."""
    handed_in_on: PartialDate | None = None
    """The day of a report that the register has, but without evidence; None where it has none."""
    late_by: int = 0
    """Working days from the due date to the letter's day; 0 where that day has not passed."""
    decision: Decision | None = None
    """What the bureau decided about the end of the agreement; None while it has not."""
    decided_on: date | None = None
    start_by: date | None = None
    """The last day on which a renewal can begin and be done in time, by what steps usually take."""
    countdown: Countdown | None = None
    """Of a step whose limit is in working days; None for any other."""
    stalled_since: PartialDate | None = None
    """Of a step without a limit: since when nothing was recorded of it; None for any other."""
    documents: tuple[str, ...] = ()
    """The papers that the step needs, by name."""
    responsible: str = ""
    """The bureau that the matter belongs to, by name; empty where it is not known."""
    copied_to: tuple[str, ...] = ()
    """The roles that get a copy of this notice."""
    level: int = 0
    """Told by that step of the rule's ``escalate``, counted from 1; 0 for the rule's own."""
    earlier: tuple[Unanswered, ...] = ()
    """What was sent about it before and not answered, oldest first; only for a ``level``."""
    next_lead_on: date | None = None
    """The day of the next notice if nothing happens; None after the last one."""
    escalates_to: str = ""
    """The role of who will be told next by escalation; empty where nobody is."""
    escalates_at: str = ""
    """Their bureau, by name, where it is not the matter's own but one above it."""
    escalates_on: date | None = None
    """The day on which that role is told if nobody answers; None where it is not known yet."""
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
    summary: Summary | None = None
    """For ``weekly``, ``semester`` and ``daily``; None for any other template."""
    unsubscribe: str = ""
    """The page that stops digests of this kind, or its placeholder; empty where none can be."""
    receipt: Receipt | None = None
    """For ``hand_over`` and ``receipt``; None for any other template."""
