"""What of the register no mail can reach: for ``check``, from what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from reminder.findings.base import SEVERITIES
from reminder.storage import tables
from reminder.storage.duplicates import same_agreements
from reminder.storage.planning import PutOff, put_offs

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Gap:
    """How many there are of one kind, and the first few by name."""

    number: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenFindings:
    """The open findings of one code and severity."""

    code: str
    severity: str
    gap: Gap
    """By agreement; those about follow-ups of no agreement by the bureau that is to act."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What ``check`` tells about the register."""

    agreements: int
    without_rule: Gap
    """Agreements with an open expiry that no rule of the policy matches."""
    without_contact: Gap
    """Bureaus with agreements and nobody active to write to."""
    findings: tuple[OpenFindings, ...]
    """The gravest first."""
    same: Gap
    """Records of what seems to be one agreement, each group as one name."""
    put_offs: list[PutOff]


def read_coverage(connection: Connection, today: date) -> Coverage:
    """The gaps on *today*."""
    deadlines = tables.deadlines.c
    is_open = deadlines.status == "open"
    same = [" = ".join(refs) for refs in same_agreements(connection)]
    return Coverage(
        agreements=connection.scalar(select(func.count()).select_from(tables.agreements)) or 0,
        without_rule=_gap(
            connection,
            deadlines.agreement,
            is_open,
            deadlines.kind == "expiry",
            deadlines.rule == "",
        ),
        without_contact=_gap(connection, tables.bureaus.c.code, *_is_unreachable(today)),
        findings=tuple(_open_findings(connection)),
        same=Gap(len(same), tuple(same[:EXAMPLES])),
        put_offs=put_offs(connection),
    )


def _open_findings(connection: Connection) -> Iterator[OpenFindings]:
    deadlines = tables.deadlines.c
    is_found = and_(deadlines.kind == "finding", deadlines.status == "open")
    numbers: defaultdict[tuple[str, str], int] = defaultdict(int)
    query = select(deadlines.key, deadlines.severity, func.count()).where(is_found)
    for key, severity, number in connection.execute(query.group_by("key", "severity")):
        # What follows a colon tells several findings of one code apart.
        numbers[key.partition(":")[0], severity] += number
    for (code, severity), number in sorted(numbers.items(), key=lambda item: _gravity(*item[0])):
        rows = connection.execute(
            select(deadlines.agreement, deadlines.bureau)
            .where(
                is_found,
                deadlines.severity == severity,
                or_(deadlines.key == code, deadlines.key.startswith(f"{code}:", autoescape=True)),
            )
            .order_by(deadlines.agreement, deadlines.id)
            .limit(EXAMPLES)
        )
        names = (ref or f"follow-ups of {bureau or 'no bureau'}" for ref, bureau in rows)
        yield OpenFindings(code, severity, Gap(number, tuple(names)))


def _gravity(code: str, severity: str) -> tuple[int, str]:
    """What to sort by, so that the gravest comes first."""
    return (-SEVERITIES.index(severity) if severity in SEVERITIES else 1, code)


def _is_unreachable(today: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    bureaus, contacts = tables.bureaus.c, tables.contacts.c
    has_agreement = exists().where(tables.agreements.c.bureau == bureaus.code)
    has_contact = exists().where(
        contacts.bureau == bureaus.code,
        or_(contacts.active_from.is_(None), contacts.active_from <= today),
        or_(contacts.active_to.is_(None), contacts.active_to >= today),
    )
    return has_agreement, ~has_contact


def _gap(
    connection: Connection, column: ColumnElement[str], *conditions: ColumnElement[bool]
) -> Gap:
    number = connection.scalar(select(func.count(column.distinct())).where(*conditions)) or 0
    names: Sequence[str] = ()
    if number:
        names = connection.scalars(
            select(column).distinct().where(*conditions).order_by(column).limit(EXAMPLES)
        ).all()
    return Gap(number, tuple(names))
