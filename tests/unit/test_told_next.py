"""Told next: the mail names who will really be told, or nobody."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.agreements import Bureau, Contact
from reminder.directory import Directory
from reminder.escalation import Course, Told
from reminder.rules import EscalationStep, Rule
from reminder.told_next import Asked, NextReaders, ToldNext
from tests.factories import BUREAU, OFFICER, make_bureau, make_calendar, make_contact, make_rule

FRIDAY = date(2026, 5, 1)
FIFTH, TENTH = date(2026, 5, 8), date(2026, 5, 15)
RULE = make_rule(
    escalate=(
        EscalationStep(5, ("head",)),
        EscalationStep(10, ("secretary",)),
        EscalationStep(15, ("parent",)),
    )
)
ADMIN = "admin@biro.example.go.id"
SETDA = "Sekretariat Daerah"
OWN = make_contact()


def contact(role: str, bureau: str = BUREAU, email: str = "", **changes: object) -> Contact:
    return make_contact(
        email or f"{role}@{bureau}.example.go.id", role=role, bureau=bureau, **changes
    )


def bureaus() -> list[Bureau]:
    return [
        make_bureau(parent="B-00"),
        make_bureau("B-00", name=SETDA, parent="B-99"),
        make_bureau("B-99", name="Kantor Gubernur"),
    ]


def told_next(
    *contacts: Contact,
    level: int = 0,
    course: Course | None = None,
    admins: tuple[str, ...] = (ADMIN,),
    rule: Rule = RULE,
    dead: tuple[str, ...] = (),
) -> ToldNext | None:
    directory = Directory.of(
        bureaus(), (OWN, *contacts), admins, {email.casefold(): FRIDAY for email in dead}
    )
    readers = NextReaders(make_calendar())
    asked = Asked(OFFICER, BUREAU)
    return readers.of(rule, level, course or Course(), asked, directory, FRIDAY)


HEAD, SECRETARY = contact("head"), contact("secretary")
PARENT = contact("head", "B-00")


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        pytest.param((HEAD,), ToldNext("head", "", FIFTH), id="who holds the role"),
        pytest.param((PARENT,), ToldNext("head", SETDA, FIFTH), id="the head above, by the office"),
        pytest.param(
            (contact("secretary", "B-00"),),
            ToldNext("admin", "", FIFTH),
            id="the service admin where no head is anywhere",
        ),
        pytest.param(
            (contact("head", active_to="2026-05-07"), PARENT),
            ToldNext("head", SETDA, FIFTH),
            id="who has left by that day is not promised",
        ),
        pytest.param(
            (contact("head", email=OFFICER), PARENT),
            ToldNext("head", SETDA, FIFTH),
            id="the officer is the head: told already",
        ),
    ],
)
def test_first_mail_names_who_will_be_told(
    contacts: tuple[Contact, ...], expected: ToldNext
) -> None:
    assert told_next(*contacts) == expected


def after_head() -> Course:
    """The head was told today."""
    return Course(
        (
            Told(OFFICER, 0, date(2026, 4, 24), date(2026, 4, 24), is_waiting=False),
            Told(HEAD.email, 1, FRIDAY, FRIDAY, is_waiting=False),
        )
    )


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        pytest.param((HEAD, SECRETARY), ToldNext("secretary", "", FIFTH), id="the secretary"),
        pytest.param(
            (HEAD, contact("secretary", "B-00"), PARENT),
            ToldNext("secretary", SETDA, FIFTH),
            id="no secretary: the one above",
        ),
        pytest.param(
            (HEAD, PARENT), ToldNext("head", SETDA, FIFTH), id="nor there: the head above"
        ),
        pytest.param((HEAD,), ToldNext("admin", "", FIFTH), id="nobody above: the service admin"),
    ],
)
def test_next_level_names_who_stands_in_for_the_secretary(
    contacts: tuple[Contact, ...], expected: ToldNext
) -> None:
    assert told_next(*contacts, level=1, course=after_head()) == expected


def test_level_at_which_nobody_is_left_is_passed_over() -> None:
    course = Course((*after_head().told, Told(ADMIN, 0, FRIDAY, FRIDAY, is_waiting=False)))
    grand = contact("head", "B-99")
    found = told_next(HEAD, grand, level=1, course=course)
    assert found == ToldNext("head", "Kantor Gubernur", TENTH)


@pytest.mark.parametrize(
    "level", [pytest.param(0, id="the first mail"), pytest.param(3, id="after the last level")]
)
def test_nobody_is_promised_where_nobody_is_there(level: int) -> None:
    course = after_head() if level else None
    admins = (ADMIN,) if level else ()
    assert told_next(level=level, course=course, admins=admins) is None


def test_head_of_the_parent_bureau_needs_no_name_where_the_rule_asks_for_it() -> None:
    rule = make_rule(escalate=(EscalationStep(5, ("parent",)),))
    assert told_next(PARENT, rule=rule) == ToldNext("parent", "", FIFTH)


def test_unreachable_address_is_passed_over() -> None:
    assert told_next(HEAD, PARENT, dead=(HEAD.email,)) == ToldNext("head", SETDA, FIFTH)


def test_first_role_of_a_level_that_somebody_holds_is_named() -> None:
    rule = make_rule(escalate=(EscalationStep(5, ("parent", "secretary")),))
    assert told_next(SECRETARY, rule=rule) == ToldNext("secretary", "", FIFTH)
