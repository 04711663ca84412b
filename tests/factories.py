"""Facts and rules with sensible values for the fields that a test does not care about.

Every function takes the fields of the value it makes. Where a field holds a partial date
or a span, its written form will do: ``make_agreement(expires_on="2027-03", term="5 years")``.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from reminder.agreements import (
    Activity,
    Agreement,
    AgreementStatus,
    Bureau,
    Check,
    Contact,
    Document,
    Dossier,
    FollowUp,
    OptOut,
    PlanItem,
    Report,
    ReportCycle,
    Step,
)
from reminder.calendars import Due, PartialDate, Span, WorkCalendar
from reminder.deadlines import Deadline, DeadlineKind
from reminder.directory import Directory
from reminder.due_dates import Terms
from reminder.findings import DETECTORS
from reminder.lead_times import LeadTime, Repeat, Schedule, parse_lead_times
from reminder.mail.letters import Letter, NoticeFacts
from reminder.occurrences import Timetables
from reminder.plan_rules import PlanRules
from reminder.rules import Rule
from reminder.steps import Chain, StepRule

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Made = TypeVar("Made", bound=DataclassInstance)

REF = "KSDPL/2021/001"
BUREAU = "B-01"
OFFICER = "petugas@biro.example.go.id"
THRESHOLDS = {
    code: DETECTORS[code].thresholds
    for code in ("UNKNOWN_EXPIRY", "STALE", "NO_RULE", "NO_RECIPIENT")
}
"""The detectors about the service's own duty: those that a test sees unless it asks for more."""
ALL_THRESHOLDS = {code: detector.thresholds for code, detector in DETECTORS.items()}
"""Every detector with what it has by itself: ``replace(rules, findings=ALL_THRESHOLDS)``."""


def make_bureau(code: str = BUREAU, /, **changes: object) -> Bureau:
    """A bureau in Jakarta that reads Indonesian."""
    return _with(Bureau(code, "Biro Kerja Sama", "Asia/Jakarta", "id"), changes)


def make_contact(email: str = OFFICER, /, **changes: object) -> Contact:
    """An officer of the bureau, active for ever."""
    return _with(Contact(email, BUREAU, "officer", "Siti Rahma"), changes)


def make_agreement(ref: str = REF, /, **changes: object) -> Agreement:
    """A sister province agreement from 2021-05-31 to 2026-05-31, in the register since 2024."""
    agreement = Agreement(
        ref=ref,
        title="Kerja Sama Sister Province Jawa Tengah dan Queensland",
        kind="KSDPL",
        bureau=BUREAU,
        entered_on=date(2024, 1, 2),
        instrument="MoU",
        local_party="Provinsi Jawa Tengah",
        partner="Queensland",
        country="Australia",
        signed_on=PartialDate(2021, 5, 31),
        expires_on=PartialDate(2026, 5, 31),
        legal_basis="UU 23/2014",
    )
    return _with(agreement, changes)


def make_report(period: str = "2026-S1", /, **changes: object) -> Report:
    """A report that is not submitted yet."""
    return _with(Report(REF, period), changes)


def make_step(step: str = "surat_konfirmasi", /, **changes: object) -> Step:
    """A step that has not begun."""
    return _with(Step(REF, step), changes)


def make_follow_up(id: str = "RTL-2026-01", /, **changes: object) -> FollowUp:
    """A follow-up due 2026-03-31 that belongs to the agreement."""
    follow_up = FollowUp(
        id=id,
        agreement=REF,
        meeting="Rapat evaluasi 2026-01-15",
        text="Menyusun rencana aksi",
        due_on=PartialDate(2026, 3, 31),
    )
    return _with(follow_up, changes)


def make_activity(
    type: str = "meeting", date: str = "2026-01-15", /, **changes: object
) -> Activity:
    """Something that happened with the partner; *date* may be a partial date."""
    return _with(Activity(REF, PartialDate.parse(date), type), changes)


def make_plan_item(item: str = "Pelatihan petugas", /, **changes: object) -> PlanItem:
    """An open item of the action plan for 2026 with an indicator, due 2026-11-30."""
    planned = PlanItem(
        REF,
        item,
        unit="Dinas Pendidikan",
        budget_year="2026",
        indicator="20 petugas bersertifikat",
        due_on=PartialDate(2026, 11, 30),
    )
    return _with(planned, changes)


def make_document(type: str = "naskah", /, **changes: object) -> Document:
    """The text of the agreement, with a number and the day of signing."""
    document = Document(REF, type, "119/12/KSD/2021", PartialDate(2021, 5, 31))
    return _with(document, changes)


def make_check(
    check: str = "hubungan_diplomatik", answer: str = "yes", /, **changes: object
) -> Check:
    """An item that was checked on 2025-03-03."""
    return _with(Check(REF, check, answer, PartialDate(2025, 3, 3), "Siti Rahma"), changes)


def make_opt_out(rule: str = "report", /, **changes: object) -> OptOut:
    """An agreement excused from a rule for good."""
    return _with(OptOut(REF, rule, "disepakati dengan mitra"), changes)


def make_dossier(agreement: Agreement | None = None, /, **changes: object) -> Dossier:
    """An agreement without further facts."""
    return _with(Dossier(agreement or make_agreement()), changes)


def make_rule(name: str = "expiry", /, **changes: object) -> Rule:
    """A rule about expiries that tells the officer at H-30, H-7 and H.

    ``lead_times`` are codes with spaces between; ``repeat`` is like ``30 H+180``.
    """
    schedule = Schedule(parse_lead_times(str(changes.pop("lead_times", "H-30 H-7 H")).split()))
    if repeat := str(changes.pop("repeat", "")):
        every, until = repeat.split()
        schedule = replace(schedule, repeat=Repeat(int(every), LeadTime.parse(until)))
    rule = Rule(name, DeadlineKind.EXPIRY, schedule, template="expiry", to=("officer",))
    return _with(rule, changes)


def make_deadline(due_on: str = "2026-05-31", /, **changes: object) -> Deadline:
    """The open expiry of the agreement; *due_on* may be a partial date."""
    deadline = Deadline(
        agreement=REF,
        kind=DeadlineKind.EXPIRY,
        key=None,
        bureau=BUREAU,
        due=Due.of(PartialDate.parse(due_on)),
        derived_from=f"expires_on {due_on}",
        agreement_kind="KSDPL",
        instrument="MoU",
    )
    return _with(deadline, changes)


def make_calendar(*days_off: str) -> WorkCalendar:
    """A calendar that knows 2024 to 2028, with no days off but weekends and those given."""
    holidays = {date.fromisoformat(day): "libur" for day in days_off}
    return WorkCalendar(holidays, frozenset(range(2024, 2029)))


def make_terms(**changes: object) -> Terms:
    """The terms of the shipped policy, with two steps in the chain of KSDPL."""
    surat = StepRule("surat_konfirmasi", (("id", "Surat konfirmasi"),), within=Span(months=1))
    rencana = StepRule(
        "rencana_kerja", (("id", "Rencana kerja"),), ("surat_konfirmasi",), within_working_days=45
    )
    terms = Terms(
        horizon=Span(months=24),
        stale_after=Span(days=30),
        report_due={
            "S1": (7, 31),
            "S2": (1, 31),
            "year": (1, 31),
            "Q1": (4, 30),
            "Q2": (7, 31),
            "Q3": (10, 31),
            "Q4": (1, 31),
        },
        chains={"KSDPL": Chain("KSDPL", (surat, rencana))},
        calendar=make_calendar(),
    )
    return _with(terms, changes)


def make_plan_rules(*rules: Rule, **changes: object) -> PlanRules:
    """A policy of these rules, else one about expiries, with the detectors of THRESHOLDS on."""
    terms = make_terms(**changes)
    return PlanRules(terms, rules or (make_rule(),), THRESHOLDS, Timetables(terms.calendar))


def make_directory(*contacts: Contact, **changes: object) -> Directory:
    """The bureau B-01 below B-00, these contacts, else one officer, and a service admin."""
    bureaus = [make_bureau(parent="B-00"), make_bureau("B-00", name="Sekretariat Daerah")]
    directory = Directory.of(bureaus, contacts or (make_contact(),), ("admin@biro.example.go.id",))
    return _with(directory, changes)


def make_notice_facts(**changes: object) -> NoticeFacts:
    """The notice H-30 of the agreement's expiry."""
    facts = NoticeFacts(
        notice_id=1,
        deadline="expiry",
        key=None,
        due=Due.of(date(2026, 5, 31)),
        derived_from="expires_on 2026-05-31",
        epoch=1,
        lead_time="H-30",
        rule="expiry",
        template="expiry",
        legal_basis="UU 23/2014",
        legal_basis_confirmed=True,
        role="officer",
        copy=False,
        fallback="",
        successor_of="",
        agreement=make_agreement(),
    )
    return _with(facts, changes)


def make_letter(*notices: NoticeFacts, **changes: object) -> Letter:
    """A mail to the officer on 2026-05-01, with one notice where none is given."""
    letter = Letter(
        message_id="<abcdefghijklmnopqrstuvwxyz@example.go.id>",
        template="expiry" if len(notices) < 2 else "digest",
        language="id",
        recipient=OFFICER,
        recipient_name="Siti Rahma",
        bureau_name="Biro Kerja Sama",
        service_name="Pengingat Kerja Sama Daerah",
        timezone="Asia/Jakarta",
        today=date(2026, 5, 1),
        notices=notices or (make_notice_facts(),),
    )
    return _with(letter, changes)


_WRITTEN = {
    "PartialDate | None": PartialDate.parse,
    "Span | None": Span.parse,
    "AgreementStatus": AgreementStatus,
    "ReportCycle": ReportCycle,
    "Span": Span.parse,
    "date": date.fromisoformat,
    "date | None": date.fromisoformat,
    "DeadlineKind": DeadlineKind,
}
"""How the written form of a field is read, by the field's annotation."""


def _with(made: Made, changes: dict[str, object]) -> Made:
    read = {field.name: _WRITTEN.get(str(field.type)) for field in fields(made)}
    for name, value in changes.items():
        reader = read.get(name)
        if reader is not None and isinstance(value, str):
            changes[name] = reader(value)
    return replace(made, **changes)
