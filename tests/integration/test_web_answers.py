"""Answers given on the page of a mail: what is offered, what goes on record, what is told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from reminder.storage import tables
from tests.factories import (
    OFFICER,
    make_agreement,
    make_bureau,
    make_contact,
    make_rule,
)
from tests.stored import World, at, make_office, make_policy
from tests.web_client import Outline
from tests.web_matters import EXPIRY, FAR, FOLLOW_UP, REF, REPORT, STEP, actions, made, reader
from tests.web_sites import Reader, Site
from tests.web_visitor import form_for, forms_of

if TYPE_CHECKING:
    from reminder.storage.engine import Database
    from tests.stored import Fact


# --- what is offered ---


@pytest.mark.parametrize(
    ("facts", "offered"),
    [
        pytest.param((EXPIRY,), ["decide", "ack", "snooze", "handover"], id="an expiry"),
        pytest.param((REPORT,), ["done", "ack", "snooze", "handover"], id="a report"),
        pytest.param((FAR, STEP), ["done", "ack", "snooze", "handover"], id="a step"),
        pytest.param((FOLLOW_UP,), ["done", "ack", "snooze", "handover"], id="a follow-up"),
    ],
)
def test_page_asks_for_what_settles_the_matter_and_offers_the_rest(
    database: Database, facts: tuple[Fact, ...], offered: list[str]
) -> None:
    _site, officer = reader(database, *facts)
    assert actions(officer.page) == offered
    outline = Outline(officer.page.page)
    assert outline.tags.count("details") == len(offered) - 1
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    assert set(" ".join(outline.values("aria-describedby")).split()) <= set(ids)
    assert set(outline.values("for")) <= set(ids)
    assert "checked" not in [name for name, _value in outline.attributes]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [("seen", "ack"), ("later", "snooze"), ("done", "done"), ("not-mine", "handover")],
)
def test_answer_named_in_the_mail_is_the_question(
    database: Database, wanted: str, first: str
) -> None:
    _site, officer = reader(database, REPORT, wanted=wanted)
    assert actions(officer.page)[0] == first


def test_answer_that_does_not_fit_says_why_and_the_page_asks_for_another(
    database: Database,
) -> None:
    _site, officer = reader(database, EXPIRY, wanted="done")
    assert "tidak selesai dengan pernyataan" in officer.page.text
    assert actions(officer.page)[0] == "decide"


def test_due_today_can_no_longer_be_put_off(database: Database) -> None:
    site, officer = reader(database, EXPIRY)
    site.now = at("2026-06-03")
    officer.wanted = "later"
    assert "snooze" not in actions(officer.open())
    assert "tidak dapat ditunda lagi" in officer.page.text
    refused = officer.send(action="snooze", until="2026-06-05")
    assert refused.status == 422
    assert site.answers("action") == []


def test_who_left_is_told_whom_to_ask_and_answers_nothing(database: Database) -> None:
    site, officer = reader(database, EXPIRY)
    site.world.put(make_contact(active_to="2026-05-05"), make_contact("baru@biro.example.go.id"))
    site.now = at("2026-05-06")
    page = officer.open()
    assert page.status == 200
    assert forms_of(page) == []
    assert "tidak lagi tercatat bertugas" in page.text
    assert officer.send(action="ack").status == 400  # there is no form, and so no nonce
    assert site.answers("action") == []


def test_copy_shows_and_asks_nothing(database: Database) -> None:
    rule = make_rule(lead_times="H-30", cc=("head",))
    site = Site(World(database, make_policy(rule)))
    head = make_contact("kepala@biro.example.go.id", role="head")
    site.world.put(*make_office(), head, EXPIRY)
    pages = {token: Reader(site, token).page for token in site.send()}
    assert sorted(len(forms_of(page)) for page in pages.values()) == [0, 4]
    [copy] = [page for page in pages.values() if not forms_of(page)]
    assert "Pesan ini tembusan" in copy.text
    assert "hanya menampilkan data" in copy.text


# --- what is taken ---


def test_seen_takes_one_press_and_says_what_comes_next(database: Database) -> None:
    site, officer = reader(database, EXPIRY, wanted="seen")
    assert "Saya sudah menerima pemberitahuan ini" in officer.page.text
    page = officer.answer("ack")
    assert page.status == 200
    assert "<title>Tercatat: pemberitahuan sudah diterima" in page.page
    for words in (
        "pemegang tautan yang dikirim kepada Siti Rahma (p***@biro.example.go.id)",
        "Senin, 4 Mei 2026, pukul 09.00 WIB",
        "Sebelum hari Senin, 18 Mei 2026, atasan tidak diberi tahu",
        "Pengingat berikutnya dijadwalkan pada hari Rabu, 27 Mei 2026",
        "Tidak ada yang perlu dibatalkan",
    ):
        assert words in page.text, words
    assert site.answers("action", "actor", "via") == [("acknowledge", OFFICER, "web")]
    again = officer.open()
    assert "Tercatat melalui tautan ini pada Senin, 4 Mei 2026" in again.text
    assert "ack" not in actions(again)


def test_later_takes_a_day_of_the_list_or_another(database: Database) -> None:
    site, officer = reader(database, EXPIRY, wanted="later")
    for words in ("Kamis, 7 Mei 2026 (3 hari kalender lagi)", "Senin, 11 Mei 2026", "18 Mei 2026"):
        assert words in officer.page.text
    page = officer.answer("snooze", until="other", until_on="2026-05-13")
    assert page.status == 200
    assert "Sebelum hari Rabu, 13 Mei 2026 tidak ada pengingat" in page.text
    assert site.answers("action", "until") == [("snooze", date(2026, 5, 13))]
    assert site.deadline("expiry", "snoozed_until") == (date(2026, 5, 13),)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({}, "Pilih hari untuk diingatkan", id="no day"),
        pytest.param({"until": "other"}, "Pilih hari untuk diingatkan", id="another, but none"),
        pytest.param(
            {"until": "2026-05-07", "until_on": "2026-05-08"}, "Pilih satu hari saja", id="two days"
        ),
        pytest.param({"until": "2026-05-04"}, "Pilih hari setelah hari ini", id="today"),
        pytest.param(
            {"until": "2026-05-19"}, "Pilih hari paling lambat Senin, 18 Mei", id="too far"
        ),
        pytest.param({"until_on": "05/06/2026"}, "tidak dapat dibaca dengan pasti", id="ambiguous"),
        pytest.param({"until_on": "٢٠٢٦-٠٥-٠٨"}, "tidak dapat dibaca", id="X-53 Arabic digits"),
        pytest.param({"until_on": "besok"}, "tidak dapat dibaca dengan pasti", id="a word"),
    ],
)
def test_day_that_cannot_be_taken_is_named_beside_the_field_and_kept(
    database: Database, fields: dict[str, str], words: str
) -> None:
    site, officer = reader(database, EXPIRY, wanted="later")
    page = officer.answer("snooze", **fields)
    assert page.status == 422
    assert "<title>Galat: " in page.page
    assert page.text.count(words) == 2  # in the summary, and beside the field
    assert actions(page)[0] == "snooze"
    sent = form_for(page, "snooze").fields
    assert sent["until_on"] == fields.get("until_on", "")
    outline = Outline(page.page)
    targets = [href for href in outline.values("href") if href.startswith("#snooze")]
    assert targets
    assert {target[1:] for target in targets} <= set(outline.values("id"))
    assert site.answers("action") == []


def test_report_is_done_with_its_day_and_evidence(database: Database) -> None:
    site, officer = reader(database, REPORT)
    site.now = at("2026-07-03")
    officer.open()
    page = officer.answer(
        "done", on="3 Juli 2026", evidence="Surat Nomor 100/7 tanggal 2 Juli 2026", confirm="/014"
    )
    assert page.status == 200
    assert "selesai pada tanggal 3 Juli 2026" in page.text
    assert "Surat Nomor 100/7" in page.text
    assert "Tidak ada lagi pengingat" in page.text
    rows = site.world.rows(tables.reports, "period", "submitted_on", "evidence")
    assert rows == [("2026-S1", "2026-07-03", "Surat Nomor 100/7 tanggal 2 Juli 2026")]
    assert [event["action"] for event in site.events()] == ["done"]
    closed = officer.open()
    assert forms_of(closed) == []
    assert "Tercatat melalui tautan ini" in closed.text


def test_all_faults_of_a_form_are_told_at_once_and_everything_typed_is_kept(
    database: Database,
) -> None:
    site, officer = reader(database, REPORT)
    page = officer.answer("done", on="31 Februari 2026", evidence="  ", confirm="salah")
    assert page.status == 422
    for words in ("tidak dapat dibaca", "Isi bukti penyampaian", "tidak sama dengan yang diminta"):
        assert page.text.count(words) == 2, words
    sent = form_for(page, "done").fields
    assert (sent["on"], sent["confirm"]) == ("31 Februari 2026", "salah")
    assert Outline(page.page).values("aria-invalid") == ["true"] * 3
    assert site.answers("action") == []
    assert site.world.rows(tables.reports, "period") == []


@pytest.mark.parametrize(
    "confirm",
    [
        pytest.param("/O14", id="a letter for a digit"),
        pytest.param("/٠١٤", id="X-53 Arabic digits"),
        pytest.param("/０１４", id="X-53 wide digits"),
        pytest.param("\u202e410/", id="X-53 turned round"),
        pytest.param("/014\u200b", id="X-53 something invisible"),
        pytest.param("014", id="three of four"),
        pytest.param(REF, id="the whole"),
        pytest.param("", id="nothing"),
    ],
)
def test_x_53_confirmation_is_typed_exactly(database: Database, confirm: str) -> None:
    site, officer = reader(database, EXPIRY)
    page = officer.answer("decide", decision="end", confirm=confirm)
    assert page.status == 422
    assert site.answers("action") == []
    assert form_for(page, "decide").fields["decision"] == "end"


def test_step_is_done_with_the_day_and_its_paper(database: Database) -> None:
    site, officer = reader(database, FAR, STEP)
    page = officer.answer("done", on="2026-05-01", evidence="Surat 7/2026", confirm="/014")
    assert page.status == 200
    rows = site.world.rows(tables.steps, "step", "done_on", "document")
    assert rows == [("surat_konfirmasi", "2026-05-01", "Surat 7/2026")]


def test_day_before_the_step_began_is_told_beside_the_field(database: Database) -> None:
    site, officer = reader(database, FAR, STEP)
    page = officer.answer("done", on="2026-04-01", confirm="/014")
    assert page.status == 422
    assert page.text.count("tidak sesuai dengan data lain") == 2
    later = officer.answer("done", on="2026-05-09", confirm="/014")
    assert later.text.count("Tanggal ini belum tiba") == 2
    assert site.answers("action") == []


def test_follow_up_of_no_agreement_is_confirmed_with_its_own_id(database: Database) -> None:
    site, officer = reader(database, FOLLOW_UP)
    assert "4 karakter terakhir dari kode tindak lanjut RTL-9" in officer.page.text
    assert officer.answer("done", on="2026-05-02", confirm="TL-9").status == 200
    assert site.world.rows(tables.follow_ups, "done_on") == [("2026-05-02",)]


def test_short_reference_is_typed_whole(database: Database) -> None:
    site, officer = reader(database, make_agreement("K7", expires_on="2026-06-03"))
    assert "ketik kode kerja sama K7" in officer.page.text
    assert officer.answer("decide", decision="revitalise", confirm="k7 ").status == 200
    assert site.answers("decision") == [("revitalise",)]


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ("renew", "Pembaruan sudah dicatat"),
        ("end", "Penutupan kerja sama dimulai"),
        ("revitalise", "Revitalisasi dimulai"),
    ],
)
def test_decision_is_carried_out_and_told(database: Database, decision: str, words: str) -> None:
    site, officer = reader(database, EXPIRY)
    assert officer.answer("decide", confirm="/014").status == 422  # none is chosen beforehand
    page = officer.answer("decide", decision=decision, confirm="/014")
    assert page.status == 200
    assert words in page.text
    assert site.answers("action", "decision") == [("decide", decision)]


def test_english_office_reads_nothing_indonesian_and_the_other_way_round(
    database: Database,
) -> None:
    site = made(database, make_bureau(language="en"), EXPIRY)
    [token] = site.send()
    officer = Reader(site, token)
    faulty = officer.answer("snooze", until="2026-07-01")
    assert "Choose a day no later than Monday, 18 May 2026" in faulty.text
    page = officer.answer("ack")
    assert "Recorded: notice received" in page.text
    for text in (faulty.text, page.text):
        for word in (" yang ", " tidak ", " hari ", "Tercatat", "Galat"):
            assert word not in text.replace("Pengingat", ""), word
