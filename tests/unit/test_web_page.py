"""The page of a notice, by the state of its facts: what it says, and what it never says."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
import structlog
from structlog.testing import capture_logs

from reminder.agreements import Dossier
from reminder.calendars import Due, PartialDate
from reminder.deadlines import DeadlineStatus, Gap
from reminder.resources import shipped
from reminder.responses import Refusal
from reminder.storage.grants import Grant
from reminder.storage.letters import NoticeRow
from reminder.storage.linked_notices import LinkedNotice
from reminder.web.answer_forms import AnswersPart
from reminder.web.answer_words import AnswerWords
from reminder.web.languages import answer_words
from reminder.web.notice_page import notice_page, page_letter
from reminder.web.pages import Pages
from reminder.web.passages import Passages
from reminder.web.words import ENGLISH, INDONESIAN, PageWords
from tests.factories import (
    OFFICER,
    REF,
    make_agreement,
    make_dossier,
    make_follow_up,
    make_report,
    make_rule,
    make_step,
)
from tests.stored import ADMIN, make_policy
from tests.web_client import Outline, visible_text

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
GRANT = Grant(1, "i" * 22, "1", "act", 1, 1, OFFICER, datetime(2026, 6, 30, 5, 0, tzinfo=UTC))
RULES = tuple(
    make_rule(kind, deadline=kind, template=kind)
    for kind in ("expiry", "notice_by", "report", "step", "follow_up", "finding")
)
POLICY = make_policy(*RULES)
PAGES = Pages(shipped("templates"))


def notice(
    kind: str = "expiry",
    key: str = "",
    due_on: str = "2026-05-31",
    dossier: Dossier | None = None,
    **changes: object,
) -> LinkedNotice:
    """The notice H-30 of the agreement, as it stands on 1 May 2026."""
    due = Due.of(PartialDate.parse(due_on))
    row = NoticeRow(
        message_id="<abcdefghijklmnopqrstuvwxyz@example.go.id>",
        id=1,
        epoch=1,
        lead_time="H-30",
        role="officer",
        recipient=OFFICER,
        agreement=REF,
        rule=kind,
        copy=False,
        fallback="",
        successor_of="Rudi Hartono",
        deadline_id=1,
        kind=kind,
        key=key,
        due_on=due.first,
        due_last_on=due.last,
        due_text=due.text,
        derived_from=f"expires_on {due_on}",
        next_on=date(2026, 5, 24),
    )
    made = LinkedNotice(
        row=row,
        status=DeadlineStatus.OPEN,
        mailed_due=due,
        language="id",
        timezone="Asia/Jakarta",
        office="Biro Kerja Sama",
        dossier=dossier or make_dossier(make_agreement(officer="pejabat@example.go.id")),
        follow_up=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the fields of a LinkedNotice


def source(linked: LinkedNotice, templates: Path | None = None) -> str:
    dirs = [*([templates] if templates else []), shipped("templates")]
    passages = Passages(dirs, structlog.get_logger())
    letter = page_letter(POLICY, linked, NOW)
    nothing = AnswersPart(answer_words(linked.language), "/act/x", "nonce")
    return PAGES.page("notice", "", notice_page(letter, passages, GRANT, linked, NOW, nothing))


def text(linked: LinkedNotice) -> str:
    return visible_text(source(linked))


FOLLOW_UP = make_follow_up(due_on="2026-05-31", officer="pejabat@example.go.id")
KINDS = [
    pytest.param(notice(), "menetapkan sikap", "decide on the future", id="expiry"),
    pytest.param(notice("notice_by"), "surat pemberitahuan", "draft the letter", id="notice_by"),
    pytest.param(notice("report", "2025-S2"), "laporan tersebut", "submit the report", id="report"),
    pytest.param(notice("step", "surat_konfirmasi"), "tahapan ini", "finish this step", id="step"),
    pytest.param(
        notice("follow_up", FOLLOW_UP.id, follow_up=FOLLOW_UP),
        "Menyusun rencana aksi",
        "Menyusun rencana aksi",
        id="follow_up",
    ),
    pytest.param(
        notice("finding", "UNKNOWN_EXPIRY"),
        "diperiksa dan dilengkapi",
        "check and complete",
        id="finding",
    ),
    pytest.param(
        replace(
            notice("follow_up", FOLLOW_UP.id),
            row=replace(notice("follow_up", FOLLOW_UP.id).row, agreement=""),
            dossier=None,
            follow_up=FOLLOW_UP,
        ),
        "Menyusun rencana aksi",
        "Menyusun rencana aksi",
        id="follow_up of no agreement",
    ),
]


@pytest.mark.parametrize(("linked", "indonesian", "english"), KINDS)
def test_every_kind_says_in_both_languages_what_to_do(
    linked: LinkedNotice, indonesian: str, english: str
) -> None:
    assert indonesian in text(linked)
    assert english in text(replace(linked, language="en"))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("linked", "_id", "_en"), KINDS)
@pytest.mark.parametrize("status", list(DeadlineStatus))
def test_page_that_asks_nothing_is_sound_and_can_do_nothing(
    linked: LinkedNotice, _id: str, _en: str, status: DeadlineStatus, language: str
) -> None:
    page = source(replace(linked, status=status, language=language))
    outline = Outline(page)
    assert outline.values("lang") == [language]
    assert outline.tags.count("main") == outline.tags.count("title") == 1
    assert {"header", "footer"} <= set(outline.tags)
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert not {"form", "button", "input", "script", "style", "img", "iframe"} & set(outline.tags)
    assert not [name for name, _value in outline.attributes if name.startswith("on")]
    assert outline.values("style") == []
    # The style sheet and the way past the heading: no other address is led to.
    assert [value.partition("?")[0] for value in outline.values("href")] == [
        "/style.css",
        "#content",
    ]
    assert "reminder-link:" not in page
    assert _Balance(page).open == []


class _Balance(HTMLParser):
    """The elements that were opened and never closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("linked", "_id", "_en"), KINDS)
def test_no_person_is_named_and_no_address_but_the_one_to_ask(
    linked: LinkedNotice, _id: str, _en: str
) -> None:
    page = source(linked)
    assert set(re.findall(r"[^\s<>\"]+@[^\s<>\"]+[a-z]", page)) == {ADMIN}
    assert "Rudi Hartono" not in page
    assert "Siti Rahma" not in page


@pytest.mark.parametrize(
    "promise", ["tanggapan lain", "other answers", "Catat sikap", "tautan yang"]
)
def test_no_answer_is_promised_while_none_can_be_given(promise: str) -> None:
    for language in ("id", "en"):
        assert promise.lower() not in text(notice(language=language)).lower()


def test_facts_of_the_agreement_are_there_in_words() -> None:
    said = text(notice())
    for words in (
        "MoU Kerja Sama Sister Province Jawa Tengah dan Queensland",
        "Minggu, 31 Mei 2026 (30 hari kalender lagi)",
        "Status: Terbuka, menunggu tindak lanjut",
        "Kode kerja sama KSDPL/2021/001",
        "Mitra Queensland, Australia",
        "Unit penanggung jawab Biro Kerja Sama",
        "Dasar hukum UU 23/2014",
        f"disampaikan kepada {ADMIN}",
        "pengingat berikutnya dikirim pada hari Minggu, 24 Mei 2026",
        "Jumat, 1 Mei 2026, pukul 09.00 WIB",
        "sampai dengan 30 Juni 2026",
        "Ref. sistem: KSD-ABCDEFGH",
    ):
        assert words in said, words


def test_unknown_legal_basis_is_to_be_confirmed() -> None:
    dossier = make_dossier(make_agreement(legal_basis=""))
    assert "Dasar hukum perlu dikonfirmasi" in text(notice(dossier=dossier))


@pytest.mark.parametrize(
    ("linked", "words"),
    [
        pytest.param(
            notice(
                "report",
                "2025-S2",
                dossier=make_dossier(
                    reports=(make_report("2025-S2", submitted_on="2026-02-03", evidence="x"),)
                ),
                status=DeadlineStatus.MET,
            ),
            "Tercatat selesai pada tanggal 3 Februari 2026.",
            id="a report that was submitted",
        ),
        pytest.param(
            notice(
                "step",
                "surat_konfirmasi",
                dossier=make_dossier(steps=(make_step(done_on="2026-04"),)),
                status=DeadlineStatus.MET,
            ),
            "Tercatat selesai pada bulan April 2026.",
            id="a step of which the month is known",
        ),
        pytest.param(
            notice(
                "follow_up",
                FOLLOW_UP.id,
                follow_up=replace(FOLLOW_UP, done_on=PartialDate(2026, 4, 30)),
                status=DeadlineStatus.MET,
            ),
            "Tercatat selesai pada tanggal 30 April 2026.",
            id="a follow-up that was done",
        ),
        pytest.param(
            notice(dossier=make_dossier(replaced_by="KSDPL/2026/009"), status=DeadlineStatus.MET),
            "telah digantikan oleh naskah lain",
            id="an expiry met by a replacing agreement",
        ),
        pytest.param(
            notice(
                dossier=make_dossier(make_agreement(status="terminated")),
                status=DeadlineStatus.VOID,
            ),
            "telah diakhiri",
            id="a terminated agreement",
        ),
        pytest.param(
            notice(status=DeadlineStatus.VOID), "tidak berlaku lagi", id="void for another reason"
        ),
    ],
)
def test_closed_deadline_says_why_and_asks_for_nothing(linked: LinkedNotice, words: str) -> None:
    said = text(linked)
    assert words in said
    assert "Yang dimohon" not in said
    assert "pengingat berikutnya" not in said
    assert "lewat batas waktu" not in said.lower()


def test_date_that_changed_since_the_mail_is_told_with_both() -> None:
    linked = notice(mailed_due=Due.of(date(2026, 4, 30)))
    assert (
        "Tanggal ini berubah sejak pesan dikirim: semula Kamis, 30 April 2026, "
        "kini Minggu, 31 Mei 2026."
    ) in text(linked)
    assert "berubah sejak" not in text(notice())


@pytest.mark.parametrize(
    ("linked", "words"),
    [
        pytest.param(notice(due_on="2026-04-30"), "Status: Lewat batas waktu", id="late"),
        pytest.param(notice(due_on="2026-05-01"), "Status: Terbuka", id="due today"),
        pytest.param(notice(due_on="2026-05"), "bulan Mei 2026", id="only the month is known"),
        pytest.param(
            notice("finding", "UNKNOWN_EXPIRY", "2024-01-31"), "Status: Terbuka", id="old finding"
        ),
    ],
)
def test_status_follows_the_day(linked: LinkedNotice, words: str) -> None:
    assert words in text(linked)


def test_copy_names_who_is_asked() -> None:
    linked = notice()
    assert "Yang dimohon dari penanggung jawab" in text(
        replace(linked, row=replace(linked.row, copy=True))
    )


def test_text_of_the_register_stays_text() -> None:
    hostile = make_agreement(title='<script>alert(1)</script>"', partner="{{ 7*7 }}<b>")
    page = source(notice(dossier=make_dossier(hostile)))
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_admins_own_wording_is_used_on_the_page_too(tmp_path: Path) -> None:
    folder = tmp_path / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    (folder / "body.txt.j2").write_text(
        '{% extends "_base.txt.j2" %}\n{% block action %}Silakan {{ title }}.{% endblock %}\n'
    )
    said = visible_text(source(notice(), tmp_path))
    assert "Silakan MoU Kerja Sama" in said


def test_template_that_fails_costs_no_page(tmp_path: Path) -> None:
    folder = tmp_path / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    (folder / "body.txt.j2").write_text("{% block action %}{{ nothing }}{% endblock %}")
    with capture_logs() as logs:
        said = visible_text(source(notice(), tmp_path))
    assert "Mohon Saudara menetapkan sikap" in said
    assert [entry["event"] for entry in logs] == ["passage_failed"]


def texts_of(words: PageWords | AnswerWords) -> dict[str, str]:
    """Every text by its name; those of a mapping by its key too."""
    found: dict[str, str] = {}
    for field in fields(words):
        value = getattr(words, field.name)
        named = value if isinstance(value, dict) else {"": value}
        found |= {f"{field.name} {key}": text for key, text in named.items()}
    return found


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [(INDONESIAN, ENGLISH), (answer_words("id"), answer_words("en"))],
    ids=["of pages", "of answers"],
)
def test_every_word_is_there_in_both_languages_with_the_same_gaps(
    indonesian: PageWords | AnswerWords, english: PageWords | AnswerWords
) -> None:
    own, other = texts_of(indonesian), texts_of(english)
    assert list(own) == list(other)
    for name, text in own.items():
        assert text
        assert other[name]
        gaps = [[part[1] for part in Formatter().parse(words)] for words in (text, other[name])]
        named = [sorted(gap for gap in found if gap is not None) for found in gaps]
        assert named[0] == named[1], name


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_for_not_taking_an_answer_has_a_sentence(language: str) -> None:
    assert set(answer_words(language).refusals) == {reason.value for reason in Refusal}


def test_page_of_what_is_not_there_speaks_every_language_first_the_services() -> None:
    for first, other in (("id", "en"), ("en", "id")):
        outline = Outline(PAGES.told_page("not_found", "", first, "Pengingat"))
        assert outline.values("lang") == [first, other]
        assert outline.headings == [1, 2]


def test_page_lists_what_a_finding_consists_of() -> None:
    gaps = (Gap("no_officer"), Gap("no_leading_unit"))
    linked = notice("finding", "NO_OWNER")
    linked = replace(linked, row=replace(linked.row, gaps=gaps))
    assert "belum ada penanggung jawab yang tercatat aktif;" in text(linked)
    assert source(linked).count("<li dir") == 2
    over = replace(linked, status=DeadlineStatus.MET)
    assert "belum ada penanggung jawab" not in text(over)
