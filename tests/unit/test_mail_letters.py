"""What the shipped letters say in every situation, and the form that all of them have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from reminder.agreements import AgreementStatus
from reminder.calendars import Due, PartialDate, Span
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.plain_text import WIDTH
from reminder.mail.render import Rendered, Renderer
from reminder.mail.sample_variants import sample_variants
from reminder.mail.samples import (
    SINGLE,
    sample_agreement,
    sample_letter,
    sample_letters,
    sample_notice,
)
from reminder.mail.summary_samples import SUMMARIES
from reminder.mail.template_files import TemplateFiles
from reminder.mail.timing import ACCENTS
from reminder.mail.trials import trial_letters
from reminder.resources import shipped

RENDERER = Renderer([shipped("templates")])
LATE = Due.of(date(2024, 4, 30))
EVERY = [
    pytest.param(letter, id=f"{name} {language}, {what}")
    for language in ("id", "en")
    for name in TemplateFiles([shipped("templates")]).names()
    if name not in SUMMARIES  # which have a form of their own
    for what, letter in trial_letters(name, language)
]


def rendered(letter: Letter) -> Rendered:
    mail = RENDERER.render(letter)
    assert mail.error == ""
    return mail


def said(mail: Rendered) -> str:
    """The text part as one line, without the breaks of its layout."""
    return " ".join(mail.text.split())


def expiry(language: str = "id", **changes: object) -> Letter:
    facts = replace(sample_notice("expiry", language), **changes)  # type: ignore[arg-type] # by field
    return sample_letter(language, facts)


class Page(HTMLParser):
    """What a reader sees of an HTML part, and what it would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag in ("style", "title") or (tag == "div" and values.get("class") == "preheader"):
            self._hidden += 1
        if tag == "a":
            self.links.append(values.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title", "div"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.extend(data.split())


def letters_of(text: str) -> str:
    """Letters and digits in their order; layout, case and punctuation put aside."""
    return "".join(character for character in text.casefold() if character.isalnum())


def test_countdown_names_agreement_parties_day_and_action() -> None:
    mail = rendered(expiry())
    assert mail.subject == "[H-90] MoU Sister Province Contoh - Queensland berakhir 6 Agustus 2024"
    assert (
        "Bersama ini diinformasikan bahwa MoU Sister Province Contoh - Queensland antara "
        "Pemerintah Provinsi Contoh dan State Government of Queensland, yang ditandatangani pada "
        "tanggal 6 Agustus 2019, akan berakhir pada hari Selasa, 6 Agustus 2024 (90 hari kalender "
        "lagi)." in said(mail)
    )
    assert "(diperbarui, direvitalisasi, atau tidak dilanjutkan)" in said(mail)
    assert (
        "Dasar hukum UU Nomor 24 Tahun 2000 Pasal 18-19 dan klausul naskah kerja sama (perlu "
        "dikonfirmasi)" in said(mail)
    )


def test_address_names_the_office_first_and_the_person_second() -> None:
    lines = rendered(expiry()).text.split("\n")
    at = lines.index("Yth. Penanggung Jawab Kerja Sama")
    assert lines[at + 1] == "Biro Pemerintahan, Otonomi Daerah dan Kerja Sama Setda Contoh"
    assert lines[at + 2] == "u.p. Siti Rahmawati"


def test_contact_whose_name_is_an_office_is_addressed_by_it() -> None:
    head = replace(expiry(role="head"), recipient_name="Kepala Biro Pemerintahan Contoh")
    lines = rendered(head).text.split("\n")
    assert "Yth. Kepala Biro Pemerintahan Contoh" in lines
    assert not any(line.startswith(("u.p.", "Biro Pemerintahan")) for line in lines)
    assert "Mohon Bapak/Ibu menetapkan sikap" in said(rendered(head))


def test_on_the_day_the_mail_says_today() -> None:
    mail = rendered(expiry(due=Due.of(date(2024, 5, 8)), lead_time="H"))
    assert mail.subject.startswith("[H] MoU Sister Province")
    assert "berakhir hari ini, 8 Mei 2024" in mail.subject
    assert "mencatatnya paling lambat hari ini, Rabu, 8 Mei 2024." in said(mail)


def test_late_expiry_says_what_not_to_do_and_blames_nobody() -> None:
    mail = rendered(expiry(due=LATE, lead_time="H+7"))
    assert mail.subject.endswith("telah berakhir pada 30 April 2024")
    assert "dan belum tercatat naskah penggantinya" in said(mail)
    assert "tidak ada kegiatan baru yang mendasarkan diri pada naskah tersebut" in said(mail)
    assert "#B42318" in mail.html


@pytest.mark.parametrize(
    ("text", "subject", "sentence"),
    [
        ("2024-09", "berakhir September 2024", "akan berakhir pada bulan September 2024"),
        ("2025", "berakhir tahun 2025", "akan berakhir pada tahun 2025"),
    ],
)
def test_partial_expiry_claims_no_day(text: str, subject: str, sentence: str) -> None:
    mail = rendered(expiry(due=Due.of(PartialDate.parse(text))))
    assert mail.subject.endswith(subject)
    assert sentence in said(mail)
    assert "tanggal pastinya belum tercatat" in said(mail)


def test_agreement_that_is_not_renewed_gets_the_closing_wording() -> None:
    closing = replace(sample_agreement(), status=AgreementStatus.NOT_RENEWING)
    ahead = said(rendered(expiry(agreement=closing)))
    assert "sesuai dengan sikap yang tercatat, tidak dilanjutkan" in ahead
    assert "menyelesaikan kegiatan yang masih berjalan dan menyiapkan laporan akhir" in ahead
    assert "diperbarui" not in ahead
    over = said(rendered(expiry(agreement=closing, due=LATE)))
    assert "mencatat penutupan kerja sama ini, disertai laporan akhir" in over
    assert "belum tercatat naskah penggantinya" not in over


def test_agreement_that_renews_itself_is_not_said_to_end() -> None:
    renewing = replace(sample_agreement(), auto_renew=Span(months=12))
    mail = rendered(expiry(agreement=renewing))
    assert mail.subject.endswith("diperpanjang otomatis setelah 6 Agustus 2024")
    assert "diperpanjang secara otomatis selama 1 (satu) tahun" in said(mail)
    assert "akan berakhir" not in said(mail)


def test_what_the_register_does_not_hold_is_not_stated() -> None:
    bare = replace(
        sample_agreement(), partner="", country="", local_party="", signed_on=None, term=None,
        instrument="", leading_unit="",
    )  # fmt: skip
    text = said(rendered(expiry(agreement=bare, legal_basis="", step_title="")))
    for absent in ("antara", "ditandatangani", "Mitra", "Instrumen", "Langkah berikutnya", "None"):
        assert absent not in text
    assert "Dasar hukum perlu dikonfirmasi" in text


def test_legal_basis_of_the_register_stands_where_the_rule_has_none() -> None:
    own = replace(sample_agreement(), legal_basis="Pasal 11 naskah kerja sama")
    text = said(rendered(expiry(agreement=own, legal_basis="")))
    assert "Dasar hukum Pasal 11 naskah kerja sama" in text
    assert "perlu dikonfirmasi" not in text


def test_copy_is_marked_and_asks_for_nothing() -> None:
    mail = rendered(expiry(copy=True, link="", role="head"))
    assert mail.subject.startswith("[H-90] Tembusan: ")
    assert "Tembusan: pesan ini disampaikan untuk diketahui" in said(mail)
    assert "YANG DIMOHON DARI PENANGGUNG JAWAB" in mail.text
    assert "Mohon penanggung jawab menetapkan sikap" in said(mail)
    assert "kerja sama Bapak/Ibu diucapkan terima kasih" in said(mail)
    assert "Tanggapan lain" not in mail.text
    assert "reminder-link" not in mail.text + mail.html


def test_somebody_who_stands_in_is_told_why() -> None:
    text = said(rendered(expiry(fallback="head of B-01 for officer of B-01", escalates_to="head")))
    assert "belum ada penanggung jawab kerja sama yang tercatat aktif" in text
    assert "turut diberi tahu" not in text  # the superior is who reads this
    assert "for officer" not in text


def test_somebody_who_stands_in_for_another_bureau_is_told_which() -> None:
    facts = {"fallback": "head of B-00 for officer of B-01", "responsible": "Biro Kesejahteraan"}
    text = said(rendered(expiry(**facts)))
    assert "karena pada Biro Kesejahteraan belum ada penanggung jawab kerja sama" in text
    assert "yang tercatat aktif pada Biro Kesejahteraan." in text
    english = said(rendered(expiry("en", **facts)))
    assert "because Biro Kesejahteraan has no active officer in charge" in english


def test_name_with_a_form_of_address_gets_no_second_one() -> None:
    letter = expiry(fallback="officer of B-00 for officer of B-01")
    assert "Yth. Ibu Sri\n" in rendered(replace(letter, recipient_name="Ibu Sri")).text
    assert "Yth. Bapak/Ibu Sri\n" in rendered(replace(letter, recipient_name="Sri")).text


def test_bureaus_of_several_matters_are_not_named() -> None:
    notice = replace(sample_notice("expiry", "id"), fallback="head of B-00 for officer")
    notices = (replace(notice, responsible="Biro A"), replace(notice, responsible="Biro B"))
    letter = replace(sample_letter("id", notice), notices=notices, template="digest")
    assert "karena pada unit yang bertanggung jawab belum ada" in said(rendered(letter))


def test_admin_who_stands_in_is_not_addressed_as_head_of_a_bureau() -> None:
    letter = replace(expiry(fallback="service admin"), bureau_name="", recipient_name="")
    text = rendered(letter).text
    assert "Yth. Pengelola Pengingat Kerja Sama Daerah\n" in text
    assert "Kepala" not in text.split("Dengan hormat")[0]


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        (
            "id",
            "belum disertai bukti",
            "telah tercatat disampaikan pada tanggal 2 Mei 2024, tetapi",
        ),
        ("en", "lacks proof", "is on record as submitted on 2 May 2024, but without any proof"),
    ],
)
def test_report_without_evidence_is_not_said_to_be_missing(
    language: str, subject: str, sentence: str
) -> None:
    facts = replace(sample_notice("report", language), due=LATE)
    facts = replace(facts, handed_in_on=PartialDate.parse("2024-05-02"))
    mail = rendered(sample_letter(language, facts))
    assert subject in mail.subject
    assert sentence in said(mail)
    assert "belum tercatat disampaikan" not in said(mail)
    assert "No report" not in said(mail)


def test_successor_is_told_whom_they_follow_but_no_address() -> None:
    assert "sebagai pengganti Budi Santoso" in said(rendered(expiry(successor_of="Budi Santoso")))
    text = said(rendered(expiry(successor_of="budi@biro.example.go.id")))
    assert "budi@" not in text
    assert "sebagai pengganti pejabat sebelumnya" in text


NEXT_ONE = "pengingat berikutnya dikirim pada hari Jumat, 7 Juni 2024."
TOLD_NEXT = (
    "Apabila sampai dengan hari Kamis, 16 Mei 2024 pemberitahuan ini belum ditanggapi, kepala "
    "unit kerja turut diberi tahu."
)


@pytest.mark.parametrize(
    ("changes", "stated"),
    [
        pytest.param({"escalates_to": ""}, NEXT_ONE, id="the next reminder"),
        pytest.param({"escalates_on": date(2024, 5, 16)}, TOLD_NEXT, id="who is told before it"),
        pytest.param({"escalates_on": date(2024, 6, 10)}, NEXT_ONE, id="what comes first"),
        pytest.param({"next_lead_on": None}, "kepala unit kerja turut diberi tahu.", id="no more"),
        pytest.param(
            {"next_lead_on": None, "escalates_to": ""}, "pengingat terakhir", id="the last one"
        ),
        pytest.param(
            {"escalates_on": date(2024, 5, 16), "copy": True}, NEXT_ONE, id="nobody after a copy"
        ),
    ],
)
def test_mail_says_in_one_sentence_what_happens_first(
    changes: dict[str, object], stated: str
) -> None:
    text = said(rendered(expiry("id", **changes)))
    assert stated in text
    assert sum(what in text for what in ("turut diberi tahu", "pengingat berikutnya")) <= 1


def test_dprd_step_counts_its_working_days_and_takes_no_silence_for_consent() -> None:
    mail = rendered(sample_letters("id")["step"])
    assert mail.subject == (
        "[HK ke-36 dari 45] Persetujuan DPRD – MoU Sister Province Contoh - Queensland"
    )
    assert (
        "diterima DPRD pada tanggal 5 Maret 2024. Sesuai dengan PP Nomor 28 Tahun 2018 Pasal 30 "
        "ayat (4), persetujuan diberikan paling lama 45 (empat puluh lima) hari kerja, yaitu "
        "sampai dengan hari Senin, 27 Mei 2024 (19 hari kalender lagi)." in said(mail)
    )
    assert "berkoordinasi dengan Sekretariat DPRD" in said(mail)
    assert "Sistem tidak menganggap permohonan disetujui karena lewat waktu." in said(mail)


def test_limit_that_nobody_confirmed_is_not_ascribed_to_a_law() -> None:
    notice = replace(sample_notice("step", "id"), legal_basis_confirmed=False)
    text = said(rendered(sample_letter("id", notice)))
    assert "Sesuai dengan PP" not in text
    assert "Persetujuan diberikan paling lama 45 (empat puluh lima) hari kerja" in text
    assert "Pasal 30 ayat (4) (perlu dikonfirmasi)" in text


@pytest.mark.parametrize(
    ("language", "sentence", "untrue"),
    [
        ("id", "belum tercatat kemajuan pada tahapan Surat konfirmasi Kemlu", "batas waktunya"),
        ("en", 'No progress is on record for the step "Letter of confirmation', " is due "),
    ],
)
def test_step_without_a_limit_is_stuck_and_not_late(
    language: str, sentence: str, untrue: str
) -> None:
    mail = rendered(sample_variants(language)["step-stuck"])
    assert sentence in said(mail)
    assert "8 Februari 2024" in said(mail) or "8 February 2024" in said(mail)
    assert untrue not in said(mail)
    assert "Batas waktu " not in mail.text
    assert ACCENTS["late"] not in mail.html


def test_step_names_the_papers_that_it_needs() -> None:
    text = said(rendered(sample_letters("id")["step"]))
    assert "Dokumen surat permohonan dengan tanggal terima dan persetujuan DPRD" in text
    assert "Tahapan yang selesai Rencana kerja sama (RKS)" in text


DECIDED = [
    pytest.param(
        "expiry-renew",
        "Sesuai dengan sikap yang tercatat pada tanggal 15 April 2024, kerja sama ini diperbarui.",
        "langkah berikutnya dari proses pembaruan, yaitu Tanggapan mitra,",
        id="renewed",
    ),
    pytest.param(
        "expiry-revitalise",
        "kerja sama ini direvitalisasi.",
        "langkah berikutnya, yaitu Evaluasi bersama mitra,",
        id="revitalised",
    ),
    pytest.param(
        "expiry-closing",
        "sesuai dengan sikap yang tercatat pada tanggal 15 April 2024, tidak dilanjutkan.",
        "menyelesaikan kegiatan yang masih berjalan dan menyiapkan laporan akhir",
        id="ended",
    ),
    pytest.param(
        "expiry-late-renew",
        "kerja sama ini diperbarui, dan naskah penggantinya belum tercatat.",
        "langkah berikutnya dari proses pembaruan",
        id="renewed, but not in time",
    ),
]


@pytest.mark.parametrize(("name", "sentence", "action"), DECIDED)
def test_what_was_decided_is_not_asked_again(name: str, sentence: str, action: str) -> None:
    text = said(rendered(sample_variants("id")[name]))
    assert sentence in text
    assert action in text
    assert "menetapkan sikap" not in text


def test_decision_is_asked_for_by_the_last_day_on_which_a_renewal_can_begin() -> None:
    text = said(rendered(sample_variants("id")["expiry-first"]))
    assert "dan mencatatnya paling lambat hari Kamis, 13 Juni 2024." in text
    assert "pembaruan perlu dimulai paling lambat hari Kamis, 13 Juni 2024 agar selesai" in text


def test_renewal_that_comes_late_is_no_reproach() -> None:
    text = said(rendered(expiry(start_by=date(2023, 3, 21))))
    assert "pembaruan yang dimulai setelah hari Selasa, 21 Maret 2023 sulit selesai" in text
    assert "paling lambat hari Jumat, 7 Juni 2024" in text


def test_late_report_counts_working_days_and_still_takes_a_report_of_nothing() -> None:
    mail = rendered(sample_variants("id")["report-late"])
    assert mail.subject == (
        "[Terlambat 5 hari kerja] Laporan Semester I 2024 – MoU Sister Province Contoh - Queensland"
    )
    assert "batas waktunya Selasa, 30 April 2024 (5 hari kerja yang lalu)" in said(mail)
    assert "mohon disampaikan laporan nihil" in said(mail)


def test_late_report_says_who_got_a_copy() -> None:
    notice = replace(sample_variants("id")["report-late"].notices[0], copied_to=("head",))
    text = said(rendered(sample_letter("id", notice)))
    assert "Pemberitahuan ini ditembuskan kepada kepala unit kerja." in text


def test_report_is_asked_for_even_without_activity() -> None:
    mail = rendered(sample_letters("id")["report"])
    assert mail.subject.startswith("[H-84] Laporan Semester I 2024 jatuh tempo 31 Juli 2024 – ")
    assert "mohon disampaikan laporan nihil" in said(mail)
    assert "kepada Menteri Dalam Negeri" in said(mail)
    assert "Bahan laporan dari perangkat daerah: Dinas Kebudayaan dan Pariwisata." in said(mail)


def test_domestic_report_names_no_addressee_that_the_law_does_not() -> None:
    domestic = replace(sample_agreement(), kind="KSDD")
    notice = replace(sample_notice("report", "id"), agreement=domestic)
    assert "Menteri" not in said(rendered(sample_letter("id", notice)))


def test_follow_up_without_agreement_stands_for_itself() -> None:
    notice = replace(sample_notice("follow_up", "id"), agreement=None)
    mail = rendered(sample_letter("id", notice))
    assert "Menyusun rencana aksi kerja sama beserta anggarannya." in said(mail)
    assert "Ref. sistem: KSD-CONTOHCO." in said(mail)


def test_finding_of_an_unknown_kind_shows_its_detail() -> None:
    notice = replace(
        sample_notice("finding", "id"),
        key="LEGACY_BASIS",
        finding_title="",
        finding_action="",
        finding_detail="cites PP 50/2007 only",
    )
    mail = rendered(sample_letter("id", notice))
    assert mail.subject.startswith("[H+30] Legacy basis: ")
    assert "cites PP 50/2007 only" in said(mail)
    assert "Mohon data tersebut diperiksa dan dilengkapi." in said(mail)


def test_digest_is_grouped_late_week_later_and_counted_in_the_subject() -> None:
    mail = rendered(sample_letters("id")["digest"])
    assert mail.subject == (
        "5 hal perlu tindak lanjut: 1 terlambat, 1 dalam sepekan, 2 mendatang, dan 1 temuan"
    )
    places = [
        mail.text.index(heading)
        for heading in ("TERLAMBAT (1)", "DALAM SEPEKAN", "MENDATANG (2)", "TEMUAN YANG PERLU")
    ]
    assert places == sorted(places)
    for number in range(2, 7):
        assert mail.text.count(f"reminder-link:{number}\n") == 1
        assert f'href="reminder-link:{number}"' in mail.html


def test_digest_has_the_most_urgent_first_within_a_group() -> None:
    def notice(number: int, due: date) -> NoticeFacts:
        return replace(
            sample_notice("expiry", "id"), notice_id=number, due=Due.of(due),
            link=f"reminder-link:{number}",
        )  # fmt: skip

    days = (date(2024, 4, 30), date(2024, 5, 10), date(2023, 12, 1), date(2024, 5, 9))
    letter = sample_letter("id", *(notice(number, day) for number, day in enumerate(days)))
    links = re.findall(r"reminder-link:(\d)", rendered(letter).text)
    assert links == ["2", "0", "3", "1"]


def test_gap_of_the_service_is_owned_up_to() -> None:
    assert "sempat tidak berjalan" in said(rendered(replace(expiry(), catch_up=True)))


def test_english_letter_is_english_throughout() -> None:
    mail = rendered(expiry("en"))
    assert mail.subject == ("[H-90] MoU Sister Province Contoh - Queensland ends on 6 August 2024")
    assert "ends on Tuesday, 6 August 2024 (90 days from today)." in said(mail)
    assert '<html lang="en">' in mail.html
    assert not re.search(r"\b(Yth|Mohon|hari|Agustus|dan)\b", said(mail).split("Pemerintah")[0])


def test_long_title_gives_way_between_words_and_the_date_stays() -> None:
    long = replace(sample_agreement(), title="MoU " + "Kerja Sama Pembangunan Kota " * 8)
    mail = rendered(expiry(agreement=long))
    assert len(mail.subject) <= 90
    assert re.fullmatch(
        r"\[H-90\] MoU( Kerja| Sama| Pembangunan| Kota)+… berakhir 6 Agustus 2024", mail.subject
    )


def test_subject_alone_is_the_same_as_the_subject_of_the_mail() -> None:
    for letter in sample_letters("id").values():
        assert RENDERER.subject_of(letter) == rendered(letter).subject


@pytest.mark.parametrize("letter", EVERY)
def test_every_letter_has_the_form(letter: Letter) -> None:
    mail = rendered(letter)
    assert 0 < len(mail.subject) <= 90
    assert "\n" not in mail.subject
    for line in mail.text.split("\n"):
        assert len(line) <= WIDTH or "reminder-link" in line
        assert line == line.rstrip()
    assert "\n\n\n" not in mail.text
    assert "None" not in mail.text
    assert len(mail.html.encode()) < 60_000
    page = Page(mail.html)
    assert page.tags[0] == ("html", {"lang": letter.language})
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    layout = [values for tag, values in page.tags if tag == "table"]
    assert all(v.get("role") == "presentation" or v.get("class") == "facts" for v in layout)
    assert sum(tag == "th" for tag, _ in page.tags) <= 7
    assert all(values.get("scope") == "row" for tag, values in page.tags if tag == "th")
    assert not {"img", "script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import|src=|https?:", mail.html)


@pytest.mark.parametrize("letter", EVERY)
def test_text_and_html_say_the_same_in_the_same_order(letter: Letter) -> None:
    mail = rendered(letter)
    # In HTML the small links have their addresses behind them.
    text = re.sub(r"\n  reminder-link:\d+/\S+", "", mail.text)
    html = " ".join(Page(mail.html).words)
    assert letters_of(html) == letters_of(text)


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize("language", ["id", "en"])
def test_without_pages_a_mail_of_one_matter_has_one_link(kind: str, language: str) -> None:
    mail = rendered(replace(sample_letters(language)[kind], can_answer=False))
    assert mail.text.count("reminder-link:1\n") == 1
    assert set(Page(mail.html).links) == {"reminder-link:1"}


def test_style_sheets_keep_only_what_cannot_be_inlined() -> None:
    html = rendered(expiry()).html
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style.count("@media") == 2
    assert "prefers-color-scheme: dark" in style
    assert "max-width:600px" in html
    assert "padding:10px 24px" in html  # 24 px of line and 2 x 10: a button of 44 px
