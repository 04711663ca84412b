"""The line of succession: who is told when the mail to somebody did not arrive."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.agreements import Contact
from reminder.directory import Directory
from reminder.notices import Successors, is_succession, stands_in_as, successors_of
from tests.factories import make_bureau, make_contact

TODAY = date(2026, 3, 2)
ADMIN = "admin@biro.example.go.id"


def contact(name: str, role: str = "officer", bureau: str = "B-01", **facts: object) -> Contact:
    return make_contact(f"{name}@example.go.id", role=role, bureau=bureau, name=name, **facts)


LINE = (
    contact("ani"),
    contact("budi"),
    contact("citra", "head"),
    contact("dewi", bureau="B-00"),
    contact("eka", "head", bureau="B-00"),
)


def after(
    unreached: str,
    told: str = "",
    contacts: tuple[Contact, ...] = LINE,
    role: str = "officer",
    officer: str | None = None,
    bureau: str = "B-01",
) -> Successors:
    bureaus = [make_bureau(parent="B-00"), make_bureau("B-00")]
    known = Directory.of(bureaus, contacts, (ADMIN,))
    return successors_of(known, bureau, officer, role, addresses(unreached), addresses(told), TODAY)


def addresses(names: str) -> list[str]:
    return [f"{name}@example.go.id" if name != "admin" else ADMIN for name in names.split()]


def names(found: Successors) -> list[str]:
    return [recipient.email.partition("@")[0] for recipient in found.recipients]


@pytest.mark.parametrize(
    ("unreached", "next_in_line"),
    [
        ("ani", "budi"),
        ("ani budi", "citra"),
        ("ani budi citra", "dewi"),
        ("ani budi citra dewi", "eka"),
        ("ani budi citra dewi eka", "admin"),
        ("ani budi citra dewi eka admin", ""),
    ],
)
def test_line_is_the_order_in_which_recipients_are_looked_for(
    unreached: str, next_in_line: str
) -> None:
    assert names(after(unreached)) == next_in_line.split()


def test_place_that_nobody_holds_is_passed_over() -> None:
    assert names(after("ani", contacts=(contact("ani"), contact("eka", "head", "B-00")))) == ["eka"]


def test_contact_who_has_left_is_passed_over() -> None:
    left = contact("citra", "head", active_to="2026-03-01")
    assert names(after("ani", contacts=(contact("ani"), left))) == ["admin"]


def test_everybody_at_the_next_place_is_told() -> None:
    both = (contact("ani"), contact("citra", "head"), contact("fitri", "head"))
    assert names(after("ani", contacts=both)) == ["citra", "fitri"]


def test_own_officer_is_followed_by_the_other_officers() -> None:
    found = after("ani", officer="ani@example.go.id")
    assert names(found) == ["budi"]


def test_new_officer_of_the_agreement_comes_first() -> None:
    found = after("ani", officer="gita@example.go.id")
    assert names(found) == ["gita"]


def test_nobody_new_where_the_next_in_line_is_told_already() -> None:
    assert after("ani", told="budi") == Successors(told_already=("budi@example.go.id",))
    assert after("ani budi", told="eka") == after("ani budi"), "eka comes later in the line"


def test_addresses_are_the_same_in_capitals() -> None:
    shouting = (make_contact("ANI@Example.go.id"), contact("citra", "head"))
    assert names(after("ani", contacts=shouting)) == ["citra"]
    assert after("budi", told="ani", contacts=shouting).told_already == ("ANI@Example.go.id",)


def test_person_in_two_places_is_not_tried_twice() -> None:
    same = (contact("ani"), contact("ani", "head"), contact("eka", "head", "B-00"))
    assert names(after("ani", contacts=same)) == ["eka"]


def test_head_is_followed_by_the_heads_above() -> None:
    assert names(after("citra", role="head")) == ["eka"]


def test_admins_have_nobody_after_them() -> None:
    assert after("admin", role="admin") == Successors()


def test_reason_names_the_place_the_role_and_the_addresses() -> None:
    (head,) = after("ani budi").recipients
    assert head.fallback == (
        "head of B-01 for officer of B-01, where the mail to ani@example.go.id and "
        "budi@example.go.id could not be delivered"
    )
    assert (head.role, stands_in_as(head.fallback)) == ("officer", "head")
    assert is_succession(head.fallback)
    (admin,) = after("ani", contacts=(), bureau="").recipients
    assert admin.fallback.startswith("service admin for officer of no bureau, where the mail to")
    assert not is_succession("head of B-01 for officer of B-01, where nobody holds that role")
