"""Answers given twice, at once, too early or wrongly: what is told, and what is not taken."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from jobs.undo import undo
from reminder.responses import Person, Via
from reminder.storage import tables
from reminder.storage.grants import find_grant
from reminder.web.acting import Visit
from reminder.web.notice_answers import NoticeAnswers
from reminder.web.site import Site as WebSite
from tests.factories import (
    OFFICER,
    make_bureau,
    make_contact,
    make_report,
)
from tests.web_client import Answer, Outline
from tests.web_matters import EXPIRY, FAR, FOLLOW_UP, REF, REPORT, STEP, actions, made, reader
from tests.web_sites import MAILED, Reader
from tests.web_visitor import form_for, forms_of

if TYPE_CHECKING:
    from reminder.storage.engine import Database
    from tests.stored import Fact


# --- what is told again ---


def test_repeat_is_polite_and_changes_nothing(database: Database) -> None:
    site, officer = reader(database, EXPIRY)
    officer.answer("decide", decision="end", confirm="/014")
    site.later(timedelta(days=1))
    officer.open()
    page = officer.visitor.post(officer.visitor.at, {"action": "decide", "decision": "renew"})
    assert page.status == 200
    assert "Tanggapan ini sudah tercatat pada Senin, 4 Mei 2026" in page.text
    assert "sikap: Tidak dilanjutkan" in page.text
    assert site.answers("decision") == [("end",)]


def test_who_comes_second_is_told_that_it_was_answered(database: Database) -> None:
    site = made(database, make_contact("rekan@biro.example.go.id", name="Ani"), EXPIRY)
    first, second = (Reader(site, token, "seen") for token in site.send())
    first.answer("ack")
    page = second.answer("ack")
    assert page.status == 200
    assert "hal ini sudah ditanggapi" in page.text
    assert "oleh penerima lain" in page.text.lower()
    assert "Siti" not in page.text
    assert len(site.answers("action")) == 1
    assert "Penerimaan sudah dikonfirmasi" in second.open().text


@pytest.mark.parametrize(
    ("facts", "action", "fields"),
    [
        pytest.param((EXPIRY,), "snooze", {"until": "2026-05-11"}, id="snooze"),
        pytest.param(
            (FAR, STEP), "done", {"on": "2026-05-01", "confirm": "/014"}, id="done, of an agreement"
        ),
        pytest.param(
            (FOLLOW_UP,), "done", {"on": "2026-05-01", "confirm": "TL-9"}, id="done, of none"
        ),
        pytest.param((EXPIRY,), "decide", {"decision": "renew", "confirm": "/014"}, id="decide"),
    ],
)
def test_pressed_at_once_by_many_it_is_recorded_once(
    database: Database, facts: tuple[Fact, ...], action: str, fields: dict[str, str]
) -> None:
    site, officer = reader(database, *facts)
    site.later()
    form = form_for(officer.page, action)
    sent = form.fields | {"action": action} | fields
    answers: list[Answer] = []
    threads = [
        Thread(target=lambda: answers.append(officer.visitor.post(form.action, sent)))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status for answer in answers] == [200] * 12
    assert sum("Sudah tercatat sebelumnya" in answer.text for answer in answers) == 11
    assert len(site.answers("action")) == len(site.events()) == 1


def test_same_answer_that_came_in_between_is_a_repeat_and_no_fault(database: Database) -> None:
    site, officer = reader(database, FAR, STEP)
    officer.answer("done", on="2026-05-01", confirm="/014")
    [grant_id] = [
        id_
        for id_, purpose in site.world.rows(tables.action_grants, "id", "purpose")
        if purpose == "act"
    ]
    with site.world.database.read() as connection:
        found = find_grant(connection, grant_id)
    assert found is not None
    context = site.context()
    visit = Visit(context, found[0], "/act/x", "nonce", form={"action": "done"})
    page = NoticeAnswers().take(WebSite(lambda: context), visit)
    assert page.status == 200
    assert page.values["heading"] == "Sudah tercatat sebelumnya"
    assert len(site.events()) == 1


def test_done_that_was_taken_back_can_be_said_rightly_by_the_same_link(database: Database) -> None:
    site, officer = reader(database, FAR, STEP)
    page = officer.answer("done", on="2026-05-01", confirm="/014")
    assert "Batalkan tanggapan ini" in page.text
    links = [href for href in Outline(page.page).values("href") if "/a/" in href]
    assert len(links) == 1
    site.later()
    [(number,)] = site.answers("id")
    assert isinstance(number, int)
    undo(site.context(), number, Person(OFFICER, Via.WEB))
    assert "done" in actions(officer.open())
    site.later()
    page = officer.answer("done", on="2026-04-30", confirm="/014")
    assert "Batalkan tanggapan ini" in page.text
    assert len(site.answers("action")) == 3  # done, undo, done


# --- what is asked for again ---


def test_press_too_early_keeps_what_was_typed_and_asks_for_one_more(database: Database) -> None:
    site, officer = reader(database, REPORT)
    typed = {"on": "2026-05-02", "evidence": "Surat 5", "confirm": "/014"}
    page = officer.visitor.press(officer.page, "done", **typed)
    assert page.status == 400
    assert "<title>Galat: " in page.page
    assert "silakan tekan tombolnya sekali lagi" in page.text
    assert "Surat 5" in page.text
    site.later()
    sent = form_for(page, "done").fields
    assert {name: sent[name] for name in ("on", "confirm")} == {
        "on": "2026-05-02",
        "confirm": "/014",
    }
    assert officer.visitor.press(page, "done", evidence="Surat 5").status == 200


def test_answer_that_is_none_is_asked_for_again(database: Database) -> None:
    site, officer = reader(database, EXPIRY)
    for sent in ({}, {"action": "approve"}, {"action": ""}):
        page = officer.send(**sent)
        assert page.status == 422
        assert "Pilih salah satu tanggapan" in page.text
    assert site.answers("action") == []


def test_reader_without_cookies_is_told_in_his_language_what_is_about_to_be_recorded(
    database: Database,
) -> None:
    site = made(database, make_bureau(language="en"), EXPIRY)
    [token] = site.send()
    officer = Reader(site, token, keeps_cookies=False)
    page = officer.answer("ack")
    assert '<html lang="en">' in page.page
    assert "What will be recorded: this notice was received." in page.text
    assert "Sister Province" in page.text
    assert site.answers("action") == []
    [form] = forms_of(page)
    site.later()
    assert officer.visitor.post(form.action, form.fields).status == 200
    assert site.answers("action") == [("acknowledge",)]


def test_hostile_text_stays_text_wherever_it_comes_back(database: Database) -> None:
    site, officer = reader(database, REPORT)
    hostile = '"><script>alert(1)</script>'
    page = officer.answer("done", on=hostile, evidence=hostile, confirm=hostile)
    assert page.status == 422
    assert "<script" not in page.page
    page = officer.answer("done", on="2026-05-03", evidence=hostile, confirm="/014")
    assert page.status == 200
    assert "<script" not in page.page
    assert "&lt;script&gt;" in page.page
    assert site.now > MAILED


@pytest.mark.parametrize("evidence", ["a\u202eb", "x" * 5000, "a\x00b"])
def test_text_that_cannot_be_kept_is_refused_before_anything_is(
    database: Database, evidence: str
) -> None:
    site, officer = reader(database, REPORT)
    page = officer.answer("done", on="2026-05-03", evidence=evidence, confirm="/014")
    assert page.status == 422
    assert site.answers("action") == []
    assert site.world.rows(tables.reports, "period") == []


def test_report_handed_in_meanwhile_is_closed_for_the_next_who_says_so(database: Database) -> None:
    site, officer = reader(database, REPORT)
    site.world.put(
        make_report("2026-S1", agreement=REF, submitted_on="2026-05-04", evidence="Surat 1")
    )
    site.world.plan("2026-05-04")
    page = officer.answer("done", on="2026-05-04", evidence="Surat 2", confirm="/014")
    assert page.status == 422
    assert "sudah selesai atau tidak berlaku lagi" in page.text
    assert site.answers("action") == []
