"""The line upwards: who is told for a role when a matter goes up, and who goes on being told."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.agreements import Contact
from reminder.directory import Directory
from reminder.notices import (
    Recipient,
    is_succession,
    knows_already,
    next_in_line,
    recipients_for,
    stands_in_as,
    successors_of,
)
from tests.factories import make_bureau, make_contact

TODAY = date(2026, 3, 26)
ADMIN = "admin@biro.example.go.id"


def contact(name: str, role: str = "officer", bureau: str = "B-01", **facts: object) -> Contact:
    return make_contact(f"{name}@example.go.id", role=role, bureau=bureau, name=name, **facts)


ANI = contact("ani")
CITRA = contact("citra", "head")
FITRI = contact("fitri", "secretary")
DEWI = contact("dewi", "secretary", "B-00")
EKA = contact("eka", "head", "B-00")


def directory(*contacts: Contact, parent: str | None = "B-00") -> Directory:
    bureaus = [make_bureau(parent=parent), make_bureau("B-00")]
    return Directory.of(bureaus, contacts, (ADMIN,))


def above(role: str, told: str, *contacts: Contact, parent: str | None = "B-00") -> list[Recipient]:
    addresses = [f"{name}@example.go.id" for name in told.split()]
    known = directory(*contacts, parent=parent)
    return list(next_in_line(known, "B-01", None, role, addresses, TODAY))


def names(found: list[Recipient]) -> str:
    return " ".join(recipient.email.partition("@")[0] for recipient in found)


@pytest.mark.parametrize(
    ("role", "told", "contacts", "expected"),
    [
        pytest.param("head", "ani", (ANI, CITRA, EKA), "citra", id="who holds the role"),
        pytest.param("head", "ani", (CITRA, contact("gita", "head"), EKA), "citra gita",
                     id="all who hold it"),
        pytest.param("head", "citra", (CITRA, contact("gita", "head"), EKA), "gita",
                     id="of two the one who was not told in another's place"),
        pytest.param("head", "citra", (CITRA, DEWI, EKA), "eka",
                     id="the head stood in for the officer: the head above"),
        pytest.param("secretary", "ani citra", (CITRA, FITRI, DEWI, EKA), "fitri",
                     id="the bureau's own secretary"),
        pytest.param("secretary", "ani citra", (CITRA, DEWI, EKA), "dewi",
                     id="no secretary: that of the bureau above"),
        pytest.param("secretary", "ani citra", (CITRA, EKA), "eka",
                     id="no secretary there either: the head above"),
        pytest.param("secretary", "ani", (CITRA, EKA), "citra",
                     id="no secretary and a head who does not know of it"),
        pytest.param("secretary", "ani citra", (CITRA,), "admin", id="nobody above: the admin"),
        pytest.param("secretary", "CITRA ANI", (CITRA, EKA), "eka", id="told in capitals"),
        pytest.param("parent", "ani citra", (CITRA, DEWI, EKA), "eka",
                     id="parent: the head of the bureau above"),
        pytest.param("parent", "ani citra", (CITRA,), "",
                     id="parent: a bureau above where nobody is"),
        pytest.param("parent", "ani citra eka", (CITRA, EKA), "",
                     id="parent: its head was told for the secretary"),
    ],
)  # fmt: skip
def test_nearest_in_line_who_was_not_told(
    role: str, told: str, contacts: tuple[Contact, ...], expected: str
) -> None:
    found = above(role, told, *contacts)
    assert names(found) == expected
    assert {recipient.role for recipient in found} <= {role}, "the role that was asked for"


def test_bureau_without_a_parent_has_nobody_for_that_role_and_no_admin_instead() -> None:
    assert above("parent", "ani", CITRA, EKA, parent=None) == []


def test_nobody_is_told_twice_though_the_line_is_at_its_end() -> None:
    known = directory(CITRA, EKA)
    told = ["citra@example.go.id", "eka@example.go.id", ADMIN]
    assert next_in_line(known, "B-01", None, "secretary", told, TODAY) == ()


def test_reason_says_whether_the_role_is_vacant_or_its_holder_knows() -> None:
    (vacant,) = above("secretary", "ani citra", CITRA, EKA)
    (known,) = above("head", "ani citra", CITRA, EKA)
    assert vacant.fallback == "head of B-00 for secretary of B-01, where nobody holds that role"
    assert known.fallback == (
        "head of B-00 for head of B-01, where everybody in that role is told already"
    )
    assert (knows_already(vacant.fallback), knows_already(known.fallback)) == (False, True)
    assert stands_in_as(known.fallback) == "head"
    assert not is_succession(known.fallback)
    assert [one.fallback for one in above("parent", "ani", CITRA, EKA)] == [""]


def test_mail_to_the_parent_that_fails_is_followed_above_and_never_below() -> None:
    after = successors_of(
        directory(ANI, CITRA, EKA), "B-01", None, "parent", ["eka@example.go.id"], [], TODAY
    )
    assert [one.email for one in after.recipients] == [ADMIN]


LEVELS = (("head",), ("secretary",))


def test_levels_that_were_told_go_on_being_told_each_person_once() -> None:
    addressed = recipients_for(
        directory(ANI, CITRA, EKA), "B-01", None, ("officer",), ("head",), TODAY, LEVELS
    )
    assert [(one.email.partition("@")[0], one.role, one.level, one.copy)
            for one in addressed.recipients] == [
        ("ani", "officer", 0, False),
        ("citra", "head", 1, False),
        ("eka", "secretary", 2, False),
    ]  # fmt: skip
    assert addressed.same_person == (), "who is asked needs no copy, and no word about it"
    assert addressed.missing_roles == ()


def test_who_stands_in_for_the_officer_is_not_told_again_as_head() -> None:
    addressed = recipients_for(
        directory(CITRA, EKA), "B-01", None, ("officer",), (), TODAY, LEVELS[:1]
    )
    assert [(one.email.partition("@")[0], one.role) for one in addressed.recipients] == [
        ("citra", "officer"),
        ("eka", "head"),
    ]
