"""Calendars to subscribe to: what is in them, who is shown one, and what never opens one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from jobs.context import JobContext
from jobs.feeds import BUREAU, CONTACT, LASTS, feed_for, feed_grant_for, url_of
from jobs.preparing import ACTION
from jobs.wire_form import signed_part
from reminder.calendars import PartialDate
from reminder.link_keys import OPENS_FOR
from reminder.mail.links import LinkGrant, new_link_id, sign_link
from reminder.policy import MailPolicy
from reminder.storage import tables
from reminder.storage.feeds import FEED, load_feeds, revoke_feeds
from reminder.storage.grants import Grant, insert_grants
from reminder.storage.link_keys import retire, rotate
from reminder.web.app import make_app
from tests.calendars_read import Calendar, read_calendar
from tests.factories import (
    make_agreement,
    make_bureau,
    make_contact,
    make_follow_up,
    make_opt_out,
    make_rule,
    make_step,
)
from tests.outboxes import MADE, Outbox
from tests.stored import World, at, make_office, make_policy, make_settings
from tests.web_client import Answer, ask

if TYPE_CHECKING:
    from reminder.storage.engine import Database

TODAY = "2026-05-04"
OFFICER = "petugas@biro.example.go.id"
HEAD = "kepala@biro.example.go.id"
OTHER = "lain@biro.example.go.id"
RULES = (
    make_rule(),
    make_rule("rtl", deadline="follow_up", lead_times="H-7 H", template="follow_up"),
    make_rule("step", deadline="step", lead_times="H-7 H", template="step"),
)


class Site:
    """A register, the feeds of it, and the time that it is."""

    def __init__(self, database: Database) -> None:
        self.world = World(database, make_policy(*RULES))
        self.world.put(*make_office(), make_bureau("B-02", name="Dinas Lain", language="en"))
        self.now = at(TODAY)
        self.public_url = "http://127.0.0.1:8025"

    def context(self) -> JobContext:
        made = make_settings(listen="127.0.0.1:8025", public_url=self.public_url)
        return replace(self.world.context(self.now), settings=replace(made, home=self.world.home))

    def plan(self) -> None:
        assert self.world.plan(TODAY) == {}

    def make(self, kind: str, name: str) -> str:
        """The path of a feed."""
        with self.world.database.write() as connection:
            grant, _is_new = feed_for(connection, kind, name, self.now, "a@b.id")
        return url_of(self.context().settings, grant).removeprefix(self.public_url)

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        context = self.context()
        return ask(make_app(lambda: context), path, method, **headers)

    def read(self, kind: str, name: str) -> Calendar:
        answer = self.get(self.make(kind, name))
        assert answer.status == 200, answer.text
        return read_calendar(answer.body)

    def days(self, kind: str, name: str) -> dict[str, date]:
        """The day of each entry by the ref in its description, or by its summary."""
        found = {}
        for entry in self.read(kind, name).entries:
            lines = entry.description.splitlines()
            refs = [line.partition(": ")[2] for line in lines if line.startswith("Nomor")]
            found[refs[0] if refs else entry.summary.rpartition(": ")[2]] = entry.first
        return found


@pytest.fixture
def site(database: Database) -> Site:
    site = Site(database)
    site.world.put(
        make_agreement("A-1", expires_on="2026-06-30"),
        make_agreement("A-2", expires_on="2027-01-31"),
        make_agreement("B-1", expires_on="2026-06-30", bureau="B-02"),
    )
    site.plan()
    return site


def test_feed_of_a_bureau_has_its_open_dates(site: Site) -> None:
    assert site.days(BUREAU, "B-01") == {"A-1": date(2026, 6, 30), "A-2": date(2027, 1, 31)}
    read = site.read(BUREAU, "B-01")
    assert read.name == "Pengingat: Biro Kerja Sama"
    assert read.method == "PUBLISH"
    assert read.entries[0].summary.startswith("Berakhir: MoU Kerja Sama")


def test_feed_speaks_the_language_of_its_bureau(site: Site) -> None:
    read = site.read(BUREAU, "B-02")
    assert read.entries[0].summary.startswith("Expires: MoU Kerja Sama")


def test_entry_is_the_one_that_the_mail_brings(database: Database) -> None:
    mailed = MailPolicy("", "", "example.go.id", "", calendar=True)
    outbox = Outbox(database, 1, make_policy(mail=mailed))
    outbox.deliver(MADE)
    ((data,),) = outbox.rows(tables.attachments, "data")
    (sent,) = read_calendar(data).entries
    site = Site(database)
    (shown,) = site.read(BUREAU, "B-01").entries
    assert replace(shown, stamp="") == replace(sent, stamp="")


def test_changed_date_moves_the_entry_and_a_closed_one_is_gone(site: Site) -> None:
    before = {one.uid: one for one in site.read(BUREAU, "B-01").entries}
    site.world.put(make_agreement("A-1", expires_on="2026-07-15"))
    site.plan()
    (moved, kept) = site.read(BUREAU, "B-01").entries
    assert (moved.first, moved.sequence) == (date(2026, 7, 15), 2)
    assert (before[moved.uid].sequence, before[kept.uid].sequence, kept.sequence) == (1, 1, 1)
    site.world.put(make_agreement("A-1", expires_on="2026-07-15", status="terminated"))
    site.plan()
    assert list(site.days(BUREAU, "B-01")) == ["A-2"]


def test_what_nobody_is_told_of_is_in_no_feed(site: Site) -> None:
    site.world.put(
        make_opt_out("expiry", agreement="A-2"),
        # Long past on the day on which it was entered.
        make_agreement("A-3", expires_on="2020-01-31", entered_on="2026-05-01"),
        # Waits for the step before it.
        make_step("rencana_kerja", agreement="A-1", due_on="2026-08-31"),
    )
    site.plan()
    assert list(site.days(BUREAU, "B-01")) == ["A-1"]


def test_follow_up_is_in_the_feed_of_its_own_bureau(site: Site) -> None:
    site.world.put(
        make_follow_up("R-1", agreement="A-1", bureau="B-02", text="satu", due_on="2026-09-01"),
        make_follow_up("R-2", agreement=None, bureau="B-01", text="dua", due_on="2026-09-02"),
        make_follow_up("R-3", agreement="A-1", bureau=None, text="tiga", due_on="2026-09-03"),
    )
    site.plan()
    own = [one.summary.rpartition(": ")[2] for one in site.read(BUREAU, "B-01").entries]
    assert [text for text in own if len(text) < 5] == ["dua", "tiga"]
    other = [one.summary for one in site.read(BUREAU, "B-02").entries]
    assert "Follow-up of a meeting due: satu" in other


def test_step_without_a_limit_is_no_date(site: Site) -> None:
    site.world.put(make_step("surat_konfirmasi", agreement="A-1", due_on="2026-08-31"))
    site.plan()
    summaries = [one.summary for one in site.read(BUREAU, "B-01").entries]
    assert any(text.startswith("Batas tahapan Surat konfirmasi: MoU") for text in summaries)
    with site.world.database.write() as connection:
        stuck = "surat done on 2026-01-10 + 1 month (stall threshold of steps.yaml, no limit)"
        is_step = tables.deadlines.c.kind == "step"
        connection.execute(update(tables.deadlines).where(is_step).values(derived_from=stuck))
    assert len(site.read(BUREAU, "B-01").entries) == len(summaries) - 1


def test_contact_has_what_they_would_be_told_of(site: Site) -> None:
    site.world.put(
        make_contact(HEAD, role="head"),
        make_contact(OTHER, bureau="B-02", role="officer"),
        # The agreement's own officer stands before those of the bureau.
        make_agreement("A-4", expires_on="2026-08-01", officer=OTHER),
    )
    site.plan()
    assert list(site.days(CONTACT, OFFICER)) == ["A-1", "A-2"]
    assert site.days(CONTACT, HEAD) == {}
    read = site.read(CONTACT, OTHER)
    assert [one.first for one in read.entries] == [date(2026, 6, 30), date(2026, 8, 1)]
    assert read.name == "Pengingat: my tasks"
    assert OTHER not in str(read)


def test_head_who_stands_in_has_what_the_officer_had(site: Site) -> None:
    site.world.put(make_contact(active_to=date(2026, 5, 1)), make_contact(HEAD, role="head"))
    assert list(site.days(CONTACT, HEAD)) == ["A-1", "A-2"]


def test_owner_who_left_leaves_it_to_the_officers(site: Site) -> None:
    gone = make_contact(OTHER, active_to=date(2026, 5, 1))
    site.world.put(gone, make_agreement("A-1", expires_on="2026-06-30", officer=OTHER))
    site.plan()
    assert list(site.days(CONTACT, OFFICER)) == ["A-1", "A-2"]


def test_who_left_is_shown_nothing_more(site: Site) -> None:
    path = site.make(CONTACT, OFFICER)
    assert site.get(path).status == 200
    site.world.put(make_contact(active_to=date(2026, 5, 4)))
    assert site.get(path).status == 200
    site.now = at("2026-05-05")
    assert site.get(path).status == 404


def test_bureau_that_is_gone_is_shown_nothing_more(site: Site) -> None:
    site.world.put(make_bureau("B-09"))
    path = site.make(BUREAU, "B-09")
    assert read_calendar(site.get(path).body).entries == ()
    site.world.run("DELETE FROM bureaus WHERE code = 'B-09'")
    assert site.get(path).status == 404


def test_same_feed_is_given_out_again_until_it_ends(site: Site) -> None:
    first = site.make(BUREAU, "B-01")
    assert site.make(BUREAU, "B-01") == first
    assert site.make(BUREAU, "B-02") != first
    with site.world.database.write() as connection:
        assert revoke_feeds(connection, load_feeds(connection), site.now, "a@b.id") == 2
        assert revoke_feeds(connection, load_feeds(connection), site.now, "a@b.id") == 0
    second = site.make(BUREAU, "B-01")
    assert second != first
    assert (site.get(first).status, site.get(second).status) == (404, 200)
    told = [json.loads(data) for (data,) in site.world.rows(tables.events, "data")]
    changes = [one["change"] for one in told if "feed" in one]
    assert changes == ["made", "made", "revoked", "revoked", "made"]


def test_contact_of_a_digest_gets_the_own_feed(site: Site) -> None:
    with site.world.database.write() as connection:
        grant = feed_grant_for(connection, make_contact(), site.now)
        again = feed_grant_for(connection, make_contact(), site.now)
    assert grant.id == again.id
    assert grant.place == f"@{grant.id}"
    assert (grant.recipient, grant.subject) == (OFFICER, f"contact:{OFFICER}")
    assert site.make(CONTACT, OFFICER) == url_of(site.context().settings, grant).removeprefix(
        site.public_url
    )


def test_answer_is_a_calendar_that_may_be_kept_for_an_hour(site: Site) -> None:
    path = site.make(BUREAU, "B-01")
    answer = site.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert answer.headers["content-disposition"] == 'inline; filename="calendar.ics"'
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT12H" in answer.body
    head = site.get(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers == answer.headers
    for method in ("POST", "PUT", "DELETE", "PROPFIND"):
        assert site.get(path, method).status == 405


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("{}", 304, id="the same"),
        pytest.param('"x", W/{}', 304, id="made weak by a proxy, among others"),
        pytest.param("*", 304, id="any"),
        pytest.param('"x"', 200, id="another"),
        pytest.param("", 200, id="empty"),
    ],
)
def test_what_did_not_change_is_not_sent_again(
    sqlite_database: Database, header: str, status: int
) -> None:
    site = Site(sqlite_database)
    site.world.put(make_agreement("A-1", expires_on="2026-06-30"))
    site.plan()
    path = site.make(BUREAU, "B-01")
    tag = site.get(path).headers["etag"]
    site.now += timedelta(hours=5)
    again = site.get(path, if_none_match=header.format(tag))
    assert again.status == status
    assert again.headers["etag"] == tag
    assert (again.body == b"") == (status == 304)
    site.world.put(make_agreement("A-1", expires_on="2026-07-15"))
    site.plan()
    assert site.get(path, if_none_match=tag).status == 200


def test_nothing_but_the_own_live_token_opens_a_feed(site: Site) -> None:
    path = site.make(BUREAU, "B-01")
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    kid, grant_id, mac = token.split(".")
    other = site.make(BUREAU, "B-02").removeprefix("/calendar/").removesuffix(".ics")
    flipped = f"{kid}.{grant_id}.{'B' if mac[0] == 'A' else 'A'}{mac[1:]}"
    unknown = LinkGrant(new_link_id(), FEED, None, None, "", site.now, subject="bureau:B-01")
    acting = Grant(
        notice_id=None, id=new_link_id(), kid="1", purpose=ACTION, deadline_id=None, epoch=None,
        recipient=OFFICER, expires_at=site.now + LASTS, subject="bureau:B-01",
    )  # fmt: skip
    with site.world.database.write() as connection:
        insert_grants(connection, [acting], site.now)
    secret = site.context().settings.secret_key
    neutral = site.get("/calendar/x")
    assert neutral.status == 404
    for wrong in (
        f"/calendar/{flipped}.ics",
        f"/calendar/{token[:-1]}{'A' if token[-1] != 'A' else 'Q'}.ics",
        f"/calendar/{token[:-1]}{chr(ord(token[-1]) + 1)}.ics",
        f"/calendar/{kid}.{grant_id}.{other.split('.')[2]}.ics",
        f"/calendar/9.{grant_id}.{mac}.ics",
        f"/calendar/{sign_link(unknown, secret)}.ics",
        f"/calendar/{sign_link(signed_part(acting), secret)}.ics",
        f"/calendar/{sign_link(signed_part(acting), 't' * 43)}.ics",
        f"/calendar/{token}",
        f"/calendar/{token}.ICS",
        f"/calendar/{token}.ics.ics",
        f"/calendar/{token}%00.ics",
        f"/calendar/{token}.ics/",
        f"/calendar/{'A' * 10_000}.ics",
        "/calendar/.ics",
        "/calendar/",
        f"/a/{token}",
        f"/a/{token}.ics",
    ):
        answer = site.get(wrong)
        assert (answer.status, answer.headers, answer.body) == (
            404, neutral.headers, neutral.body,
        ), wrong  # fmt: skip
    assert site.get(path).status == 200


@pytest.mark.parametrize("how", ["revoked", "over", "key retired", "key too old"])
def test_feed_that_ended_is_as_if_it_never_was(site: Site, how: str) -> None:
    path = site.make(BUREAU, "B-01")
    neutral = site.get("/calendar/x")
    with site.world.database.write() as connection:
        if how == "revoked":
            revoke_feeds(connection, load_feeds(connection), site.now, "a@b.id")
        elif how == "key retired":
            retire(connection, "1", site.now, "a@b.id")
        elif how == "key too old":
            rotate(connection, site.now, "a@b.id")
    if how == "key too old":
        assert site.get(path).status == 200
        assert site.make(BUREAU, "B-01") == path
        site.now += OPENS_FOR
    elif how == "over":
        site.now += LASTS
    answer = site.get(path)
    assert (answer.status, answer.headers, answer.body) == (404, neutral.headers, neutral.body)
    assert site.make(BUREAU, "B-01") != path


def test_who_guesses_is_not_answered_for_long(sqlite_database: Database) -> None:
    site = Site(sqlite_database)
    path = site.make(BUREAU, "B-01")
    forged = f"{path[:-5]}A.ics" if path[-5] != "A" else f"{path[:-5]}Q.ics"
    statuses = [
        site.get(f"/calendar/1.{new_link_id()}.{new_link_id()}.ics").status for _ in range(21)
    ]
    assert statuses == [404] * 20 + [429]
    assert site.get(forged).status == 429
    site.now += timedelta(hours=1)
    assert site.get(path).status == 200


def test_log_has_no_token(sqlite_database: Database) -> None:
    site = Site(sqlite_database)
    path = site.make(BUREAU, "B-01")
    assert site.get(path).status == 200
    logged = str(site.world.capture.entries)
    assert "page_served" in logged
    assert path[12:40] not in logged


def test_feed_ends_after_so_many_entries(sqlite_database: Database) -> None:
    from jobs.feed_calendar import MOST_ENTRIES

    site = Site(sqlite_database)
    site.world.put(make_agreement("A-1", expires_on="2026-06-30"))
    site.plan()
    names = [column.name for column in tables.deadlines.columns if column.name not in ("id", "key")]
    columns = ", ".join(f'"{name}"' for name in names)
    site.world.run(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
        f"INSERT INTO deadlines ({columns}, \"key\") SELECT {columns}, 'k' || i FROM deadlines, n"
    )
    assert len(site.read(BUREAU, "B-01").entries) == MOST_ENTRIES
    assert len(site.read(CONTACT, OFFICER).entries) == MOST_ENTRIES


def test_partial_date_of_a_feed_is_shown_over_its_month(site: Site) -> None:
    site.world.put(make_agreement("A-5", expires_on=PartialDate(2026, 9)))
    site.plan()
    (entry,) = [one for one in site.read(BUREAU, "B-01").entries if one.first.month == 9]
    assert (entry.first, entry.after) == (date(2026, 9, 1), date(2026, 10, 1))


def test_feed_is_the_same_all_day_and_newer_the_next(site: Site) -> None:
    path = site.make(BUREAU, "B-01")
    first = site.get(path)
    site.now += timedelta(hours=2)
    assert site.get(path).body == first.body
    site.now += timedelta(days=1)
    stamps = {one.stamp for one in read_calendar(site.get(path).body).entries}
    assert stamps == {"20260505T000000Z"}
