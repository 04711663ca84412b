"""Facts: what the simulated register says, as the service has it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from reminder.agreements import Agreement, AgreementStatus, ReportCycle
from reminder.calendars import PartialDate, Span
from reminder.deadlines import DeadlineKind
from tests.factories import make_agreement, make_contact, make_rule

if TYPE_CHECKING:
    from reminder.rules import Rule
    from tests.model import Pact, Person, Wish
    from tests.stored import Fact


def rule_of(number: int, wish: Wish, leaves_to_person: bool) -> Rule:
    return make_rule(
        f"rule-{number}",
        lead_times=wish.leads,
        repeat=f"{wish.every} H+{wish.until}" if wish.every else "",
        deadline=DeadlineKind(wish.deadline),
        kinds=wish.kinds,
        to=wish.to,
        cc=wish.cc,
        template=wish.deadline,
        on_uncertain="hold" if leaves_to_person else "repeat",
    )


def agreement_of(pact: Pact) -> Agreement:
    return make_agreement(
        pact.ref,
        kind=pact.kind,
        bureau=pact.bureau,
        entered_on=pact.entered,
        signed_on=PartialDate.parse(pact.signed) if pact.signed else None,
        expires_on=PartialDate.parse(pact.expires) if pact.expires else None,
        term=Span(months=pact.term) if pact.term else None,
        auto_renew=Span(months=pact.renew) if pact.renew else None,
        notice_period=Span(months=pact.notice) if pact.notice else None,
        report_cycle=ReportCycle(pact.cycle),
        lead_times=pact.leads,
        status=AgreementStatus.TERMINATED if pact.is_over else AgreementStatus.ACTIVE,
    )


def contact_of(person: Person) -> Fact:
    return make_contact(
        person.email,
        bureau=person.bureau,
        role=person.role,
        active_from=person.since,
        active_to=None if person.until == date.max else person.until,
    )
