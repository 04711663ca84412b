"""From a mail's link to another owner and back: the pages, what they take, and what they refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import OFFICER, make_agreement, make_contact, make_rule, make_step
from tests.stored import World, make_office, make_policy
from tests.web_client import Answer, Outline
from tests.web_sites import Reader, Site
from tests.web_visitor import Visitor, forms_of

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REF = "KSD/2021/014"
NEW, HEAD = "baru@biro.example.go.id", "kepala@biro.example.go.id"
RULES = (
    make_rule(lead_times="H-30 H-7 H"),
    make_rule("step", deadline="step", template="step", lead_times="H-30 H-7"),
)
STEP = make_step(agreement=REF, due_on="2026-06-03", started_on="2026-04-20")


def made(database: Database, *, expires_on: str = "2026-06-03") -> Site:
    world = World(database, make_policy(*RULES))
    world.put(*make_office())
    world.put(make_contact(NEW, role="assistant", name="Tono"))
    world.put(make_contact(HEAD, role="head", name="Budi Santoso"))
    world.put(make_agreement(REF, expires_on=expires_on))
    return Site(world)


def offered(database: Database) -> tuple[Site, Reader]:
    """The officer has named somebody, who has opened the link of the mail about it."""
    site = made(database)
    [token] = site.send()
    officer = Reader(site, token, "not-mine")
    page = officer.answer("handover", to_address=NEW, note="cuti besar", confirm="/014")
    assert page.status == 200, page.text
    [link] = site.send()
    return site, Reader(site, link)


def owner(site: Site) -> object:
    return site.deadline("expiry", "officer")[0]


def undo_of(site: Site) -> Reader:
    """The first link to take something back, of the mails that leave now."""
    purposes = dict(site.world.rows(tables.action_grants, "id", "purpose"))
    sent = [token for token in site.send() if purposes.get(token.split(".")[1]) == "undo"]
    return Reader(site, sent[0])


def test_offer_page_says_who_asks_for_what_and_offers_two_answers(database: Database) -> None:
    _site, asked = offered(database)
    page = asked.page
    assert page.status == 200
    assert [value for form in forms_of(page) for _name, value in form.buttons] == [
        "accept",
        "decline",
    ]
    for said in ("Siti Rahma", "cuti besar", "Sister Province", "3 Juni 2026"):
        assert said in page.text
    assert OFFICER not in page.page, "an address is nobody else's business"
    outline = Outline(page.page)
    assert "script" not in outline.tags
    assert outline.headings == sorted(outline.headings)
    assert len(outline.values("id")) == len(set(outline.values("id")))


def test_looking_at_an_offer_changes_nothing(database: Database) -> None:
    site, asked = offered(database)
    tabled = {name: site.world.everything()[name] for name in ("hand_overs", "responses", "events")}
    for _time in range(5):
        asked.open()
    assert {name: site.world.everything()[name] for name in tabled} == tabled


def test_press_of_the_button_makes_another_owner_once(database: Database) -> None:
    site, asked = offered(database)
    before = asked.page
    page = asked.answer("accept")
    assert page.status == 200
    assert "Tercatat: tugas ini diterima" in page.text
    assert owner(site) == NEW
    assert not forms_of(page)
    asked.page = before
    again = asked.answer("accept")
    assert again.status == 200
    assert "sudah tercatat" in again.text
    assert [event["action"] for event in site.events()] == ["offer", "handover"]
    asked.page = before
    assert "diterima" in asked.answer("decline").text, "it says what is on record instead"
    assert owner(site) == NEW


def test_no_answer_counts_without_the_nonce_of_the_page(database: Database) -> None:
    site, asked = offered(database)
    site.later()
    page = asked.visitor.post(asked.visitor.at, {"action": "accept"})
    assert page.status == 400
    assert "Galat" in page.page
    assert owner(site) is None


def test_officer_whose_offer_was_declined_offers_it_again_by_the_same_link(
    database: Database,
) -> None:
    site = made(database)
    [token] = site.send()
    officer = Reader(site, token, "not-mine")
    officer.answer("handover", to_address=NEW, note="cuti besar", confirm="/014")
    assert "handover" not in str([form.buttons for form in forms_of(officer.open())])
    [link] = site.send()
    Reader(site, link).answer("decline")
    page = officer.open()
    assert "handover" in str([form.buttons for form in forms_of(page)])
    assert "tugas ini ditawarkan kepada" in page.text
    assert "Tercatat: tugas ini tidak diterima" in page.text
    again = officer.answer("handover", to_address=NEW, note="mohon", confirm="/014")
    assert "Tercatat: tugas ditawarkan kepada petugas lain" in again.text
    assert "dibatalkan" not in officer.open().text
    assert site.answers("action", "note") == [("offer", "cuti besar"), ("offer", "mohon")]
    states = site.world.rows(tables.hand_overs, "state")
    assert [state for (state,) in states] == ["declined", "offered"]
    again = officer.visitor.post(officer.visitor.at, {"action": "handover"})
    assert "Sudah tercatat sebelumnya" in again.text
    [link] = site.send()
    assert Reader(site, link).answer("accept").status == 200
    assert owner(site) == NEW


def test_decline_takes_a_reason_and_asks_again_where_it_is_too_long(database: Database) -> None:
    site, asked = offered(database)
    page = asked.answer("decline", reason="x" * 501)
    assert page.status == 422
    assert "paling banyak 500 karakter" in page.text
    assert "x" * 501 in page.page, "what was typed is kept"
    page = asked.answer("decline", reason="tugas belajar")
    assert page.status == 200
    assert "Tercatat: tugas ini tidak diterima" in page.text
    assert owner(site) is None
    assert site.events()[-1]["note"] == "tugas belajar"


def test_many_presses_at_once_make_one_owner(database: Database) -> None:
    site, asked = offered(database)
    fields = forms_of(asked.page)[0].fields | {"action": "accept"}
    target, cookies = forms_of(asked.page)[0].action, dict(asked.visitor.cookies)
    site.later()
    found: list[Answer] = []

    def press() -> None:
        visitor = Visitor(site.context, cookies=dict(cookies))
        found.append(visitor.post(target.partition("#")[0], fields))

    threads = [Thread(target=press) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [page.status for page in found] == [200] * 8
    assert sum("sudah tercatat" not in page.text for page in found) == 1
    assert [event["action"] for event in site.events()] == ["offer", "handover"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("expires_on = '2027-06-03'", "Batas waktunya berubah", id="another date"),
        pytest.param("status = 'terminated'", "sudah selesai atau tidak berlaku", id="closed"),
        pytest.param(f"officer = '{HEAD}'", "sudah berganti", id="another owner"),
    ],
)
def test_offer_that_is_void_says_so_and_takes_nothing(
    database: Database, statement: str, said: str
) -> None:
    site, asked = offered(database)
    site.world.run(f"UPDATE agreements SET {statement}, replan_on = '2000-01-01'")
    site.world.scan(site.now)
    before = asked.page
    assert said in asked.open().text
    assert not forms_of(asked.page)
    asked.page = before
    assert said in asked.answer("accept").text
    assert [event["action"] for event in site.events()] == ["offer"]


def test_link_of_an_offer_dies_with_it(database: Database) -> None:
    site, asked = offered(database)
    site.later(timedelta(days=14))
    assert asked.open().status == 404


def test_old_owner_takes_the_hand_over_back_by_the_mails_link(database: Database) -> None:
    site, asked = offered(database)
    asked.answer("accept")
    reader = undo_of(site)
    assert "dapat dibatalkan sampai dengan" in reader.page.text
    page = reader.answer("undo")
    assert page.status == 200
    assert "Tercatat: pencatatan dibatalkan" in page.text
    assert owner(site) is None
    assert "sudah dibatalkan" not in page.text
    reader.open()
    assert not forms_of(reader.page)
    assert "Penggantian ini telah dibatalkan" in asked.open().text
    assert [event["action"] for event in site.events()] == ["offer", "handover", "undo"]


def test_what_is_done_is_taken_back_from_the_page_that_recorded_it(database: Database) -> None:
    site = made(database, expires_on="2027-12-31")
    site.world.put(STEP)
    [token] = site.send()
    officer = Reader(site, token, "done")
    page = officer.answer("done", on="2026-05-04", evidence="Surat 12", confirm="/014")
    assert page.status == 200, page.text
    assert site.deadline("step", "status") == ("met",)
    [link] = re.findall(r'href="(http://127\.0\.0\.1:8025/a/[^"]+)"', page.page)
    undoing = Reader(site, link.rpartition("/")[2])
    assert "Surat 12" in undoing.page.text
    assert "Batas waktunya berlaku kembali" in undoing.answer("undo").text
    assert site.deadline("step", "status") == ("open",)
    assert site.world.rows(tables.steps, "done_on") == [(None,)]


def test_undo_says_where_the_register_was_changed_since(database: Database) -> None:
    site, asked = offered(database)
    asked.answer("accept")
    reader = undo_of(site)
    site.world.run(f"UPDATE agreements SET officer = '{HEAD}', replan_on = '2000-01-01'")
    site.world.scan(site.now)
    page = reader.answer("undo")
    assert page.status == 422
    assert "Galat" in page.page
    assert owner(site) == HEAD
    assert [event["action"] for event in site.events()] == ["offer", "handover"]


def test_undo_without_cookies_says_what_it_will_take_back(database: Database) -> None:
    site, asked = offered(database)
    asked.answer("accept")
    reader = undo_of(site)
    reader.visitor = Visitor(site.context, keeps_cookies=False)
    reader.open()
    page = reader.answer("undo")
    assert owner(site) == NEW
    assert "Yang akan dicatat: pencatatan sebelumnya dibatalkan." in page.text
    assert "Sister Province" in page.text
    [form] = forms_of(page)
    site.later()
    reader.visitor.post(form.action, form.fields)
    assert owner(site) is None


@pytest.mark.parametrize("answer", ["open", "accept"])
def test_offer_is_void_on_its_page_before_the_new_owner_is_planned(
    database: Database, answer: str
) -> None:
    site, asked = offered(database)
    site.world.run(f"UPDATE agreements SET officer = '{HEAD}'")
    page = asked.open() if answer == "open" else asked.answer(answer)
    assert "sudah berganti" in page.text
    assert not forms_of(page)
    assert site.world.rows(tables.agreements, "officer") == [(HEAD,)]


def test_undo_is_over_after_72_hours(database: Database) -> None:
    site, asked = offered(database)
    asked.answer("accept")
    reader = undo_of(site)
    site.later(timedelta(hours=72))
    assert reader.open().status == 404
    assert owner(site) == NEW


def test_visitor_without_cookies_presses_twice(database: Database) -> None:
    site, asked = offered(database)
    asked.visitor = Visitor(site.context, keeps_cookies=False)
    asked.open()
    page = asked.answer("accept")
    assert owner(site) is None
    assert "Yang akan dicatat: tugas ini diterima." in page.text
    assert "Sister Province" in page.text
    site.later()
    [form] = forms_of(page)
    asked.visitor.post(form.action, form.fields)
    assert owner(site) == NEW


def test_pages_speak_english_to_who_reads_english(database: Database) -> None:
    world = World(database, make_policy(*RULES))
    bureau, officer = make_office()
    world.put(replace(bureau, language="en"), officer, make_contact(NEW, role="assistant"))
    world.put(make_agreement(REF, expires_on="2026-06-03"))
    site = Site(world)
    [token] = site.send()
    page = Reader(site, token, "not-mine").answer("handover", to_address=NEW, confirm="/014")
    assert page.status == 200
    [link] = site.send()
    asked = Reader(site, link)
    assert '<html lang="en">' in asked.page.page
    assert "You can accept until" in asked.page.text
    without = Reader(site, link, keeps_cookies=False).answer("decline", reason="on leave")
    assert '<html lang="en">' in without.page
    assert "What will be recorded: this task is not accepted." in without.text
    assert "Recorded: the task is accepted" in asked.answer("accept").text
