"""Who is told: roles of a rule -> people, as of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reminder.agreements import Contact
from reminder.directory import Directory
from reminder.notices import Addressed, Recipient, recipients_for
from tests.factories import make_bureau, make_contact

TODAY = date(2026, 3, 2)
ADMIN = "admin@biro.example.go.id"


def directory(*contacts: Contact, admins: tuple[str, ...] = (ADMIN,)) -> Directory:
    bureaus = [make_bureau(parent="B-00"), make_bureau("B-00"), make_bureau("B-02")]
    return Directory.of(bureaus, contacts, admins)


def contact(name: str, role: str = "officer", bureau: str = "B-01", **facts: object) -> Contact:
    return make_contact(f"{name}@example.go.id", role=role, bureau=bureau, name=name, **facts)


def told(
    known: Directory,
    to: str = "officer",
    cc: str = "",
    officer: str | None = None,
    bureau: str = "B-01",
    today: date = TODAY,
) -> Addressed:
    return recipients_for(known, bureau, officer, to.split(), cc.split(), today)


def names(addressed: Addressed) -> list[str]:
    return [recipient.email.partition("@")[0] for recipient in addressed.recipients]


def only(addressed: Addressed) -> Recipient:
    (recipient,) = addressed.recipients
    return recipient


def test_role_means_every_active_contact_of_the_bureau_with_it() -> None:
    known = directory(
        contact("ani"), contact("budi"), contact("citra", "head"), contact("dewi", bureau="B-02")
    )
    addressed = told(known)

    assert names(addressed) == ["ani", "budi"]
    assert {recipient.role for recipient in addressed.recipients} == {"officer"}
    assert addressed.missing_roles == ()


@pytest.mark.parametrize(
    ("active", "is_told"),
    [
        pytest.param({"active_from": "2026-03-02"}, True, id="from today"),
        pytest.param({"active_from": "2026-03-03"}, False, id="from tomorrow"),
        pytest.param({"active_to": "2026-03-02"}, True, id="to today"),
        pytest.param({"active_to": "2026-03-01"}, False, id="to yesterday"),
        pytest.param({"active_from": "2026-01-01", "active_to": "2026-12-31"}, True, id="between"),
    ],
)
def test_contact_is_told_only_while_active(active: dict[str, Any], is_told: bool) -> None:
    addressed = told(directory(contact("ani", **active), contact("budi")))

    assert ("ani" in names(addressed)) is is_told


def test_agreements_own_officer_replaces_the_officers() -> None:
    known = directory(contact("ani"), contact("budi"), contact("citra", "head"))

    recipient = only(told(known, officer="budi@example.go.id"))
    assert (recipient.email, recipient.name) == ("budi@example.go.id", "budi")
    assert names(told(known, "officer head", officer="budi@example.go.id")) == ["budi", "citra"]


def test_own_officer_is_found_whatever_the_case_of_the_address() -> None:
    recipient = only(told(directory(contact("ani")), officer="Ani@Example.go.id"))

    assert (recipient.email, recipient.name) == ("ani@example.go.id", "ani")


def test_own_officer_who_is_no_contact_is_told_all_the_same() -> None:
    addressed = told(directory(contact("ani")), officer="luar@example.go.id")

    assert only(addressed) == Recipient("luar@example.go.id", "officer", bureau="B-01")
    assert addressed.missing_roles == ()


def test_officer_who_left_is_followed_by_the_holder_of_the_role_and_the_mail_says_so() -> None:
    known = directory(contact("ani", active_to="2026-02-28"), contact("budi"))

    for officer in (None, "ani@example.go.id"):
        recipient = only(told(known, officer=officer))
        assert (recipient.name, recipient.successor_of, recipient.fallback) == ("budi", "ani", "")


def test_own_officer_who_moved_to_another_bureau_is_followed_too() -> None:
    known = directory(
        contact("ani", active_to="2026-02-28"), contact("ani", bureau="B-02"), contact("budi")
    )

    assert only(told(known, officer="ani@example.go.id")).name == "budi"


def test_own_officer_who_laid_down_only_another_role_has_not_left() -> None:
    known = directory(
        contact("ani", "assistant", active_to="2026-02-28"), contact("ani"), contact("budi")
    )

    recipient = only(told(known, officer="ani@example.go.id"))
    assert (recipient.name, recipient.successor_of) == ("ani", "")


def test_own_officer_who_has_not_begun_is_not_said_to_have_left() -> None:
    known = directory(contact("ani", active_from="2026-04-01"), contact("budi"))

    recipient = only(told(known, officer="ani@example.go.id"))
    assert (recipient.name, recipient.successor_of) == ("budi", "")


def test_who_left_long_ago_is_not_named_any_more() -> None:
    known = directory(contact("ani", active_to="2025-02-28"), contact("budi"))

    assert only(told(known)).successor_of == ""


def test_last_to_leave_is_the_one_named() -> None:
    known = directory(
        contact("ani", active_to="2025-12-31"),
        contact("eka", active_to="2026-01-31"),
        contact("budi"),
    )

    assert only(told(known)).successor_of == "eka"


PARENT_OFFICER = contact("fajar", bureau="B-00")
PARENT_HEAD = contact("gita", "head", "B-00")


@pytest.mark.parametrize(
    ("contacts", "stands_in", "text"),
    [
        pytest.param((contact("citra", "head"), PARENT_OFFICER, PARENT_HEAD), "citra",
                     "head of B-01 for officer of B-01", id="the bureau's head"),
        pytest.param((PARENT_OFFICER, PARENT_HEAD), "fajar", "officer of B-00",
                     id="no head: the parent's officer"),
        pytest.param((PARENT_HEAD,), "gita", "head of B-00", id="nor that: the parent's head"),
        pytest.param((), "admin", "service admin", id="nobody: the service admin"),
        pytest.param((contact("citra", "head", active_to="2026-03-01"), PARENT_HEAD), "gita",
                     "head of B-00", id="a head who left is nobody"),
    ],
)  # fmt: skip
def test_where_nobody_holds_the_role_the_next_one_stands_in(
    contacts: tuple[Contact, ...], stands_in: str, text: str
) -> None:
    addressed = told(directory(*contacts))
    recipient = only(addressed)

    assert recipient.email.partition("@")[0] == stands_in
    assert recipient.role == "officer"  # the role that was asked for
    assert text in recipient.fallback
    assert addressed.missing_roles == ("officer",)


def test_bureau_without_parent_falls_back_to_its_head_and_then_the_admin() -> None:
    known = directory(contact("dewi", "head", "B-02"), PARENT_OFFICER)

    assert names(told(known, bureau="B-02")) == ["dewi"]
    assert names(told(directory(PARENT_OFFICER), bureau="B-02")) == ["admin"]


def test_own_officer_who_left_without_successor_falls_back_too() -> None:
    known = directory(contact("ani", active_to="2026-02-28"), contact("citra", "head"))
    addressed = told(known, officer="ani@example.go.id")

    assert only(addressed).name == "citra"
    assert addressed.missing_roles == ("officer",)


def test_follow_up_of_no_bureau_is_for_the_service_admin() -> None:
    assert names(told(directory(contact("ani")), bureau="")) == ["admin"]


def test_nobody_at_all_is_told_where_no_admin_is_set() -> None:
    addressed = told(directory(admins=()))

    assert addressed.recipients == ()
    assert addressed.missing_roles == ("officer",)


def test_admin_is_a_role_of_the_service() -> None:
    addressed = told(directory(contact("ani")), "admin")

    assert only(addressed) == Recipient(ADMIN, "admin")
    assert addressed.missing_roles == ()


def test_cc_gets_a_message_marked_as_a_copy() -> None:
    addressed = told(directory(contact("ani"), contact("citra", "head")), "officer", "head")

    assert [(one.name, one.role, one.copy) for one in addressed.recipients] == [
        ("ani", "officer", False),
        ("citra", "head", True),
    ]


def test_same_person_in_two_roles_is_told_once_in_the_first() -> None:
    known = directory(contact("ani"), contact("Ani", "head"), contact("budi", "secretary"))
    addressed = told(known, "officer head", "officer secretary")

    assert [(one.name, one.role, one.copy) for one in addressed.recipients] == [
        ("ani", "officer", False),
        ("budi", "secretary", True),
    ]
    assert [(one.email, one.role) for one in addressed.same_person] == [
        ("Ani@example.go.id", "head"),
        ("ani@example.go.id", "officer"),
    ]


def test_head_who_stands_in_for_the_officer_is_told_once() -> None:
    addressed = told(directory(contact("citra", "head")), "officer head")

    assert [(one.name, one.role) for one in addressed.recipients] == [("citra", "officer")]
    assert addressed.missing_roles == ("officer",)


@pytest.mark.parametrize(
    ("contacts", "next_change"),
    [
        pytest.param((), None, id="nobody"),
        pytest.param((contact("ani"),), None, id="active for ever"),
        pytest.param((contact("ani", active_to="2026-03-02"),), "2026-03-03",
                     id="leaves today: gone tomorrow"),
        pytest.param((contact("ani", active_to="2026-03-01"),), None, id="gone already"),
        pytest.param((contact("ani", active_from="2026-04-01", active_to="2026-04-30"),
                      contact("budi", active_to="2026-04-15")), "2026-04-01", id="the nearest"),
        pytest.param((contact("ani", bureau="B-02", active_to="2026-04-15"),), None,
                     id="another bureau"),
    ],
)  # fmt: skip
def test_next_day_on_which_somebody_begins_or_is_gone(
    contacts: tuple[Contact, ...], next_change: str | None
) -> None:
    found = directory(*contacts).next_change("B-01", TODAY)

    assert found == (date.fromisoformat(next_change) if next_change else None)
