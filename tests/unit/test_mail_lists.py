"""Lists: a line of a digest asks for what the mail of its own would ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reminder.agreements import Decision
from reminder.calendars import Due, PartialDate, Span
from reminder.deadlines import Gap
from reminder.mail.letters import NoticeFacts
from reminder.mail.render import SUBJECT_CHARACTERS, Renderer
from reminder.mail.samples import sample_agreement, sample_letter, sample_notice
from reminder.resources import shipped

RENDERER = Renderer([shipped("templates")])
GAPS = tuple(Gap(code) for code in ("no_plan", "no_activity", "no_leading_unit", "at_risk"))
DECIDE = {"id": "Mohon sikap ditetapkan", "en": "Please decide"}


def digest(language: str, *notices: NoticeFacts) -> str:
    """Text and HTML of a digest with those notices and one more, each without line breaks."""
    other = replace(sample_notice("report", language), notice_id=9)
    mail = RENDERER.render(sample_letter(language, *notices, other))
    assert (mail.error, mail.template) == ("", "digest")
    return " ".join(mail.text.split()) + mail.html


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (
            "id",
            "Mohon sikap ditetapkan: diperbarui, direvitalisasi, atau tidak dilanjutkan; "
            "pembaruan perlu dimulai paling lambat hari Kamis, 13 Juni 2024.",
        ),
        (
            "en",
            "Please decide: renew, revitalise, or let it end; a renewal has to begin by "
            "Thursday, 13 June 2024.",
        ),
    ],
)
def test_first_notice_of_an_end_asks_for_the_decision_and_names_the_last_day_to_start(
    language: str, line: str
) -> None:
    due = Due.of(date(2025, 10, 30))
    first = replace(
        sample_notice("expiry", language), due=due, lead_time="H-540", start_by=date(2024, 6, 13)
    )
    assert digest(language, first).count(line) == 2  # in the text and in the HTML


@pytest.mark.parametrize("language", ["id", "en"])
def test_end_that_is_decided_or_past_asks_for_no_decision(language: str) -> None:
    expiry = sample_notice("expiry", language)
    decided = replace(expiry, decision=Decision.RENEW, decided_on=date(2024, 4, 15))
    late = replace(expiry, due=Due.of(date(2024, 4, 30)), lead_time="H+1", next_lead_on=None)
    assert DECIDE[language] in digest(language, expiry)
    assert DECIDE[language] not in digest(language, decided)
    assert DECIDE[language] not in digest(language, late)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("id", "Mohon ditetapkan paling lambat hari Jumat, 7 Juni 2024 apakah kerja sama ini"),
        ("en", "Please decide by Friday, 7 June 2024 whether this cooperation is to go on."),
    ],
)
def test_agreement_that_renews_itself_is_asked_whether_it_goes_on(language: str, line: str) -> None:
    renewing = replace(sample_agreement(), auto_renew=Span(months=12))
    notice = replace(sample_notice("expiry", language), agreement=renewing)
    assert line in digest(language, notice)


@pytest.mark.parametrize(
    ("language", "gaps", "line"),
    [
        ("id", GAPS[2:3], "Perangkat daerah pelaksana belum tercatat."),
        ("id", GAPS, "; 2 butir lainnya."),
        ("en", GAPS, "; 2 more."),
        ("en", (), "counted from"),
    ],
)
def test_finding_names_its_first_gaps(language: str, gaps: tuple[Gap, ...], line: str) -> None:
    finding = replace(sample_notice("finding", language), gaps=gaps)
    assert line in digest(language, finding)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("title", ["Sister Province Contoh - Queensland", "Kerja Sama " * 12])
def test_subject_of_a_stuck_step_keeps_the_name_of_its_agreement(language: str, title: str) -> None:
    stuck = replace(
        sample_notice("step", language),
        key="konsultasi",
        step_title="Konsultasi dengan Kementerian Dalam Negeri dan Kementerian Luar Negeri",
        countdown=None,
        stalled_since=PartialDate(2024, 2, 8),
        lead_time="HK+1",
        agreement=replace(sample_agreement(), title=title),
    )
    subject = RENDERER.render(sample_letter(language, stuck)).subject
    assert len(subject) <= SUBJECT_CHARACTERS
    _step, _, name = subject.partition(" – ")
    assert name.startswith(f"MoU {title[:12]}".rstrip())
    assert "Konsultasi" in subject


@pytest.mark.parametrize(
    ("language", "who"),
    [
        ("id", "Pimpinan Sekretariat Daerah (unit induk) turut diberi tahu."),
        ("en", "the Head of Sekretariat Daerah (the parent office) will be told as well."),
    ],
)
def test_head_of_the_office_above_is_named_by_that_office(language: str, who: str) -> None:
    notice = replace(sample_notice("expiry", language), escalates_at="Sekretariat Daerah")
    mail = RENDERER.render(sample_letter(language, notice))
    assert who in " ".join(mail.text.split())


@pytest.mark.parametrize(
    ("language", "who"),
    [
        ("id", "belum ditanggapi, sekretaris Sekretariat Daerah (unit induk) turut diberi tahu."),
        ("en", "the secretary of Sekretariat Daerah (the parent office) will be told as well."),
    ],
)
def test_other_role_at_the_office_above_is_named_with_it(language: str, who: str) -> None:
    notice = replace(
        sample_notice("expiry", language),
        escalates_to="secretary",
        escalates_at="Sekretariat Daerah",
    )
    mail = RENDERER.render(sample_letter(language, notice))
    assert who in " ".join(mail.text.split())
