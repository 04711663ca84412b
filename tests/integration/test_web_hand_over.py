"""Handing a task over from the page of its mail: whom it lists, what it asks, what it records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import OFFICER, make_agreement, make_contact, make_rule
from tests.stored import World, make_office, make_policy
from tests.web_client import Answer, Outline
from tests.web_sites import Reader, Site
from tests.web_visitor import form_for, forms_of

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSD/2021/014"
HEAD, OTHER, LEFT = (f"{name}@biro.example.go.id" for name in ("kepala", "staf", "dulu"))
ELSEWHERE = "luar@dinas.example.go.id"


@pytest.fixture
def officer(database: Database) -> Reader:
    """The officer, who has come by the link "not my task"."""
    world = World(database, make_policy(make_rule()))
    world.put(*make_office(), make_agreement(REF, expires_on="2026-06-03"))
    world.put(
        make_contact(HEAD, role="head", name="Bambang Sutrisno"),
        make_contact(OTHER, role="staff", name=""),
        make_contact(LEFT, name="Dewi Lestari", active_to="2026-01-31"),
    )
    site = Site(world)
    [token] = site.send()
    return Reader(site, token, "not-mine")


def listed(page: Answer) -> list[str]:
    """The values of the choices of people."""
    source = page.page[page.page.index('id="handover-to"') :]
    source = source[: source.index("</fieldset>")]
    return [part.partition('"')[0] for part in source.split('value="')[1:]]


def test_list_names_the_bureaus_people_and_no_address(officer: Reader) -> None:
    page = officer.page
    assert forms_of(page)[0].buttons == [("action", "handover")]
    assert "Bambang Sutrisno kepala unit kerja" in page.text
    assert "s***@biro.example.go.id" in page.text  # nobody knows a name
    for word in ("Dewi Lestari", "Siti Rahma", HEAD, OTHER, OFFICER):
        assert word not in page.page
    choices = listed(page)
    assert len(choices) == 3
    assert choices[-1] == "other"


def test_person_of_the_list_is_asked_and_nothing_changes_yet(officer: Reader) -> None:
    site = officer.site
    page = officer.answer("handover", to=listed(officer.page)[0], note="Mohon", confirm="/014")
    assert page.status == 200
    for words in (
        "Tercatat: tugas ditawarkan kepada petugas lain",
        "tugas ini ditawarkan kepada Bambang Sutrisno (k***@biro.example.go.id)",
        "Penanggung jawab yang sekarang tetap menerima pengingat",
        "dalam 72 jam",
    ):
        assert words in page.text, words
    assert site.answers("action", "to", "note") == [("offer", HEAD, "Mohon")]
    assert site.world.rows(tables.hand_overs, "state", "to") == [("offered", HEAD)]
    assert site.world.rows(tables.agreements, "officer") == [(None,)]
    again = officer.visitor.post(officer.visitor.at, {"action": "handover"})
    assert again.status == 200
    assert "Sudah tercatat sebelumnya" in again.text
    assert len(site.answers("action")) == 1
    assert "handover" not in str([form.buttons for form in forms_of(officer.open())])


def test_address_of_the_directory_may_be_typed(officer: Reader) -> None:
    officer.site.world.put(make_contact(ELSEWHERE, bureau="B-01", role="staff", name="Ani"))
    page = officer.answer("handover", to="other", to_address=ELSEWHERE.upper(), confirm="/014")
    assert page.status == 200
    assert officer.site.answers("to") == [(ELSEWHERE,)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({}, "Pilih petugas", id="nobody"),
        pytest.param({"to": "other"}, "Pilih petugas", id="somebody else, but nobody"),
        pytest.param(
            {"to": "AAAAAAAAAAAAAAAA"}, "tidak tercatat", id="a choice of no list of ours"
        ),
        pytest.param({"to": "attacker@gmail.com"}, "tidak tercatat", id="X-54 a stranger"),
        pytest.param({"to_address": "attacker@gmail.com"}, "tidak tercatat", id="X-54 typed"),
        pytest.param({"to_address": LEFT}, "tidak tercatat", id="X-54 who left"),
        pytest.param({"to_address": "semua:;"}, "tidak tercatat", id="X-54 a group"),
        pytest.param({"to_address": f"{HEAD},{OTHER}"}, "tidak tercatat", id="X-54 two"),
        pytest.param({"to_address": OFFICER}, "", id="X-54 oneself"),
    ],
)
def test_x_54_nobody_else_can_be_named(officer: Reader, fields: dict[str, str], words: str) -> None:
    page = officer.answer("handover", **fields, confirm="/014")
    assert page.status == 422
    assert page.text.count(words) >= 2
    assert Outline(page.page).values("aria-invalid") or "handover-to-error" in page.page
    assert officer.site.answers("action") == []
    assert officer.site.world.rows(tables.hand_overs, "to") == []


def test_two_people_are_one_too_many_and_all_faults_are_told(officer: Reader) -> None:
    page = officer.answer("handover", to=listed(officer.page)[0], to_address=HEAD, confirm="x")
    assert page.status == 422
    assert page.text.count("Pilih satu petugas saja") == 2
    assert page.text.count("tidak sama dengan yang diminta") == 2
    page = officer.answer("handover", to="", to_address="attacker@gmail.com", confirm="x")
    assert page.text.count("tidak tercatat sebagai petugas aktif") == 2
    assert page.text.count("tidak sama dengan yang diminta") == 2
    assert form_for(page, "handover").fields["to_address"] == "attacker@gmail.com"


def test_choice_of_another_link_names_nobody(officer: Reader) -> None:
    site = officer.site
    site.now = site.now.replace(day=27)
    [token] = site.send()
    other = Reader(site, token, "not-mine")
    assert not set(listed(other.page)[:-1]) & set(listed(officer.page)[:-1])
