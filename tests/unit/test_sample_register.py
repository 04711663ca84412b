"""The sample register: which facts it holds, and how it was known day by day."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from reminder.agreements import KINDS, LANGUAGES, AgreementStatus, ReportCycle
from reminder.calendars import PartialDate, Span
from reminder.lead_times import parse_lead_times
from reminder.sample.history import Row, days_with_news, known_on, read_register

REGISTER = read_register()
AGREEMENTS = {row["ref"]: row for row in REGISTER["agreements"]}
MARK = "(contoh)"


def real_agreements() -> list[Row]:
    return [
        row
        for row in REGISTER["agreements"]
        if not row["ref"].startswith("CONTOH-") and row["ref"] != "JATENG-QLD-PEMBARUAN"
    ]


def test_all_43_real_agreements_are_there_with_source_and_confidence() -> None:
    real = real_agreements()
    assert len(real) == 43
    assert len({row["ref"] for row in real}) == 43
    assert all(re.match(r"Source: .+ Confidence: .+", row["notes"]) for row in real)
    assert not any(MARK in cell for row in real for cell in row.values())


def test_fictional_agreements_are_few_and_marked() -> None:
    fictional = [row for row in REGISTER["agreements"] if row["ref"].startswith("CONTOH-")]
    assert len(fictional) == 4
    assert all(row["title"].endswith(MARK) and "Fictional" in row["notes"] for row in fictional)


def test_no_real_agreement_renews_itself() -> None:
    assert [row["ref"] for row in real_agreements() if row["auto_renew"]] == []


def test_three_follow_ups_of_the_evaluation_meeting_have_neither_owner_nor_date() -> None:
    found = [row for row in REGISTER["follow_ups"] if "21-22 Agustus 2019" in row["meeting"]]
    assert [row["id"] for row in found] == [
        "EVAL-2019-08-9A-1",
        "EVAL-2019-08-9A-2",
        "EVAL-2019-08-9B",
    ]
    assert all(row["officer"] == row["due_on"] == row["done_on"] == "" for row in found)
    assert [row["text"].split()[0] for row in found] == [
        "Meningkatkan",
        "Meningkatkan",
        "Mengidentifikasi",
    ]


def test_letter_of_the_trip_report_is_numbered_2018_and_dated_2019() -> None:
    letters = [row for row in REGISTER["documents"] if row["number"] == "090/682-Pem/2018"]
    assert [(row["agreement"], row["date"]) for row in letters] == [
        ("JATENG-QLD-2019", "2019-08-16")
    ]


def test_two_sources_disagree_on_the_signing_with_queensland() -> None:
    assert AGREEMENTS["JATENG-QLD-2019"]["signed_on"] == "2019-08-06"
    texts = [
        row
        for row in REGISTER["documents"]
        if (row["agreement"], row["type"]) == ("JATENG-QLD-2019", "naskah")
    ]
    assert [row["date"] for row in texts] == ["2019-07-09"]
    assert "antaranews" in texts[0]["source"]


@pytest.mark.parametrize("ref", ["JATENG-FUJIAN-2003", "JATENG-CHUNGBUK", "JATENG-SIEMREAP"])
def test_cooperation_to_be_renewed_has_no_known_end(ref: str) -> None:
    assert AGREEMENTS[ref]["expires_on"] == AGREEMENTS[ref]["term"] == ""


def test_kitakyushu_has_term_and_notice_period_but_no_known_signing() -> None:
    row = AGREEMENTS["SURABAYA-KITAKYUSHU"]
    assert (row["term"], row["notice_period"]) == ("3 years", "6 months")
    assert row["signed_on"] == row["effective_on"] == row["expires_on"] == ""


def test_letter_of_intent_with_hainan_asks_for_a_memorandum_by_19_february_2024() -> None:
    row = AGREEMENTS["BALI-HAINAN-LOI-2023"]
    assert (row["signed_on"], row["expires_on"]) == ("2023-02-19", "2024-02-19")


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("JATENG-QLD-2007", "JATENG-QLD-1991"),
        ("JATENG-QLD-2019", "JATENG-QLD-2007"),
        ("SURABAYA-LIVERPOOL-2024", "SURABAYA-LIVERPOOL-2018"),
        ("BANDUNG-HAMAMATSU-2025", "BANDUNG-HAMAMATSU-2019"),
        ("BANDUNG-MELBOURNE-2024", "BANDUNG-MELBOURNE-LOI-2019"),
    ],
)
def test_renewal_replaces_the_agreement_before_it(newer: str, older: str) -> None:
    assert AGREEMENTS[newer]["replaces"] == older
    assert AGREEMENTS[older]["status"] == "replaced"


def test_only_agreements_with_a_signed_successor_are_called_replaced() -> None:
    successors = {row["replaces"] for row in real_agreements()}
    replaced = {row["ref"] for row in REGISTER["agreements"] if row["status"] == "replaced"}
    assert replaced == successors - {""}
    assert AGREEMENTS["JATENG-QLD-2019"]["status"] == ""


def test_every_reference_and_value_can_be_read() -> None:
    bureaus = {row["code"] for row in REGISTER["bureaus"]}
    for row in REGISTER["bureaus"]:
        ZoneInfo(row["timezone"])
        assert row["language"] in LANGUAGES
        assert row["parent"] in bureaus | {""}
    assert {row["bureau"] for row in REGISTER["contacts"]} <= bureaus
    for row in REGISTER["agreements"]:
        assert row["bureau"] in bureaus
        assert row["kind"] in KINDS
        AgreementStatus(row["status"])
        ReportCycle(row["report_cycle"] or "none")
        parse_lead_times(row["lead_times"].split())
        for name in ("term", "notice_period", "auto_renew"):
            assert not row[name] or str(Span.parse(row[name])) == row[name]
        assert row["replaces"] in AGREEMENTS or not row["replaces"]
    for rows in REGISTER.values():
        for row in rows:
            assert row.get("agreement", "") in AGREEMENTS or not row.get("agreement")
            for name, cell in row.items():
                if cell and (name.endswith("_on") or name in ("date", "on", "letter_date")):
                    assert str(PartialDate.parse(cell)) == cell


@pytest.mark.parametrize(
    ("zone", "codes"),
    [
        ("Asia/Makassar", {"BALI", "KOTA-DENPASAR"}),
        ("Asia/Jayapura", {"MALUKU", "KOTA-AMBON"}),
    ],
    ids=["Bali is in WITA", "Maluku is in WIT"],
)
def test_bureaus_outside_java_and_sumatra_have_their_own_zone(zone: str, codes: set[str]) -> None:
    assert {row["code"] for row in REGISTER["bureaus"] if row["timezone"] == zone} == codes


def test_every_address_is_under_the_example_domain() -> None:
    assert all(row["email"].endswith(".example.go.id") for row in REGISTER["contacts"])


def test_sample_shows_a_successor_a_missing_officer_and_an_empty_bureau() -> None:
    roles: dict[str, list[str]] = {row["code"]: [] for row in REGISTER["bureaus"]}
    for row in REGISTER["contacts"]:
        roles[row["bureau"]].append(row["role"])
    assert roles["BALI"] == ["head"]
    assert roles["KOTA-SEMARANG"] == []
    officers = [
        (row["active_from"], row["active_to"])
        for row in REGISTER["contacts"]
        if (row["bureau"], row["role"]) == ("JATENG", "officer")
    ]
    assert officers == [("", "2024-05-31"), ("2024-06-20", "")]


def test_at_the_end_everything_is_known() -> None:
    assert known_on(REGISTER, date(2026, 12, 31)) == REGISTER


def test_report_is_not_known_before_it_was_submitted() -> None:
    def periods(day: date) -> list[str]:
        rows = known_on(REGISTER, day)["reports"]
        return [row["period"] for row in rows if row["agreement"] == "JATENG-QLD-2019"]

    assert periods(date(2024, 1, 23)) == []
    assert periods(date(2024, 1, 24)) == ["2023-S2"]


def test_step_under_way_is_not_known_to_be_done() -> None:
    step = next(
        row for row in known_on(REGISTER, date(2024, 8, 14))["steps"] if row["step"] == "penjajakan"
    )
    assert (step["started_on"], step["done_on"], step["document"]) == ("2024-06-03", "", "")


def test_agreement_is_not_called_replaced_before_its_successor_is_signed() -> None:
    def status(day: date) -> str:
        rows = known_on(REGISTER, day)["agreements"]
        return next(row["status"] for row in rows if row["ref"] == "BANDUNG-HAMAMATSU-2019")

    assert status(date(2025, 8, 10)) == ""
    assert status(date(2025, 8, 11)) == "replaced"


def test_intended_renewal_is_known_from_its_first_step() -> None:
    def is_known(day: date) -> bool:
        rows = known_on(REGISTER, day)["agreements"]
        return any(row["ref"] == "JATENG-QLD-PEMBARUAN" for row in rows)

    assert not is_known(date(2024, 2, 11))
    assert is_known(date(2024, 2, 12))


def test_no_day_without_news_changes_the_register() -> None:
    first, last = date(2024, 1, 1), date(2026, 12, 31)
    known = known_on(REGISTER, first)
    for day in days_with_news(REGISTER, first, last):
        assert known_on(REGISTER, date.fromordinal(day.toordinal() - 1)) == known
        known = known_on(REGISTER, day)
    assert known == REGISTER
