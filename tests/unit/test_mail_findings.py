"""Findings in words: every gap has a sentence, every finding its title, request and template."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

import reminder.findings
from reminder.deadlines import DeadlineKind, Gap
from reminder.findings import DETECTORS
from reminder.mail.gap_sentences import gap_sentence
from reminder.mail.gap_words import GAPS
from reminder.mail.languages import words_for
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.record_words import CHECKS, DOCUMENTS
from reminder.mail.render import Rendered, Renderer
from reminder.mail.sample_findings import (
    TEMPLATES,
    sample_finding,
    sample_gap,
    shipped_findings,
)
from reminder.mail.samples import sample_letter, sample_letters, sample_notice
from reminder.policy import load_policy
from reminder.resources import shipped

RENDERER = Renderer([shipped("templates")])
POLICY = load_policy(None, shipped("config"), [])
CODES = [(finding, gap) for finding, found in DETECTORS.items() for gap in found.gaps]


def placeholders(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name}


def constants_of(finding: str) -> set[str]:
    """Every text that the detector's module, or one that it takes from its package, spells out."""
    folder = Path(reminder.findings.__file__).parent
    modules = {DETECTORS[finding].find.__module__.rpartition(".")[2]}
    found: set[str] = set()
    for _ in range(2):
        for name in list(modules):
            tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
                if isinstance(node, ast.ImportFrom) and node.module:
                    package, _, module = node.module.rpartition(".")
                    if package == "reminder.findings":
                        modules.add(module)
    return found


def rendered(letter: Letter) -> Rendered:
    mail = RENDERER.render(letter)
    assert mail.error == ""
    return mail


def said(letter: Letter) -> str:
    return " ".join(rendered(letter).text.split())


def finding(code: str, language: str = "id", **changes: object) -> NoticeFacts:
    facts = sample_finding(sample_notice("expiry", language), code, language)
    template = next(name for name, codes in TEMPLATES.items() if code in codes)
    return replace(facts, template=template, **changes)  # type: ignore[arg-type] # by field


@pytest.mark.parametrize(("code", "gap"), CODES)
def test_every_gap_has_a_sentence_of_what_its_detector_knows(code: str, gap: str) -> None:
    named = {language: placeholders(GAPS[language][gap]) for language in GAPS}
    assert named["id"] == named["en"]
    assert named["id"] <= constants_of(code)


def test_no_sentence_is_left_of_a_gap_that_nothing_finds() -> None:
    for language, sentences in GAPS.items():
        assert sorted(sentences) == sorted({gap for _code, gap in CODES}), language


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(("code", "gap"), CODES)
def test_sentence_reads_on_in_a_list(code: str, gap: str, language: str) -> None:
    sentence = gap_sentence(sample_gap(gap, language), words_for(language))
    assert sentence == " ".join(sentence.split())
    assert not re.search(r"[{}_]|None|\.$|\(\)|  ", sentence)
    assert not sentence[0].isupper()


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("id", "2019-08-06", "6 Agustus 2019"),
        ("id", "2017-05", "Mei 2017"),
        ("en", "2017-05", "a day in May 2017"),
        ("en", "2017", "a day in 2017"),
        ("en", "some day", "some day"),
    ],
)
def test_days_of_gaps_say_no_more_than_is_known(language: str, value: str, written: str) -> None:
    gap = Gap("signing_ahead", (("signed_on", value),))
    assert written in gap_sentence(gap, words_for(language))


def test_codes_of_the_register_are_told_in_words() -> None:
    contact = Gap(
        "no_contact", (("activity", "letter_in"), ("contact_on", "2024-02"), ("n_months", "7"))
    )
    assert "surat dari mitra" in gap_sentence(contact, words_for("id"))
    paper = Gap(
        "text_dated_otherwise",
        (("document", "berita_acara"), ("text_on", "2024"), ("signed_on", "2023")),
    )
    assert gap_sentence(paper, words_for("id")).startswith("berita acara bertanggal 2024")


@pytest.mark.parametrize(
    "gap",
    [
        pytest.param(Gap("of_an_older_version", (("since_on", "2024"),)), id="unknown code"),
        pytest.param(Gap("no_plan", (("elsewhere", "x"),)), id="a value is missing"),
    ],
)
def test_gap_without_a_sentence_is_told_as_why_tells_it(gap: Gap) -> None:
    assert gap_sentence(gap, words_for("id")) == gap.text


def test_every_item_and_paper_that_is_asked_for_has_words() -> None:
    from reminder.findings.eligibility import ITEMS

    for language in ("id", "en"):
        assert {item.code for item in ITEMS} <= CHECKS[language].keys()
    papers = {
        paper
        for chain in POLICY.chains.values()
        for step in chain.steps
        for paper in step.proven_by
    }
    assert papers <= DOCUMENTS["en"].keys()


@pytest.mark.parametrize("code", DETECTORS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_title_and_action_of_a_finding_fit_into_a_mail(code: str, language: str) -> None:
    rule = shipped_findings()[code]
    assert rule.title[language]
    assert not rule.title[language].endswith(".")
    assert rule.action[language].endswith(".")
    assert rule.action[language].startswith(("Mohon ", "Please ", "The admin "))


def test_every_finding_is_written_for_by_one_template() -> None:
    codes = [code for codes in TEMPLATES.values() for code in codes]
    assert sorted(codes) == sorted(DETECTORS)


def test_rules_send_every_finding_with_the_template_written_for_it() -> None:
    for rule in POLICY.rules:
        if rule.deadline is DeadlineKind.FINDING:
            assert set(rule.findings) <= set(TEMPLATES[rule.template]), rule.name


SUBJECTS = [
    ("LOI_STALE", "[H+30] Tindak lanjut Pernyataan Kehendak dengan State Government of Queensland"),
    ("DORMANT_CONTACT", "[H+30] Komunikasi dengan State Government of Queensland: terakhir 11 Mei"),
    ("PARTNER_SILENT", "[H+30] Komunikasi dengan State Government of Queensland: surat kepada"),
    ("WE_ARE_SILENT", "[H+30] Komunikasi dengan State Government of Queensland: surat dari mitra"),
    ("NO_OWNER", "[H+30] Penetapan penanggung jawab MoU Sister Province Contoh - Queensland"),
    ("ADMIN_INCOMPLETE", "[H+30] Kelengkapan dokumen MoU Sister Province Contoh - Queensland: 3"),
    ("RULE_GAP", "[H+30] Kesesuaian tahapan MoU Sister Province Contoh… dengan PP Nomor 28 Tahun"),
    ("LEGACY_BASIS", "[H+30] Kesesuaian dasar hukum MoU Sister Province Contoh… dengan PP Nomor"),
    ("CEREMONIAL", "[H+30] Rencana aksi MoU Sister Province Contoh - Queensland belum berjalan"),
    ("FOLLOW_UP_INCOMPLETE", "[H+30] Tindak lanjut Rapat Evaluasi Kerja Sama Sister Province…: 1"),
]


@pytest.mark.parametrize(("code", "subject"), SUBJECTS)
def test_subject_says_what_the_finding_is_about(code: str, subject: str) -> None:
    assert rendered(sample_letter("id", finding(code))).subject.startswith(subject)


@pytest.mark.parametrize("code", DETECTORS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_finding_asks_for_what_the_policy_says_by_one_day(code: str, language: str) -> None:
    text = said(sample_letter(language, finding(code, language)))
    assert shipped_findings()[code].action[language] in text
    by = {"id": "paling lambat hari Jumat, 7 Juni 2024.", "en": "by Friday, 7 June 2024."}
    assert text.count(by[language]) == 1


def test_words_of_the_admin_are_those_of_the_mail() -> None:
    own = finding("NO_OWNER", finding_title="Belum ada PIC", finding_action="Mohon PIC ditunjuk")
    text = said(sample_letter("id", own))
    assert "Temuan Belum ada PIC" in text
    assert "Mohon PIC ditunjuk. Tindak lanjutnya dimohon paling lambat" in text


def test_gaps_are_a_list_where_there_are_several_and_a_sentence_where_there_is_one() -> None:
    one = finding("CEREMONIAL", gaps=(sample_gap("no_plan", "id"),))
    assert "Queensland: belum ada rencana aksi yang tercatat" in said(sample_letter("id", one))
    several = rendered(sample_letter("id", finding("CEREMONIAL")))
    assert several.text.count("\n- belum ada ") == 2
    assert several.html.count("<li") == 2


def test_long_list_of_gaps_says_how_many_more_there_are() -> None:
    gaps = tuple(
        Gap("document_missing", (("step", f"tahap {number}"), ("done_on", "2024")))
        for number in range(30)
    )
    mail = rendered(sample_letter("id", finding("ADMIN_INCOMPLETE", gaps=gaps)))
    assert "- 18 butir lainnya." in mail.text
    assert "pada 30 butir berikut" in " ".join(mail.text.split())


def test_follow_ups_of_no_agreement_are_known_by_their_meeting() -> None:
    loose = finding("FOLLOW_UP_INCOMPLETE", agreement=None)
    mail = rendered(sample_letter("id", loose))
    assert (
        "Rapat Evaluasi Kerja Sama Sister Province tanggal 24 April 2024 menghasilkan 3 butir"
        in (" ".join(mail.text.split()))
    )
    assert "FOLLOW_UP" not in mail.subject + mail.text


def test_article_to_be_confirmed_is_not_in_the_subject() -> None:
    gap = sample_gap("basis_revoked_to_confirm", "id")
    mail = rendered(sample_letter("id", finding("LEGACY_BASIS", gaps=(gap,))))
    assert "PP Nomor" not in mail.subject
    assert "perlu dikonfirmasi)" in " ".join(mail.text.split())


# --- several findings of one agreement ---


def test_findings_of_one_agreement_are_one_list_with_one_day() -> None:
    mail = rendered(sample_letters("id")["findings"])
    text = " ".join(mail.text.split())
    assert mail.subject == "[H+30] 3 temuan: MoU Sister Province Contoh - Queensland"
    assert [line[:3] for line in mail.text.split("\n") if re.match(r"\d\. ", line)] == [
        "1. ", "2. ", "3. ",
    ]  # fmt: skip
    assert text.count("paling lambat") == 1
    assert "mencatat hasilnya paling lambat hari Senin, 1 Juli 2024." in text
    for number in (1, 2, 3):
        assert mail.text.count(f"reminder-link:{number}\n") == 1
        assert f'href="reminder-link:{number}"' in mail.html


def test_gravest_finding_comes_first() -> None:
    letter = sample_letters("id")["findings"]
    text = rendered(replace(letter, notices=letter.notices[::-1])).text
    assert text.index("Surat dari mitra belum dijawab") < text.index("Belum dapat dipastikan")


def test_findings_of_several_lead_times_bear_no_code() -> None:
    letter = sample_letters("id")["findings"]
    first = replace(letter.notices[0], lead_time="H")
    mail = rendered(replace(letter, notices=(first, *letter.notices[1:])))
    assert mail.subject == "3 temuan: MoU Sister Province Contoh - Queensland"


def test_one_finding_that_is_left_is_still_told() -> None:
    letter = sample_letters("en")["findings"]
    mail = rendered(replace(letter, notices=letter.notices[:1]))
    assert mail.subject == "[H+30] 1 finding: MoU Sister Province Contoh - Queensland"
    assert "shows 1 finding." in " ".join(mail.text.split())


def test_finding_counts_since_its_day() -> None:
    text = said(sample_letter("id", finding("NO_OWNER")))
    assert "Terhitung sejak Senin, 8 April 2024" in text
