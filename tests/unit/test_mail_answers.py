"""What a mail offers to answer, where its button and its small links lead, and in which words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from reminder.agreements import AgreementStatus, Decision
from reminder.calendars import Due
from reminder.mail.answers import main_answer, other_answers
from reminder.mail.compose import with_links
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.render import Rendered, Renderer
from reminder.mail.samples import (
    SINGLE,
    TODAY,
    escalated_letter,
    sample_letter,
    sample_letters,
    sample_notice,
)
from reminder.resources import shipped

RENDERER = Renderer([shipped("templates")])
LANGUAGES = ("id", "en")
LINK = "reminder-link:1"


def rendered(letter: Letter) -> Rendered:
    return RENDERER.render_strictly(letter)


def links_in(mail: Rendered) -> list[str]:
    """Where the links of the HTML part lead, in order."""
    return re.findall(r'<a href="([^"]*)"', mail.html)


def addresses_in(mail: Rendered) -> list[str]:
    """The same of the text part, each on a line of its own."""
    return re.findall(r"^ *(reminder-link:\S+)$", mail.text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "changes", "main", "others"),
    [
        ("expiry", {}, "decide", ["seen", "later", "not-mine"]),
        ("expiry", {"decision": Decision.RENEW}, "seen", ["later", "not-mine"]),
        ("expiry", {"decision": Decision.REVITALISE}, "seen", ["later", "not-mine"]),
        ("expiry", {"decision": Decision.END}, "decide", ["seen", "later", "not-mine"]),
        ("expiry", {"due": Due.of(TODAY)}, "decide", ["seen", "not-mine"]),
        ("expiry", {"due": Due.of(date(2024, 4, 1))}, "decide", ["seen", "not-mine"]),
        ("notice_by", {}, "seen", ["later", "not-mine"]),
        ("report", {}, "done", ["seen", "later", "not-mine"]),
        ("step", {}, "done", ["seen", "later", "not-mine"]),
        ("follow_up", {}, "done", ["seen", "later", "not-mine"]),
        ("follow_up", {"agreement": None}, "done", ["seen", "later", "not-mine"]),
        ("finding", {}, "seen", ["not-mine"]),
        ("finding", {"agreement": None}, "seen", []),
        ("expiry", {"level": 1}, "seen", ["not-mine"]),
        ("report", {"level": 2}, "seen", ["not-mine"]),
    ],
)
def test_offers_what_would_settle_the_matter_and_what_else_fits(
    kind: str, changes: dict[str, object], main: str, others: list[str]
) -> None:
    facts: NoticeFacts = replace(sample_notice(kind, "id"), **changes)  # type: ignore[arg-type] # by field
    assert main_answer(facts) == main
    assert list(other_answers(facts, TODAY)) == others


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SINGLE)
def test_each_answer_has_an_address_of_its_own_in_both_parts(kind: str, language: str) -> None:
    letter = sample_letters(language)[kind]
    (facts,) = letter.notices
    mail = rendered(letter)
    main = f"{LINK}/{main_answer(facts)}"
    others = [f"{LINK}/{other}" for other in other_answers(facts, letter.today)]
    assert links_in(mail) == [main, main, *others], "the button, its address, the small links"
    assert addresses_in(mail) == [main, *others]


def test_buttons_say_what_their_page_does() -> None:
    def button(letter: Letter) -> str:
        mail = rendered(letter)
        shown: str
        (shown,) = re.findall(r'class="button"[^>]*><a [^>]*>([^<]*)</a>', mail.html)
        assert f"\n{shown}:\nreminder-link:1/" in mail.text
        return shown

    samples = sample_letters("id")
    assert {kind: button(samples[kind]) for kind in SINGLE} == {
        "expiry": "Catat sikap",
        "notice_by": "Konfirmasi penerimaan",
        "report": "Catat penyampaian laporan",
        "step": "Catat tahapan selesai",
        "follow_up": "Catat penyelesaian",
        "finding": "Konfirmasi penerimaan",
    }
    expiry = sample_notice("expiry", "id")
    renewed = replace(expiry, decision=Decision.RENEW, decided_on=date(2024, 4, 15))
    assert button(sample_letter("id", renewed)) == "Konfirmasi penerimaan"
    assert expiry.agreement is not None
    ending = replace(expiry.agreement, status=AgreementStatus.NOT_RENEWING)
    assert button(sample_letter("id", replace(expiry, agreement=ending))) == "Catat penutupan"
    assert button(escalated_letter("id", expiry)) == "Catat tanggapan"


@pytest.mark.parametrize("language", LANGUAGES)
def test_reader_is_told_that_the_links_are_personal_and_not_to_write(language: str) -> None:
    letter = sample_letters(language)["expiry"]
    said = " ".join(rendered(letter).text.split())
    personal = {"id": "dapat menanggapi atas nama Saudara.", "en": "can answer in your name."}
    written = {"id": "Tanggapan mohon disampaikan kepada", "en": "Please send your answer to"}
    assert personal[language] in said
    assert written[language] not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["expiry", "report", "escalation", "findings", "digest", "weekly"])
def test_without_pages_the_reader_is_told_whom_to_answer(name: str, language: str) -> None:
    letter = replace(sample_letters(language)[name], can_answer=False, unsubscribe="")
    mail = rendered(letter)
    said = " ".join(mail.text.split())
    written = {"id": "Tanggapan mohon disampaikan kepada", "en": "Please send your answer to"}
    assert f"{written[language]} admin@biro.example.go.id." in said
    assert not re.search(r"reminder-link:\d+/", mail.text + mail.html)
    assert not any(word in said for word in ("TANGGAPAN LAIN", "OTHER ANSWERS", "pribadi"))


def test_copy_leads_to_its_page_and_takes_no_answer() -> None:
    copy = replace(sample_notice("report", "id"), copy=True, role="head")
    mail = rendered(sample_letter("id", copy))
    assert links_in(mail) == [LINK, LINK]
    assert ">Lihat rincian</a>" in mail.html
    assert "Tanggapan mohon disampaikan kepada admin@biro.example.go.id." in mail.text
    assert "pribadi" not in mail.text


@pytest.mark.parametrize("name", ["digest", "weekly", "findings"])
def test_each_of_several_matters_has_one_link_to_its_page(name: str) -> None:
    letter = sample_letters("id")[name]
    mail = rendered(letter)
    own = sorted(notice.link for notice in letter.notices)
    assert sorted(link for link in links_in(mail) if "@" not in link) == own
    assert "bersifat pribadi" in mail.text


def test_who_stands_in_can_hand_it_on() -> None:
    facts = replace(sample_notice("expiry", "id"), fallback="head of B-01 for officer of B-01")
    assert "- serahkan kepada petugas lain:\n  reminder-link:1/not-mine" in (
        rendered(sample_letter("id", facts)).text
    )


def test_answers_survive_the_making_of_the_links() -> None:
    mail = rendered(sample_letters("id")["expiry"])
    page = "https://pengingat.example.go.id/a/1.abc.def"
    for part in (mail.text, mail.html):
        made = with_links(part, {"1": page})
        assert "reminder-link" not in made
        for answer in ("decide", "seen", "later", "not-mine"):
            assert f"{page}/{answer}" in made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["weekly", "semester"])
def test_summary_can_be_stopped_from_its_footer(name: str, language: str) -> None:
    letter = sample_letters(language)[name]
    mail = rendered(letter)
    assert links_in(mail)[-1] == letter.unsubscribe
    assert addresses_in(mail)[-1] == letter.unsubscribe
    kept = {"id": "tetap dikirim", "en": "will still be sent"}
    assert kept[language] in mail.text.rpartition(letter.unsubscribe)[2]
    assert letter.unsubscribe not in rendered(replace(letter, unsubscribe="")).html


@pytest.mark.parametrize("name", ["expiry", "digest", "daily", "admin", "escalation"])
def test_nothing_else_can_be_stopped(name: str) -> None:
    mail = rendered(sample_letters("id")[name])
    assert "Berhenti menerima" not in mail.text + mail.html
