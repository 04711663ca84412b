"""The calendar file of a mail, as two other programs read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.calendar_parts import CalendarParts
from reminder.agreements import AgreementStatus
from reminder.calendars import Due, PartialDate
from reminder.mail.calendar_entries import CalendarDate, entry_of, entry_uid
from reminder.mail.calendar_file import CANCEL, CalendarEvent, calendar_file
from reminder.mail.links import message_id_for
from reminder.mail.plain_text import clean
from reminder.mail.receipts import Receipt, Someone, Told
from reminder.policy import MailPolicy
from tests.calendars_read import Entry, read_calendar
from tests.factories import REF, make_agreement, make_letter, make_notice_facts
from tests.stored import make_policy, make_settings

if TYPE_CHECKING:
    from reminder.mail.letters import Letter
    from reminder.storage.attachments import Attachment

NOW = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
ATTACHED = MailPolicy("", "", "example.go.id", "", calendar=True)
PARTS = CalendarParts(make_settings(), make_policy(mail=ATTACHED))
SECRET = "s" * 43


def part(language: str = "id", **changes: object) -> Attachment:
    (found,) = PARTS.of(make_letter(make_notice_facts(**changes), language=language), NOW)
    return found


def entry(language: str = "id", **changes: object) -> Entry:
    (found,) = read_calendar(part(language, **changes).data).entries
    return found


def titled(title: str, **changes: Any) -> Entry:
    return entry(agreement=make_agreement(title=title, instrument="", **changes))


def test_mail_about_an_expiry_brings_its_day() -> None:
    found = part()
    assert found.media_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert (found.name, found.number, found.content_id) == ("batas-waktu.ics", 1, "")
    read = read_calendar(found.data)
    assert read.method == "PUBLISH"
    (only,) = read.entries
    assert (only.first, only.after) == (date(2026, 5, 31), date(2026, 6, 1))
    assert only.stamp == "20260501T010000Z"
    assert only.sequence == 1
    assert only.status == ""
    assert only.summary == ("Berakhir: MoU Kerja Sama Sister Province Jawa Tengah dan Queensland")
    assert only.description.splitlines() == [
        "MoU Kerja Sama Sister Province Jawa Tengah dan Queensland"
        " antara Provinsi Jawa Tengah dan Queensland",
        "Batas waktu: Minggu, 31 Mei 2026",
        f"Nomor register: {REF}",
        "Dicatat oleh Pengingat. Untuk menanggapi, gunakan tautan pada surat elektronik "
        "pemberitahuan.",
    ]


def test_reader_of_english_gets_it_in_english() -> None:
    assert part("en").name == "due-date.ics"
    found = entry("en")
    assert found.summary.startswith("Expires: MoU Kerja Sama")
    assert "Due: Sunday, 31 May 2026" in found.description


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        pytest.param({"deadline": "notice_by"},
                     "Batas pemberitahuan tertulis kepada mitra: MoU", id="notice to the partner"),
        pytest.param({"deadline": "report", "key": "2026-S1"},
                     "Batas laporan Semester I Tahun 2026: MoU", id="report"),
        pytest.param({"deadline": "step", "key": "surat", "step_title": "Surat konfirmasi"},
                     "Batas tahapan Surat konfirmasi: MoU", id="step"),
        pytest.param({"deadline": "follow_up", "key": "RTL-1", "agreement": None,
                      "follow_up_text": "Menyusun rencana aksi"},
                     "Batas tindak lanjut rapat: Menyusun rencana aksi", id="follow-up alone"),
        pytest.param({"agreement": make_agreement(auto_renew="1 year")},
                     "Diperpanjang otomatis: MoU", id="it renews by itself"),
        pytest.param({"agreement": make_agreement(auto_renew="1 year",
                                                  status=AgreementStatus.NOT_RENEWING)},
                     "Berakhir: MoU", id="it would, and is not to"),
    ],
)  # fmt: skip
def test_entry_says_what_its_day_is(changes: dict[str, Any], summary: str) -> None:
    assert entry(**changes).summary.startswith(summary)


@pytest.mark.parametrize(
    ("day", "after", "said"),
    [
        pytest.param("2026-05", date(2026, 6, 1), "Mei 2026", id="a month is shown over it"),
        pytest.param("2026", date(2026, 1, 2), "tahun 2026", id="a year on its first day"),
    ],
)
def test_partial_date_begins_on_its_first_day(day: str, after: date, said: str) -> None:
    due = Due.of(PartialDate.parse(day))
    found = entry(due=due)
    assert (found.first, found.after) == (due.first, after)
    assert f"Batas waktu: {said}" in found.description


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"deadline": "finding", "key": "NO_OWNER"}, id="a finding"),
        pytest.param({"deadline": "step", "key": "x", "stalled_since": PartialDate(2026, 1)},
                     id="a step that is stuck"),
        pytest.param({"copy": True}, id="a copy"),
        pytest.param({"level": 1}, id="an escalation"),
    ],
)  # fmt: skip
def test_what_has_no_day_to_act_by_brings_none(changes: dict[str, Any]) -> None:
    assert PARTS.of(make_letter(make_notice_facts(**changes)), NOW) == ()


def test_digest_brings_none_also_with_one_matter_left() -> None:
    facts = make_notice_facts()
    assert PARTS.of(make_letter(facts, facts), NOW) == ()
    assert PARTS.of(make_letter(facts, template="digest"), NOW) == ()


def test_policy_can_do_without() -> None:
    without = CalendarParts(make_settings(), make_policy())
    assert without.of(make_letter(), NOW) == ()
    assert without.of_receipt(told(Told.DONE), NOW) == ()


def test_new_date_keeps_the_uid_and_raises_the_sequence() -> None:
    first = entry()
    moved = entry(due=Due.of(date(2027, 5, 31)), epoch=2)
    assert moved.uid == first.uid
    assert (first.sequence, moved.sequence) == (1, 2)
    assert moved.first == date(2027, 5, 31)


def test_uid_is_of_one_deadline_and_names_nothing() -> None:
    names = [(REF, "expiry", ""), (REF, "report", ""), (REF, "report", "2026"), ("", "report", "")]
    names += [("a", "bc", ""), ("ab", "c", ""), ('a", "b', "c", "")]
    uids = {entry_uid(SECRET, *name) for name in names}
    assert len(uids) == len(names)
    assert all(len(uid) == 32 and int(uid, 16) for uid in uids)
    assert entry_uid("t" * 43, *names[0]) not in uids
    assert entry(agreement=make_agreement(title="Lain", bureau="B-02")).uid == entry().uid
    assert message_id_for(SECRET, "x", *names[0])[1:27].lower() not in uids


def _date() -> CalendarDate:
    agreement = make_agreement()
    return CalendarDate(REF, "expiry", "", Due.of(date(2026, 5, 31)), 3, agreement)


def told(what: Told, **changes: Any) -> Letter:
    """A mail about an answer."""
    receipt = Receipt(what, Someone("Siti Rahma", "officer"), NOW)
    return make_letter(make_notice_facts(**changes), receipt=receipt, template="receipt")


def test_what_is_done_leaves_the_calendar_and_comes_back_where_that_is_undone() -> None:
    before = entry(epoch=3)
    methods = {Told.DONE: ("CANCEL", "CANCELLED"), Told.REOPENED: ("PUBLISH", "")}
    for what, (method, status) in methods.items():
        (found,) = PARTS.of_receipt(told(what, epoch=3), NOW + timedelta(days=1))
        assert found.media_type == f"text/calendar; charset=utf-8; method={method}"
        read = read_calendar(found.data)
        (only,) = read.entries
        assert (read.method, only.status) == (method, status)
        assert (only.uid, only.sequence) == (before.uid, 3)
        assert only.stamp > before.stamp


def test_other_mails_about_answers_bring_none() -> None:
    for what in set(Told) - {Told.DONE, Told.REOPENED}:
        assert PARTS.of_receipt(told(what), NOW) == ()
    assert PARTS.of_receipt(make_letter(), NOW) == ()
    assert PARTS.of_receipt(told(Told.DONE, role="head"), NOW) == ()
    assert PARTS.of_receipt(told(Told.DONE, deadline="finding", key="NO_OWNER"), NOW) == ()


HOSTILE = {
    "backslash, semicolon, comma": r"A\B; C, D\n E\, \;",
    "a line break": "Judul\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:x",
    "the end of the event": "END:VEVENT",
    "another property": "Judul\nATTENDEE:mailto:x@example.org",
    "a parameter": 'x;VALUE=DATE:"',
    "a NUL and an escape": "Judul\x00\x1b[31m",
    "line ends of other kinds": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "direction marks": "a\u202eb\u200fc",
    "half a character": "a\ud800b",
    "a placeholder": "reminder-link:1",
    "blanks": "a" + " " * 100 + "b",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_title_stays_a_title(title: str) -> None:
    found = titled(title)
    assert found.summary == f"Berakhir: {clean(title)}"
    assert found.description.splitlines()[2:3] == [f"Nomor register: {REF}"]


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("Kerja sama di bidang pendidikan dan kebudayaan daerah " * 2, id="Indonesian"),
        pytest.param("Kerja sama 👩\u200d🏫🌏 " * 12, id="emoji"),
        pytest.param("اتفاقية التعاون بين المقاطعتين " * 4, id="right to left"),
        pytest.param("姉妹都市協定" * 20, id="three octets each"),
        pytest.param("é" * 150, id="two octets each"),
        pytest.param("x" * 150, id="no place to break"),
    ],
)
def test_long_text_is_folded_between_characters(title: str) -> None:
    for shift in range(4):
        found = titled("-" * shift + title.strip())
        assert found.summary.startswith("Berakhir: " + "-" * shift + title[:40])


texts = st.text(st.characters(codec=None), max_size=300)


@given(summary=texts, lines=st.lists(texts, max_size=4), name=texts)
def test_any_text_is_read_back_as_it_was(summary: str, lines: list[str], name: str) -> None:
    event = CalendarEvent("u", date(2026, 5, 31), date(2026, 5, 31), 1, summary, tuple(lines))
    read = read_calendar(calendar_file([event, replace(event, uid="v")], NOW, name=name))
    assert [found.uid for found in read.entries] == ["u", "v"]
    assert read.entries[0].summary == clean(summary)
    assert read.entries[0].description == "\n".join(map(clean, lines))
    assert read.name == clean(name)


@given(st.dates(date(1901, 1, 1), date(2198, 12, 30)), st.integers(0, 40))
def test_any_days_are_read_back_as_they_were(first: date, days: int) -> None:
    due = Due.between(first, first + timedelta(days=days))
    one = replace(_date(), due=due)
    event = entry_of(one, "en", "Pengingat", SECRET)
    (found,) = read_calendar(calendar_file([event], NOW, CANCEL)).entries
    assert found.first == first
    assert found.after - found.first == timedelta(days=days + 1 if days <= 31 else 1)


def test_same_mail_has_the_same_bytes() -> None:
    assert part() == part()
