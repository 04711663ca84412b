"""Unsubscribing from digests: who can ask for it and how, and what is sent all the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from jobs.digest_preview import digest_letters
from reminder.storage import tables
from reminder.storage.link_keys import retire
from tests.digested import SEMESTER, WEEKLY, DigestOffice
from tests.factories import OFFICER, make_agreement, make_contact
from tests.fakes import RecordingTransport
from tests.stored import at
from tests.web_visitor import FORM, Visitor, forms_of

if TYPE_CHECKING:
    from email.message import EmailMessage

    from jobs.context import JobContext
    from reminder.storage.engine import Database
    from tests.web_client import Answer

MONDAY, NEXT, THIRD = "2026-11-23", "2026-11-30", "2026-12-07"
PUBLIC = "https://127.0.0.1/kerja-sama"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LINK = re.compile(rf"<{PUBLIC}(/unsubscribe/[A-Za-z0-9._-]+)>")
MULTIPART = "\r\n".join(
    (
        "--x7",
        'Content-Disposition: form-data; name="List-Unsubscribe"',
        "",
        "One-Click",
        "--x7--",
        "",
    )
).encode()


class Office(DigestOffice):
    """An officer who reads digests, and the time that it is for whoever opens their links."""

    def __init__(self, database: Database, **changes: Any) -> None:
        settings = {"listen": "127.0.0.1:8025", "public_url": PUBLIC} | changes.pop("settings", {})
        super().__init__(database, digests=changes.pop("digests", WEEKLY), **changes)
        self.settings = replace(self.settings, **settings)
        self.put(make_agreement("A-1", expires_on="2026-12-10"))
        self.plan(MONDAY)
        self.now: datetime = at(MONDAY)

    def served(self) -> JobContext:
        return self.context(self.now)

    def visitor(self, address: str = "192.0.2.10") -> Visitor:
        return Visitor(self.served, address, keeps_cookies=False)

    def mailed(self, day: str) -> list[EmailMessage]:
        """The mails that leave on that day after the digests are made."""
        self.digest(day)
        transport = RecordingTransport()
        self.deliver(day, transport=transport)
        parse = policy.default
        return [message_from_bytes(mail.data, policy=parse) for mail in transport.delivered]

    def asked(self) -> list[tuple[str, dict[str, str]]]:
        rows = self.rows(tables.events, "kind", "actor", "data")
        return [(actor, json.loads(data)) for kind, actor, data in rows if kind == "unsubscribed"]

    def unsubscribed(self) -> list[tuple[Any, ...]]:
        return self.rows(tables.unsubscribed, "recipient", "digest", "via")


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def link_of(mail: EmailMessage) -> str:
    (link,) = LINK.findall(mail["List-Unsubscribe"])
    return str(link)


def press(office: Office, page: Answer, *, wait: float = 5) -> Answer:
    """Press the button of the only form of a page after a while."""
    (form,) = forms_of(page)
    office.now += timedelta(seconds=wait)
    (button,) = form.buttons
    return office.visitor().post(form.action, form.fields | dict([button]))


# --- what the mails say ---


def test_summary_bears_both_headers_and_the_link_in_its_text(office: Office) -> None:
    (mail,) = office.mailed(MONDAY)
    link = link_of(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            assert f"{PUBLIC}{link}" in part.get_content()
            assert "reminder-link" not in part.get_content()


def test_over_http_mail_programs_are_not_asked_to_act_by_themselves(database: Database) -> None:
    office = Office(database, settings={"public_url": "http://127.0.0.1:8025"})
    (mail,) = office.mailed(MONDAY)
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8025/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] is None


def test_mail_redirected_to_another_reader_bears_no_headers(database: Database) -> None:
    office = Office(database, settings={"redirect_to": "uji@example.go.id"})
    (mail,) = office.mailed(MONDAY)
    assert mail["List-Unsubscribe"] is None


def test_notice_bears_none(office: Office) -> None:
    office.scan(MONDAY)
    mails = office.mailed(MONDAY)
    assert len(mails) == 2
    assert sorted(mail["List-Unsubscribe"] is None for mail in mails) == [False, True]


def test_daily_digest_of_the_admin_bears_none(database: Database) -> None:
    office = Office(database, digests={"admin": "daily"})
    mails = office.mailed(MONDAY)
    assert mails
    assert all(mail["List-Unsubscribe"] is None for mail in mails)


def test_without_pages_nothing_can_be_stopped(database: Database) -> None:
    office = Office(database, settings={"listen": ""})
    (mail,) = office.mailed(MONDAY)
    assert mail["List-Unsubscribe"] is None
    assert "unsubscribe" not in str(mail)
    assert office.rows(tables.action_grants, "id") == []


def test_link_is_the_same_in_later_digests_until_half_its_life_is_over(office: Office) -> None:
    first = [link_of(office.mailed(day)[0]) for day in (MONDAY, NEXT, THIRD)]
    assert len(set(first)) == 1
    office.put(make_agreement("A-2", expires_on="2027-03-30"))
    office.plan("2027-03-01")
    assert link_of(office.mailed("2027-03-01")[0]) not in first
    assert len(office.rows(tables.action_grants, "id")) == 2


def test_preview_stores_no_link(office: Office) -> None:
    (letter,) = digest_letters(office.context(at(MONDAY)), "weekly")
    assert letter.unsubscribe
    assert office.rows(tables.action_grants, "id") == []


# --- mail programs ---


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"List-Unsubscribe=One-Click"),
        (f"{FORM}; charset=utf-8", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x7", MULTIPART),
        ('multipart/form-data; boundary="x7"', MULTIPART),
    ],
)
def test_one_click_of_a_mail_program_acts_without_a_cookie(
    office: Office, content_type: str, body: bytes
) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    answer = office.visitor().post_raw(link, body, content_type=content_type)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert office.unsubscribed() == [(OFFICER, "weekly", "mail")]
    assert office.asked() == [
        (OFFICER, {"change": "stopped", "digest": "weekly", "via": "mail"}),
    ]


def test_stopped_digest_is_sent_no_more(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    office.visitor().post(link, ONE_CLICK)
    assert office.mailed(NEXT) == []
    assert office.digest(NEXT).made == {}


def test_only_that_digest_is_stopped(database: Database) -> None:
    office = Office(database, digests={"officer": "weekly", "head": "semester"})
    office.put(make_contact(OFFICER, role="head"))
    link = link_of(office.mailed(MONDAY)[0])
    office.visitor().post(link, ONE_CLICK)
    assert office.digest("2027-02-01").made == {"semester": 1}


def test_semester_summary_can_be_stopped_as_well(database: Database) -> None:
    office = Office(database, digests=SEMESTER)
    office.put(make_contact("Kepala@biro.example.go.id", role="head"))
    office.now = at("2027-02-01")
    (mail,) = office.mailed("2027-02-01")
    office.visitor().post(link_of(mail), ONE_CLICK)
    assert office.unsubscribed() == [("kepala@biro.example.go.id", "semester", "mail")]
    assert office.digest("2027-08-02").made == {}


def test_notices_of_who_unsubscribed_still_come(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    office.visitor().post(link, ONE_CLICK)
    office.scan(NEXT)
    (mail,) = office.mailed(NEXT)
    assert mail["To"].addresses[0].addr_spec == OFFICER
    assert mail["Subject"].startswith("[H-")


def test_many_at_once_have_one_effect(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    answers: list[Answer] = []
    threads = [
        Thread(target=lambda: answers.append(office.visitor().post(link, ONE_CLICK)))
        for _number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status for answer in answers] == [200] * 12
    assert len(office.unsubscribed()) == 1
    assert len(office.asked()) == 1


# --- the page ---


def test_looking_changes_nothing(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    before = office.everything()
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        office.visitor().get(link, method)
    assert office.everything() == before


def test_person_stops_it_by_a_button_and_is_told_what_is_still_sent(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    page = office.visitor().get(link)
    assert page.status == 200
    assert "Berhenti menerima ringkasan mingguan?" in page.text
    assert OFFICER not in page.page
    told = press(office, page)
    assert "Pengiriman ringkasan mingguan dihentikan" in told.text
    assert "Pemberitahuan tentang tugas Saudara sendiri tetap dikirim." in told.text
    assert office.unsubscribed() == [(OFFICER, "weekly", "web")]
    assert "dihentikan" in office.visitor().get(link).text, "the page says so from now on"


def test_person_has_it_sent_again(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    office.visitor().post(link, ONE_CLICK)
    told = press(office, office.visitor().get(link))
    assert "Pengiriman ringkasan mingguan dilanjutkan" in told.text
    assert office.unsubscribed() == []
    assert [data["change"] for _actor, data in office.asked()] == ["stopped", "resumed"]
    assert len(office.mailed(NEXT)) == 1


def test_form_sent_at_once_by_a_scanner_changes_nothing(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    told = press(office, office.visitor().get(link), wait=0.2)
    assert told.status == 400
    assert "terlalu cepat" in told.text
    assert office.unsubscribed() == []
    assert press(office, told).status == 200
    assert len(office.unsubscribed()) == 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"stop": "1"}, {"stop": "1", "nonce": "x"}, {"List-Unsubscribe": "one"}, {"again": "1"}],
)
def test_what_no_page_sends_changes_nothing(office: Office, fields: dict[str, str]) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    assert office.visitor().post(link, fields).status == 400
    assert office.unsubscribed() == []


def test_form_left_open_too_long_is_asked_for_again(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    told = press(office, office.visitor().get(link), wait=3600)
    assert told.status == 400
    assert "terlalu lama terbuka" in told.text
    assert office.unsubscribed() == []


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 415), ("text/plain", 415), ("multipart/form-data", 415), ("", 415)],
)
def test_other_kinds_of_bodies_are_refused(office: Office, content_type: str, status: int) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    body = b"List-Unsubscribe=One-Click"
    assert office.visitor().post_raw(link, body, content_type=content_type).status == status
    assert office.unsubscribed() == []


# --- whoever has no such link ---


def test_every_wrong_token_gets_the_one_neutral_answer(office: Office) -> None:
    office.scan(MONDAY)
    mails = office.mailed(MONDAY)
    link = next(link_of(mail) for mail in mails if mail["List-Unsubscribe"])
    notice = next(str(mail) for mail in mails if not mail["List-Unsubscribe"])
    (act,) = set(re.findall(r"/a/([A-Za-z0-9.-]+\.[A-Za-z0-9_-]+)", notice.replace("=\n", "")))
    good = link.rpartition("/")[2]
    last = "A" if good[-1] != "A" else "B"
    wrong = [good[:-1] + last, good[1:], "x", "9" + good[1:], "a" * 5000, act]
    answers = [office.visitor().post(f"/unsubscribe/{token}", ONE_CLICK) for token in wrong]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.page for answer in answers}) == 1
    assert office.unsubscribed() == []
    assert office.visitor().get(f"/a/{good}").status == 404, "nor does it open another page"


def test_link_ends_with_its_life_and_with_its_key(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    with office.database.write() as connection:
        retire(connection, "1", office.now, "admin")
    assert office.visitor().post(link, ONE_CLICK).status == 404
    fresh = link_of(office.mailed(NEXT)[0])
    assert fresh != link
    office.now = at(NEXT) + timedelta(days=181)
    assert office.visitor().post(fresh, ONE_CLICK).status == 404
    assert office.unsubscribed() == []


def test_page_speaks_the_language_of_the_mails(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    office.run("UPDATE messages SET language = 'en'")
    page = office.visitor().get(link)
    assert '<html lang="en">' in page.page
    assert "Stop the weekly summary?" in page.text
    assert "The weekly summary is stopped" in press(office, page).text


def test_log_bears_neither_token_nor_address(office: Office) -> None:
    link = link_of(office.mailed(MONDAY)[0])
    office.visitor().post(link, ONE_CLICK)
    logged = str(office.capture.entries)
    assert link.rpartition("/")[2] not in logged
    served = [one for one in office.capture.entries if one["event"] == "page_served"]
    assert served
    assert OFFICER not in str(served)
