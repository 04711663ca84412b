"""The facts that people keep: agreements, bureaus, contacts and what belongs to them.

Frozen values without behaviour beyond what their fields say. The columns are those of
the register; a day is a ``PartialDate`` because people often know only the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reminder.calendars import PartialDate, Span

KINDS = ("KSDPL", "KSDLL", "KSDD", "KSDPK")
LANGUAGES = ("id", "en")
RENEWAL_OF = "Pembaruan: "
"""How the title of a renewal begins that a decision put on its way."""


class AgreementStatus(StrEnum):
    """What people say of an agreement; ``akan berakhir`` and ``berakhir`` are computed."""

    ACTIVE = ""
    NOT_RENEWING = "not_renewing"
    TERMINATED = "terminated"
    REPLACED = "replaced"
    DORMANT = "dormant"


class ReportCycle(StrEnum):
    """How often an agreement is reported on."""

    NONE = "none"
    SEMESTER = "semester"
    ANNUAL = "annual"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Bureau:
    """The unit that is responsible. ``timezone`` is an IANA name, ``language`` id or en."""

    code: str
    name: str
    timezone: str
    language: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """One address with a role at a bureau, active from and to (both days included)."""

    email: str
    bureau: str
    role: str
    name: str = ""
    active_from: date | None = None
    active_to: date | None = None

    def is_active(self, on: date) -> bool:
        """Whether this contact holds the role on that day."""
        return (self.active_from is None or self.active_from <= on) and (
            self.active_to is None or on <= self.active_to
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """A signed (or intended) text between the local government and a partner."""

    ref: str
    title: str
    kind: str
    bureau: str
    entered_on: date
    instrument: str = ""
    local_party: str = ""
    partner: str = ""
    country: str = ""
    signed_on: PartialDate | None = None
    effective_on: PartialDate | None = None
    expires_on: PartialDate | None = None
    term: Span | None = None
    notice_period: Span | None = None
    auto_renew: Span | None = None
    status: AgreementStatus = AgreementStatus.ACTIVE
    replaces: str | None = None
    report_cycle: ReportCycle = ReportCycle.NONE
    officer: str | None = None
    leading_unit: str = ""
    fields: str = ""
    legal_basis: str = ""
    letter_number: str = ""
    letter_date: PartialDate | None = None
    lead_times: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One report period of an agreement (``2026-S1``, ``2026``, ``2026-Q3``)."""

    agreement: str
    period: str
    submitted_on: PartialDate | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an agreement's chain, by its code in ``steps.yaml``."""

    agreement: str
    step: str
    started_on: PartialDate | None = None
    due_on: PartialDate | None = None
    done_on: PartialDate | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a meeting agreed to do; ``agreement`` is empty where it concerns them all."""

    id: str
    agreement: str | None = None
    meeting: str = ""
    text: str = ""
    bureau: str | None = None
    officer: str | None = None
    due_on: PartialDate | None = None
    done_on: PartialDate | None = None
    entered_on: date | None = None
    """The day on which it entered the register; None where that was before this was kept."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happened with the partner: a letter, a meeting, a visit, a ceremony."""

    agreement: str
    date: PartialDate
    type: str
    """``letter_out``, ``letter_in``, ``meeting``, ``visit``, ``exchange``, ``ceremony``, or
    ``other``."""
    summary: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A paper of an agreement: the text itself (``naskah``), a letter, an approval."""

    agreement: str
    type: str
    number: str = ""
    date: PartialDate | None = None
    file: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item of an agreement's action plan. ``budget_year`` is a year as written."""

    agreement: str
    item: str
    unit: str = ""
    budget_year: str = ""
    indicator: str = ""
    due_on: PartialDate | None = None
    done_on: PartialDate | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One item that was to be checked: ``yes``, ``no``, ``na``, or empty while unanswered."""

    agreement: str
    check: str
    answer: str = ""
    on: PartialDate | None = None
    by: str = ""


class Decision(StrEnum):
    """What the bureau decides about an agreement whose end comes near."""

    RENEW = "renew"
    END = "end"
    REVITALISE = "revitalise"


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that holds for the expiry as it stands, by whom and when."""

    decision: Decision
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """A rule that an agreement is excused from, with the reason, until a day or for good."""

    agreement: str
    rule: str
    reason: str = ""
    until: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A notice that was sent, and that nobody has answered since."""

    kind: str
    """The kind of the deadline that it is about."""
    key: str
    """Its key; empty where it has none."""
    epoch: int
    on: date
    """The bureau's day on which it was made."""


@dataclass(frozen=True, slots=True)
class Intention:
    """An agreement that is meant to replace another and is not signed yet: how far it has come."""

    ref: str
    steps: tuple[Step, ...] = ()
    activities: tuple[Activity, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreached:
    """An address whose last mail failed for good."""

    email: str
    role: str
    """The role in which it was told."""
    on: date
    """The day on which that mail was to leave."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """One agreement with all the facts that its deadlines are derived from."""

    agreement: Agreement
    reports: tuple[Report, ...] = ()
    steps: tuple[Step, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    activities: tuple[Activity, ...] = ()
    documents: tuple[Document, ...] = ()
    plans: tuple[PlanItem, ...] = ()
    checks: tuple[Check, ...] = ()
    replaced_by: str | None = None
    """The ref of the agreement whose ``replaces`` names this one."""
    intended: tuple[Intention, ...] = ()
    """Those whose ``replaces`` names this one and that nobody has signed yet."""
    decided: Decided | None = None
    """What the bureau decided about the expiry that is stored; None before it has."""
    unanswered: tuple[Unanswered, ...] = ()
    """The notices that were sent since anybody last answered one about this agreement, oldest
    first."""
    unreached: tuple[Unreached, ...] = ()
    """Whose mail about this agreement failed, and who has been sent none since."""
    is_being_told: bool = False
    """Whether a notice about it was made that has not left yet."""
